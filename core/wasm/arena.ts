/**
 * @file The one linear memory of the process, and who has which part of it.
 *
 * Contract:
 * - Blocks are handed out by {@linkcode Arena.allocate} and come back by {@linkcode Arena.free};
 *   nothing here waits for a finalizer.
 * - Small blocks lie together in regions of their own: one that stays for long would split what
 *   large blocks need.
 * - Copies of shared variables are *evictable*: when memory beyond the soft limit is wanted, those
 *   that no recent call used are saved to the host and freed. What the current call uses is never
 *   evicted.
 * - The memory grows in place, so views made before stay valid; {@linkcode Arena.heap} gives views
 *   that cover all of it.
 * - What a 32-bit address cannot reach is refused with a `RangeError` before anything changes.
 */

import { raise } from "../errors.ts";
import { addressLimit, alignment, reserved } from "./layout.ts";

const pageBytes = 65536;

/** Bytes of blocks above which old evictable copies are saved and freed before the memory grows. */
const softLimit = 256 * 2 ** 20;

/** Blocks up to so many bytes are small. */
const smallBytes = 16 * 2 ** 10;

/** Bytes of a region of small blocks. */
const regionBytes = 2 ** 20;

/** Calls after which an evictable copy counts as old. */
const oldAge = 64;

/** A block that can be taken back. */
export interface Evictable {
  /** The call that used it last: see {@linkcode Arena.epoch}. */
  lastUse: number;
  /** Saves what only this block holds and frees it. */
  evict(): void;
}

/** Typed views of all of the memory. */
export interface Heap {
  readonly buffer: ArrayBufferLike;
  readonly u8: Uint8Array<ArrayBufferLike>;
  readonly i32: Int32Array<ArrayBufferLike>;
  readonly u32: Uint32Array<ArrayBufferLike>;
  readonly i64: BigInt64Array<ArrayBufferLike>;
  readonly f32: Float32Array<ArrayBufferLike>;
  readonly f64: Float64Array<ArrayBufferLike>;
}

/** A linear memory with an allocator. */
export class Arena {
  /** The memory, imported by every module. */
  readonly memory: WebAssembly.Memory;
  #epoch = 0;
  #depth = 0;
  readonly #small = new FreeList();
  readonly #large = new FreeList();
  readonly #sizes = new Map<number, number>();
  readonly #evictables = new Set<Evictable>();
  readonly #limitBytes: number;
  #heap: Heap;
  #used = 0;

  /**
   * Makes a memory.
   *
   * @param limitBytes The most it may grow to; 4 GiB unless a test says less.
   */
  constructor(limitBytes: number = addressLimit) {
    this.#limitBytes = limitBytes;
    const maximum = Math.floor(limitBytes / pageBytes);
    this.memory = new WebAssembly.Memory({
      initial: 16,
      maximum: Math.max(16, maximum),
      shared: true,
    });
    this.#heap = viewsOf(this.memory.buffer);
    this.#small.add(reserved, this.memory.buffer.byteLength - reserved);
  }

  /** Counts calls of compiled functions; a call inside another one counts as part of it. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether the call that runs was made by a host step of another call. */
  get isNested(): boolean {
    return this.#depth > 1;
  }

  /** Says that a call starts: no copy it uses is evicted before it ends. */
  enter(): void {
    if (this.#depth++ === 0) this.#epoch++;
  }

  /** Says that a call ends. */
  leave(): void {
    this.#depth--;
  }

  /** Views of the memory as large as it is now. */
  get heap(): Heap {
    return this.#heap;
  }

  /** Bytes handed out. */
  get usedBytes(): number {
    return this.#used;
  }

  /** Bytes of the memory. */
  get sizeBytes(): number {
    return this.#heap.buffer.byteLength;
  }

  /**
   * Hands out a block.
   *
   * @param bytes How many are wanted.
   * @returns Its address, a multiple of the alignment.
   * @throws {RangeError} If a 32-bit memory cannot hold it.
   */
  allocate(bytes: number): number {
    const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
    const address = size <= smallBytes ? this.#takeSmall(size) : this.#takeLarge(size);
    this.#sizes.set(address, size);
    this.#used += size;
    return address;
  }

  /** Takes a block back. */
  free(address: number): void {
    const size = this.#sizes.get(address);
    if (size === undefined) return;
    this.#sizes.delete(address);
    this.#used -= size;
    (size <= smallBytes ? this.#small : this.#large).add(address, size);
  }

  /** Registers a copy that may be taken back. */
  track(evictable: Evictable): void {
    this.#evictables.add(evictable);
  }

  /** Forgets a copy. */
  untrack(evictable: Evictable): void {
    this.#evictables.delete(evictable);
  }

  #takeSmall(size: number): number {
    const known = this.#small.take(size);
    if (known !== undefined) return known;
    const region = this.#find(regionBytes);
    if (region === undefined) return this.#takeLarge(size);
    this.#small.add(region, regionBytes);
    return this.#small.take(size)!;
  }

  #takeLarge(size: number): number {
    return this.#find(size) ?? this.#refuse(size);
  }

