/**
 * @file Gradients by finite differences.
 *
 * Source: the step sizes and error measures are those of Theano's `numeric_grad`.
 */

import { array } from "../array/build.ts";
import { NDArray } from "../array/ndarray.ts";
import { type DType, makeStorage } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { type Given, optional } from "../tensor/arguments.ts";

/** A function of arrays whose value is a number. */
export type ScalarFunction = (...values: NDArray[]) => NDArray | number;

/** Options of {@linkcode numericGrad}. */
export interface NumericGradOptions {
  /** Step size; by default that of the least precise dtype among the arguments. */
  readonly eps?: number | undefined;
  /** Dtype of the value, if it is complex; no other needs to be said. */
  readonly outType?: DType | undefined;
}

const stepSizes: Readonly<Record<string, number>> = { float64: 1e-7, float32: 3e-4, float16: 1e-1 };

/** The error of a gradient at its worst element. */
export type WorstError = readonly [
  argument: number,
  position: number,
  absError: number,
  relError: number,
];

/** The gradient of a function of arrays at a point, by one-sided differences. */
export class NumericGrad {
  /** The gradient by each argument; bare if the point was. */
  readonly gf: NDArray | readonly NDArray[];
  readonly #each: readonly NDArray[];

  /**
   * Measures the gradient.
   *
   * @param f The function.
   * @param pt The arguments: an array, or several in a list.
   * @param options Step size.
   */
  constructor(f: ScalarFunction, pt: unknown, options: NumericGradOptions = {}) {
    if (options.outType?.startsWith("complex")) {
      raise("NotImplementedError", "We do not support grad/Rop/Lop/verify_grad on complex.");
    }
    const isList = Array.isArray(pt) && pt.every((p) => typeof p === "object");
    const values = (isList ? pt : [pt]).map(pointArray);
    this.#each = differences(f, values, options.eps);
    this.gf = isList ? this.#each : this.#each[0]!;
  }

  /** Absolute and relative error of two numbers; the latter is `|a − b| / max(|a| + |b|, 1e-8)`. */
  static absRelErr(a: number, b: number): [absError: number, relError: number] {
    const absError = Math.abs(a - b);
    return [absError, absError / Math.max(Math.abs(a) + Math.abs(b), 1e-8)];
  }

  /**
   * The errors of a gradient, element by element.
   *
   * @param gPt One array an argument.
   * @returns For each argument the absolute and relative error of each element, in C order.
   * @throws {ValueError} If there are not as many arrays as arguments, or a shape differs.
   */
  absRelErrors(gPt: readonly NDArray[]): [absError: number, relError: number][][] {
    if (gPt.length !== this.#each.length) {
      raise("ValueError", `argument has wrong number of elements ${gPt.length}`);
    }
    return gPt.map((a, i) => {
      const b = this.#each[i]!;
      if (a.shape.join() !== b.shape.join()) {
        raise(
          "ValueError",
          `argument element ${i} has wrong shape ((${a.shape.join(", ")}), (${
            b.shape.join(", ")
          }))`,
        );
      }
      return numbers(a).map((x, k) => NumericGrad.absRelErr(x, Number(b.data[k])));
    });
  }

  /**
   * Where a gradient violates the tolerances most: the largest `min(abs / absTol, rel / relTol)`.
   *
   * @param gPt One array an argument.
   * @param absTol Tolerance of the absolute error.
   * @param relTol Tolerance of the relative error.
   * @returns Which argument, which element in C order, and both errors there.
   * @throws {ValueError} If an error is not finite.
   */
  maxErr(gPt: readonly NDArray[], absTol: number, relTol: number): WorstError {
    let worst: WorstError = [0, 0, 0, 0];
    let largest = -1;
    this.absRelErrors(gPt).forEach((errors, argument) =>
      errors.forEach(([absError, relError], position) => {
        if (!Number.isFinite(absError)) raise("ValueError", `abs_err not finite ${absError}`);
        if (!Number.isFinite(relError)) raise("ValueError", `rel_err not finite ${relError}`);
        const violation = Math.min(absError / absTol, relError / relTol);
        if (violation <= largest) return;
        largest = violation;
        worst = [argument, position, absError, relError];
      })
    );
    return worst;
  }
}

/**
 * The gradient of a function of arrays at a point, by one-sided differences.
 *
 * Shapes: each gradient has the shape of its argument.
 * Dtypes: all gradients have the most precise dtype among the arguments.
 * Theano: `theano.gradient.numeric_grad`.
 *
 * @param f The function.
 * @param pt The arguments: an array, or several in a list.
 * @param given Step size.
 * @returns The gradients in `gf`, and what compares them with others.
 */
export function numericGrad(
  f: ScalarFunction,
  pt: unknown,
  ...given: Given<NumericGradOptions, [eps?: number, outType?: DType]>
): NumericGrad {
  const options = optional<NumericGradOptions>("numericGrad", ["eps", "outType"], given);
  return new NumericGrad(f, pt, options);
}

/** A point as an array: numbers and nested arrays are floats, typed arrays keep their dtype. */
export function pointArray(value: unknown): NDArray {
  if (value instanceof NDArray) return value;
  return ArrayBuffer.isView(value) ? array(value) : array(value, { dtype: "float64" });
}

function numbers(x: NDArray): number[] {
  return Array.from(x.data as ArrayLike<number>, Number);
}

function differences(
  f: ScalarFunction,
  values: readonly NDArray[],
  given: number | undefined,
): NDArray[] {
  const steps = values.map(({ dtype }) => {
    return stepSizes[dtype] ??
      raise("TypeError", `numeric_grad can work only with floating point inputs, not ${dtype}`);
  });
  const finest = Math.min(...steps);
  const dtype = values[steps.indexOf(finest)]!.dtype;
  const eps = given ?? Math.max(...steps);
  const held = values.map((value) => value.astype(dtype));
  const base = valueOf(f, held);
  return held.map((value, i) => {
    const slopes = makeStorage(dtype, value.size) as Float64Array;
    for (let k = 0; k < value.size; k++) {
      const moved = [...held];
      moved[i] = withStep(value, k, eps);
      slopes[k] = (valueOf(f, moved) - base) / eps;
    }
    return NDArray.of(slopes, value.shape, dtype);
  });
}

function withStep(x: NDArray, k: number, eps: number): NDArray {
  const data = x.copy().data as Float64Array;
  data[k]! += eps;
  return NDArray.of(data, x.shape, x.dtype);
}

function valueOf(f: ScalarFunction, values: readonly NDArray[]): number {
  const value = f(...values.map((x) => x.copy()));
  return Number(value instanceof NDArray ? value.reshape([]).item() : value);
}
