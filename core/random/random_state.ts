/**
 * @file NumPy's legacy generator on the host: `RandomState`.
 */

import { array } from "../array/build.ts";
import type { NDArray } from "../array/ndarray.ts";
import type { DType } from "../dtype/dtype.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { binomialSampler } from "./binomial.ts";
import { MersenneTwister } from "./mersenne_twister.ts";
import { nextNormal } from "./normal.ts";
import {
  broadcastParameters,
  checkParameters,
  type ChoiceOptions,
  draw,
  type NormalOptions,
  type Parameter,
  type RandintOptions,
  shapeOfSize,
  type Single,
  type Size,
  type Sized,
  type UniformOptions,
} from "./parameters.ts";
import { nextPoisson } from "./poisson.ts";
import { integersBetween } from "./ranges.ts";
import { chosen, multinomialCounts, permuted, shuffleInPlace } from "./selection.ts";
import {
  applySeed,
  restoreState,
  type Seed,
  type StateLike,
  stateOf,
  type StateTuple,
} from "./state.ts";

/**
 * NumPy's `RandomState`: streams of random numbers that a seed repeats, with NumPy's bits.
 *
 * A size is the length of each axis, or one length; without a size (or with null) a single number
 * is drawn, as a plain number. Parameters may be arrays, which broadcast with each other and to the
 * size. Options follow in NumPy's order, or by name in a trailing object.
 *
 * Dtypes: `→ float64` for continuous distributions, `→ int64` for whole numbers, unless said.
 * Source: MT19937 (see {@linkcode MersenneTwister}) and the distributions of NumPy's legacy
 * generator, each in the file of its name; normal numbers agree to 2 ulp, because logarithms may
 * differ by one.
 *
 * @example The same numbers for the same seed
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const rng = new theano.random.RandomState(123);
 * assert.equal(rng.uniform(), 0.6964691855978616);
 * assert.deepEqual(rng.randn(2, 3).shape, [2, 3]);
 * assert.equal(rng.randint(10, { size: 4 }).dtype, "int64");
 * ```
 */
export class RandomState {
  /** The words that all numbers come from. They change with each draw. */
  readonly twister: MersenneTwister = new MersenneTwister();

  /**
   * Makes a generator.
   *
   * @param seed A whole number from 0 to 2³² − 1, a vector of such, or nothing for an unknown one.
   * @throws {ValueError} If the seed is out of range.
   */
  constructor(seed?: Seed) {
    applySeed(this.twister, seed);
  }

  /**
   * Starts again.
   *
   * @param seed As in the constructor.
   */
  seed(seed?: Seed): void {
    applySeed(this.twister, seed);
  }

  /** The state as NumPy's tuple: algorithm, words, position, whether a normal is kept, which. */
  getState(): StateTuple {
    return stateOf(this.twister);
  }

  /**
   * Goes on from a state of {@linkcode RandomState.getState} or of NumPy's `get_state`.
   *
   * @param state The tuple; its last two items may be missing.
   * @throws {ValueError} If it is no state of this generator.
   */
  setState(state: StateLike): void {
    restoreState(this.twister, state);
  }

  /** Another generator that draws the same from here on. */
  copy(): RandomState {
    const copy = new RandomState(0);
    copy.twister.assign(this.twister);
    return copy;
  }

  /**
   * Whether another generator is in the same state.
   *
   * @param other The generator.
   */
  equals(other: RandomState): boolean {
    return this.twister.equals(other.twister);
  }

  /** One number, uniform in [0, 1). */
  rand(): number;
  /**
   * Numbers uniform in [0, 1).
   *
   * Shapes: `→ lengths`.
   * Dtypes: float64.
   *
   * @param lengths Length of each axis.
   */
  rand(...lengths: readonly [number, ...number[]]): NDArray;
  rand(...lengths: readonly number[]): number | NDArray {
    const size = lengths.length === 0 ? null : lengths;
    return draw(broadcastParameters([], size), "float64", () => () => this.twister.nextFraction());
  }

  /** One number of the standard normal distribution. */
  randn(): number;
  /**
   * Numbers of the standard normal distribution.
   *
   * Shapes: `→ lengths`.
   * Dtypes: float64.
   *
   * @param lengths Length of each axis.
   */
  randn(...lengths: readonly [number, ...number[]]): NDArray;
  randn(...lengths: readonly number[]): number | NDArray {
    const size = lengths.length === 0 ? null : lengths;
    return draw(broadcastParameters([], size), "float64", () => () => nextNormal(this.twister));
  }

