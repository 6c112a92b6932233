/**
 * @file Measuring which schedules are the fastest on a device.
 *
 * ```text
 * for each probe, the smallest first                a product or a reduction of some size
 *   with the default schedule: the bits of the result, and how often to repeat
 *   for each candidate
 *     other bits? it is out
 *   several times, for each candidate
 *     seconds = the best so far
 * choose by the geometric mean of all ratios        candidates.ts
 * ```
 *
 * A probe that would take too long is left out: on a slow device the large ones say nothing that the
 * small ones do not.
 */

import {
  fastest,
  gemmCandidates,
  gemmName,
  reduceCandidates,
  reduceName,
  tileCandidates,
  tileName,
} from "./candidates.ts";
import type { DeviceUse } from "../core/kernel/target.ts";
import type { KernelCode, Plan, Resource } from "./code.ts";
import { Bound, type BoundPart, sixteens } from "./bound.ts";
import type { Block, Device } from "./device.ts";
import { type GemmSchedule, gemmShare } from "./gemm_schedule.ts";
import { kernelCode } from "./kernels.ts";
import { normalisedProbe, type Probe, type ProductDims, productProbe, sumProbe } from "./probes.ts";
import type { ReduceSchedule } from "./reduce_schedule.ts";
import { defaultSchedules, type Schedules } from "./schedules.ts";
import { measured } from "./timing.ts";
import { answeredLater, type Steps } from "./turns.ts";

/** What schedules are measured on, and for how long. */
export interface TuneOptions {
  /** Sizes of products, the smallest first. */
  readonly products?: readonly ProductDims[];
  /** Reductions, each with no less work than the one before. */
  readonly reductions?: readonly Probe[];
  /** The longest that one run of a probe may take, in seconds. */
  readonly mostSeconds?: number;
}

/** What was measured of one kind of kernel. */
export interface TuneTable {
  readonly title: string;
  /** The probes, and how long they take by the default schedule, in seconds. */
  readonly probes: readonly { readonly name: string; readonly seconds: number }[];
  /** Each candidate's times as ratios to these; infinite where it cannot be used. */
  readonly rows: readonly { readonly name: string; readonly ratios: readonly number[] }[];
  /** What was chosen, and its time as a ratio to the default's, by the geometric mean. */
  readonly chosen: string;
  readonly ratio: number;
}

/** What came out. */
export interface Tuned {
  readonly schedules: Schedules;
  readonly tables: readonly TuneTable[];
}

const productSizes: readonly ProductDims[] = [
  [128, 128, 128],
  [256, 256, 256],
  [64, 512, 784],
  [64, 64, 16384],
  [512, 512, 512],
  [1024, 1024, 1024],
  [2048, 2048, 2048],
  [4096, 4096, 4096],
];

/** The probes of reductions; made when they are needed. */
function reductionProbes(): Probe[] {
  return [
    sumProbe("rows", [256, 1024]),
    normalisedProbe([256, 784]),
    sumProbe("columns", [4096, 256]),
    normalisedProbe([4096, 256]),
    sumProbe("rows", [1, 2 ** 22]),
    sumProbe("columns", [4096, 4096]),
    sumProbe("rows", [4096, 4096]),
  ];
}

/**
 * Measures all candidates.
 *
 * @param device The device, which nobody else uses meanwhile.
 * @param options What to measure, and for how long.
 * @returns The fastest schedules; the default ones where nothing is clearly faster.
 */
export async function tune(device: Device, options: TuneOptions = {}): Promise<Tuned> {
  const { products = productSizes, reductions = reductionProbes(), mostSeconds = 0.05 } = options;
  const gemm = await tuneGemm(device, products, mostSeconds);
  const reduce = await tuneReduce(device, reductions, mostSeconds);
  return {
    schedules: { gemm: gemm.choice, reduce: reduce.choice },
    tables: [gemm.table, reduce.table],
  };
}

