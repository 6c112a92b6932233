/** @file Derivatives of every elementwise record: first and second order, forward and reverse. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { array } from "../../core/array/build.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import { MethodNotDefined, NotImplementedError, NullTypeGradError } from "../../core/errors.ts";
import { call } from "../../core/graph/op.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { Rop } from "../../core/gradient/derivatives.ts";
import { grad } from "../../core/gradient/grad.ts";
import * as arithmetic from "../../core/ops/arithmetic.ts";
import { binary, Elementwise, unary } from "../../core/ops/elementwise.ts";
import * as logic from "../../core/ops/logic.ts";
import { sum } from "../../core/ops/reduce.ts";
import type { ScalarOp } from "../../core/ops/scalar_op.ts";
import * as transcendental from "../../core/ops/transcendental.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { elementwiseCases, functions } from "./elementwise_cases.ts";
import { checkGradient } from "./helpers.ts";

for (const { name, of, at, rtol = 1e-5 } of elementwiseCases) {
  Deno.test(`grad() of ${name} agrees with central differences, twice`, () => {
    checkGradient({ name, of, at, rtol });
    const firstOrder = (...xs: TensorVariable[]): TensorVariable =>
      arithmetic.add(...grad(sum(of(...xs)), xs, { disconnectedInputs: "ignore" }));
    checkGradient({ name: `${name} again`, of: firstOrder, at, rtol });
  });
  if (at.length < 2) continue;
  Deno.test(`grad() of ${name} sums over the axes on which an input was repeated`, () => {
    const columns = at as readonly (readonly number[])[];
    const mixed = columns.map((xs, k) => k === 0 ? [xs, xs] : k === 1 ? [[xs[1]], [xs[2]]] : [xs]);
    const patterns = at.map((_, k) => [k > 1, k === 1]);
    checkGradient({ name, of, at: mixed, patterns, rtol });
  });
}

Deno.test("the elementwise functions were found", () => {
  assert(functions.size > 40, `only ${functions.size} functions`);
});

function slopeAt(of: (x: TensorVariable) => TensorVariable, at: readonly number[]): unknown {
  const x = tensor("float64", [false], { name: "x" });
  const g = grad(sum(of(x)), x);
  return evaluate([g], new Map<Variable, NDArray>([[x, array(at)]]))[0]!.toArray();
}

Deno.test("grad() of abs is 0 at 0", () => {
  assertEquals(slopeAt((x) => arithmetic.abs(x), [-2, 0, 3]), [-1, 0, 1]);
});

Deno.test("grad() of maximum and minimum gives ties to the first", () => {
  const { maximum, minimum } = arithmetic;
  for (const f of [maximum, minimum]) {
    assertEquals(slopeAt((x) => f(x, 2), [2]), [1]);
    assertEquals(slopeAt((x) => f(2, x), [2]), [0]);
  }
});

Deno.test("grad() of clip includes both ends", () => {
  assertEquals(slopeAt((x) => logic.clip(x, -1, 2), [-2, -1, 0, 2, 3]), [0, 1, 1, 1, 0]);
  assertEquals(slopeAt((x) => logic.clip(1, x, 2), [-2, 1, 1.5]), [0, 0, 1]);
});

Deno.test("grad() of pow is 0 by the exponent where the base is 0", () => {
  assertEquals(slopeAt((y) => transcendental.pow(0, y), [2, 3]), [0, 0]);
  assertEquals(slopeAt((x) => transcendental.pow(x, 2), [0, 3]), [0, 6]);
});

Deno.test("grad() of mod is minus the floored quotient by the divisor", () => {
  assertEquals(slopeAt((y) => arithmetic.mod(7.5, y), [2, -2]), [-3, 4]);
});

Deno.test("grad() gives the branch of a switch that is not taken 0, even of infinity", () => {
  const { gt, switch_ } = logic;
  const [x, g] = ["x", "g"].map((name) => tensor("float64", [false], { name }));
  const y = switch_(gt(x!, 0), x!, 1);
  const dx = grad(null, x!, { knownGrads: [[y, g!]] });
  const givens = new Map<Variable, NDArray>([[x!, array([-1, 2])], [g!, array([Infinity, 3.5])]]);
  assertEquals(evaluate([dx], givens)[0]!.toArray(), [0, 3.5]);
});

Deno.test("grad() through a cast to an integer is zero", () => {
  const { cast, mul } = arithmetic;
  assertEquals(slopeAt((x) => mul(cast(cast(x, "int32"), "float64"), 3), [1.5]), [0]);
  assertEquals(slopeAt((x) => cast(cast(x, "float32"), "float64"), [1.5]), [1]);
});

Deno.test("grad() of x ** 2 is built as the manual prints it", () => {
  const x = tensor("float64", [], { name: "x" });
  assertEquals(
    formula(grad(transcendental.pow(x, 2), x)),
    "((fill((x ** TensorConstant{2}), TensorConstant{1.0}) * TensorConstant{2}) * " +
      "(x ** (TensorConstant{2} - TensorConstant{1})))",
  );
});

/** A formula as `pp` writes it, of the few ops this test meets. */
function formula(x: Variable): string {
  if (!x.owner) return String(x);
  const args = x.owner.inputs.map(formula);
  const { op } = x.owner;
  if (!(op instanceof Elementwise)) return args[0]!;
  const signs: Readonly<Record<string, string>> = { mul: "*", sub: "-", pow: "**" };
  const { name } = op.scalar as ScalarOp;
  return name === "second" ? `fill(${args.join(", ")})` : `(${args.join(` ${signs[name]} `)})`;
}

Deno.test("grad() by an input whose partial is unknown is undefined, by the others it is not", () => {
  const power = binary({
    name: "half_known",
    dtype: "upcast",
    ref: (x, y) => x * y,
    partials: ["unknown", (_z, x) => x!],
  });
  const [x, y] = ["x", "y"].map((name) => tensor("float64", [], { name }));
  const error = assertThrows(() => grad(power(x!, y!), x!), NullTypeGradError);
  assertEquals(
    error.message,
    "tensor.grad encountered a NaN. This variable is Null because the grad method for input 0 (x) " +
      "of the Elemwise{half_known,no_inplace} op is not implemented. ",
  );
  assertEquals(grad(power(x!, y!), y!).ndim, 0);
  assertThrows(() => Rop(power(x!, y!), x!, x!), NotImplementedError);
});

Deno.test("grad() refuses records without partials, fused records and complex results", () => {
  const opaque = unary({ name: "opaque_thing", dtype: "floatUp", ref: (x) => x });
  const x = tensor("float64", [], { name: "x" });
  const error = assertThrows(() => grad(opaque(x), x), MethodNotDefined);
  assertEquals(error.message, "('grad', <class 'OpaqueThing'>, 'OpaqueThing')");
  const fused = new Elementwise({
    inputs: ["float64"],
    steps: [{ scalar: arithmetic.neg.record, args: [0], dtype: "float64" }],
    outputs: [1],
  });
  const refused = assertThrows(
    () => grad(call(fused, x) as TensorVariable, x),
    NotImplementedError,
  );
  assertEquals(refused.message, "grad is not implemented for Composite");
  const z = tensor("complex128", [], { name: "z" });
  const complexError = assertThrows(() => grad(arithmetic.abs(z), z), TypeError);
  assertEquals(
    complexError.message,
    "Elemwise{abs_,no_inplace}.grad illegally returned an integer-valued variable. " +
      "(Input index 0, dtype complex128)",
  );
});
