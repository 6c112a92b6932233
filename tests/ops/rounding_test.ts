/** @file Rounding: halves, large numbers, and the choice of a mode. */

import { assertEquals, assertThrows } from "@std/assert";
import { array } from "../../core/array/build.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import { NotImplementedError } from "../../core/errors.ts";
import type { Variable } from "../../core/graph/variable.ts";
import {
  iround,
  round,
  roundHalfAwayFromZero,
  roundHalfToEven,
  type RoundMode,
} from "../../core/ops/rounding.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { lowered, wasmTarget } from "../helpers/targets.ts";

const given = [-2.5, -1.5, -0.5, -0, 0.5, 1.5, 2.5, 3.49, -3.51, 0.49999999999999994, 2 ** 52 + 1];
const toEven = [-2, -2, -0, -0, 0, 2, 2, 3, -4, 0, 2 ** 52 + 1];
const awayFromZero = [-3, -2, -1, -0, 1, 2, 3, 3, -4, 0, 2 ** 52 + 1];

/** Results by the reference and by the kernel. */
function both(f: (x: TensorVariable) => TensorVariable): unknown[] {
  const x = new TensorType("float64", [false]).makeVariable();
  const y = f(x);
  const value = array(given);
  const [byReference] = evaluate([y], new Map<Variable, NDArray>([[x, value]]));
  const program = lowered({ inputs: [x], outputs: [y] });
  const [byKernel] = wasmTarget().build(program).executable.run([value], []);
  return [byReference!.toArray(), byKernel!.toArray()];
}

Deno.test("roundHalfToEven() takes halves to the even integer", () => {
  assertEquals(both(roundHalfToEven), [toEven, toEven]);
});

Deno.test("roundHalfAwayFromZero() takes halves away from zero", () => {
  assertEquals(both(roundHalfAwayFromZero), [awayFromZero, awayFromZero]);
});

Deno.test("round() takes its mode by name or by position, to even by default", () => {
  assertEquals(both((x) => round(x)), [toEven, toEven]);
  assertEquals(both((x) => round(x, "half_away_from_zero")), [awayFromZero, awayFromZero]);
  assertEquals(both((x) => round(x, { mode: "half_to_even" })), [toEven, toEven]);
  const unknown = "up" as RoundMode;
  assertThrows(() => both((x) => round(x, unknown)), NotImplementedError, "round mode up");
});

Deno.test("iround() gives int64", () => {
  const whole = toEven.map((x) => x + 0);
  assertEquals(both((x) => iround(x)), [whole, whole]);
  assertThrows(() => iround(new TensorType("int8", []).makeVariable()), TypeError, "float input");
});
