/**
 * @file How file formats name dtypes, and elements between files and arrays.
 *
 * Files hold elements in little-endian order, as does every machine that runs JavaScript today;
 * what a file holds in the other order is turned round.
 */

import { NDArray } from "../array/ndarray.ts";
import { shapeText, sizeOf } from "../array/shape.ts";
import { type DType, dtypes, isComplex, isDType } from "../dtype/dtype.ts";
import { fail } from "../errors.ts";

/** NumPy's letter for each family of dtypes. */
const letters = { bool: "b", int: "i", uint: "u", float: "f", complex: "c" } as const;

/**
 * NumPy's code of a dtype, such as `<f8`.
 *
 * @param dtype The dtype.
 */
export function numpyCode(dtype: DType): string {
  const { kind, bytes } = dtypes[dtype];
  return `${bytes === 1 ? "|" : "<"}${letters[kind]}${bytes}`;
}

/** A dtype and the order of bytes. */
export interface Coding {
  /** The dtype. */
  readonly dtype: DType;
  /** Whether the byte of the highest digit comes first. */
  readonly isBigEndian: boolean;
}

/**
 * What a code of NumPy's means.
 *
 * @param code Such as `<f8`, `>i4` or `|b1`.
 * @returns Undefined if no dtype here stands for it.
 */
export function codingOf(code: string): Coding | undefined {
  const dtype = Object.keys(dtypes).find((name) =>
    isDType(name) && numpyCode(name).slice(1) === code.slice(1)
  );
  if (!isDType(dtype) || !/^[<>|=]/.test(code)) return undefined;
  return { dtype, isBigEndian: code.startsWith(">") };
}

/**
 * The elements of an array as bytes, in C order: the array's own memory where it is dense.
 *
 * @param value The array.
 */
export function bytesOf(value: NDArray): Uint8Array {
  const { data } = value;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Where and how elements lie in a file. */
export interface Region extends Coding {
  /** What the elements are called in messages. */
  readonly name: string;
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** Whether the first axis varies fastest. */
  readonly isFortran?: boolean;
}

/**
 * An array of bytes from a file.
 *
 * Shapes: the region's.
 * Dtypes: the region's.
 *
 * @param bytes Exactly the elements. They are copied, so that no array keeps a whole file.
 * @param region What they are.
 * @throws {ValueError} If there are more or fewer bytes than the shape needs.
 */
export function arrayOfBytes(bytes: Uint8Array, region: Region): NDArray {
  const { name, dtype, shape, isBigEndian, isFortran } = region;
  const { bytes: width, array } = dtypes[dtype];
  const needed = width * sizeOf(shape);
  if (bytes.length !== needed) {
    fail(
      "ValueError",
      `read ${name}`,
      `it has ${bytes.length} bytes of elements, but ${
        shapeText(shape)
      } of ${dtype} needs ${needed}`,
      ["The file is damaged or was not written to its end"],
    );
  }
  const copy = bytes.slice();
  if (isBigEndian) turnRound(copy, isComplex(dtype) ? width / 2 : width);
  const data = new array(copy.buffer);
  return isFortran
    ? NDArray.of(data, [...shape].reverse(), dtype).transpose().dense()
    : NDArray.of(data, shape, dtype);
}

/** Reverses the bytes of each number, in place. */
function turnRound(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}
