/**
 * @file The namespace `scalar`: dtypes and how they combine, and elementwise ops of a user's own.
 */

export { upcast } from "../dtype/promote.ts";
export { binary, ternary, unary } from "../ops/custom_scalar.ts";
/** Functions of the scalar language, for the bodies of records: `exp(s, x)`. */
export * as functions from "../scalar/functions.ts";
export { Complex } from "../dtype/dtype.ts";
