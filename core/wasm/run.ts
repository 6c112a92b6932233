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

import type { Kernel } from "../kernel/kernel.ts";
import { buffersOf, planSegments, type Segment } from "../kernel/plan.ts";
import { bodiesOf, type Program } from "../kernel/program.ts";
import type { Size, Sizes } from "../kernel/size.ts";
import { dtypes } from "../dtype/dtype.ts";
import {
  type BlockLayout,
  type BodyLayout,
  type BodyPlace,
  type CellOrNumber,
  Cells,
  type FailurePlace,
  type SegmentLayout,
} from "./block.ts";
import {
  type Around,
  bodySizes,
  boundInside,
  type CodedBody,
  leaveIfFailed,
  storeBase,
  storeLengths,
  type WrittenBody,
} from "./inner.ts";
import { branchFunction, branchSizes, type CodedBranch } from "./branch.ts";
import { customCode } from "./custom.ts";
import { Module } from "./encode.ts";
import { halfAsBits } from "./half_bits.ts";
import { gatherCode, scatterCode } from "./index_loops.ts";
import { alignment } from "./layout.ts";
import { type CodedLoop, loopFunction, loopSizes } from "./loop.ts";
import { mapCode } from "./map.ts";
import { type Argument, type KernelCode, log2 } from "./nest.ts";
import { gemmCode } from "./product.ts";
import { randomCode } from "./random.ts";
import { rowsCode } from "./rows.ts";
import { reduceCode } from "./reduce.ts";
import { cellAddress, emitSizes } from "./size_code.ts";
import {
  add,
  call,
  type Callee,
  type Code,
  eqz,
  f64,
  Func,
  i32,
  i64,
  ifElse,
  type Local,
  type Node,
  op,
  ret,
  sequence,
  shl,
} from "./tree.ts";

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

