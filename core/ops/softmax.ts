/**
 * @file Softmax of the rows of a matrix, its logarithm, and its gradient.
 */

import type { NDArray } from "../array/ndarray.ts";
import { isFloat } from "../dtype/dtype.ts";
import { upcast } from "../dtype/promote.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { trueDiv } from "./arithmetic.ts";
import { arrayOf, numbersOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import { shapePadleft } from "./layout.ts";
import { sum } from "./reduce.ts";
import { StructuralOp } from "./structural.ts";
import { exp } from "./transcendental.ts";

/** The rows of a matrix of floats, as numbers. */
export function rowsOf(x: NDArray): number[][] {
  const [rows, columns] = x.shape as [number, number];
  const numbers = numbersOf(x);
  return Array.from({ length: rows }, (_, i) => numbers.slice(i * columns, (i + 1) * columns));
}

/** The logarithm of a row's softmax: `x - max - log Σ exp(x - max)`. */
export function logSoftmaxOfRow(row: readonly number[]): number[] {
  const highest = Math.max(...row);
  const total = row.reduce((total, x) => total + Math.exp(x - highest), 0);
  return row.map((x) => x - highest - Math.log(total));
}

/** A row's softmax: `exp(x - max) / Σ exp(x - max)`. */
export function softmaxOfRow(row: readonly number[]): number[] {
  const highest = Math.max(...row);
  const powers = row.map((x) => Math.exp(x - highest));
  const total = powers.reduce((total, p) => total + p, 0);
  return powers.map((p) => p / total);
}

/** A matrix of floats; a vector becomes one row. */
function asRows(x: TensorVariable): TensorVariable {
  if ((x.ndim !== 1 && x.ndim !== 2) || !isFloat(x.dtype)) {
    raise("ValueError", `x must be 1-d or 2-d tensor of floats. Got ${x.type}`);
  }
  return x.ndim === 1 ? shapePadleft(x) : x;
}

/** An op on each row of a matrix, a vector being one row. */
abstract class RowwiseOp extends StructuralOp {
  readonly kind = "softmax";

  makeNode(x: TensorVariable): Apply {
    const rows = asRows(x);
    return new Apply(this, [rows], [rows.type.makeVariable()]);
  }

  inferShape(_: Apply, [x]: readonly Shape[]): readonly Shape[] {
    return [x!];
  }
}

/** Softmax of each row. */
export class Softmax extends RowwiseOp {
  readonly name = "Softmax";

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    return [arrayOf(rowsOf(x!).flatMap(softmaxOfRow), x!.shape, x!.dtype)];
  }
}

/** The logarithm of the softmax of each row. */
export class LogSoftmax extends RowwiseOp {
  readonly name = "LogSoftmax";

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    return [arrayOf(rowsOf(x!).flatMap(logSoftmaxOfRow), x!.shape, x!.dtype)];
  }
}

/** Softmax of each row of `x + b`. */
export class SoftmaxWithBias extends StructuralOp {
  readonly kind = "softmax";
  readonly name = "SoftmaxWithBias";

  makeNode(x: TensorVariable, b: TensorVariable): Apply {
    checkBias(x, b);
    return new Apply(this, [x, b], [x.type.makeVariable()]);
  }

  inferShape(_: Apply, [x]: readonly Shape[]): readonly Shape[] {
    return [x!];
  }

  perform(_: Apply, [x, b]: readonly NDArray[]): NDArray[] {
    return [arrayOf(biasedRows(x!, b!).flatMap(softmaxOfRow), x!.shape, x!.dtype)];
  }
}

/** Checks that `x` is a matrix and `b` a vector of floats. */
export function checkBias(x: TensorVariable, b: TensorVariable): void {
  if (x.ndim !== 2 || !isFloat(x.dtype)) {
    raise("ValueError", `x must be 2-d tensor of floats, not ${x} (${x.type})`);
  }
  if (b.ndim !== 1 || !isFloat(b.dtype)) {
    raise("ValueError", `b must be 1-d tensor of floats, not ${b} (${b.type})`);
  }
}

