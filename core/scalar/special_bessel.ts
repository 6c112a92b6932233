/**
 * @file Bessel functions of the first kind of order 0 and 1, and the modified ones.
 *
 * Up to 8 a polynomial of `x²`; from there on the amplitude and phase of Hankel's expansion, or `eˣ/√x`
 * times a polynomial of `1/x`.
 *
 * Source: M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions", 9.2.5–9.2.10 and 9.7.1;
 * coefficients: Chebyshev interpolation in 300 bits.
 */

import type { Builder, Expr } from "./expr.ts";
import { expScaled } from "./functions_exp.ts";
import { bitsOf, constant, inLane, pick, signOf } from "./functions_format.ts";
import { withSinCos } from "./functions_trig.ts";
import * as table from "./special_bessel_tables.ts";

/** From here on the expansions for large arguments are used. */
const far = 8;

/** `√(1/(πx))·(p·first + q·second/x)`, 0 at infinity. */
function oscillation(
  s: Builder,
  x: Expr,
  [p, q]: readonly [p: readonly number[], q: readonly number[]],
  phase: (sine: Expr, cosine: Expr) => readonly [first: Expr, second: Expr],
): Expr {
  const inverse = s.div(1, x);
  const v = s.mul(inverse, inverse);
  const amplitude = s.sqrt(s.mul(inverse, 1 / Math.PI));
  const [main, side] = [s.polynomial(v, p), s.mul(inverse, s.polynomial(v, q))];
  const value = withSinCos(s, x, (sine, cosine) => {
    const [first, second] = phase(sine, cosine);
    return s.mul(amplitude, s.mulAdd(main, first, s.mul(side, second)));
  });
  return s.select(s.eq(x, Infinity), constant(s, x, 0), value);
}

/**
 * Bessel function `J₀`.
 *
 * Dtypes: float to the same.
 * Special values: 0 for ±∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 8 ulp of the larger of the value and its amplitude.
 */
export function j0(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    const t = s.sub(s.mul(a, a), 32);
    const near = s.polynomial(t, pick(a, table.j0NearOf32, table.j0NearOf64));
    const series = [
      pick(a, table.p0Of32, table.p0Of64),
      pick(a, table.q0Of32, table.q0Of64),
    ] as const;
    const distant = oscillation(s, a, series, (sine, cosine) => [
      s.add(cosine, sine),
      s.sub(cosine, sine),
    ]);
    return s.select(s.lt(a, far), near, distant);
  });
}

/**
 * Bessel function `J₁`.
 *
 * Dtypes: float to the same.
 * Special values: 0 for ±∞, NaN for NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 8 ulp of the larger of the value and its amplitude.
 */
export function j1(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    const t = s.sub(s.mul(a, a), 32);
    const near = s.mul(a, s.polynomial(t, pick(a, table.j1NearOf32, table.j1NearOf64)));
    const series = [
      pick(a, table.p1Of32, table.p1Of64),
      pick(a, table.q1Of32, table.q1Of64),
    ] as const;
    const distant = oscillation(s, a, series, (sine, cosine) => [
      s.sub(sine, cosine),
      s.add(sine, cosine),
    ]);
    const value = s.select(s.lt(a, far), near, distant);
    return s.bitcast(s.xor(bitsOf(s, value), signOf(s, widen(x))), value.dtype);
  });
}

/**
 * Modified Bessel function `I₀`.
 *
 * Dtypes: float to the same.
 * Special values: ∞ for ±∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 4 ulp.
 */
export function i0(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    const near = s.polynomial(s.mul(a, a), pick(a, table.i0NearOf32, table.i0NearOf64));
    return growth(s, a, near, pick(a, table.i0FarOf32, table.i0FarOf64));
  });
}

/**
 * Modified Bessel function `I₁`.
 *
 * Dtypes: float to the same.
 * Special values: ±∞ for ±∞, NaN for NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 4 ulp.
 */
export function i1(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    const ratio = s.polynomial(s.mul(a, a), pick(a, table.i1NearOf32, table.i1NearOf64));
    const value = growth(s, a, s.mul(a, ratio), pick(a, table.i1FarOf32, table.i1FarOf64));
    return s.bitcast(s.xor(bitsOf(s, value), signOf(s, widen(x))), value.dtype);
  });
}

/** `near` up to 8, then `eˣ/√x` times a polynomial of `1/x − 1/16`; halved often enough on the way. */
function growth(s: Builder, x: Expr, near: Expr, polynomial: readonly number[]): Expr {
  const t = s.sub(s.div(1, x), 1 / 16);
  const factor = s.div(s.polynomial(t, polynomial), s.sqrt(x));
  const distant = s.mul(s.mul(expScaled(s, x, -8), factor), 2 ** 8);
  const value = s.select(s.lt(x, far), near, distant);
  return s.select(s.eq(x, Infinity), x, value);
}
