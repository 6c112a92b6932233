/**
 * @file What a tensor op is: an op whose value, shape and kind are known.
 *
 * {@linkcode OpKind} is closed: derivatives and lowering are complete records over it. A user's op has
 * the kind `custom` and brings its own.
 */

import type { NDArray } from "../array/ndarray.ts";
import type { Op } from "../graph/op.ts";
import type { Apply } from "../graph/variable.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";

/** The kinds of structure. */
export type OpKind =
  | "elementwise"
  | "reduce"
  | "argmax"
  | "cumulative"
  | "sort"
  | "dimshuffle"
  | "reshape"
  | "shape"
  | "shapeI"
  | "specifyShape"
  | "rebroadcast"
  | "alloc"
  | "allocEmpty"
  | "arange"
  | "eye"
  | "makeVector"
  | "join"
  | "split"
  | "subtensor"
  | "incSubtensor"
  | "advancedSubtensor"
  | "advancedIncSubtensor"
  | "nonzero"
  | "dot"
  | "gemm"
  | "gemv"
  | "ger"
  | "batchedDot"
  | "softmax"
  | "crossentropy"
  | "view"
  | "deepCopy"
  | "assert"
  | "random"
  | "library"
  | "transfer"
  | "scan"
  | "scanSteps"
  | "ifElse"
  | "custom";

/** One symbolic size an axis: a number when it is known while building, else an int64 scalar. */
export type ShapeItem = number | TensorVariable;

/** The symbolic shape of a variable. */
export type Shape = readonly ShapeItem[];

/** An op on tensors. */
export interface TensorOp extends Op {
  /** What the op is to the code that handles ops by kind. */
  readonly kind: OpKind;
  /**
   * The shapes of the outputs from those of the inputs, without computing values.
   *
   * @param node The node.
   * @param shapes The shape of each input.
   * @returns The shape of each output, or null for an output whose shape depends on data.
   */
  inferShape(node: Apply, shapes: readonly Shape[]): readonly (Shape | null)[];
  /**
   * The value, slowly and obviously: the oracle of every kernel. Must not change its inputs; an output
   * may share memory with an input only where {@linkcode Op.viewMap} says so.
   *
   * @param node The node.
   * @param inputs The value of each input.
   * @returns The value of each output.
   */
  perform(node: Apply, inputs: readonly NDArray[]): NDArray[];
}

/** Whether an op is a tensor op. */
export function isTensorOp(op: Op): op is TensorOp {
  return "kind" in op;
}
