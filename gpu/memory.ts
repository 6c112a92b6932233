/**
 * @file Where the values of a call are: on the host, on the device, on both, or nowhere yet.
 */

import { GpuArray } from "../core/array/gpu_array.ts";
import { NDArray } from "../core/array/ndarray.ts";
import { sizeOf } from "../core/array/shape.ts";
import type { Storage } from "../core/array/storage.ts";
import { type DType, makeStorage } from "../core/dtype/dtype.ts";
import type { BufferSpec } from "../core/kernel/program.ts";
import type { Binding } from "./binding.ts";
import { copyOf, deviceBytes, packed, unpacked } from "./copy.ts";
import type { Block, Device, Wanted } from "./device.ts";
import type { Routine } from "./routine.ts";

/** What a call brings. */
export interface Given {
  readonly args: readonly NDArray[];
  readonly shared: readonly Storage[];
  readonly constants: readonly Storage[];
}

/** The memory of one call, by the numbers of buffers. */
export class Memory {
  readonly #device: Device;
  readonly #routine: Routine;
  readonly #given: Given;
  readonly #host: (NDArray | undefined)[] = [];
  readonly #blocks: (Block | undefined)[] = [];
  /** Shapes of buffers that the caller or a host step brings. */
  readonly #shapes: (readonly number[] | undefined)[] = [];
  /** The buffers whose blocks are the call's own. */
  readonly #owned = new Set<number>();
  readonly #bindings: Binding[] = [];
  /** Bytes of the device that the call took. */
  takenBytes = 0;

  constructor(device: Device, routine: Routine, given: Given) {
    this.#device = device;
    this.#routine = routine;
    this.#given = given;
    routine.buffers.forEach(({ role, index }, buffer) => {
      if (role === "argument") {
        this.#host[buffer] = given.args[index]!;
        this.#shapes[buffer] = given.args[index]!.shape;
      } else if (role === "shared") this.#shapes[buffer] = given.shared[index]!.shape;
    });
  }

  /** Says what the sizes of a body, or 0 for the program, are from now on. */
  bind(home: number, binding: Binding): void {
    this.#bindings[home] = binding;
  }

  #spec(buffer: number): BufferSpec {
    return this.#routine.buffers[buffer]!;
  }

  /** The dtype of a buffer. */
  dtypeOf(buffer: number): DType {
    return this.#spec(buffer).dtype;
  }

  /** The shape of a buffer. */
  shapeOf(buffer: number): readonly number[] {
    const { shape } = this.#spec(buffer);
    const home = this.#routine.homes[buffer]!;
    return shape ? this.#bindings[home]!.shape(shape) : this.#shapes[buffer]!;
  }

  /** Bytes that a buffer has on the device. */
  bytesOf(buffer: number): number {
    return deviceBytes(this.#spec(buffer).dtype, sizeOf(this.shapeOf(buffer)));
  }

  /** Whether a buffer was brought or written. */
  hasValue(buffer: number): boolean {
    return this.#isBrought(buffer) || this.#host[buffer] !== undefined ||
      this.#blocks[buffer] !== undefined;
  }

  #isBrought(buffer: number): boolean {
    const { role } = this.#spec(buffer);
    return role === "shared" || role === "constant";
  }

  /** Whether the newest value of a buffer is the call's, and on the device only. */
  isAway(buffer: number): boolean {
    return this.#host[buffer] === undefined && this.#owned.has(buffer);
  }

  /** A value on the host, which was brought there; zeros for what nobody has computed. */
  onHost(buffer: number): NDArray {
    const { role, index, dtype } = this.#spec(buffer);
    const { shared, constants } = this.#given;
    if (role === "shared") return shared[index]!.read();
    if (role === "constant") return constants[index]!.read();
    return this.#host[buffer] ??= zeros(dtype, this.shapeOf(buffer));
  }

  /** An array of the shape of a buffer, of which nobody looks at the elements. */
  shapeOnly(buffer: number): NDArray {
    const { dtype } = this.#spec(buffer);
    return NDArray.of(makeStorage(dtype, 0), this.#shapes[buffer]!, dtype);
  }

  /** All of a buffer, to be read. */
  whole(buffer: number): Wanted {
    return { block: this.#blocks[buffer]!, offset: 0, bytes: this.bytesOf(buffer) };
  }

  /** Takes what was read of all of a buffer. */
  arrived(buffer: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#host[buffer] = unpacked(bytes, this.#spec(buffer).dtype, this.shapeOf(buffer));
  }

  /** Takes a new value from the host. */
  accept(buffer: number, value: NDArray): void {
    this.drop(buffer);
    this.#host[buffer] = value;
    if (this.#spec(buffer).shape === null) this.#shapes[buffer] = value.shape;
  }

  /** Where a buffer is on the device, if it is there. */
  blockOf(buffer: number): Block | undefined {
    return this.#blocks[buffer];
  }

  /** The value of a buffer on the device, brought there if it is on the host. */
  onDevice(buffer: number): Block {
    const known = this.#blocks[buffer];
    if (known) return known;
    const kept = this.#keptAt(buffer);
    if (kept) return this.#blocks[buffer] = copyOf(this.#device, kept).block;
    const value = this.onHost(buffer);
    const block = this.take(buffer, deviceBytes(value.dtype, value.size));
    this.#device.write(block, packed(value));
    return block;
  }

  /** Brings to the device what has a value. */
  bring(buffers: Iterable<number>): void {
    for (const buffer of buffers) if (this.hasValue(buffer)) this.onDevice(buffer);
  }

  /** The value that a buffer is, where that outlives the call. */
  #keptAt(buffer: number): Storage | undefined {
    const { role, index } = this.#spec(buffer);
    if (role === "shared") return this.#given.shared[index]!;
    if (role === "constant") return this.#given.constants[index]!;
    const value = this.#host[buffer];
    return value instanceof GpuArray && !value.isHere ? value.storage : undefined;
  }

  /** Memory of the device for a buffer: what it has, or new. */
  room(buffer: number, bytes: number): Block {
    return this.#blocks[buffer] ?? this.take(buffer, bytes);
  }

  /** New memory of the device for a buffer. */
  take(buffer: number, bytes: number): Block {
    const block = this.#device.take(bytes);
    this.takenBytes += block.bytes;
    this.#blocks[buffer] = block;
    this.#owned.add(buffer);
    return block;
  }

  /** Says that the device has written a buffer. */
  written(buffer: number): void {
    this.#host[buffer] = undefined;
  }

  /** Lets a block outlive the call. */
  release(buffer: number): void {
    this.#owned.delete(buffer);
  }

  /** Gives the memory of a buffer back. */
  drop(buffer: number): void {
    const block = this.#owned.delete(buffer) ? this.#blocks[buffer] : undefined;
    if (block) this.#device.give(block);
    this.#blocks[buffer] = undefined;
  }

  /** Gives everything back. */
  close(): void {
    for (const buffer of [...this.#owned]) this.drop(buffer);
  }
}

function zeros(dtype: DType, shape: readonly number[]): NDArray {
  return NDArray.of(makeStorage(dtype, sizeOf(shape)), shape, dtype);
}
