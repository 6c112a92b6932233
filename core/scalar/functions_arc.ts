/**
 * @file Inverse trigonometric functions.
 *
 * Source: S. L. Moshier, "Methods and Programs for Mathematical Functions", 1989 (reduction of the
 * tangent to `tan(π/8)`), and the method of FreeBSD's msun (`e_asin.c`, `e_acos.c`); coefficients:
 * minimax fits by Sollya's `fpminimax`.
 */

import type { Builder, Expr } from "./expr.ts";
import { bitsOf, constant, inLane, pick, signOf, withSign } from "./functions_format.ts";

/** `(arctan t − t)/t³` in `t²`, `|t| ≤ tan(π/8)`; relative error of the angle 7.0e-10 and 6.4e-20. */
const arctan32: readonly number[] = [
  -0.060906272,
  0.10599417,
  -0.14244425,
  0.1999853,
  -0.33333316,
];
const arctan64: readonly number[] = [
  0.015134463825552185,
  -0.03340981188277378,
  0.04500527048450106,
  -0.05217589442558464,
  0.05876881775918076,
  -0.06666210771917558,
  0.0769228153211371,
  -0.09090908081986845,
  0.11111111086131813,
  -0.14285714285347945,
  0.1999999999999726,
  -0.33333333333333326,
];

/** `(arcsin w − w)/w³` in `w²`, `|w| ≤ 1/2`; relative error of the angle 2.9e-10 and 9.5e-19. */
const arcsin32: readonly number[] = [
  0.03757677,
  0.014391219,
  0.031821825,
  0.044514995,
  0.075005166,
  0.1666666,
];
const arcsin64: readonly number[] = [
  0.03262611099622905,
  -0.02099485776370035,
  0.02170432480537779,
  0.0037077638034966154,
  0.01077987180695492,
  0.011398984899684038,
  0.013980810970570013,
  0.017351612884649172,
  0.022372214933961018,
  0.03038194270993964,
  0.04464285717455937,
  0.07499999999970867,
  0.1666666666666676,
];

/** `π/4` in two parts, the first with trailing zeros so that its multiples by 2, 3 and 4 are exact. */
const quarterPi32: readonly [number, number] = [0.785398, 1.5695824e-07];
const quarterPi64: readonly [number, number] = [0.7853981633974483, 3.061616997868383e-17];

/** An angle as `k·π/4 ± arctan t`, all of it not negative. */
interface Angle {
  readonly k: Expr;
  readonly t: Expr;
  /** Whether the arctangent is subtracted. */
  readonly isLess: Expr;
}

/** The angle whose tangent is `y/x`, neither negative. */
function angleOf(s: Builder, y: Expr, x: Expr): Angle {
  const isSteep = s.lt(x, y);
  const [low, high] = [s.min(x, y), s.max(x, y)];
  const isMiddle = s.lt(s.mul(high, Math.SQRT2 - 1), low);
  const above = s.select(isMiddle, s.sub(low, high), low);
  const below = s.select(isMiddle, s.add(low, high), high);
  const k = s.select(isMiddle, constant(s, x, 1), 0);
  return {
    k: s.select(isSteep, s.sub(constant(s, x, 2), k), k),
    t: s.div(above, below),
    isLess: isSteep,
  };
}

function valueOf(s: Builder, { k, t, isLess }: Angle): Expr {
  const z = s.mul(t, t);
  const [high, low] = pick(t, quarterPi32, quarterPi64);
  const bend = s.mul(s.mul(t, z), s.polynomial(z, pick(t, arctan32, arctan64)));
  const signed = (e: Expr): Expr => s.select(isLess, s.neg(e), e);
  const [main, small] = [s.mul(k, high), s.mulAdd(k, low, signed(bend))];
  return s.add(main, s.add(signed(t), small));
}

/**
 * Arc tangent.
 *
 * Dtypes: float to the same.
 * Special values: ±π/2 for ±∞, NaN for NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The tangent.
 * @returns The angle between −π/2 and π/2, within 2.1 ulp.
 */
export function arctan(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    return withSign(s, valueOf(s, angleOf(s, a, constant(s, a, 1))), signOf(s, widen(x)));
  });
}

