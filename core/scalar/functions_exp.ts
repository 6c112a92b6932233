/**
 * @file Powers of e and 2: exp, exp2, expm1, and the functions that are a few steps away.
 *
 * All of them write `x = k·ln 2 + r` with an integer `k` and `|r| ≤ ln 2 / 2`, take a polynomial of
 * `r` and put `k` into the exponent. The integer is found by adding a number so large that the sum
 * keeps no fraction; its low bits are then `k`.
 *
 * Source: J.-M. Muller, "Elementary Functions", chapters 9 and 11 (range reduction with a split
 * constant); coefficients: minimax fits by Sollya's `fpminimax`.
 */

import type { Builder, Expr } from "./expr.ts";
import { bitsOf, clamp, constant, formatOf, inLane, pick } from "./functions_format.ts";

/** `ln 2` as two numbers, the first with enough trailing zeros that its product with `k` is exact. */
const ln2Of32: readonly [number, number] = [0.693359375, -2.12194440e-4];
const ln2Of64: readonly [number, number] = [6.93147180369123816490e-1, 1.90821492927058770002e-10];

/** `eʳ`, `|r| ≤ 0.3475`; relative error 3.3e-9 and 3.8e-18. */
const exp32: readonly number[] = [
  0.0013783586,
  0.008368852,
  0.041668955,
  0.1666652,
  0.4999999,
  1,
  1,
];
const exp64: readonly number[] = [
  2.5004611748585467e-8,
  2.7630473179657775e-7,
  2.7557572053766853e-6,
  2.4801492415614105e-5,
  0.00019841269522593552,
  0.0013888888944362959,
  0.008333333333487038,
  0.041666666666526936,
  0.16666666666666424,
  0.5000000000000011,
  1,
  1,
];

/** `2ʳ`, `|r| ≤ 0.5`; relative error 3.6e-9 and 5.7e-18. */
const exp2Of32: readonly number[] = [
  0.00015241285,
  0.0013391302,
  0.009618834,
  0.05550359,
  0.24022645,
  0.6931472,
  1,
];
const exp2Of64: readonly number[] = [
  4.451517988099611e-10,
  7.0738941805687345e-9,
  1.0178076598318694e-7,
  1.3215434563166104e-6,
  1.5252733828893382e-5,
  0.00015403530458754544,
  0.0013333558146358634,
  0.009618129107592587,
  0.05550410866482233,
  0.24022650695910136,
  0.6931471805599453,
  1,
];

/** `(eʳ − 1 − r) / r²`, `|r| ≤ 0.3475`; relative error of `eʳ − 1` 4.7e-10 and 3.0e-19. */
const expm1Of32: readonly number[] = [
  0.00019743646,
  0.0013933742,
  0.008333567,
  0.041666478,
  0.16666666,
  0.5,
];
const expm1Of64: readonly number[] = [
  2.088944871535836e-9,
  2.510914167662157e-8,
  2.75573529858278e-7,
  2.755724388026677e-6,
  2.480158723748731e-5,
  0.00019841269886493906,
  0.0013888888888923807,
  0.00833333333332146,
  0.04166666666666661,
  0.16666666666666677,
  0.5,
];

/** `k` as a float and as the low bits of an integer, to which `offset` is added. */
interface Exponent {
  readonly k: Expr;
  readonly bits: Expr;
}

function nearestExponent(s: Builder, x: Expr, factor: number, offset: number): Exponent {
  const magic = formatOf(x).magic + offset;
  const sum = s.mulAdd(x, factor, magic);
  return { k: s.sub(sum, magic), bits: bitsOf(s, sum) };
}

/** `x − k·ln 2`, unevaluated as two steps. */
function reduced(s: Builder, x: Expr, k: Expr): readonly [nearly: Expr, r: Expr] {
  const [high, low] = pick(x, ln2Of32, ln2Of64);
  const nearly = s.mulAdd(k, -high, x);
  return [nearly, s.mulAdd(k, -low, nearly)];
}

/**
 * `p·2^k` from `k + 2·bias` in the low bits, in two steps so that neither overflows: the result may
 * be subnormal or infinite.
 */
function scaled(s: Builder, p: Expr, bits: Expr): Expr {
  const { mantissa, exponentMask } = formatOf(p);
  const half = s.and(s.shl(bits, mantissa - 1), exponentMask);
  const rest = s.sub(s.shl(bits, mantissa), half);
  return s.mul(s.mul(p, s.bitcast(half, p.dtype)), s.bitcast(rest, p.dtype));
}

/** `2^k` from `k + bias` in the low bits. */
function powerOfTwo(s: Builder, bits: Expr, like: Expr): Expr {
  return s.bitcast(s.shl(bits, formatOf(like).mantissa), like.dtype);
}

/** `eˣ·2^shift` in a float lane, `|shift| ≤ 8`, with every limit and subnormal result. */
export function expScaled(s: Builder, x: Expr, shift: number): Expr {
  const { bias } = formatOf(x);
  const inside = clamp(s, x, pick(x, -110, -752), pick(x, 96, 717));
  const { k, bits } = nearestExponent(s, inside, Math.LOG2E, 2 * bias);
  const [, r] = reduced(s, inside, k);
  const p = s.polynomial(r, pick(x, exp32, exp64));
  return scaled(s, p, shift === 0 ? bits : s.add(bits, shift));
}

