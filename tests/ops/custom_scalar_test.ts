import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import { graphText } from "../../core/graph/equal.ts";

const { tensor: T } = theano;
type Tensor = theano.TensorVariable;

const swish = theano.scalar.unary({
  name: "swish",
  dtype: "floatUp",
  ref: (x) => x / (1 + Math.exp(-x)),
  body: (s, x) => s.div(x, s.add(1, theano.scalar.functions.exp(s, s.neg(x)))),
  partials: [(y, x) => T.nnet.sigmoid(x).mul(x.sub(y).add(1))],
});

Deno.test("an elementwise op of a user is fused with what is around it", () => {
  const x = T.dvector("x");
  const f = theano.function([x], swish(x.mul(2)).add(1));
  const [node, ...others] = f.maker.fgraph.toposort();
  assertEquals(others, []);
  assertEquals(node!.op.name, "Elemwise{Composite{(i0 + swish((i1 * i2)))}}");
  const expected = [-1, 0.5, 3].map((v) => 2 * v / (1 + Math.exp(-2 * v)) + 1);
  const values = f([-1, 0.5, 3]);
  expected.forEach((value, i) => assertAlmostEquals(Number(values.get(i)), value, 1e-14));
  assertEquals(swish(x).owner!.op.name, "Elemwise{swish,no_inplace}");
});

Deno.test("an elementwise op of a user has the gradient of its partials", () => {
  const x = T.dvector("x");
  theano.gradient.verifyGrad((v: Tensor) => swish(v), [theano.array([-1.5, 0.25, 2])], {
    rng: new theano.random.RandomState(3),
  });
  const f = theano.function([x], theano.grad(swish(x).sum(), x));
  assertEquals(f([0]).toArray(), [0.5]);
});

Deno.test("an elementwise op of a user may have the name of one of the library's", () => {
  const exp = theano.scalar.unary({ name: "exp", dtype: "same", ref: (x) => x + 1 });
  const add = theano.scalar.binary({
    name: "add",
    dtype: "same",
    ref: (x, y) => x * 10 + y,
    body: (s, x, y) => s.add(s.mul(x, 10), y),
  });
  const pick = theano.scalar.ternary({ name: "switch", dtype: "same", ref: (_, y) => y });
  const x = T.dvector("x");
  const f = theano.function([x], [T.log(exp(x)), T.exp(x), add(x, 0), x.add(0), pick(0, x, 1)]);
  const values = f([0]).map((v) => Number(v.get(0)));
  assertEquals(values, [0, 1, 0, 0, 0]);
  assertEquals(theano.function([x], add(x, 2))([3]).toArray(), [32]);
  assertEquals(graphText([x], [add(x, 2)]), undefined);
  assertEquals(graphText([x], [x.add(2)]) === undefined, false);
});

Deno.test("an elementwise op of a user needs a name and a reference, and the right inputs", () => {
  const { unary } = theano.scalar;
  const name = assertThrows(() => unary({ name: "a b", dtype: "same", ref: (x) => x }), TypeError);
  assertEquals(name.message, "the name of an elementwise op must be a word, not a b");
  const record = { name: "f", dtype: "same" } as unknown as theano.ScalarRecord;
  const ref = assertThrows(() => unary(record), TypeError);
  assertEquals(ref.message, "the elementwise op f needs a reference: ref(x, …) on numbers");
  const call = swish as unknown as (...xs: number[]) => Tensor;
  const arity = assertThrows(() => call(1, 2), TypeError);
  assertEquals(arity.message, "swish takes 1 input(s), not 2");
  const x = T.dvector("x");
  const plain = unary({ name: "plain", dtype: "same", ref: (v) => v });
  const gradient = assertThrows(() => theano.grad(plain(x).sum(), x), Error);
  assertEquals(gradient.message, "('grad', <class 'Plain'>, 'Plain')");
});
