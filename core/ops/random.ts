/**
 * @file Drawing from a state: each function gives the next state and the numbers. Streams, which keep
 * their states themselves, are in `random_streams.ts`.
 */

import { config } from "../config/config.ts";
import type { DType } from "../dtype/dtype.ts";
import { upcast } from "../dtype/promote.ts";
import { raise } from "../errors.ts";
import { applyOp } from "../graph/op.ts";
import { optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { resolveDType, TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { get } from "./indexing.ts";
import { type Distribution, distributions, RandomFunction } from "./random_function.ts";
import { type Extent, extentOf } from "./random_size.ts";
import type {
  BinomialOptions,
  ChoiceOptions,
  DrawOptions,
  GivenBinomial,
  GivenChoice,
  GivenIntegers,
  GivenMultinomial,
  GivenNormal,
  GivenPermutation,
  GivenPoisson,
  GivenUniform,
  IntegersOptions,
  MultinomialOptions,
  NormalOptions,
  PermutationOptions,
  PoissonOptions,
  UniformOptions,
} from "./random_options.ts";

/** The next state, and the numbers. */
export type Drawn = readonly [state: TensorVariable, sample: TensorVariable];

/** Applies a distribution to a state. */
function drawn(
  state: TensorVariable,
  distribution: Distribution,
  extent: Pick<Extent, "size" | "broadcastable">,
  dtype: DType | "floatX",
  parameters: readonly TensorVariable[],
): Drawn {
  const type = new TensorType(resolveDType(dtype), extent.broadcastable);
  const op = new RandomFunction(distribution, type);
  const { outputs } = applyOp(op, [state, extent.size, ...parameters]);
  return outputs as [TensorVariable, TensorVariable];
}

/** Numbers whose dtype, unless given, is the upcast of floatX and the parameters'. */
function drawnFloats(
  state: TensorVariable,
  distribution: Distribution,
  { size, ndim, dtype }: DrawOptions,
  given: readonly TensorLike[],
): Drawn {
  const parameters = given.map((x) => asTensorVariable(x));
  const own = upcast(config.floatX, ...parameters.map((x) => x.dtype));
  return drawn(state, distribution, extentOf(size, ndim, parameters), dtype ?? own, parameters);
}

/** Numbers that are int64 unless said. */
function drawnWhole(
  state: TensorVariable,
  distribution: Distribution,
  { size, ndim, dtype }: DrawOptions,
  given: readonly TensorLike[],
): Drawn {
  const parameters = given.map((x) => asTensorVariable(x));
  const extent = extentOf(size, ndim, parameters);
  return drawn(state, distribution, extent, dtype ?? "int64", parameters);
}

/**
 * Numbers uniform in [low, high).
 *
 * Shapes: `low, high → size`; without a size their broadcast shape.
 * Dtypes: the upcast of floatX, `low` and `high`, unless said.
 * Gradient: undefined.
 * Theano: `theano.tensor.raw_random.uniform`.
 *
 * @param state The state of a generator.
 * @param given `size`, `low`, `high`, `ndim` and `dtype`.
 * @returns The next state and the numbers.
 * @throws {ValueError} If the size does not fit the parameters.
 */
export function uniform(state: TensorVariable, ...given: GivenUniform): Drawn {
  const names = ["size", "low", "high", "ndim", "dtype"] as const;
  const options = optional<UniformOptions>("uniform", names, given);
  const { low = 0, high = 1 } = options;
  return drawnFloats(state, distributions.uniform, options, [low, high]);
}

/**
 * Numbers of a normal distribution.
 *
 * Shapes: `avg, std → size`; without a size their broadcast shape.
 * Dtypes: the upcast of floatX, `avg` and `std`, unless said.
 * Gradient: undefined.
 * Theano: `theano.tensor.raw_random.normal`.
 *
 * @param state The state of a generator.
 * @param given `size`, `avg`, `std`, `ndim` and `dtype`.
 * @returns The next state and the numbers.
 * @throws {ValueError} If the size does not fit the parameters.
 */
export function normal(state: TensorVariable, ...given: GivenNormal): Drawn {
  const names = ["size", "avg", "std", "ndim", "dtype"] as const;
  const options = optional<NormalOptions>("normal", names, given);
  const { avg = 0, std = 1 } = options;
  return drawnFloats(state, distributions.normal, options, [avg, std]);
}

/**
 * Numbers of successes in `n` trials with probability `p` each.
 *
 * Shapes: `n, p → size`; without a size their broadcast shape.
 * Dtypes: int64, unless said.
 * Gradient: undefined.
 * Theano: `theano.tensor.raw_random.binomial`.
 *
 * @param state The state of a generator.
 * @param given `size`, `n`, `p`, `ndim` and `dtype`.
 * @returns The next state and the numbers.
 * @throws {ValueError} If the size does not fit the parameters.
 */
export function binomial(state: TensorVariable, ...given: GivenBinomial): Drawn {
  const names = ["size", "n", "p", "ndim", "dtype"] as const;
  const options = optional<BinomialOptions>("binomial", names, given);
  const { n = 1, p = 0.5 } = options;
  return drawnWhole(state, distributions.binomial, options, [n, p]);
}

/**
 * Uniform whole numbers in [low, high], both included.
 *
 * Shapes: `low, high → size`; without a size their broadcast shape.
 * Dtypes: int64, unless said.
 * Gradient: undefined.
 * Theano: `theano.tensor.raw_random.random_integers`.
 *
 * @param state The state of a generator.
 * @param given `size`, `low`, `high`, `ndim` and `dtype`.
 * @returns The next state and the numbers.
 * @throws {ValueError} If the size does not fit the parameters.
 */
export function randomIntegers(state: TensorVariable, ...given: GivenIntegers): Drawn {
  const names = ["size", "low", "high", "ndim", "dtype"] as const;
  const options = optional<IntegersOptions>("randomIntegers", names, given);
  const { low = 0, high = 1 } = options;
  return drawnWhole(state, distributions.randomIntegers, options, [low, high]);
}

/**
 * Random elements of a vector, or of the numbers below `a`.
 *
 * Shapes: `(n,) → size`; without a size one element.
 * Dtypes: int64, unless said.
 * Gradient: undefined.
 * Theano: `theano.tensor.raw_random.choice`.
 *
 * @param state The state of a generator.
 * @param given `size`, `a`, `replace`, `p`, `ndim` and `dtype`.
 * @returns The next state and the elements.
 * @throws {TypeError} If the size is no vector of integers.
 */
export function choice(state: TensorVariable, ...given: GivenChoice): Drawn {
  const names = ["size", "a", "replace", "p", "ndim", "dtype"] as const;
  const { size, ndim, dtype, a = 2, replace = true, p } = optional<ChoiceOptions>(
    "choice",
    names,
    given,
  );
  const again = typeof replace === "boolean" ? constant(Number(replace)) : replace;
  const parameters = [a, again, p ?? []].map((x) => asTensorVariable(x));
  const extent = extentOf(size, ndim, []);
  return drawn(state, distributions.choice, extent, dtype ?? "int64", parameters);
}

/**
 * Numbers of a Poisson distribution.
 *
 * Shapes: `lam → size`; without a size its own.
 * Dtypes: int64, unless said.
 * Gradient: undefined.
 * Theano: `theano.tensor.raw_random.poisson`.
 *
 * @param state The state of a generator.
 * @param given `size`, `lam`, `ndim` and `dtype`.
 * @returns The next state and the numbers.
 * @throws {ValueError} If the size does not fit the mean.
 */
export function poisson(state: TensorVariable, ...given: GivenPoisson): Drawn {
  const names = ["size", "lam", "ndim", "dtype"] as const;
  const options = optional<PoissonOptions>("poisson", names, given);
  return drawnWhole(state, distributions.poisson, options, [options.lam ?? 1]);
}

/**
 * The numbers below `n` in random orders.
 *
 * Shapes: `() → size + (n,)`; without a size one permutation.
 * Dtypes: int64, unless said.
 * Gradient: undefined.
 * Theano: `theano.tensor.raw_random.permutation`.
 *
 * @param state The state of a generator.
 * @param given `size`, `n`, `ndim` (of the size) and `dtype`.
 * @returns The next state and the permutations.
 * @throws {TypeError} If one permutation is to have several axes.
 */
export function permutation(state: TensorVariable, ...given: GivenPermutation): Drawn {
  const names = ["size", "n", "ndim", "dtype"] as const;
  const { size, n = 1, ndim, dtype } = optional<PermutationOptions>("permutation", names, given);
  const isOne = size === null || size === undefined || (Array.isArray(size) && size.length === 0);
  if (isOne && (ndim ?? 1) > 1) {
    raise(
      "TypeError",
      "You asked for just one permutation but asked for more then 1 dimensions.",
    );
  }
  const { size: lengths, broadcastable } = isOne
    ? extentOf([], null, [])
    : extentOf(size, ndim, []);
  const extent = { size: lengths, broadcastable: [...broadcastable, false] };
  const length = asTensorVariable(n);
  return drawn(state, distributions.permutation, extent, dtype ?? "int64", [length]);
}

/**
 * How often each of several outcomes occurs in `n` trials.
 *
 * Shapes: `n, (…, k) → size + (k,)`; without a size `n` and the axes before the last broadcast.
 * Dtypes: int64, unless said.
 * Gradient: undefined.
 * Theano: `theano.tensor.raw_random.multinomial`.
 *
 * @param state The state of a generator.
 * @param given `size`, `n`, `pvals`, `ndim` (of the size) and `dtype`.
 * @returns The next state and the counts.
 * @throws {ValueError} If the size does not fit the parameters.
 */
export function multinomial(state: TensorVariable, ...given: GivenMultinomial): Drawn {
  const names = ["size", "n", "pvals", "ndim", "dtype"] as const;
  const { size, n = 1, pvals = [0.5, 0.5], ndim, dtype } = optional<MultinomialOptions>(
    "multinomial",
    names,
    given,
  );
  const trials = asTensorVariable(n);
  const chances = asTensorVariable(pvals);
  if (chances.ndim === 0) raise("ValueError", "pvals must have one axis or more");
  const { size: lengths, broadcastable } = extentOf(size, ndim, [trials, get(chances, "...", 0)]);
  const extent = {
    size: lengths,
    broadcastable: [...broadcastable, chances.broadcastable.at(-1)!],
  };
  return drawn(state, distributions.multinomial, extent, dtype ?? "int64", [trials, chances]);
}
