/**
 * @file What a derivative rule is: how gradients go backwards through a node, and tangents
 *   forwards.
 */

import type { Apply, Variable } from "../graph/variable.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";

/**
 * The gradient by one input: a tensor of the input's shape, a variable of `NullType` that says why
 * there is none, or undefined where no path leads to an output that counts.
 */
export type Gradient = Variable | undefined;

/** The gradient of the cost by one output, or undefined where the cost does not depend on it. */
export type OutputGradient = TensorVariable | undefined;

/**
 * The change of a value along the direction of an R-op: undefined where it is zero because nothing
 * moves, null where it does not exist.
 */
export type Tangent = TensorVariable | undefined | null;

/** For each input and output: whether the elements of the output depend on those of the input. */
export type ConnectionPattern = readonly (readonly boolean[])[];

/** The derivative of a kind of op. */
export interface Derivative {
  /**
   * The gradients of the inputs.
   *
   * @param node The node.
   * @param grads The gradient of each output, in the output's dtype; at least one is there.
   * @param wanted For each input, whether its gradient will be used. Others may be left undefined.
   * @returns One gradient an input.
   */
  readonly lop: (
    node: Apply,
    grads: readonly OutputGradient[],
    wanted: readonly boolean[],
  ) => readonly Gradient[];
  /**
   * The tangents of the outputs; absent for ops without an R-op.
   *
   * @param node The node.
   * @param points The tangent of each input, undefined where it is zero; at least one is there.
   * @returns One tangent an output.
   */
  readonly rop?: (
    node: Apply,
    points: readonly (TensorVariable | undefined)[],
  ) => readonly Tangent[];
  /** Which inputs reach which outputs; absent if all reach all. */
  readonly connectionPattern?: (node: Apply) => ConnectionPattern;
}

/** Every input reaches every output. */
export function allConnected(node: Apply): ConnectionPattern {
  return node.inputs.map(() => node.outputs.map(() => true));
}

/** Only the first `count` inputs reach the outputs; the others are shapes, indices or axes. */
export function firstConnected(count: number): (node: Apply) => ConnectionPattern {
  return (node) => node.inputs.map((_, i) => node.outputs.map(() => i < count));
}

/** No input reaches any output. */
export function noneConnected(node: Apply): ConnectionPattern {
  return node.inputs.map(() => node.outputs.map(() => false));
}
