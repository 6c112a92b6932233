/**
 * @file The error function, its complements and their inverses.
 *
 * Everything rests on `erfcx x = e^(x²)·erfc x`, which is smooth from 0 to infinity: one polynomial in
 * `1 − 2K/(x + K)`. The inverses are polynomials in `w = −log(1 − x²)`, or in `√w` where it is large.
 *
 * Source: M. M. Shepherd and J. G. Laframboise, "Chebyshev approximation of (1 + 2x)exp(x²)erfc x",
 * 1981; M. Giles, "Approximating the erfinv function", 2011 (the variables of the inverses).
 * Coefficients: minimax fits by Sollya's `fpminimax` (erf) and Chebyshev interpolation in 250 bits.
 */

import type { Builder, Expr } from "./expr.ts";
import { expOfSum, twiceExpOfNegative } from "./functions_exp.ts";
import { constant, inLane, pick, signOf, upperHalf, withSign } from "./functions_format.ts";
import { log1pOfNear, logOfPositive } from "./functions_log.ts";
import * as table from "./special_erf_tables.ts";

/** `(1 + 2x)·erfcx x / 2` over `x + 1/2`, for `x ≥ 0`. */
function erfcxOfPositive(s: Builder, x: Expr): Expr {
  const middle = pick(x, table.erfcxMiddle32, table.erfcxMiddle64);
  const t = s.sub(constant(s, x, 1), s.div(2 * middle, s.add(x, middle)));
  const g = s.polynomial(t, pick(x, table.erfcx32, table.erfcx64));
  return s.div(g, s.add(x, 0.5));
}

/** `e^(±x²)` for `x ≥ 0`, the square split so that its rounding does not count. */
function expOfSquare(s: Builder, x: Expr, sign: 1 | -1): Expr {
  const a = s.min(x, pick(x, 11, 28));
  const upper = upperHalf(s, a);
  const low = s.mul(s.sub(a, upper), s.add(a, upper));
  const signed = (e: Expr): Expr => sign === 1 ? e : s.neg(e);
  return expOfSum(s, signed(s.mul(upper, upper)), signed(low));
}

/**
 * Error function `2/√π ∫₀ˣ e^(−t²) dt`.
 *
 * Dtypes: float to the same.
 * Special values: ±1 for ±∞, NaN for NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 2 ulp.
 */
export function erf(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    const isNear = s.lt(a, pick(a, 0.92, 1));
    const value = s.select(isNear, erfNear(s, a), erfFar(s, a, s.mul(a, a)));
    return withSign(s, value, signOf(s, widen(x)));
  });
}

/** `erf x` up to about 1. */
function erfNear(s: Builder, x: Expr): Expr {
  return s.mulAdd(x, s.polynomial(s.mul(x, x), pick(x, table.erf32, table.erf64)), x);
}

/** `1 − erfc a` where that is small enough for its error not to count. */
function erfFar(s: Builder, a: Expr, square: Expr): Expr {
  if (a.dtype === "float32") {
    const exponent = s.polynomial(s.min(a, 4), table.logErfc32);
    return s.mulAdd(twiceExpOfNegative(s, exponent), -0.5, 1);
  }
  const power = twiceExpOfNegative(s, s.max(s.neg(square), -40));
  const half = s.mul(power, erfcxOfPositive(s, a));
  return s.mulAdd(half, -0.5, 1);
}

/**
 * Complementary error function `1 − erf x`, accurate where it is small.
 *
 * Dtypes: float to the same.
 * Special values: 0 for ∞, 2 for −∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 6 ulp.
 */
export function erfc(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    const far = s.mul(expOfSquare(s, a, -1), erfcxOfPositive(s, a));
    const distant = s.select(s.lt(widen(x), 0), s.sub(constant(s, a, 2), far), far);
    const near = s.sub(constant(s, a, 1), erfNear(s, widen(x)));
    return s.select(s.lt(a, 0.45), near, distant);
  });
}

/**
 * Scaled complementary error function `e^(x²)·erfc x`.
 *
 * Dtypes: float to the same.
 * Special values: 0 for ∞, ∞ for −∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 6 ulp.
 */
export function erfcx(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    const value = erfcxOfPositive(s, a);
    const power = expOfSquare(s, a, 1);
    return s.select(s.lt(widen(x), 0), s.sub(s.add(power, power), value), value);
  });
}

/**
 * The number whose error function is `x`.
 *
 * Dtypes: float to the same.
 * Special values: ±∞ for ±1, NaN beyond, NaN for NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The value of the error function.
 * @returns The inverse, within 6 ulp.
 */
export function erfinv(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    const one = constant(s, a, 1);
    const w = s.neg(log1pOfNear(s, s.neg(s.mul(a, a)), constant(s, a, 0)));
    const far = s.neg(logOfPositive(s, s.mul(s.sub(one, a), s.add(a, 1))));
    const ratio = inverseRatio(s, s.select(s.lt(a, 0.5), w, far), pick(a, 2, 3));
    const limit = s.select(s.eq(a, 1), constant(s, a, Infinity), NaN);
    return withSign(s, s.rare(s.not(s.lt(a, 1)), limit, s.mul(a, ratio)), signOf(s, widen(x)));
  });
}

/**
 * The number whose complementary error function is `x`.
 *
 * Dtypes: float to the same.
 * Special values: ∞ for 0, −∞ for 2, NaN outside, NaN for NaN.
 *
 * @param s The builder.
 * @param x The value of the complementary error function.
 * @returns The inverse, within 6 ulp.
 */
export function erfcinv(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = widen(x);
    const zero = constant(s, a, 0);
    const y = s.sub(constant(s, a, 1), a);
    const near = s.neg(log1pOfNear(s, s.neg(s.mul(y, y)), zero));
    const far = s.neg(logOfPositive(s, s.mul(a, s.sub(constant(s, a, 2), a))));
    const w = s.select(s.lt(s.abs(y), 0.5), near, far);
    const value = s.mul(y, inverseRatio(s, w, 5));
    const limit = s.select(s.eq(a, 2), constant(s, a, -Infinity), NaN);
    const outside = s.select(s.eq(a, 0), constant(s, a, Infinity), limit);
    const isInside = s.and(s.lt(zero, a), s.lt(a, 2));
    return s.rare(s.not(isInside), outside, value);
  });
}

/** `erfinv(y)/y` of `w = −log(1 − y²)`, by the first so many pieces of the tables. */
function inverseRatio(s: Builder, w: Expr, count: number): Expr {
  const pieces = pick(w, table.inverse32, table.inverse64).slice(0, count);
  const root = s.sqrt(w);
  const isBeyond = pieces.slice(1).map((piece) => s.le(constant(s, w, piece.from), root));
  const chosen = (values: readonly Expr[]): Expr =>
    values.slice(1).reduce((other, value, i) => s.select(isBeyond[i]!, value, other), values[0]!);
  const centers = chosen(pieces.map((piece) => constant(s, w, piece.center)));
  const t = s.sub(s.select(isBeyond[0]!, root, w), centers);
  const degree = Math.max(...pieces.map((piece) => piece.coefficients.length));
  const padded = pieces.map(({ coefficients }) => [
    ...new Array<number>(degree - coefficients.length).fill(0),
    ...coefficients,
  ]);
  const terms = Array.from(
    { length: degree },
    (_, i) => chosen(padded.map((c) => constant(s, w, c[i]!))),
  );
  return terms.slice(1).reduce((sum, term) => s.mulAdd(sum, t, term), terms[0]!);
}
