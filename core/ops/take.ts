/**
 * @file Elements along one axis, by an array of integers.
 */

import { isInteger } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { AdvancedSubtensor1 } from "./advanced_subtensor.ts";
import { maximum, minimum, mod } from "./arithmetic.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { flatten, reshapeItems } from "./reshape.ts";
import { axisSize, shapeItems } from "./shape.ts";
import { itemVariable, subItems } from "./shape_item.ts";

/** What becomes of indices that are out of bounds: an error, the nearest end, or the remainder. */
export type IndexMode = "raise" | "clip" | "wrap";

/** Options of {@linkcode take}. */
export interface TakeOptions {
  /** The axis to take along; null, the default, takes from the flattened tensor. */
  readonly axis?: number | null;
  /** By default `"raise"`. */
  readonly mode?: IndexMode;
}

const rowsOp = new AdvancedSubtensor1();

/**
 * Elements along an axis, by an array of integers.
 *
 * Shapes: the axis is replaced by the axes of the indices.
 * Dtypes: the tensor's; indices are integers.
 * Gradient: to the tensor, added where an element was taken several times; R-op too.
 * Theano: `theano.tensor.take`.
 *
 * @param a The tensor.
 * @param indices Which elements; negative ones count from the end, unless the mode is not `"raise"`.
 * @param given The axis and what becomes of indices that are out of bounds.
 * @returns The elements.
 * @throws {ValueError} If there is no such axis or mode.
 * @throws {TypeError} If the indices are not integers.
 */
export function take(
  a: TensorLike,
  indices: TensorLike,
  ...given: Given<TakeOptions, [axis?: number | null, mode?: IndexMode]>
): TensorVariable {
  const { axis = null, mode = "raise" } = optional<TakeOptions>("take", ["axis", "mode"], given);
  const x = asTensorVariable(a);
  const index = asTensorVariable(indices);
  if (!isInteger(index.dtype)) raise("TypeError", "index must be integers");
  return axis === null
    ? takeAlong(flatten(x), index, 0, mode)
    : takeAlong(x, index, axisFromFront(x, axis), mode);
}

function axisFromFront(x: TensorVariable, axis: number): number {
  const position = axis < 0 ? axis + x.ndim : axis;
  if (!Number.isInteger(axis) || !(position in x.broadcastable)) {
    raise("ValueError", `axis ${axis} is out of bounds for array of dimension ${x.ndim}`);
  }
  return position;
}

function takeAlong(
  x: TensorVariable,
  index: TensorVariable,
  axis: number,
  mode: IndexMode,
): TensorVariable {
  if (index.ndim === 1) return takeVector(x, moved(index, x, axis, mode), axis);
  const flat = takeVector(x, moved(flatten(index), x, axis, mode), axis);
  const sizes = shapeItems(x);
  return reshapeItems(flat, [
    ...sizes.slice(0, axis),
    ...shapeItems(index),
    ...sizes.slice(axis + 1),
  ]);
}

/** The axis is brought to the front and back, so that one op on rows serves all axes. */
function takeVector(x: TensorVariable, index: TensorVariable, axis: number): TensorVariable {
  if (axis === 0) return call(rowsOp, x, index) as TensorVariable;
  const order = [...x.broadcastable.keys()];
  order[0] = axis;
  order[axis] = 0;
  return dimshuffle(call(rowsOp, dimshuffle(x, ...order), index) as TensorVariable, ...order);
}

function moved(
  index: TensorVariable,
  x: TensorVariable,
  axis: number,
  mode: IndexMode,
): TensorVariable {
  const size = axisSize(x, axis);
  switch (mode) {
    case "raise":
      return index;
    case "clip":
      return maximum(minimum(index, itemVariable(subItems(size, 1))), 0);
    case "wrap":
      return mod(index, itemVariable(size));
    default:
      return fail("ValueError", `take with mode "${mode}"`, "there is no such mode", [
        'Use "raise", "clip" or "wrap"',
      ]);
  }
}
