/**
 * @file The namespace `tensor.xlogx`.
 */

export { xlogx, xlogy0 } from "../ops/softsign.ts";
