/**
 * @file Making arrays: of what a user wrote, and of a rule.
 */

import { fail, raise } from "../errors.ts";
import {
  Complex,
  type DType,
  dtypes,
  type Element,
  isComplex,
  isDiscrete,
  isDType,
  makeStorage,
  setElement,
  toElement,
  type TypedArray,
} from "../dtype/dtype.ts";
import { castStorage, stores } from "./convert.ts";
import { isStorable } from "./element.ts";
import { NDArray, typedLeaf } from "./ndarray.ts";
import { type Nested, nestedDType, positionText, readNested, type TypedLeaf } from "./nested.ts";
import { indices, shapeText, sizeOf, solveShape } from "./shape.ts";

/** How {@linkcode array} reads its value. */
export interface ArrayOptions {
  /** The dtype; inferred from the value if left out. */
  readonly dtype?: DType | undefined;
  /** Length of each axis, −1 for what is left over; the value's own shape if left out. */
  readonly shape?: readonly number[] | undefined;
}

/**
 * Makes an array of a number, of nested arrays, or of a typed array (without a copy).
 *
 * Shapes: as nested, or `shape` with as many elements.
 * Dtypes: a typed array's or NDArray's own; numbers are float64 if any has a fraction or is not
 * finite, else int64; booleans are bool; with a Complex all are complex128. A typed array of floats is
 * read as interleaved real and imaginary parts if `dtype` is complex.
 *
 * @param value What to make an array of.
 * @param options Dtype and shape.
 * @returns The array; an NDArray that already is as wanted is returned itself.
 * @throws {TypeError} If rows are ragged, or a number does not fit the dtype.
 * @throws {ValueError} If the shape has another size.
 */
export function array(value: unknown, options: ArrayOptions = {}): NDArray {
  const { dtype, shape } = options;
  if (dtype !== undefined) checkDType(dtype);
  const made = value instanceof NDArray ? value : ofTyped(value, dtype) ?? ofNested(value, dtype);
  const cast = dtype === undefined || made.dtype === dtype ? made : made.astype(dtype);
  return shape === undefined ? cast : cast.reshape(shape);
}

function checkDType(dtype: unknown): void {
  if (isDType(dtype)) return;
  fail("TypeError", "make an array", `"${dtype}" is no dtype`, [
    `Known dtypes: ${Object.keys(dtypes).join(", ")}`,
  ]);
}

/** The array of a typed array; undefined for other values. */
function ofTyped(value: unknown, dtype: DType | undefined): NDArray | undefined {
  const leaf = typedLeaf(value);
  if (leaf === undefined) return undefined;
  if (dtype === undefined || !isComplex(dtype)) return arrayOfLeaf(leaf);
  return stores(leaf.data, dtype)
    ? NDArray.of(leaf.data, [leaf.data.length / 2], dtype)
    : arrayOfLeaf(leaf);
}

/** An array around a typed array, which is kept if the dtype is stored in just that class. */
export function arrayOfLeaf({ data, shape, dtype }: TypedLeaf): NDArray {
  // A clamped array wraps differently when it is written to, so it is not kept.
  const kept = stores(data, dtype) ? data : castStorage(data, dtype, dtype);
  return NDArray.of(kept, shape, dtype);
}

function ofNested(value: unknown, dtype: DType | undefined): NDArray {
  const nested = readNested(value, typedLeaf);
  const into = dtype ?? nestedDType(nested);
  const refuse = (rank: number): never =>
    fail(
      "TypeError",
      `make an array of ${into}`,
      `${nested.elements[rank]}${atRank(nested.shape, rank)} would not keep its value`,
      ['Give a dtype that holds every element, or cast: array(value).astype("float64")'],
    );
  return arrayOfNested(nested, into, refuse);
}

/** Where the element of a rank stands, in words: nothing for a 0-d value. */
export function atRank(shape: readonly number[], rank: number): string {
  if (shape.length === 0) return "";
  let left = rank;
  for (const index of indices(shape)) if (left-- === 0) return ` at ${positionText(index)}`;
  return "";
}

/**
 * An array of elements read from nested arrays.
 *
 * @param nested What was read.
 * @param dtype The dtype wanted.
 * @param refuse Called with the rank of the first element that the dtype cannot take; returns to
 *   have it cast.
 */
