/**
 * @file Random streams of MRG31k3p: `MRG_RandomStreams`.
 */

import { NDArray } from "../array/ndarray.ts";
import { config } from "../config/config.ts";
import { upcast } from "../dtype/promote.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { type MrgSeed, mrgState, nextVariable, stateSize, streamStates } from "../random/mrg.ts";
import { optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorSharedVariable } from "../tensor/shared.ts";
import { resolveDType } from "../tensor/tensor_type.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { add, cast, mul, sub, trueDiv } from "./arithmetic.ts";
import { getVectorLength } from "./constant_value.ts";
import { get } from "./indexing.ts";
import { lt } from "./logic.ts";
import { drawUniform } from "./random_mrg.ts";
import { checkChoice, checkSize, refuseArgument } from "./random_mrg_checks.ts";
import { boxMuller } from "./random_normal.ts";
import type {
  GivenMrgBinomial,
  GivenMrgChoice,
  GivenMrgMultinomial,
  GivenMrgNormal,
  GivenMrgUniform,
  MrgBinomialOptions,
  MrgChoiceOptions,
  MrgMultinomialOptions,
  MrgNormalOptions,
  MrgSize,
  MrgUniformOptions,
} from "./random_options.ts";
import { ChoiceFromUniform, MultinomialFromUniform } from "./random_outcomes.ts";
import { extentOf, listOf } from "./random_size.ts";
import { shape } from "./shape.ts";
import { UndefinedGrad } from "./view.ts";

/** The states of a variable's streams, what they become, its size and how many streams were asked. */
export type MrgStateUpdate = readonly [
  states: TensorSharedVariable,
  next: TensorVariable,
  size: MrgSize,
  nstreams: number | null,
];

/** Streams of a variable whose size is not known while building. */
const manyStreams = 60 * 256;
/** The standard deviation of a standard normal number that is cut off at two of them. */
const truncatedDeviation = 0.87962566103423978;
const uniformNames = ["low", "high", "ndim", "dtype", "nstreams", "target"] as const;
const normalNames = ["avg", "std", "ndim", "dtype", "nstreams", "truncate", "target"] as const;

/** A parameter that nothing may be differentiated by. */
function fixed(x: TensorLike): TensorVariable {
  return call(new UndefinedGrad(), asTensorVariable(x)) as TensorVariable;
}

/**
 * Makes random variables from many short streams of one generator, as GPUs draw them: the same
 * numbers on every device.
 *
 * The streams of a variable start 2⁷² steps apart, those of the next variable 2¹³⁴ steps on. Element
 * `k` of a draw comes from stream `k mod n`.
 *
 * Source: P. L'Ecuyer and R. Touzin, see `core/random/mrg.ts`; numbers of streams as in Theano.
 *
 * Theano: `theano.sandbox.rng_mrg.MRG_RandomStreams`.
 *
 * @example Numbers that a seed repeats
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const srng = new theano.tensor.MRG_RandomStreams(12345);
 * const f = theano.function([], srng.uniform([3], { dtype: "float64" }));
 * assert.equal(f().get(0).item().toFixed(8), "0.73532445");
 * assert.equal(f().get(0).item().toFixed(8), "0.61420744");
 * ```
 */
// deno-lint-ignore camelcase -- Theano's name
export class MRG_RandomStreams {
  /** The states of each variable's streams, what they become, its size and number of streams. */
  readonly stateUpdates: MrgStateUpdate[] = [];
  /** The seed that `seed()` goes back to. */
  readonly defaultInstanceSeed: MrgSeed;
  /** The six words that the streams of the next variable start from. */
  rstate: Int32Array;

  /**
   * Makes a source of streams.
   *
   * @param seed A whole number from 1 to 2147462578, or six words.
   * @throws {ValueError} If a number is out of range.
   * @throws {TypeError} If the seed is neither one whole number nor six.
   */
  constructor(seed: MrgSeed = 12345) {
    this.defaultInstanceSeed = seed;
    this.rstate = mrgState(seed);
  }

  /** The states and what they become, as pairs for `updates`. */
  updates(): (readonly [TensorSharedVariable, TensorVariable])[] {
    return this.stateUpdates.map(([states, next]) => [states, next]);
  }

  /**
   * Says where the streams of the next variable start.
   *
   * @param seed As in the constructor.
   */
  setRstate(seed: MrgSeed): void {
    this.rstate = mrgState(seed);
  }

  /** Goes on to the streams of the next variable. */
  incRstate(): void {
    this.rstate = nextVariable(this.rstate);
  }

  /**
   * Starts all streams again, in the order of their making.
   *
   * @param seed As in the constructor; without one, that of the constructor.
   */
  seed(seed?: MrgSeed | null): void {
    this.setRstate(seed ?? this.defaultInstanceSeed);
    for (const [states, , size, nstreams] of this.stateUpdates) {
      states.setValue(this.getSubstreamRstates(nstreams ?? this.nStreams(size)), { borrow: true });
    }
  }

