/**
 * @file Sine, cosine and tangent.
 *
 * The argument is written as `n·π/2 + r + tail` with `|r| ≤ π/4`, then a polynomial of `r` gives the
 * sine or the cosine, chosen by the last bits of `n`. Up to some hundred or thousand, `n·π/2` is
 * subtracted in three parts; beyond that the reduction of `functions_reduce.ts` takes over.
 *
 * Source: W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", 1980, chapter 8;
 * coefficients: minimax fits by Sollya's `fpminimax`.
 */

import type { Builder, Expr } from "./expr.ts";
import { bitsOf, formatOf, inLane, pick, signOf } from "./functions_format.ts";
import { type Reduced, reduceHuge } from "./functions_reduce.ts";

/** `π/2` in three parts, the first two so short that their products with `n` are exact. */
const halfPi32: readonly [number, number, number] = [1.5707855, 1.0804273e-05, 6.0771006e-11];
const halfPi64: readonly [number, number, number] = [
  1.5707963267923333,
  2.5633441515905732e-12,
  3.9455541665632055e-24,
];

/** `(sin r − r)/r³` in `r²`, `|r| ≤ 0.79`; relative error of the sine 2.0e-10 and 4.1e-18. */
const sin32: readonly number[] = [
  2.7995995e-6,
  -0.00019849863,
  0.008333372,
  -0.16666667,
];
const sin64: readonly number[] = [
  1.589404406220605e-10,
  -2.5050710172963397e-8,
  2.7557313381010774e-6,
  -0.00019841269828889952,
  0.008333333333321221,
  -0.16666666666666627,
];

/** `(cos r − 1)/r²` in `r²`, `|r| ≤ 0.79`; relative error of the cosine 1.3e-10 and 6.1e-20. */
const cos32: readonly number[] = [
  2.44312e-5,
  -0.0013887304,
  0.041666646,
  -0.5,
];
const cos64: readonly number[] = [
  -1.1357264719390315e-11,
  2.087567684537663e-9,
  -2.7557314007389873e-7,
  2.4801587288274813e-5,
  -0.0013888888888872167,
  0.04166666666666659,
  -0.5,
];

/** Largest argument that is reduced in three parts. */
const near32 = 200;
const near64 = 25_000;

function reduceNear(s: Builder, x: Expr): Reduced {
  const { magic } = formatOf(x);
  const [first, second, third] = pick(x, halfPi32, halfPi64);
  const sum = s.mulAdd(x, 2 / Math.PI, magic);
  const n = s.sub(sum, magic);
  const nearly = s.mulAdd(n, -first, x);
  const step = s.mul(n, second);
  const r = s.sub(nearly, step);
  const tail = s.mulAdd(n, -third, s.sub(s.sub(nearly, r), step));
  return { r, tail, quadrant: bitsOf(s, sum) };
}

function sinNear0(s: Builder, { r, tail }: Reduced): Expr {
  const z = s.mul(r, r);
  return s.add(r, s.mulAdd(s.mul(r, z), s.polynomial(z, pick(r, sin32, sin64)), tail));
}

function cosNear0(s: Builder, { r, tail }: Reduced): Expr {
  const z = s.mul(r, r);
  const bend = s.mulAdd(z, s.polynomial(z, pick(r, cos32, cos64)), s.neg(s.mul(r, tail)));
  return s.add(bend, 1);
}

/** Finishes a reduction of `|x|` both ways and takes the costly one where it must. */
function either(s: Builder, x: Expr, finish: (reduced: Reduced) => Expr): Expr {
  const size = s.abs(x);
  const isNear = s.le(size, pick(x, near32, near64));
  return s.rare(s.not(isNear), finish(reduceHuge(s, size)), finish(reduceNear(s, size)));
}

function isEven(s: Builder, { quadrant }: Reduced): Expr {
  return s.eq(s.and(quadrant, 1), 0);
}

/** Bit 1 of an integer, moved to the sign. */
function secondBitAsSign(s: Builder, bits: Expr, like: Expr): Expr {
  const { mantissa, signBit } = formatOf(like);
  return s.and(s.shl(bits, mantissa === 23 ? 30 : 62), signBit);
}

function flipSign(s: Builder, value: Expr, sign: Expr): Expr {
  return s.bitcast(s.xor(bitsOf(s, value), sign), value.dtype);
}

/**
 * Sine of an angle in radians.
 *
 * Dtypes: float to the same.
 * Special values: NaN for ±∞ and NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The angle, of any size.
 * @returns The sine, within 1.5 ulp.
 */
export function sin(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) =>
    either(s, widen(x), (reduced) => {
      const value = s.select(isEven(s, reduced), sinNear0(s, reduced), cosNear0(s, reduced));
      const sign = secondBitAsSign(s, reduced.quadrant, value);
      return flipSign(s, value, s.xor(sign, signOf(s, widen(x))));
    }));
}

/**
 * Cosine of an angle in radians.
 *
 * Dtypes: float to the same.
 * Special values: NaN for ±∞ and NaN.
 *
 * @param s The builder.
 * @param x The angle, of any size.
 * @returns The cosine, within 1.5 ulp.
 */
export function cos(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) =>
    either(s, widen(x), (reduced) => {
      const value = s.select(isEven(s, reduced), cosNear0(s, reduced), sinNear0(s, reduced));
      return flipSign(s, value, secondBitAsSign(s, s.add(reduced.quadrant, 1), value));
    }));
}

/** Combines the sine and cosine of one angle `x ≥ 0`, in a float lane. */
export function withSinCos(
  s: Builder,
  x: Expr,
  combine: (sine: Expr, cosine: Expr) => Expr,
): Expr {
  return either(s, x, (reduced) => {
    const even = isEven(s, reduced);
    const [near0, near1] = [sinNear0(s, reduced), cosNear0(s, reduced)];
    const sine = s.select(even, near0, near1);
    const cosine = s.select(even, near1, near0);
    const { quadrant } = reduced;
    return combine(
      flipSign(s, sine, secondBitAsSign(s, quadrant, sine)),
      flipSign(s, cosine, secondBitAsSign(s, s.add(quadrant, 1), cosine)),
    );
  });
}

/**
 * Tangent of an angle in radians.
 *
 * Dtypes: float to the same.
 * Special values: NaN for ±∞ and NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The angle, of any size.
 * @returns The tangent, within 3.5 ulp.
 */
export function tan(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) =>
    either(s, widen(x), (reduced) => {
      const even = isEven(s, reduced);
      const [sine, cosine] = [sinNear0(s, reduced), cosNear0(s, reduced)];
      const value = s.div(s.select(even, sine, cosine), s.select(even, cosine, sine));
      const sign = secondBitAsSign(s, s.shl(reduced.quadrant, 1), value);
      return flipSign(s, value, s.xor(sign, signOf(s, widen(x))));
    }));
}
