/**
 * @file Random streams that keep their states in shared variables: `RandomStreams`.
 */

import { fail } from "../errors.ts";
import { RandomState } from "../random/random_state.ts";
import type { Seed } from "../random/state.ts";
import type { TensorLike } from "../tensor/methods.ts";
import {
  type RandomStateSharedVariable,
  sharedRandomState,
} from "../tensor/shared_random_state.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { slice } from "./subtensor_index.ts";
import { get } from "./indexing.ts";
import { permuteRowElements } from "./permute.ts";
import * as raw from "./random.ts";
import type {
  GivenBinomial,
  GivenChoice,
  GivenIntegers,
  GivenMultinomial,
  GivenNormal,
  GivenPermutation,
  GivenPoisson,
  GivenUniform,
} from "./random_options.ts";
import { shape, shapeI } from "./shape.ts";

/** The state of a stream, and what it becomes when its variable is drawn. */
export type StateUpdate = readonly [rng: RandomStateSharedVariable, next: TensorVariable];

/** A variable that a stream draws. */
export type RandomVariable = TensorVariable & {
  /** The state that it is drawn from. */
  readonly rng: RandomStateSharedVariable;
  /** The state, and what it becomes. */
  readonly update: StateUpdate;
};

/** A variable whose rows a stream permutes. */
export type ShuffledVariable = TensorVariable & {
  /** The order of each row. */
  readonly permutation: RandomVariable;
};

/**
 * Makes random variables, each with a stream of its own that a function advances by one draw a call.
 *
 * However often a variable is used in a function, it is drawn once a call. A function made with
 * `noDefaultUpdates` draws the same numbers again.
 *
 * Source: as Theano seeds them: stream after stream by `RandomState(seed).randint(2 ** 30)`, with
 * NumPy's legacy `RandomState` for each.
 *
 * Theano: `theano.tensor.shared_randomstreams.RandomStreams`.
 *
 * @example Numbers that a seed repeats
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const srng = new theano.tensor.RandomStreams(234);
 * const f = theano.function([], srng.uniform([2, 2]));
 * assert.equal(f().get(0, 0).item().toFixed(8), "0.12672381");
 * assert.equal(f().get(0, 0).item().toFixed(8), "0.31971415");
 * ```
 */
export class RandomStreams {
  /** The state of each stream, and what it becomes. */
  readonly stateUpdates: StateUpdate[] = [];
  /** The seed that `seed()` goes back to. */
  readonly defaultInstanceSeed: Seed | undefined;
  /** Where the seeds of streams come from. */
  genSeedgen: RandomState;

  /**
   * Makes a source of streams.
   *
   * @param seed A whole number from 0 to 2³² − 1, or nothing for an unknown one.
   * @throws {ValueError} If the seed is out of range.
   */
  constructor(seed?: Seed) {
    this.defaultInstanceSeed = seed;
    this.genSeedgen = new RandomState(seed);
  }

  /** The states and what they become, as pairs for `updates`. */
  updates(): readonly StateUpdate[] {
    return [...this.stateUpdates];
  }

  /**
   * Starts all streams again, in the order of their making.
   *
   * @param seed A seed; without one, that of the constructor.
   */
  seed(seed?: Seed): void {
    const seeds = new RandomState(seed ?? this.defaultInstanceSeed);
    for (const [rng] of this.stateUpdates) {
      rng.setValue(new RandomState(seeds.randint(2 ** 30)), { borrow: true });
    }
  }

  /**
   * The generator of a stream, in its state now. Theano: `streams[rng]`.
   *
   * @param rng The state of one of the streams.
   * @throws {KeyError} If it is none.
   */
  get(rng: RandomStateSharedVariable): RandomState {
    return this.#own(rng).getValue();
  }

  /**
   * Lets a stream go on from the state of a generator. Theano: `streams[rng] = value`.
   *
   * @param rng The state of one of the streams.
   * @param value The generator.
   * @throws {KeyError} If it is none.
   */
  set(rng: RandomStateSharedVariable, value: RandomState): void {
    this.#own(rng).setValue(value);
  }

