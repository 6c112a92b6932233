/**
 * @file Products of tensors with any number of axes.
 */

import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { allocItems } from "./alloc.ts";
import { mul } from "./arithmetic.ts";
import { BatchedDot } from "./batched_dot.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { dotMatrices, inCommonDType } from "./dot.ts";
import type { ShapeItem } from "./kind.ts";
import { reshapeItems } from "./reshape.ts";
import { sum } from "./reduce.ts";
import { axisSize, shapeItems } from "./shape.ts";
import { mulItems } from "./shape_item.ts";

/** The axes to sum over: how many, or which of each factor. */
export type TensordotAxes =
  | number
  | readonly [x: number | readonly number[], y: number | readonly number[]];

type AxesOption = { readonly axes?: TensordotAxes };
type GivenAxes = Given<AxesOption, [axes?: TensordotAxes]>;

/** The axes of each factor in pairs, from the front. */
type AxisPairs = readonly [x: readonly number[], y: readonly number[]];

/**
 * Sum of products over chosen axes of two tensors.
 *
 * Shapes: the axes of `a` that are not summed over, then those of `b`.
 * Dtypes: upcast of both.
 * Gradient: yes.
 * Theano: `theano.tensor.tensordot`.
 *
 * @param a Left factor.
 * @param b Right factor.
 * @param given A number `n`, for the last `n` of `a` and the first `n` of `b`; or two lists of
 *   axes, matched pairwise. 2 if left out.
 * @throws {ValueError} If the axes do not exist or do not match.
 */
export function tensordot(a: TensorLike, b: TensorLike, ...given: GivenAxes): TensorVariable {
  const { axes = 2 } = optional<AxesOption>("tensordot", ["axes"], given);
  return contracted(asTensorVariable(a), asTensorVariable(b), axes, 0);
}

/**
 * {@linkcode tensordot} of each pair of items along the first axes.
 *
 * Shapes: the first axis, then the axes of `x` that are not summed over, then those of `y`.
 * Dtypes: upcast of both.
 * Gradient: yes.
 * Theano: `theano.tensor.batched_tensordot`.
 *
 * @param x Left factor.
 * @param y Right factor.
 * @param given A number `n`, for the last `n` of `x` and `n` of `y` after the first; or two lists
 *   of axes, without the first. 2 if left out.
 * @throws {ValueError} If the axes do not exist, do not match, or include the first.
 */
export function batchedTensordot(
  x: TensorLike,
  y: TensorLike,
  ...given: GivenAxes
): TensorVariable {
  const { axes = 2 } = optional<AxesOption>("batchedTensordot", ["axes"], given);
  return contracted(asTensorVariable(x), asTensorVariable(y), axes, 1);
}

/** The contraction, with the first `batch` axes (0 or 1) of both running along. */
function contracted(
  a: TensorVariable,
  b: TensorVariable,
  axes: TensordotAxes,
  batch: 0 | 1,
): TensorVariable {
  const [overA, overB] = axisPairs(a, b, axes, batch);
  const freeA = free(a, overA, batch);
  const freeB = free(b, overB, batch);
  const first = batch ? [0] : [];
  const x = asMatrices(a, first, freeA, overA);
  const y = asMatrices(b, first, overB, freeB);
  const product = batch ? batchedMatrices(x, y) : dotMatrices(x, y);
  if (freeA.length === 1 && freeB.length === 1) return product;
  return reshapeItems(product, [
    ...first.map(() => batchItem(axisSize(a, 0), axisSize(b, 0))),
    ...freeA.map((axis) => axisSize(a, axis)),
    ...freeB.map((axis) => axisSize(b, axis)),
  ]);
}

/** The tensor with two groups of axes merged into rows and columns, behind the batch axis. */
function asMatrices(
  x: TensorVariable,
  first: readonly number[],
  rows: readonly number[],
  columns: readonly number[],
): TensorVariable {
  const order = [...first, ...rows, ...columns];
  const turned = order.every((axis, i) => axis === i) ? x : dimshuffle(x, order);
  if (rows.length === 1 && columns.length === 1) return turned;
  const size = (axes: readonly number[]): ShapeItem =>
    mulItems(...axes.map((axis) => axisSize(x, axis)));
  return reshapeItems(turned, [
    ...first.map((axis) => axisSize(x, axis)),
    size(rows),
    size(columns),
  ]);
}

