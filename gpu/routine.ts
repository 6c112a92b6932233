/**
 * @file A program taken apart for two machines, once: waves, what the device does in each, and how long
 * buffers live.
 */

import type { Kernel } from "../core/kernel/kernel.ts";
import { buffersOf, writtenBy } from "../core/kernel/plan.ts";
import {
  type BufferSpec,
  type CheckStep,
  type HostStep,
  isWork,
  type WorkStep,
} from "../core/kernel/program.ts";
import type { Lowered } from "../core/kernel/target.ts";
import { type kernelSizes, stepSizes, viewSizes } from "../core/kernel/step_sizes.ts";
import { type Binding, Bindings, sourcesOf } from "./binding.ts";
import type { KernelCode } from "./code.ts";
import type { Recording } from "./launches.ts";
import { type HostBuilder, type HostPart, hostPart } from "./host_part.ts";
import { type SegmentWaves, type Wave, wavesOf } from "./waves.ts";
import { allWorks, bodiesIn, type OpenWork, type Work, WorkMaker } from "./works.ts";

/** A wave of the device. */
export interface DeviceStage {
  readonly kind: "device";
  readonly works: readonly Work[];
  /** Whether it does the same for the same numbers, and nothing is read on the way. */
  readonly isSteady: boolean;
  /** The buffers that it reads, but for what only a branch reads, which may not be taken. */
  readonly reads: readonly number[];
  /** The arrays whose elements sizes in bodies are computed from. */
  readonly elements: readonly number[];
  /** What it does with some numbers, where it always does the same. */
  readonly recordings: WeakMap<Binding, Recording>;
  /** What the parameters of its first launches are kept under. */
  readonly keys: readonly object[];
}

/** A wave of the host. */
export interface HostStage {
  readonly kind: "host";
  readonly part: HostPart;
}

/** The stages between two cuts. */
export interface Segment {
  readonly checks: readonly CheckStep[];
  readonly stages: readonly (DeviceStage | HostStage)[];
  /** The op that ends it, and which of the program's it is. */
  readonly host: { readonly step: HostStep; readonly which: number } | undefined;
  /** The numbers of the segment. */
  readonly bindings: Bindings;
}

/** A program taken apart. */
export interface Routine {
  readonly segments: readonly Segment[];
  /** The program's buffers, then those of bodies on the device; and whose each is. */
  readonly buffers: readonly BufferSpec[];
  readonly homes: readonly number[];
  /** How many kernels of the device check indices. */
  readonly failable: number;
}

/**
 * Takes a program apart.
 *
 * @param lowered The program.
 * @param host What runs the waves of the host.
 * @param codeOf The code of a kernel; undefined where it has none for the device.
 * @returns The parts; undefined if nothing of it runs on the device, and no result stays there.
 */
export function routineOf(
  lowered: Lowered,
  host: HostBuilder,
  codeOf: (kernel: Kernel) => KernelCode | undefined,
): Routine | undefined {
  const { program } = lowered;
  const maker = new WorkMaker(program, codeOf);
  const works = new Map<WorkStep, OpenWork>();
  for (const step of program.steps.filter(isWork)) {
    const work = maker.of(step);
    if (work) works.set(step, work);
  }
  const isHanded = program.buffers.some(({ role }) => role === "handed");
  if (works.size === 0 && !isHanded) return undefined;
  const segments = wavesOf(program.steps, (step) => works.has(step));
  const lives = new Lives(lowered, segments);
  let hosts = 0;
  const made = segments.map((segment, k): Segment => ({
    checks: segment.checks,
    stages: segment.waves.map((wave) =>
      wave.onDevice
        ? deviceStage(wave.steps.map((step) => lives.closed(step, works.get(step)!)))
        : { kind: "host", part: hostPart(host, lowered, wave.steps, lives.around(wave)) }
    ),
    host: segment.host && { step: segment.host, which: hosts++ },
    bindings: new Bindings(sourcesOf(sizesOf(lowered, segment, k === segments.length - 1))),
  }));
  const stages = made.flatMap((segment) => segment.stages);
  const all = stages.flatMap((stage) => stage.kind === "device" ? allWorks(stage.works) : []);
  const { buffers, homes } = maker;
  return { segments: made, buffers, homes, failable: all.filter(isFailable).length };
}

/** Launches of a wave whose parameters are kept apart. */
const mostKeys = 32;

function deviceStage(works: readonly Work[]): DeviceStage {
  const all = allWorks(works);
  const elements = all.flatMap(bodiesIn).flatMap((body) =>
    body.elements.map((buffer) => body.bound[buffer]!)
  );
  const isSteady = elements.length === 0 &&
    all.every((work) => work.kind === "kernel" || (work.kind === "loop" && !work.until));
  const keys = Array.from({ length: mostKeys }, () => ({}));
  const always = works.filter((work) => work.kind !== "choice");
  const reads = [...new Set(always.flatMap((work) => work.buffers))];
  return {
    kind: "device",
    works,
    isSteady,
    reads,
    elements: [...new Set(elements)],
    recordings: new WeakMap(),
    keys,
  };
}

/** Whether a kernel checks indices. */
function isFailable(work: Work): boolean {
  if (work.kind !== "kernel") return false;
  return work.step.kernel.kind === "gather" || work.step.kernel.kind === "scatter";
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

  /** A work, and what nothing needs after it. */
  closed(step: WorkStep, work: OpenWork): Work {
    const time = this.#times.get(step)!;
    const last = buffersOf(step).filter((buffer) => this.#last.get(buffer) === time);
    return { ...work, last: [...new Set(last)] };
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
