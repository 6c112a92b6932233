/**
 * @file Nested lists as the oracle of structural ops: elements by index, and no op of the library.
 */

import { assertEquals } from "@std/assert";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import type { Bench, Nest } from "./subtensor_helpers.ts";

/** The nested list of a shape with an element for each index. */
export function fromIndex(
  shape: readonly number[],
  element: (...index: number[]) => number,
  index: readonly number[] = [],
): Nest {
  const [length, ...rest] = shape;
  if (length === undefined) return element(...index);
  return Array.from({ length }, (_, i) => fromIndex(rest, element, [...index, i]));
}

/** The element at an index. */
export function at(list: Nest, ...index: readonly number[]): number {
  return index.reduce<Nest>((inner, i) => (inner as Nest[])[i]!, list) as number;
}

/** The shape of a nested list. */
export function shapeOf(list: Nest): number[] {
  if (!Array.isArray(list)) return [];
  return [list.length, ...(list.length ? shapeOf(list[0]!) : [])];
}

/** All elements, in C order. */
export function flat(list: Nest): number[] {
  return Array.isArray(list) ? list.flatMap(flat) : [list];
}

/**
 * Checks a result against nested lists: its value, its shape as inferred, its dtype, and that every
 * axis known to have length one has it.
 */
export function check(
  bench: Bench,
  result: TensorVariable,
  expected: Nest,
  dtype: string = result.dtype,
): void {
  const value = bench.run(result);
  assertEquals(value.toArray<Nest>(), expected);
  assertEquals(value.dtype, dtype);
  assertEquals(result.dtype, dtype);
  if (result.owner) assertEquals(bench.shape(result) ?? value.shape, value.shape);
  assertEquals(
    result.broadcastable.map((one, axis) => one && value.shape[axis] !== 1),
    value.shape.map(() => false),
    "a length declared to be one is not",
  );
}

/** The broadcast pattern as a text of `T` and `F`. */
export function pattern(x: TensorVariable): string {
  return x.broadcastable.map((one) => one ? "T" : "F").join("");
}

/** The name of the op that made a variable. */
export function opName(x: TensorVariable): string {
  return x.owner!.op.name;
}
