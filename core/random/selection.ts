/**
 * @file Orders and choices: permutations, shuffles, samples of a population, multinomial counts.
 *
 * All follow NumPy's legacy generator draw by draw; messages are NumPy's.
 */

import { array } from "../array/build.ts";
import { eachPosition } from "../array/convert.ts";
import { NDArray } from "../array/ndarray.ts";
import { shapeText, sizeOf } from "../array/shape.ts";
import { type DType, isComplex, makeStorage, type TypedArray } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { binomialSampler } from "./binomial.ts";
import { halvesOf, nextUpTo, randomIntegers, storeWhole } from "./integers.ts";
import type { MersenneTwister } from "./mersenne_twister.ts";

/**
 * A random order: swaps each place, from the last on, with a place up to itself.
 *
 * @param twister Where random bits come from.
 * @param length How many places.
 */
export function randomOrder(twister: MersenneTwister, length: number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  shuffleList(twister, order);
  return order;
}

function shuffleList(twister: MersenneTwister, list: unknown[] | TypedArray): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = nextUpTo(twister, i);
    const kept = list[i];
    list[i] = list[j] as never;
    list[j] = kept as never;
  }
}

/** Whether a value is an array that can be shuffled in place. */
function isList(value: unknown): value is unknown[] | TypedArray {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/**
 * Puts the rows of an array into a random order, in place.
 *
 * @param twister Where random bits come from.
 * @param list An NDArray, a JavaScript array or a typed array.
 * @throws {TypeError} If it has no rows.
 */
export function shuffleInPlace(twister: MersenneTwister, list: unknown): void {
  if (isList(list)) {
    shuffleList(twister, list);
  } else if (!(list instanceof NDArray) || list.ndim === 0) {
    fail("TypeError", "shuffle", "it is no array with rows", ["Use permutation(n) for a number"]);
  } else {
    const shuffled = rowsOf(list, randomOrder(twister, list.shape[0]!)).data;
    const { storage, dtype, ...layout } = list.memory();
    const unit = isComplex(dtype) ? 2 : 1;
    eachPosition(layout, (position, rank) => {
      for (let part = 0; part < unit; part++) {
        storage[unit * position + part] = shuffled[unit * rank + part] as never;
      }
    });
  }
}

/** A copy of some rows. */
function rowsOf(values: NDArray, rows: ArrayLike<number>): NDArray {
  const { shape, dtype } = values;
  const { data } = values;
  const width = sizeOf(shape.slice(1)) * (isComplex(dtype) ? 2 : 1);
  const out = makeStorage(dtype, rows.length * sizeOf(shape.slice(1)));
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (width === 1) out[i] = data[row] as never;
    else out.set(data.subarray(row * width, (row + 1) * width) as never, i * width);
  }
  return NDArray.of(out, [rows.length, ...shape.slice(1)], dtype);
}

/**
 * The numbers below `x`, or the rows of `x`, in a random order.
 *
 * @param twister Where random bits come from.
 * @param x A whole number, or an array, which stays as it is.
 */
export function permuted(twister: MersenneTwister, x: unknown): NDArray {
  const values = typeof x === "number" || typeof x === "bigint" ? undefined : array(x);
  if (values !== undefined && values.ndim > 0) {
    return rowsOf(values, randomOrder(twister, values.shape[0]!));
  }
  const length = Number(values === undefined ? x : values.item());
  if (!Number.isInteger(length) || length < 0) {
    fail("TypeError", `permute ${x}`, "it must be a whole number from 0 on, or an array");
  }
  return integers(randomOrder(twister, length), [length]);
}

function integers(values: ArrayLike<number>, shape: readonly number[]): NDArray {
  const out = makeStorage("int64", values.length);
  const halves = halvesOf(out);
  for (let i = 0; i < values.length; i++) storeWhole(halves, i, values[i]!);
  return NDArray.of(out, shape, "int64");
}

/** What {@linkcode chosen} chooses from, and how. */
export interface Choice {
  /** A whole number, for the numbers below it, or a vector. */
  readonly a: unknown;
  /** Shape of the result; undefined for a single element. */
  readonly shape: readonly number[] | undefined;
  /** Whether an element may be chosen several times. */
  readonly replace: boolean;
  /** The probability of each element; all the same if left out. */
  readonly p: unknown;
}

/**
 * Random elements of a population.
 *
 * @param twister Where random bits come from.
 * @param choice What to choose from, and how.
 * @returns A 0-d array for a single element.
 */
export function chosen(twister: MersenneTwister, { a, shape, replace, p }: Choice): NDArray {
  const count = sizeOf(shape ?? []);
  const given = array(a);
  if (given.ndim > 1) raise("ValueError", "a must be 1-dimensional");
  const population = given.ndim === 0 ? Number(given.item()) : given.size;
  if (!Number.isInteger(population) || (given.ndim === 0 && given.dtype.startsWith("float"))) {
    raise("ValueError", "a must be 1-dimensional or an integer");
  }
  if (population <= 0 && count > 0) {
    raise("ValueError", "a must be greater than 0 unless no samples are taken");
  }
  const weights = p === null || p === undefined ? undefined : probabilities(p, population);
  const places = replace
    ? withReplacement(twister, population, count, weights)
    : withoutReplacement(twister, population, count, weights);
  const picked = given.ndim === 0 ? integers(places, [count]) : rowsOf(given, places);
  return picked.reshape(shape ?? []);
}

