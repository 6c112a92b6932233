/**
 * @file The generator MRG31k3p: its state as six words, how it steps, and how far apart streams
 *   start.
 *
 * Source: P. L'Ecuyer and R. Touzin, "Fast combined multiple recursive generators with multipliers of
 * the form a = ±2^q ± 2^r", Proceedings of the 2000 Winter Simulation Conference: both recurrences
 * and their moduli, and the matrices that jump ahead, which are powers of theirs.
 */

import { fail, raise } from "../errors.ts";

/** The modulus of the first recurrence. */
export const modulus1 = 2147483647;
/** The modulus of the second recurrence. */
export const modulus2 = 2147462579;
/** How many words a state has: three of each recurrence, newest first. */
export const stateSize = 6;

type Row = readonly [number, number, number];
type Matrix = readonly [Row, Row, Row];

/** From the start of a stream to that of the next: 2⁷² steps. */
const streamJump: readonly [Matrix, Matrix] = [
  [
    [1516919229, 758510237, 499121365],
    [1884998244, 1516919229, 335398200],
    [601897748, 1884998244, 358115744],
  ],
  [
    [1228857673, 1496414766, 954677935],
    [1133297478, 1407477216, 1496414766],
    [2002613992, 1639496704, 1407477216],
  ],
];

/** From the streams of a variable to those of the next: 2¹³⁴ steps. */
const variableJump: readonly [Matrix, Matrix] = [
  [
    [1702500920, 1849582496, 1656874625],
    [828554832, 1702500920, 1512419905],
    [1143731069, 828554832, 102237247],
  ],
  [
    [796789021, 1464208080, 607337906],
    [1241679051, 1431130166, 1464208080],
    [1401213391, 1178684362, 1431130166],
  ],
];

/** A seed: a whole number, which stands for six of it, or all six words. */
export type MrgSeed = number | readonly number[] | Int32Array;

/**
 * The state that a seed means.
 *
 * @param seed What the user gave.
 * @throws {ValueError} If a word is out of range, or the words of a recurrence are all zero.
 * @throws {TypeError} If the seed is neither one whole number nor six.
 */
export function mrgState(seed: MrgSeed): Int32Array {
  if (typeof seed === "number") return stateOfNumber(seed);
  const words = typeof seed === "object" && seed !== null ? Array.from(seed) : [];
  if (words.length !== stateSize || !words.every(Number.isInteger)) {
    raise("TypeError", "seed should be 1 integer or 6 integers");
  }
  if (words.some((word) => word < 0)) {
    fail("ValueError", `seed a generator with ${words}`, "a word is negative");
  }
  checkHalf("first", words.slice(0, 3), modulus1);
  checkHalf("last", words.slice(3), modulus2);
  return Int32Array.from(words);
}

function stateOfNumber(seed: number): Int32Array {
  if (!Number.isInteger(seed)) raise("TypeError", "seed should be 1 integer or 6 integers");
  if (seed === 0) raise("ValueError", "seed should not be 0");
  if (seed >= modulus2) raise("ValueError", `seed should be less than ${modulus2}`);
  if (seed < 0) fail("ValueError", `seed a generator with ${seed}`, "it is negative");
  return new Int32Array(stateSize).fill(seed);
}

function checkHalf(which: string, words: readonly number[], modulus: number): void {
  if (words.every((word) => word === 0)) {
    raise("ValueError", `The ${which} 3 values of seed should not be all 0`);
  }
  if (words.some((word) => word >= modulus)) {
    raise("ValueError", `The ${which} 3 values of seed should be less than ${modulus}`);
  }
}

/** `a · b mod m` of whole numbers below 2³¹, every step exact in double. */
function timesModulo(a: number, b: number, m: number): number {
  const upper = (a * (b >>> 16)) % m;
  return (upper * 65536 + a * (b & 0xffff)) % m;
}

function jumped(state: Int32Array, [first, second]: readonly [Matrix, Matrix]): Int32Array {
  const out = new Int32Array(stateSize);
  const half = (matrix: Matrix, m: number, at: number): void => {
    matrix.forEach((row, i) => {
      const sum = row.reduce((total, a, k) => total + timesModulo(a, state[at + k]!, m), 0);
      out[at + i] = sum % m;
    });
  };
  half(first, modulus1, 0);
  half(second, modulus2, 3);
  return out;
}

/**
 * The start of the streams of the next variable.
 *
 * @param state The start of those of this one.
 */
export function nextVariable(state: Int32Array): Int32Array {
  return jumped(state, variableJump);
}

/**
 * The states of several streams, six words each, the first of them as given.
 *
 * @param state The start.
 * @param count How many.
 */
export function streamStates(state: Int32Array, count: number): Int32Array<ArrayBuffer> {
  const states = new Int32Array(count * stateSize);
  let current = state;
  for (let k = 0; k < count; k++) {
    if (k > 0) current = jumped(current, streamJump);
    states.set(current, k * stateSize);
  }
  return states;
}

/** A sum of two numbers up to the modulus, reduced. */
function reduced(sum: number, m: number): number {
  return sum >= m ? sum - m : sum;
}

/** `2¹⁵ · x` modulo the second modulus. */
function timesSecond(x: number): number {
  // The sum is below 2³², and unsigned words are faster to add than doubles.
  return reduced((((x & 65535) << 15) + Math.imul(21069, x >> 16)) >>> 0, modulus2);
}

/**
 * Steps one stream.
 *
 * @param states The states of all streams; six words change.
 * @param at Where the stream's words begin.
 * @returns A whole number from 1 to the first modulus.
 */
export function step(states: Int32Array, at: number): number {
  const x12 = states[at + 1]!;
  const x13 = states[at + 2]!;
  const left = ((x12 & 511) << 22) + (x12 >> 9) + ((x13 & 16777215) << 7) + (x13 >> 24);
  const x11 = reduced(reduced(left >>> 0, modulus1) + x13, modulus1);
  states[at + 2] = x12;
  states[at + 1] = states[at]!;
  states[at] = x11;
  const x21 = states[at + 3]!;
  const x23 = states[at + 5]!;
  const next = reduced(reduced(timesSecond(x23) + x23, modulus2) + timesSecond(x21), modulus2);
  states[at + 5] = states[at + 4]!;
  states[at + 4] = x21;
  states[at + 3] = next;
  return x11 <= next ? x11 - next + modulus1 : x11 - next;
}

/** `2⁻³¹`; the largest draw, the first modulus, stays below 1. */
export const unit = 4.656612873077392578125e-10;
/** The largest float32 whose product with the first modulus stays below 1. */
export const unitOfSingle: number = Math.fround(4.6566126e-10);
/** The largest float16 whose product with 2¹⁵ stays below 1. */
const unitOfHalf = 511 * 2 ** -24;

/**
 * How a draw becomes a number in (0, 1) of a dtype. Half precision takes only the low 15 bits, so
 * that no number rounds to 0 or 1.
 *
 * @param dtype The dtype.
 */
export function fractionOf(dtype: "float16" | "float32" | "float64"): (drawn: number) => number {
  if (dtype === "float64") return (drawn) => drawn * unit;
  if (dtype === "float32") return (drawn) => Math.fround(Math.fround(drawn) * unitOfSingle);
  return (drawn) => ((drawn & 0x7fff) + 1) * unitOfHalf;
}
