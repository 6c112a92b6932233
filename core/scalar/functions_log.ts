/**
 * @file Logarithms: log, log2, log10, log1p.
 *
 * All of them write the argument as `2^k·(1 + f)` with `1 + f` between √½ and √2, and need
 * `log(1 + f) = f − f²/2 + rest`. In 32 bits the rest is a polynomial of `f`; in 64 bits, where that
 * would be long, it is `s·(f²/2 + R(s²))` with `s = f/(2 + f)`.
 *
 * Source: P. T. P. Tang, "Table-driven implementation of the logarithm function", 1990, and the
 * method of FreeBSD's msun (`e_log.c`, `e_log2.c`); coefficients: minimax fits by Sollya's
 * `fpminimax`.
 */

import type { Builder, Expr } from "./expr.ts";
import { bitsOf, constant, formatOf, inLane, pick, upperHalf } from "./functions_format.ts";

/** `(log(1 + f) − f + f²/2) / f³` between √½ − 1 and √2 − 1; error of the logarithm 7.9e-9. */
const rest32: readonly number[] = [
  -0.07286021,
  0.1256589,
  -0.13212356,
  0.14238907,
  -0.16621207,
  0.1999899,
  -0.2500084,
  0.33333373,
];

/** `log((1 + s)/(1 − s))/s − 2` in `s²`, without its factor `s²`; error of the logarithm 1.2e-18. */
const rest64: readonly number[] = [
  0.1479594897954271,
  0.15314056985729238,
  0.1818356378207483,
  0.2222219859054034,
  0.2857142874213163,
  0.3999999999941638,
  0.6666666666666734,
];

/** A positive number as `2^k·(1 + f)`. */
export interface Parts {
  readonly k: Expr;
  readonly f: Expr;
}

/** `log(1 + f)` in three terms: `f − square + rest`. */
interface Terms {
  readonly square: Expr;
  readonly rest: Expr;
}

/** Splits a positive finite normal number. */
function split(s: Builder, x: Expr): Parts {
  const { mantissa, exponentMask, sqrtHalf, one } = formatOf(x);
  if (x.dtype === "float32") {
    const bits = bitsOf(s, x);
    const above = s.sub(bits, sqrtHalf);
    const m = s.bitcast(s.sub(bits, s.and(above, exponentMask)), x.dtype);
    return { k: s.convert(s.shr(above, mantissa), x.dtype), f: s.sub(m, 1) };
  }
  const above = s.add(s.bitcast(x, "uint64"), one - sqrtHalf);
  const m = s.bitcast(s.add(s.and(above, ~exponentMask), sqrtHalf), x.dtype);
  return { k: exponentField(s, s.shr(above, mantissa)), f: s.sub(m, 1) };
}

/** A stored exponent of float64 as a float, without a conversion of 64-bit integers. */
function exponentField(s: Builder, field: Expr): Expr {
  const bitsOf2To52 = 0x4330_0000_0000_0000n;
  const sum = s.bitcast(s.or(field, bitsOf2To52), "float64");
  return s.sub(sum, 2 ** 52 + 1023);
}

/** Splits a positive finite number, subnormal or not. */
export function splitAny(s: Builder, x: Expr): Parts {
  const { minNormal, mantissa } = formatOf(x);
  const isSmall = s.lt(x, minNormal);
  const { k, f } = split(s, s.select(isSmall, s.mul(x, 2 ** (mantissa + 2)), x));
  return { k: s.sub(k, s.select(isSmall, constant(s, x, mantissa + 2), 0)), f };
}

function termsOf(s: Builder, f: Expr): Terms {
  if (f.dtype === "float32") {
    const squared = s.mul(f, f);
    const rest = s.mul(s.mul(f, squared), s.polynomial(f, rest32));
    return { square: s.mul(squared, 0.5), rest };
  }
  const square = s.mul(s.mul(f, 0.5), f);
  const q = s.div(f, s.add(f, 2));
  const z = s.mul(q, q);
  return { square, rest: s.mul(q, s.mulAdd(z, s.polynomial(z, rest64), square)) };
}

/** `k·ln 2 + log(1 + f)`. */
function assembled(s: Builder, { k, f }: Parts): Expr {
  const [high, low] = pick(f, [6.9313812256e-1, 9.0580006145e-6] as const, [
    6.93147180369123816490e-1,
    1.90821492927058770002e-10,
  ]);
  const { square, rest } = termsOf(s, f);
  const small = s.sub(square, s.mulAdd(k, low, rest));
  return s.mulAdd(k, high, s.sub(f, small));
}

/** `log` of a positive finite number, in a float lane. */
export function logOfPositive(s: Builder, x: Expr): Expr {
  return assembled(s, splitAny(s, x));
}

/** The value of a logarithm where `x` is not a positive finite number. */
function guarded(s: Builder, x: Expr, value: Expr): Expr {
  const special = s.select(
    s.eq(x, 0),
    constant(s, x, -Infinity),
    s.select(s.lt(x, 0), constant(s, x, NaN), x),
  );
  const isPlain = s.and(s.lt(constant(s, x, 0), x), s.lt(x, Infinity));
  return s.rare(s.not(isPlain), special, value);
}

/**
 * Natural logarithm.
 *
 * Dtypes: float to the same.
 * Special values: −∞ for ±0, NaN below 0, ∞ for ∞, NaN for NaN.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The logarithm, within 1 ulp.
 */
export function log(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => guarded(s, widen(x), logOfPositive(s, widen(x))));
}

/** `log(1 + f)` as a sum whose first part has half the bits. */
function inTwoParts(s: Builder, f: Expr): readonly [high: Expr, low: Expr] {
  const { square, rest } = termsOf(s, f);
  const high = upperHalf(s, s.sub(f, square));
  return [high, s.add(s.sub(s.sub(f, high), square), rest)];
}

