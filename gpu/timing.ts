/**
 * @file How long kernels run on a device, by its own clock.
 */

import type { Block, Device, Wanted } from "./device.ts";

/** Two times, 64 bits each. */
const bytes = 16;

/** Takes the times of the kernels of a device, from when it is made until it is stopped. */
export class Timing {
  readonly #device: Device;
  readonly #blocks: Block[] = [];

  /**
   * Begins.
   *
   * @param device The device, for which nobody else takes times.
   */
  constructor(device: Device) {
    this.#device = device;
    device.submit();
    if (device.facts.tellsTimes) device.timing = (): Block => this.#next();
  }

  #next(): Block {
    const block = this.#device.takeKept(bytes, "times");
    this.#blocks.push(block);
    return block;
  }

  /**
   * Waits until everything is done, and takes no times any more.
   *
   * @returns How long kernels ran meanwhile, in seconds; undefined where the device does not tell.
   */
  stop(): number | undefined {
    return this.#secondsOf(this.#device.read(this.#end()));
  }

  /** The same, without blocking. */
  async stopLater(): Promise<number | undefined> {
    return this.#secondsOf(await this.#device.readLater(this.#end()));
  }

  #end(): Wanted[] {
    this.#device.submit();
    this.#device.timing = undefined;
    return this.#blocks.map((block) => ({ block, offset: 0, bytes }));
  }

  #secondsOf(answers: readonly Uint8Array<ArrayBuffer>[]): number | undefined {
    for (const block of this.#blocks) this.#device.destroy(block);
    if (!this.#device.facts.tellsTimes) return undefined;
    const spans = answers.map(({ buffer, byteOffset }) => {
      const times = new DataView(buffer, byteOffset, bytes);
      return Number(times.getBigUint64(8, true) - times.getBigUint64(0, true));
    });
    // A device may begin to count anew in between.
    return spans.reduce((sum, span) => sum + Math.max(span, 0), 0) / 1e9;
  }
}
