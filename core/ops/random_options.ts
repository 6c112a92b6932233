/**
 * @file What the distributions of random variables take, in Theano's order.
 */

import type { DType } from "../dtype/dtype.ts";
import type { Given } from "../tensor/arguments.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { RandomSize } from "./random_size.ts";

/** Options that all distributions have. */
export interface DrawOptions {
  /** The length of each axis; null for the shape of the parameters. */
  readonly size?: RandomSize;
  /** The number of axes, where the length of a symbolic size is not known. */
  readonly ndim?: number | null;
  /** The dtype of the numbers. */
  readonly dtype?: DType | "floatX" | null;
}

/** Options of `uniform`. */
export interface UniformOptions extends DrawOptions {
  /** The smallest number; 0 if left out. */
  readonly low?: TensorLike;
  /** The end, not included; 1 if left out. */
  readonly high?: TensorLike;
}

/** What `uniform` takes after the state. */
export type GivenUniform = Given<
  UniformOptions,
  [
    size?: RandomSize,
    low?: TensorLike,
    high?: TensorLike,
    ndim?: DrawOptions["ndim"],
    dtype?: DrawOptions["dtype"],
  ]
>;

/** Options of `normal`. */
export interface NormalOptions extends DrawOptions {
  /** The mean; 0 if left out. */
  readonly avg?: TensorLike;
  /** The standard deviation; 1 if left out. */
  readonly std?: TensorLike;
}

/** What `normal` takes after the state. */
export type GivenNormal = Given<
  NormalOptions,
  [
    size?: RandomSize,
    avg?: TensorLike,
    std?: TensorLike,
    ndim?: DrawOptions["ndim"],
    dtype?: DrawOptions["dtype"],
  ]
>;

/** Options of `binomial`. */
export interface BinomialOptions extends DrawOptions {
  /** Number of trials; 1 if left out. */
  readonly n?: TensorLike;
  /** Probability of a success; 0.5 if left out. */
  readonly p?: TensorLike;
}

/** What `binomial` takes after the state. */
export type GivenBinomial = Given<
  BinomialOptions,
  [
    size?: RandomSize,
    n?: TensorLike,
    p?: TensorLike,
    ndim?: DrawOptions["ndim"],
    dtype?: DrawOptions["dtype"],
  ]
>;

/** Options of `randomIntegers`. */
export interface IntegersOptions extends DrawOptions {
  /** The smallest number; 0 if left out. */
  readonly low?: TensorLike;
  /** The largest number; 1 if left out. */
  readonly high?: TensorLike;
}

/** What `randomIntegers` takes after the state. */
export type GivenIntegers = Given<
  IntegersOptions,
  [
    size?: RandomSize,
    low?: TensorLike,
    high?: TensorLike,
    ndim?: DrawOptions["ndim"],
    dtype?: DrawOptions["dtype"],
  ]
>;

/** Options of `choice`. */
export interface ChoiceOptions extends DrawOptions {
  /** A vector, or a whole number for the numbers below it; 2 if left out. */
  readonly a?: TensorLike;
  /** Whether an element may be chosen again; true if left out. */
  readonly replace?: TensorLike;
  /** The probability of each element; all the same if left out. */
  readonly p?: TensorLike | null;
}

/** What `choice` takes after the state. */
export type GivenChoice = Given<
  ChoiceOptions,
  [
    size?: RandomSize,
    a?: TensorLike,
    replace?: TensorLike,
    p?: TensorLike | null,
    ndim?: DrawOptions["ndim"],
    dtype?: DrawOptions["dtype"],
  ]
>;

/** Options of `poisson`. */
export interface PoissonOptions extends DrawOptions {
  /** The mean; 1 if left out. */
  readonly lam?: TensorLike;
}

/** What `poisson` takes after the state. */
export type GivenPoisson = Given<
  PoissonOptions,
  [size?: RandomSize, lam?: TensorLike, ndim?: DrawOptions["ndim"], dtype?: DrawOptions["dtype"]]
>;

/** Options of `permutation`. */
export interface PermutationOptions extends DrawOptions {
  /** How many numbers to permute; 1 if left out. */
  readonly n?: TensorLike;
}

/** What `permutation` takes after the state. */
export type GivenPermutation = Given<
  PermutationOptions,
  [size?: RandomSize, n?: TensorLike, ndim?: DrawOptions["ndim"], dtype?: DrawOptions["dtype"]]
>;

/** Options of `multinomial`. */
export interface MultinomialOptions extends DrawOptions {
  /** Number of trials; 1 if left out. */
  readonly n?: TensorLike;
  /** The probability of each outcome, along the last axis; two equal ones if left out. */
  readonly pvals?: TensorLike;
}

