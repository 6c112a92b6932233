/**
 * @file A program as one WebAssembly module: for each segment a `bind` and a `run`.
 *
 * `bind(block, base)` computes every size of the segment from the shapes and integer scalars in the
 * block, makes all checks, and puts the workspace's pointers there; it returns the bytes of
 * workspace it wants from `base` on, or −1 − k when check k fails. `run(block)` calls the kernels;
 * it returns 0, or 1 + the step at which an index was out of range. Neither traps. The block is an
 * array of 8-byte cells in linear memory, one for each number that is not known while compiling.
 */

import type { Kernel } from "../kernel/kernel.ts";
import { buffersOf, planSegments, type Segment } from "../kernel/plan.ts";
import type { CheckStep, Program, RunStep } from "../kernel/program.ts";
import type { Size, Sizes } from "../kernel/size.ts";
import { dtypes } from "../dtype/dtype.ts";
import { type BlockLayout, type CellOrNumber, Cells, type SegmentLayout } from "./block.ts";
import { Module } from "./encode.ts";
import { halfAsBits } from "./half_bits.ts";
import { gatherCode, scatterCode } from "./index_loops.ts";
import { alignment } from "./layout.ts";
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
  ifElse,
  type Local,
  type Node,
  op,
  ret,
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
  return new ProgramWriter(sizes, program, options).write();
}

class ProgramWriter {
  readonly #sizes: Sizes;
  readonly #program: Program;
  readonly #options: EmitOptions;
  readonly #module = new Module("theano");
  readonly #cells = new Cells();
  readonly #functions = new Map<string, Callee>();
  readonly #segments: Segment[];
  #readsValues = false;

  constructor(sizes: Sizes, program: Program, options: EmitOptions) {
    this.#sizes = sizes;
    this.#program = program;
    this.#options = options;
    this.#segments = planSegments(sizes, program, alignment);
    program.buffers.forEach((spec, buffer) => {
      this.#cells.addPointer(buffer);
      if (!spec.shape) this.#cells.addDims(buffer, spec.ndim);
    });
  }

  write(): Emitted {
    this.#module.importMemory({ initial: 1, shared: true });
    const layouts = this.#segments.map((segment, k) => this.#segment(segment, k));
    const layout = this.#layout(layouts);
    const bytes = this.#module.encode({ names: this.#options.names });
    return { module: this.#module, bytes, layout };
  }

  #segment(segment: Segment, k: number): SegmentLayout {
    const steps = this.#program.steps.slice(segment.first, segment.end);
    const runs = steps.filter((s): s is RunStep => s.kind === "run");
    const checks = steps.filter((s): s is CheckStep => s.kind === "check");
    const codes = runs.map((s) => this.#code(s.kernel));
    const wanted = new Set(codes.flatMap((c) => c.args.flatMap(argumentSizes)));
    for (const size of this.#resultSizes(segment, k)) wanted.add(size);
    const owned = this.#ownedBuffers(segment);
    const bind = this.#bind(segment, checks, wanted, owned);
    const run = this.#run(segment, runs, codes);
    this.#module.add(bind, `bind${k}`);
    this.#module.add(run, `run${k}`);
    return {
      host: segment.host,
      checks: checks.map((c) => this.#program.steps.indexOf(c)),
      owned: owned.map(([buffer]) => [buffer, this.#cells.bytes(buffer)]),
    };
  }

  /** The sizes that JavaScript reads after this segment. */
  #resultSizes(segment: Segment, k: number): Size[] {
    const host = segment.host >= 0 ? this.#program.steps[segment.host] : undefined;
    const views = host?.kind === "host" ? [...host.inputs] : [];
    const isLast = k === this.#segments.length - 1;
    if (isLast) views.push(...this.#program.outputs, ...this.#program.commits.map((c) => c.value));
    return views.flatMap((v) => [...v.shape, ...v.strides, v.offset]);
  }

  #bind(
    segment: Segment,
    checks: readonly CheckStep[],
    wanted: ReadonlySet<Size>,
    owned: readonly [buffer: number, bytes: Size][],
  ): Func {
    const func = new Func("bind", ["f64"]);
    const block = func.param("i32", "block");
    const base = func.param("i32", "base");
    const code: Node[] = [];
    const roots = new Set<Size>([
      ...checks.map((c) => c.condition),
      ...wanted,
      ...segment.offsets.values(),
      ...owned.map(([, bytes]) => bytes),
      segment.bytes,
    ]);
    const values = emitSizes(func, this.#program, this.#cells, block, roots, code);
    if ([...values.keys()].some((size) => size.kind === "value")) this.#readsValues = true;
    checks.forEach((check, k) =>
      code.push(ifElse(eqz(values.get(check.condition)!), [ret(f64(-1 - k))]))
    );
    for (const size of wanted) {
      if (size.kind === "const") continue;
      code.push(op("i64.store", cellAddress(block, this.#cells.of(size)), values.get(size)!));
    }
    for (const [buffer, bytes] of owned) {
      const cell = this.#cells.bytes(buffer);
      code.push(op("i64.store", cellAddress(block, cell), values.get(bytes)!));
    }
    for (const [buffer, offset] of segment.offsets) {
      const pointer = add(base, op("i32.wrap_i64", values.get(offset)!));
      code.push(op("i32.store", cellAddress(block, this.#cells.pointer(buffer)), pointer));
    }
    const bytes = op("f64.convert_i64_s", values.get(segment.bytes)!);
    return func.body(code, bytes);
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

  #run(segment: Segment, runs: readonly RunStep[], codes: readonly KernelCode[]): Func {
    const func = new Func("run", ["i32"]);
    const block = func.param("i32", "block");
    const body = runs.map((step, i): Code => {
      const { args } = codes[i]!;
      const callee = this.#function(codes[i]!);
      const result = call(callee, ...args.map((a) => this.#argument(a, block)));
      if (callee.results.length === 0) return result;
      return ifElse(result, [ret(i32(1 + this.#program.steps.indexOf(step, segment.first)))]);
    });
    return func.body(body, i32(0));
  }

  #code(kernel: Kernel): KernelCode {
    const { relaxed } = this.#options;
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
    }
  }

  #function(code: KernelCode): Callee {
    const known = this.#functions.get(code.key);
    if (known) return known;
    const made = code.make(this.#module);
    this.#functions.set(code.key, made);
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
        return argument.size.kind === "const"
          ? op("i64.extend_i32_s", i32(argument.size.value))
          : op("i64.load", cellAddress(block, this.#cells.of(argument.size)));
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

  #layout(segments: readonly SegmentLayout[]): BlockLayout {
    const { outputs, commits, steps } = this.#program;
    const views = [...outputs, ...commits.map((c) => c.value)];
    const place = (size: Size): CellOrNumber =>
      size.kind === "const" ? { number: size.value } : { cell: this.#cells.of(size) };
    return {
      pointers: this.#program.buffers.map((_, b) => this.#cells.pointer(b)),
      readsValues: this.#readsValues,
      dims: this.#program.buffers.map((_, b) => this.#cells.dims(b)),
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
