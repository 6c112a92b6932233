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

/** Which inputs of a node reach which of its outputs. */
export type PatternOf = (node: Apply) => ConnectionPattern;

/**
 * The gradients of a graph from those of some of its variables: what a rule needs to go back through
 * a graph inside its op.
 */
export type GradientsInside = (
  known: ReadonlyMap<Variable, Variable>,
  wrt: readonly Variable[],
) => Variable[];

/** The tangents of a graph from the directions of some of its variables. */
export type TangentsInside = (
  outputs: readonly Variable[],
  directions: ReadonlyMap<Variable, TensorVariable>,
) => Tangent[];

/**
 * The derivative of a kind of op. What rules need to differentiate a graph inside an op is handed to
 * them, because it is made of the rules.
 */
export interface Derivative {
  /**
   * The gradients of the inputs.
   *
   * @param node The node.
   * @param grads The gradient of each output, in the output's dtype; at least one is there.
   * @param wanted For each input, whether its gradient will be used. Others may be left undefined.
   * @param gradients Differentiates a graph inside the op.
   * @param patternOf Tells what is connected in it.
   * @returns One gradient an input.
   */
  readonly lop: (
    node: Apply,
    grads: readonly OutputGradient[],
    wanted: readonly boolean[],
    gradients: GradientsInside,
    patternOf: PatternOf,
  ) => readonly Gradient[];
  /**
   * The tangents of the outputs; absent for ops without an R-op.
   *
   * @param node The node.
   * @param points The tangent of each input, undefined where it is zero; at least one is there.
   * @param tangents Differentiates a graph inside the op.
   * @param patternOf Tells what is connected in it.
   * @returns One tangent an output.
   */
  readonly rop?: (
    node: Apply,
    points: readonly (TensorVariable | undefined)[],
    tangents: TangentsInside,
    patternOf: PatternOf,
  ) => readonly Tangent[];
  /** Which inputs reach which outputs; absent if all reach all. */
  readonly connectionPattern?: (node: Apply, patternOf: PatternOf) => ConnectionPattern;
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