/** What `multinomial` takes after the state. */
export type GivenMultinomial = Given<
  MultinomialOptions,
  [
    size?: RandomSize,
    n?: TensorLike,
    pvals?: TensorLike,
    ndim?: DrawOptions["ndim"],
    dtype?: DrawOptions["dtype"],
  ]
>;

/** A size for `MRG_RandomStreams`: the length of each axis, or an integer vector. */
export type MrgSize = Exclude<RandomSize, number | null>;

/** Options of all distributions of `MRG_RandomStreams`. */
export interface MrgOptions {
  /** The number of axes, where the length of a symbolic size is not known. */
  readonly ndim?: number | null;
  /** The dtype of the numbers. */
  readonly dtype?: DType | "floatX" | null;
  /** How many streams to draw from; by default by the size. */
  readonly nstreams?: number | null;
  /** The device to keep the states on. */
  readonly target?: string;
}

/** Options of `MRG_RandomStreams.uniform`. */
export interface MrgUniformOptions extends MrgOptions {
  /** The lower end, not included; 0 if left out. */
  readonly low?: TensorLike;
  /** The upper end, not included; 1 if left out. */
  readonly high?: TensorLike;
}

/** Options of `MRG_RandomStreams.normal`. */
export interface MrgNormalOptions extends MrgOptions {
  /** The mean; 0 if left out. */
  readonly avg?: TensorLike;
  /** The standard deviation; 1 if left out. */
  readonly std?: TensorLike;
  /** Whether numbers further than two deviations from the mean are drawn again. */
  readonly truncate?: boolean;
}

/** Options of `MRG_RandomStreams.binomial`. */
export interface MrgBinomialOptions extends MrgOptions {
  /** The length of each axis. */
  readonly size?: MrgSize | null;
  /** Number of trials: 1. */
  readonly n?: number;
  /** Probability of a one; 0.5 if left out. */
  readonly p?: TensorLike;
}

/** Options of `MRG_RandomStreams.multinomial`. */
export interface MrgMultinomialOptions extends Omit<MrgOptions, "dtype"> {
  /** Not to be given. */
  readonly size?: null;
  /** Number of trials a row; 1 if left out. */
  readonly n?: TensorLike;
  /** Rows of probabilities. */
  readonly pvals?: TensorLike;
  /** The dtype of the counts; `"auto"` for that of the probabilities. */
  readonly dtype?: DType | "auto";
}

/** Options of `MRG_RandomStreams.choice`. */
export interface MrgChoiceOptions extends Omit<MrgOptions, "dtype"> {
  /** How many outcomes a row; 1 if left out. */
  readonly size?: TensorLike;
  /** Not to be given. */
  readonly a?: null;
  /** Whether an outcome may occur again: false. */
  readonly replace?: boolean;
  /** Rows of probabilities. */
  readonly p?: TensorLike;
  /** The dtype of the outcomes. */
  readonly dtype?: DType | "auto";
}

/** What `MRG_RandomStreams.uniform` after the size takes. */
export type GivenMrgUniform = Given<
  MrgUniformOptions,
  [
    low?: TensorLike,
    high?: TensorLike,
    ndim?: MrgOptions["ndim"],
    dtype?: MrgOptions["dtype"],
    nstreams?: MrgOptions["nstreams"],
  ]
>;

/** What `MRG_RandomStreams.normal` after the size takes. */
export type GivenMrgNormal = Given<
  MrgNormalOptions,
  [
    avg?: TensorLike,
    std?: TensorLike,
    ndim?: MrgOptions["ndim"],
    dtype?: MrgOptions["dtype"],
    nstreams?: MrgOptions["nstreams"],
  ]
>;

/** What `MRG_RandomStreams.binomial` takes. */
export type GivenMrgBinomial = Given<
  MrgBinomialOptions,
  [
    size?: MrgSize | null,
    n?: number,
    p?: TensorLike,
    ndim?: MrgOptions["ndim"],
    dtype?: MrgOptions["dtype"],
    nstreams?: MrgOptions["nstreams"],
  ]
>;

/** What `MRG_RandomStreams.multinomial` takes. */
export type GivenMrgMultinomial = Given<
  MrgMultinomialOptions,
  [
    size?: null,
    n?: TensorLike,
    pvals?: TensorLike,
    ndim?: null,
    dtype?: DType | "auto",
    nstreams?: MrgOptions["nstreams"],
  ]
>;

/** What `MRG_RandomStreams.choice` takes. */
export type GivenMrgChoice = Given<
  MrgChoiceOptions,
  [
    size?: TensorLike,
    a?: null,
    replace?: boolean,
    p?: TensorLike,
    ndim?: null,
    dtype?: DType | "auto",
    nstreams?: MrgOptions["nstreams"],
  ]
>;
