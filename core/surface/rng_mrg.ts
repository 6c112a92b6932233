/**
 * @file The namespace `sandbox.rngMrg`: random variables from many short streams.
 */

export { MRG_RandomStreams } from "../ops/random_mrg_streams.ts";
export { MrgUniform } from "../ops/random_mrg.ts";
export { ChoiceFromUniform, MultinomialFromUniform } from "../ops/random_outcomes.ts";
