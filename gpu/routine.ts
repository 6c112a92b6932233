/**
 * @file A program taken apart for two machines, once: waves, kernels' code, and how long buffers live.
 */

import { buffersOf } from "../core/kernel/plan.ts";
import type { CheckStep, HostStep, RunStep } from "../core/kernel/program.ts";
import type { Lowered, Target } from "../core/kernel/target.ts";
import { type kernelSizes, stepSizes, viewSizes } from "../core/kernel/verify.ts";
import { Bindings, sourcesOf } from "./binding.ts";
import type { DeviceLimits, KernelCode } from "./code.ts";
import { type HostPart, hostPart } from "./host_part.ts";
import { kernelCode } from "./kernels.ts";
import type { Schedules } from "./schedules.ts";
import { windowed, type Windows } from "./window.ts";
import { type SegmentWaves, type Wave, wavesOf, writtenBy } from "./waves.ts";

/** A kernel that runs on the device. */
export interface Placed {
  readonly step: RunStep;
  readonly code: KernelCode;
  /** The parts of buffers that it sees. */
  readonly windows: Windows;
  /** The buffers it touches. */
  readonly buffers: readonly number[];
  readonly written: ReadonlySet<number>;
  /** The buffers that nothing needs after it. */
  readonly last: readonly number[];
}

/** A wave of either machine. */
export type Stage =
  | { readonly kind: "device"; readonly kernels: readonly Placed[] }
  | { readonly kind: "host"; readonly part: HostPart };

/** The stages between two cuts. */
export interface Segment {
  readonly checks: readonly CheckStep[];
  readonly stages: readonly Stage[];
  /** The op that ends it, and which of the program's it is. */
  readonly host: { readonly step: HostStep; readonly which: number } | undefined;
  /** The numbers of the segment. */
  readonly bindings: Bindings;
}

/** A program taken apart. */
export interface Routine {
  readonly segments: readonly Segment[];
  /** How many kernels of the device check indices. */
  readonly failable: number;
}

/**
 * Takes a program apart.
 *
 * @param lowered The program.
 * @param host What runs the waves of the host.
 * @param limits What the device allows.
 * @param schedules How kernels are cut up for it.
 * @returns The parts; undefined if nothing of it runs on the device.
 */
export function routineOf(
  lowered: Lowered,
  host: Target,
  limits: DeviceLimits,
  schedules: Schedules,
): Routine | undefined {
  const { program } = lowered;
  const codes = new Map<RunStep, Pick<Placed, "code" | "windows">>();
  for (const step of program.steps) {
    if (step.kind !== "run" || !step.onDevice) continue;
    const { kernel, windows } = windowed(step.kernel);
    const code = kernelCode(kernel, limits, schedules);
    if (code) codes.set(step, { code, windows });
  }
  if (codes.size === 0) return undefined;
  const segments = wavesOf(program.steps, (step) => codes.has(step));
  const lives = new Lives(lowered, segments);
  let hosts = 0;
  return {
    segments: segments.map((segment, k) => ({
      checks: segment.checks,
      stages: segment.waves.map((wave): Stage =>
        wave.onDevice
          ? { kind: "device", kernels: wave.steps.map((step) => lives.placed(step, codes)) }
          : { kind: "host", part: hostPart(host, lowered, wave.steps, lives.around(wave)) }
      ),
      host: segment.host && { step: segment.host, which: hosts++ },
      bindings: new Bindings(sourcesOf(sizesOf(lowered, segment, k === segments.length - 1))),
    })),
    failable: [...codes.keys()].filter(({ kernel }) => isFailable(kernel.kind)).length,
  };
}

/** Whether kernels of a kind check indices. */
function isFailable(kind: string): kind is "gather" | "scatter" {
  return kind === "gather" || kind === "scatter";
}

function sizesOf(
  { program }: Lowered,
  { checks, waves, host }: SegmentWaves,
  isLast: boolean,
): ReturnType<typeof kernelSizes> {
  const steps = waves.flatMap((wave) => wave.steps);
  const touched = new Set(steps.flatMap(buffersOf));
  const ends = isLast ? [...program.outputs, ...program.commits.map((c) => c.value)] : [];
  const kept = new Set([...touched, ...ends.map((view) => view.buffer)]);
  return [
    ...checks.flatMap(stepSizes),
    ...steps.flatMap(stepSizes),
    ...host ? stepSizes(host) : [],
    ...[...kept].flatMap((buffer) => program.buffers[buffer]!.shape ?? []),
    ...ends.flatMap(viewSizes),
  ];
}

/** When buffers are first written and last read, by the order of running. */
class Lives {
  readonly #first = new Map<number, number>();
  readonly #last = new Map<number, number>();
  readonly #times = new Map<object, number>();

  constructor({ program }: Lowered, segments: readonly SegmentWaves[]) {
    let time = 0;
    const use = (buffers: readonly number[]): void => {
      for (const buffer of buffers) this.#last.set(buffer, time);
    };
    const write = (buffers: Iterable<number>): void => {
      for (const buffer of buffers) if (!this.#first.has(buffer)) this.#first.set(buffer, time);
    };
    for (const { waves, host } of segments) {
      for (const wave of waves) {
        this.#times.set(wave, time);
        for (const step of wave.steps) {
          if (wave.onDevice) time++;
          this.#times.set(step, time);
          use(buffersOf(step));
          write(writtenBy(step));
        }
        time++;
      }
      if (host === undefined) continue;
      use(host.inputs.map(({ buffer }) => buffer));
      write(host.outputs);
      time++;
    }
    program.buffers.forEach(({ role }, buffer) => {
      if (role !== "workspace") this.#last.set(buffer, Infinity);
      if (role === "argument" || role === "shared" || role === "constant") {
        this.#first.set(buffer, -1);
      }
    });
    const ends = [...program.outputs, ...program.commits.map((c) => c.value)];
    for (const { buffer } of ends) this.#last.set(buffer, Infinity);
    // Integers that sizes are computed from are read whenever a segment starts.
    program.buffers.forEach(({ ndim, role }, buffer) => {
      if (ndim === 0 && role === "workspace") this.#last.set(buffer, Infinity);
    });
  }

  placed(
    step: RunStep,
    codes: ReadonlyMap<RunStep, Pick<Placed, "code" | "windows">>,
  ): Placed {
    const buffers = [...new Set(buffersOf(step))];
    const time = this.#times.get(step)!;
    return {
      step,
      ...codes.get(step)!,
      buffers,
      written: writtenBy(step),
      last: buffers.filter((buffer) => this.#last.get(buffer) === time),
    };
  }

  /** What is known of the program around a wave. */
  around(wave: Wave): {
    hasValue: (buffer: number) => boolean;
    isNeeded: (buffer: number) => boolean;
  } {
    const time = this.#times.get(wave)!;
    return {
      hasValue: (buffer) => (this.#first.get(buffer) ?? Infinity) < time,
      isNeeded: (buffer) => (this.#last.get(buffer) ?? -1) > time,
    };
  }
}
