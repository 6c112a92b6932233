/**
 * @file Buffer lifetimes and reuse: where in the workspace each buffer of a program lies.
 *
 * Within a segment, buffers whose lives do not overlap share a slot; a slot is as large as its
 * largest buffer. A buffer that a later segment, a result or a commit still needs keeps its slot to
 * the end. Slots are laid out one after another, each at a multiple of the alignment.
 */

import { dtypes } from "../dtype/dtype.ts";
import { operandsOf } from "./kernel.ts";
import { bodiesOf, type Body, type Program, type Step } from "./program.ts";
import { evaluateSize, type Size, type Sizes, substitute } from "./size.ts";

/** The steps between two cuts, and the workspace they bring. */
export interface Segment {
  /** The program's steps from `first` up to, not including, `end`. */
  readonly first: number;
  readonly end: number;
  /** The host step that ends it, by its place in the program's steps; −1 if none does. */
  readonly host: number;
  /** Where each new buffer lies, in bytes from the segment's base. */
  readonly offsets: ReadonlyMap<number, Size>;
  /** The plans of bodies, by the place of their step. */
  readonly bodies: ReadonlyMap<number, readonly PlannedBody[]>;
  /** Bytes of all slots. */
  readonly bytes: Size;
}

/** Where the workspace of a body lies. */
export interface PlannedBody {
  readonly segment: Segment;
  /** Bytes from the base of the segment around it. */
  readonly offset: Size;
}

interface Slot {
  bytes: Size;
  freeAfter: number;
}

/** The buffers a step touches. */
export function buffersOf(step: Step): number[] {
  switch (step.kind) {
    case "run": {
      const { reads, writes } = operandsOf(step.kernel);
      const scratch = "scratch" in step.kernel ? [step.kernel.scratch] : [];
      return [...reads, ...writes, ...scratch].map((o) => o.buffer);
    }
    case "host":
      return [...step.inputs.map((v) => v.buffer), ...step.outputs];
    case "loop": {
      const { body, done } = step;
      const rows = [...body.inputs, ...body.outputs].map((row) => row.buffer);
      return done === null ? rows : [...rows, done];
    }
    case "branch": {
      const rows = step.bodies.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]);
      return [step.condition.buffer, ...rows.map((row) => row.buffer)];
    }
    case "check":
    case "cut":
      return [];
  }
}

/** The buffers that a step writes. */
export function writtenBy(step: Step): Set<number> {
  switch (step.kind) {
    case "run":
      return new Set(operandsOf(step.kernel).writes.map(({ buffer }) => buffer));
    case "host":
      return new Set(step.outputs);
    case "loop":
    case "branch": {
      const rows = bodiesOf(step).flatMap(({ outputs }) => outputs.map(({ buffer }) => buffer));
      const done = step.kind === "loop" && step.done !== null ? [step.done] : [];
      return new Set([...rows, ...done]);
    }
    case "check":
    case "cut":
      return new Set();
  }
}

/**
 * A size of a body in terms of the program around it.
 *
 * @param sizes Of the program around it.
 * @param body The body.
 * @param size The size; it depends on no values but those that are known outside.
 */
export function outsideSize(sizes: Sizes, { program, inputs }: Body, size: Size): Size {
  return substitute(sizes, size, (leaf) => {
    const row = inputs[program.buffers[leaf.buffer]!.index]!;
    return leaf.kind === "dim" ? row.shape[leaf.axis]! : row.value!;
  });
}

/** Splits a program at its cuts and host steps, and lays out each segment's workspace. */
export function planSegments(sizes: Sizes, program: Program, alignment: number): Segment[] {
  const lives = lifetimes(program);
  const bounds = segmentBounds(program.steps);
  return bounds.map(({ first, end, host }) => {
    const slots: Slot[] = [];
    const placed = new Map<number, Slot>();
    const inside = [...lives].filter(([, { from }]) => from >= first && from <= end);
    for (const [buffer, { from, to }] of inside) {
      const bytes = bufferBytes(sizes, program, buffer, alignment);
      placed.set(buffer, takeSlot(sizes, slots, bytes, from, to < end ? to : Infinity));
    }
    const inner = plannedBodies(sizes, program, { first, end, alignment }, slots);
    const { starts, bytes } = layOut(sizes, slots);
    return {
      first,
      end,
      host,
      offsets: new Map([...placed].map(([buffer, slot]) => [buffer, starts.get(slot)!])),
      bodies: new Map(
        inner.map(({ step, plans }) => [
          step,
          plans.map(({ segment, slot }) => ({ segment, offset: starts.get(slot)! })),
        ]),
      ),
      bytes,
    };
  });
}