async function tuneGemm(
  device: Device,
  sizes: readonly ProductDims[],
  mostSeconds: number,
): Promise<{ readonly choice: GemmSchedule; readonly table: TuneTable }> {
  const { gemm } = defaultSchedules;
  const trials = tileCandidates.map((tile) => ({
    ...defaultSchedules,
    gemm: { ...gemm, tiles: [tile] },
  }));
  const results = await measure(device, sizes.map(productProbe), trials, mostSeconds);
  const secondsOf = (schedule: GemmSchedule): number[] =>
    results.map(({ seconds }, k) => {
      const tile = schedule.tiles[gemmShare(schedule, sizes[k]!).tile]!;
      return seconds[tileCandidates.indexOf(tile)]!;
    });
  const { choice, ratio } = fastest(gemmCandidates(), gemm, secondsOf);
  const names = tileCandidates.map(tileName);
  const table = tableOf("Products of matrices", results, names, secondsOf(gemm));
  return { choice, table: { ...table, chosen: gemmName(choice), ratio } };
}

async function tuneReduce(
  device: Device,
  probes: readonly Probe[],
  mostSeconds: number,
): Promise<{ readonly choice: ReduceSchedule; readonly table: TuneTable }> {
  const trials = reduceCandidates.map((reduce) => ({ ...defaultSchedules, reduce }));
  const results = await measure(device, probes, trials, mostSeconds);
  const secondsOf = (schedule: ReduceSchedule): number[] =>
    results.map(({ seconds }) => seconds[reduceCandidates.indexOf(schedule)]!);
  const [first] = reduceCandidates as [ReduceSchedule];
  const { choice, ratio } = fastest(reduceCandidates, first, secondsOf);
  const names = reduceCandidates.map(reduceName);
  const table = tableOf("Reductions", results, names, secondsOf(first));
  return { choice, table: { ...table, chosen: reduceName(choice), ratio } };
}

/** What a probe came to: seconds of each trial. */
interface Measured {
  readonly probe: Probe;
  readonly seconds: readonly number[];
}

function tableOf(
  title: string,
  results: readonly Measured[],
  names: readonly string[],
  defaults: readonly number[],
): Pick<TuneTable, "title" | "probes" | "rows"> {
  return {
    title,
    probes: results.map(({ probe }, k) => ({ name: probe.name, seconds: defaults[k]! })),
    rows: names.map((name, row) => ({
      name,
      ratios: results.map(({ seconds }, k) => seconds[row]! / defaults[k]!),
    })),
  };
}

/** The times of all trials on each probe that does not take too long. */
async function measure(
  device: Device,
  probes: readonly Probe[],
  trials: readonly Schedules[],
  mostSeconds: number,
): Promise<Measured[]> {
  const results: Measured[] = [];
  let secondsOfWork = 0;
  for (const probe of probes) {
    if (!fits(device, probe) || secondsOfWork * probe.work > mostSeconds) continue;
    const memory = new Memory(device, probe);
    const once = await memory.best(defaultSchedules, 1, 3);
    results.push({ probe, seconds: await secondsOf(memory, trials, once) });
    memory.free();
    secondsOfWork = once / probe.work;
  }
  return results;
}

function fits({ facts }: Device, { lengths }: Probe): boolean {
  return lengths.every((length) =>
    4 * length <= Math.min(facts.largestBinding, facts.largestBlock)
  );
}

/** A measurement takes so many seconds at least, or so many rounds. */
const shortest = 0.002;
const mostRounds = 50;
/** Of so many measurements the best one counts; trials take turns, since a machine has moods. */
const repetitions = 5;

/** The seconds of each trial on a probe that takes so long by the default schedule. */
async function secondsOf(
  memory: Memory,
  trials: readonly Schedules[],
  once: number,
): Promise<number[]> {
  const rounds = Math.ceil(Math.min(shortest / once, mostRounds));
  const expected = await memory.bits(defaultSchedules);
  const seconds: number[] = [];
  for (const trial of trials) {
    seconds.push(
      await isUsable(memory, trial, expected) ? await memory.best(trial, rounds, 1) : Infinity,
    );
  }
  for (let repetition = 1; repetition < repetitions; repetition++) {
    for (const [k, trial] of trials.entries()) {
      if (seconds[k] === Infinity) continue;
      seconds[k] = Math.min(seconds[k]!, await memory.best(trial, rounds, 1));
    }
  }
  return seconds;
}

