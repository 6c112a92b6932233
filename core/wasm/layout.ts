/**
 * @file Where things are in linear memory, before anything is allocated.
 */

/** Bytes at the start of memory that no array may use. */
export const reserved = 1024;

/** The record of an index out of range, at fixed addresses: i64 index, i64 size, i32 axis. */
export const fault = { index: 16, size: 24, axis: 32 } as const;

/** Every array starts at a multiple of this many bytes. */
export const alignment = 64;

/** Bytes of one cell of a block: an i64. */
export const cellBytes = 8;

/** The place of a cell among the i64s of the memory. */
export function cellIndex(block: number, cell: number): number {
  return block / cellBytes + cell;
}

/** The first address a 32-bit memory does not have. */
export const addressLimit = 2 ** 32;