function batchItem(a: ShapeItem, b: ShapeItem): ShapeItem {
  return a === 1 ? b : a;
}

function free(x: TensorVariable, over: readonly number[], batch: number): number[] {
  return [...x.broadcastable.keys()].filter((axis) => axis >= batch && !over.includes(axis));
}

function axisPairs(
  a: TensorVariable,
  b: TensorVariable,
  axes: TensordotAxes,
  batch: number,
): AxisPairs {
  if (typeof axes === "number") {
    checkCount("a", a, axes, batch);
    checkCount("b", b, axes, batch);
    const count = Array.from({ length: axes }, (_, i) => i);
    return [count.map((i) => a.ndim - axes + i), count.map((i) => batch + i)];
  }
  if (!Array.isArray(axes) || axes.length !== 2) {
    raise(
      "ValueError",
      `Axes should be an integer or a list/tuple of len 2 (${axes} was provided)`,
    );
  }
  const pairs = axes.map((list) => [list].flat() as number[]) as [number[], number[]];
  if (pairs[0].length !== pairs[1].length) {
    raise("ValueError", "Axes elements must have the same length.");
  }
  return [checkedAxes("a", a, pairs[0], 0, batch), checkedAxes("b", b, pairs[1], 1, batch)];
}

function checkCount(name: string, x: TensorVariable, axes: number, batch: number): void {
  if (axes > x.ndim) {
    raise(
      "ValueError",
      `axes can not be larger than the dimension of ${name} (${name}.ndim=${x.ndim}, axes=${axes})`,
    );
  }
  if (batch === 1 && axes === x.ndim) {
    raise(
      "ValueError",
      `axes to sum over must not include the batch axis of ${name} ` +
        `(${name}.ndim=${x.ndim}, axes=${axes})`,
    );
  }
}

function checkedAxes(
  name: string,
  x: TensorVariable,
  axes: readonly number[],
  i: number,
  batch: number,
): readonly number[] {
  if (axes.length > x.ndim) {
    raise(
      "ValueError",
      `axes[${i}] should be array_like with length less than the dimensions of ${name} ` +
        `(${name}.ndim=${x.ndim}, len(axes[0])=${axes.length}).`,
    );
  }
  if (axes.some((axis) => axis >= x.ndim || axis < -x.ndim)) {
    raise(
      "ValueError",
      `axes[${i}] contains dimensions greater than or equal to ${name}.ndim ` +
        `(${name}.ndim=${x.ndim}, max(axes[0])=${Math.max(...axes)}).`,
    );
  }
  const positions = axes.map((axis) => axis < 0 ? axis + x.ndim : axis);
  if (batch === 1 && positions.includes(0)) {
    raise(
      "ValueError",
      `axes to sum over must not contain the batch axis (axes[${i}]=${axes})`,
    );
  }
  return positions;
}

const batchedDotOp = new BatchedDot();

/** Product of each pair of matrices. */
function batchedMatrices(x: TensorVariable, y: TensorVariable): TensorVariable {
  return call(batchedDotOp, ...inCommonDType(x, y)) as TensorVariable;
}

/**
 * Product of each pair of items along the first axes.
 *
 * Shapes: `(b, m, k), (b, k, n) → (b, m, n)`; without `m` or `n` for items that are vectors;
 * vectors are multiplied element by element; items with more axes sum the last of `a` and the last
 * but one of `b`.
 * Dtypes: upcast of both.
 * Gradient: yes.
 * Theano: `theano.tensor.batched_dot`.
 *
 * @param a Left factors.
 * @param b Right factors.
 * @throws {TypeError} If one has no axis.
 */
export function batchedDot(a: TensorLike, b: TensorLike): TensorVariable {
  const [x, y] = [asTensorVariable(a), asTensorVariable(b)];
  [x, y].forEach((factor, i) => {
    if (factor.ndim === 0) {
      raise("TypeError", `${"ab"[i]} must have at least one (batch) axis`);
    }
  });
  if (x.ndim === 1 || y.ndim === 1) {
    const other = (narrow: TensorVariable, wide: TensorVariable): TensorVariable =>
      dimshuffle(narrow, 0, ...new Array<"x">(wide.ndim - 1).fill("x"));
    return x.ndim === 1 ? mul(other(x, y), y) : mul(x, other(y, x));
  }
  if (x.ndim > 3 || y.ndim > 3) {
    return batchedTensordot(x, y, { axes: [[x.ndim - 1], [Math.max(1, y.ndim - 2)]] });
  }
  return batchedMatrices(x, y);
}

