/**
 * @file A program as one WebAssembly module: for each segment a `bind` and a `run`.
 *
 * `bind(block, base)` computes every size of the segment from the shapes and integer scalars in the
 * block, makes all checks, and puts the workspace's pointers there; it returns the bytes of
 * workspace it wants from `base` on, or −1 − k for failure k of the layout's list. `run(block)` calls
 * the kernels and loops; it returns 0, or 1 + k. Neither traps. The block is an array of 8-byte cells
 * in linear memory, one for each number that is not known while compiling.
 *
 * The body of a loop has a block of its own inside the block of the program around it. Its `bind`
 * leaves out what depends on values, which are known only when a turn begins: that is `rebind`'s.
 */

import { dtypes } from "../dtype/dtype.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { buffersOf, planSegments, type Segment } from "../kernel/plan.ts";
import { bodiesOf, type Program } from "../kernel/program.ts";
import type { Size, Sizes } from "../kernel/size.ts";
import {
  type BlockLayout,
  type BodyLayout,
  type BodyPlace,
  type CellOrNumber,
  Cells,
  type FailurePlace,
  type SegmentLayout,
} from "./block.ts";
import { cumulativeCode } from "./cumulative.ts";
import { customCode } from "./custom.ts";
import { Module } from "./encode.ts";
import { halfAsBits } from "./half_bits.ts";
import { gatherCode, scatterCode } from "./index_loops.ts";
import type { CodedBody, WrittenBody } from "./inner.ts";
import { alignment } from "./layout.ts";
import { mapCode } from "./map.ts";
import type { KernelCode } from "./nest.ts";
import { gemmCode } from "./product.ts";
import { randomCode } from "./random.ts";
import { reduceCode } from "./reduce.ts";
import { rowsCode } from "./rows.ts";
import { sortCode } from "./sort.ts";
import {
  bindFunction,
  type Calls,
  type CodedStep,
  type Part,
  readBy,
  readsValues,
  runFunction,
  type SegmentParts,
} from "./segment.ts";
import type { Callee, Func } from "./tree.ts";

/** A program as bytes and the layout of its block. */
export interface Emitted {
  readonly module: Module;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly layout: BlockLayout;
}

/** What the module relies on. */
export interface EmitOptions {
  /** Whether relaxed multiply-add is there. */
  readonly relaxed: boolean;
  /** Whether names are kept, for profiles and dumps. */
  readonly names: boolean;
}

/** Emits a program. */
export function emitProgram(sizes: Sizes, program: Program, options: EmitOptions): Emitted {
  const module = new Module("theano");
  module.importMemory({ initial: 1, shared: true });
  const segments = planSegments(sizes, program, alignment);
  const shared = { module, options, functions: new Map<string, Callee>(), failures: [] };
  const layout = new ProgramWriter(shared, { sizes, program, segments, path: [] }).write();
  return { module, bytes: module.encode({ names: options.names }), layout };
}

/** What the programs of one module share. */
interface Shared {
  readonly module: Module;
  readonly options: EmitOptions;
  readonly functions: Map<string, Callee>;
  readonly failures: FailurePlace[];
}

/** A program and where it is. */
interface Placed {
  readonly sizes: Sizes;
  readonly program: Program;
  readonly segments: readonly Segment[];
  /** The bodies around it, from the outside in. */
  readonly path: readonly BodyPlace[];
}

class ProgramWriter {
  readonly #shared: Shared;
  readonly #sizes: Sizes;
  readonly #program: Program;
  readonly #segments: readonly Segment[];
  readonly #path: readonly BodyPlace[];
  readonly #cells = new Cells();
  readonly #bodies: BodyLayout[] = [];
  #readsValues = false;

  constructor(shared: Shared, { sizes, program, segments, path }: Placed) {
    this.#shared = shared;
    this.#sizes = sizes;
    this.#program = program;
    this.#segments = segments;
    this.#path = path;
    program.buffers.forEach((spec, buffer) => {
      this.#cells.addPointer(buffer);
      if (!spec.shape) this.#cells.addDims(buffer, spec.ndim);
    });
  }

  write(): BlockLayout {
    const layouts = this.#segments.map((segment, k) => this.#segment(segment, k));
    return this.#layout(layouts);
  }

