/**
 * @file Diagonals: taking them, and making matrices of them.
 */

import { NDArray } from "../array/ndarray.ts";
import { normalizeAxis, sizeOf } from "../array/shape.ts";
import { makeStorage, setElement } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { add } from "./arithmetic.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { elementsOf } from "./elements.ts";
import { zerosLike } from "./fill.ts";
import { get, setSubtensor } from "./indexing.ts";
import { maxItems, minItems } from "./item_choice.ts";
import type { Shape, ShapeItem } from "./kind.ts";
import type { LibraryOp } from "./library.ts";
import { arange } from "./ranges.ts";
import { sum } from "./reduce.ts";
import { shapeItems } from "./shape.ts";
import { addItems, itemVariable, subItems } from "./shape_item.ts";
import { StructuralOp } from "./structural.ts";

/** Which diagonal of which axes. */
export interface DiagonalOptions {
  /** How far right of the main diagonal; below 0: how far below it. */
  readonly offset?: number;
  /** The axis of rows. */
  readonly axis1?: number;
  /** The axis of columns. */
  readonly axis2?: number;
}

const optionNames = ["offset", "axis1", "axis2"] as const;

/** The axes that are not rows or columns, then these two. */
function matrixLast(ndim: number, axis1: number, axis2: number): number[] {
  const last = [normalizeAxis(axis1, ndim), normalizeAxis(axis2, ndim)];
  return [...Array.from({ length: ndim }, (_, i) => i).filter((i) => !last.includes(i)), ...last];
}

/** The order that undoes another. */
function inverseOrder(order: readonly number[]): number[] {
  return order.map((_, i) => order.indexOf(i));
}

/** How many elements a diagonal has. */
function diagonalLength(rows: ShapeItem, columns: ShapeItem, offset: number): ShapeItem {
  const below = addItems(rows, Math.min(offset, 0));
  const right = subItems(columns, Math.max(offset, 0));
  const length = minItems(below, right);
  return offset === 0 ? length : maxItems(length, 0);
}

/** An op on one diagonal of the matrices along two axes. */
abstract class DiagonalOp extends StructuralOp {
  readonly kind = "library";
  /** How far right of the main diagonal. */
  readonly offset: number;
  /** The axis of rows. */
  readonly axis1: number;
  /** The axis of columns. */
  readonly axis2: number;

  /**
   * Makes the op.
   *
   * @param options Which diagonal of which axes.
   */
  constructor(options: DiagonalOptions = {}) {
    super();
    const { offset = 0, axis1 = 0, axis2 = 1 } = options;
    this.offset = offset;
    this.axis1 = axis1;
    this.axis2 = axis2;
  }
}

/** The diagonals of the matrices along two axes. Theano: `ExtractDiag`. */
export class ExtractDiag extends DiagonalOp implements LibraryOp {
  get name(): string {
    const { offset, axis1, axis2 } = this;
    return `ExtractDiag{offset=${offset}, axis1=${axis1}, axis2=${axis2}, view=False}`;
  }

  makeNode(x: TensorVariable): Apply {
    if (x.ndim < 2) {
      raise("ValueError", `ExtractDiag needs an input with 2 or more dimensions, not ${x.type}`);
    }
    const order = matrixLast(x.ndim, this.axis1, this.axis2);
    if (order.length !== x.ndim) raise("ValueError", "axis1 and axis2 cannot be the same");
    const pattern = new Array<boolean>(x.ndim - 1).fill(false);
    return new Apply(this, [x], [new TensorType(x.dtype, pattern).makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    const turned = matrixLast(shape!.length, this.axis1, this.axis2).map((axis) => shape![axis]!);
    const [rows, columns] = turned.slice(-2);
    return [[...turned.slice(0, -2), diagonalLength(rows!, columns!, this.offset)]];
  }

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    const { storage, shape, strides, offset } = x!
      .transpose(matrixLast(x!.ndim, this.axis1, this.axis2)).memory();
    const [rows, columns] = shape.slice(-2);
    const [down, right] = strides.slice(-2);
    const length = diagonalLength(rows!, columns!, this.offset) as number;
    const first = this.offset < 0 ? -this.offset * down! : this.offset * right!;
    const from = length === 0 ? offset : offset + first;
    const diagonals = [...shape.slice(0, -2), length];
    const steps = [...strides.slice(0, -2), down! + right!];
    return [NDArray.of(storage, diagonals, x!.dtype, steps, from).copy()];
  }

  lop(node: Apply, [gradient]: readonly (TensorVariable | undefined)[]): (TensorVariable | null)[] {
    const x = node.inputs[0] as TensorVariable;
    const order = matrixLast(x.ndim, this.axis1, this.axis2);
    const zeros = dimshuffle(zerosLike(x, { dtype: gradient!.dtype }), ...order);
    const [rows, columns] = diagonalIndices(zeros, this.offset);
    const filled = setSubtensor(get(zeros, "...", rows!, columns!), gradient!);
    return [dimshuffle(filled, ...inverseOrder(order))];
  }
}

/** The rows and columns of a diagonal of the last two axes, as vectors. */
function diagonalIndices(x: TensorVariable, offset: number): TensorVariable[] {
  const [rows, columns] = shapeItems(x).slice(-2);
  const steps = arange(itemVariable(diagonalLength(rows!, columns!, offset)));
  return [add(steps, Math.max(-offset, 0)), add(steps, Math.max(offset, 0))];
}

/** Matrices along two new axes, zero but for the diagonals given. Theano: `AllocDiag`. */
export class AllocDiag extends DiagonalOp implements LibraryOp {
  get name(): string {
    const { offset, axis1, axis2 } = this;
    return `AllocDiag{offset=${offset}, axis1=${axis1}, axis2=${axis2}}`;
  }