/**
 * Product of vectors, matrices and tensors.
 *
 * Shapes: the last axis of `a` with the last but one (or only one) of `b`; with a scalar every
 * element is multiplied.
 * Dtypes: upcast of both.
 * Gradient: yes.
 * Theano: `theano.tensor.dot`.
 *
 * @param a Left factor.
 * @param b Right factor.
 */
export function dot(a: TensorLike, b: TensorLike): TensorVariable {
  const [x, y] = [asTensorVariable(a), asTensorVariable(b)];
  if (x.ndim === 0 || y.ndim === 0) return mul(x, y);
  if (x.ndim <= 2 && y.ndim <= 2) return dotMatrices(x, y);
  return tensordot(x, y, { axes: [[x.ndim - 1], [Math.max(0, y.ndim - 2)]] });
}

/**
 * Product of matrices by NumPy's rules of `matmul`: leading axes run along and broadcast.
 *
 * Shapes: `(…, m, k), (…, k, n) → (…, m, n)`; a vector is a row on the left, a column on the right.
 * Dtypes: upcast of both.
 * Gradient: yes.
 *
 * @param a Left factor.
 * @param b Right factor.
 * @throws {ValueError} If one is a scalar.
 */
export function matmul(a: TensorLike, b: TensorLike): TensorVariable {
  const [x, y] = [asTensorVariable(a), asTensorVariable(b)];
  if (x.ndim === 0 || y.ndim === 0) {
    raise("ValueError", "matmul: Input operand does not have enough dimensions");
  }
  if (x.ndim <= 2 && y.ndim <= 2) return dotMatrices(x, y);
  const left = x.ndim === 1 ? dimshuffle(x, "x", 0) : x;
  const right = y.ndim === 1 ? dimshuffle(y, 0, "x") : y;
  const product = stackedProduct(left, right);
  if (x.ndim === 1) return sum(product, { axis: product.ndim - 2 });
  return y.ndim === 1 ? sum(product, { axis: product.ndim - 1 }) : product;
}

/** The product of stacks of matrices whose leading axes broadcast. */
function stackedProduct(x: TensorVariable, y: TensorVariable): TensorVariable {
  const ndim = Math.max(x.ndim, y.ndim) - 2;
  const [left, right] = [x, y].map((factor) => {
    const missing = ndim + 2 - factor.ndim;
    return dimshuffle(factor, ...new Array<"x">(missing).fill("x"), ...factor.broadcastable.keys());
  }) as [TensorVariable, TensorVariable];
  const [sizesX, sizesY] = [shapeItems(left), shapeItems(right)];
  const leading = Array.from(
    { length: ndim },
    (_, axis) => batchItem(sizesX[axis]!, sizesY[axis]!),
  );
  const flat = (factor: TensorVariable): TensorVariable => {
    const sizes = shapeItems(factor);
    const matrix = sizes.slice(ndim);
    const repeats = sizes.slice(0, ndim).some((size, i) => size === 1 && leading[i] !== 1);
    const full = repeats ? allocItems(factor, [...leading, ...matrix]) : factor;
    return reshapeItems(full, [mulItems(...leading), ...matrix]);
  };
  const product = batchedMatrices(flat(left), flat(right));
  return reshapeItems(product, [...leading, sizesX[ndim]!, sizesY[ndim + 1]!]);
}

/**
 * Product of several matrices, from left to right.
 *
 * Shapes: `(m, k), (k, l), …, (…, n) → (m, n)`.
 * Dtypes: upcast of all.
 * Gradient: yes.
 * Theano: `theano.tensor.nlinalg.matrix_dot`.
 *
 * @param factors One or more matrices.
 */
export function matrixDot(...factors: readonly TensorLike[]): TensorVariable {
  const [first, ...rest] = factors;
  return rest.reduce<TensorVariable>((product, x) => dot(product, x), asTensorVariable(first!));
}
