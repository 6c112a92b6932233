/**
 * @file The arena's copies of shared variables.
 *
 * A copy has a current block and, once something updated the variable, a spare one: a call writes
 * the new value into the spare and exchanges the two when it can no longer fail.
 */

import type { Resident, Storage } from "../array/storage.ts";
import { sizeOf } from "../array/shape.ts";
import { type DType, dtypes, type TypedArray } from "../dtype/dtype.ts";
import type { Arena, Evictable } from "./arena.ts";
import { viewOf, writeArray } from "./memory.ts";

/** A shared variable's value in linear memory. */
export class ArenaCopy implements Resident, Evictable {
  newest = false;
  lastUse: number;
  #current: { address: number; capacity: number };
  #spare: { address: number; capacity: number } | undefined;

  constructor(readonly target: Arena, readonly storage: Storage) {
    this.lastUse = target.epoch;
    const bytes = byteLength(storage);
    this.#current = { address: target.allocate(bytes), capacity: bytes };
    storage.attach(this);
    target.track(this);
  }

  /** Where the current value is. */
  get address(): number {
    return this.#current.address;
  }

  /** Brings the host's value up to date here. */
  upload(): void {
    const bytes = byteLength(this.storage);
    if (this.#current.capacity < bytes) {
      const address = this.target.allocate(bytes);
      this.target.free(this.#current.address);
      this.#current = { address, capacity: bytes };
    }
    writeArray(this.target, this.#current.address, this.storage.read().dense());
    this.newest = true;
  }

  /** A block for the next value. */
  spare(bytes: number): number {
    if (!this.#spare || this.#spare.capacity < bytes) {
      const address = this.target.allocate(bytes);
      if (this.#spare) this.target.free(this.#spare.address);
      this.#spare = { address, capacity: bytes };
    }
    return this.#spare.address;
  }

  /** Makes the spare block the current one. */
  exchange(): void {
    const spare = this.#spare!;
    this.#spare = this.#current;
    this.#current = spare;
  }

  download(into: TypedArray): void {
    const { dtype, shape } = this.storage;
    into.set(viewOf(this.target, this.address, dtype, sizeOf(shape)) as never);
  }

  release(): void {
    this.target.untrack(this);
    this.target.free(this.#current.address);
    if (this.#spare) this.target.free(this.#spare.address);
  }

  evict(): void {
    this.storage.evict(this.target);
  }
}

function byteLength({ dtype, shape }: { dtype: DType; shape: readonly number[] }): number {
  return dtypes[dtype].bytes * sizeOf(shape);
}

/** The arena's copy of a shared variable, up to date. */
export function residentOf(arena: Arena, storage: Storage): ArenaCopy {
  const known = storage.resident(arena) as ArenaCopy | undefined;
  const copy = known ?? new ArenaCopy(arena, storage);
  copy.lastUse = arena.epoch;
  if (!copy.newest) copy.upload();
  return copy;
}
