/**
 * @file The one late-bound knot: what a tensor variable needs of the ops, which lie a layer above.
 *
 * Fluent methods (`x.sum(0)`) and the conversions below are declared here and bound once, by
 * `mod.ts`, before any user code runs. Nothing else is bound late but what compiles functions.
 */

import { internal } from "../errors.ts";
import type { TensorVariable } from "./tensor_variable.ts";

/** The ops that conversions need. */
export interface Knot {
  /** Stacks scalars and tensors along a new first axis: what a list with variables in it means. */
  readonly stack: (tensors: readonly TensorVariable[]) => TensorVariable;
  /** The variable with another broadcast pattern, checked at run time. */
  readonly patternbroadcast: (
    x: TensorVariable,
    broadcastable: readonly boolean[],
  ) => TensorVariable;
  /** The same tensor on the host. */
  readonly hostFromGpu: (x: TensorVariable) => TensorVariable;
  /** The same tensor on the device. */
  readonly gpuFromHost: (x: TensorVariable) => TensorVariable;
}

let bound: Knot | undefined;

/** Binds the knot. Called by `mod.ts`, once. */
export function bindKnot(ops: Knot): void {
  bound = ops;
}

/** The bound ops. */
export function knot(): Knot {
  return bound ?? internal("use the ops", "they are not bound yet", "mod.ts");
}