/** Whether the device takes a trial, and computes the same bits by it. */
async function isUsable(
  memory: Memory,
  trial: Schedules,
  expected: Uint32Array,
): Promise<boolean> {
  try {
    const bits = await memory.bits(trial);
    return bits.every((word, k) => word === expected[k]);
  } catch (error) {
    if (memory.isLost) throw error;
    return false;
  }
}

/** A probe's kernel by some schedules, and what it runs. */
interface Planned {
  readonly code: KernelCode;
  readonly plan: Plan;
}

/** The buffers of a probe on a device. */
class Memory {
  readonly #device: Device;
  readonly #probe: Probe;
  readonly #blocks: readonly Block[];
  readonly #bound: Bound;
  readonly #known = new Map<Schedules, Planned>();

  constructor(device: Device, probe: Probe) {
    this.#device = device;
    this.#probe = probe;
    this.#bound = new Bound(device);
    this.#blocks = probe.lengths.map((length) => device.take(4 * length));
    probe.lengths.slice(0, -1).forEach((length, k) => {
      // No short period, and fractions, so that another order of additions would show.
      const data = Float32Array.from({ length }, (_, n) => (n * 7919 + k) % 1009 / 1009 - 0.5);
      device.write(this.#blocks[k]!, data);
    });
  }

  get isLost(): boolean {
    return this.#device.isLost;
  }

  /** The result of one run. */
  async bits(schedules: Schedules): Promise<Uint32Array<ArrayBuffer>> {
    this.#dispatch(schedules, 1);
    const bytes = 4 * this.#probe.lengths.at(-1)!;
    const [result] = await this.#device.readLater([
      { block: this.#blocks.at(-1)!, offset: 0, bytes },
    ]);
    return new Uint32Array(result!.slice().buffer);
  }

  /** How long one of several rounds takes, in the best of some measurements. */
  async best(schedules: Schedules, rounds: number, measurements: number): Promise<number> {
    const device = this.#device;
    const dispatch = (): void => this.#dispatch(schedules, rounds);
    function* steps(): Steps<void> {
      dispatch();
      yield [];
    }
    let best = Infinity;
    for (let k = 0; k < measurements; k++) {
      const told = ({ kernelSeconds }: DeviceUse): void =>
        void (best = Math.min(best, kernelSeconds));
      await answeredLater(device, measured(device, steps(), told));
    }
    return best / rounds;
  }

  #dispatch(schedules: Schedules, rounds: number): void {
    const known = this.#known.get(schedules) ?? this.#planned(schedules);
    this.#known.set(schedules, known);
    const { code, plan } = known;
    const params = this.#bound.params(known, [plan]);
    const works = plan.workspaces.map((words) => this.#device.take(sixteens(4 * words)));
    for (let round = 0; round < rounds; round++) {
      this.#bound.dispatch({ code }, plan, params, (r) => this.#partOf(r, plan, works));
    }
    for (const block of works) this.#device.give(block);
  }

  #planned(schedules: Schedules): Planned {
    const { kernel, sizeOf } = this.#probe;
    const code = kernelCode(kernel, this.#device.facts.limits, schedules)!;
    return { code, plan: code.plan(sizeOf) };
  }

  #partOf(resource: Resource, plan: Plan, works: readonly Block[]): BoundPart {
    if (resource.kind === "workspace") {
      const bytes = sixteens(4 * plan.workspaces[resource.workspace]!);
      return { block: works[resource.workspace]!, offset: 0, bytes };
    }
    const buffer = resource.kind === "buffer" ? resource.buffer : 0;
    const bytes = sixteens(4 * this.#probe.lengths[buffer]!);
    return { block: this.#blocks[buffer]!, offset: 0, bytes };
  }

  free(): void {
    this.#bound.free();
    for (const block of this.#blocks) this.#device.give(block);
  }
}