/** `1/ln 2` and `1/ln 10`, the first of each pair with half the bits; `log10 2` likewise. */
const perLn2Of32: readonly [number, number] = [1.4428710938, -1.7605285393e-4];
const perLn2Of64: readonly [number, number] = [1.44269504072144627571, 1.67517131648865118353e-10];
const perLn10Of32: readonly [number, number] = [4.3432617188e-1, -3.1689971365e-5];
const perLn10Of64: readonly [number, number] = [
  4.34294481878168880939e-1,
  2.50829467116452752298e-11,
];
const log10Of2In32: readonly [number, number] = [3.0102920532e-1, 7.9034151668e-7];
const log10Of2In64: readonly [number, number] = [
  3.01029995663611771306e-1,
  3.69423907715893078616e-13,
];

/** `n + (high + low)·factor` with one rounding that counts. */
function scaledSum(
  s: Builder,
  n: Expr,
  [high, low]: readonly [Expr, Expr],
  [factor, rest]: readonly [number, number],
): Expr {
  const main = s.mul(high, factor);
  const small = s.mulAdd(s.add(low, high), rest, s.mul(low, factor));
  const sum = s.add(n, main);
  return s.add(sum, s.add(small, s.add(s.sub(n, sum), main)));
}

/**
 * Logarithm to base 2, exact for powers of two.
 *
 * Dtypes: float to the same.
 * Special values: as {@linkcode log}.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The logarithm, within 1 ulp.
 */
export function log2(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const { k, f } = splitAny(s, widen(x));
    const value = scaledSum(s, k, inTwoParts(s, f), pick(f, perLn2Of32, perLn2Of64));
    return guarded(s, widen(x), value);
  });
}

/**
 * Logarithm to base 10.
 *
 * Dtypes: float to the same.
 * Special values: as {@linkcode log}.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The logarithm, within 1 ulp.
 */
export function log10(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => {
    const { k, f } = splitAny(s, widen(x));
    const [perTwo, rest] = pick(f, log10Of2In32, log10Of2In64);
    const [high, low] = inTwoParts(s, f);
    const [factor, factorRest] = pick(f, perLn10Of32, perLn10Of64);
    const whole = s.mul(k, perTwo);
    const main = s.mul(high, factor);
    const small = s.mulAdd(s.add(low, high), factorRest, s.mulAdd(low, factor, s.mul(k, rest)));
    const sum = s.add(whole, main);
    const value = s.add(sum, s.add(small, s.add(s.sub(whole, sum), main)));
    return guarded(s, widen(x), value);
  });
}

/** Where a float counts as far, and the power of two that brings it nearer, though not near 1. */
export function farLimits(x: Expr): { readonly limit: number; readonly shift: number } {
  return pick(x, { limit: 2 ** 60, shift: 32 }, { limit: 2 ** 500, shift: 400 });
}

/**
 * `log(1 + x) + extra·ln 2` in a float lane, for `x` above −1 and not beyond twice the limit of
 * {@linkcode farLimits}. The exponent comes from the rounded sum, but `f = 2^−k·x + (2^−k − 1)` from
 * `x` itself, so that no digit of a small `x` is lost.
 */
export function log1pOfNear(s: Builder, x: Expr, extra: Expr): Expr {
  const { one } = formatOf(x);
  const { k, bits } = exponentOf(s, s.add(x, 1));
  const scale = s.bitcast(s.sub(s.const(one, bits.dtype), bits), x.dtype);
  const f = s.mulAdd(x, scale, s.sub(scale, 1));
  return assembled(s, { k: s.add(k, extra), f });
}

/** `k` of {@linkcode split}, as a float and where the exponent is stored. */
function exponentOf(s: Builder, x: Expr): { readonly k: Expr; readonly bits: Expr } {
  const { mantissa, exponentMask, sqrtHalf, one } = formatOf(x);
  if (x.dtype === "float32") {
    const above = s.sub(bitsOf(s, x), sqrtHalf);
    return {
      k: s.convert(s.shr(above, mantissa), x.dtype),
      bits: s.and(above, exponentMask),
    };
  }
  const above = s.add(s.bitcast(x, "uint64"), one - sqrtHalf);
  return {
    k: exponentField(s, s.shr(above, mantissa)),
    bits: s.sub(s.and(above, exponentMask), one),
  };
}

/**
 * `log(1 + x)`, accurate near 0.
 *
 * Dtypes: float to the same.
 * Special values: −∞ for −1, NaN below −1, ∞ for ∞, NaN for NaN; keeps −0.
 *
 * @param s The builder.
 * @param x The argument.
 * @returns The logarithm, within 1.5 ulp.
 */
export function log1p(s: Builder, x: Expr): Expr {
  return inLane(s, x, (widen) => log1pInLane(s, widen(x)));
}

/** {@linkcode log1p} in a float lane. */
export function log1pInLane(s: Builder, x: Expr): Expr {
  const tiny = s.lt(s.abs(x), pick(x, 2 ** -25, 2 ** -54));
  const { limit, shift } = farLimits(x);
  const isFar = s.lt(constant(s, x, limit), x);
  const near = s.select(isFar, s.mul(x, 2 ** -shift), x);
  const extra = s.select(isFar, constant(s, x, shift), 0);
  const value = s.select(tiny, x, log1pOfNear(s, near, extra));
  const special = s.select(
    s.eq(x, -1),
    constant(s, x, -Infinity),
    s.select(s.lt(x, -1), constant(s, x, NaN), x),
  );
  const isPlain = s.and(s.lt(constant(s, x, -1), x), s.lt(x, Infinity));
  return s.rare(s.not(isPlain), special, value);
}
