/**
 * @file Numbers with a dtype, NumPy's `numpy.float64(0)`: `float64(2)` is a float with a whole value.
 */

import { type ScalarMaker, scalarMakers } from "./constructors.ts";

/** A 0-d array of float16. */
export const float16: ScalarMaker = scalarMakers.float16;
/** A 0-d array of float32. */
export const float32: ScalarMaker = scalarMakers.float32;
/** A 0-d array of float64. */
export const float64: ScalarMaker = scalarMakers.float64;
/** A 0-d array of int8. */
export const int8: ScalarMaker = scalarMakers.int8;
/** A 0-d array of int16. */
export const int16: ScalarMaker = scalarMakers.int16;
/** A 0-d array of int32. */
export const int32: ScalarMaker = scalarMakers.int32;
/** A 0-d array of int64. */
export const int64: ScalarMaker = scalarMakers.int64;
/** A 0-d array of uint8. */
export const uint8: ScalarMaker = scalarMakers.uint8;
/** A 0-d array of uint16. */
export const uint16: ScalarMaker = scalarMakers.uint16;
/** A 0-d array of uint32. */
export const uint32: ScalarMaker = scalarMakers.uint32;
/** A 0-d array of uint64. */
export const uint64: ScalarMaker = scalarMakers.uint64;
/** A 0-d array of complex64. */
export const complex64: ScalarMaker = scalarMakers.complex64;
/** A 0-d array of complex128. */
export const complex128: ScalarMaker = scalarMakers.complex128;
