/**
 * @file The handle of an array that lies on a device.
 */

import { NDArray } from "./ndarray.ts";
import type { Storage } from "./storage.ts";

/**
 * An array on a device: what a function returns for an output that was transferred there. Functions
 * take it as an input without copying it; on the host it is an array like any other, whose elements
 * are copied when they are first looked at. Theano: `pygpu.gpuarray.GpuArray`.
 */
export class GpuArray extends NDArray {
  /** The value, and where it is. */
  readonly storage: Storage;
  /** The handle whose end gives the value's memory back. */
  readonly #first: GpuArray;

  /**
   * Makes a handle of a value.
   *
   * @param storage The value, which nobody changes.
   * @param other Another handle of it.
   */
  constructor(storage: Storage, other?: GpuArray) {
    super(() => storage.read().copy().data, storage.dtype, storage.shape);
    this.storage = storage;
    this.#first = other ? other.#first : this;
  }

  /** Another handle of the same value, whose elements have not been looked at. */
  handle(): GpuArray {
    return new GpuArray(this.storage, this);
  }

  /** Waits until the device has computed it. */
  sync(): void {
    this.storage.sync();
  }

  /** A copy on the host. */
  toHost(): NDArray {
    return this.storage.read().copy();
  }

  /** A copy on the host, without blocking until the device has computed it. */
  async toHostAsync(): Promise<NDArray> {
    return (await this.storage.readLater()).copy();
  }
}
