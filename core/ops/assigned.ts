/**
 * @file The reference of writing through an index: a copy with the selected elements changed.
 */

import { eachPosition, positions } from "../array/convert.ts";
import { indexItem, select } from "../array/index.ts";
import { NDArray, typedLeaf } from "../array/ndarray.ts";
import { broadcastStrides, contiguousStrides, shapeText, sizeOf } from "../array/shape.ts";
import type { Slice } from "../array/slice.ts";
import {
  Complex,
  type DType,
  type Element,
  getElement,
  setElement,
  toElement,
} from "../dtype/dtype.ts";
import { raise } from "../errors.ts";

/** An item of an index at run time. */
export type IndexValue = number | Slice<number> | NDArray | null;

/**
 * A copy of an array with the elements that an index selects replaced or added to, one after the
 * other: the last of several values for one element stays, and increments accumulate.
 *
 * Shapes: `x`'s; `y` broadcasts to what the index selects.
 * Dtypes: `x`'s; `y` is cast to it.
 *
 * @param x The array to copy.
 * @param items The index.
 * @param y The values.
 * @param set Whether the values replace instead of being added.
 * @throws {IndexError} If the index is out of bounds.
 * @throws {ValueError} If `y` does not broadcast to what is selected.
 */
export function assigned(
  x: NDArray,
  items: readonly IndexValue[],
  y: NDArray,
  set: boolean,
): NDArray {
  const out = x.copy();
  const { data, dtype, shape } = out;
  const layout = { shape, strides: contiguousStrides(shape), offset: 0 };
  const chosen = select(layout, items.map((item) => indexItem(item, typedLeaf)));
  const at = "at" in chosen ? chosen.at : positions(chosen, sizeOf(chosen.shape));
  const values = y.astype(dtype);
  eachPosition(broadcastLayout(values, chosen.shape), (position, rank) => {
    const value = getElement(values.data, position, dtype);
    const target = at[rank]!;
    const result = set ? value : sumOf(getElement(data, target, dtype), value, dtype);
    setElement(data, target, result, dtype);
  });
  return NDArray.of(data, shape, dtype);
}

function broadcastLayout(
  y: NDArray,
  shape: readonly number[],
): { shape: readonly number[]; strides: number[]; offset: number } {
  const shift = shape.length - y.ndim;
  const fits = shift >= 0 && y.shape.every((n, axis) => n === 1 || n === shape[axis + shift]);
  if (!fits) {
    raise(
      "ValueError",
      `could not broadcast input array from shape ${shapeText(y.shape)} into shape ` +
        `${shapeText(shape)}`,
    );
  }
  return {
    shape,
    strides: broadcastStrides(y.shape, contiguousStrides(y.shape), shape),
    offset: 0,
  };
}

function sumOf(a: Element, b: Element, dtype: DType): Element {
  if (a instanceof Complex && b instanceof Complex) {
    return toElement(new Complex(a.re + b.re, a.im + b.im), dtype);
  }
  if (dtype === "bool") return Boolean(a) || Boolean(b);
  if (typeof a === "bigint") return toElement(a + (b as bigint), dtype);
  return toElement((a as number) + (b as number), dtype);
}
