/**
 * @file How long kernels run on a device, and what a call does there.
 */

import type { DeviceUse } from "../core/kernel/target.ts";
import type { Block, Device, Wanted } from "./device.ts";
import type { Steps } from "./turns.ts";

/** Two times, 64 bits each. */
const bytes = 16;

/** Takes the times of the kernels of a device, by its own clock, from when it is made until it ends. */
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

  /** What is to be read of the device to know the times. */
  get wanted(): Wanted[] {
    this.#device.submit();
    return this.#blocks.map((block) => ({ block, offset: 0, bytes }));
  }

  /**
   * How long kernels ran meanwhile.
   *
   * @param answers What was read.
   * @returns Units: seconds; undefined where the device does not tell.
   */
  secondsOf(answers: readonly Uint8Array<ArrayBuffer>[]): number | undefined {
    if (!this.#device.facts.tellsTimes) return undefined;
    const spans = answers.map(({ buffer, byteOffset }) => {
      const times = new DataView(buffer, byteOffset, bytes);
      return Number(times.getBigUint64(8, true) - times.getBigUint64(0, true));
    });
    // A device may begin to count anew in between.
    return spans.reduce((sum, span) => sum + Math.max(span, 0), 0) / 1e9;
  }

  /** Takes no times any more. */
  end(): void {
    this.#device.timing = undefined;
    for (const block of this.#blocks.splice(0)) this.#device.destroy(block);
  }
}

/**
 * The steps of a call, which are measured: before each read it waits until the device is done, so that
 * the time of kernels is not taken for that of the read.
 *
 * @param device The device.
 * @param steps The call.
 * @param told Is told what it did, if it did not fail.
 */
export function* measured<T>(
  device: Device,
  steps: Steps<T>,
  told: (use: DeviceUse) => void,
): Steps<T> {
  const timing = new Timing(device);
  const before = { ...device.traffic };
  let [waitSeconds, readSeconds, waits] = [0, 0, 0];
  function* wait(): Steps<void> {
    const start = performance.now();
    yield [];
    waitSeconds += secondsSince(start);
    waits++;
  }
  try {
    let step = steps.next();
    while (!step.done) {
      yield* wait();
      const start = performance.now();
      const answers = yield step.value;
      readSeconds += secondsSince(start);
      step = steps.next(answers);
    }
    yield* wait();
    const { written, writeSeconds, read, submits } = device.traffic;
    const ownSeconds = timing.secondsOf(yield timing.wanted);
    told({
      submits: submits - before.submits - waits,
      kernelSeconds: ownSeconds ?? waitSeconds,
      isByDeviceClock: ownSeconds !== undefined,
      toDevice: {
        bytes: written - before.written,
        seconds: writeSeconds - before.writeSeconds,
      },
      fromDevice: { bytes: read - before.read, seconds: readSeconds },
    });
    return step.value;
  } finally {
    timing.end();
    steps.return(undefined as T);
  }
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
