/**
 * @file Storage from storage: dtype conversion, and a dense copy of strided elements.
 *
 * Conversions are C casts, as NumPy's `astype`: floats are cut towards zero and wrapped into an
 * integer's range (what is not finite becomes 0), everything but 0 is true, and an imaginary part is
 * dropped where the dtype wanted has none.
 */

import {
  type DType,
  dtypes,
  getElement,
  isBig,
  isComplex,
  isFloat,
  makeStorage,
  setElement,
  toElement,
  type TypedArray,
} from "../dtype/dtype.ts";

/** The dtype of a typed array taken by itself; undefined for a view of no numbers. */
export function dtypeOfTypedArray(data: ArrayBufferView): DType | undefined {
  return dtypeByArray[Object.prototype.toString.call(data).slice(8, -1)];
}

const dtypeByArray: Readonly<Record<string, DType>> = {
  Int8Array: "int8",
  Int16Array: "int16",
  Int32Array: "int32",
  BigInt64Array: "int64",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
  Uint16Array: "uint16",
  Uint32Array: "uint32",
  BigUint64Array: "uint64",
  Float16Array: "float16",
  Float32Array: "float32",
  Float64Array: "float64",
};

/** Whether a typed array is the one that stores a dtype. */
export function stores(data: TypedArray, dtype: DType): boolean {
  return data instanceof dtypes[dtype].array;
}

/**
 * New storage with every element converted.
 *
 * Dtypes: `from → to`, by C casts.
 *
 * @param data Dense storage of `from`.
 * @param from The dtype of `data`.
 * @param to The dtype wanted.
 */
export function castStorage(data: TypedArray, from: DType, to: DType): TypedArray {
  const size = isComplex(from) ? data.length / 2 : data.length;
  const out = makeStorage(to, size);
  if (from === to || isPlain(from, to)) {
    out.set(data as never);
  } else {
    for (let i = 0; i < size; i++) {
      setElement(out, i, toElement(getElement(data, i, from), to), to);
    }
  }
  return out;
}

/** Whether a typed array's own conversion is the C cast: numbers to numbers, no bigint, no pairs. */
function isPlain(from: DType, to: DType): boolean {
  if (isBig(from) || isBig(to) || isComplex(from) || isComplex(to) || to === "bool") return false;
  return isFloat(from) || isFloat(to) || from !== to;
}

/** Where strided elements lie in storage. Strides and offset are counted in elements. */
export interface Layout {
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** Distance between neighbours on each axis. */
  readonly strides: readonly number[];
  /** Position of the first element. */
  readonly offset: number;
}

/**
 * Calls a function with the position in storage of every element, in C order.
 *
 * @param layout Where the elements lie.
 * @param visit Gets the position in storage and the rank of the element, both in elements.
 */
export function eachPosition(
  { shape, strides, offset }: Layout,
  visit: (position: number, rank: number) => void,
): void {
  const last = shape.length - 1;
  let rank = 0;
  const walk = (axis: number, from: number): void => {
    if (axis > last) {
      visit(from, rank++);
      return;
    }
    const length = shape[axis]!;
    const stride = strides[axis]!;
    for (let i = 0; i < length; i++) {
      if (axis === last) visit(from + i * stride, rank++);
      else walk(axis + 1, from + i * stride);
    }
  };
  walk(0, offset);
}

/**
 * Every position of a layout, in C order.
 *
 * @param layout Where the elements lie.
 * @param size How many they are.
 */
export function positions(layout: Layout, size: number): Float64Array {
  const out = new Float64Array(size);
  eachPosition(layout, (position, rank) => {
    out[rank] = position;
  });
  return out;
}

/**
 * A dense copy of the elements at some positions.
 *
 * @param data Storage to read.
 * @param dtype Its dtype.
 * @param at Positions in elements.
 */
export function gather(data: TypedArray, dtype: DType, at: Float64Array): TypedArray {
  const out = makeStorage(dtype, at.length);
  if (isComplex(dtype)) {
    for (let i = 0; i < at.length; i++) {
      out[2 * i] = data[2 * at[i]!]!;
      out[2 * i + 1] = data[2 * at[i]! + 1]!;
    }
  } else {
    for (let i = 0; i < at.length; i++) out[i] = data[at[i]!]!;
  }
  return out;
}
