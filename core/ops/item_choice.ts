/**
 * @file Shape items that depend on a comparison: minima, maxima, and one of two.
 */

import { maximum, minimum } from "./arithmetic.ts";
import type { ShapeItem } from "./kind.ts";
import { eq, lt, switch_ } from "./logic.ts";
import { addItems, divItems, isKnown, itemVariable, subItems } from "./shape_item.ts";

/** The smaller of two items. */
export function minItems(a: ShapeItem, b: ShapeItem): ShapeItem {
  if (isKnown(a) && isKnown(b)) return Math.min(a, b);
  return a === b ? a : minimum(itemVariable(a), itemVariable(b));
}

/** The larger of two items. */
export function maxItems(a: ShapeItem, b: ShapeItem): ShapeItem {
  if (isKnown(a) && isKnown(b)) return Math.max(a, b);
  return a === b ? a : maximum(itemVariable(a), itemVariable(b));
}

/** How many steps of a length above 0 cover a distance; not above 0 for a distance that is not. */
export function stepsOver(distance: ShapeItem, step: ShapeItem): ShapeItem {
  return step === 1 ? distance : divItems(addItems(distance, subItems(step, 1)), step);
}

/** One item if `x < 0`, else another. */
export function ifNegative(x: ShapeItem, then: ShapeItem, otherwise: ShapeItem): ShapeItem {
  if (isKnown(x)) return x < 0 ? then : otherwise;
  if (then === otherwise) return then;
  return switch_(lt(x, 0), itemVariable(then), itemVariable(otherwise));
}

/** One item if `x = y`, else another. */
export function ifEqual(
  x: ShapeItem,
  y: number,
  then: ShapeItem,
  otherwise: ShapeItem,
): ShapeItem {
  if (isKnown(x)) return x === y ? then : otherwise;
  if (then === otherwise) return then;
  return switch_(eq(x, y), itemVariable(then), itemVariable(otherwise));
}
