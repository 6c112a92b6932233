/**
 * @file Errors in units in the last place.
 */

import { type DType, dtypes } from "../../core/dtype/dtype.ts";

/** Bits of the significand, and exponents of the smallest subnormal and of what overflows. */
const formats: Readonly<Record<string, readonly [digits: number, low: number, high: number]>> = {
  float16: [11, -24, 16],
  float32: [24, -149, 128],
  float64: [53, -1074, 1024],
};

/**
 * The distance of neighbours around a number.
 *
 * @param x The number.
 * @param dtype A float dtype.
 * @returns The unit in the last place; that of the smallest normal number for smaller ones.
 */
export function unitOf(x: number, dtype: DType): number {
  const [digits, low, high] = formats[dtype]!;
  const size = Math.min(Math.abs(x), 2 ** (high - 1));
  if (size === 0) return 2 ** low;
  return 2 ** Math.max(exponentOf(size) - digits + 1, low);
}

/** The exponent of the power of two not above a positive number. */
function exponentOf(size: number): number {
  const exact = size < 2 ** -1000 ? exponentOf(size * 2 ** 200) - 200 : Math.floor(Math.log2(size));
  if (size < 2 ** -1000) return exact;
  if (2 ** exact > size) return exact - 1;
  return exact < 1023 && 2 ** (exact + 1) <= size ? exact + 1 : exact;
}

/**
 * How far a result is from the true value.
 *
 * @param got The result.
 * @param wanted The true value rounded to the dtype.
 * @param dtype The dtype of the result.
 * @param rest What the true value has beyond `wanted`, in units in its last place.
 * @returns The error in units in the last place of the true value; infinite for a NaN or an infinity
 *   that only one of them has. An infinity counts as the power of two that overflows.
 */
export function ulpError(got: number, wanted: number, dtype: DType, rest = 0): number {
  if (Number.isNaN(wanted)) return Number.isNaN(got) ? 0 : Infinity;
  if (Number.isNaN(got)) return Infinity;
  const limit = 2 ** (formats[dtype]![2] - 1);
  const unit = unitOf(wanted, dtype);
  if (got === wanted) return Math.abs(got) === Infinity ? 0 : Math.abs(rest);
  if (Math.abs(got) < 1 && Math.abs(wanted) < 1) return Math.abs((got - wanted) / unit - rest);
  const half = (x: number): number => Math.abs(x) === Infinity ? Math.sign(x) * limit : x / 2;
  return Math.abs((half(got) - half(wanted)) / unit * 2 - rest);
}

/** Whether a dtype is measured here. */
export function hasUlp(dtype: DType): boolean {
  return dtypes[dtype].kind === "float";
}
