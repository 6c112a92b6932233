/**
 * @file Operands with numbers for their sizes, element by element: how the interpreter walks.
 */

import {
  type DType,
  type Element,
  getElement,
  setElement,
  type TypedArray,
} from "../dtype/dtype.ts";
import type { ScalarValue } from "../scalar/expr.ts";
import type { Operand } from "./kernel.ts";
import type { Size } from "./size.ts";

/** What a kernel runs on. */
export interface KernelMemory {
  /** The elements of a buffer; complex numbers interleaved. */
  data(buffer: number): TypedArray;
  /** The value of a size. */
  size(size: Size): number;
}

/** An operand with numbers for its sizes. */
export interface Walk {
  readonly data: TypedArray;
  readonly dtype: DType;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Where loops are, or the first of them. */
export type Counters = readonly number[];

/** An operand with numbers for its sizes. */
export function walkOf(memory: KernelMemory, { buffer, dtype, offset, strides }: Operand): Walk {
  return {
    data: memory.data(buffer),
    dtype,
    offset: memory.size(offset),
    strides: strides.map((s) => memory.size(s)),
  };
}

/** Operands with numbers for their sizes. */
export function walksOf(memory: KernelMemory, operands: readonly Operand[]): Walk[] {
  return operands.map((o) => walkOf(memory, o));
}

/**
 * The element's place in storage. Counters of the first loops will do for an operand still in the
 * rest.
 */
function place({ offset, strides }: Walk, counters: Counters): number {
  return counters.reduce((sum, counter, axis) => sum + (strides[axis] ?? 0) * counter, offset);
}

/** The element at some counters, or so many places after it. */
export function read(walk: Walk, counters: Counters, shift = 0): Element {
  return getElement(walk.data, place(walk, counters) + shift, walk.dtype);
}

/** The element at some counters; it is not complex. */
export function readScalar(walk: Walk, counters: Counters): ScalarValue {
  return read(walk, counters) as ScalarValue;
}

/** Stores an element. */
export function write(walk: Walk, counters: Counters, value: Element, shift = 0): void {
  setElement(walk.data, place(walk, counters) + shift, value, walk.dtype);
}

/**
 * Every list of counters below the lengths, the last one fastest: one list, which changes.
 */
export function* indices(lengths: readonly number[]): Generator<Counters> {
  const counters = lengths.map(() => 0);
  if (lengths.some((n) => n <= 0)) return;
  for (;;) {
    yield counters;
    let axis = lengths.length - 1;
    while (axis >= 0 && ++counters[axis]! === lengths[axis]) counters[axis--] = 0;
    if (axis < 0) return;
  }
}
