/**
 * @file Who holds the newest copy of a value that outlives a call.
 *
 * A {@linkcode Storage} owns a host copy, always there, and knows the copies that targets keep beside
 * it ({@linkcode Resident}): in linear memory, on a device. Rules:
 *
 * - At any time at least one copy is current: the host's or that of a resident with `newest` set.
 * - `read` makes the host current first. `write` makes the host the only current copy.
 * - A target that computed a new value in its own memory calls `markNewest`; the host and the other
 *   residents are then stale until someone reads.
 * - A target that needs its memory back calls `evict`, which saves the value first. Nothing relies on
 *   finalizers: what is attached stays attached until `evict` or `release`.
 */

import { fail, internal } from "../errors.ts";
import { type DType, makeStorage, type TypedArray } from "../dtype/dtype.ts";
import { NDArray } from "./ndarray.ts";
import { sameShape, sizeOf } from "./shape.ts";

/** A copy of a value that a target keeps in memory of its own. */
export interface Resident {
  /** Whose memory it is. */
  readonly target: object;
  /** Whether the copy is current. Set by the {@linkcode Storage} only, once it is attached. */
  newest: boolean;
  /**
   * Copies the value to the host.
   *
   * @param into Dense storage of the value's dtype and size.
   */
  download(into: TypedArray): void;
  /** The same, without blocking until the value has been computed. */
  downloadLater?(into: TypedArray): Promise<void>;
  /** Waits until the value has been computed. */
  sync?(): void;
  /** Gives the memory back. Not called twice. */
  release(): void;
}

/** A value with a host copy and any number of resident copies; dtype and ndim are fixed. */
export class Storage {
  /** The dtype. */
  readonly dtype: DType;
  #host: NDArray;
  #hostIsCurrent = true;
  #isGone = false;
  #shape: readonly number[];
  readonly #residents = new Map<object, Resident>();

  /**
   * Takes over an array.
   *
   * @param value The first value. It belongs to the storage from now on: whoever keeps it gives a
   *   copy.
   */
  constructor(value: NDArray) {
    this.dtype = value.dtype;
    this.#host = value;
    this.#shape = value.shape;
  }

  /** Shape of the current value, wherever it is. */
  get shape(): readonly number[] {
    return this.#shape;
  }

  /** Whether the host copy is current, so that `read` copies nothing. */
  get hostIsCurrent(): boolean {
    return this.#hostIsCurrent;
  }

  /**
   * The current value on the host. The array is the storage's own: it may change with the next value,
   * so whoever keeps it copies it.
   */
  read(): NDArray {
    if (this.#hostIsCurrent) return this.#host;
    const newest = this.#newest();
    const data = this.#room();
    newest.download(data);
    return this.#filled(data);
  }

  /** {@linkcode Storage.read}, without blocking until the value has been computed. */
  async readLater(): Promise<NDArray> {
    if (this.#hostIsCurrent) return this.#host;
    const newest = this.#newest();
    if (newest.downloadLater === undefined) return this.read();
    const data = makeStorage(this.dtype, sizeOf(this.#shape));
    await newest.downloadLater(data);
    return newest.newest ? this.#filled(data) : this.read();
  }

  /** Waits until the value has been computed. */
  sync(): void {
    if (!this.#hostIsCurrent) this.#newest().sync?.();
  }

  #newest(): Resident {
    const newest = [...this.#residents.values()].find((resident) => resident.newest);
    if (newest) return newest;
    if (this.#isGone) fail("RuntimeError", "read an array of a device", "it was freed");
    return internal("read a stored value", "no copy of it is current", "core/array/storage.ts");
  }

  /** Memory for the value on the host: that of the last value, where it fits. */
  #room(): TypedArray {
    const { isContiguous, isHere, shape } = this.#host;
    const reusable = isContiguous && isHere && sameShape(shape, this.#shape);
    return reusable ? this.#host.data : makeStorage(this.dtype, sizeOf(this.#shape));
  }

  #filled(data: TypedArray): NDArray {
    if (!this.#host.isHere || this.#host.data !== data) {
      this.#host = NDArray.of(data, this.#shape, this.dtype);
    }
    this.#hostIsCurrent = true;
    return this.#host;
  }

  /**
   * Replaces the value; every resident copy is stale afterwards.
   *
   * @param value The new value, which belongs to the storage from now on.
   */
  write(value: NDArray): void {
    if (value.dtype !== this.dtype || value.ndim !== this.#shape.length) {
      internal(
        `store an array of ${value.dtype} with ${value.ndim} axes`,
        `the storage is of ${this.dtype} with ${this.#shape.length}`,
        "the caller of Storage.write",
      );
    }
    this.#host = value;
    this.#shape = value.shape;
    this.#hostIsCurrent = true;
    for (const resident of this.#residents.values()) resident.newest = false;
  }

  /** The copy a target keeps, current or not; undefined if it keeps none. */
  resident(target: object): Resident | undefined {
    return this.#residents.get(target);
  }

  /**
   * Adds a target's copy. With `newest` set it must equal the current value, as after an upload.
   *
   * @param resident The copy; its target has none attached.
   */
  attach(resident: Resident): void {
    if (this.#residents.has(resident.target)) {
      internal("attach a resident copy", "its target has one already", "the caller of attach");
    }
    this.#residents.set(resident.target, resident);
  }

  /**
   * Says that a target has computed a new value in its copy: all others are stale.
   *
   * @param resident The copy, attached before.
   * @param shape Shape of the new value.
   */
  markNewest(resident: Resident, shape: readonly number[]): void {
    if (this.#residents.get(resident.target) !== resident) {
      internal("mark a copy as newest", "it is not attached", "the caller of markNewest");
    }
    for (const other of this.#residents.values()) other.newest = other === resident;
    this.#hostIsCurrent = false;
    this.#shape = shape;
  }

  /** Makes the host copy current, so that no resident copy is needed. */
  writeBack(): void {
    this.read();
  }

  /**
   * Releases one target's copy, after saving the value if only it had it.
   *
   * @param target Whose copy; nothing happens if it has none.
   */
  evict(target: object): void {
    const resident = this.#residents.get(target);
    if (resident === undefined) return;
    if (resident.newest) this.writeBack();
    this.#residents.delete(target);
    resident.release();
  }

  /** Releases one target's copy, whose value nobody needs any more. */
  discard(target: object): void {
    const resident = this.#residents.get(target);
    this.#residents.delete(target);
    resident?.release();
  }

  /** Releases every resident copy, of a value that nobody needs any more. */
  discardAll(): void {
    for (const target of [...this.#residents.keys()]) this.discard(target);
  }

  /** Gives the value up: unless the host has it, reading it is an error from now on. */
  abandon(): void {
    this.#isGone = !this.#hostIsCurrent;
    this.discardAll();
  }

  /** Releases every resident copy; the value stays on the host. */
  release(): void {
    for (const target of [...this.#residents.keys()]) this.evict(target);
  }
}
