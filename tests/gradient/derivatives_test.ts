/** @file `Rop` and `Lop`: their options and texts. Their values are checked with every rule. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { AssertionError, DisconnectedInputError, NotImplementedError } from "../../core/errors.ts";
import { call } from "../../core/graph/op.ts";
import { DisconnectedType } from "../../core/graph/special_types.ts";
import { Apply, type Variable } from "../../core/graph/variable.ts";
import { disconnectedGrad, zeroGrad } from "../../core/gradient/controls.ts";
import { Lop, Rop } from "../../core/gradient/derivatives.ts";
import { setWarningListener } from "../../core/host/warn.ts";
import { add, cast, mul } from "../../core/ops/arithmetic.ts";
import { dotMatrices } from "../../core/ops/dot.ts";
import { prod, sum } from "../../core/ops/reduce.ts";
import { shape } from "../../core/ops/shape.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { messageOf, valueAt } from "./helpers.ts";

function vector(name: string): TensorVariable {
  return tensor("float64", [false], { name });
}

Deno.test("Rop() gives the manual's product of the Jacobian of dot(x, W) with V", () => {
  const x = vector("x");
  const [w, v] = ["W", "V"].map((name) => tensor("float64", [false, false], { name }));
  const jv = Rop(dotMatrices(x, w!), w!, v!);
  const at = [[w!, [[1, 1], [1, 1]]], [v!, [[2, 2], [2, 2]]], [x, [0, 1]]] as const;
  assertEquals(valueAt(jv, at), [2, 2]);
});

Deno.test("Lop() gives the manual's product of v with the Jacobian of dot(x, W)", () => {
  const [x, v] = [vector("x"), vector("v")];
  const w = tensor("float64", [false, false], { name: "W" });
  const vj = Lop(dotMatrices(x, w), w, v);
  assertEquals(valueAt(vj, [[v, [2, 2]], [x, [0, 1]], [w, [[1, 1], [1, 1]]]]), [[0, 0], [2, 2]]);
});

Deno.test("Rop() and Lop() give arrays for arrays and take points as plain values", () => {
  const [x, y] = [vector("x"), vector("y")];
  const f = [mul(x, y), add(x, y)];
  const at = [[x, [1, 2]], [y, [3, 4]]] as const;
  const [a, b] = Rop(f, [x, y], [[1, 0], [0, 1]]);
  assertEquals([valueAt(a!, at), valueAt(b!, at)], [[3, 2], [1, 1]]);
  const [dx, dy] = Lop(f, [x, y], [[1, 1], [10, 10]]);
  assertEquals([valueAt(dx!, at), valueAt(dy!, at)], [[13, 14], [11, 12]]);
  assertEquals(valueAt(Rop(f[0]!, x, [y]), at), [9, 16]);
  assertStrictEquals(Rop(x, x, y), y);
});

Deno.test("Rop() stops at the variables that move by themselves", () => {
  const x = vector("x");
  const y = mul(x, x);
  const v = vector("v");
  assertEquals(valueAt(Rop(mul(y, x), y, v), [[x, [2, 3]], [v, [10, 10]]]), [20, 30]);
});

Deno.test("Rop() broadcasts tangents to the shape of the output", () => {
  const x = tensor("float64", [true, false], { name: "x" });
  const y = tensor("float64", [false, false], { name: "y" });
  const moved = Rop(add(x, y), x, x);
  const at = [[x, [[1, 2]]], [y, [[0, 0], [0, 0]]]] as const;
  assertEquals(valueAt(moved, at), [[1, 2], [1, 2]]);
});

Deno.test("Rop() asks no rule of nodes that nothing moves", () => {
  const [x, y] = [vector("x"), vector("y")];
  const f = mul(x, prod(y));
  assertEquals(valueAt(Rop(f, x, x), [[x, [1, 2]], [y, [3, 4]]]), [12, 24]);
  assertEquals(valueAt(Rop(mul(y, y), x, x), [[y, [3, 4]]]), [0, 0]);
});

Deno.test("Rop() refuses points of another number or rank or dtype", () => {
  const x = vector("x");
  const f = mul(x, x);
  assertEquals(
    [
      messageOf(() => Rop(f, [x], [])),
      messageOf(() => Rop(f, x, 1)),
      messageOf(() => Rop(f, x, tensor("float32", [false], { name: "v" }))),
      messageOf(() => Lop([f], x, [])),
    ],
    [
      "`wrt` must be the same length as `eval_points`.",
      "Element 0 of wrt/eval_point have mismatched dimensionality: 1 versus 0",
      "Cannot convert Type TensorType(float32, vector) (of Variable v) into Type " +
      "TensorType(float64, vector). You can try to manually convert v into a " +
      "TensorType(float64, vector).",
      "`f` must be the same length as `eval_points`.",
    ],
  );
  assertThrows(() => Rop(f, [x], []), AssertionError);
});

const missing = (name: string): string =>
  "Rop method was asked to compute the gradient with respect to a variable that is not part of " +
  "the computational graph of variables in wrt, or is used only by a non-differentiable operator: " +
  name;

Deno.test("Rop() does about outputs without tangent as its options say", () => {
  const [x, y] = [vector("x"), vector("y")];
  const error = assertThrows(() => Rop(y, x, x), DisconnectedInputError);
  const [text, blank, ...trace] = error.message.split("\n");
  assertEquals([text, blank, trace[0]], [
    `${missing("y")} `,
    "Backtrace when that variable is created:",
    "",
  ]);
  assert(trace[1]!.includes("derivatives_test.ts"));
  assertThrows(() => Rop(disconnectedGrad(x), x, x), DisconnectedInputError);
  assertThrows(() => Rop(shape(x), x, x), DisconnectedInputError);
  const heard: string[] = [];
  const before = setWarningListener((_, text) => heard.push(text));
  const warned = Rop(y, x, x, { disconnectedOutputs: "warn" });
  setWarningListener(before);
  assertEquals(heard, [missing("y")]);
  assertEquals(valueAt(warned, [[y, [3, 4]]]), [0, 0]);
  const options = { disconnectedOutputs: "ignore" } as const;
  assertEquals(Rop(y, x, x, { ...options, returnDisconnected: "None" }) as unknown, null);
  const variable: Variable = Rop(y, x, x, { ...options, returnDisconnected: "Disconnected" });
  assert(variable.type instanceof DisconnectedType);
  assertEquals(valueAt(Rop(zeroGrad(x), x, x), [[x, [1, 2]]]), [0, 0]);
});

Deno.test("Rop() names the op that has no R-op", () => {
  const x = vector("x");
  const error = assertThrows(() => Rop(prod(x), x, x), NotImplementedError);
  assertEquals(
    error.message,
    "Prod{axis=None, dtype='float64', acc_dtype='float64'} of class Reduce does not implement " +
      "R_op. If this is a theano op, write to the theano-dev mailing list for assistance. If it " +
      "is your own op, implement the R_op method.",
  );
});

Deno.test("Rop() has the dtype of the output", () => {
  const x = tensor("float32", [false], { name: "x" });
  assertEquals(Rop(mul(x, 2), x, x).dtype, "float32");
  assertEquals(Rop(mul(cast(x, "float64"), 2), x, x).dtype, "float64");
});

Deno.test("Rop() follows the rule of a user's op, zeros in place of what does not move", () => {
  const seen: number[] = [];
  const op = {
    name: "Pair",
    key: "pair",
    makeNode(a: Variable, b: Variable): Apply {
      return new Apply(op, [a, b], [a.type.makeVariable()]);
    },
    rOp([a]: readonly TensorVariable[], points: readonly TensorVariable[]): TensorVariable[] {
      seen.push(points.length);
      return [add(mul(a!, points[0]!), points[1]!)];
    },
  };
  const [x, y] = [vector("x"), vector("y")];
  const f = call(op, x, y) as TensorVariable;
  const at = [[x, [2, 3]], [y, [5, 7]]] as const;
  assertEquals(valueAt(Rop(f, x, [1, 1]), at), [2, 3]);
  assertEquals(valueAt(Rop(f, y, [1, 1]), at), [1, 1]);
  assertEquals(seen, [2, 2]);
});

Deno.test("Rop() walks graphs of any depth", () => {
  const x = tensor("float64", [], { name: "x" });
  let y = x;
  for (let i = 0; i < 20_000; i++) y = add(y, 1);
  assertEquals(Rop(y, x, x).ndim, 0);
});

Deno.test("Lop() of a sum over outputs is the gradient with known gradients", () => {
  const [x, y] = [vector("x"), vector("y")];
  assertThrows(() => Lop(mul(y, 2), x, y), DisconnectedInputError);
  const zeros = Lop(mul(y, 2), x, y, { disconnectedInputs: "ignore" });
  assertEquals(valueAt(zeros, [[x, [1, 2]]]), [0, 0]);
  const inner = mul(x, x);
  const part = Lop(mul(inner, x), x, [1, 1], { considerConstant: [inner] });
  assertEquals(valueAt(part, [[x, [2, 3]]]), [4, 9]);
  assertEquals(sum(part).ndim, 0);
});
