/**
 * @file What kernels of a call say about indices out of range: a few words of the device for each that
 * checks them, read together with what a call reads anyway.
 */

import type { GatherKernel, ScatterKernel } from "../core/kernel/kernel.ts";
import { faultText } from "../core/kernel/stepper.ts";
import type { Binding } from "./binding.ts";
import type { BoundPart } from "./bound.ts";
import { faultOf, noFault, statusWords } from "./code.ts";
import type { Block, Device, Wanted } from "./device.ts";
import { errorOf } from "./inside.ts";
import type { Placed } from "./works.ts";

/** A kernel that checked indices, and where it says what it found. */
interface Checked {
  readonly placed: Placed;
  readonly binding: Binding;
  readonly offset: number;
}

/** The words of a call. */
export class Faults {
  readonly #device: Device;
  readonly #bytes: number;
  readonly #checked = new Map<Placed, Checked>();
  #block: Block | undefined;

  /**
   * Takes no memory yet.
   *
   * @param device The device.
   * @param count How many kernels may check indices.
   */
  constructor(device: Device, count: number) {
    this.#device = device;
    this.#bytes = count * device.facts.alignment;
  }

  /** Whether a kernel has checked indices. */
  get isAsked(): boolean {
    return this.#checked.size > 0;
  }

  /** The words of all, made to say that nothing was found; none where no kernel checks indices. */
  open(): Block | undefined {
    if (this.#block === undefined && this.#bytes > 0) {
      this.#block = this.#device.take(this.#bytes);
      this.#device.write(this.#block, new Uint32Array(this.#bytes / 4).fill(noFault));
    }
    return this.#block;
  }

  /** Where a kernel says what it found. */
  part(placed: Placed, binding: Binding): BoundPart {
    const block = this.open()!;
    const known = this.#checked.get(placed);
    const offset = known?.offset ?? this.#checked.size * this.#device.facts.alignment;
    if (known === undefined) this.#checked.set(placed, { placed, binding, offset });
    return { block, offset, bytes: 4 * statusWords };
  }

  /** What is to be read to know. */
  get wanted(): Wanted[] {
    return this.#block && this.isAsked
      ? [{ block: this.#block, offset: 0, bytes: this.#bytes }]
      : [];
  }

  /**
   * Fails if an index was out of range.
   *
   * @param bytes What was read.
   * @throws {ProgramError} In the words of the step.
   */
  check(bytes: Uint8Array<ArrayBuffer>): void {
    for (const { placed: { step, inside }, binding, offset } of this.#checked.values()) {
      const words = new Uint32Array(bytes.slice(offset, offset + 4 * statusWords).buffer);
      const fault = faultOf(step.kernel as GatherKernel | ScatterKernel, words, binding.sizeOf);
      if (fault === null) continue;
      const failure = step.failure!;
      throw errorOf(failure, faultText(failure.text, fault), inside);
    }
  }

  /** Gives the memory back. */
  close(): void {
    if (this.#block) this.#device.give(this.#block);
    this.#block = undefined;
  }
}
