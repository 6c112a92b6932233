/**
 * @file What the device does of a program: kernels, and loops and choices all of whose kernels have
 * code.
 *
 * A body is a program with buffers of its own. Its arguments and results are rows of buffers around
 * it, so its kernels bind those; its workspace gets numbers after those of the whole program.
 */

import type { DType } from "../core/dtype/dtype.ts";
import { type Kernel, operandsOf } from "../core/kernel/kernel.ts";
import { buffersOf, writtenBy } from "../core/kernel/plan.ts";
import {
  type Body,
  type BranchStep,
  type BufferSpec,
  type CheckStep,
  isWork,
  type LoopStep,
  type Program,
  type Row,
  type RunStep,
  type WorkStep,
} from "../core/kernel/program.ts";
import { type ConstSize, isZero } from "../core/kernel/size.ts";
import { stepSizes } from "../core/kernel/step_sizes.ts";
import { type Coded, type SizeSources, sourcesOf } from "./binding.ts";
import type { KernelCode } from "./code.ts";
import type { Inside } from "./inside.ts";
import { windowed } from "./window.ts";

/** What all works have. */
interface Common {
  /** The buffers that its kernels touch. */
  readonly buffers: readonly number[];
  readonly written: readonly number[];
  /** The buffers that nothing needs after it. */
  readonly last: readonly number[];
}

/** A kernel. */
export interface Placed extends Common, Coded {
  readonly kind: "kernel";
  /** The body that it is in. */
  readonly inside: Inside | undefined;
}

/** A loop. */
export interface LoopWork extends Common {
  readonly kind: "loop";
  readonly step: LoopStep;
  readonly body: DeviceBody;
  readonly until: Until | undefined;
}

/** How a loop ends before its last turn. */
export interface Until {
  /** Where a number of turns say whether they are the last one. */
  readonly flags: number;
  readonly dtype: DType;
  /** Buffers in which turns overwrite what earlier ones wrote. */
  readonly rings: readonly number[];
  /** The buffer for the number of turns. */
  readonly done: number;
}

/** A choice. */
export interface ChoiceWork extends Common {
  readonly kind: "choice";
  readonly step: BranchStep;
  /** The number of the buffer with the condition. */
  readonly condition: number;
  readonly bodies: readonly [then: DeviceBody, otherwise: DeviceBody];
}

/** Something that the device does. */
export type Work = Placed | LoopWork | ChoiceWork;

/** Where the row of a turn is: a row of a buffer of the program around, or of one of the body's own. */
export interface DeviceRow extends Pick<Row, "offset" | "stride" | "phase" | "ring"> {
  readonly bound: number;
  /** Its number in the program around; null for the body's own. */
  readonly around: number | null;
}

/** A body on the device. */
export interface DeviceBody {
  /** Its number among the bodies of the routine; 0 is the program itself. */
  readonly home: number;
  readonly body: Body;
  /** What is bound for each buffer of its program, and for those that are rows, where. */
  readonly bound: readonly number[];
  readonly rows: readonly (DeviceRow | undefined)[];
  readonly checks: readonly CheckStep[];
  readonly works: readonly Work[];
  readonly sources: SizeSources;
  /** The integers among these that are elements of what the body reads: numbers of its buffers. */
  readonly elements: readonly number[];
  readonly inside: Inside;
}

/** Turns after which a loop with a condition looks whether it has ended. */
export const turnsAhead = 64;

/** A program or body, as far as its steps must know it. */
interface Scope {
  readonly program: Program;
  readonly bound: readonly number[];
  readonly rows: readonly (DeviceRow | undefined)[];
  /** Whether it stands for another row at each turn. */
  readonly isMoving: (buffer: number) => boolean;
  /** Whether the host can know what it holds while the device is at work. */
  readonly isSteady: (buffer: number) => boolean;
  readonly inside: Inside | undefined;
}

/** A work before it is known what is needed after it. */
export type OpenWork = Omit<Placed, "last"> | Omit<LoopWork, "last"> | Omit<ChoiceWork, "last">;

