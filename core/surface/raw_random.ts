/**
 * @file The namespace `tensor.rawRandom`: drawing from a state, and the state after that.
 */

export {
  binomial,
  choice,
  multinomial,
  normal,
  permutation,
  poisson,
  randomIntegers,
  uniform,
} from "../ops/random.ts";
export { RandomFunction } from "../ops/random_function.ts";
export { randomStateType } from "../tensor/shared_random_state.ts";
export type { Drawn } from "../ops/random.ts";
export type { Distribution, Draw } from "../ops/random_function.ts";
export type {
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
} from "../ops/random_options.ts";
export type { RandomSize } from "../ops/random_size.ts";
