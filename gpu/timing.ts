/**
 * @file How long kernels run on a device, and what a call does there.
 */

import type { DeviceUse } from "../core/kernel/target.ts";
import type { Block, Device, Wanted } from "./device.ts";
import type { Steps } from "./turns.ts";

/** Two counts, 64 bits each. */
const bytes = 16;

/** Two counts of a device's clock. */
function countsOf({ buffer, byteOffset }: Uint8Array<ArrayBuffer>): [first: bigint, last: bigint] {
  const view = new DataView(buffer, byteOffset, bytes);
  return [view.getBigUint64(0, true), view.getBigUint64(8, true)];
}

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
   * @returns In counts of the device's clock; undefined where it does not tell.
   */
  countOf(answers: readonly Uint8Array<ArrayBuffer>[]): number | undefined {
    if (!this.#device.facts.tellsTimes) return undefined;
    const spans = answers.map(countsOf).map(([first, last]) => Number(last - first));
    // A device may begin to count anew in between.
    return spans.reduce((sum, span) => sum + Math.max(span, 0), 0);
  }

  /** Takes no times any more. */
  end(): void {
    this.#device.timing = undefined;
    for (const block of this.#blocks.splice(0)) this.#device.destroy(block);
  }
}

/** Seconds of a count of each device's clock that was looked at. */
const periods = new WeakMap<Device, number>();

/** The host looks at a device's clock twice, so many seconds apart. */
const apart = 0.05;

/**
 * Seconds of a count of a device's clock. WebGPU says that it counts nanoseconds; some runtimes give
 * the counts of the hardware as they are, which may be of tens of them.
 *
 * @param device The device, which tells times.
 */
export function* periodOf(device: Device): Steps<number> {
  const known = periods.get(device);
  if (known !== undefined) return known;
  const times = device.takeKept(bytes, "times");
  function* look(): Steps<ClockLook> {
    const after = performance.now() / 1000;
    device.stamp(times);
    const [read] = yield [{ block: times, offset: 0, bytes }];
    return { count: countsOf(read!)[0], after, before: performance.now() / 1000 };
  }
  const first = yield* look();
  let last = yield* look();
  while (last.after - first.before < apart) last = yield* look();
  device.destroy(times);
  const period = periodBetween(first, last);
  periods.set(device, period);
  return period;
}

/** A count of a clock, and between which seconds of another one it was. */
export interface ClockLook {
  readonly count: bigint;
  readonly after: number;
  readonly before: number;
}

/** Seconds of a count, from two looks: a nanosecond where that may be. */
export function periodBetween(first: ClockLook, last: ClockLook): number {
  const counts = Number(last.count - first.count);
  const least = (last.after - first.before) / counts;
  const most = (last.before - first.after) / counts;
  const isNanosecond = !(counts > 0) || (least <= 1e-9 && most >= 1e-9);
  return isNanosecond ? 1e-9 : (least + most) / 2;
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
  const period = device.facts.tellsTimes ? yield* periodOf(device) : 0;
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
    const count = timing.countOf(yield timing.wanted);
    told({
      submits: submits - before.submits - waits,
      kernelSeconds: count === undefined ? waitSeconds : count * period,
      isByDeviceClock: count !== undefined,
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