  /** One number uniform in [low, high). */
  uniform(
    ...given: Single<UniformOptions<number>, [low?: number, high?: number]>
  ): number;
  /**
   * Numbers uniform in [low, high), from 0 to 1 if nothing is said.
   *
   * Shapes: `low, high → size`.
   * Dtypes: float64.
   *
   * @param given `low`, `high` and `size`.
   */
  uniform(
    ...given: Given<UniformOptions & Sized, [low?: Parameter, high?: Parameter, size?: Size]>
  ): NDArray;
  uniform(...given: readonly unknown[]): number | NDArray {
    const { low = 0, high = 1, size } = optional<UniformOptions & Sized>(
      "uniform",
      ["low", "high", "size"],
      given,
    );
    const parameters = broadcastParameters([low, high], size);
    checkParameters(
      parameters,
      (from, to) => Number.isFinite(to! - from!),
      "Range exceeds valid bounds",
    );
    return draw(parameters, "float64", (from, to) => {
      const width = to! - from!;
      return () => from! + width * this.twister.nextFraction();
    });
  }

  /** One number of a normal distribution. */
  normal(...given: Single<NormalOptions<number>, [loc?: number, scale?: number]>): number;
  /**
   * Numbers of a normal distribution, the standard one if nothing is said.
   *
   * Shapes: `loc, scale → size`.
   * Dtypes: float64.
   *
   * @param given `loc` (mean), `scale` (standard deviation) and `size`.
   * @throws {ValueError} If a scale is negative.
   */
  normal(
    ...given: Given<NormalOptions & Sized, [loc?: Parameter, scale?: Parameter, size?: Size]>
  ): NDArray;
  normal(...given: readonly unknown[]): number | NDArray {
    const { loc = 0, scale = 1, size } = optional<NormalOptions & Sized>(
      "normal",
      ["loc", "scale", "size"],
      given,
    );
    const parameters = broadcastParameters([loc, scale], size);
    checkParameters(parameters, (_, deviation) => !(deviation! < 0), "scale < 0");
    return draw(
      parameters,
      "float64",
      (mean, deviation) => () => mean! + deviation! * nextNormal(this.twister),
    );
  }

  /** One whole number in [low, high), or in [0, low) without `high`. */
  randint(
    low: number | bigint,
    ...given:
      | readonly [high?: number | bigint | null, size?: null, dtype?: DType]
      | readonly [options: RandintOptions<number | bigint> & { readonly size?: null }]
  ): number;
  /**
   * Uniform whole numbers in [low, high), or in [0, low) without `high`.
   *
   * Shapes: `low, high → size`.
   * Dtypes: int64, or an integer dtype or bool, which also decides how bits are used up.
   *
   * @param low The smallest number, or the end without `high`.
   * @param given `high` (not included), `size` and `dtype`.
   * @throws {ValueError} If there is no number in a range, or the dtype cannot hold its ends.
   */
  randint(
    low: Parameter,
    ...given: Given<RandintOptions, [high?: Parameter | null, size?: Size, dtype?: DType]>
  ): NDArray;
  randint(low: Parameter, ...given: readonly unknown[]): unknown {
    const { high = null, size, dtype = "int64" } = optional<RandintOptions>(
      "randint",
      ["high", "size", "dtype"],
      given,
    );
    const ends: [Parameter, Parameter] = high === null ? [0, low] : [low, high];
    return integersBetween(this.twister, ends, { size, dtype, excluded: 1n });
  }

  /** One whole number in [low, high], or in [1, low] without `high`. */
  randomIntegers(
    low: number,
    ...given: Single<{ readonly high?: number | null }, [high?: number | null]>
  ): number;
  /**
   * Uniform whole numbers in [low, high], both included, or in [1, low] without `high`.
   *
   * Shapes: `low, high → size`.
   * Dtypes: int64.
   *
   * @param low The smallest number, or the largest without `high`.
   * @param given `high` and `size`.
   * @throws {ValueError} If there is no number in a range.
   */
  randomIntegers(
    low: Parameter,
    ...given: Given<
      { readonly high?: Parameter | null } & Sized,
      [high?: Parameter | null, size?: Size]
    >
  ): NDArray;
  randomIntegers(low: Parameter, ...given: readonly unknown[]): unknown {
    const { high = null, size } = optional<{ readonly high?: Parameter | null } & Sized>(
      "randomIntegers",
      ["high", "size"],
      given,
    );
    const ends: [Parameter, Parameter] = high === null ? [1, low] : [low, high];
    return integersBetween(this.twister, ends, { size, dtype: "int64", excluded: 0n });
  }

