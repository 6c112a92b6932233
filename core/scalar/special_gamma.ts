/**
 * @file The gamma function, its logarithm and the derivatives of that.
 *
 * From 8 on, Stirling's series; below, the recurrence leads to an interval where a polynomial holds;
 * negative arguments are reflected.
 *
 * Source: M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions", chapter 6 (recurrence
 * 6.1.15, reflection 6.1.17, series 6.1.41, 6.3.18, 6.4.12). Coefficients: Chebyshev interpolation in
 * 300 bits, and minimax fits by Sollya's `fpminimax` (`sinPi`, `cosPi`).
 */

import type { Builder, Expr } from "./expr.ts";
import { exp2OfSum } from "./functions_exp.ts";
import { clamp, constant, formatOf, inLane, pick, upperHalf } from "./functions_format.ts";
import { logOfPositive } from "./functions_log.ts";
import { log2Pair } from "./functions_power.ts";
import * as table from "./special_gamma_tables.ts";

/** From here on Stirling's series is used. */
const far = 8;

/** Below this size only the first term at 0 counts. */
function isTiny(s: Builder, a: Expr): Expr {
  return s.lt(a, 2 ** -60);
}

/** `a` less the nearest integer, and whether that integer is odd. */
function fromInteger(s: Builder, a: Expr): { readonly r: Expr; readonly isOdd: Expr } {
  const whole = s.nearest(a);
  const half = s.mul(whole, 0.5);
  return { r: s.sub(a, whole), isOdd: s.ne(s.floor(half), half) };
}

/** `sin πa`. */
function sinPi(s: Builder, a: Expr): Expr {
  const { r, isOdd } = fromInteger(s, a);
  const value = s.mul(r, s.polynomial(s.mul(r, r), pick(a, table.sinPi32, table.sinPi64)));
  return s.select(isOdd, s.neg(value), value);
}

/** `cot πa`. */
function cotPi(s: Builder, a: Expr): Expr {
  const { r } = fromInteger(s, a);
  const z = s.mul(r, r);
  const sine = s.mul(r, s.polynomial(z, pick(a, table.sinPi32, table.sinPi64)));
  const cosine = s.add(s.mul(z, s.polynomial(z, pick(a, table.cosPi32, table.cosPi64))), 1);
  return s.div(cosine, sine);
}

/** A positive number led down by whole steps, and what was passed on the way. */
interface Descent {
  readonly r: Expr;
  readonly passed: Expr;
}

/** Leads `a` below `limit`, multiplying what it passes. */
function descend(s: Builder, a: Expr, limit: number): Descent {
  let [r, passed] = [a, constant(s, a, 1)];
  for (let top = far; top > limit; top--) {
    const isAbove = s.le(constant(s, a, limit), r);
    const below = s.sub(r, 1);
    passed = s.select(isAbove, s.mul(passed, below), passed);
    r = s.select(isAbove, below, r);
  }
  return { r, passed };
}

/**
 * Gamma function, `(x − 1)!` for integers.
 *
 * Dtypes: float to the same.
 * Special values: ±∞ for ±0, NaN for negative integers and −∞, ∞ for ∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 10 ulp.
 */
export function gamma(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => gammaInLane(s, widen(x)));
}

function gammaInLane(s: Builder, x: Expr): Expr {
  const a = s.abs(x);
  const isNegative = s.lt(x, 0);
  const near = gammaOfSmall(s, a);
  const sine = sinPi(s, a);
  const reflected = s.div(-Math.PI, s.mul(s.mul(a, near), sine));
  const power = stirlingPower(s, a, isNegative);
  const rootTwoPi = Math.sqrt(2 * Math.PI);
  const below = s.mul(s.mul(s.div(-Math.PI / rootTwoPi, s.mul(a, sine)), power), 2 ** -lift);
  const distant = s.select(isNegative, below, s.mul(power, rootTwoPi));
  const value = s.select(s.lt(a, far), s.select(isNegative, reflected, near), distant);
  const isPole = s.and(isNegative, s.eq(s.floor(x), x));
  const special = s.select(isTiny(s, a), s.div(1, x), s.select(isPole, constant(s, x, NaN), x));
  const isPlain = s.and(s.lt(x, Infinity), s.not(s.or(isTiny(s, a), isPole)));
  return s.select(isPlain, value, special);
}