  /**
   * How many streams a variable gets: a sixth of its elements and 15360 at most, which also is the
   * number for a size that is not known while building.
   *
   * @param size The length of each axis, or an integer vector.
   */
  nStreams(size: MrgSize): number {
    if (size instanceof TensorVariable) return manyStreams;
    const list = listOf(size);
    if (!list.every((item) => typeof item === "number")) return manyStreams;
    const count = list.reduce((product, n) => product * n, 1);
    return Math.min(count > 6 ? Math.floor(count / 6) : count, manyStreams);
  }

  /**
   * The first states of the streams of a variable.
   *
   * Shapes: `→ (count, 6)`.
   * Dtypes: int32.
   *
   * @param count How many streams.
   * @param incRstate Whether the next call gives other streams.
   */
  getSubstreamRstates(count: number, incRstate: boolean = true): NDArray {
    if (!Number.isInteger(count) || count < 1) {
      raise("ValueError", `nstreams must be a positive integer, not ${count}`);
    }
    const states = streamStates(this.rstate, count);
    if (incRstate) this.incRstate();
    return NDArray.of(states, [count, stateSize], "int32");
  }

  /**
   * Numbers uniform in (low, high).
   *
   * Shapes: `→ size`.
   * Dtypes: the upcast of floatX, `low` and `high`, unless said.
   * Gradient: undefined.
   *
   * @param size The length of each axis, each a positive number or an integer scalar; or an integer
   *   vector.
   * @param given `low` (0), `high` (1), `ndim`, `dtype`, `nstreams` and `target`.
   * @throws {ValueError} If a length is not positive.
   * @throws {TypeError} If the size is no such list or vector.
   */
  uniform(size: MrgSize, ...given: GivenMrgUniform): TensorVariable {
    const options = optional<MrgUniformOptions>("uniform", uniformNames, given);
    const { low = 0, high = 1, ndim, dtype, nstreams = null, target } = options;
    const ends = [asTensorVariable(low), asTensorVariable(high)] as const;
    const wanted = resolveDType(dtype ?? upcast(config.floatX, ends[0].dtype, ends[1].dtype));
    checkSize(size);
    const [from, to] = ends.map((end) => fixed(cast(end, wanted))) as [
      TensorVariable,
      TensorVariable,
    ];
    const states = this.getSubstreamRstates(nstreams ?? this.nStreams(size));
    const rank = ndim ?? getVectorLength(size);
    const drawn = drawUniform(states, extentOf(size, rank, []), { dtype: wanted, target });
    this.stateUpdates.push([...drawn.update, size, nstreams]);
    const scaled = add(mul(drawn, sub(to, from)), from);
    if (scaled.ndim !== drawn.ndim) {
      raise(
        "NotImplementedError",
        "Increase the size to match the broadcasting pattern of `low` and `high` arguments",
      );
    }
    return scaled;
  }

  /**
   * Ones with probability `p`, else zeros.
   *
   * Shapes: `→ size`.
   * Dtypes: int64, unless said.
   * Gradient: undefined.
   *
   * @param given `size`, `n` (1, nothing else), `p` (0.5), `ndim`, `dtype`, `nstreams`, `target`.
   * @throws {NotImplementedError} If `n` is not 1.
   */
  binomial(...given: GivenMrgBinomial): TensorVariable {
    const { size = null, n = 1, p = 0.5, dtype, ...rest } = optional<MrgBinomialOptions>(
      "binomial",
      ["size", "n", "p", "ndim", "dtype", "nstreams", "target"],
      given,
    );
    if (n !== 1) raise("NotImplementedError", "MRG_RandomStreams.binomial with n > 1");
    const chance = fixed(p);
    return cast(lt(this.uniform(size as MrgSize, rest), chance), dtype ?? "int64");
  }

  /**
   * For each row of probabilities, how often each outcome occurs in `n` trials.
   *
   * Shapes: `(rows, k) → (rows, k)`.
   * Dtypes: int64, unless said; `"auto"` is that of the probabilities.
   * Gradient: undefined.
   *
   * @param given `size` and `ndim` (not given), `n` (1), `pvals`, `dtype`, `nstreams`, `target`.
   * @throws {TypeError} If there are no probabilities.
   * @throws {ValueError} If a size or number of axes is given.
   * @throws {NotImplementedError} If the probabilities are no matrix.
   */
  multinomial(...given: GivenMrgMultinomial): TensorVariable {
    const { size, n = 1, pvals, ndim, dtype, ...rest } = optional<MrgMultinomialOptions>(
      "multinomial",
      ["size", "n", "pvals", "ndim", "dtype", "nstreams", "target"],
      given,
    );
    if (pvals === undefined || pvals === null) {
      raise("TypeError", "You have to specify pvals");
    }
    refuseArgument("size", size);
    refuseArgument("ndim", ndim);
    const chances = fixed(pvals);
    if (chances.ndim !== 2) {
      raise(
        "NotImplementedError",
        "MRG_RandomStreams.multinomial only implemented for pvals.ndim = 2",
      );
    }
    const trials = asTensorVariable(n);
    const uniform = this.#uniformEachRow(chances, trials, rest);
    const op = new MultinomialFromUniform(dtype ?? "int64");
    return call(op, chances, uniform, trials) as TensorVariable;
  }

