/**
 * @file Hyperbolic functions, their inverses, and the two sigmoids: few steps from exp and log.
 *
 * Each works on `|x|`, where nothing cancels, and puts the sign back. Near 0 the odd functions use
 * a form that keeps relative accuracy: a polynomial, `eˣ − 1`, or `log(1 + x)`.
 *
 * Source: W. Kahan, "Branch cuts for complex elementary functions", 1987 (the inverse functions by
 * `log1p`); coefficients: minimax fits by Sollya's `fpminimax`.
 */

import type { Builder, Expr } from "./expr.ts";
import { expScaled, twiceExpOfTwice } from "./functions_exp.ts";
import { bitsOf, constant, formatOf, inLane, pick, signOf, withSign } from "./functions_format.ts";
import { farLimits, log1pInLane, log1pOfNear } from "./functions_log.ts";

/** `(sinh x − x)/x³` in `x²`, `|x| ≤ 1`; relative error of the sine 3.6e-10 and 3.0e-19. */
const sinh32: readonly number[] = [
  2.789984e-6,
  0.00019841666,
  0.008333315,
  0.16666667,
];
const sinh64: readonly number[] = [
  7.765922744740129e-13,
  1.6056999787590921e-10,
  2.5052126863862455e-8,
  2.7557319130344088e-6,
  0.0001984126984153126,
  0.00833333333333297,
  0.16666666666666669,
];

/** `(tanh x − x)/x³` in `x²`, `|x| ≤ 0.55`; relative error of the tangent 3.7e-8 and 5.8e-19. */
const tanh32: readonly number[] = [
  0.0164371,
  -0.052671693,
  0.13320726,
  -0.33332947,
];
const tanh64: readonly number[] = [
  -1.948936964115699e-5,
  8.330794778411559e-5,
  -0.00023337570599370379,
  0.0005884422062851878,
  -0.001455542295464641,
  0.00359209194518594,
  -0.008863232592963715,
  0.02186948838533029,
  -0.05396825396374161,
  0.13333333333326586,
  -0.333333333333333,
];

/**
 * Hyperbolic sine.
 *
 * Dtypes: float to the same.
 * Special values: ±∞ for ±∞, NaN for NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The hyperbolic sine, within 2 ulp.
 */
export function sinh(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    const z = s.mul(a, a);
    const near = s.mulAdd(s.mul(a, z), s.polynomial(z, pick(a, sinh32, sinh64)), a);
    const half = expScaled(s, a, -1);
    const far = s.sub(half, s.div(0.25, half));
    return withSign(s, s.select(s.lt(a, 1), near, far), signOf(s, widen(x)));
  });
}

/**
 * Hyperbolic cosine.
 *
 * Dtypes: float to the same.
 * Special values: ∞ for ±∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The hyperbolic cosine, within 2 ulp.
 */
export function cosh(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const half = expScaled(s, s.abs(widen(x)), -1);
    return s.add(half, s.div(0.25, half));
  });
}

/**
 * Hyperbolic tangent: a polynomial near 0, else `1 − 2t/(1 + t)` with `t = e^(−2|x|)`.
 *
 * Dtypes: float to the same.
 * Special values: ±1 for ±∞, NaN for NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The hyperbolic tangent, within 1.7 ulp.
 */
export function tanh(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = widen(x);
    const z = s.mul(a, a);
    const near = s.mulAdd(s.mul(a, z), s.polynomial(z, pick(a, tanh32, tanh64)), a);
    const minus = s.bitcast(s.or(bitsOf(s, a), formatOf(a).signBit), a.dtype);
    const power = twiceExpOfTwice(s, s.max(minus, pick(a, -10, -20)));
    const far = s.sub(constant(s, a, 1), s.div(power, s.mulAdd(power, 0.5, 1)));
    return withSign(s, s.select(s.lt(z, 0.3025), near, far), signOf(s, a));
  });
}

/**
 * Inverse hyperbolic sine.
 *
 * Dtypes: float to the same.
 * Special values: ±∞ for ±∞, NaN for NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The inverse, within 3 ulp.
 */
export function arcsinh(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    const isFar = isFarFrom1(s, a);
    const squared = s.mul(a, a);
    const bend = s.div(squared, s.add(s.sqrt(s.add(squared, 1)), 1));
    const value = logOfSum(s, a, s.add(a, bend), isFar);
    return withSign(s, value, signOf(s, widen(x)));
  });
}

/**
 * Inverse hyperbolic cosine.
 *
 * Dtypes: float to the same.
 * Special values: NaN below 1, ∞ for ∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The inverse, within 3 ulp.
 */
export function arccosh(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = widen(x);
    const t = s.sub(a, 1);
    const root = s.sqrt(s.mul(t, s.add(t, 2)));
    const value = logOfSum(s, a, s.add(t, root), isFarFrom1(s, a));
    return s.select(s.lt(a, 1), constant(s, a, NaN), value);
  });
}

/**
 * Inverse hyperbolic tangent.
 *
 * Dtypes: float to the same.
 * Special values: ±∞ for ±1, NaN beyond, NaN for NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The inverse, within 3 ulp.
 */
export function arctanh(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    const ratio = s.div(s.add(a, a), s.sub(constant(s, a, 1), a));
    return withSign(s, s.mul(log1pInLane(s, ratio), 0.5), signOf(s, widen(x)));
  });
}

/** Whether the square of `a` may overflow; `2a` then stands for `a + √(a² ± 1)`. */
function isFarFrom1(s: Builder, a: Expr): Expr {
  return s.lt(constant(s, a, farLimits(a).limit), a);
}

/** `log(1 + near)`, or `log(2·far)`. */
function logOfSum(s: Builder, far: Expr, near: Expr, isFar: Expr): Expr {
  const { shift } = farLimits(far);
  const argument = s.select(isFar, s.mul(far, 2 ** -shift), near);
  const extra = s.select(isFar, constant(s, far, shift + 1), 0);
  const tiny = s.lt(argument, pick(far, 2 ** -25, 2 ** -54));
  const value = s.select(tiny, argument, log1pOfNear(s, argument, extra));
  return s.rare(s.not(s.lt(argument, Infinity)), argument, value);
}

/**
 * Logistic function `1 / (1 + e^−x)`.
 *
 * Dtypes: float to the same.
 * Special values: 0 for −∞, 1 for ∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 2.5 ulp, small values too.
 */
export function sigmoid(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const e = expScaled(s, s.neg(s.abs(widen(x))), 0);
    return s.div(s.select(s.lt(widen(x), 0), e, 1), s.add(e, 1));
  });
}

/**
 * `log(1 + eˣ)`, by `max(x, 0) + log(1 + e^−|x|)`.
 *
 * Dtypes: float to the same.
 * Special values: 0 for −∞, ∞ for ∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 3 ulp, small values too.
 */
export function softplus(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const e = expScaled(s, s.neg(s.abs(widen(x))), 0);
    const tiny = s.lt(e, pick(e, 2 ** -25, 2 ** -54));
    const rest = s.select(tiny, e, log1pOfNear(s, e, constant(s, e, 0)));
    return s.add(s.max(widen(x), 0), rest);
  });
}
