/**
 * @file In which order a program's steps run on two machines: waves of steps that need nothing of each
 * other's machine.
 *
 * ```text
 * for each segment
 *   sizes and checks
 *   for each wave: host, device, host, …        a step is in the first wave that it can be in
 *   the op that ends the segment, on the host
 * ```
 *
 * Values cross between waves only, so the fewer waves the fewer waits.
 */

import { operandsOf } from "../core/kernel/kernel.ts";
import { buffersOf } from "../core/kernel/plan.ts";
import type { CheckStep, HostStep, RunStep, Step } from "../core/kernel/program.ts";

/** Steps that run on one machine, one after the other. */
export interface Wave {
  readonly onDevice: boolean;
  readonly steps: readonly RunStep[];
}

/** The steps between two cuts. */
export interface SegmentWaves {
  readonly checks: readonly CheckStep[];
  readonly waves: readonly Wave[];
  /** The op that ends it. */
  readonly host: HostStep | undefined;
}

/**
 * The waves of a program.
 *
 * @param steps The program's steps.
 * @param isPlaced Whether a step runs on the device.
 */
export function wavesOf(
  steps: readonly Step[],
  isPlaced: (step: RunStep) => boolean,
): SegmentWaves[] {
  const segments: SegmentWaves[] = [];
  let checks: CheckStep[] = [];
  let runs: RunStep[] = [];
  const end = (host: HostStep | undefined): void => {
    segments.push({ checks, waves: sorted(runs, isPlaced), host });
    [checks, runs] = [[], []];
  };
  for (const step of steps) {
    if (step.kind === "check") checks.push(step);
    else if (step.kind === "run") runs.push(step);
    else end(step.kind === "host" ? step : undefined);
  }
  end(undefined);
  return segments;
}

/** Who touched a buffer so far: numbers of steps. */
interface Uses {
  writer: number;
  readers: number[];
}

/** Each step as early as what it depends on allows; host waves have even numbers. */
function sorted(steps: readonly RunStep[], isPlaced: (step: RunStep) => boolean): Wave[] {
  const uses = new Map<number, Uses>();
  const numbers: number[] = [];
  const waves: RunStep[][] = [];
  steps.forEach((step, i) => {
    const side = Number(isPlaced(step));
    const number = earlier(step, uses).reduce((latest, before) => {
      const wave = numbers[before]!;
      return Math.max(latest, wave % 2 === side ? wave : wave + 1);
    }, side);
    numbers.push(number);
    (waves[number] ??= []).push(step);
    note(step, i, uses);
  });
  return Array.from(waves, (wave, k) => ({ onDevice: k % 2 === 1, steps: wave ?? [] }))
    .filter((wave) => wave.steps.length > 0);
}

function writtenBy(step: RunStep): Set<number> {
  return new Set(operandsOf(step.kernel).writes.map(({ buffer }) => buffer));
}

/** The steps that must come before one: what wrote what it touches, what read what it writes. */
function earlier(step: RunStep, uses: ReadonlyMap<number, Uses>): number[] {
  const written = writtenBy(step);
  return buffersOf(step).flatMap((buffer) => {
    const known = uses.get(buffer);
    if (!known) return [];
    const readers = written.has(buffer) ? known.readers : [];
    return known.writer < 0 ? readers : [known.writer, ...readers];
  });
}

function note(step: RunStep, i: number, uses: Map<number, Uses>): void {
  const written = writtenBy(step);
  for (const buffer of buffersOf(step)) {
    const known = uses.get(buffer) ?? { writer: -1, readers: [] };
    uses.set(buffer, known);
    if (written.has(buffer)) [known.writer, known.readers] = [i, []];
    else known.readers.push(i);
  }
}