function probabilities(p: unknown, population: number): Float64Array {
  const weights = array(p);
  if (weights.ndim !== 1) raise("ValueError", "'p' must be 1-dimensional");
  if (weights.size !== population) raise("ValueError", "'a' and 'p' must have same size");
  const data = weights.astype("float64").data as Float64Array;
  const sum = compensatedSum(data);
  if (Number.isNaN(sum)) raise("ValueError", "probabilities contain NaN");
  if (data.some((weight) => weight < 0)) {
    raise("ValueError", "probabilities are not non-negative");
  }
  const tolerance = sumTolerance[weights.dtype] ?? 2 ** -26;
  if (Math.abs(sum - 1) > tolerance) raise("ValueError", "probabilities do not sum to 1");
  return data;
}

/** The square root of the distance between 1 and the next number, where it is not a double's. */
const sumTolerance: Readonly<Partial<Record<DType, number>>> = {
  float32: Math.sqrt(2 ** -23),
  float16: 2 ** -5,
};

/** Source: W. Kahan, "Further remarks on reducing truncation errors", CACM 8 (1965). */
function compensatedSum(values: Float64Array): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = value - lost;
    const total = sum + next;
    lost = total - sum - next;
    sum = total;
  }
  return sum;
}

/** Running sums of weights, scaled so that the last is 1. */
function cumulative(weights: Float64Array): Float64Array {
  let sum = 0;
  const sums = weights.map((weight) => sum += weight);
  return sums.map((value) => value / sum);
}

/** How many of the sums are not above a number: the place it falls into. */
function placeOf(sums: Float64Array, fraction: number): number {
  let low = 0;
  let high = sums.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fraction < sums[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

function withReplacement(
  twister: MersenneTwister,
  population: number,
  count: number,
  weights: Float64Array | undefined,
): ArrayLike<number> {
  if (weights === undefined) {
    if (count === 0) return [];
    const range = { low: 0n, high: BigInt(population - 1) };
    return Array.from(randomIntegers(twister, count, "int64", range), Number);
  }
  const sums = cumulative(weights);
  return Array.from({ length: count }, () => placeOf(sums, twister.nextFraction()));
}

function withoutReplacement(
  twister: MersenneTwister,
  population: number,
  count: number,
  weights: Float64Array | undefined,
): ArrayLike<number> {
  if (count > population) {
    raise("ValueError", "Cannot take a larger sample than population when 'replace=False'");
  }
  if (weights === undefined) return randomOrder(twister, population).slice(0, count);
  if (weights.filter((weight) => weight > 0).length < count) {
    raise("ValueError", "Fewer non-zero entries in p than size");
  }
  const left = weights.slice();
  const found: number[] = [];
  while (found.length < count) {
    const fractions = Array.from(
      { length: count - found.length },
      () => twister.nextFraction(),
    );
    for (const place of found) left[place] = 0;
    const sums = cumulative(left);
    found.push(...new Set(fractions.map((fraction) => placeOf(sums, fraction))));
  }
  return found;
}

/**
 * How often each of several outcomes occurs in `n` trials.
 *
 * Shapes: `(k,) → shape + (k,)`.
 * Dtypes: `any → int64`.
 *
 * @param twister Where random bits come from.
 * @param n Number of trials.
 * @param p The probability of each outcome; the last takes what is left over.
 * @param shape Of such experiments.
 * @throws {ValueError} If the number or the probabilities are not such.
 */
export function multinomialCounts(
  twister: MersenneTwister,
  n: number,
  p: NDArray,
  shape: readonly number[],
): NDArray {
  if (!(n >= 0)) raise("ValueError", "n < 0");
  if (p.ndim !== 1) raise("ValueError", `pvals must be 1-d, not of shape ${shapeText(p.shape)}`);
  const chances = p.astype("float64").data as Float64Array;
  if (!chances.every((chance) => chance >= 0 && chance <= 1)) {
    raise("ValueError", "pvals < 0, pvals > 1 or pvals contains NaNs");
  }
  if (compensatedSum(chances.subarray(0, -1)) > 1 + 1e-12) {
    raise("ValueError", "sum(pvals[:-1]) > 1.0");
  }
  const out = new BigInt64Array(sizeOf(shape) * p.size);
  for (let at = 0; at < out.length; at += p.size) {
    countOutcomes(twister, Math.trunc(n), chances, out.subarray(at, at + p.size));
  }
  return NDArray.of(out, [...shape, p.size], "int64");
}

/** Each count is binomial, given those before it. */
function countOutcomes(
  twister: MersenneTwister,
  n: number,
  chances: Float64Array,
  counts: BigInt64Array,
): void {
  const last = chances.length - 1;
  let chanceLeft = 1;
  let left = n;
  for (let j = 0; j < last && left > 0; j++) {
    // An outcome that cannot occur takes no random bits here, unlike in `binomial`.
    if (chances[j] === 0) continue;
    const drawn = binomialSampler(left, chances[j]! / chanceLeft)(twister);
    counts[j] = BigInt(drawn);
    left -= drawn;
    chanceLeft -= chances[j]!;
  }
  if (left > 0) counts[last] = BigInt(left);
}
