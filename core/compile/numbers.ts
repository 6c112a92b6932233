/**
 * @file What the checking modes ask of arrays: whether they hold NaN, infinities or huge numbers, and
 * whether two are equal up to rounding.
 */

import type { NDArray } from "../array/ndarray.ts";
import { sameShape, shapeText } from "../array/shape.ts";
import { flags } from "../config/config.ts";
import { type DType, dtypes, isContinuous } from "../dtype/dtype.ts";

/** Whether an array has an element, or a part of a complex one, for which something holds. */
function some(value: NDArray, holds: (x: number) => boolean): boolean {
  if (!isContinuous(value.dtype)) return false;
  const { data } = value;
  for (let i = 0; i < data.length; i++) if (holds(data[i] as number)) return true;
  return false;
}

/**
 * Whether an array has a NaN.
 *
 * @param value The array.
 */
export function hasNan(value: NDArray): boolean {
  return some(value, Number.isNaN);
}

/**
 * Whether an array has an infinity.
 *
 * @param value The array.
 */
export function hasInfinity(value: NDArray): boolean {
  return some(value, (x) => x === Infinity || x === -Infinity);
}

/**
 * The largest absolute value in an array; NaN if it has a NaN, 0 if it is empty. Integers count too.
 *
 * @param value The array.
 */
export function largestMagnitude(value: NDArray): number {
  const { data, dtype } = value;
  const step = dtypes[dtype].kind === "complex" ? 2 : 1;
  let largest = 0;
  for (let i = 0; i < data.length; i += step) {
    const [re, im] = [Number(data[i]), step === 2 ? Number(data[i + 1]) : 0];
    if (Number.isNaN(re) || Number.isNaN(im)) return NaN;
    largest = Math.max(largest, Math.hypot(re, im));
  }
  return largest;
}

/** How far values may be apart: `|a - b| <= atol + rtol * |b|`. */
interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

type Precision = 16 | 32 | 64;

// Theano's `tensor.cmp_sloppy`: one row a level.
const tolerances: readonly Readonly<Record<Precision, Tolerance>>[] = [
  {
    16: { atol: 1e-3, rtol: 1e-3 },
    32: { atol: 1e-5, rtol: 1e-5 },
    64: { atol: 1e-8, rtol: 1e-5 },
  },
  {
    16: { atol: 5e-3, rtol: 1e-2 },
    32: { atol: 1e-4, rtol: 1e-3 },
    64: { atol: 1e-3, rtol: 1e-4 },
  },
  {
    16: { atol: 1e-2, rtol: 5e-2 },
    32: { atol: 5e-4, rtol: 1e-3 },
    64: { atol: 1e-3, rtol: 1e-4 },
  },
];

function toleranceOf(dtype: DType): Tolerance {
  const { kind, bytes } = dtypes[dtype];
  const bits = 8 * (kind === "complex" ? bytes / 2 : bytes) as Precision;
  return tolerances[flags.tensor.cmp_sloppy]![bits];
}

/** Options of {@linkcode difference}. */
export interface DifferenceOptions {
  /** Whether the second may be a number where the first is NaN or infinite. */
  readonly mayRecover?: boolean;
  /** How much farther each element, in C order, may be off; of real numbers. */
  readonly slack?: Float64Array | undefined;
}

/**
 * How two arrays differ, as text, or nothing if they are equal up to rounding. NaN equals NaN, and
 * discrete values are compared exactly. Theano: `values_eq_approx`.
 *
 * @param a One array.
 * @param b The other.
 * @param options What is allowed.
 */
export function difference(
  a: NDArray,
  b: NDArray,
  options: DifferenceOptions = {},
): string | undefined {
  if (a.dtype !== b.dtype) return `the dtypes are ${a.dtype} and ${b.dtype}`;
  if (!sameShape(a.shape, b.shape)) {
    return `the shapes are ${shapeText(a.shape)} and ${shapeText(b.shape)}`;
  }
  if (!isContinuous(a.dtype)) {
    const [x, y] = [a.data, b.data];
    const at = x.findIndex((element, i) => element !== y[i]);
    return at < 0 ? undefined : `element ${at} in C order is ${x[at]} and ${y[at]}`;
  }
  return farthest(a, b, options);
}

/** The elements of continuous arrays that are too far apart, as text. */
function farthest(
  a: NDArray,
  b: NDArray,
  { mayRecover = false, slack }: DifferenceOptions,
): string | undefined {
  const { atol, rtol } = toleranceOf(a.dtype);
  const [x, y] = [a.data as Float64Array, b.data as Float64Array];
  const step = dtypes[a.dtype].kind === "complex" ? 2 : 1;
  let [count, worst, largest] = [0, -1, -1];
  for (let i = 0; i < x.length; i += step) {
    const [re, im] = [x[i]!, step === 2 ? x[i + 1]! : 0];
    const [otherRe, otherIm] = [y[i]!, step === 2 ? y[i + 1]! : 0];
    if (Object.is(re, otherRe) && Object.is(im, otherIm)) continue;
    const distance = re === otherRe && im === otherIm ? 0 : Math.hypot(re - otherRe, im - otherIm);
    const allowed = atol + rtol * Math.hypot(otherRe, otherIm) + (slack?.[i] ?? 0);
    if (distance <= allowed && distance < Infinity) continue;
    const recovers = !Number.isFinite(re) || !Number.isFinite(im);
    if (mayRecover && recovers && Number.isFinite(otherRe) && Number.isFinite(otherIm)) continue;
    count++;
    const size = Number.isNaN(distance) ? Infinity : distance;
    if (size > largest) [largest, worst] = [size, i];
  }
  if (count === 0) return undefined;
  const total = x.length / step;
  const show = (data: Float64Array): string =>
    step === 2 ? `${data[worst]}+${data[worst + 1]}j` : `${data[worst]}`;
  return `${count} of ${total} elements differ by more than ${atol} + ${rtol} * |value|, most at ` +
    `element ${worst / step} in C order: ${show(x)} and ${show(y)}`;
}
