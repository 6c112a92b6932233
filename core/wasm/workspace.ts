/**
 * @file The stack of intermediate values that all compiled functions share.
 */

import type { Arena } from "./arena.ts";

/** One block that grows to the largest need so far; its contents do not survive a call. */
export class Workspace {
  readonly #arena: Arena;
  #address = 0;
  #capacity = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Where it starts. */
  get base(): number {
    return this.#address;
  }

  /** The first address behind it. */
  get end(): number {
    return this.#address + this.#capacity;
  }

  /** Makes it at least so large; returns where it starts now. */
  grow(bytes: number): number {
    if (this.#capacity >= bytes) return this.#address;
    if (this.#capacity > 0) this.#arena.free(this.#address);
    this.#capacity = 0;
    this.#address = 0;
    this.#address = this.#arena.allocate(bytes);
    this.#capacity = bytes;
    return this.#address;
  }
}