  /** Space between large blocks; where there is none, old copies go and the memory grows. */
  #find(size: number): number | undefined {
    const known = this.#large.take(size);
    if (known !== undefined) return known;
    if (this.#used + size > softLimit) {
      this.#evict(oldAge);
      const found = this.#large.take(size);
      if (found !== undefined) return found;
    }
    if (this.#grow(size)) return this.#large.take(size);
    this.#evict(1);
    const found = this.#large.take(size);
    if (found !== undefined) return found;
    return this.#grow(size) ? this.#large.take(size) : undefined;
  }

  #refuse(size: number): never {
    return raise(
      "RangeError",
      `Cannot allocate ${size} bytes: the arrays of this call need more than the ` +
        `${this.#limitBytes} bytes that a 32-bit memory has, of which ${this.#used} are in use\n` +
        "  Use smaller batches, or free() functions that are no longer needed",
    );
  }

  /** Saves and frees copies that no call used within an age. */
  #evict(age: number): void {
    const old = [...this.#evictables].filter((e) => this.epoch - e.lastUse >= age);
    for (const evictable of old.sort((a, b) => a.lastUse - b.lastUse)) evictable.evict();
  }

  #grow(size: number): boolean {
    const end = this.sizeBytes;
    const missing = Math.max(size - this.#large.tail(end), 0);
    const wanted = Math.max(missing, Math.min(end / 2, 64 * 2 ** 20));
    for (const bytes of [wanted, missing]) {
      const pages = Math.ceil(bytes / pageBytes);
      if (end + pages * pageBytes > this.#limitBytes) continue;
      try {
        this.memory.grow(pages);
      } catch {
        continue;
      }
      this.#heap = viewsOf(this.memory.buffer);
      this.#large.add(end, this.sizeBytes - end);
      return true;
    }
    return false;
  }
}

function viewsOf(buffer: ArrayBufferLike): Heap {
  return {
    buffer,
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    i64: new BigInt64Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
}

/** Free ranges by address, neighbours joined. */
class FreeList {
  readonly #starts: number[] = [];
  readonly #sizes: number[] = [];

  /** The first range that is large enough, cut. */
  take(size: number): number | undefined {
    const at = this.#sizes.findIndex((free) => free >= size);
    if (at < 0) return undefined;
    const address = this.#starts[at]!;
    if (this.#sizes[at] === size) {
      this.#starts.splice(at, 1);
      this.#sizes.splice(at, 1);
    } else {
      this.#starts[at] = address + size;
      this.#sizes[at] = this.#sizes[at]! - size;
    }
    return address;
  }

  add(address: number, size: number): void {
    if (size <= 0) return;
    let at = this.#starts.findIndex((start) => start > address);
    if (at < 0) at = this.#starts.length;
    this.#starts.splice(at, 0, address);
    this.#sizes.splice(at, 0, size);
    this.#join(at);
    if (at > 0) this.#join(at - 1);
  }

  /** Bytes free at the end of the memory. */
  tail(end: number): number {
    const last = this.#starts.length - 1;
    const isLast = last >= 0 && this.#starts[last]! + this.#sizes[last]! === end;
    return isLast ? this.#sizes[last]! : 0;
  }

  #join(at: number): void {
    if (this.#starts[at]! + this.#sizes[at]! !== this.#starts[at + 1]) return;
    this.#sizes[at] = this.#sizes[at]! + this.#sizes[at + 1]!;
    this.#starts.splice(at + 1, 1);
    this.#sizes.splice(at + 1, 1);
  }
}
