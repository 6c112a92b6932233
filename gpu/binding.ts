/**
 * @file The numbers of a segment for one set of shapes and integers: sizes, and what kernels do with
 * them. Kept, because most calls have the numbers of an earlier one.
 */

import type { RunStep } from "../core/kernel/program.ts";
import { evaluateSize, type Size, type SizeInputs, sizesInOrder } from "../core/kernel/size.ts";
import type { Plan } from "./code.ts";
import { elementBytes } from "./copy.ts";
import type { Placed } from "./routine.ts";
import { type Window, windowedBuffer, windowOf } from "./window.ts";

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
  readonly #plans = new Map<RunStep, Planned>();
  /** Whether the checks of the segment hold. */
  isChecked = false;

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

  /** What errors are worded with. */
  get inputs(): SizeInputs {
    return this.#inputs;
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
   * @param placed The kernel.
   * @param isLarge Whether a buffer is larger than what a shader may bind.
   * @param alignment What parts of buffers start at multiples of, in bytes.
   */
  plan(
    { step, code, windows }: Pick<Placed, "step" | "code" | "windows">,
    isLarge: (buffer: number) => boolean,
    alignment: number,
  ): Planned {
    const known = this.#plans.get(step);
    if (known) return known;
    const parts = new Map<number, Window>();
    for (const [buffer, walks] of windows) {
      if (isLarge(buffer)) parts.set(buffer, windowOf(walks, this.sizeOf, alignment));
    }
    const inputs: SizeInputs = {
      dim: this.#inputs.dim,
      value: (buffer) => {
        if (buffer >= 0) return this.#inputs.value(buffer);
        const walks = windows.get(windowedBuffer(buffer))!;
        const start = parts.get(windowedBuffer(buffer))?.offset ?? 0;
        return start / elementBytes(walks[0]!.operand.dtype);
      },
    };
    const made = { ...code.plan((size) => evaluateSize(size, inputs)), parts };
    this.#plans.set(step, made);
    return made;
  }
}

/** What a kernel does, and which parts of large buffers it sees. */
export interface Planned extends Plan {
  readonly parts: ReadonlyMap<number, Window>;
}

/** Bindings that are kept for a segment. */
const mostBindings = 128;

/** The bindings of a segment, by its numbers. */
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
