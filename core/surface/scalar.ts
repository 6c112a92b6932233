/**
 * @file The namespace `scalar`: dtypes and how they combine.
 */

export { upcast } from "../dtype/promote.ts";
export { Complex } from "../dtype/dtype.ts";
