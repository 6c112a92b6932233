/**
 * @file One row a dtype: everything that is true of it, said once.
 *
 * Values travel in three forms. *Elements* are what one scalar is in plain JavaScript: a number, a
 * bigint for the 64-bit integers, a {@linkcode Complex} for the complex dtypes, a boolean for bool.
 * *Storage* is the typed array that holds many. *Registers* are what a kernel computes with; the
 * kernel layer maps a dtype to them by {@linkcode DTypeFacts.kind} and {@linkcode DTypeFacts.bytes}.
 */

import { complexText } from "./number_text.ts";

/** A dtype by Theano's name. */
export type DType =
  | "bool"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float16"
  | "float32"
  | "float64"
  | "complex64"
  | "complex128";

/** The family of a dtype. */
export type DTypeKind = "bool" | "int" | "uint" | "float" | "complex";

/** The typed arrays that hold elements. Complex arrays hold interleaved real and imaginary parts. */
export type TypedArray =
  | Int8Array<ArrayBufferLike>
  | Int16Array<ArrayBufferLike>
  | Int32Array<ArrayBufferLike>
  | BigInt64Array<ArrayBufferLike>
  | Uint8Array<ArrayBufferLike>
  | Uint16Array<ArrayBufferLike>
  | Uint32Array<ArrayBufferLike>
  | BigUint64Array<ArrayBufferLike>
  | Float16Array<ArrayBufferLike>
  | Float32Array<ArrayBufferLike>
  | Float64Array<ArrayBufferLike>;

/** How a typed array of one dtype is made: by length, or as a view of a buffer. */
export interface TypedArrayConstructor {
  /** Makes an array of zeros. */
  new (length: number): TypedArray;
  /** Makes a view of a buffer. */
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArray;
  /** Bytes of one number; half an element of a complex dtype. */
  readonly BYTES_PER_ELEMENT: number;
}

/** What is true of one dtype. */
export interface DTypeFacts {
  /** The family. */
  readonly kind: DTypeKind;
  /** Bytes of one element; both parts of a complex number counted. */
  readonly bytes: number;
  /** Smallest and largest integer, for bool and the integers. */
  readonly limits?: readonly [min: bigint, max: bigint];
  /** The typed array that stores it. */
  readonly array: TypedArrayConstructor;
  /** Theano's one-letter prefix of the typed constructors (`dmatrix`), where there is one. */
  readonly prefix?: string;
}

