/**
 * @file Whole matrices of derivatives: a loop that computes one row a turn.
 */

import { raise } from "../errors.ts";
import { rebuild } from "../graph/clone.ts";
import { applyOp } from "../graph/op.ts";
import { ioToposort } from "../graph/traverse.ts";
import { isConstant, type Variable } from "../graph/variable.ts";
import { get } from "../ops/indexing.ts";
import { arange } from "../ops/ranges.ts";
import { Scan } from "../ops/scan_op.ts";
import { shapeI } from "../ops/shape.ts";
import { optional } from "../tensor/arguments.ts";
import { tensor } from "../tensor/constructors.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import type { GivenLopOptions, LopOptions } from "./derivatives.ts";
import { grad, listOf } from "./grad.ts";

/**
 * The derivatives of every element of a vector by every element of a variable. Of a scalar, the
 * gradient.
 *
 * Shapes: `(n), (…) → (n, …)`.
 * Dtypes: those of `wrt`, of integers floatX.
 * Theano: `theano.gradient.jacobian`.
 *
 * @param expression A vector or scalar.
 * @param wrt What to differentiate by: one variable, or several in an array.
 * @param given Constants, and what to do about variables without influence.
 * @returns One tensor, or an array if `wrt` is one.
 * @throws {AssertionError} If the expression has more than one axis.
 * @throws {DisconnectedInputError} If the expression does not depend on a variable.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const x = theano.tensor.dvector("x");
 * const slopes = theano.function([x], theano.gradient.jacobian(x.pow(2), x));
 * assert.deepEqual(slopes([4, 5]).toArray(), [[8, 0], [0, 10]]);
 * ```
 */
export function jacobian(
  expression: TensorVariable,
  wrt: TensorVariable,
  ...given: GivenLopOptions
): TensorVariable;
/** The derivatives of every element of a vector by several variables. */
export function jacobian(
  expression: TensorVariable,
  wrt: readonly TensorVariable[],
  ...given: GivenLopOptions
): TensorVariable[];
export function jacobian(
  expression: unknown,
  wrt: TensorVariable | readonly TensorVariable[],
  ...given: GivenLopOptions
): TensorVariable | TensorVariable[] {
  const options = lopOptions("jacobian", given);
  if (!(expression instanceof TensorVariable)) {
    return raise("AssertionError", "tensor.jacobian expects a Variable as `expression`");
  }
  if (expression.ndim > 1) {
    raise(
      "AssertionError",
      "tensor.jacobian expects a 1 dimensional variable as `expression`. If not use flatten to " +
        "make it a vector",
    );
  }
  if (expression.ndim === 0) return grad(expression, wrt, options);
  const variables = listOf(wrt) as TensorVariable[];
  const matrices = slopesOf(expression, variables, options);
  return Array.isArray(wrt) ? matrices : matrices[0]!;
}

/**
 * The second derivatives of a scalar by the elements of a vector.
 *
 * Shapes: `(), (n) → (n, n)`.
 * Dtypes: those of `wrt`.
 * Theano: `theano.gradient.hessian`.
 *
 * @param cost A scalar.
 * @param wrt What to differentiate by: one vector, or several in an array.
 * @param given Constants, and what to do about variables without influence.
 * @returns One matrix, or an array if `wrt` is one: no mixed derivatives.
 * @throws {AssertionError} If the cost is not a scalar, or `wrt` no vector.
 * @throws {DisconnectedInputError} If the cost does not depend on a variable.
 */
export function hessian(
  cost: TensorVariable,
  wrt: TensorVariable,
  ...given: GivenLopOptions
): TensorVariable;
/** The second derivatives of a scalar by the elements of several vectors. */
export function hessian(
  cost: TensorVariable,
  wrt: readonly TensorVariable[],
  ...given: GivenLopOptions
): TensorVariable[];
export function hessian(
  cost: unknown,
  wrt: unknown,
  ...given: GivenLopOptions
): TensorVariable | TensorVariable[] {
  const options = lopOptions("hessian", given);
  if (!(cost instanceof TensorVariable)) {
    return raise("AssertionError", "tensor.hessian expects a Variable as `cost`");
  }
  if (cost.ndim !== 0) {
    raise("AssertionError", "tensor.hessian expects a 0 dimensional variable as `cost`");
  }
  // A slope that does not depend on the variable any more is no error: its row is zero.
  const again: LopOptions = { ...options, disconnectedInputs: "ignore" };
  const matrices = (Array.isArray(wrt) ? wrt : [wrt]).map((given: unknown) => {
    const x = vectorOf(given);
    return slopesOf(grad(cost, x, options), [x], again)[0]!;
  });
  return Array.isArray(wrt) ? matrices : matrices[0]!;
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

/** The gradients of each element of a vector, stacked. */
function slopesOf(
  vector: TensorVariable,
  wrt: readonly TensorVariable[],
  options: LopOptions,
): TensorVariable[] {
  const index = tensor("int64", []);
  return stacked(index, shapeI(vector, 0), grad(get(vector, index), wrt, options));
}

/**
 * The values of some rows for an index from zero below a length. What does not depend on the index is
 * computed once, before the loop.
 */
function stacked(
  index: TensorVariable,
  length: TensorVariable,
  rows: readonly TensorVariable[],
): TensorVariable[] {
  const changing = new Set<Variable>([index]);
  const read = new Set<Variable>();
  for (const { inputs, outputs } of ioToposort([index], rows)) {
    if (!inputs.some((x) => changing.has(x))) continue;
    for (const x of inputs) read.add(x);
    for (const output of outputs) changing.add(output);
  }
  const fixed = [...read, ...rows].filter((x) => !changing.has(x) && !isConstant(x));
  const around = [...new Set(fixed)] as TensorVariable[];
  const roots = around.map(({ type, name }) => type.makeVariable(name));
  const memo = new Map<Variable, Variable>(around.map((x, n) => [x, roots[n]!]));
  const inner = rebuild(rows, memo) as TensorVariable[];
  const form = {
    sequences: 1,
    states: [],
    maps: rows.map(() => null),
    carried: 0,
    hasCondition: false,
    truncate: -1,
    label: "scan_fn",
    inner: null,
  };
  const op = new Scan(form, [index, ...roots], inner);
  return op.outputsOf(applyOp(op, [length, arange(length), ...around])).maps;
}
