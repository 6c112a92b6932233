/**
 * @file The numbers of a segment for one set of shapes and integers: sizes, and what kernels do with
 * them. Kept, because most calls have the numbers of an earlier one.
 */

import type { RunStep } from "../core/kernel/program.ts";
import { evaluateSize, type Size, type SizeInputs, sizesInOrder } from "../core/kernel/size.ts";
import type { KernelCode, Plan } from "./code.ts";

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
  readonly #plans = new Map<RunStep, Plan>();
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

  /** What a kernel does at these sizes. */
  plan(step: RunStep, code: KernelCode): Plan {
    const known = this.#plans.get(step) ?? code.plan(this.sizeOf);
    this.#plans.set(step, known);
    return known;
  }
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
