/**
 * @file What users give to seed a generator, and its state as they see it: NumPy's tuple.
 */

import { array } from "../array/build.ts";
import type { NDArray } from "../array/ndarray.ts";
import type { TypedArray } from "../dtype/dtype.ts";
import { isInteger } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import type { MersenneTwister } from "./mersenne_twister.ts";

/** A whole number from 0 to 2³² − 1, a vector of such, or null for one nobody knows. */
export type Seed = number | bigint | readonly number[] | TypedArray | NDArray | null;

/** The state of a generator as NumPy's `get_state` gives it. */
export type StateTuple = readonly [
  algorithm: "MT19937",
  words: Uint32Array,
  position: number,
  hasNormal: number,
  keptNormal: number,
];

/** What {@linkcode restoreState} takes: the last two items may be missing. */
export type StateLike = readonly [
  algorithm: string,
  words: readonly number[] | TypedArray | NDArray,
  position: number,
  hasNormal?: number | boolean,
  keptNormal?: number,
];

const outOfRange = "Seed must be between 0 and 2**32 - 1";

/**
 * Seeds a generator as NumPy's `RandomState` does.
 *
 * @param twister The generator.
 * @param seed What the user gave.
 * @throws {ValueError} If a number is outside 0 to 2³² − 1.
 * @throws {TypeError} If the seed is no whole number or vector of such.
 */
export function applySeed(twister: MersenneTwister, seed: Seed | undefined): void {
  if (seed === null || seed === undefined) {
    twister.seedByArray(crypto.getRandomValues(new Uint32Array(twister.words.length)));
    return;
  }
  if (typeof seed !== "object" && !Number.isInteger(Number(seed))) refuseSeed(String(seed));
  const words = array(seed);
  if (words.size === 0) raise("ValueError", "Seed must be non-empty");
  if (!isInteger(words.dtype)) refuseSeed(`an array of ${words.dtype}`);
  const numbers = Array.from(words.data, Number);
  if (numbers.some((word) => word < 0 || word > 0xffffffff)) raise("ValueError", outOfRange);
  // NumPy squeezes an array before it looks for axes, but not a list.
  if (words.ndim === 0 || (words.size === 1 && !Array.isArray(seed))) twister.seed(numbers[0]!);
  else if (words.ndim !== 1) raise("ValueError", "Seed array must be 1-d");
  else twister.seedByArray(Uint32Array.from(numbers));
}

function refuseSeed(what: string): never {
  return fail("TypeError", `seed a generator with ${what}`, "a seed is a whole number", [
    "Give a number from 0 to 2**32 - 1, or a vector of such",
  ]);
}

/**
 * The state of a generator as NumPy's tuple.
 *
 * @param twister The generator.
 */
export function stateOf(twister: MersenneTwister): StateTuple {
  const { words, position, keptNormal } = twister;
  return [
    "MT19937",
    words.slice(),
    position,
    keptNormal === undefined ? 0 : 1,
    keptNormal ?? 0,
  ];
}

/**
 * Puts a generator into a state that {@linkcode stateOf} or NumPy gave.
 *
 * @param twister The generator.
 * @param state The tuple; without its last two items no normal number is kept.
 * @throws {ValueError} If the algorithm is another one, or there are not 624 words.
 */
export function restoreState(twister: MersenneTwister, state: StateLike): void {
  const [algorithm, words, position, hasNormal, keptNormal] = state;
  if (algorithm !== "MT19937") raise("ValueError", "algorithm must be 'MT19937'");
  const given = array(words).data;
  const { length } = twister.words;
  if (given.length !== length) {
    fail("ValueError", "set the state of a generator", `it has ${given.length} words`, [
      `Give ${length} words`,
    ]);
  }
  if (!Number.isInteger(position) || position < 0 || position > length) {
    fail("ValueError", "set the state of a generator", `its position is ${position}`, [
      `Give a position from 0 to ${length}`,
    ]);
  }
  twister.words.set(Array.from(given, Number));
  twister.position = position;
  twister.keptNormal = hasNormal ? keptNormal ?? 0 : undefined;
}