export function arrayOfNested(
  { elements, shape }: Nested,
  dtype: DType,
  refuse: (rank: number) => void,
): NDArray {
  if (shape.length === 0) {
    if (!isStorable(elements[0]!, dtype)) refuse(0);
    return NDArray.scalar(toElement(elements[0]!, dtype), dtype);
  }
  const data = makeStorage(dtype, elements.length);
  const isRealFloat = !isDiscrete(dtype) && !isComplex(dtype);
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i]!;
    if (isRealFloat && typeof element === "number") data[i] = element;
    else {
      if (!isStorable(element, dtype)) refuse(i);
      setElement(data, i, toElement(element, dtype), dtype);
    }
  }
  return NDArray.of(data, shape, dtype);
}

/**
 * The dtype that {@linkcode array} gives a value.
 *
 * @param value A number, nested arrays, a typed array or an NDArray.
 */
export function inferDType(value: unknown): DType {
  const leaf = typedLeaf(value);
  return leaf === undefined ? nestedDType(readNested(value, typedLeaf)) : leaf.dtype;
}

/** A shape as users give it: an array, or one number for one axis. */
export type ShapeLike = number | readonly number[];

function checkShape(shape: ShapeLike): readonly number[] {
  const list = typeof shape === "number" ? [shape] : shape;
  if (list.some((length) => length < 0)) raise("ValueError", "negative dimensions are not allowed");
  if (!list.every(Number.isInteger)) {
    fail("TypeError", `make an array of shape ${shapeText(list)}`, "lengths are whole numbers");
  }
  return solveShape(list, sizeOf(list));
}

/**
 * An array of zeros.
 *
 * @param shape Length of each axis.
 * @param dtype The dtype.
 */
export function zeros(shape: ShapeLike, dtype: DType = "float64"): NDArray {
  checkDType(dtype);
  const checked = checkShape(shape);
  return NDArray.of(makeStorage(dtype, sizeOf(checked)), checked, dtype);
}

/**
 * An array of ones.
 *
 * @param shape Length of each axis.
 * @param dtype The dtype.
 */
export function ones(shape: ShapeLike, dtype: DType = "float64"): NDArray {
  return zeros(shape, dtype).fill(1);
}

/**
 * An array to be filled by the caller. JavaScript has no memory without contents, so they are zeros.
 *
 * @param shape Length of each axis.
 * @param dtype The dtype.
 */
export function empty(shape: ShapeLike, dtype: DType = "float64"): NDArray {
  return zeros(shape, dtype);
}

/**
 * An array of one value.
 *
 * @param shape Length of each axis.
 * @param value The value.
 * @param dtype The dtype; the value's own (see {@linkcode inferDType}) if left out.
 */
export function full(shape: ShapeLike, value: Element | NDArray, dtype?: DType): NDArray {
  const element = value instanceof NDArray ? value.item<Element>() : value;
  return zeros(shape, dtype ?? inferDType(value)).fill(element);
}

/**
 * The numbers `start`, `start + step`, … below `stop` (above it for negative steps).
 *
 * Shapes: `→ (ceil((stop − start) / step),)`, at least 0.
 * Dtypes: int64 if all three are whole, else float64.
 *
 * @param start First number; with one argument it is `stop`, and `start` is 0.
 * @param stop The end, not included.
 * @param step Distance between numbers; 1 if left out.
 * @param dtype The dtype.
 * @throws {ValueError} If the step is 0.
 */
export function arange(start: number, stop?: number | null, step?: number, dtype?: DType): NDArray {
  const [from, to] = stop === undefined || stop === null ? [0, start] : [start, stop];
  const by = step ?? 1;
  if (by === 0) fail("ValueError", "make a range", "the step is 0");
  const whole = [from, to, by].every(Number.isInteger);
  const length = Math.max(0, Math.ceil((to - from) / by));
  const values = Float64Array.from({ length }, (_, i) => from + i * by);
  const result = NDArray.of(values, [length], "float64");
  const wanted = dtype ?? (whole ? "int64" : "float64");
  return wanted === "float64" ? result : result.astype(wanted);
}

/**
 * A matrix with ones on one diagonal.
 *
 * Shapes: `→ (n, m)`.
 *
 * @param n Number of rows.
 * @param m Number of columns; `n` if left out.
 * @param k Which diagonal: above the main one if positive, below it if negative.
 * @param dtype The dtype.
 */
export function eye(n: number, m: number = n, k = 0, dtype: DType = "float64"): NDArray {
  const result = zeros([n, m], dtype);
  const data: TypedArray = result.data;
  const one = toElement(isComplex(dtype) ? new Complex(1) : 1, dtype);
  for (let i = Math.max(0, -k); i < n && i + k < m; i++) {
    setElement(data, i * m + i + k, one, dtype);
  }
  return result;
}
