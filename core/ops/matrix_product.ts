/**
 * @file Products of matrices, element by element in plain JavaScript: the products' oracle.
 */

import type { NDArray } from "../array/ndarray.ts";
import { shapeText } from "../array/shape.ts";
import {
  Complex,
  type DType,
  type Element,
  isComplex,
  isInteger,
  toElement,
} from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { elementsOf } from "./elements.ts";

/** A matrix as a list of elements in C order. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly elements: readonly Element[];
}

/** The sum of products of two equally long lists, in double, bigint or complex numbers. */
export type Inner = (xs: readonly Element[], ys: readonly Element[]) => Element;

/** How elements of a dtype are multiplied and added up. */
export function innerProduct(dtype: DType): Inner {
  if (isComplex(dtype)) return complexInner;
  // Sums of products of 32-bit integers are more than a double holds.
  if (isInteger(dtype)) return bigInner;
  return (xs, ys) => xs.reduce<number>((sum, x, k) => sum + Number(x) * Number(ys[k]), 0);
}

function bigInner(xs: readonly Element[], ys: readonly Element[]): bigint {
  return xs.reduce<bigint>((sum, x, k) => sum + BigInt(x as bigint) * BigInt(ys[k] as bigint), 0n);
}

function complexInner(xs: readonly Element[], ys: readonly Element[]): Complex {
  let re = 0;
  let im = 0;
  xs.forEach((item, k) => {
    const x = asComplex(item);
    const y = asComplex(ys[k]!);
    re += x.re * y.re - x.im * y.im;
    im += x.re * y.im + x.im * y.re;
  });
  return new Complex(re, im);
}

function asComplex(x: Element): Complex {
  return x instanceof Complex ? x : new Complex(Number(x));
}

/**
 * The product of two matrices in a dtype.
 *
 * Shapes: `(m, k), (k, n) → (m, n)`.
 * Dtypes: both inputs are converted to the dtype first.
 *
 * @param x Left factor.
 * @param y Right factor.
 * @param dtype The dtype of the product.
 * @returns The elements in C order.
 */
export function matrixProduct(x: Matrix, y: Matrix, dtype: DType): Element[] {
  const inner = innerProduct(dtype);
  const xs = x.elements.map((element) => toElement(element, dtype));
  const ys = y.elements.map((element) => toElement(element, dtype));
  const rows = Array.from(
    { length: x.rows },
    (_, i) => xs.slice(i * x.columns, (i + 1) * x.columns),
  );
  const columns = Array.from(
    { length: y.columns },
    (_, j) => ys.filter((_, at) => at % y.columns === j),
  );
  return rows.flatMap((row) => columns.map((column) => toElement(inner(row, column), dtype)));
}

/** A vector as a matrix with one row, a matrix as itself. */
export function leftMatrix(x: NDArray): Matrix {
  const [rows, columns] = x.ndim === 1 ? [1, x.shape[0]!] : [x.shape[0]!, x.shape[1]!];
  return { rows, columns, elements: elementsOf(x) };
}

/** A vector as a matrix with one column, a matrix as itself. */
export function rightMatrix(y: NDArray): Matrix {
  const [rows, columns] = y.ndim === 1 ? [y.shape[0]!, 1] : [y.shape[0]!, y.shape[1]!];
  return { rows, columns, elements: elementsOf(y) };
}

/**
 * Checks that two factors fit.
 *
 * @param x Left factor, its last axis summed over.
 * @param y Right factor, its last but one axis summed over, or its only one.
 * @throws {ValueError} If the lengths differ: NumPy's text.
 */
export function checkAligned(x: NDArray, y: NDArray): void {
  const axis = Math.max(0, y.ndim - 2);
  const [k, other] = [x.shape[x.ndim - 1]!, y.shape[axis]!];
  if (k !== other) {
    raise(
      "ValueError",
      `shapes ${shapeText(x.shape).replaceAll(" ", "")} and ` +
        `${shapeText(y.shape).replaceAll(" ", "")} not aligned: ` +
        `${k} (dim ${x.ndim - 1}) != ${other} (dim ${axis})`,
    );
  }
}
