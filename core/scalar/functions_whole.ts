/**
 * @file Functions of whole numbers and their kin on floats: floored quotient and remainder, integer
 * powers, rounding. All are total: a zero divisor of integers gives 0, overflow wraps.
 */

import { type DType, dtypes, isFloat } from "../dtype/dtype.ts";
import type { Builder, Expr } from "./expr.ts";
import { bitsOf, constant, formatOf, inLane, pick, signOf, withSign } from "./functions_format.ts";

/**
 * Floored quotient, Python's `x // y`.
 *
 * Dtypes: two of one dtype to the same.
 * Special values: integers over 0 give 0, the smallest integer over −1 wraps; floats give the floor of
 * the rounded quotient.
 *
 * @param s The builder.
 * @param x The dividend.
 * @param y The divisor.
 * @returns The quotient, exact for integers.
 */
export function floorDiv(s: Builder, x: Expr, y: Expr): Expr {
  if (isFloat(x.dtype)) return s.floor(s.div(x, y));
  if (x.dtype === "bool") return s.and(x, y);
  const quotient = s.quot(x, y);
  if (isUnsigned(x.dtype)) return quotient;
  return s.select(isRoundedUp(s, s.rem(x, y), y), s.sub(quotient, 1), quotient);
}

/**
 * Remainder of {@linkcode floorDiv}, Python's `x % y`: it has the sign of `y`.
 *
 * Dtypes: two of one dtype to the same.
 * Special values: integers over 0 give 0, floats NaN; a finite float over ±∞ gives itself or ±∞, by its
 * sign; ±∞ gives NaN.
 *
 * @param s The builder.
 * @param x The dividend.
 * @param y The divisor.
 * @returns The remainder; exact for integers, and for floats rounded once if the quotient is finite
 *   in 32 bits and below 2^318 in 64.
 */
export function floorMod(s: Builder, x: Expr, y: Expr): Expr {
  if (isFloat(x.dtype)) return inLane(s, x, (widen) => floatMod(s, widen(x), widen(y)));
  if (x.dtype === "bool") return s.const(false, "bool");
  const remainder = s.rem(x, y);
  if (isUnsigned(x.dtype)) return remainder;
  return s.select(isRoundedUp(s, remainder, y), s.add(remainder, y), remainder);
}

function isUnsigned(dtype: DType): boolean {
  return dtypes[dtype].kind === "uint";
}

/** Whether truncating went up: the remainder is not 0 and has not the sign of the divisor. */
function isRoundedUp(s: Builder, remainder: Expr, y: Expr): Expr {
  return s.and(s.ne(remainder, 0), s.lt(s.xor(remainder, y), 0));
}

function floatMod(s: Builder, x: Expr, y: Expr): Expr {
  const [a, b] = [s.abs(x), s.abs(y)];
  const size = s.select(s.lt(a, b), a, sizeMod(s, a, b));
  const sign = signOf(s, x);
  const signed = s.bitcast(s.xor(bitsOf(s, size), sign), x.dtype);
  const differs = s.ne(sign, signOf(s, y));
  const zero = withSign(s, constant(s, x, 0), signOf(s, y));
  return s.select(s.eq(size, 0), zero, s.select(differs, s.add(signed, y), signed));
}

/** `a mod b`, neither negative, both scaled so that no product below over- or underflows. */
function sizeMod(s: Builder, a: Expr, b: Expr): Expr {
  const { mantissa } = formatOf(a);
  const [tiny, up, huge] = pick(a, [2 ** -60, 64, 2 ** 120] as const, [2 ** -900, 120, 2 ** 1000]);
  const isTiny = s.lt(a, tiny);
  const isHuge = s.lt(constant(s, a, huge), b);
  const power = (n: number): Expr =>
    s.select(
      isTiny,
      constant(s, a, 2 ** (n * up)),
      s.select(isHuge, constant(s, a, 2 ** (-4 * n)), 1),
    );
  const [scaled, divisor] = [s.mul(a, power(1)), s.mul(b, power(1))];
  const isLong = s.le(constant(s, a, 2 ** mantissa), s.div(scaled, divisor));
  let shortened = scaled;
  for (let i = 0; i < 5; i++) shortened = remainderStep(s, shortened, divisor);
  const rest = remainderStep(s, s.rare(isLong, shortened, scaled), divisor);
  return s.mul(s.select(s.lt(rest, 0), s.add(rest, divisor), rest), power(-1));
}

