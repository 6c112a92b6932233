/**
 * @file Whole matrices of derivatives, one row an iteration of a loop.
 *
 * Loops lie in a layer above, so the functions are made from one: {@linkcode jacobianWith} and
 * {@linkcode hessianWith}.
 */

import { raise } from "../errors.ts";
import { get } from "../ops/indexing.ts";
import { shapeI } from "../ops/shape.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import type { LopOptions } from "./derivatives.ts";
import { type DisconnectedInputs, grad, listOf } from "./grad.ts";

/** What is computed in each iteration, from its number and the variables that do not change. */
export type Row = (k: TensorVariable, ...fixed: TensorVariable[]) => readonly TensorVariable[];

/**
 * A loop: for `k` from 0 below `length`, the results of `row(k, ...fixed)`, each stacked along a
 * new first axis.
 */
export type RowLoop = (
  row: Row,
  length: TensorVariable,
  fixed: readonly TensorVariable[],
) => readonly TensorVariable[];

type GivenOptions = Given<
  LopOptions,
  [considerConstant?: Iterable<TensorVariable>, disconnectedInputs?: DisconnectedInputs]
>;

/** `jacobian(expression, wrt, …)` and `hessian(cost, wrt, …)`: an array for an array. */
export interface DerivativeMatrix {
  (expression: TensorVariable, wrt: TensorVariable, ...given: GivenOptions): TensorVariable;
  (
    expression: TensorVariable,
    wrt: readonly TensorVariable[],
    ...given: GivenOptions
  ): TensorVariable[];
}

/**
 * Makes `jacobian`: the derivatives of every element of a vector by every element of a variable.
 *
 * Shapes: `(n), (…) → (n, …)`; of a scalar, the gradient.
 * Dtypes: those of `wrt`.
 * Theano: `theano.gradient.jacobian`.
 *
 * @param loop The loop over the elements of the vector.
 * @returns The function. It throws an `AssertionError` if the expression has more than one axis.
 */
export function jacobianWith(loop: RowLoop): DerivativeMatrix {
  return ((expression: unknown, wrt: unknown, ...given: GivenOptions): unknown => {
    const options = lopOptions("jacobian", given);
    if (!(expression instanceof TensorVariable)) {
      raise("AssertionError", "tensor.jacobian expects a Variable as `expression`");
    }
    if (expression.ndim > 1) {
      raise(
        "AssertionError",
        "tensor.jacobian expects a 1 dimensional variable as `expression`. If not use flatten to " +
          "make it a vector",
      );
    }
    const variables = listOf(wrt) as TensorVariable[];
    const result = expression.ndim === 0 ? grad(expression, variables, options) : loop(
      (k, y, ...xs) => grad(get(y!, k), xs, options),
      shapeI(expression, 0),
      [expression, ...variables],
    );
    return Array.isArray(wrt) ? [...result] : result[0];
  }) as DerivativeMatrix;
}

/**
 * Makes `hessian`: the second derivatives of a scalar by the elements of a vector.
 *
 * Shapes: `(), (n) → (n, n)`.
 * Dtypes: those of `wrt`.
 * Theano: `theano.gradient.hessian`.
 *
 * @param loop The loop over the elements of the vector.
 * @returns The function. It throws an `AssertionError` if the cost is not a scalar or `wrt` no
 *   vector.
 */
export function hessianWith(loop: RowLoop): DerivativeMatrix {
  return ((cost: unknown, wrt: unknown, ...given: GivenOptions): unknown => {
    const options = lopOptions("hessian", given);
    if (!(cost instanceof TensorVariable)) {
      raise("AssertionError", "tensor.hessian expects a Variable as `cost`");
    }
    if (cost.ndim !== 0) {
      raise("AssertionError", "tensor.hessian expects a 0 dimensional variable as `cost`");
    }
    const result = (Array.isArray(wrt) ? wrt : [wrt]).map((x: unknown) =>
      hessianBy(loop, cost, vectorOf(x), options)
    );
    return Array.isArray(wrt) ? result : result[0];
  }) as DerivativeMatrix;
}

function lopOptions(name: string, given: readonly unknown[]): LopOptions {
  return optional<LopOptions>(name, ["considerConstant", "disconnectedInputs"], given);
}

function vectorOf(x: unknown): TensorVariable {
  if (!(x instanceof TensorVariable)) {
    return raise("AssertionError", "tensor.hessian expects a (list of) Variable as `wrt`");
  }
  if (x.ndim !== 1) {
    raise("AssertionError", "tensor.hessian expects a (list of) 1 dimensional variable as `wrt`");
  }
  return x;
}

/** A gradient that does not depend on the variable any more is no error: its row is zero. */
function hessianBy(
  loop: RowLoop,
  cost: TensorVariable,
  x: TensorVariable,
  options: LopOptions,
): TensorVariable {
  const slope = grad(cost, x, options);
  const inner: LopOptions = { ...options, disconnectedInputs: "ignore" };
  return loop((k, y, v) => [grad(get(y!, k), v!, inner)], shapeI(slope, 0), [slope, x])[0]!;
}
