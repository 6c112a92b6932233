/**
 * @file A device's copies of values that outlive a call, and arrays as bytes of the device.
 */

import { GpuArray } from "../core/array/gpu_array.ts";
import { NDArray } from "../core/array/ndarray.ts";
import { sizeOf } from "../core/array/shape.ts";
import { type Resident, Storage } from "../core/array/storage.ts";
import { type DType, dtypes, makeStorage, type TypedArray } from "../core/dtype/dtype.ts";
import { internal } from "../core/errors.ts";
import type { Block, Device, Evictable, Wanted } from "./device.ts";

/** Bytes of an element on a device: a bool is a word. */
export function elementBytes(dtype: DType): number {
  return dtype === "bool" ? 4 : dtypes[dtype].bytes;
}

/** Bytes of so many elements on a device. */
export function deviceBytes(dtype: DType, size: number): number {
  return size * elementBytes(dtype);
}

/** An array as a device has it. */
export function packed(value: NDArray): ArrayBufferView<ArrayBuffer> {
  const { data } = value.dense();
  return (value.dtype === "bool" ? Uint32Array.from(data as Uint8Array) : data) as
    & TypedArray
    & ArrayBufferView<ArrayBuffer>;
}

/** The elements of what was read from a device. */
export function unpacked(
  bytes: Uint8Array<ArrayBuffer>,
  dtype: DType,
  shape: readonly number[],
): NDArray {
  const size = sizeOf(shape);
  const data = makeStorage(dtype, size);
  fillFrom(bytes, dtype, data);
  return NDArray.of(data, shape, dtype);
}

function fillFrom(bytes: Uint8Array<ArrayBuffer>, dtype: DType, into: TypedArray): void {
  if (dtype === "bool") {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, into.length);
    (into as Uint8Array).set(words);
  } else new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(bytes);
}

/** A value in the memory of a device. */
export class DeviceCopy implements Resident, Evictable {
  newest = false;
  lastUse: number;
  #block: Block;

  /**
   * Attaches a copy to a value.
   *
   * @param target The device.
   * @param storage The value.
   * @param block Where the copy is.
   */
  constructor(readonly target: Device, readonly storage: Storage, block: Block) {
    this.lastUse = target.epoch;
    this.#block = block;
    storage.attach(this);
    target.track(this);
  }

  /** Where the value is. */
  get block(): Block {
    return this.#block;
  }

  get bytes(): number {
    return this.#block.bytes;
  }

  /** Brings the host's value up to date here. */
  upload(): void {
    const value = this.storage.read();
    const bytes = deviceBytes(value.dtype, value.size);
    if (this.#block.bytes < bytes) this.#replace(this.target.take(bytes));
    const near = value instanceof GpuArray && !value.isHere
      ? value.storage.resident(this.target)
      : undefined;
    if (near instanceof DeviceCopy && near.newest) this.target.copy(near.block, this.#block, bytes);
    else this.target.write(this.#block, packed(value));
    this.newest = true;
  }

  /** Makes a block with a new value the copy, which is then the newest one. */
  accept(block: Block, shape: readonly number[]): void {
    this.#replace(block);
    this.storage.markNewest(this, shape);
  }

  #replace(block: Block): void {
    const old = this.#block;
    this.#block = block;
    this.target.give(old);
  }

  #wanted(): Wanted {
    const { dtype, shape } = this.storage;
    return { block: this.#block, offset: 0, bytes: deviceBytes(dtype, sizeOf(shape)) };
  }

  download(into: TypedArray): void {
    const [data] = this.target.read([this.#wanted()]);
    fillFrom(data!, this.storage.dtype, into);
  }

  async downloadLater(into: TypedArray): Promise<void> {
    const [data] = await this.target.readLater([this.#wanted()]);
    fillFrom(data!, this.storage.dtype, into);
  }

  sync(): void {
    this.target.sync();
  }

  release(): void {
    this.target.untrack(this);
    this.target.give(this.#block);
  }

  evict(): void {
    this.storage.evict(this.target);
  }
}

/** Lets go of values whose handles are gone. */
const dropped = new FinalizationRegistry<DeviceCopy>((copy) => copy.storage.discard(copy.target));

/**
 * A handle of a value that a device has computed.
 *
 * @param device The device.
 * @param block Where the value is; it belongs to the handle from now on.
 * @param dtype Its dtype.
 * @param shape Its shape.
 */
export function handleOf(
  device: Device,
  block: Block,
  dtype: DType,
  shape: readonly number[],
): GpuArray {
  const nothing = (): TypedArray => internal("read a value", "it is on the device", "gpu/copy.ts");
  const storage = new Storage(new NDArray(nothing, dtype, shape));
  const copy = new DeviceCopy(device, storage, block);
  storage.markNewest(copy, shape);
  const made = new GpuArray(storage);
  dropped.register(made, copy);
  return made;
}

/** The device's copy of a value, up to date. */
export function copyOf(device: Device, storage: Storage): DeviceCopy {
  const known = storage.resident(device) as DeviceCopy | undefined;
  const bytes = deviceBytes(storage.dtype, sizeOf(storage.shape));
  const copy = known ?? new DeviceCopy(device, storage, device.take(bytes));
  copy.lastUse = device.epoch;
  if (!copy.newest) copy.upload();
  return copy;
}