/** The plans of a segment's bodies, each with a slot for its workspace. */
function plannedBodies(
  sizes: Sizes,
  program: Program,
  { first, end, alignment }: { first: number; end: number; alignment: number },
  slots: Slot[],
): { step: number; plans: { segment: Segment; slot: Slot }[] }[] {
  return program.steps.slice(first, end).map((step, i) => ({
    step: first + i,
    plans: bodiesOf(step).map((body) => {
      const [segment] = planSegments(body.sizes, body.program, alignment);
      const slot = { bytes: outsideSize(sizes, body, segment!.bytes), freeAfter: Infinity };
      slots.push(slot);
      return { segment: segment!, slot };
    }),
  }));
}

/**
 * When each workspace buffer of known shape is first and last touched; a result that no step
 * touches (memory without a value) is touched at the end.
 */
function lifetimes(program: Program): Map<number, { from: number; to: number }> {
  const lives = new Map<number, { from: number; to: number }>();
  const isPlaced = (buffer: number): boolean => {
    const { role, shape } = program.buffers[buffer]!;
    return (role === "workspace" || role === "handed") && shape !== null;
  };
  program.steps.forEach((step, i) => {
    for (const buffer of buffersOf(step).filter(isPlaced)) {
      const life = lives.get(buffer);
      if (life) life.to = i;
      else lives.set(buffer, { from: i, to: i });
    }
  });
  const kept = [...program.outputs, ...program.commits.map((c) => c.value)];
  const end = program.steps.length;
  for (const { buffer } of kept.filter((view) => isPlaced(view.buffer))) {
    lives.set(buffer, { from: lives.get(buffer)?.from ?? end, to: Infinity });
  }
  return lives;
}

function segmentBounds(steps: readonly Step[]): { first: number; end: number; host: number }[] {
  const bounds: { first: number; end: number; host: number }[] = [];
  let first = 0;
  steps.forEach((step, i) => {
    if (step.kind !== "host" && step.kind !== "cut") return;
    bounds.push({ first, end: i, host: step.kind === "host" ? i : -1 });
    first = i + 1;
  });
  bounds.push({ first, end: steps.length, host: -1 });
  return bounds;
}

function bufferBytes(sizes: Sizes, program: Program, buffer: number, alignment: number): Size {
  const { dtype, shape } = program.buffers[buffer]!;
  const bytes = sizes.mul(sizes.product(shape!), sizes.const(dtypes[dtype].bytes));
  const rounded = sizes.add(bytes, sizes.const(alignment - 1));
  const units = sizes.call("floorDiv", rounded, sizes.const(alignment));
  return sizes.mul(units, sizes.const(alignment));
}

function takeSlot(sizes: Sizes, slots: Slot[], bytes: Size, from: number, to: number): Slot {
  const free = slots.filter((s) => s.freeAfter < from);
  const fitting = free.find((s) => s.bytes === bytes) ??
    free.find((s) => isSimilar(s.bytes, bytes));
  if (fitting) {
    fitting.bytes = sizes.call("max", fitting.bytes, bytes);
    fitting.freeAfter = to;
    return fitting;
  }
  const slot = { bytes, freeAfter: to };
  slots.push(slot);
  return slot;
}

/** Whether two sizes may share a slot: both known while compiling, or both not. */
function isSimilar(x: Size, y: Size): boolean {
  return (x.kind === "const") === (y.kind === "const");
}

function layOut(
  sizes: Sizes,
  slots: readonly Slot[],
): { starts: ReadonlyMap<Slot, Size>; bytes: Size } {
  const starts = new Map<Slot, Size>();
  let top = sizes.const(0);
  for (const slot of slots) {
    starts.set(slot, top);
    top = sizes.add(top, slot.bytes);
  }
  return { starts, bytes: top };
}

/** Fills the sizes into an error's text. */
export function failureText(
  text: string,
  sizes: readonly Size[],
  inputs: Parameters<typeof evaluateSize>[1],
): string {
  return text.replace(/\{(\d+)\}/g, (_, k) => `${evaluateSize(sizes[Number(k)]!, inputs)}`);
}
