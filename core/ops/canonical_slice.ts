/**
 * @file Python's slice arithmetic on symbolic sizes.
 *
 * The canonical form of a slice of an axis says where it starts, how it steps and how many elements
 * it takes, with no end left to interpret. What is constant is folded here, not in the optimiser:
 * shape inference is asked for it again and again.
 *
 * Source: Python reference, "slice.indices"; NumPy user guide, "Basic slicing and indexing".
 */

import type { Slice } from "../array/slice.ts";
import type { ShapeItem } from "./kind.ts";
import { addItems, subItems } from "./shape_item.ts";
import { ifNegative, maxItems, minItems, stepsOver } from "./item_choice.ts";

/** What a slice takes of an axis of some length. */
export interface CanonicalSlice {
  /** Index of the first element, from 0; means nothing if `length` is 0. */
  readonly start: ShapeItem;
  /** Distance between elements: not 0. */
  readonly step: ShapeItem;
  /** How many elements are taken. */
  readonly length: ShapeItem;
}

/**
 * A slice of an axis, as a start, a step and a count.
 *
 * @param slice Its ends, numbers where they are known.
 * @param size The length of the axis.
 * @returns Its canonical form.
 */
export function canonicalSlice(slice: Slice<ShapeItem>, size: ShapeItem): CanonicalSlice {
  const step = slice.step ?? 1;
  if (typeof step === "number") {
    return step > 0 ? forward(slice, step, size) : backward(slice, step, size);
  }
  const up = forward(slice, step, size);
  const down = backward(slice, step, size);
  return {
    start: ifNegative(step, down.start, up.start),
    step,
    length: ifNegative(step, down.length, up.length),
  };
}

/**
 * An index counted from the front; whether it lies inside the axis is not checked.
 *
 * @param index The index; negative ones count from the end.
 * @param size The length of the axis.
 */
export function canonicalIndex(index: ShapeItem, size: ShapeItem): ShapeItem {
  return ifNegative(index, addItems(index, size), index);
}

/** A slice with a step above 0: its ends lie in `0 … size`. */
function forward(slice: Slice<ShapeItem>, step: ShapeItem, size: ShapeItem): CanonicalSlice {
  const start = slice.start === 0 ? null : slice.start;
  const { stop } = slice;
  const first = start === null ? 0 : inside(start, size, 0, size);
  const end = stop === null ? size : inside(stop, size, 0, size);
  const length = counted(subItems(end, first), step, start === null || stop === null);
  return { start: first, step, length };
}

/** A slice with a step below 0: its ends lie in `−1 … size − 1`. */
function backward(slice: Slice<ShapeItem>, step: ShapeItem, size: ShapeItem): CanonicalSlice {
  const start = slice.start === -1 ? null : slice.start;
  const { stop } = slice;
  const last = subItems(size, 1);
  const first = start === null ? last : inside(start, size, -1, last);
  const distance = stop === null
    ? start === null ? size : addItems(first, 1)
    : subItems(first, inside(stop, size, -1, last));
  const length = counted(distance, subItems(0, step), start === null || stop === null);
  return { start: first, step, length };
}

/** An end counted from the front and moved into `low … high`. */
function inside(end: ShapeItem, size: ShapeItem, low: number, high: ShapeItem): ShapeItem {
  const fromEnd = (): ShapeItem => maxItems(addItems(end, size), low);
  const fromFront = (): ShapeItem => end === 0 && low === 0 ? 0 : minItems(end, high);
  if (typeof end === "number") return end < 0 ? fromEnd() : fromFront();
  return ifNegative(end, fromEnd(), fromFront());
}

function counted(distance: ShapeItem, step: ShapeItem, neverNegative: boolean): ShapeItem {
  const count = stepsOver(distance, step);
  return neverNegative ? count : maxItems(count, 0);
}
