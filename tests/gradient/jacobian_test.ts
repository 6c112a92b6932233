/** @file `jacobian` and `hessian`: their values, options and texts. */

import { assertEquals, assertThrows } from "@std/assert";
import { AssertionError, DisconnectedInputError } from "../../core/errors.ts";
import { hessian, jacobian } from "../../core/gradient/jacobian.ts";
import { mul } from "../../core/ops/arithmetic.ts";
import { dotMatrices } from "../../core/ops/dot.ts";
import { sum } from "../../core/ops/reduce.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { valueAt } from "./helpers.ts";

function vector(name: string): TensorVariable {
  return tensor("float64", [false], { name });
}

Deno.test("jacobian() gives the manual's matrix for x ** 2", () => {
  const x = vector("x");
  assertEquals(valueAt(jacobian(mul(x, x), x), [[x, [4, 4]]]), [[8, 0], [0, 8]]);
});

Deno.test("jacobian() has the axes of the expression, then those of the variable", () => {
  const [x, w] = [vector("x"), tensor("float64", [false, false], { name: "w" })];
  const [byX, byW] = jacobian(dotMatrices(x, w), [x, w]);
  const at = [[x, [1, 2, 3]], [w, [[1, 2], [3, 4], [5, 6]]]] as const;
  assertEquals(valueAt(byX!, at), [[1, 3, 5], [2, 4, 6]]);
  assertEquals(valueAt(byW!, at), [[[1, 0], [2, 0], [3, 0]], [[0, 1], [0, 2], [0, 3]]]);
});

Deno.test("jacobian() of a scalar is its gradient", () => {
  const x = vector("x");
  assertEquals(valueAt(jacobian(sum(mul(x, x)), [x])[0]!, [[x, [1, 2, 3]]]), [2, 4, 6]);
});

Deno.test("jacobian() passes its options on", () => {
  const [x, y] = [vector("x"), vector("y")];
  const inner = mul(x, x);
  const at = [[x, [2, 3]], [y, [5, 7]]] as const;
  const part = jacobian(mul(inner, x), x, { considerConstant: [inner] });
  assertEquals(valueAt(part, at), [[4, 0], [0, 9]]);
  assertThrows(() => jacobian(inner, y), DisconnectedInputError);
  const zeros = jacobian(inner, y, { disconnectedInputs: "ignore" });
  assertEquals(valueAt(zeros, at), [[0, 0], [0, 0]]);
});

Deno.test("hessian() gives the manual's matrix for the sum of x ** 2", () => {
  const x = vector("x");
  assertEquals(valueAt(hessian(sum(mul(x, x)), x), [[x, [4, 4]]]), [[2, 0], [0, 2]]);
});

Deno.test("hessian() of a quadratic form is its matrix and that transposed", () => {
  const [x, a] = [vector("x"), tensor("float64", [false, false], { name: "a" })];
  const h = hessian(dotMatrices(x, dotMatrices(a, x)), [x])[0]!;
  assertEquals(valueAt(h, [[x, [1, 2]], [a, [[1, 2], [5, 3]]]]), [[2, 7], [7, 6]]);
});

Deno.test("hessian() of a linear form is zero", () => {
  const x = vector("x");
  assertEquals(valueAt(hessian(sum(mul(x, 3)), x), [[x, [1, 2]]]), [[0, 0], [0, 0]]);
});

Deno.test("jacobian() and hessian() say what they expect", () => {
  const x = vector("x");
  const m = tensor("float64", [false, false], { name: "m" });
  const none = 3 as unknown as TensorVariable;
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => jacobian(none, x), "tensor.jacobian expects a Variable as `expression`"],
    [
      () => jacobian(m, m),
      "tensor.jacobian expects a 1 dimensional variable as `expression`. If not use flatten to " +
      "make it a vector",
    ],
    [() => hessian(none, x), "tensor.hessian expects a Variable as `cost`"],
    [() => hessian(x, x), "tensor.hessian expects a 0 dimensional variable as `cost`"],
    [() => hessian(sum(x), none), "tensor.hessian expects a (list of) Variable as `wrt`"],
    [
      () => hessian(sum(m), m),
      "tensor.hessian expects a (list of) 1 dimensional variable as `wrt`",
    ],
  ];
  for (const [run, text] of cases) {
    assertEquals(assertThrows(run, AssertionError).message, text);
  }
});
