/**
 * @file The numbers of a segment for one set of shapes and integers: sizes, and what kernels do with
 * them. Kept, because most calls have the numbers of an earlier one.
 */

import { failureText } from "../core/kernel/plan.ts";
import type { CheckStep, RunStep } from "../core/kernel/program.ts";
import { evaluateSize, type Size, type SizeInputs, sizesInOrder } from "../core/kernel/size.ts";
import type { KernelCode, Plan } from "./code.ts";
import { elementBytes } from "./copy.ts";
import { errorOf, type Inside } from "./inside.ts";
import { joinedWindow, type Window, windowedBuffer, windowOf, type Windows } from "./window.ts";

/** What sizes are computed from: lengths of arrays that the caller or the host brings, integers. */
export interface SizeSources {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

/** The buffers that sizes are computed from. */
export function sourcesOf(sizes: Iterable<Size>): SizeSources {
  const [dims, values] = [new Set<number>(), new Set<number>()];
  for (const size of sizesInOrder(sizes)) {
    if (size.kind === "dim") dims.add(size.buffer);
    if (size.kind === "value") values.add(size.buffer);
  }
  return { dims: [...dims], values: [...values] };
}

/** The numbers of a segment. */
export class Binding {
  readonly #inputs: SizeInputs;
  readonly #known = new Map<Size, number>();
  /** By where what moves with the turns of loops is. */
  readonly #plans = new Map<RunStep, Map<string, Planned>>();
  readonly #inside = new Map<object, Bindings>();
  #isChecked = false;

  /**
   * Starts with nothing computed.
   *
   * @param shapes The shape of each buffer in `dims`.
   * @param values The value of each buffer in `values`.
   */
  constructor(
    shapes: ReadonlyMap<number, readonly number[]>,
    values: ReadonlyMap<number, number>,
  ) {
    this.#inputs = {
      dim: (buffer, axis) => shapes.get(buffer)![axis]!,
      value: (buffer) => values.get(buffer)!,
    };
  }

  /**
   * Fails unless the checks of the segment or body hold, which is looked at once.
   *
   * @throws {ProgramError} In the words of the first that does not.
   */
  check(checks: readonly CheckStep[], inside?: Inside): void {
    if (this.#isChecked) return;
    for (const { condition, failure } of checks) {
      if (this.sizeOf(condition) !== 0) continue;
      throw errorOf(failure, failureText(failure.text, failure.sizes, this.#inputs), inside);
    }
    this.#isChecked = true;
  }

  /** The value of a size. */
  readonly sizeOf = (size: Size): number => {
    if (size.kind === "const") return size.value;
    const known = this.#known.get(size);
    if (known !== undefined) return known;
    const value = evaluateSize(size, this.#inputs);
    this.#known.set(size, value);
    return value;
  };

  /** The values of several sizes. */
  shape(sizes: readonly Size[]): number[] {
    return sizes.map(this.sizeOf);
  }

  /**
   * What a kernel does at these sizes.
   *
   * @param coded The kernel.
   * @param ground What it stands on.
   */
  plan(coded: Coded, ground: Ground): Planned {
    const { step, code, windows, moving } = coded;
    const known = this.#plans.get(step) ?? new Map<string, Planned>();
    this.#plans.set(step, known);
    const key = moving.map(ground.startOf).join();
    const kept = known.get(key);
    if (kept) return kept;
    const parts = this.#parts(coded, ground);
    const inputs: SizeInputs = {
      dim: this.#inputs.dim,
      value: (buffer) => {
        if (buffer >= 0) return this.#inputs.value(buffer);
        const own = windowedBuffer(buffer);
        const { dtype } = windows.get(own)![0]!.operand;
        const { offset } = parts.get(ground.boundOf(own))!;
        return offset / elementBytes(dtype) - ground.startOf(own);
      },
    };
    const made = { ...code.plan((size) => evaluateSize(size, inputs)), parts };
    known.set(key, made);
    return made;
  }

  /** What the kernel sees of each buffer: all of it, unless that is more than may be bound. */
  #parts({ windows }: Coded, ground: Ground): ReadonlyMap<number, BufferPart> {
    const parts = new Map<number, BufferPart>();
    for (const [own, walks] of windows) {
      const bound = ground.boundOf(own);
      const whole = ground.bytesOf(bound);
      const seen = whole > ground.largestBinding
        ? windowOf(walks, this.sizeOf, ground.alignment, ground.startOf(own))
        : { offset: 0, bytes: whole };
      const other = parts.get(bound);
      parts.set(bound, { whole, ...other ? joinedWindow(other, seen) : seen });
    }
    return parts;
  }

  /** The bindings of a body, inside this one. */
  inside(body: object, sources: SizeSources): Bindings {
    const known = this.#inside.get(body) ?? new Bindings(sources);
    this.#inside.set(body, known);
    return known;
  }
}

/** A kernel and its code. */
export interface Coded {
  readonly step: RunStep;
  readonly code: KernelCode;
  /** The parts of buffers that it sees. */
  readonly windows: Windows;
  /** The buffers of its program that stand for another row at each turn of a loop. */
  readonly moving: readonly number[];
}

/** What a kernel of a program stands on: memory, by the numbers of buffers of the program. */
export interface Ground {
  /** The buffer that is bound for one of the program's: itself, or one around a body. */
  readonly boundOf: (own: number) => number;
  /** Where what the program knows as a buffer begins in what is bound for it, in elements. */
  readonly startOf: (own: number) => number;
  /** Bytes of a buffer that is bound. */
  readonly bytesOf: (bound: number) => number;
  /** Bytes that a shader may see of a buffer, and what parts start at multiples of. */
  readonly largestBinding: number;
  readonly alignment: number;
}

/** What a kernel sees of a buffer, and how many bytes all of it has. */
export interface BufferPart extends Window {
  readonly whole: number;
}

/** What a kernel does, and what it sees of the buffers that it binds. */
export interface Planned extends Plan {
  readonly parts: ReadonlyMap<number, BufferPart>;
}

/** Bindings that are kept for a segment or a body. */
const mostBindings = 128;

/** The bindings of a segment or body, by its numbers. */
export class Bindings {
  readonly sources: SizeSources;
  readonly #kept = new Map<string, Binding>();

  constructor(sources: SizeSources) {
    this.sources = sources;
  }

  /**
   * The binding for the numbers of now.
   *
   * @param shapeOf The shape of a buffer.
   * @param valueOf The value of an integer.
   */
  of(
    shapeOf: (buffer: number) => readonly number[],
    valueOf: (buffer: number) => number,
  ): Binding {
    const { dims, values } = this.sources;
    const key = `${dims.map((b) => shapeOf(b).join()).join(";")}|${values.map(valueOf).join()}`;
    const known = this.#kept.get(key);
    if (known) return known;
    const made = new Binding(
      new Map(dims.map((buffer) => [buffer, shapeOf(buffer)])),
      new Map(values.map((buffer) => [buffer, valueOf(buffer)])),
    );
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= mostBindings) this.#kept.delete(oldest!);
    this.#kept.set(key, made);
    return made;
  }
}
