/**
 * @file The manual's page "Derivatives in Theano", but for loops written out: see `loop_test.ts`.
 */

import { assertEquals } from "@std/assert";
import * as theano from "@theano/theano";
import { assertPrinted, numbers } from "./helpers.ts";

const { tensor: T } = theano;

Deno.test("derivatives 36: the gradient of a square, as it is written down", () => {
  const x = T.dscalar("x");
  assertEquals(
    theano.pp(T.grad(x.pow(2), x)),
    "((fill((x ** TensorConstant{2}), TensorConstant{1.0}) * TensorConstant{2}) * " +
      "(x ** (TensorConstant{2} - TensorConstant{1})))",
  );
});

Deno.test("derivatives 37 and 38: its values, and what is left of it when compiled", () => {
  const x = T.dscalar("x");
  const f = theano.function([x], T.grad(x.pow(2), x));
  assertEquals([f(4).item(), f(94.2).item()], [8, 188.4]);
  assertEquals(theano.pp(f.maker.fgraph.outputs[0]!), "(2.0 * x)");
  assertEquals(f.maker.fgraph.toposort().length, 1);
});

Deno.test("derivatives 39: the derivative of the logistic function", () => {
  const x = T.dmatrix("x");
  const s = T.sum(T.div(1, T.add(1, T.exp(x.neg()))));
  const dlogistic = theano.function([x], T.grad(s, x));
  assertPrinted(dlogistic([[0, 1], [-1, -2]]), [2, 2], [0.25, 0.19661193, 0.19661193, 0.10499359]);
});

Deno.test("derivatives 40: several variables give several gradients, in their order", () => {
  const [x, y] = T.dscalars("x", "y") as theano.tensor.TensorVariable[];
  const gradients = T.grad(x!.mul(y!).mul(2), [y!, x!]);
  const f = theano.function([x!, y!], gradients);
  assertEquals(f(3, 5).map((v) => v.item()), [6, 10]);
});

Deno.test("derivatives 41 and 43: Jacobian and Hessian by their functions", () => {
  const x = T.dvector("x");
  const squares = x.pow(2);
  const f = theano.function([x], [T.jacobian(squares, x), T.hessian(T.sum(squares), x)]);
  assertEquals(f([4, 4]).map((v) => v.toArray()), [[[8, 0], [0, 8]], [[2, 0], [0, 2]]]);
});

Deno.test("derivatives 44: the R-operator", () => {
  const [W, V] = T.dmatrices("W", "V") as theano.tensor.TensorVariable[];
  const x = T.dvector("x");
  const f = theano.function([W!, V!, x], T.Rop(T.dot(x, W!), W!, V!));
  assertEquals(numbers(f([[1, 1], [1, 1]], [[2, 2], [2, 2]], [0, 1])), [2, 2]);
});

Deno.test("derivatives 45: the L-operator", () => {
  const W = T.dmatrix("W");
  const [v, x] = T.dvectors("v", "x") as theano.tensor.TensorVariable[];
  const f = theano.function([v!, x!], T.Lop(T.dot(x!, W), W, v!));
  assertPrinted(f([2, 2], [0, 1]), [2, 2], [0, 0, 2, 2]);
});

Deno.test("derivatives 46: a Hessian times a vector, both ways", () => {
  const [x, v] = T.dvectors("x", "v") as theano.tensor.TensorVariable[];
  const gy = T.grad(T.sum(x!.pow(2)), x!);
  const backward = theano.function([x!, v!], T.grad(T.sum(gy.mul(v!)), x!));
  const forward = theano.function([x!, v!], T.Rop(gy, x!, v!));
  assertEquals(numbers(backward([4, 4], [2, 2])), [4, 4]);
  assertEquals(numbers(forward([4, 4], [2, 2])), [4, 4]);
});
