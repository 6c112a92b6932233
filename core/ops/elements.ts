/**
 * @file Arrays as plain lists of elements, for the reference evaluation of ops.
 */

import { NDArray } from "../array/ndarray.ts";
import {
  type DType,
  type Element,
  getElement,
  makeStorage,
  setElement,
  toElement,
} from "../dtype/dtype.ts";

/** The elements of an array, in C order. */
export function elementsOf(x: NDArray): Element[] {
  const { data, dtype } = x;
  return Array.from({ length: x.size }, (_, k) => getElement(data, k, dtype));
}

/**
 * An array of elements.
 *
 * @param elements The elements in C order; each is converted as a C cast does.
 * @param shape Length of each axis.
 * @param dtype The dtype.
 */
export function arrayOf(
  elements: readonly Element[],
  shape: readonly number[],
  dtype: DType,
): NDArray {
  const data = makeStorage(dtype, elements.length);
  elements.forEach((element, k) => setElement(data, k, toElement(element, dtype), dtype));
  return NDArray.of(data, shape, dtype);
}

/** The values of an integer vector or scalar, as plain numbers. */
export function numbersOf(x: NDArray): number[] {
  return elementsOf(x).map(Number);
}

/** The elements of an array by group: those that differ only in some axes belong together. */
export interface Groups {
  /** Length of each axis that tells groups apart. */
  readonly shape: readonly number[];
  /** The groups in C order, and the elements of each in C order. */
  readonly groups: readonly (readonly Element[])[];
}

/**
 * The elements of an array, one group for each place along the other axes.
 *
 * @param x The array.
 * @param axes The axes within a group, counted from the front, in order.
 */
export function groupsOf(x: NDArray, axes: readonly number[]): Groups {
  const kept = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
  const shape = kept.map((axis) => x.shape[axis]!);
  const elements = elementsOf(x.ndim < 2 ? x : x.transpose([...kept, ...axes]));
  const size = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
  const count = shape.reduce((product, n) => product * n, 1);
  const groups = Array.from({ length: count }, (_, k) => elements.slice(k * size, (k + 1) * size));
  return { shape, groups };
}