  /** As many uniform numbers for each row. */
  #uniformEachRow(
    rows: TensorVariable,
    count: TensorVariable,
    options: Pick<MrgUniformOptions, "nstreams" | "target">,
  ): TensorVariable {
    const size = mul(shape(get(rows, "...", 0)), cast(count, "int64"));
    return this.uniform(size, { ...options, ndim: 1 });
  }

  /**
   * For each row of probabilities, some outcomes, none twice.
   *
   * Shapes: `(rows, k) → (rows, size)`.
   * Dtypes: int64, unless said.
   * Gradient: undefined.
   *
   * @param given `size` (1), `a` (not given), `replace` (false, nothing else), `p`, `ndim` (not
   *   given), `dtype`, `nstreams`, `target`.
   * @throws {NotImplementedError} If outcomes may occur twice, or `p` is no matrix.
   * @throws {TypeError} If `a` is given or `p` is not.
   */
  choice(...given: GivenMrgChoice): TensorVariable {
    const names = ["size", "a", "replace", "p", "ndim", "dtype", "nstreams", "target"] as const;
    const options = optional<MrgChoiceOptions>("choice", names, given);
    const { size = 1, dtype, nstreams, target } = options;
    const chances = fixed(checkChoice(options));
    if (chances.ndim !== 2) {
      raise(
        "NotImplementedError",
        "MRG_RandomStreams.choice is only implemented for p.ndim = 2",
      );
    }
    const count = asTensorVariable(size);
    const uniform = this.#uniformEachRow(chances, count, {
      nstreams: nstreams ?? null,
      ...(target !== undefined && { target }),
    });
    const op = new ChoiceFromUniform(dtype ?? "int64");
    return call(op, chances, uniform, count) as TensorVariable;
  }

  /**
   * The old name of `choice` without replacement.
   *
   * Shapes: `(rows, k) → (rows, n)`.
   * Dtypes: int64, unless said.
   * Gradient: undefined.
   *
   * @param given `size` (not given), `n` (1), `pvals`, `ndim` (not given), `dtype`, `nstreams`,
   *   `target`.
   */
  multinomialWoReplacement(...given: GivenMrgMultinomial): TensorVariable {
    const { size, n = 1, pvals, ...rest } = optional<MrgMultinomialOptions>(
      "multinomialWoReplacement",
      ["size", "n", "pvals", "ndim", "dtype", "nstreams", "target"],
      given,
    );
    refuseArgument("size", size);
    return this.choice({
      ...rest,
      size: n,
      replace: false,
      ...(pvals !== undefined && { p: pvals }),
    });
  }

  /**
   * Numbers of a normal distribution.
   *
   * Shapes: `→ size`.
   * Dtypes: the upcast of floatX, `avg` and `std`, unless said.
   * Gradient: undefined.
   *
   * @param size The length of each axis, or an integer vector.
   * @param given `avg` (0), `std` (1), `ndim`, `dtype`, `nstreams`, `truncate` (whether numbers
   *   further than two deviations from the mean are drawn again; false) and `target`.
   * @throws {ValueError} If a length is not positive.
   */
  normal(size: MrgSize, ...given: GivenMrgNormal): TensorVariable {
    const options = optional<MrgNormalOptions>("normal", normalNames, given);
    const { avg = 0, std = 1, ndim, dtype, truncate = false, ...rest } = options;
    checkSize(size);
    const [mean, deviation] = [fixed(avg), fixed(std)];
    const wanted = resolveDType(dtype ?? upcast(config.floatX, mean.dtype, deviation.dtype));
    const extent = extentOf(size, ndim, []);
    const standard = boxMuller(
      extent,
      { dtype: wanted, truncate },
      (count, ends) => this.uniform([count], { ...rest, ...ends, ndim: 1, dtype: wanted }),
    );
    return add(mul(standard, cast(deviation, wanted)), cast(mean, wanted));
  }

  /**
   * Numbers of a normal distribution cut off at two of its deviations, with mean `avg` and standard
   * deviation `std` after that.
   *
   * Shapes: `→ size`.
   * Dtypes: the upcast of floatX, `avg` and `std`, unless said.
   * Gradient: undefined.
   *
   * @param size The length of each axis, or an integer vector.
   * @param given `avg` (0), `std` (1), `ndim`, `dtype`, `nstreams` and `target`.
   * @throws {ValueError} If a length is not positive.
   */
  truncatedNormal(size: MrgSize, ...given: GivenMrgNormal): TensorVariable {
    const { std = 1, ...rest } = optional<Omit<MrgNormalOptions, "truncate">>(
      "truncatedNormal",
      ["avg", "std", "ndim", "dtype", "nstreams", "target"],
      given,
    );
    const wide = trueDiv(std, constant(truncatedDeviation));
    return this.normal(size, { ...rest, std: wide, truncate: true });
  }
}