  /**
   * The functions of a program that is a body, and its layout.
   *
   * @param offset Where its workspace lies in the one around it.
   * @param isRepeated Whether it is bound once and run often, so that what depends on values is apart.
   */
  body(offset: Size, isRepeated: boolean): WrittenBody {
    const [segment] = this.#segments as [Segment];
    const parts = this.#parts(segment, []);
    const { module } = this.#shared;
    const isSplit = isRepeated && readsValues(parts);
    return {
      bind: module.add(this.#bind(parts, isRepeated ? "known" : "all")),
      rebind: isSplit ? module.add(this.#bind(parts, "values")) : undefined,
      run: module.add(runFunction(parts, this.#cells, this.#calls)),
      offset,
      pointers: this.#pointers(),
      dims: this.#dims(),
      cells: this.#cells.count,
      bodies: this.#bodies,
    };
  }

  #segment(segment: Segment, k: number): SegmentLayout {
    const parts = this.#parts(segment, this.#resultSizes(segment, k));
    const { module } = this.#shared;
    module.add(this.#bind(parts, "all"), `bind${k}`);
    module.add(runFunction(parts, this.#cells, this.#calls), `run${k}`);
    this.#readsValues ||= readsValues(parts);
    return {
      host: segment.host,
      owned: parts.owned.map(([buffer]) => [buffer, this.#cells.bytes(buffer)]),
    };
  }

  /** The code of a segment's kernels, loops and branches, and what has to be known for it. */
  #parts(segment: Segment, results: readonly Size[]): SegmentParts {
    const steps = this.#program.steps.slice(segment.first, segment.end);
    const runs = steps.flatMap((step, i): CodedStep[] => {
      const place = segment.first + i;
      if (step.kind === "run") return [{ kind: "kernel", place, code: this.#code(step.kernel) }];
      const bodies = this.#bodiesAt(segment, place);
      if (step.kind === "loop") return [{ kind: "loop", step, body: bodies[0]! }];
      return step.kind === "branch" ? [{ kind: "branch", step, bodies }] : [];
    });
    const checks = steps.flatMap((step, i) =>
      step.kind === "check"
        ? [{ condition: step.condition, id: this.#calls.failure(segment.first + i) }]
        : []
    );
    const wanted = new Set(results);
    for (const run of runs) for (const size of readBy(run)) wanted.add(size);
    const owned = this.#path.length === 0 ? this.#ownedBuffers(segment) : [];
    return { segment, runs, checks, wanted, owned, isBody: this.#path.length > 0 };
  }

  #bind(parts: SegmentParts, part: Part): Func {
    return bindFunction(parts, part, { program: this.#program, cells: this.#cells });
  }

  readonly #calls: Calls = {
    kernel: (code) => this.#function(code),
    add: (func) => this.#shared.module.add(func),
    failure: (step) => this.#shared.failures.push({ inside: this.#path, step }) - 1,
  };

  /** The bodies of a step, written. */
  #bodiesAt(segment: Segment, place: number): CodedBody[] {
    const step = this.#program.steps[place]!;
    return bodiesOf(step).map((body, index) => {
      const { segment: inner, offset } = segment.bodies.get(place)![index]!;
      const { sizes, program } = body;
      const path = [...this.#path, { step: place, index }];
      const writer = new ProgramWriter(this.#shared, { sizes, program, segments: [inner], path });
      const written = writer.body(offset, step.kind === "loop");
      const first = this.#cells.reserve(written.cells);
      const { pointers, dims, bodies } = written;
      this.#bodies.push({ step: place, index, first, pointers, dims, bodies });
      return { ...written, body, first, base: this.#cells.reserve(1) };
    });
  }

  /** The sizes that JavaScript reads after this segment. */
  #resultSizes(segment: Segment, k: number): Size[] {
    const host = segment.host >= 0 ? this.#program.steps[segment.host] : undefined;
    const views = host?.kind === "host" ? [...host.inputs] : [];
    const isLast = k === this.#segments.length - 1;
    if (isLast) views.push(...this.#program.outputs, ...this.#program.commits.map((c) => c.value));
    return views.flatMap((v) => [...v.shape, ...v.strides, v.offset]);
  }

  /** Buffers that live outside the workspace and are first written here, with their bytes. */
  #ownedBuffers(segment: Segment): [buffer: number, bytes: Size][] {
    const isLast = segment === this.#segments.at(-1);
    return this.#program.buffers.flatMap((spec, buffer): [number, Size][] => {
      if (spec.role !== "update" && spec.role !== "borrowed") return [];
      const first = this.#program.steps.findIndex((step) => buffersOf(step).includes(buffer));
      const isHere = first < 0 ? isLast : first >= segment.first && first <= segment.end;
      if (!isHere) return [];
      const count = this.#sizes.product(spec.shape!);
      return [[buffer, this.#sizes.mul(count, this.#sizes.const(dtypes[spec.dtype].bytes))]];
    });
  }

  #code(kernel: Kernel): KernelCode {
    const { relaxed } = this.#shared.options;
    const legal = halfAsBits(kernel);
    switch (legal.kind) {
      case "map":
        return mapCode(legal, relaxed);
      case "reduce":
        return reduceCode(legal, relaxed);
      case "rows":
        return rowsCode(legal, relaxed);
      case "gather":
        return gatherCode(legal);
      case "scatter":
        return scatterCode(legal, relaxed);
      case "gemm":
        return gemmCode(legal);
      case "random":
        return randomCode(legal);
      case "cumulative":
        return cumulativeCode(legal, relaxed);
      case "sort":
        return sortCode(legal);
      case "custom":
        return customCode(legal);
    }
  }

  #function(code: KernelCode): Callee {
    const { functions, module } = this.#shared;
    const known = functions.get(code.key);
    if (known) return known;
    const made = code.make(module);
    functions.set(code.key, made);
    return made;
  }

  #pointers(): number[] {
    return this.#program.buffers.map((_, buffer) => this.#cells.pointer(buffer));
  }

  #dims(): (readonly number[])[] {
    return this.#program.buffers.map((_, buffer) => this.#cells.dims(buffer));
  }

  #layout(segments: readonly SegmentLayout[]): BlockLayout {
    const { outputs, commits, steps } = this.#program;
    const views = [...outputs, ...commits.map((c) => c.value)];
    const place = (size: Size): CellOrNumber =>
      size.kind === "const" ? { number: size.value } : { cell: this.#cells.of(size) };
    return {
      pointers: this.#pointers(),
      readsValues: this.#readsValues,
      dims: this.#dims(),
      bodies: this.#bodies,
      failures: this.#shared.failures,
      shapes: views.map((v) => v.shape.map(place)),
      offsets: views.map((v) => place(v.offset)),
      hosts: steps.flatMap((s) =>
        s.kind !== "host" ? [] : [{
          inputs: s.inputs.map((v) => ({
            shape: v.shape.map(place),
            strides: v.strides.map(place),
            offset: place(v.offset),
          })),
        }]
      ),
      segments,
      cells: this.#cells.count,
    };
  }
}
