/**
 * @file Uniform whole numbers, as NumPy's legacy generator draws them for each dtype.
 *
 * A draw takes as many low bits as the range has and is repeated until it lies in the range. The
 * wide dtypes take a new word for each draw; 16 and 8 bits and single bits are cut from one word in
 * turn, and what is left of it is dropped at the end of a call.
 */

import { type DType, dtypes, makeStorage, type TypedArray } from "../dtype/dtype.ts";
import type { MersenneTwister } from "./mersenne_twister.ts";

const wordEnd = 0xffffffff;

/** The smallest `2^k − 1` that is not below a whole number up to 2³² − 1. */
function maskOf(range: number): number {
  return range === 0 ? 0 : wordEnd >>> Math.clz32(range);
}

/**
 * A whole number from 0 to a limit, of one word a try.
 *
 * @param twister Where random bits come from.
 * @param limit The largest number wanted, at most 2³² − 1.
 */
export function nextUpTo(twister: MersenneTwister, limit: number): number {
  if (limit === 0) return 0;
  const mask = maskOf(limit);
  for (;;) {
    const drawn = (twister.nextWord() & mask) >>> 0;
    if (drawn <= limit) return drawn;
  }
}

/** The same for limits beyond 32 bits, of two words a try. */
function nextBigUpTo(twister: MersenneTwister, limit: bigint): bigint {
  const mask = (1n << BigInt(limit.toString(2).length)) - 1n;
  for (;;) {
    const drawn = twister.nextBigWord() & mask;
    if (drawn <= limit) return drawn;
  }
}

/** Cuts pieces of 16, 8 or 1 bits from words. */
class Pieces {
  readonly #twister: MersenneTwister;
  readonly #bits: number;
  #word = 0;
  #left = 0;

  constructor(twister: MersenneTwister, bits: number) {
    this.#twister = twister;
    this.#bits = bits;
  }

  /** A whole number from 0 to a limit, of one piece a try. */
  nextUpTo(limit: number): number {
    if (limit === 0) return 0;
    const mask = maskOf(limit);
    for (;;) {
      const drawn = this.#next() & mask;
      if (drawn <= limit) return drawn;
    }
  }

  #next(): number {
    if (this.#left === 0) {
      this.#word = this.#twister.nextWord();
      this.#left = 32 / this.#bits - 1;
    } else {
      this.#word >>>= this.#bits;
      this.#left--;
    }
    return this.#word;
  }
}

/** The integer dtypes and bool, by how many bits one try takes. */
const pieceBits: Readonly<Partial<Record<DType, number>>> = {
  bool: 1,
  int8: 8,
  uint8: 8,
  int16: 16,
  uint16: 16,
};

/** Ends of a range, both included. */
export interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

/**
 * Fills new storage with uniform whole numbers.
 *
 * Dtypes: `→ dtype`, bool or an integer.
 *
 * @param twister Where random bits come from.
 * @param size How many.
 * @param dtype The dtype, which also decides how bits are used.
 * @param rangeAt The range of each rank in C order, or one range for all.
 */
export function randomIntegers(
  twister: MersenneTwister,
  size: number,
  dtype: DType,
  rangeAt: Range | ((rank: number) => Range),
): TypedArray {
  const out = makeStorage(dtype, size);
  const bits = pieceBits[dtype];
  const pieces = bits === undefined ? undefined : new Pieces(twister, bits);
  const next = (limit: number): number =>
    pieces === undefined ? nextUpTo(twister, limit) : pieces.nextUpTo(limit);
  if (typeof rangeAt !== "function" && fitsDoubles(rangeAt)) {
    fillOneRange(out, dtype, Number(rangeAt.low), Number(rangeAt.high - rangeAt.low), next);
    return out;
  }
  for (let rank = 0; rank < size; rank++) {
    const { low, high } = typeof rangeAt === "function" ? rangeAt(rank) : rangeAt;
    const limit = high - low;
    const drawn = limit > wordEnd ? nextBigUpTo(twister, limit) : BigInt(next(Number(limit)));
    out[rank] = (dtypes[dtype].bytes === 8 ? low + drawn : Number(low + drawn)) as never;
  }
  return out;
}

function fitsDoubles({ low, high }: Range): boolean {
  return high - low <= wordEnd && low >= Number.MIN_SAFE_INTEGER && high <= Number.MAX_SAFE_INTEGER;
}

/** Fills storage from one range without making a bigint for each element. */
function fillOneRange(
  out: TypedArray,
  dtype: DType,
  low: number,
  limit: number,
  next: (limit: number) => number,
): void {
  const size = out.length;
  if (dtypes[dtype].bytes < 8) {
    for (let i = 0; i < size; i++) out[i] = low + next(limit);
    return;
  }
  const halves = halvesOf(out);
  for (let i = 0; i < size; i++) storeWhole(halves, i, low + next(limit));
}

/**
 * Storage of 64-bit integers as their halves, since making a bigint for each element is slow.
 *
 * @param data The storage.
 */
export function halvesOf(data: TypedArray): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, 2 * data.length);
}

/**
 * Stores a whole number in storage of 64-bit integers.
 *
 * @param halves What {@linkcode halvesOf} gave.
 * @param index Which element.
 * @param value A safe integer.
 */
export function storeWhole(halves: Int32Array, index: number, value: number): void {
  halves[2 * index] = value;
  halves[2 * index + 1] = Math.floor(value / 4294967296);
}
