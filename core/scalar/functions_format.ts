/**
 * @file What the scalar functions know of a float format, and the few steps most of them share.
 *
 * A function is written once for both formats: the algorithm is the same, constants and degrees
 * come in pairs. A float32 body uses 32-bit lanes only, so that it also runs where there are no
 * others. No body relies on `mulAdd` being fused, nor on `mul` and `add` staying apart: products
 * whose rounding error matters are exact, because their factors have enough trailing zeros.
 */

import type { Builder, Expr } from "./expr.ts";
import { isNarrow, laneOf } from "./primitive.ts";

/** The layout of a float format and the constants that follow from it. */
export interface FloatFormat {
  /** The format. */
  readonly dtype: "float32" | "float64";
  /** The signed integer of the same width. */
  readonly int: "int32" | "int64";
  /** The unsigned integer of the same width. */
  readonly uint: "uint32" | "uint64";
  /** Stored bits of the significand. */
  readonly mantissa: number;
  /** What is added to an exponent before it is stored. */
  readonly bias: number;
  /** Adding `1.5·2^mantissa` leaves the nearest integer in the low bits of the sum. */
  readonly magic: number;
  /** The smallest normal number. */
  readonly minNormal: number;
  /** The sign bit. */
  readonly signBit: bigint;
  /** The bits of the exponent and the sign. */
  readonly exponentMask: bigint;
  /** The bits that {@linkcode upperHalf} keeps, so that the product of two halves is exact. */
  readonly upperMask: bigint;
  /** The bits of 1. */
  readonly one: bigint;
  /** The bits of √½, rounded down. */
  readonly sqrtHalf: bigint;
}

const float32: FloatFormat = {
  dtype: "float32",
  int: "int32",
  uint: "uint32",
  mantissa: 23,
  bias: 127,
  magic: 1.5 * 2 ** 23,
  minNormal: 2 ** -126,
  signBit: 0x8000_0000n,
  exponentMask: 0xff80_0000n,
  upperMask: 0xffff_f000n,
  one: 0x3f80_0000n,
  sqrtHalf: 0x3f35_04f3n,
};

const float64: FloatFormat = {
  dtype: "float64",
  int: "int64",
  uint: "uint64",
  mantissa: 52,
  bias: 1023,
  magic: 1.5 * 2 ** 52,
  minNormal: 2 ** -1022,
  signBit: 0x8000_0000_0000_0000n,
  exponentMask: 0xfff0_0000_0000_0000n,
  upperMask: 0xffff_ffff_f800_0000n,
  one: 0x3ff0_0000_0000_0000n,
  sqrtHalf: 0x3fe6_a09e_667f_3bccn,
};

/** The format of an expression, which is float32 or float64. */
export function formatOf(x: Expr): FloatFormat {
  return x.dtype === "float32" ? float32 : float64;
}

/** One of two, by the format of an expression. */
export function pick<T>(x: Expr, for32: T, for64: T): T {
  return x.dtype === "float32" ? for32 : for64;
}

/**
 * Runs a body on the lane that computes with the dtype of `x`: float16 as float32, rounded once at
 * the end.
 *
 * @param s The builder.
 * @param x The operand whose dtype counts.
 * @param body The function, given `widen` for its operands.
 * @returns The result in the dtype of `x`.
 */
export function inLane(s: Builder, x: Expr, body: (widen: (e: Expr) => Expr) => Expr): Expr {
  if (!isNarrow(x.dtype)) return body((e) => e);
  const lane = laneOf(x.dtype);
  return s.convert(body((e) => s.convert(e, lane)), x.dtype);
}

/** The bits of a float as a signed integer. */
export function bitsOf(s: Builder, x: Expr): Expr {
  return s.bitcast(x, formatOf(x).int);
}

/** The sign bit of `x`, all other bits 0. */
export function signOf(s: Builder, x: Expr): Expr {
  return s.and(bitsOf(s, x), formatOf(x).signBit);
}

/** `magnitude`, which is not negative unless it has that sign, with a sign bit from {@linkcode signOf}. */
export function withSign(s: Builder, magnitude: Expr, sign: Expr): Expr {
  return s.bitcast(s.or(bitsOf(s, magnitude), sign), magnitude.dtype);
}

/** `x` rounded towards zero to half of its significant bits. */
export function upperHalf(s: Builder, x: Expr): Expr {
  return s.bitcast(s.and(bitsOf(s, x), formatOf(x).upperMask), x.dtype);
}

/** `x` limited to an interval; NaN stays. */
export function clamp(s: Builder, x: Expr, low: number, high: number): Expr {
  return s.min(s.max(x, low), high);
}

/** A number rounded to the format of `x`. */
export function constant(s: Builder, x: Expr, value: number): Expr {
  return s.const(value, x.dtype);
}
