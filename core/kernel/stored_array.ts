/**
 * @file Arrays as sections of what is stored, and back.
 */

import { NDArray } from "../array/ndarray.ts";
import { sizeOf } from "../array/shape.ts";
import { type DType, makeStorage } from "../dtype/dtype.ts";
import { internal } from "../errors.ts";
import type { StoredBuild } from "./target.ts";

const stage = "core/kernel/stored_array.ts";

/** What of an array is no bytes. */
export interface ArrayFacts {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** What of an array is no bytes. */
export function factsOf({ dtype, shape }: NDArray): ArrayFacts {
  return { dtype, shape };
}

/** A copy of the elements of an array as bytes. */
export function elementBytes(value: NDArray): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = value.dense().data;
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength).slice();
}

/** The array whose elements are bytes, which are copied. */
export function arrayOf({ dtype, shape }: ArrayFacts, bytes: Uint8Array<ArrayBuffer>): NDArray {
  const data = makeStorage(dtype, sizeOf(shape));
  const { buffer, byteOffset, byteLength } = data;
  if (bytes.length !== byteLength) {
    internal("restore a constant", `it has ${bytes.length} bytes, not ${byteLength}`, stage);
  }
  new Uint8Array(buffer, byteOffset, byteLength).set(bytes);
  return NDArray.of(data, shape, dtype);
}

/** A section that must be there. */
export function sectionOf(
  sections: StoredBuild["sections"],
  name: string,
): Uint8Array<ArrayBuffer> {
  return sections[name] ?? internal("restore a build", `it has no section ${name}`, stage);
}
