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