/** Makes the works of one program. */
export class WorkMaker {
  /** The program's buffers, then those of bodies. */
  readonly buffers: BufferSpec[];
  /** Whose each buffer is: see {@linkcode DeviceBody.home}. */
  readonly homes: number[];
  readonly #codeOf: (kernel: Kernel) => KernelCode | undefined;
  readonly #root: Scope;
  #bodies = 0;

  /**
   * Starts with the buffers of the program.
   *
   * @param program The program.
   * @param codeOf Gives the code of a kernel, if it has any on the device.
   */
  constructor(program: Program, codeOf: (kernel: Kernel) => KernelCode | undefined) {
    this.buffers = [...program.buffers];
    this.homes = this.buffers.map(() => 0);
    this.#codeOf = codeOf;
    const works = program.steps.filter(isWork).filter((step) => step.onDevice);
    const written = new Set(works.flatMap((step) => [...writtenBy(step)]));
    this.#root = {
      program,
      bound: [...this.buffers.keys()],
      rows: [],
      isMoving: () => false,
      isSteady: (buffer) => !written.has(buffer),
      inside: undefined,
    };
  }

  /** What the device does for a step; undefined where something in it has no form there. */
  of(step: WorkStep): OpenWork | undefined {
    return step.onDevice && this.#work(step, this.#root);
  }

  #work(step: WorkStep, scope: Scope): OpenWork | undefined {
    switch (step.kind) {
      case "run":
        return this.#kernel(step, scope);
      case "loop":
        return this.#loop(step, scope);
      case "branch":
        return this.#choice(step, scope);
    }
  }

  #kernel(step: RunStep, { bound, rows, isMoving, inside }: Scope): OpenWork | undefined {
    const { reads, writes } = operandsOf(step.kernel);
    const own = [...new Set([...reads, ...writes].map(({ buffer }) => buffer))];
    // A user's shader knows no row but the first.
    const mustStay = step.kernel.kind === "custom";
    if (mustStay && own.some((b) => rows[b] && !isFirst(rows[b]))) return undefined;
    const { kernel, windows } = windowed(step.kernel, (buffer) => bound[buffer]!);
    const code = this.#codeOf(kernel);
    return code && {
      kind: "kernel",
      step,
      code,
      windows,
      buffers: [...new Set(own.map((b) => bound[b]!))],
      written: writes.map(({ buffer }) => bound[buffer]!),
      moving: own.filter(isMoving),
      inside,
    };
  }

  #loop(step: LoopStep, scope: Scope): OpenWork | undefined {
    const { condition, done, node } = step;
    if (condition !== null && scope.inside) return undefined;
    const until = condition === null ? undefined : this.#until(step, condition, done!);
    const flags = until && { result: condition!, row: flagRow(until.flags) };
    const body = this.#body(step.body, scope, { node, flags });
    return body && { kind: "loop", step, body, until, ...this.#touched(step, [body], scope) };
  }

  #choice(step: BranchStep, scope: Scope): OpenWork | undefined {
    const { node } = step;
    const [then, otherwise] = step.bodies.map((body) => this.#body(body, scope, { node }));
    if (!then || !otherwise) return undefined;
    const condition = scope.bound[step.condition.buffer]!;
    return {
      kind: "choice",
      step,
      condition,
      bodies: [then, otherwise],
      ...this.#touched(step, [then, otherwise], scope),
    };
  }

  #touched(
    step: WorkStep,
    bodies: readonly DeviceBody[],
    { bound }: Scope,
  ): Pick<Work, "buffers" | "written"> {
    const inside = bodies.flatMap((body) => body.works.flatMap((work) => work.buffers));
    return {
      buffers: [...new Set(inside)],
      written: [...writtenBy(step)].map((b) => bound[b]!),
    };
  }

  #until({ body }: LoopStep, condition: number, done: number): Until {
    const { dtype } = body.outputs[condition]!;
    const spec = {
      role: "workspace",
      dtype,
      index: 0,
      shape: [number(turnsAhead)],
      ndim: 1,
    } as const;
    const rings = body.outputs.flatMap(({ ring, buffer }) => ring === null ? [] : [buffer]);
    return { flags: this.#add(spec, 0), dtype, rings, done };
  }

  #add(spec: BufferSpec, home: number): number {
    this.homes.push(home);
    return this.buffers.push(spec) - 1;
  }

  #body(
    body: Body,
    around: Scope,
    { node, flags }: { node: number; flags?: { result: number; row: DeviceRow } | undefined },
  ): DeviceBody | undefined {
    const { program, inputs, outputs } = body;
    const home = ++this.#bodies;
    const rowOf = (row: Row): DeviceRow => ({
      ...row,
      bound: around.bound[row.buffer]!,
      around: row.buffer,
    });
    const rows = program.buffers.map(({ role, index }) => {
      if (role === "argument") return rowOf(inputs[index]!);
      if (role !== "borrowed") return undefined;
      return flags?.result === index ? flags.row : rowOf(outputs[index]!);
    });
    const bound = program.buffers.map((spec, b) => rows[b]?.bound ?? this.#add(spec, home));
    const isMoving = (buffer: number): boolean => {
      const row = rows[buffer];
      return row !== undefined &&
        (!isZero(row.stride) || (row.around !== null && around.isMoving(row.around)));
    };
    const written = new Set(outputs.map(({ buffer }) => buffer));
    const isSteady = (buffer: number): boolean => {
      const row = program.buffers[buffer]!.role === "argument" ? rows[buffer] : undefined;
      return row !== undefined && row.around !== null && !written.has(row.around) &&
        around.isSteady(row.around);
    };
    const inside = { program, node: around.inside?.node ?? node };
    const works = this.#worksOf({ program, bound, rows, isMoving, isSteady, inside });
    if (works === undefined) return undefined;
    const own = program.buffers.flatMap(({ shape }) => shape ?? []);
    const sources = sourcesOf([...own, ...program.steps.flatMap(stepSizes)]);
    const elements = sources.values.filter((b) => !inputs[program.buffers[b]!.index]?.value);
    if (!elements.every(isSteady)) return undefined;
    const checks = program.steps.filter((step) => step.kind === "check");
    return { home, body, bound, rows, checks, works, sources, elements, inside };
  }

  #worksOf(scope: Scope): Work[] | undefined {
    const { program, bound } = scope;
    const steps = program.steps.filter(isWork);
    const lasts = new Map(steps.flatMap((step, k) => buffersOf(step).map((b) => [b, k] as const)));
    const works: Work[] = [];
    for (const [k, step] of steps.entries()) {
      const work = this.#work(step, scope);
      if (work === undefined) return undefined;
      const last = [...lasts].filter(([b, at]) =>
        at === k && program.buffers[b]!.role === "workspace"
      );
      works.push({ ...work, last: last.map(([b]) => bound[b]!) });
    }
    return works;
  }
}

/** Whether a row is where its buffer begins, at every turn. */
function isFirst({ offset, stride, around }: DeviceRow): boolean {
  return isZero(offset) && isZero(stride) && around !== null;
}

/** A flag for each of a number of turns. */
function flagRow(bound: number): DeviceRow {
  return { bound, around: null, offset: number(0), stride: number(1), phase: 0, ring: turnsAhead };
}

/** A number as a size of no program's. */
function number(value: number): ConstSize {
  return { kind: "const", id: -1, value };
}

/** The works of some, and those in their bodies. */
export function allWorks(works: readonly Work[]): Work[] {
  return works.flatMap((work) => [work, ...bodiesIn(work).flatMap((body) => allWorks(body.works))]);
}

/** The bodies of a work. */
export function bodiesIn(work: Work): readonly DeviceBody[] {
  return work.kind === "kernel" ? [] : work.kind === "loop" ? [work.body] : work.bodies;
}
