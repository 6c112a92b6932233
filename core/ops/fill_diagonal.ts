/**
 * @file Filling a diagonal with one value.
 */

import { isInteger } from "../dtype/dtype.ts";
import { upcast } from "../dtype/promote.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { add, cast } from "./arithmetic.ts";
import { get, setSubtensor } from "./indexing.ts";
import { maxItems, minItems } from "./item_choice.ts";
import type { Shape } from "./kind.ts";
import { eq } from "./logic.ts";
import { arange } from "./ranges.ts";
import { axisSize, shapeItems } from "./shape.ts";
import { itemVariable, sizeItem, subItems } from "./shape_item.ts";
import { Assert } from "./view.ts";

function fillValue(name: string, a: TensorVariable, val: TensorLike): TensorVariable {
  const value = asTensorVariable(val);
  if (value.ndim !== 0) raise("TypeError", `${name}: second parameter must be a scalar`);
  if (upcast(a.dtype, value.dtype) !== a.dtype) {
    raise("TypeError", `${name}: type of second parameter must be the same as the first's`);
  }
  return cast(value, a.dtype);
}

/**
 * A tensor with its main diagonal filled with one value; a tall matrix is not wrapped around.
 *
 * Shapes: unchanged; more than two axes must be of one length.
 * Dtypes: unchanged; the value must fit.
 * Gradient: to the tensor outside the diagonal, and to the value.
 * Theano: `theano.tensor.fill_diagonal`.
 *
 * @param a The tensor, of two axes or more.
 * @param val The value, a scalar.
 * @returns A copy.
 * @throws {TypeError} If `a` has less than two axes, or the value is no scalar or does not fit.
 */
export function fillDiagonal(a: TensorLike, val: TensorLike): TensorVariable {
  const x = asTensorVariable(a);
  if (x.ndim < 2) {
    raise("TypeError", "FillDiagonal: first parameter must have at least two dimensions");
  }
  const value = fillValue("FillDiagonal", x, val);
  const sizes = shapeItems(x);
  const length = sizes.slice(1).reduce((a, b) => minItems(a, b), sizes[0]!);
  const steps = arange(itemVariable(length));
  const checked = x.ndim === 2 ? x : cubic(x, sizes);
  return setSubtensor(get(checked, ...sizes.map(() => steps)), value);
}

/** The tensor, if all its axes have one length. */
function cubic(x: TensorVariable, sizes: Shape): TensorVariable {
  const [first, ...others] = sizes.map(itemVariable);
  const same = others.map((size) => eq(first!, size));
  const check = new Assert("All dimensions of input must be of equal length");
  return call(check, x, ...same) as TensorVariable;
}

/**
 * A matrix with one of its diagonals filled with one value.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged; the value must fit.
 * Gradient: to the matrix outside the diagonal, and to the value.
 * Theano: `theano.tensor.fill_diagonal_offset`.
 *
 * @param a The matrix.
 * @param val The value, a scalar.
 * @param offset How far right of the main diagonal, an integer scalar; below 0: how far below it.
 * @returns A copy.
 * @throws {TypeError} If `a` is no matrix, the value no scalar that fits, or the offset no integer.
 */
export function fillDiagonalOffset(
  a: TensorLike,
  val: TensorLike,
  offset: TensorLike,
): TensorVariable {
  const x = asTensorVariable(a);
  const shift = asTensorVariable(offset);
  if (x.ndim !== 2) {
    raise("TypeError", "FillDiagonalOffset: first parameter must have exactly two dimensions");
  }
  const value = fillValue("FillDiagonalOffset", x, val);
  if (shift.ndim !== 0) raise("TypeError", "FillDiagonalOffset: third parameter must be a scalar");
  if (!isInteger(shift.dtype)) {
    raise("TypeError", "FillDiagonalOffset: type of third parameter must be as integer");
  }
  const right = maxItems(sizeItem(shift), 0);
  const down = maxItems(subItems(0, sizeItem(shift)), 0);
  const room = minItems(subItems(axisSize(x, 0), down), subItems(axisSize(x, 1), right));
  const steps = arange(itemVariable(maxItems(room, 0)));
  const rows = add(steps, itemVariable(down));
  return setSubtensor(get(x, rows, add(steps, itemVariable(right))), value);
}