  #own(rng: RandomStateSharedVariable): RandomStateSharedVariable {
    return this.stateUpdates.find(([own]) => own === rng)?.[0] ??
      fail("KeyError", `find the stream of ${rng}`, "none of these streams has that state", [
        "Use the rng of a variable that these streams made",
      ]);
  }

  /**
   * Draws with a function of a state.
   *
   * @param draw Such as `theano.tensor.rawRandom.uniform`.
   * @param given What it takes after the state.
   * @returns The numbers, with `rng` and `update`.
   */
  gen<Args extends readonly unknown[]>(
    draw: (state: TensorVariable, ...given: Args) => raw.Drawn,
    ...given: Args
  ): RandomVariable {
    const rng = sharedRandomState(new RandomState(this.genSeedgen.randint(2 ** 30)));
    const [next, sample] = draw(rng, ...given);
    rng.defaultUpdate = next;
    const update: StateUpdate = [rng, next];
    this.stateUpdates.push(update);
    return Object.assign(sample, { rng, update });
  }

  /**
   * Numbers uniform in [low, high), see {@linkcode raw.uniform}.
   *
   * @param given `size`, `low`, `high`, `ndim` and `dtype`.
   */
  uniform(...given: GivenUniform): RandomVariable {
    return this.gen(raw.uniform, ...given);
  }

  /**
   * Numbers of a normal distribution, see {@linkcode raw.normal}.
   *
   * @param given `size`, `avg`, `std`, `ndim` and `dtype`.
   */
  normal(...given: GivenNormal): RandomVariable {
    return this.gen(raw.normal, ...given);
  }

  /**
   * Numbers of successes, see {@linkcode raw.binomial}.
   *
   * @param given `size`, `n`, `p`, `ndim` and `dtype`.
   */
  binomial(...given: GivenBinomial): RandomVariable {
    return this.gen(raw.binomial, ...given);
  }

  /**
   * Uniform whole numbers in [low, high], see {@linkcode raw.randomIntegers}.
   *
   * @param given `size`, `low`, `high`, `ndim` and `dtype`.
   */
  randomIntegers(...given: GivenIntegers): RandomVariable {
    return this.gen(raw.randomIntegers, ...given);
  }

  /**
   * Random elements, see {@linkcode raw.choice}.
   *
   * @param given `size`, `a`, `replace`, `p`, `ndim` and `dtype`.
   */
  choice(...given: GivenChoice): RandomVariable {
    return this.gen(raw.choice, ...given);
  }

  /**
   * Numbers of a Poisson distribution, see {@linkcode raw.poisson}.
   *
   * @param given `size`, `lam`, `ndim` and `dtype`.
   */
  poisson(...given: GivenPoisson): RandomVariable {
    return this.gen(raw.poisson, ...given);
  }

  /**
   * Random orders of the numbers below `n`, see {@linkcode raw.permutation}.
   *
   * @param given `size`, `n`, `ndim` and `dtype`.
   */
  permutation(...given: GivenPermutation): RandomVariable {
    return this.gen(raw.permutation, ...given);
  }

  /**
   * Counts of outcomes, see {@linkcode raw.multinomial}.
   *
   * @param given `size`, `n`, `pvals`, `ndim` and `dtype`.
   */
  multinomial(...given: GivenMultinomial): RandomVariable {
    return this.gen(raw.multinomial, ...given);
  }

  /**
   * The elements of each row in a random order, another one for each row.
   *
   * @param input A tensor with one axis or more.
   * @returns The shuffled rows, with the orders as `permutation`.
   */
  shuffleRowElements(input: TensorLike): ShuffledVariable {
    const x = asTensorVariable(input);
    const permutation = this.permutation({
      size: x.ndim === 1 ? [] : get(shape(x), slice(0, -1)),
      n: shapeI(x, -1),
      ndim: x.ndim - 1,
    });
    return Object.assign(permuteRowElements(x, permutation), { permutation });
  }
}
