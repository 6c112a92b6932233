/**
 * @file Whether a compiled function agrees with the reference, as far as rounding lets anyone say.
 *
 * How much rounding matters is measured, not guessed: the reference runs again several times with every
 * floating point value disturbed by some units in the last place. Where that changes a result by much, a
 * cancellation or a decision depends on rounding, and a compiled function may differ by as much.
 */

import * as theano from "@theano/theano";
import { NDArray } from "../../core/array/ndarray.ts";
import { makeStorage } from "../../core/dtype/dtype.ts";
import { fail } from "../../core/errors.ts";
import { isConstant, type Variable } from "../../core/graph/variable.ts";
import { isTensorOp } from "../../core/ops/kind.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { Random } from "../helpers/random.ts";

/** Units in the last place by which values are disturbed. */
const disturbance = 8;
/** How often the reference is run with disturbed values. */
const trials = 6;
/** How many times the change seen is allowed. */
const allowance = 32;

/** The relative size of a unit in the last place. */
function unitOf(dtype: string): number {
  return dtype === "float64" ? 2 ** -52 : dtype === "float32" ? 2 ** -23 : 2 ** -10;
}

function isFloat(dtype: string): boolean {
  return dtype.startsWith("float");
}

/** An array with every number changed a little; whole numbers and bools stay. */
function disturbed(value: NDArray, random: Random): NDArray {
  const { dtype, shape, size } = value;
  if (!isFloat(dtype)) return value;
  const data = makeStorage(dtype, size);
  const scale = 2 * disturbance * unitOf(dtype);
  for (let k = 0; k < size; k++) {
    data[k] = Number(value.data[k]) * (1 + (random.next() - 0.5) * scale);
  }
  return NDArray.of(data, shape, dtype);
}

/** The reference with every value disturbed, results excepted. */
function disturbedResults(
  outputs: readonly Variable[],
  givens: ReadonlyMap<Variable, NDArray>,
  random: Random,
): NDArray[] {
  const values = new Map([...givens].map(([x, value]) => [x, disturbed(value, random)]));
  const valueOf = (x: Variable): NDArray => {
    const known = values.get(x);
    if (known) return known;
    if (isConstant(x)) return x.data as NDArray;
    const { op, inputs, outputs: results } = x.owner!;
    if (!isTensorOp(op)) return fail("TypeError", "evaluate a graph", `${op.name} has no value`);
    op.perform(x.owner!, inputs.map(valueOf)).forEach((value, i) => {
      values.set(results[i]!, disturbed(value, random));
    });
    return values.get(x)!;
  };
  return outputs.map(valueOf);
}

/** What the reference says, and how far from it a result may be, element by element. */
export interface Expected {
  readonly values: readonly NDArray[];
  /** NaN where nothing can be said. */
  readonly margins: readonly Float64Array[];
}

/** The reference's results and how much of them is rounding. */
export function expectedOf(
  outputs: readonly TensorVariable[],
  givens: ReadonlyMap<Variable, NDArray>,
): Expected {
  const values = evaluate(outputs, givens);
  const margins = values.map(({ size }) => new Float64Array(size));
  const random = new Random(1);
  for (let trial = 0; trial < trials; trial++) {
    let others: readonly NDArray[];
    try {
      others = disturbedResults(outputs, givens, random);
    } catch {
      // An index or a length came from a number that rounding decides.
      return { values, margins: margins.map((margin) => margin.fill(NaN)) };
    }
    others.forEach((other, o) => widen(margins[o]!, values[o]!, other));
  }
  margins.forEach((margin, o) => {
    const { dtype, data } = values[o]!;
    if (!isFloat(dtype)) return;
    const unit = unitOf(dtype);
    // Differences of nearly equal numbers, such as those in a softmax's logarithm, are right to a unit
    // of 1 and not to one of their own.
    for (let k = 0; k < margin.length; k++) {
      margin[k]! += unit * (1 + 2 * disturbance * Math.abs(Number(data[k])));
    }
  });
  return { values, margins };
}

function widen(margin: Float64Array, value: NDArray, other: NDArray): void {
  if (String(other.shape) !== String(value.shape)) {
    margin.fill(NaN);
    return;
  }
  for (let k = 0; k < margin.length; k++) {
    const change = Math.abs(Number(value.data[k]) - Number(other.data[k]));
    margin[k] = Math.max(margin[k]!, allowance * change);
  }
}

/** What is wrong with a result, or undefined. */
function differenceOf(value: NDArray, wanted: NDArray, margin: Float64Array): string | undefined {
  if (value.dtype !== wanted.dtype) return `${value.dtype} in place of ${wanted.dtype}`;
  if (Number.isNaN(margin[0]) && margin.every(Number.isNaN)) return undefined;
  if (String(value.shape) !== String(wanted.shape)) {
    return `shape (${value.shape}) in place of (${wanted.shape})`;
  }
  for (let k = 0; k < wanted.size; k++) {
    const [got, right] = [Number(value.data[k]), Number(wanted.data[k])];
    // Rewrites may give a number where the formula as written overflows or has none.
    if (Number.isNaN(margin[k]) || !Number.isFinite(right)) continue;
    if (!(Math.abs(got - right) <= margin[k]!)) {
      return `element ${k} is ${got} in place of ${right} ± ${margin[k]!.toExponential(1)}`;
    }
  }
  return undefined;
}

/** A mode as an argument of `theano.function`. */
export type ModeArgument = string | theano.Mode;

/**
 * What is wrong with a compiled function, or undefined if it agrees with the reference.
 *
 * @param outputs Its outputs.
 * @param givens Its inputs and their values.
 * @param mode How it is compiled.
 * @param expected What the reference says, where that is known already.
 */
export function disagreement(
  outputs: readonly TensorVariable[],
  givens: ReadonlyMap<Variable, NDArray>,
  mode: ModeArgument,
  expected: Expected = expectedOf(outputs, givens),
): string | undefined {
  const before = [...givens.values()].map(String);
  try {
    const inputs = [...givens.keys()] as TensorVariable[];
    const options = { mode, onUnusedInput: "ignore" } as const;
    const f = theano.function(inputs, [...outputs], options);
    const [first, second] = [f(...givens.values()), f(...givens.values())];
    for (const [i, wanted] of expected.values.entries()) {
      const wrong = differenceOf(first[i]!, wanted, expected.margins[i]!);
      if (wrong !== undefined) return `output ${i}: ${wrong}`;
      if (String(first[i]) !== String(second[i])) return `output ${i}: differs at the second call`;
    }
    f.free();
  } catch (error) {
    return String(error);
  }
  const changed = [...givens.values()].findIndex((value, i) => String(value) !== before[i]);
  return changed < 0 ? undefined : `input ${changed} was overwritten`;
}

/**
 * Fails if a compiled function does not agree with the reference.
 *
 * @param outputs Its outputs.
 * @param givens Its inputs and their values.
 * @param mode How it is compiled.
 */
export function assertAgrees(
  outputs: readonly TensorVariable[],
  givens: ReadonlyMap<Variable, NDArray>,
  mode: ModeArgument = "FAST_RUN",
): void {
  const wrong = disagreement(outputs, givens, mode);
  if (wrong !== undefined) fail("AssertionError", "accept a function", wrong);
}
