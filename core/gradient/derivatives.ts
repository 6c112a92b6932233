/**
 * @file Products with Jacobians: `Rop` from the right, `Lop` from the left.
 */

import { raise } from "../errors.ts";
import { disconnectedType } from "../graph/special_types.ts";
import { withOneTrace } from "../graph/trace.ts";
import { Variable } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorConstant, TensorVariable } from "../tensor/tensor_variable.ts";
import { Forward } from "./forward.ts";
import { type DisconnectedInputs, grad, listOf, reportMissing } from "./grad.ts";
import { fitTo, knownByOutput, zerosFor } from "./values.ts";

/** Options of {@linkcode Rop}. */
export interface RopOptions {
  /** What to do about outputs that do not depend on `wrt`: by default an error. */
  readonly disconnectedOutputs?: DisconnectedInputs;
  /** What to return for them; zeros by default. */
  readonly returnDisconnected?: "zero" | "None" | "Disconnected";
}

/** The optional arguments of {@linkcode Rop}. */
export type GivenRopOptions = Given<
  RopOptions,
  [disconnectedOutputs?: DisconnectedInputs, returnDisconnected?: "zero" | "None" | "Disconnected"]
>;

/**
 * The product of a Jacobian with a vector: how `f` changes when `wrt` moves along `evalPoints`.
 *
 * Shapes: each result has the shape of its `f`, each point that of its `wrt`.
 * Dtypes: those of `f`.
 * Theano: `theano.gradient.Rop`.
 *
 * @param f What is differentiated: one variable, or several in an array.
 * @param wrt What is differentiated by: one variable, or several.
 * @param evalPoints One direction for each of `wrt`.
 * @param given What to do about outputs that do not depend on `wrt`.
 * @returns One variable, or an array if `f` is one.
 * @throws {ValueError} If a point has another number of axes than its variable.
 * @throws {NotImplementedError} If an op on the way has no R-op.
 * @throws {DisconnectedInputError} If an output does not depend on `wrt`.
 */
export function Rop(
  f: TensorVariable,
  wrt: TensorVariable | readonly TensorVariable[],
  evalPoints: TensorLike,
  ...given: GivenRopOptions
): TensorVariable;
/** The R-operator on several outputs. */
export function Rop(
  f: readonly TensorVariable[],
  wrt: TensorVariable | readonly TensorVariable[],
  evalPoints: TensorLike,
  ...given: GivenRopOptions
): TensorVariable[];
export function Rop(
  f: TensorVariable | readonly TensorVariable[],
  wrt: TensorVariable | readonly TensorVariable[],
  evalPoints: unknown,
  ...given: GivenRopOptions
): unknown {
  const options = optional<RopOptions>(
    "Rop",
    ["disconnectedOutputs", "returnDisconnected"],
    given,
  );
  const variables = listOf(wrt);
  const points = pointsFor(wrt, evalPoints);
  if (points.length !== variables.length) {
    raise("AssertionError", "`wrt` must be the same length as `eval_points`.");
  }
  const forward = new Forward(
    new Map(variables.map((x, i) => [x, directionFor(x, points[i], i)])),
  );
  const results = withOneTrace(() => listOf(f).map((output) => result(forward, output, options)));
  // A linear function's derivative does not read its variables, but is by them all the same.
  for (const tangent of results) if (tangent?.owner) tangent.tag.derivativeBy = variables;
  return Array.isArray(f) ? results : results[0];
}

/** One point a variable: a list for a list; for one variable its point, in a list or not. */
function pointsFor(variables: unknown, points: unknown): readonly unknown[] {
  const isList = Array.isArray(points);
  const isWrapped = isList && points.length === 1 && points[0] instanceof Variable;
  return isList && (Array.isArray(variables) || isWrapped) ? points : [points];
}

