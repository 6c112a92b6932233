/**
 * @file Arithmetic on shape items: numbers where sizes are known, int64 scalars where they are not.
 */

import { isDiscrete } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import { TensorConstant, type TensorVariable } from "../tensor/tensor_variable.ts";
import { add, cast, intDiv, minimum, mul, sub } from "./arithmetic.ts";
import type { Shape, ShapeItem } from "./kind.ts";

/** Whether an item is known while building. */
export function isKnown(item: ShapeItem): item is number {
  return typeof item === "number";
}

/** The item as an int64 scalar variable. */
export function itemVariable(item: ShapeItem): TensorVariable {
  return isKnown(item) ? constant(item, { dtype: "int64" }) : item;
}

/**
 * The item that an integer scalar stands for.
 *
 * @param size A number or an integer scalar.
 * @returns A number for numbers and constants, else the scalar as int64.
 */
export function sizeItem(size: unknown): ShapeItem {
  const variable = asTensorVariable(size);
  if (variable instanceof TensorConstant && variable.ndim === 0) {
    return Number(variable.data.item());
  }
  if (variable.ndim !== 0 || !isDiscrete(variable.dtype)) {
    raise("TypeError", `Shape items must be integer scalars, not ${variable} (${variable.type})`);
  }
  return cast(variable, "int64");
}

/** The sum of items. */
export function addItems(...items: readonly ShapeItem[]): ShapeItem {
  const known = items.filter(isKnown).reduce((sum, n) => sum + n, 0);
  const rest = items.filter((item): item is TensorVariable => !isKnown(item));
  if (rest.length === 0) return known;
  const terms = known === 0 ? rest : [...rest, itemVariable(known)];
  return terms.length === 1 ? terms[0]! : add(...terms);
}

/** The difference of two items. */
export function subItems(a: ShapeItem, b: ShapeItem): ShapeItem {
  if (isKnown(a) && isKnown(b)) return a - b;
  return b === 0 ? a : sub(itemVariable(a), itemVariable(b));
}

/** The lesser of two items. */
export function minItem(a: ShapeItem, b: ShapeItem): ShapeItem {
  return isKnown(a) && isKnown(b) ? Math.min(a, b) : minimum(itemVariable(a), itemVariable(b));
}

/** The product of items; 1 if there are none. */
export function mulItems(...items: readonly ShapeItem[]): ShapeItem {
  const known = items.filter(isKnown).reduce((product, n) => product * n, 1);
  const rest = items.filter((item): item is TensorVariable => !isKnown(item));
  if (rest.length === 0 || known === 0) return known;
  const factors = known === 1 ? rest : [...rest, itemVariable(known)];
  return factors.length === 1 ? factors[0]! : mul(...factors);
}

/** The floored quotient of two items; of a known zero divisor 0. */
export function divItems(a: ShapeItem, b: ShapeItem): ShapeItem {
  if (b === 1) return a;
  if (isKnown(a) && isKnown(b)) return b === 0 ? 0 : Math.floor(a / b);
  return intDiv(itemVariable(a), itemVariable(b));
}

/** The number of elements of a shape. */
export function sizeOfShape(shape: Shape): ShapeItem {
  return mulItems(...shape);
}