/** The rows of `x + b`. */
export function biasedRows(x: NDArray, b: NDArray): number[][] {
  if (b.shape[0] !== x.shape[1]) {
    raise("ValueError", "b must have same number of columns as x");
  }
  const bias = numbersOf(b);
  return rowsOf(x).map((row) => row.map((value, j) => value + bias[j]!));
}

/** The gradient of a softmax by its input, from the gradient `g` of the result and the result. */
export class SoftmaxGrad extends StructuralOp {
  readonly kind = "softmax";
  readonly name = "SoftmaxGrad";

  makeNode(g: TensorVariable, result: TensorVariable): Apply {
    const wrong = [g, result].find((x) => (x.ndim !== 1 && x.ndim !== 2) || !isFloat(x.dtype));
    if (wrong) raise("ValueError", `dy and sm must be matrices of floats, not ${wrong.type}`);
    const rows = g.ndim === 1 ? shapePadleft(g) : g;
    const type = new TensorType(upcast(g.dtype, result.dtype), result.broadcastable);
    return new Apply(this, [rows, result], [type.makeVariable()]);
  }

  inferShape(_: Apply, [, result]: readonly Shape[]): readonly Shape[] {
    return [result!];
  }

  perform(node: Apply, [g, result]: readonly NDArray[]): NDArray[] {
    const gradients = rowsOf(g!);
    const elements = rowsOf(result!).flatMap((row, i) => {
      const along = row.reduce((total, s, j) => total + s * gradients[i]![j]!, 0);
      return row.map((s, j) => s * (gradients[i]![j]! - along));
    });
    return [arrayOf(elements, result!.shape, (node.outputs[0] as TensorVariable).dtype)];
  }
}

const softmaxOp = new Softmax();
const logSoftmaxOp = new LogSoftmax();
const softmaxWithBiasOp = new SoftmaxWithBias();

/**
 * Softmax of each row, `exp(x) / Σ exp(x)`, safe against overflow.
 *
 * Shapes: `(n, m) → (n, m)`; a vector counts as one row: `(m) → (1, m)`.
 * Dtypes: floats, unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.softmax`.
 *
 * @param c A matrix or vector of floats.
 * @throws {ValueError} If it is not one.
 */
export function softmax(c: TensorLike): TensorVariable {
  return call(softmaxOp, asTensorVariable(c)) as TensorVariable;
}

/**
 * The logarithm of the softmax of each row, safe against overflow and underflow.
 *
 * Shapes: `(n, m) → (n, m)`; a vector counts as one row: `(m) → (1, m)`.
 * Dtypes: floats, unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.logsoftmax`.
 *
 * @param c A matrix or vector of floats.
 * @throws {ValueError} If it is not one.
 */
export function logsoftmax(c: TensorLike): TensorVariable {
  return call(logSoftmaxOp, asTensorVariable(c)) as TensorVariable;
}

/**
 * Softmax of each row of `x + b`.
 *
 * Shapes: `(n, m), (m) → (n, m)`.
 * Dtypes: floats, that of `x`.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.nnet.softmax_with_bias`.
 *
 * @param x A matrix of floats.
 * @param b A vector of floats.
 * @throws {ValueError} If they are not.
 */
export function softmaxWithBias(x: TensorLike, b: TensorLike): TensorVariable {
  return call(softmaxWithBiasOp, asTensorVariable(x), asTensorVariable(b)) as TensorVariable;
}

/**
 * Softmax as a graph of `exp`, sum and division, which the optimiser may replace.
 *
 * Shapes: `(…, m) → (…, m)`; along the last axis.
 * Dtypes: floats, unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.nnet.softmax_graph`.
 *
 * @param c The tensor.
 */
export function softmaxGraph(c: TensorLike): TensorVariable {
  const powers = exp(c);
  return trueDiv(powers, sum(powers, { axis: -1, keepdims: true }));
}
