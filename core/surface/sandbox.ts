/**
 * @file The namespace `sandbox`, as Theano nests it.
 */

/** Random variables from many short streams. */
export * as rngMrg from "./rng_mrg.ts";