/**
 * `r − q·b` for the whole `q` nearest to the rounded quotient. The result is a float, and so is every
 * difference on the way, because the products of halves are exact.
 *
 * Source: J.-M. Muller et al., "Handbook of Floating-Point Arithmetic", 2nd edition, theorem 4.9 (the
 * remainder of a rounded quotient is a float).
 */
function remainderStep(s: Builder, r: Expr, b: Expr): Expr {
  const q = s.nearest(s.div(r, b));
  const [qHigh, bHigh] = [nearHalf(s, q), nearHalf(s, b)];
  const [qLow, bLow] = [s.sub(q, qHigh), s.sub(b, bHigh)];
  const first = s.sub(r, s.mul(qHigh, bHigh));
  const second = s.sub(first, s.mul(qHigh, bLow));
  return s.sub(s.sub(second, s.mul(qLow, bHigh)), s.mul(qLow, bLow));
}

/** `x` rounded to half of its significant bits; what is left then has half of them too. */
function nearHalf(s: Builder, x: Expr): Expr {
  const { upperMask } = formatOf(x);
  const unit = upperMask & -upperMask;
  return s.bitcast(s.and(s.add(bitsOf(s, x), unit / 2n), upperMask), x.dtype);
}

/**
 * Power of integers by repeated squaring, modulo the width of the dtype.
 *
 * Dtypes: two integers of one dtype to the same.
 * Special values: `x⁰ = 1`; a negative exponent gives the truncated power: ±1 for ±1, else 0.
 *
 * @param s The builder.
 * @param x The base.
 * @param y The exponent.
 * @returns The power.
 */
export function powInteger(s: Builder, x: Expr, y: Expr): Expr {
  const { bytes } = dtypes[x.dtype];
  const bits = isUnsigned(x.dtype) ? bytes * 8 : bytes * 8 - 1;
  const few = Math.min(bits, 6);
  const short = squarings(s, { base: x, product: s.const(1, x.dtype) }, y, 0, few);
  const long = squarings(s, short, y, few, bits);
  const isLong = s.ne(s.shr(y, few), 0);
  const power = bits === few ? short.product : s.rare(isLong, long.product, short.product);
  if (isUnsigned(x.dtype)) return power;
  const isOdd = s.ne(s.and(y, 1), 0);
  const isUnit = s.or(s.eq(x, 1), s.eq(x, -1));
  const inverse = s.select(isUnit, s.select(isOdd, x, 1), s.const(0, x.dtype));
  return s.select(s.lt(y, 0), inverse, power);
}

interface Squaring {
  readonly base: Expr;
  readonly product: Expr;
}

function squarings(s: Builder, start: Squaring, y: Expr, from: number, to: number): Squaring {
  let { base, product } = start;
  for (let bit = from; bit < to; bit++) {
    const isSet = s.ne(s.and(y, 1n << BigInt(bit)), 0);
    product = s.select(isSet, s.mul(product, base), product);
    base = s.mul(base, base);
  }
  return { base, product };
}

/**
 * The nearest integer, halves away from zero.
 *
 * Dtypes: float to the same.
 * Special values: ±∞ and NaN stay; keeps −0.
 *
 * @param s The builder.
 * @param x The number.
 * @returns The integer, exact.
 */
export function roundHalfAwayFromZero(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const a = s.abs(widen(x));
    const below = s.floor(a);
    const isUp = s.le(constant(s, a, 0.5), s.sub(a, below));
    return withSign(s, s.select(isUp, s.add(below, 1), below), signOf(s, widen(x)));
  });
}