const signed = (
  bits: bigint,
): readonly [bigint, bigint] => [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
const unsigned = (bits: bigint): readonly [bigint, bigint] => [0n, 2n ** bits - 1n];

/** The facts of every dtype, in the order of Theano's tables. */
// deno-fmt-ignore
export const dtypes: Readonly<Record<DType, DTypeFacts>> = {
  bool:       { kind: "bool",    bytes: 1,  array: Uint8Array,      limits: [0n, 1n] },
  int8:       { kind: "int",     bytes: 1,  array: Int8Array,       limits: signed(8n),    prefix: "b" },
  int16:      { kind: "int",     bytes: 2,  array: Int16Array,      limits: signed(16n),   prefix: "w" },
  int32:      { kind: "int",     bytes: 4,  array: Int32Array,      limits: signed(32n),   prefix: "i" },
  int64:      { kind: "int",     bytes: 8,  array: BigInt64Array,   limits: signed(64n),   prefix: "l" },
  uint8:      { kind: "uint",    bytes: 1,  array: Uint8Array,      limits: unsigned(8n) },
  uint16:     { kind: "uint",    bytes: 2,  array: Uint16Array,     limits: unsigned(16n) },
  uint32:     { kind: "uint",    bytes: 4,  array: Uint32Array,     limits: unsigned(32n) },
  uint64:     { kind: "uint",    bytes: 8,  array: BigUint64Array,  limits: unsigned(64n) },
  float16:    { kind: "float",   bytes: 2,  array: Float16Array },
  float32:    { kind: "float",   bytes: 4,  array: Float32Array,    prefix: "f" },
  float64:    { kind: "float",   bytes: 8,  array: Float64Array,    prefix: "d" },
  complex64:  { kind: "complex", bytes: 8,  array: Float32Array,    prefix: "c" },
  complex128: { kind: "complex", bytes: 16, array: Float64Array,    prefix: "z" },
};

/** All dtypes, in the order of Theano's tables. */
export const allDtypes: readonly DType[] = Object.keys(dtypes) as DType[];

/** Whether a value is the name of a dtype. */
export function isDType(name: unknown): name is DType {
  return typeof name === "string" && Object.hasOwn(dtypes, name);
}

/** Whether elements are integers: bool, int* and uint*. Theano's "discrete". */
export function isDiscrete(dtype: DType): boolean {
  return dtypes[dtype].limits !== undefined;
}

/** Whether elements are int* or uint*, bool not counted. */
export function isInteger(dtype: DType): boolean {
  return dtype !== "bool" && isDiscrete(dtype);
}

/** Whether elements are real floating-point numbers. */
export function isFloat(dtype: DType): boolean {
  return dtypes[dtype].kind === "float";
}

/** Whether elements are complex numbers. */
export function isComplex(dtype: DType): boolean {
  return dtypes[dtype].kind === "complex";
}

/** Whether elements are float or complex. Theano's "continuous": what a gradient can be taken of. */
export function isContinuous(dtype: DType): boolean {
  return !isDiscrete(dtype);
}

/** Whether elements are 64-bit integers, held as bigint. */
export function isBig(dtype: DType): boolean {
  return dtype === "int64" || dtype === "uint64";
}

/** A complex number: the element of complex64 and complex128. */
export class Complex {
  /**
   * Makes `re + im·i`.
   *
   * @param re Real part.
   * @param im Imaginary part.
   */
  constructor(readonly re: number, readonly im: number = 0) {}

  /** NumPy's form, `(1+2j)`. */
  toString(): string {
    return complexText(this.re, this.im, "float64");
  }
}

/** One scalar in plain JavaScript, in the form its dtype takes. */
export type Element = number | bigint | boolean | Complex;

/**
 * The element of a dtype that a number stands for: rounded to a float's precision, wrapped into an
 * integer's range, both as a C cast does (a float that is not finite becomes integer 0).
 *
 * Dtypes: `any → dtype`.
 *
 * @param value The number to convert.
 * @param dtype The dtype wanted.
 * @returns A boolean for bool, a bigint for 64-bit integers, a Complex for complex dtypes, else a number.
 */
export function toElement(value: Element, dtype: DType): Element {
  const { kind } = dtypes[dtype];
  if (kind === "complex") return toComplex(value, dtype);
  if (kind === "bool") return isTrue(value);
  const real = value instanceof Complex ? value.re : value;
  if (kind === "float") return roundFloat(real, dtype);
  return wrapInteger(real, dtype);
}

/** Python's truth: everything but zero, NaN included. */
function isTrue(value: Element): boolean {
  if (value instanceof Complex) return isTrue(value.re) || isTrue(value.im);
  return Boolean(value) || Number.isNaN(value);
}

function toComplex(value: Element, dtype: DType): Complex {
  const part = dtype === "complex64" ? "float32" : "float64";
  if (!(value instanceof Complex)) return new Complex(roundFloat(value, part), 0);
  return new Complex(roundFloat(value.re, part), roundFloat(value.im, part));
}

function roundFloat(real: number | bigint | boolean, dtype: DType): number {
  if (dtype === "float32") return Math.fround(asDouble(real));
  return dtype === "float16" ? Math.f16round(asDouble(real)) : Number(real);
}

/**
 * A double that rounds to a narrower float as the number itself does. A bigint beyond 53 bits loses
 * its low bits to one sticky bit, since rounding it twice, to nearest both times, can be off by one.
 *
 * Source: S. Boldo and G. Melquiond, "Emulation of a FMA and correctly rounded sums: proved
 * algorithms using rounding to odd", IEEE Transactions on Computers 57 (2008).
 */
function asDouble(real: number | bigint | boolean): number {
  if (typeof real !== "bigint" || Number.isSafeInteger(Number(real))) return Number(real);
  const high = real >> 11n;
  const sticky = BigInt(real !== high << 11n);
  return Number(high | sticky) * 2048;
}

function wrapInteger(real: number | bigint | boolean, dtype: DType): number | bigint {
  const { bytes, kind } = dtypes[dtype];
  if (typeof real !== "bigint" && !isBig(dtype)) {
    // A shift first cuts its operand to 32 bits, as a cast would.
    const unused = 32 - 8 * bytes;
    return kind === "int" ? Number(real) << unused >> unused : Number(real) << unused >>> unused;
  }
  const big = typeof real === "bigint" ? real : truncated(Number(real));
  const wrapped = kind === "int" ? BigInt.asIntN(bytes * 8, big) : BigInt.asUintN(bytes * 8, big);
  return isBig(dtype) ? wrapped : Number(wrapped);
}

function truncated(x: number): bigint {
  return Number.isFinite(x) ? BigInt(Math.trunc(x)) : 0n;
}

/** The element at one index of storage. */
export function getElement(data: TypedArray, index: number, dtype: DType): Element {
  if (isComplex(dtype)) {
    return new Complex(data[2 * index] as number, data[2 * index + 1] as number);
  }
  const stored = data[index]!;
  return dtype === "bool" ? stored !== 0 : stored;
}

/** Stores an element of the dtype (see {@linkcode toElement}) at one index of storage. */
export function setElement(data: TypedArray, index: number, value: Element, dtype: DType): void {
  if (value instanceof Complex) {
    data[2 * index] = value.re;
    data[2 * index + 1] = value.im;
  } else {
    data[index] = (dtype === "bool" ? Number(value) : value) as never;
  }
}

/** New storage for so many elements, all zero. */
export function makeStorage(dtype: DType, size: number): TypedArray {
  return new dtypes[dtype].array(isComplex(dtype) ? 2 * size : size);
}