function directionFor(x: Variable, point: unknown, i: number): TensorVariable {
  const direction = asTensorVariable(point);
  if (!(x instanceof TensorVariable)) return direction;
  if (x.ndim !== direction.ndim) {
    raise(
      "ValueError",
      `Element ${i} of wrt/eval_point have mismatched dimensionality: ` +
        `${x.ndim} versus ${direction.ndim}`,
    );
  }
  if (direction.dtype !== x.dtype && !(direction instanceof TensorConstant)) {
    raise(
      "TypeError",
      `Cannot convert Type ${direction.type} (of Variable ${direction}) into Type ${x.type}. You ` +
        `can try to manually convert ${direction} into a ${x.type}.`,
    );
  }
  return fitTo(direction, x);
}

function result(forward: Forward, output: Variable, options: RopOptions): Variable | null {
  const { disconnectedOutputs = "raise", returnDisconnected = "zero" } = options;
  const tangent = forward.of(output);
  if (tangent) return tangent;
  const isMissing = tangent === null || !output.owner;
  if (isMissing) {
    const message = "Rop method was asked to compute the gradient with respect to a variable " +
      "that is not part of the computational graph of variables in wrt, or is used only by a " +
      `non-differentiable operator: ${output}`;
    reportMissing(message, output, disconnectedOutputs);
    if (returnDisconnected === "None") return null;
    if (returnDisconnected === "Disconnected") return disconnectedType.makeVariable();
  }
  return output instanceof TensorVariable ? zerosFor(output) : null;
}

/** Options of {@linkcode Lop}, `jacobian` and `hessian`. */
export interface LopOptions {
  /** Variables that count as functions of nothing. */
  readonly considerConstant?: Iterable<Variable>;
  /** What to do about variables that `f` does not depend on: by default an error. */
  readonly disconnectedInputs?: DisconnectedInputs;
}

/** The optional arguments of {@linkcode Lop}. */
export type GivenLopOptions = Given<
  LopOptions,
  [considerConstant?: Iterable<Variable>, disconnectedInputs?: DisconnectedInputs]
>;

/**
 * The product of a vector with a Jacobian: the gradient of `sum(f · evalPoints)`.
 *
 * Shapes: each result has the shape of its `wrt`, each point that of its `f`.
 * Dtypes: those of `wrt`.
 * Theano: `theano.gradient.Lop`.
 *
 * @param f What is differentiated: one variable, or several in an array.
 * @param wrt What is differentiated by: one variable, or several.
 * @param evalPoints One weight for each of `f`.
 * @param given Constants, and what to do about variables without influence.
 * @returns One variable, or an array if `wrt` is one.
 * @throws {DisconnectedInputError} If `f` does not depend on a variable.
 */
export function Lop(
  f: TensorVariable | readonly TensorVariable[],
  wrt: TensorVariable,
  evalPoints: TensorLike,
  ...given: GivenLopOptions
): TensorVariable;
/** The L-operator by several variables. */
export function Lop(
  f: TensorVariable | readonly TensorVariable[],
  wrt: readonly TensorVariable[],
  evalPoints: TensorLike,
  ...given: GivenLopOptions
): TensorVariable[];
export function Lop(
  f: TensorVariable | readonly TensorVariable[],
  wrt: TensorVariable | readonly TensorVariable[],
  evalPoints: unknown,
  ...given: GivenLopOptions
): TensorVariable | TensorVariable[] {
  const options = optional<LopOptions>("Lop", ["considerConstant", "disconnectedInputs"], given);
  const outputs = listOf(f);
  const weights = pointsFor(f, evalPoints);
  if (weights.length !== outputs.length) {
    raise("AssertionError", "`f` must be the same length as `eval_points`.");
  }
  const known = outputs.map((output, i) => weightFor(output, weights[i]));
  return grad(null, wrt, { ...options, knownGrads: knownByOutput(outputs, known) });
}

/** A weight written as a plain value takes the dtype of what it weighs. */
function weightFor(output: Variable, weight: unknown): TensorVariable {
  const variable = asTensorVariable(weight);
  const isPlain = variable instanceof TensorConstant && output instanceof TensorVariable &&
    variable.ndim === output.ndim;
  return isPlain ? fitTo(variable, output) : variable;
}
