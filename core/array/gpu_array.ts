/**
 * @file The handle of an array that lies on a device.
 */

import { NDArray } from "./ndarray.ts";
import type { Storage } from "./storage.ts";

/**
 * An array on a device: what a function returns for an output that was transferred there. Functions
 * take it as an input without copying it; on the host it is an array like any other, whose elements
 * are copied when they are first looked at. The memory of the device comes back when the handle is
 * collected, which an engine does between tasks only: who makes many large ones in a loop frees them,
 * or declares them by `using`. Theano: `pygpu.gpuarray.GpuArray`.
 */
export class GpuArray extends NDArray implements Disposable {
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

  /**
   * Gives the memory of the device back now. What was not copied to the host before cannot be read any
   * more, nor given to a function, through any handle of the value.
   */
  free(): void {
    this.storage.abandon();
  }

  /** The same, at the end of a block that declares the handle by `using`. */
  [Symbol.dispose](): void {
    this.free();
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
