/**
 * @file Arithmetic on shapes, axes and slices, in plain numbers.
 *
 * Strides are counted in elements. Messages are NumPy's, because users search for them.
 */

import { raise } from "../errors.ts";

/**
 * Number of elements of a shape; 1 for `()`.
 *
 * @param shape Length of each axis.
 */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis]!;
  return size;
}

/**
 * Strides of an array in C order: the last axis varies fastest.
 *
 * @param shape Length of each axis.
 * @returns One stride an axis, in elements.
 */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/**
 * Whether strides are those of C order. Axes of length 1 may have any stride, and so may all axes of
 * an array without elements.
 */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis]!;
    if (length !== 1 && strides[axis] !== stride) return sizeOf(shape) === 0;
    stride *= length;
  }
  return true;
}

/** Whether two shapes have the same axes. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/**
 * A shape for so many elements, with −1 replaced by the length that is left over.
 *
 * @param asked Length of each axis; at most one −1.
 * @param size Number of elements.
 * @throws {ValueError} If no length makes the sizes equal.
 */
export function solveShape(asked: readonly number[], size: number): number[] {
  const known = asked.filter((length) => length !== -1);
  if (asked.length - known.length > 1) {
    raise("ValueError", "can only specify one unknown dimension");
  }
  const shape = asked.map((length) => length === -1 ? size / sizeOf(known) : length);
  const lengths = shape.every((length) => Number.isInteger(length) && length >= 0);
  if (!lengths || sizeOf(shape) !== size) {
    raise("ValueError", `cannot reshape array of size ${size} into shape ${shapeText(asked)}`);
  }
  return shape;
}

/** A shape as Python prints a tuple: `()`, `(3,)`, `(2, 3)`. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

/**
 * The shape that all shapes broadcast to: aligned at the last axis, a length of 1 stretches.
 *
 * Shapes: `a, b, … → broadcast`.
 *
 * @param shapes Shapes to join; none give `()`.
 * @throws {ValueError} If two lengths on one axis differ and neither is 1.
 */
export function broadcastShapes(...shapes: readonly (readonly number[])[]): number[] {
  const out = new Array<number>(Math.max(0, ...shapes.map((s) => s.length))).fill(1);
  for (const shape of shapes) {
    const shift = out.length - shape.length;
    for (let axis = 0; axis < shape.length; axis++) {
      const length = shape[axis]!;
      if (length === 1) continue;
      if (out[axis + shift] !== 1 && out[axis + shift] !== length) refuseBroadcast(shapes);
      out[axis + shift] = length;
    }
  }
  return out;
}

function refuseBroadcast(shapes: readonly (readonly number[])[]): never {
  const listed = shapes.map((shape) => shapeText(shape).replaceAll(" ", "")).join(" ");
  return raise("ValueError", `operands could not be broadcast together with shapes ${listed}`);
}

/**
 * Strides that read an array as if it had a shape it broadcasts to: 0 on every stretched axis.
 *
 * @param shape The array's own shape.
 * @param strides The array's own strides.
 * @param target A shape it broadcasts to.
 */
export function broadcastStrides(
  shape: readonly number[],
  strides: readonly number[],
  target: readonly number[],
): number[] {
  const shift = target.length - shape.length;
  return target.map((_, axis) =>
    axis < shift || shape[axis - shift] === 1 ? 0 : strides[axis - shift]!
  );
}

/**
 * An axis counted from the front.
 *
 * @param axis Position of an axis; negative ones count from the end.
 * @param ndim Number of axes there are.
 * @throws {ValueError} If there is no such axis.
 */
export function normalizeAxis(axis: number, ndim: number): number {
  if (!Number.isInteger(axis) || axis < -ndim || axis >= ndim) {
    raise("ValueError", `axis ${axis} is out of bounds for array of dimension ${ndim}`);
  }
  return axis < 0 ? axis + ndim : axis;
}

/**
 * Several axes counted from the front, in the order given.
 *
 * @param axes One axis, several, or null or undefined for all.
 * @param ndim Number of axes there are.
 * @throws {ValueError} If there is no such axis, or one is named twice.
 */
export function normalizeAxes(
  axes: number | readonly number[] | null | undefined,
  ndim: number,
): number[] {
  if (axes === null || axes === undefined) return Array.from({ length: ndim }, (_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  const normal = list.map((axis) => normalizeAxis(axis, ndim));
  if (new Set(normal).size !== normal.length) raise("ValueError", "duplicate value in 'axis'");
  return normal;
}

/**
 * Every index of a shape, in C order. `()` has one index, `[]`.
 *
 * @param shape Length of each axis.
 */
export function* indices(shape: readonly number[]): Generator<number[], void, void> {
  const index = new Array<number>(shape.length).fill(0);
  for (let left = sizeOf(shape); left > 0; left--) {
    yield [...index];
    let axis = shape.length - 1;
    while (axis >= 0 && ++index[axis]! === shape[axis]) index[axis--] = 0;
  }
}

/** A slice of an axis of known length: `start`, `start + step`, …, `length` of them. */
export interface SliceBounds {
  /** Index of the first element taken. */
  readonly start: number;
  /** Index that is no longer taken; −1 before the front, for negative steps. */
  readonly stop: number;
  /** Distance between elements; not 0. */
  readonly step: number;
  /** How many elements are taken. */
  readonly length: number;
}

/**
 * A slice applied to an axis, by Python's rules: absent ends are those of the axis, negative ends
 * count from its end, and ends outside it are moved to it.
 *
 * @param start First index, or null.
 * @param stop Index that is no longer taken, or null.
 * @param step Distance between elements, or null for 1.
 * @param size Length of the axis.
 * @throws {ValueError} If the step is 0.
 */
export function sliceBounds(
  start: number | null,
  stop: number | null,
  step: number | null,
  size: number,
): SliceBounds {
  const by = step ?? 1;
  if (by === 0) raise("ValueError", "slice step cannot be zero");
  const [low, high] = by > 0 ? [0, size] : [-1, size - 1];
  const clamp = (end: number): number => Math.min(Math.max(end < 0 ? end + size : end, low), high);
  const from = start === null ? (by > 0 ? low : high) : clamp(start);
  const to = stop === null ? (by > 0 ? high : low) : clamp(stop);
  const length = Math.max(0, Math.ceil((to - from) / by));
  return { start: from, stop: to, step: by, length };
}

/**
 * How many elements a slice takes of an axis; see {@linkcode sliceBounds}.
 *
 * @param start First index, or null.
 * @param stop Index that is no longer taken, or null.
 * @param step Distance between elements, or null for 1.
 * @param size Length of the axis.
 */
export function sliceLength(
  start: number | null,
  stop: number | null,
  step: number | null,
  size: number,
): number {
  return sliceBounds(start, stop, step, size).length;
}
