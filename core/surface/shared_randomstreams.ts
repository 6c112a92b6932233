/**
 * @file The namespace `tensor.sharedRandomstreams`: streams that keep their states themselves.
 */

export { RandomStreams } from "../ops/random_streams.ts";
export { RandomStateSharedVariable } from "../tensor/shared_random_state.ts";
export type { RandomVariable, ShuffledVariable, StateUpdate } from "../ops/random_streams.ts";
export type { Seed } from "../random/state.ts";
