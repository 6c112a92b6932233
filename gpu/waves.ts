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

import { buffersOf, writtenBy } from "../core/kernel/plan.ts";
import type { CheckStep, HostStep, Step, StepKind, WorkStep } from "../core/kernel/program.ts";

/** Steps that run on one machine, one after the other. */
export interface Wave {
  readonly onDevice: boolean;
  readonly steps: readonly WorkStep[];
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
  isPlaced: (step: WorkStep) => boolean,
): SegmentWaves[] {
  const segments: SegmentWaves[] = [];
  let checks: CheckStep[] = [];
  let work: WorkStep[] = [];
  const end = (host: HostStep | undefined): void => {
    segments.push({ checks, waves: sorted(work, isPlaced), host });
    [checks, work] = [[], []];
  };
  const takes: { readonly [Kind in StepKind]: (step: Extract<Step, { kind: Kind }>) => void } = {
    check: (step) => checks.push(step),
    run: (step) => work.push(step),
    loop: (step) => work.push(step),
    branch: (step) => work.push(step),
    host: end,
    cut: () => end(undefined),
  };
  for (const step of steps) (takes[step.kind] as (step: Step) => void)(step);
  end(undefined);
  return segments;
}

/** Who touched a buffer so far: numbers of steps. */
interface Uses {
  writer: number;
  readers: number[];
}

/** Each step as early as what it depends on allows; host waves have even numbers. */
function sorted(steps: readonly WorkStep[], isPlaced: (step: WorkStep) => boolean): Wave[] {
  const uses = new Map<number, Uses>();
  const numbers: number[] = [];
  const waves: WorkStep[][] = [];
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
  return Array.from(waves, (wave, k): Wave => ({ onDevice: k % 2 === 1, steps: wave ?? [] }))
    .filter((wave) => wave.steps.length > 0);
}

/** The steps that must come before one: what wrote what it touches, what read what it writes. */
function earlier(step: WorkStep, uses: ReadonlyMap<number, Uses>): number[] {
  const written = writtenBy(step);
  return buffersOf(step).flatMap((buffer) => {
    const known = uses.get(buffer);
    if (!known) return [];
    const readers = written.has(buffer) ? known.readers : [];
    return known.writer < 0 ? readers : [known.writer, ...readers];
  });
}

function note(step: WorkStep, i: number, uses: Map<number, Uses>): void {
  const written = writtenBy(step);
  for (const buffer of buffersOf(step)) {
    const known = uses.get(buffer) ?? { writer: -1, readers: [] };
    uses.set(buffer, known);
    if (written.has(buffer)) [known.writer, known.readers] = [i, []];
    else known.readers.push(i);
  }
}
