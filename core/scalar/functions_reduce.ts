/**
 * @file Reduction of huge angles to a quarter turn.
 *
 * A float is `m·2^e` with an integer `m`. Of `m·2^e·2/π` only what is left modulo 4 counts, so a window
 * of three words is cut out of the binary digits of `2/π`, at a place that depends on `e`, and
 * multiplied by `m`. What lies before the window contributes multiples of 4, what lies behind it is
 * too small. Words have the float's width, so the same steps serve both formats.
 *
 * Source: M. Payne and R. Hanek, "Radian reduction for trigonometric functions", 1983.
 */

import type { Builder, Expr } from "./expr.ts";
import { bitsOf, formatOf, pick, upperHalf } from "./functions_format.ts";

/** An angle as `quadrant·π/2 + r + tail`; of `quadrant` only the last two bits are meant. */
export interface Reduced {
  readonly r: Expr;
  readonly tail: Expr;
  readonly quadrant: Expr;
}

/** The digits of `2/π` behind the point, in hexadecimal. */
const twoOverPi =
  "a2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e0" +
  "06492eea09d1921cfe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f4" +
  "9c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d" +
  "7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b6babf0cfbc209af4361d";

/** `π/2` as a short and a long part. */
const halfPi32: readonly [number, number] = [1.5703125, 0.0004838268];
const halfPi64: readonly [number, number] = [1.5707963109016418, 1.5893254773528196e-08];

/** Two words that make one number, the high one first. */
type Wide = readonly [high: Expr, low: Expr];

/**
 * Reduces a positive float of at least 64; NaN for infinity and NaN.
 *
 * @param s The builder.
 * @param x The angle.
 * @returns The quadrant and what is left of the angle, between −π/4 and π/4.
 */
export function reduceHuge(s: Builder, x: Expr): Reduced {
  const { mantissa, bias, uint } = formatOf(x);
  const width = mantissa === 23 ? 32 : 64;
  const bits = s.bitcast(x, uint);
  const hidden = 2n ** BigInt(mantissa);
  const m = s.or(s.and(bits, hidden - 1n), hidden);
  const place = s.sub(s.shr(bits, mantissa), bias + mantissa + 2 - width);
  const product = multiply(s, m, windowAt(s, place, width), width);
  const quadrant = s.shr(s.add(product[0], 1n << BigInt(width - 3)), width - 2);
  const rest = s.sub(product[0], s.shl(quadrant, width - 2));
  const isBelow = s.ne(s.shr(rest, width - 1), 0);
  const flip = s.select(isBelow, s.not(s.const(0, uint)), s.const(0, uint));
  const [r, tail] = toAngle(s, [s.xor(rest, flip), s.xor(product[1], flip)], x);
  const sign = s.bitcast(s.shl(flip, width - 1), formatOf(x).int);
  const signed = (e: Expr): Expr => s.bitcast(s.xor(bitsOf(s, e), sign), x.dtype);
  return { r: signed(r), tail: signed(tail), quadrant: s.bitcast(quadrant, formatOf(x).int) };
}

/** Three words of the digits of `2/π`, preceded by one word of zeros, from a bit position on. */
function windowAt(s: Builder, place: Expr, width: number): readonly Expr[] {
  const indexBits = width === 32 ? 3 : 5;
  const { dtype } = place;
  let words = wordsOf(width).map((w) => s.const(w, dtype));
  const index = s.shr(place, Math.log2(width));
  for (let bit = indexBits - 1; bit >= 0; bit--) {
    const step = 2 ** bit;
    const isSet = s.ne(s.and(index, step), 0);
    const zero = s.const(0, dtype);
    words = words.slice(0, 3 + step).map((w, i) => s.select(isSet, words[i + step] ?? zero, w));
  }
  const shift = s.and(place, width - 1);
  const back = s.sub(s.const(width - 1, dtype), shift);
  const joined = (i: number): Expr =>
    s.or(s.shl(words[i]!, shift), s.shr(s.shr(words[i + 1]!, 1), back));
  return [joined(0), joined(1), joined(2)];
}

function wordsOf(width: number): bigint[] {
  const digits = width / 4;
  const count = Math.floor(twoOverPi.length / digits);
  const words = Array.from(
    { length: Math.min(count, width === 32 ? 8 : 20) },
    (_, i) => BigInt(`0x${twoOverPi.slice(i * digits, (i + 1) * digits)}`),
  );
  return [0n, ...words];
}

/** The upper two words of `m·(w0, w1, w2)` modulo three words. */
function multiply(s: Builder, m: Expr, [w0, w1, w2]: readonly Expr[], width: number): Wide {
  const low1 = s.mul(m, w1!);
  const low = s.add(low1, highProduct(s, m, w2!, width));
  const carry = s.convert(s.lt(low, low1), m.dtype);
  const high = s.add(s.add(s.mul(m, w0!), highProduct(s, m, w1!, width)), carry);
  return [high, low];
}

/** The upper word of a product of two words, by halves of words. */
function highProduct(s: Builder, m: Expr, w: Expr, width: number): Expr {
  const half = width / 2;
  const mask = 2n ** BigInt(half) - 1n;
  const [m0, m1] = [s.and(m, mask), s.shr(m, half)];
  const [w0, w1] = [s.and(w, mask), s.shr(w, half)];
  const middle = s.add(s.mul(m1, w0), s.shr(s.mul(m0, w0), half));
  const other = s.add(s.mul(m0, w1), s.and(middle, mask));
  return s.add(s.mul(m1, w1), s.add(s.shr(middle, half), s.shr(other, half)));
}

/** A positive fixed-point number of quarter turns times `π/2`, as a float and a small rest. */
function toAngle(s: Builder, [high, low]: Wide, x: Expr): readonly [r: Expr, tail: Expr] {
  const half = formatOf(x).mantissa === 23 ? 16 : 32;
  const mask = 2n ** BigInt(half) - 1n;
  const piece = (e: Expr, exponent: number): Expr => s.mul(s.convert(e, x.dtype), 2 ** exponent);
  const first = piece(s.shr(high, half), 2 - half);
  const second = piece(s.and(high, mask), 2 - 2 * half);
  const third = piece(s.shr(low, half), 2 - 3 * half);
  const fourth = piece(s.and(low, mask), 2 - 4 * half);
  const turns = s.add(first, second);
  const rest = s.add(s.add(s.sub(first, turns), second), s.add(third, fourth));
  const [short, long] = pick(x, halfPi32, halfPi64);
  const upper = upperHalf(s, turns);
  const exact = s.mul(upper, short);
  const lower = s.mulAdd(s.add(s.sub(turns, upper), rest), Math.PI / 2, s.mul(upper, long));
  const r = s.add(exact, lower);
  return [r, s.add(s.add(s.sub(exact, r), lower), s.sub(x, x))];
}
