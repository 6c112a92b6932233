import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";

const { tensor: T } = theano;
type Variable = theano.tensor.TensorVariable;

/** A step on the host. */
function onHost(through: (value: theano.NDArray) => theano.NDArray): (x: Variable) => Variable {
  const op = theano.asOp(T.dvector, T.dvector, through);
  return (x) => op(x) as Variable;
}

/** A function that computes little before a step on the host, and much after it. */
function twoParts(): (value: theano.NDArray) => theano.NDArray {
  const x = T.dvector("x");
  const doubled = onHost((value) => value)(x.mul(2));
  const wide = T.tanh(T.exp(T.alloc(doubled, 1000, x.shape.get(0))).add(1));
  return theano.function([x], wide.sum(0), { mode: "FAST_COMPILE" });
}

Deno.test("a call inside another call writes to no memory but its own", () => {
  // The stack of intermediate values then lies behind all small blocks.
  const m = T.dmatrix("m");
  theano.function([m], T.tanh(T.exp(m)).sum(0), { mode: "FAST_COMPILE" })(theano.ones([200, 200]));
  const values = theano.array([0, 0.25, 0.5, 0.75]);
  const x = T.dvector("x");
  const inner = twoParts();
  const outer = theano.function([x], onHost((value) => inner(value))(x), { mode: "FAST_COMPILE" });
  const alone = inner(values).toArray();
  const adding = Array.from({ length: 16 }, (_, k) => {
    const constant = T.constant([k + 0.5, k, k, k]);
    return theano.function([x], x.add(constant), { mode: "FAST_COMPILE" });
  });
  const sums = (): unknown[] => adding.map((f) => f(values).toArray());
  const [, , , , , , , , ...before] = sums();
  for (const f of adding.splice(0, 8)) f.free();
  assertEquals(outer(values).toArray(), alone);
  assertEquals(sums(), before);
});
