/**
 * @file The sum and mean of an array's elements.
 */

import { Complex, type Element, getElement, isBig, isComplex } from "../dtype/dtype.ts";
import { eachPosition } from "./convert.ts";
import type { Printable } from "./text.ts";

/**
 * The sum of all elements: 64-bit integers exactly, as a bigint; all else in double.
 *
 * @param array What to sum.
 */
export function totalOf({ storage, dtype, ...layout }: Printable): Element {
  if (isBig(dtype)) {
    let sum = 0n;
    eachPosition(layout, (position) => sum += storage[position] as bigint);
    return sum;
  }
  let re = 0;
  let im = 0;
  eachPosition(layout, (position) => {
    const element = getElement(storage, position, dtype);
    if (element instanceof Complex) {
      re += element.re;
      im += element.im;
    } else re += Number(element);
  });
  return isComplex(dtype) ? new Complex(re, im) : re;
}

/**
 * The mean of all elements, in double; NaN if there are none.
 *
 * @param array What to average.
 * @param size How many elements it has.
 */
export function meanOf(array: Printable, size: number): number | Complex {
  const sum = totalOf(array);
  return sum instanceof Complex ? new Complex(sum.re / size, sum.im / size) : Number(sum) / size;
}