/** What a part of binding computes: all of it, what is known without values, or the rest. */
type Part = "all" | "known" | "values";

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
    const isSplit = isRepeated && [...this.#roots(parts, "all")].some(dependsOnValue);
    return {
      bind: module.add(this.#bind(parts, isRepeated ? "known" : "all")),
      rebind: isSplit ? module.add(this.#bind(parts, "values")) : undefined,
      run: module.add(this.#run(parts)),
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
    module.add(this.#run(parts), `run${k}`);
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
        ? [{ condition: step.condition, id: this.#failure(segment.first + i) }]
        : []
    );
    const wanted = new Set(results);
    for (const run of runs) for (const size of readBy(run)) wanted.add(size);
    const owned = this.#path.length === 0 ? this.#ownedBuffers(segment) : [];
    return { segment, runs, checks, wanted, owned };
  }

  /** Numbers a step that may fail. */
  #failure(step: number): number {
    return this.#shared.failures.push({ inside: this.#path, step }) - 1;
  }

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

  /** What a part of binding has to compute. */
  #roots({ segment, runs, checks, wanted, owned }: SegmentParts, part: Part): Set<Size> {
    const bound = runs.flatMap((run) => {
      const sizes = placedBy(run);
      return isPartOf(part, ...sizes) ? sizes : [];
    });
    const all = [
      ...checks.map((c) => c.condition),
      ...wanted,
      ...segment.offsets.values(),
      ...owned.map(([, bytes]) => bytes),
      ...(this.#path.length > 0 ? [] : [segment.bytes]),
    ];
    return new Set([...all.filter((size) => isPartOf(part, size)), ...bound]);
  }

  #bind(parts: SegmentParts, part: Part): Func {
    const { segment, runs, checks, wanted, owned } = parts;
    const func = new Func("bind", ["f64"]);
    const block = func.param("i32", "block");
    const base = func.param("i32", "base");
    const code: Node[] = [];
    const values = emitSizes(
      func,
      this.#program,
      this.#cells,
      block,
      this.#roots(parts, part),
      code,
    );
    if ([...values.keys()].some((size) => size.kind === "value")) this.#readsValues = true;
    const store = (cell: number, size: Size): void => {
      code.push(op("i64.store", cellAddress(block, cell), values.get(size)!));
    };
    for (const { condition, id } of checks) {
      if (!isPartOf(part, condition)) continue;
      code.push(ifElse(eqz(values.get(condition)!), [ret(f64(-1 - id))]));
    }
    for (const size of wanted) {
      if (size.kind !== "const" && isPartOf(part, size)) store(this.#cells.of(size), size);
    }
    for (const [buffer, bytes] of owned) store(this.#cells.bytes(buffer), bytes);
    for (const [buffer, offset] of segment.offsets) {
      if (!isPartOf(part, offset)) continue;
      const pointer = add(base, op("i32.wrap_i64", values.get(offset)!));
      code.push(op("i32.store", cellAddress(block, this.#cells.pointer(buffer)), pointer));
    }
    const valueOf = (size: Size): Node => values.get(size)!;
    for (const run of runs) {
      if (isPartOf(part, ...placedBy(run))) {
        code.push(...placeBodies(func, run, { block, base, valueOf }));
      }
    }
    const bytes = values.get(segment.bytes) ?? i64(0);
    return func.body(code, op("f64.convert_i64_s", bytes));
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

  #run({ runs }: SegmentParts): Func {
    const func = new Func("run", ["i32"]);
    const block = func.param("i32", "block");
    const body = runs.map((run): Code => {
      switch (run.kind) {
        case "kernel":
          return this.#kernelCall(run.code, run.place, block);
        case "loop":
          return leaveIfFailed(func, this.#callOf(loopFunction(run, this.#around), block));
        case "branch":
          return leaveIfFailed(func, this.#callOf(branchFunction(run, this.#around), block));
      }
    });
    return func.body(body, i32(0));
  }

  #kernelCall(code: KernelCode, place: number, block: Local): Code {
    const callee = this.#function(code);
    const result = call(callee, ...code.args.map((a) => this.#argument(a, block)));
    if (callee.results.length === 0) return result;
    return ifElse(result, [ret(i32(1 + this.#failure(place)))]);
  }

  #callOf(func: Func, block: Local): Node {
    return call(this.#shared.module.add(func), block);
  }

  readonly #around: Around = {
    count: (size, block) => this.#count(size, block),
    wide: (size, block) => this.#wide(size, block),
    pointer: (walk, block) => this.#pointer(walk, block),
  };

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

  #argument(argument: Argument, block: Local): Node {
    switch (argument.kind) {
      case "pointer":
        return this.#pointer(argument.walk, block);
      case "count":
        return this.#count(argument.size, block);
      case "bytes":
        return shl(this.#count(argument.size, block), i32(log2(argument.scale)));
      case "wide":
        return this.#wide(argument.size, block);
      case "number": {
        const { walk } = argument;
        if (typeof walk === "number") return f64(walk);
        const address = this.#pointer(walk, block);
        return walk.dtype === "float64"
          ? op("f64.load", address)
          : op("f64.promote_f32", op("f32.load", address));
      }
    }
  }

  #wide(size: Size, block: Local): Node {
    return size.kind === "const"
      ? op("i64.extend_i32_s", i32(size.value))
      : op("i64.load", cellAddress(block, this.#cells.of(size)));
  }

  #count(size: Size, block: Local): Node {
    if (size.kind === "const") return i32(size.value);
    return op("i32.load", cellAddress(block, this.#cells.of(size)));
  }

  #pointer(
    { buffer, offset, dtype }: { buffer: number; offset: Size; dtype: string },
    block: Local,
  ): Node {
    const start = op("i32.load", cellAddress(block, this.#cells.pointer(buffer)));
    const { bytes } = dtypes[dtype as keyof typeof dtypes];
    return add(start, shl(this.#count(offset, block), i32(log2(bytes))));
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

/** A step that runs, on its way to code. */
type CodedStep =
  | { readonly kind: "kernel"; readonly place: number; readonly code: KernelCode }
  | { readonly kind: "loop" } & CodedLoop
  | { readonly kind: "branch" } & CodedBranch;

/** The sizes that a step reads while it runs. */
function readBy(step: CodedStep): Size[] {
  switch (step.kind) {
    case "kernel":
      return step.code.args.flatMap(argumentSizes);
    case "loop":
      return loopSizes(step.step);
    case "branch":
      return branchSizes(step);
  }
}

/** The sizes that placing a step's bodies needs. */
function placedBy(step: CodedStep): Size[] {
  if (step.kind === "loop") return bodySizes(step.body);
  return step.kind === "branch" ? step.bodies.map(({ offset }) => offset) : [];
}

/** Gives bodies their workspace; those of loops are bound, those of branches when they are taken. */
function placeBodies(
  func: Func,
  step: CodedStep,
  binding: Parameters<typeof storeBase>[2],
): Node[] {
  if (step.kind === "branch") {
    return step.bodies.map((body) => sequence(storeBase(func, body, binding).code));
  }
  if (step.kind !== "loop") return [];
  const { block, valueOf } = binding;
  const { code, own } = storeBase(func, step.body, binding);
  return [
    sequence(storeLengths(step.body, block, valueOf)),
    sequence(code, boundInside(func, step.body, block, own)),
  ];
}

/** One segment on its way to code. */
interface SegmentParts {
  readonly segment: Segment;
  readonly runs: readonly CodedStep[];
  readonly checks: readonly { readonly condition: Size; readonly id: number }[];
  /** What kernels, loops and JavaScript read. */
  readonly wanted: ReadonlySet<Size>;
  readonly owned: readonly (readonly [buffer: number, bytes: Size])[];
}

/** Whether sizes are computed by a part of binding; several go together. */
function isPartOf(part: Part, ...sizes: readonly Size[]): boolean {
  return part === "all" || sizes.some(dependsOnValue) === (part === "values");
}

function dependsOnValue(size: Size): boolean {
  return size.kind === "value" || (size.kind === "call" && size.args.some(dependsOnValue));
}

function argumentSizes(argument: Argument): Size[] {
  switch (argument.kind) {
    case "pointer":
      return [argument.walk.offset];
    case "number":
      return typeof argument.walk === "number" ? [] : [argument.walk.offset];
    default:
      return [argument.size];
  }
}