  /** One number of successes in `n` trials. */
  binomial(n: number, p: number, ...given: Single<unknown, []>): number;
  /**
   * Numbers of successes in `n` trials with probability `p` each.
   *
   * Shapes: `n, p → size`.
   * Dtypes: int64.
   *
   * @param n Number of trials; a fraction is cut off.
   * @param p Probability of a success.
   * @param given `size`.
   * @throws {ValueError} If a number of trials is negative or a probability is outside [0, 1].
   */
  binomial(n: Parameter, p: Parameter, ...given: Given<Sized, [size?: Size]>): NDArray;
  binomial(n: Parameter, p: Parameter, ...given: readonly unknown[]): number | NDArray {
    const { size } = optional<Sized>("binomial", ["size"], given);
    const parameters = broadcastParameters([n, p], size);
    checkParameters(parameters, (trials) => trials! >= 0, "n < 0");
    checkParameters(
      parameters,
      (_, chance) => chance! >= 0 && chance! <= 1,
      "p < 0, p > 1 or p is NaN",
    );
    return draw(parameters, "int64", (trials, chance) => {
      const sampler = binomialSampler(Math.trunc(trials!), chance!);
      return () => sampler(this.twister);
    });
  }

  /** One number of a Poisson distribution. */
  poisson(...given: Single<{ readonly lam?: number }, [lam?: number]>): number;
  /**
   * Numbers of a Poisson distribution.
   *
   * Shapes: `lam → size`.
   * Dtypes: int64.
   *
   * @param given `lam` (mean, 1 if left out) and `size`.
   * @throws {ValueError} If a mean is negative, or so large that int64 cannot hold the numbers.
   */
  poisson(
    ...given: Given<{ readonly lam?: Parameter } & Sized, [lam?: Parameter, size?: Size]>
  ): NDArray;
  poisson(...given: readonly unknown[]): number | NDArray {
    const { lam = 1, size } = optional<{ readonly lam?: Parameter } & Sized>(
      "poisson",
      ["lam", "size"],
      given,
    );
    const parameters = broadcastParameters([lam], size);
    checkParameters(parameters, (mean) => mean! >= 0, "lam < 0 or lam is NaN");
    checkParameters(parameters, (mean) => mean! <= largestMean, "lam value too large");
    return draw(parameters, "int64", (mean) => () => nextPoisson(this.twister, mean!));
  }

  /**
   * How often each of several outcomes occurs in `n` trials.
   *
   * Shapes: `(k,) → size + (k,)`.
   * Dtypes: int64.
   *
   * @param n Number of trials.
   * @param pvals The probability of each outcome; the last one takes what is left over.
   * @param given `size`, how many such experiments.
   * @throws {ValueError} If the probabilities are not such.
   */
  multinomial(n: number, pvals: Parameter, ...given: Given<Sized, [size?: Size]>): NDArray {
    const { size } = optional<Sized>("multinomial", ["size"], given);
    return multinomialCounts(this.twister, n, array(pvals), shapeOfSize(size) ?? []);
  }

  /**
   * The numbers below `x` in a random order, or a copy of `x` with its rows in a random order.
   *
   * Shapes: `(n, …) → (n, …)`; a number gives `(x,)`.
   * Dtypes: int64 for a number, else that of `x`.
   *
   * @param x A whole number or an array.
   */
  permutation(x: Parameter): NDArray {
    return permuted(this.twister, x);
  }

  /**
   * Puts the rows of an array into a random order, in place.
   *
   * @param x An NDArray, a typed array or a JavaScript array.
   * @throws {TypeError} If it has no rows.
   */
  shuffle(x: NDArray | ArrayBufferView | unknown[]): void {
    shuffleInPlace(this.twister, x);
  }

  /** One random element. */
  choice(
    a: Parameter,
    ...given:
      | readonly [size?: null, replace?: boolean, p?: Parameter | null]
      | readonly [options: ChoiceOptions & { readonly size?: null }]
  ): number;
  /**
   * Random elements of a vector, or of the numbers below `a`.
   *
   * Shapes: `(n,) → size`.
   * Dtypes: int64 for a number, else that of `a`.
   *
   * @param a A whole number or a vector.
   * @param given `size`, `replace` (whether an element may be chosen again; true if left out) and
   *   `p` (the probability of each; all the same if left out).
   * @throws {ValueError} If there are not enough elements, or `p` does not fit them.
   */
  choice(
    a: Parameter,
    ...given: Given<ChoiceOptions, [size?: Size, replace?: boolean, p?: Parameter | null]>
  ): NDArray;
  choice(a: Parameter, ...given: readonly unknown[]): unknown {
    const { size, replace = true, p } = optional<ChoiceOptions>(
      "choice",
      ["size", "replace", "p"],
      given,
    );
    const shape = shapeOfSize(size);
    const made = chosen(this.twister, { a, shape, replace, p });
    return shape === undefined ? made.item() : made;
  }
}

/** The largest mean whose numbers int64 holds, ten standard deviations included. */
const largestMean = 2 ** 63 - 1 - Math.sqrt(2 ** 63 - 1) * 10;