/** `Γ(a)`, `0 < a < 8`. */
function gammaOfSmall(s: Builder, a: Expr): Expr {
  const { r, passed } = descend(s, a, 3);
  const isBelow1 = s.lt(a, 1);
  const next = s.add(a, 1);
  const risen = s.select(isBelow1, s.add(a, 2), s.select(s.lt(a, 2), next, r));
  const divisor = s.select(isBelow1, s.mul(a, next), s.select(s.lt(a, 2), a, 1));
  const t = s.sub(risen, 2.5);
  const base = s.polynomial(t, pick(a, table.gamma32, table.gamma64));
  return s.div(s.mul(base, passed), divisor);
}

/** How many doublings keep a reciprocal of the gamma function from becoming subnormal too early. */
const lift = 60;

/** `Γ(a)/√2π`, or its reciprocal times `2^lift`, for `a ≥ 8`, by `2^((a − 1/2)·log₂ a − a·log₂ e + …)`. */
function stirlingPower(s: Builder, given: Expr, isInverse: Expr): Expr {
  const a = s.min(given, pick(given, 64, 256));
  const [high, low] = log2Pair(s, a);
  const y = s.sub(a, 0.5);
  const [yUpper, aUpper] = [upperHalf(s, y), upperHalf(s, a)];
  const [short, long] = pick(a, table.log2e32, table.log2e64);
  const first = s.mul(yUpper, high);
  const second = s.mul(aUpper, short);
  const sum = s.sub(first, second);
  const lost = s.sub(s.sub(first, sum), second);
  const products = s.mulAdd(s.sub(y, yUpper), high, s.mul(y, low));
  const others = s.mulAdd(s.sub(a, aUpper), short, s.mul(a, long));
  const series = s.mul(stirlingSeries(s, a), Math.LOG2E);
  const rest = s.add(s.add(lost, s.sub(products, others)), series);
  const signed = (e: Expr): Expr => s.select(isInverse, s.neg(e), e);
  const limit = pick(a, 160, 1100);
  const shift = s.select(isInverse, s.const(lift, formatOf(a).int), 0);
  return exp2OfSum(s, clamp(s, signed(sum), -limit, limit), signed(rest), shift);
}

/** `log Γ(a) − (a − 1/2) log a + a − log √2π`. */
function stirlingSeries(s: Builder, a: Expr): Expr {
  const inverse = s.div(1, a);
  const u = s.mul(inverse, inverse);
  return s.mul(inverse, s.polynomial(u, pick(a, table.stirling32, table.stirling64)));
}

/**
 * Logarithm of the size of the gamma function.
 *
 * Dtypes: float to the same.
 * Special values: ∞ for 0, negative integers and ±∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 10 ulp for positive arguments; for negative ones of the larger of the
 *   value and 1.
 */
export function gammaln(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => gammalnInLane(s, widen(x)));
}

function gammalnInLane(s: Builder, x: Expr): Expr {
  const a = s.abs(x);
  const { r, passed } = descend(s, a, 2);
  const isBelow1 = s.lt(a, 1);
  const isFar = s.le(constant(s, a, far), a);
  const logarithm = logOfPositive(s, s.select(s.or(isFar, isBelow1), a, passed));
  const fromOne = s.select(isBelow1, a, s.sub(r, 1));
  const t = s.sub(s.select(isBelow1, s.add(a, 1), r), 1.5);
  const base = s.mul(
    s.mul(fromOne, s.sub(fromOne, 1)),
    s.polynomial(t, pick(a, table.logGamma32, table.logGamma64)),
  );
  const near = s.add(base, s.select(isBelow1, s.neg(logarithm), logarithm));
  const constants = Math.log(2 * Math.PI) / 2 - 0.5;
  const tail = s.add(stirlingSeries(s, a), constants);
  const distant = s.mulAdd(s.sub(a, 0.5), s.sub(logarithm, 1), tail);
  const size = s.select(isFar, distant, s.select(isTiny(s, a), s.neg(logarithm), near));
  const isFinite = s.and(s.lt(constant(s, a, 0), a), s.lt(a, Infinity));
  const value = s.select(isFinite, size, s.select(s.isNaN(a), a, constant(s, a, Infinity)));
  return s.rare(s.lt(x, 0), reflectedLog(s, a, value), value);
}

/** `log |Γ(−a)|` from `log Γ(a)`. */
function reflectedLog(s: Builder, a: Expr, value: Expr): Expr {
  const sine = s.abs(sinPi(s, a));
  const isPole = s.or(s.eq(s.floor(a), a), s.not(s.lt(a, Infinity)));
  const product = s.select(isTiny(s, a), s.mul(a, Math.PI), sine);
  const ratio = s.div(Math.PI, s.select(isTiny(s, a), constant(s, a, Math.PI), s.mul(a, product)));
  const reflected = s.sub(logOfPositive(s, ratio), value);
  const other = s.select(isPole, constant(s, a, Infinity), reflected);
  return s.select(isTiny(s, a), value, other);
}

