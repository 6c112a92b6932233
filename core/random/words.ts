/**
 * @file The state of a generator as one vector of words, as graphs and kernels carry it.
 *
 * 624 words of the twister, its position, whether a normal number is kept, and that number's bits,
 * lower half first.
 */

import { type MersenneTwister, wordCount } from "./mersenne_twister.ts";
import { RandomState } from "./random_state.ts";

/** Where the position is. */
export const positionAt: number = wordCount;
/** Where it says whether a normal number is kept. */
export const hasNormalAt: number = wordCount + 1;
/** Where the bits of that number begin. */
export const normalAt: number = wordCount + 2;

/** How many words a state has. */
export const stateLength: number = wordCount + 4;

/**
 * A state as words.
 *
 * @param twister The generator, which stays as it is.
 */
export function wordsOf(twister: MersenneTwister): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(stateLength);
  words.set(twister.words);
  words[positionAt] = twister.position;
  if (twister.keptNormal !== undefined) {
    words[hasNormalAt] = 1;
    new DataView(words.buffer).setFloat64(4 * normalAt, twister.keptNormal, true);
  }
  return words;
}

/**
 * A generator that goes on from a state.
 *
 * @param words The state, as {@linkcode wordsOf} gives it.
 */
export function generatorOf(words: Uint32Array): RandomState {
  const generator = new RandomState(0);
  const { twister } = generator;
  const copy = words.slice();
  twister.words.set(copy.subarray(0, wordCount));
  twister.position = copy[positionAt]!;
  twister.keptNormal = copy[hasNormalAt] === 0
    ? undefined
    : new DataView(copy.buffer).getFloat64(4 * normalAt, true);
  return generator;
}
