/**
 * @file The namespace `random`: random numbers on the host, as users make their data and first weights.
 */

export { RandomState } from "../random/random_state.ts";
export { MersenneTwister } from "../random/mersenne_twister.ts";
export type {
  ChoiceOptions,
  NormalOptions,
  Parameter,
  RandintOptions,
  Single,
  Size,
  Sized,
  UniformOptions,
} from "../random/parameters.ts";
export type { Seed, StateLike, StateTuple } from "../random/state.ts";
