/**
 * @file Arrays in and out of linear memory.
 */

import { NDArray } from "../array/ndarray.ts";
import { sizeOf } from "../array/shape.ts";
import { type DType, dtypes, getElement, isComplex, type TypedArray } from "../dtype/dtype.ts";
import type { Arena } from "./arena.ts";

/** A typed array over a part of the memory. */
export function viewOf(arena: Arena, address: number, dtype: DType, size: number): TypedArray {
  return new dtypes[dtype].array(arena.heap.buffer, address, isComplex(dtype) ? 2 * size : size);
}

/**
 * Copies an array into memory. Scalars, the common case of a small call, make no typed array.
 *
 * @param arena The memory.
 * @param address Where to.
 * @param value A dense array.
 */
export function writeArray(arena: Arena, address: number, value: NDArray): void {
  if (value.ndim === 0 && writeScalar(arena, address, value)) return;
  const { data } = value;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  arena.heap.u8.set(bytes, address);
}

function writeScalar(arena: Arena, address: number, value: NDArray): boolean {
  switch (value.dtype) {
    case "float64":
      arena.heap.f64[address / 8] = value.item();
      return true;
    case "float32":
      arena.heap.f32[address / 4] = value.item();
      return true;
    case "int64":
      arena.heap.i64[address / 8] = BigInt(value.item());
      return true;
    case "int32":
      arena.heap.i32[address / 4] = value.item();
      return true;
    default:
      return false;
  }
}

/**
 * An array of what lies in memory.
 *
 * @param arena The memory.
 * @param address Where it starts.
 * @param shape Length of each axis.
 * @param dtype The dtype.
 * @param borrow Whether the array may be a view that changes with the memory.
 */
export function readArray(
  arena: Arena,
  address: number,
  shape: readonly number[],
  dtype: DType,
  borrow: boolean,
): NDArray {
  if (shape.length === 0 && !borrow) return readScalar(arena, address, dtype);
  const view = viewOf(arena, address, dtype, sizeOf(shape));
  if (borrow) return NDArray.of(view, shape, dtype);
  const copy = new (dtypes[dtype].array as unknown as new (from: TypedArray) => TypedArray)(view);
  return NDArray.of(copy, shape, dtype);
}

function readScalar(arena: Arena, address: number, dtype: DType): NDArray {
  const { heap } = arena;
  switch (dtype) {
    case "float64":
      return NDArray.scalar(heap.f64[address / 8]!, dtype);
    case "float32":
      return NDArray.scalar(heap.f32[address / 4]!, dtype);
    case "int32":
      return NDArray.scalar(heap.i32[address / 4]!, dtype);
    default:
      return NDArray.scalar(getElement(viewOf(arena, address, dtype, 1), 0, dtype), dtype);
  }
}

/** An integer of any dtype. */
export function readInteger(arena: Arena, address: number, dtype: DType): number | bigint {
  return viewOf(arena, address, dtype, 1)[0]!;
}