/**
 * Digamma function, the derivative of {@linkcode gammaln}.
 *
 * Dtypes: float to the same.
 * Special values: ∓∞ for ±0, NaN for negative integers and −∞, ∞ for ∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 8 ulp for positive arguments; for negative ones of the larger of the value
 *   and the terms of the reflection.
 */
export function psi(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => psiInLane(s, widen(x)));
}

function psiInLane(s: Builder, x: Expr): Expr {
  const a = s.abs(x);
  const value = s.select(s.lt(a, far), psiOfSmall(s, a), psiOfLarge(s, a));
  const inverse = s.div(1, a);
  const reflected = s.add(s.add(value, inverse), s.mul(cotPi(s, a), Math.PI));
  const isPole = s.eq(s.floor(a), a);
  const below = s.select(isPole, constant(s, x, NaN), reflected);
  const whole = s.rare(s.lt(x, 0), below, s.select(s.eq(x, Infinity), x, value));
  return s.select(isTiny(s, a), s.div(-1, x), whole);
}

/** `ψ(a)`, `0 < a < 8`: a polynomial, and reciprocals added as one fraction. */
function psiOfSmall(s: Builder, a: Expr): Expr {
  let r = a;
  let [top, bottom] = [constant(s, a, 0), constant(s, a, 1)];
  for (let i = far; i > 2; i--) {
    const isAbove = s.le(constant(s, a, 2), r);
    const below = s.sub(r, 1);
    top = s.select(isAbove, s.mulAdd(top, below, bottom), top);
    bottom = s.select(isAbove, s.mul(bottom, below), bottom);
    r = s.select(isAbove, below, r);
  }
  const isBelow1 = s.lt(a, 1);
  const risen = s.select(isBelow1, s.add(a, 1), r);
  const [zero, zeroRest] = pick(a, table.digammaZero32, table.digammaZero64);
  const fromZero = s.sub(s.sub(risen, zero), zeroRest);
  const t = s.sub(risen, 1.5);
  const base = s.mul(fromZero, s.polynomial(t, pick(a, table.digamma32, table.digamma64)));
  const sum = s.div(s.select(isBelow1, constant(s, a, -1), top), s.select(isBelow1, a, bottom));
  return s.add(base, sum);
}

function psiOfLarge(s: Builder, a: Expr): Expr {
  const inverse = s.div(1, a);
  const u = s.mul(inverse, inverse);
  const series = s.polynomial(u, pick(a, table.digammaFar32, table.digammaFar64));
  return s.sub(logOfPositive(s, a), s.mulAdd(u, series, s.mul(inverse, 0.5)));
}

/**
 * Trigamma function, the derivative of {@linkcode psi}.
 *
 * Dtypes: float to the same.
 * Special values: ∞ for 0 and negative integers, 0 for ∞, NaN for −∞ and NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The value, within 10 ulp.
 */
export function triGamma(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => triGammaInLane(s, widen(x)));
}

function triGammaInLane(s: Builder, x: Expr): Expr {
  const a = s.abs(x);
  const inverse = s.div(1, a);
  const first = s.mul(inverse, inverse);
  const isNear = s.lt(a, far);
  let r = s.select(isNear, s.add(a, 1), a);
  let [top, bottom] = [constant(s, a, 0), constant(s, a, 1)];
  for (let i = 1; i < far; i++) {
    const isBelow = s.lt(r, far);
    const square = s.mul(r, r);
    top = s.select(isBelow, s.mulAdd(top, square, bottom), top);
    bottom = s.select(isBelow, s.mul(bottom, square), bottom);
    r = s.select(isBelow, s.add(r, 1), r);
  }
  const sum = s.add(triGammaOfLarge(s, r), s.div(top, bottom));
  const value = s.select(isNear, s.add(first, sum), sum);
  const pi2 = Math.PI * Math.PI;
  const sine = sinPi(s, a);
  const reflected = s.add(s.sub(s.div(pi2, s.mul(sine, sine)), value), first);
  const below = s.select(s.lt(a, Infinity), reflected, constant(s, x, NaN));
  const isSmall = isTiny(s, a);
  return s.select(isSmall, first, s.rare(s.lt(x, 0), below, value));
}

function triGammaOfLarge(s: Builder, a: Expr): Expr {
  const inverse = s.div(1, a);
  const u = s.mul(inverse, inverse);
  const series = s.mul(inverse, s.polynomial(u, pick(a, table.trigammaFar32, table.trigammaFar64)));
  return s.mulAdd(u, s.add(series, 0.5), inverse);
}
