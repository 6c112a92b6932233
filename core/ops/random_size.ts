/**
 * @file How many random numbers: what users give for a size, and what parameters add to it.
 */

import { NDArray } from "../array/ndarray.ts";
import { isInteger, type TypedArray } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { add, cast } from "./arithmetic.ts";
import { getVectorLength } from "./constant_value.ts";
import type { ShapeItem } from "./kind.ts";
import { itemsVector } from "./make_vector.ts";
import { axisSize, shape } from "./shape.ts";
import { sizeItem } from "./shape_item.ts";

/**
 * A number of elements, the length of each axis (−1: that of the parameters), an integer vector, or
 * null for the shape that the parameters have.
 */
export type RandomSize =
  | number
  | readonly (number | bigint | TensorVariable)[]
  | NDArray
  | TypedArray
  | TensorVariable
  | null;

/** A size that is settled. */
export interface Extent {
  /** Number of axes. */
  readonly ndim: number;
  /** The length of each axis, as an int64 vector; empty if parameters decide. */
  readonly size: TensorVariable;
  /** For each axis, whether its length is known to be one. */
  readonly broadcastable: readonly boolean[];
}

/**
 * Settles a size.
 *
 * @param size What the user gave.
 * @param ndim The number of axes, if the user said so.
 * @param parameters What the distribution has, and the numbers broadcast with.
 * @throws {ValueError} If number of axes and size contradict each other or the parameters.
 * @throws {TypeError} If the size is no vector of integers.
 */
export function extentOf(
  size: RandomSize | undefined,
  ndim: number | null | undefined,
  parameters: readonly TensorVariable[],
): Extent {
  const extent = size === null || size === undefined
    ? extentOfParameters(parameters)
    : size instanceof TensorVariable
    ? extentOfVector(size, ndim)
    : extentOfItems(listOf(size), ndim, parameters);
  const needed = Math.max(0, ...parameters.map((parameter) => parameter.ndim));
  if (needed > extent.ndim) {
    raise(
      "ValueError",
      `ndim should be at least as big as required by args value: (${extent.ndim}, ${needed})`,
    );
  }
  return extent;
}

/** A size that is no variable, as a list. */
export function listOf(
  size: Exclude<RandomSize, TensorVariable | null>,
): readonly (number | bigint | TensorVariable)[] {
  if (typeof size === "number" || typeof size === "bigint") return [size];
  const list: readonly (number | bigint | TensorVariable)[] = size instanceof NDArray
    ? Array.from(size.data, Number)
    : Array.from(size as ArrayLike<number | bigint | TensorVariable>);
  return list.map((item) => typeof item === "bigint" ? Number(item) : item);
}

function extentOfParameters(parameters: readonly TensorVariable[]): Extent {
  if (parameters.length === 0) return { ndim: 0, size: itemsVector([]), broadcastable: [] };
  const template = parameters.length === 1 ? parameters[0]! : add(...parameters);
  const { ndim, broadcastable } = template;
  return { ndim, size: ndim === 0 ? itemsVector([]) : shape(template), broadcastable };
}

function extentOfVector(size: TensorVariable, ndim: number | null | undefined): Extent {
  if (size.ndim !== 1) {
    raise("TypeError", `shape must be a vector or list of scalar, got '${size}'`);
  }
  checkIntegers(size);
  const count = ndim ?? getVectorLength(size);
  return { ndim: count, size: cast(size, "int64"), broadcastable: Array(count).fill(false) };
}

function checkIntegers(size: TensorVariable): void {
  if (!isInteger(size.dtype)) {
    raise("TypeError", `shape must be an integer vector or list, not ${size.dtype}`);
  }
}

function extentOfItems(
  list: readonly (number | bigint | TensorVariable)[],
  ndim: number | null | undefined,
  parameters: readonly TensorVariable[],
): Extent {
  if (ndim !== null && ndim !== undefined && ndim !== list.length) {
    raise(
      "ValueError",
      `ndim should be equal to len(shape), but ndim = ${ndim}, len(shape) = ${list.length}, ` +
        `shape = ${list}`,
    );
  }
  const items = list.map((item, axis) => itemOf(item, axis, list.length, parameters));
  return {
    ndim: items.length,
    size: itemsVector(items),
    broadcastable: items.map((item) => item === 1),
  };
}

function itemOf(
  item: number | bigint | TensorVariable,
  axis: number,
  ndim: number,
  parameters: readonly TensorVariable[],
): ShapeItem {
  if (item instanceof TensorVariable) {
    checkIntegers(item);
    return item.ndim === 0 ? sizeItem(item) : raise(
      "TypeError",
      `shape must be a vector or list of scalar, got '${item}'`,
    );
  }
  const length = Number(item);
  if (!Number.isInteger(length)) {
    raise("TypeError", `shape must be an integer vector or list, not ${length}`);
  }
  if (length < -1) raise("ValueError", `negative shape ${length}`);
  return length === -1 ? itemOfParameters(axis, ndim, parameters) : length;
}

/** The length that the parameters have on an axis. */
function itemOfParameters(
  axis: number,
  ndim: number,
  parameters: readonly TensorVariable[],
): ShapeItem {
  const reaching = parameters.filter((parameter) => axis >= ndim - parameter.ndim);
  if (reaching.length === 0) {
    raise(
      "ValueError",
      "Auto-shape of -1 must overlap with the shape of one of the broadcastable inputs",
    );
  }
  const own = (parameter: TensorVariable): number => axis + parameter.ndim - ndim;
  const long = reaching.find((parameter) => !parameter.broadcastable[own(parameter)]!);
  return long === undefined ? 1 : axisSize(long, own(long));
}
