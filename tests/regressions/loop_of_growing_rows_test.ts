import { assertAlmostEquals } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;

// Turns whose products had factors of different lengths were to be stacked.
Deno.test("the gradient by a factor of products that grow from turn to turn is that of their sum", () => {
  const [x, w] = [T.dmatrix("x"), T.dmatrix("w")];
  const [sums] = theano.scan(
    (count, x, w) => T.exp(T.dot(x!.get(T.slice(null, count!)), w!)).sum(),
    { sequences: T.arange(1, 4), nonSequences: [x, w] },
  );
  const whole = [1, 2, 3].map((count) => T.exp(T.dot(x.get(T.slice(null, count)), w)).sum());
  const f = theano.function(
    [x, w],
    [theano.grad(sums.sum(), w), theano.grad(T.add(...whole as [typeof x, typeof x]), w)],
  );
  const [found, wanted] = f([[1, 2], [3, 4], [5, 6]], [[0.1, 0.2], [0.3, -0.1]]);
  found!.data.forEach((g, k) => assertAlmostEquals(Number(g), Number(wanted!.data[k]), 1e-11));
});
