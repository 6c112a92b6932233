/**
 * @file Single elements between users and storage: which untyped numbers a dtype takes, and the form
 * in which users get elements back.
 */

import { fail } from "../errors.ts";
import {
  Complex,
  type DType,
  dtypes,
  type Element,
  isBig,
  isComplex,
  toElement,
} from "../dtype/dtype.ts";

/**
 * Whether a dtype can take an untyped number: any real number for a float, any number for a complex
 * dtype, a whole number within the limits for an integer, 0 and 1 for bool.
 *
 * Floats are rounded; that is what storing a number in them means.
 *
 * @param value The number.
 * @param dtype The dtype.
 */
export function isStorable(value: Element, dtype: DType): boolean {
  if (value instanceof Complex) return isComplex(dtype);
  if (typeof value === "boolean") return true;
  const { limits } = dtypes[dtype];
  if (limits === undefined) return true;
  if (typeof value === "number" && !Number.isInteger(value)) return false;
  return value >= limits[0] && value <= limits[1];
}

/**
 * An untyped number as an element of a dtype.
 *
 * @param value The number.
 * @param dtype The dtype.
 * @throws {TypeError} If the dtype cannot take it; see {@linkcode isStorable}.
 */
export function storable(value: Element, dtype: DType): Element {
  if (!isStorable(value, dtype)) {
    fail("TypeError", `store ${value} in an array of ${dtype}`, "it would not keep its value", [
      'Give another dtype, or convert the array first: astype("float64")',
    ]);
  }
  return toElement(value, dtype);
}

/** An element as users get it: numbers for bigints that are exact as such, booleans for bool. */
export function plain(element: Element, dtype: DType): Element {
  if (dtype === "bool") return Boolean(element);
  if (!isBig(dtype)) return element;
  const number = Number(element);
  return Number.isSafeInteger(number) ? number : element;
}
