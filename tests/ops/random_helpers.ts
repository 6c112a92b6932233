/**
 * @file Draws as plain numbers.
 */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as theano from "@theano/theano";

/** The elements of an array, in C order. */
export function numbers(x: theano.NDArray): number[] {
  return Array.from(x.data as ArrayLike<number>, Number);
}

/** What a variable without inputs is drawn as. */
export function value(x: theano.tensor.TensorVariable): theano.NDArray {
  return theano.function([], x)();
}

/** Compares to a relative precision, whole numbers and zeros exactly. */
export function assertNumbers(
  got: theano.NDArray,
  want: readonly number[],
  tolerance: number,
): void {
  assertEquals(got.size, want.length);
  numbers(got).forEach((x, k) => assertAlmostEquals(x, want[k]!, tolerance * Math.abs(want[k]!)));
}