/**
 * The angle of the point `(x, y)`.
 *
 * Dtypes: floats of one dtype to the same.
 * Special values: those of C's `atan2`; signed zeros and infinities count.
 *
 * @param s The builder.
 * @param y The second coordinate, named first as everywhere.
 * @param x The first coordinate.
 * @returns The angle between −π and π, within 2 ulp.
 */
export function arctan2(s: Builder, y: Expr, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const [b, a] = comparable(s, s.abs(widen(y)), s.abs(widen(x)));
    const { k, t, isLess } = angleOf(s, b, a);
    const isLeft = s.lt(bitsOf(s, widen(x)), 0);
    const turned = {
      k: s.select(isLeft, s.sub(constant(s, a, 4), k), k),
      t,
      isLess: s.ne(isLess, isLeft),
    };
    return withSign(s, valueOf(s, turned), signOf(s, widen(y)));
  });
}

/** Two sizes in the same ratio, their sum finite and the larger one normal; equal ones become 1 or 0. */
function comparable(s: Builder, b: Expr, a: Expr): readonly [b: Expr, a: Expr] {
  const size = s.max(a, b);
  const isHuge = s.lt(constant(s, a, pick(a, 2 ** 100, 2 ** 1000)), size);
  const isTiny = s.lt(size, pick(a, 2 ** -100, 2 ** -1000));
  const up = s.select(isTiny, constant(s, a, 2 ** 60), 1);
  const factor = s.select(isHuge, constant(s, a, 0.25), up);
  const one = constant(s, a, 1);
  const isSame = s.eq(a, b);
  const unit = s.select(s.eq(a, 0), a, one);
  return [s.select(isSame, unit, s.mul(b, factor)), s.select(isSame, one, s.mul(a, factor))];
}

/** `arcsin w − w`, `0 ≤ w ≤ 1/2`, from `w` and its square. */
function arcsinBend(s: Builder, w: Expr, z: Expr): Expr {
  return s.mul(s.mul(w, z), s.polynomial(z, pick(w, arcsin32, arcsin64)));
}

/** `|x|` up to a half, else the sine of half the complementary angle, with its square. */
function halved(
  s: Builder,
  x: Expr,
): { readonly w: Expr; readonly z: Expr; readonly isNear: Expr } {
  const a = s.abs(x);
  const isNear = s.le(a, 0.5);
  const far = s.mulAdd(a, -0.5, 0.5);
  const z = s.select(isNear, s.mul(a, a), far);
  return { w: s.select(isNear, a, s.sqrt(far)), z, isNear };
}

/**
 * Arc sine.
 *
 * Dtypes: float to the same.
 * Special values: NaN beyond ±1 and for NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The sine.
 * @returns The angle between −π/2 and π/2, within 2.1 ulp.
 */
export function arcsin(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const { w, z, isNear } = halved(s, widen(x));
    const bend = arcsinBend(s, w, z);
    const [high, low] = pick(w, quarterPi32, quarterPi64);
    const rest = s.sub(s.mulAdd(bend, 2, -2 * low), s.sub(constant(s, w, 2 * high), s.add(w, w)));
    const value = s.select(isNear, s.add(w, bend), s.neg(rest));
    return withSign(s, value, signOf(s, widen(x)));
  });
}

/**
 * Arc cosine.
 *
 * Dtypes: float to the same.
 * Special values: NaN beyond ±1 and for NaN.
 *
 * @param s The builder.
 * @param x The cosine.
 * @returns The angle between 0 and π, within 2 ulp.
 */
export function arccos(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const { w, z, isNear } = halved(s, widen(x));
    const bend = arcsinBend(s, w, z);
    const [high, low] = pick(w, quarterPi32, quarterPi64);
    const isLeft = s.lt(widen(x), 0);
    const signed = (e: Expr): Expr => s.select(isLeft, s.neg(e), e);
    const near = s.sub(constant(s, w, 2 * high), s.add(signed(w), s.sub(signed(bend), 2 * low)));
    const twice = s.add(s.add(w, w), s.add(bend, bend));
    const left = s.sub(constant(s, w, 4 * high), s.sub(s.add(w, w), s.mulAdd(bend, -2, 4 * low)));
    return s.select(isNear, near, s.select(isLeft, left, twice));
  });
}
