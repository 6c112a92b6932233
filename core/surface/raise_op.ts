/**
 * @file The namespace `raiseOp`: an op that fails.
 */

export { Raise } from "../ops/raise.ts";