/**
 * `eˣ`.
 *
 * Dtypes: float to the same.
 * Special values: 0 for −∞, ∞ for ∞, NaN for NaN; subnormal results are rounded once.
 *
 * @param s The builder.
 * @param x The exponent.
 * @returns The power, within 1.1 ulp.
 */
export function exp(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => expScaled(s, widen(x), 0));
}

/**
 * `2ˣ`.
 *
 * Dtypes: float to the same.
 * Special values: exact for integers; 0 for −∞, ∞ for ∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The exponent.
 * @returns The power, within 1 ulp.
 */
export function exp2(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const inside = clamp(s, widen(x), pick(widen(x), -151, -1076), pick(widen(x), 129, 1025));
    return exp2OfSum(s, inside, constant(s, inside, 0));
  });
}

/**
 * `2^(high + low)` for a sum inside the limits of the exponent, `|low|` below 1; times `2^shift` for a
 * small integer `shift` of the float's width.
 */
export function exp2OfSum(s: Builder, high: Expr, low: Expr, shift?: Expr): Expr {
  const { k, bits } = nearestExponent(s, high, 1, 2 * formatOf(high).bias);
  const r = s.add(s.sub(high, k), low);
  const p = s.polynomial(r, pick(high, exp2Of32, exp2Of64));
  return scaled(s, p, shift ? s.add(bits, shift) : bits);
}

/** `e^(high + low)` in a float lane, `|low|` below 0.1; NaN if `low` is. */
export function expOfSum(s: Builder, high: Expr, low: Expr): Expr {
  const inside = clamp(s, high, pick(high, -110, -752), pick(high, 96, 717));
  const { k, bits } = nearestExponent(s, inside, Math.LOG2E, 2 * formatOf(high).bias);
  const [, r] = reduced(s, inside, k);
  return scaled(s, s.polynomial(s.add(r, low), pick(high, exp32, exp64)), bits);
}

/** `eˣ·2^shift` in a float lane, for `x` where that is a normal number. */
function normalExp(s: Builder, x: Expr, shift: number): Expr {
  const { k, bits } = nearestExponent(s, x, Math.LOG2E, formatOf(x).bias + shift);
  const [, r] = reduced(s, x, k);
  return s.mul(s.polynomial(r, pick(x, exp32, exp64)), powerOfTwo(s, bits, x));
}

/** `2·eˣ` in a float lane, for negative `x` whose power is a normal number. */
export function twiceExpOfNegative(s: Builder, x: Expr): Expr {
  return normalExp(s, x, 1);
}

/** How many powers of two {@linkcode raisedExp} adds. */
const raisedBy: readonly [number, number] = [64, 512];

/** What {@linkcode raisedExp} multiplies by. */
export function raiseOf(x: Expr): number {
  return 2 ** pick(x, ...raisedBy);
}

/**
 * `eˣ·raise` in a float lane, for `x` that is not positive. All powers are normal numbers, which
 * takes fewer steps; those that vanish beside 1 even as subnormal numbers stop falling.
 */
export function raisedExp(s: Builder, x: Expr): Expr {
  return normalExp(s, s.max(x, pick(x, -131, -1060)), pick(x, ...raisedBy));
}

/**
 * `2·e^(2x)` in a float lane, for negative `x` whose power is a normal number. `x` is reduced by `ln 2/2`
 * in one step, whose error does not count beside 1.
 */
export function twiceExpOfTwice(s: Builder, x: Expr): Expr {
  const { k, bits } = nearestExponent(s, x, 2 * Math.LOG2E, formatOf(x).bias + 1);
  const r = s.mulAdd(k, -Math.LN2 / 2, x);
  const coefficients = pick(x, exp32, exp64);
  const doubled = coefficients.map((c, i) => c * 2 ** (coefficients.length - 1 - i));
  return s.mul(s.polynomial(r, doubled), powerOfTwo(s, bits, x));
}

/** `(eˣ − 1)/2` in a float lane, for `x` neither tiny nor beyond where `eˣ` overflows. */
function halfExpm1(s: Builder, x: Expr): Expr {
  const { k, bits } = nearestExponent(s, x, Math.LOG2E, formatOf(x).bias - 1);
  const [nearly, r] = reduced(s, x, k);
  const lost = s.mulAdd(k, -pick(x, ln2Of32, ln2Of64)[1], s.sub(nearly, r));
  const bend = s.mulAdd(s.mul(r, r), s.polynomial(r, pick(x, expm1Of32, expm1Of64)), lost);
  const half = powerOfTwo(s, bits, x);
  return s.mulAdd(s.add(r, bend), half, s.sub(half, 0.5));
}

/**
 * `eˣ − 1`, accurate near 0.
 *
 * Dtypes: float to the same.
 * Special values: −1 for −∞, ∞ for ∞, NaN for NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The exponent.
 * @returns The power less 1, within 2 ulp.
 */
export function expm1(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => expm1InLane(s, widen(x)));
}

function expm1InLane(s: Builder, x: Expr): Expr {
  const inside = clamp(s, x, pick(x, -20, -40), pick(x, 89, 710));
  const half = halfExpm1(s, inside);
  const tiny = s.lt(s.abs(x), pick(x, 2 ** -25, 2 ** -54));
  return s.select(tiny, x, s.add(half, half));
}
