/**
 * @file The namespace `sandbox.rngMrg`: random variables from many short streams.
 */

export { MRG_RandomStreams } from "../ops/random_mrg_streams.ts";
export { MrgUniform } from "../ops/random_mrg.ts";
export { ChoiceFromUniform, MultinomialFromUniform } from "../ops/random_outcomes.ts";
export type { MrgStateUpdate } from "../ops/random_mrg_streams.ts";
export type { MrgVariable } from "../ops/random_mrg.ts";
export type {
  GivenMrgBinomial,
  GivenMrgChoice,
  GivenMrgMultinomial,
  GivenMrgNormal,
  GivenMrgUniform,
  MrgBinomialOptions,
  MrgChoiceOptions,
  MrgMultinomialOptions,
  MrgNormalOptions,
  MrgOptions,
  MrgSize,
  MrgUniformOptions,
} from "../ops/random_options.ts";
export type { MrgSeed } from "../random/mrg.ts";