  makeNode(diagonal: TensorVariable): Apply {
    if (diagonal.ndim < 1) {
      raise(
        "ValueError",
        `AllocDiag needs an input with 1 or more dimensions, not ${diagonal.type}`,
      );
    }
    const pattern = new Array<boolean>(diagonal.ndim + 1).fill(false);
    return new Apply(this, [diagonal], [new TensorType(diagonal.dtype, pattern).makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    const size = addItems(shape!.at(-1)!, Math.abs(this.offset));
    const turned = [...shape!.slice(0, -1), size, size];
    const order = matrixLast(turned.length, this.axis1, this.axis2);
    return [inverseOrder(order).map((axis) => turned[axis]!)];
  }

  perform(_: Apply, [diagonal]: readonly NDArray[]): NDArray[] {
    const { dtype, shape } = diagonal!;
    const length = shape.at(-1)!;
    const size = length + Math.abs(this.offset);
    const outer = shape.slice(0, -1);
    const data = makeStorage(dtype, sizeOf(outer) * size * size);
    const [row, column] = [Math.max(-this.offset, 0), Math.max(this.offset, 0)];
    elementsOf(diagonal!).forEach((value, k) => {
      const [lane, i] = [Math.floor(k / length), k % length];
      setElement(data, (lane * size + i + row) * size + i + column, value, dtype);
    });
    const turned = NDArray.of(data, [...outer, size, size], dtype);
    const order = matrixLast(outer.length + 2, this.axis1, this.axis2);
    return [turned.transpose(inverseOrder(order)).copy()];
  }

  lop(_: Apply, [gradient]: readonly (TensorVariable | undefined)[]): (TensorVariable | null)[] {
    return [call(new ExtractDiag(this), gradient!) as TensorVariable];
  }
}

/**
 * The diagonals of the matrices along two axes.
 *
 * Shapes: the two axes go, one of the diagonal's length comes last.
 * Dtypes: unchanged.
 * Gradient: to the diagonal.
 * Theano: `theano.tensor.diagonal`.
 *
 * @param a The tensor, of two axes or more.
 * @param given The offset and the two axes.
 * @returns A copy.
 * @throws {ValueError} If there are not two different axes.
 */
export function diagonal(
  a: TensorLike,
  ...given: Given<DiagonalOptions, [offset?: number, axis1?: number, axis2?: number]>
): TensorVariable {
  const options = optional<DiagonalOptions>("diagonal", optionNames, given);
  return call(new ExtractDiag(options), asTensorVariable(a)) as TensorVariable;
}

/**
 * A matrix with a vector on its diagonal, or the diagonal of a matrix.
 *
 * Shapes: `(n) → (n + |k|, n + |k|)`; two axes or more: as {@linkcode diagonal}.
 * Dtypes: unchanged.
 * Gradient: to the diagonal.
 * Theano: `theano.tensor.diag`.
 *
 * @param v The vector, or the tensor.
 * @param given Which diagonal.
 * @returns The matrix, or the diagonal.
 * @throws {ValueError} If `v` has no axes.
 */
export function diag(
  v: TensorLike,
  ...given: Given<{ readonly k?: number }, [k?: number]>
): TensorVariable {
  const { k = 0 } = optional<{ k?: number }>("diag", ["k"], given);
  const x = asTensorVariable(v);
  if (x.ndim === 0) raise("ValueError", "Input must has v.ndim >= 1.");
  return x.ndim === 1 ? allocDiag(x, { offset: k }) : diagonal(x, { offset: k });
}

/**
 * Matrices along two new axes, zero but for the diagonals given.
 *
 * Shapes: `(…, n) → (…, n + |offset|, n + |offset|)`, the new axes where `axis1` and `axis2` say.
 * Dtypes: unchanged.
 * Gradient: that of the diagonals.
 * Theano: `theano.tensor.AllocDiag`.
 *
 * @param diagonals The diagonals, along the last axis.
 * @param given The offset and the two axes.
 * @returns The matrices.
 * @throws {ValueError} If there is no axis.
 */
export function allocDiag(
  diagonals: TensorLike,
  ...given: Given<DiagonalOptions, [offset?: number, axis1?: number, axis2?: number]>
): TensorVariable {
  const options = optional<DiagonalOptions>("allocDiag", optionNames, given);
  return call(new AllocDiag(options), asTensorVariable(diagonals)) as TensorVariable;
}

/**
 * The sum of the main diagonal of the first two axes.
 *
 * Shapes: `(m, n) → ()`.
 * Dtypes: that of `sum`.
 * Gradient: to the diagonal.
 * Theano: `theano.tensor.nlinalg.trace`.
 *
 * @param x The matrix.
 * @returns The sum.
 * @throws {ValueError} If there are not two axes.
 */
export function trace(x: TensorLike): TensorVariable {
  return sum(diagonal(x));
}
