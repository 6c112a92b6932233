/**
 * @file Gradients compared with central differences, and R-ops with L-ops, all by the reference.
 */

import { assert } from "@std/assert";
import { array } from "../../core/array/build.ts";
import { NDArray } from "../../core/array/ndarray.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { Lop, Rop } from "../../core/gradient/derivatives.ts";
import { grad } from "../../core/gradient/grad.ts";
import { mul } from "../../core/ops/arithmetic.ts";
import { sum } from "../../core/ops/reduce.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";

/** A function whose gradient is checked. */
export interface Case {
  readonly name: string;
  /** Builds the graph. */
  readonly of: (...xs: TensorVariable[]) => TensorVariable;
  /** Where: nested arrays or numbers, one an argument. */
  readonly at: readonly unknown[];
  /** Broadcast patterns, where they are not all false. */
  readonly patterns?: readonly (readonly boolean[])[];
  /** False where the op has no R-op. */
  readonly rop?: false;
  /** Relative tolerance, 1e-6 by default. */
  readonly rtol?: number;
}

const step = 1e-5;

/** A number in [−1, 1) that depends on its place alone. */
function weight(k: number): number {
  const x = Math.sin(k * 12.9898 + 4.1414) * 43758.5453;
  return 2 * (x - Math.floor(x)) - 1;
}

function weightsLike(x: NDArray, seed: number): NDArray {
  return NDArray.of(
    Float64Array.from({ length: x.size }, (_, k) => weight(k + seed)),
    x.shape,
    "float64",
  );
}

function inner(a: NDArray, b: NDArray): number {
  const [left, right] = [a, b].map((x) => Array.from(x.data as ArrayLike<number>, Number));
  return left!.reduce((total, x, k) => total + x * right![k]!, 0);
}

function assertClose(got: number, wanted: number, rtol: number, what: string): void {
  const error = Math.abs(got - wanted);
  assert(error <= rtol * Math.max(1, Math.abs(wanted)), `${what}: ${got} is not ${wanted}`);
}

/** Checks the gradient by every argument, and the R-op, of a case. */
export function checkGradient({ name, of, at, patterns, rop, rtol = 1e-6 }: Case): void {
  const points = at.map((p) => array(p, { dtype: "float64" }));
  const inputs = points.map((p, i) =>
    tensor("float64", patterns?.[i] ?? p.shape.map(() => false), { name: `x${i}` })
  );
  const output = of(...inputs);
  const givens = new Map<Variable, NDArray>(inputs.map((x, i) => [x, points[i]!]));
  const u = weightsLike(evaluate([output], givens)[0]!, 1);
  const cost = sum(mul(output, constant(u)));
  const grads = evaluate(grad(cost, inputs, { disconnectedInputs: "ignore" }), givens);
  points.forEach((point, i) => {
    assert(grads[i]!.shape.join() === point.shape.join(), `${name}: shape of gradient ${i}`);
    for (let k = 0; k < point.size; k++) {
      const at = (sign: number): number => {
        const data = point.copy().data as Float64Array;
        data[k]! += sign * step;
        const moved = NDArray.of(data, point.shape, "float64");
        return Number(evaluate([cost], new Map(givens).set(inputs[i]!, moved))[0]!.item());
      };
      const slope = (at(1) - at(-1)) / (2 * step);
      assertClose(Number(grads[i]!.data[k]), slope, rtol, `${name}: gradient ${i} at ${k}`);
    }
  });
  if (rop !== false) checkAdjoint(name, inputs, output, givens, u);
}

/** `u · Rop(v) = Lop(u) · v`, for arbitrary `u` and `v`. */
function checkAdjoint(
  name: string,
  inputs: readonly TensorVariable[],
  output: TensorVariable,
  givens: ReadonlyMap<Variable, NDArray>,
  u: NDArray,
): void {
  const directions = inputs.map((x, i) => weightsLike(givens.get(x)!, 100 * (i + 1)));
  const [tangent] = evaluate([Rop(output, inputs, directions.map((v) => constant(v)))], givens);
  const adjoints = evaluate(
    Lop(output, inputs, constant(u), { disconnectedInputs: "ignore" }),
    givens,
  );
  const forwards = inner(tangent!, u);
  const backwards = adjoints.reduce((total, g, i) => total + inner(g, directions[i]!), 0);
  assert(tangent!.shape.join() === u.shape.join(), `${name}: shape of the R-op`);
  assertClose(forwards, backwards, 1e-10, `${name}: R-op against L-op`);
}

/** One test for each case. */
export function testGradients(cases: readonly Case[]): void {
  for (const c of cases) {
    Deno.test(`grad() of ${c.name} agrees with central differences`, () => checkGradient(c));
  }
}

/** The value of a variable where others have given ones, each in the dtype of its variable. */
export function valueAt(
  x: Variable,
  pairs: readonly (readonly [Variable, unknown])[],
): unknown {
  const givens = new Map<Variable, NDArray>(
    pairs.map(([v, value]) => [v, array(value, { dtype: (v as TensorVariable).dtype })]),
  );
  return evaluate([x], givens)[0]!.toArray();
}

/** The text of the error that a function throws. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
}
