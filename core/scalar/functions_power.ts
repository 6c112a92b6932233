/**
 * @file Powers with any real exponent.
 *
 * `x^y = 2^(y·log₂ x)`, where the logarithm needs more digits than a float has, because its error is
 * multiplied by `y`. It is kept as a sum of two floats; all products that must be exact are products of
 * halves.
 *
 * Source: the method of FreeBSD's msun (`e_pow.c`), with the breakpoints √½ and √2; coefficients: a
 * minimax fit by Sollya's `fpminimax`.
 */

import type { Builder, Expr } from "./expr.ts";
import { exp2OfSum } from "./functions_exp.ts";
import { bitsOf, clamp, constant, inLane, pick, upperHalf } from "./functions_format.ts";
import { splitAny } from "./functions_log.ts";

/** `(3/2·log((1 + q)/(1 − q))/q − 3 − q²)/q⁴` in `q²`, `|q| ≤ 0.1716`; absolute error 2.6e-11 and 2.4e-22. */
const rest32: readonly number[] = [
  0.35129845,
  0.42820626,
  0.6000023,
];
const rest64: readonly number[] = [
  0.17991046750714948,
  0.17511273239284517,
  0.2000452621553725,
  0.23076833904706723,
  0.272727283279083,
  0.3333333332610125,
  0.42857142857168623,
  0.5999999999999996,
];

/** `2/(3·ln 2)` in two parts, the first with half the bits. */
const scale32: readonly [number, number] = [0.9616699, 0.00012677205];
const scale64: readonly [number, number] = [0.9617966860532761, 7.872699542894897e-09];

/** A number as the sum of two, the first with half the bits. */
type Pair = readonly [high: Expr, low: Expr];

/**
 * Power, with any real exponent.
 *
 * Dtypes: floats of one dtype to the same.
 * Special values: NumPy's, which are C's: `x⁰ = 1^y = 1` even for NaN; NaN for negative `x` and a
 * fractional `y`; signed zeros and infinities for odd `y`.
 *
 * @param s The builder.
 * @param x The base.
 * @param y The exponent.
 * @returns The power, within 1.3 ulp.
 */
export function pow(s: Builder, x: Expr, y: Expr): Expr {
  return inLane(s, x, (widen) => {
    const [base, exponent] = [widen(x), widen(y)];
    const size = s.abs(base);
    const isOrdinary = s.and(s.lt(constant(s, size, 0), size), s.lt(size, Infinity));
    const limit = sizeOfLimit(s, size, exponent);
    const value = s.select(isOrdinary, powOfPositive(s, size, exponent), limit);
    return withExceptions(s, base, exponent, withPowerSign(s, base, exponent, value));
  });
}

/** The power of 0 and of ∞. */
function sizeOfLimit(s: Builder, size: Expr, y: Expr): Expr {
  const zero = constant(s, size, 0);
  const grows = s.ne(s.lt(zero, y), s.eq(size, 0));
  return s.select(grows, constant(s, size, Infinity), zero);
}

/** The sign and the NaN of a negative base. */
function withPowerSign(s: Builder, x: Expr, y: Expr, size: Expr): Expr {
  const half = s.mul(y, 0.5);
  const isWhole = s.eq(s.trunc(y), y);
  const isOdd = s.and(isWhole, s.ne(s.trunc(half), half));
  const isNegative = s.lt(bitsOf(s, x), 0);
  const signed = s.select(s.and(isNegative, isOdd), s.neg(size), size);
  const isUndefined = s.and(s.and(s.lt(x, 0), s.lt(constant(s, x, -Infinity), x)), s.not(isWhole));
  return s.select(isUndefined, constant(s, x, NaN), signed);
}

function withExceptions(s: Builder, x: Expr, y: Expr, value: Expr): Expr {
  const isOne = s.or(s.eq(x, 1), s.eq(y, 0));
  const isNaN = s.or(s.isNaN(x), s.isNaN(y));
  return s.select(isOne, constant(s, x, 1), s.select(isNaN, constant(s, x, NaN), value));
}

function powOfPositive(s: Builder, x: Expr, y: Expr): Expr {
  const [high, low] = log2Pair(s, x);
  const limit = pick(x, 2 ** 32, 2 ** 65);
  const exponent = clamp(s, y, -limit, limit);
  const upper = upperHalf(s, exponent);
  const main = s.mul(upper, high);
  const small = s.mulAdd(s.sub(exponent, upper), high, s.mul(exponent, low));
  const range = pick(x, 160, 1100);
  const sum = clamp(s, s.add(main, small), -range, range);
  return exp2OfSum(s, sum, clamp(s, s.add(s.sub(main, sum), small), -1, 1));
}

/** `log₂ x` of a positive finite number. */
export function log2Pair(s: Builder, x: Expr): Pair {
  const { k, f } = splitAny(s, x);
  const [high, low] = log1pPair(s, f);
  const [scaleHigh, scaleLow] = pick(x, scale32, scale64);
  const main = s.mul(high, scaleHigh);
  const small = s.mulAdd(high, scaleLow, s.mul(low, scaleHigh + scaleLow));
  const sum = upperHalf(s, s.add(s.add(main, small), k));
  return [sum, s.sub(small, s.sub(s.sub(sum, k), main))];
}

/** `3/2·log(1 + f)`. */
function log1pPair(s: Builder, f: Expr): Pair {
  const m = s.add(f, 1);
  const sum = s.add(m, 1);
  const q = s.div(f, sum);
  const qHigh = upperHalf(s, q);
  const sumHigh = upperHalf(s, sum);
  const sumLow = s.sub(m, s.sub(sumHigh, 1));
  const left = s.sub(s.sub(f, s.mul(qHigh, sumHigh)), s.mul(qHigh, sumLow));
  const qLow = s.div(left, sum);
  const z = s.mul(q, q);
  const tail = s.mulAdd(
    s.mul(z, z),
    s.polynomial(z, pick(f, rest32, rest64)),
    s.mul(qLow, s.add(qHigh, q)),
  );
  const square = s.mul(qHigh, qHigh);
  const factor = upperHalf(s, s.add(s.add(square, 3), tail));
  const factorLow = s.sub(tail, s.sub(s.sub(factor, 3), square));
  const main = s.mul(qHigh, factor);
  const small = s.mulAdd(qLow, factor, s.mul(factorLow, q));
  const high = upperHalf(s, s.add(main, small));
  return [high, s.sub(small, s.sub(high, main))];
}
