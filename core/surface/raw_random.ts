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
