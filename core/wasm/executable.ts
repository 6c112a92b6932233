/**
 * @file A program in WebAssembly, ready to be called.
 *
 * A call writes addresses and shapes of its arrays into the block, binds each segment if a shape or
 * an integer that sizes depend on may have changed, runs it, reads the results and commits the new
 * values of shared variables by exchanging addresses. Everything that can fail comes before the
 * first commit.
 */

import { NDArray } from "../array/ndarray.ts";
import type { Storage } from "../array/storage.ts";
import { sizeOf } from "../array/shape.ts";
import { type DType, dtypes, isComplex } from "../dtype/dtype.ts";
import { fail } from "../errors.ts";
import type { BufferSpec, HostStep, Program } from "../kernel/program.ts";
import type { Executable, HostCall } from "../kernel/target.ts";
import type { Arena } from "./arena.ts";
import { failureAt } from "./failure.ts";
import { cellBytes, cellIndex } from "./layout.ts";
import { readArray, writeArray } from "./memory.ts";
import type { ArenaCopy } from "./resident.ts";
import { residentOf } from "./resident.ts";
import type { BlockLayout, CellOrNumber, SegmentLayout } from "./block.ts";
import type { Workspace } from "./workspace.ts";

/** The functions of one segment. */
interface SegmentFunctions {
  readonly bind: (block: number, base: number) => number;
  readonly run: (block: number) => number;
}

/** What an executable is made of. */
export interface ExecutableParts {
  readonly program: Program;
  readonly layout: BlockLayout;
  readonly constants: readonly NDArray[];
  readonly hosts: readonly HostCall[];
  readonly instance: WebAssembly.Instance;
  readonly arena: Arena;
  readonly workspace: Workspace;
}

/** A growing block that belongs to one executable. */
interface Staged {
  address: number;
  capacity: number;
}

/** A program on the WASM target. */
export class WasmExecutable implements Executable {
  readonly #parts: ExecutableParts;
  readonly #segments: readonly SegmentFunctions[];
  readonly #staged: (Staged | undefined)[] = [];
  readonly #shapes: (readonly number[] | undefined)[] = [];
  readonly #readsValues: boolean;
  #block: number | undefined;
  #bound = false;
  #base = -1;
  #spill: number[] = [];
  #isRunning = false;
  workspaceBytes = 0;

  constructor(parts: ExecutableParts) {
    this.#parts = parts;
    const exports = parts.instance.exports as Record<string, unknown>;
    this.#segments = parts.layout.segments.map((_, k) => ({
      bind: exports[`bind${k}`] as SegmentFunctions["bind"],
      run: exports[`run${k}`] as SegmentFunctions["run"],
    }));
    this.#readsValues = parts.layout.readsValues || parts.layout.segments.length > 1;
  }

  run(args: readonly NDArray[], shared: readonly Storage[]): NDArray[] {
    const { arena } = this.#parts;
    if (this.#isRunning) {
      return fail("RuntimeError", "call a function from within itself", "its memory is in use");
    }
    this.#isRunning = true;
    arena.enter();
    try {
      return this.#call(args, shared);
    } finally {
      for (const address of this.#spill) arena.free(address);
      if (this.#spill.length > 0) this.#spill = [];
      arena.leave();
      this.#isRunning = false;
    }
  }

  #call(args: readonly NDArray[], shared: readonly Storage[]): NDArray[] {
    const { arena, program, layout, workspace } = this.#parts;
    const block = this.#block ?? this.#open();
    const residents = shared.map((storage) => residentOf(arena, storage));
    program.buffers.forEach((spec, buffer) => {
      if (spec.role === "argument") this.#stage(block, buffer, spec, args[spec.index]!);
      else if (spec.role === "shared") {
        this.#point(block, buffer, residents[spec.index]!.address);
        this.#setShape(block, buffer, shared[spec.index]!.shape);
      }
    });
    let base = arena.isNested ? workspace.end : workspace.base;
    layout.segments.forEach((segment, k) => {
      base = this.#runSegment(block, k, segment, base, residents);
    });
    const results = program.outputs.map((_, k) => this.#result(block, k));
    this.#commit(block, residents, shared);
    return results;
  }

  free(): void {
    const { arena } = this.#parts;
    if (this.#block !== undefined) arena.free(this.#block);
    for (const staged of this.#staged) if (staged) arena.free(staged.address);
    this.#staged.length = 0;
    this.#shapes.length = 0;
    this.#block = undefined;
    this.#bound = false;
  }

  /** Takes memory for the block and the constants. */
  #open(): number {
    const { arena, layout, program, constants } = this.#parts;
    program.buffers.forEach((spec, buffer) => {
      if (spec.role !== "constant") return;
      const data = constants[spec.index]!;
      writeArray(arena, this.#reserve(buffer, byteSize(spec.dtype, data.size)), data);
    });
    const block = this.#block = arena.allocate(layout.cells * cellBytes);
    program.buffers.forEach((spec, buffer) => {
      if (spec.role === "constant") this.#point(block, buffer, this.#staged[buffer]!.address);
    });
    return block;
  }

  #reserve(buffer: number, bytes: number): number {
    const { arena } = this.#parts;
    const staged = this.#staged[buffer];
    if (staged && staged.capacity >= bytes) return staged.address;
    const address = arena.allocate(bytes);
    if (staged) arena.free(staged.address);
    this.#staged[buffer] = { address, capacity: bytes };
    return address;
  }

  #stage(block: number, buffer: number, spec: BufferSpec, value: NDArray): void {
    const { data } = value;
    const isNear = spec.ndim > 0 && data.buffer === this.#parts.arena.heap.buffer;
    if (!isNear || this.#isLent(data.byteOffset)) return this.#store(block, buffer, spec, value);
    this.#setShape(block, buffer, value.shape);
    this.#point(block, buffer, data.byteOffset);
  }

  /** Copies a value into memory of the buffer's own, which kernels may overwrite. */
  #store(block: number, buffer: number, spec: BufferSpec, value: NDArray): void {
    const { arena } = this.#parts;
    if (spec.ndim > 0) this.#setShape(block, buffer, value.shape);
    const address = this.#reserve(buffer, byteSize(spec.dtype, value.size));
    writeArray(arena, address, value);
    this.#point(block, buffer, address);
  }

  /** Whether an address is in a result that was lent, which this call is about to overwrite. */
  #isLent(address: number): boolean {
    return this.#parts.program.buffers.some(({ role }, buffer) => {
      const staged = role === "borrowed" ? this.#staged[buffer] : undefined;
      return staged && address >= staged.address && address < staged.address + staged.capacity;
    });
  }

  #point(block: number, buffer: number, address: number): void {
    this.#parts.arena.heap.u32[(block + this.#parts.layout.pointers[buffer]! * cellBytes) >>> 2] =
      address;
  }

  #setShape(block: number, buffer: number, shape: readonly number[]): void {
    const known = this.#shapes[buffer];
    if (known === shape || (known && same(known, shape))) return;
    this.#shapes[buffer] = shape;
    this.#bound = false;
    const { i64 } = this.#parts.arena.heap;
    this.#parts.layout.dims[buffer]!.forEach((cell, axis) => {
      i64[cellIndex(block, cell)] = BigInt(shape[axis]!);
    });
  }

  /** Runs a segment; returns where the next segment's workspace may start. */
  #runSegment(
    block: number,
    k: number,
    segment: SegmentLayout,
    base: number,
    residents: readonly ArenaCopy[],
  ): number {
    const end = this.#isBoundAt(base) ? base + this.workspaceBytes : this.#bind(block, k, base);
    if (segment.owned.length > 0) this.#placeOwned(block, segment, residents);
    const status = this.#segments[k]!.run(block);
    if (status !== 0) this.#fail(block, status - 1);
    if (segment.host >= 0) this.#host(block, segment.host);
    return end;
  }

  #isBoundAt(base: number): boolean {
    return !this.#readsValues && this.#bound && base === this.#base &&
      base + this.workspaceBytes <= this.#parts.workspace.end;
  }

  /**
   * Computes the sizes of a segment and gives it workspace: the common stack's, or for a later
   * segment that finds no room, and for a call inside another call, a block that lasts for the
   * call.
   */
  #bind(block: number, k: number, base: number): number {
    const { workspace, arena } = this.#parts;
    const { bind } = this.#segments[k]!;
    let start = base;
    let bytes = bind(block, start | 0);
    if (bytes < 0) {
      this.#bound = false;
      this.#fail(block, -1 - bytes);
    }
    const isFull = start + bytes > workspace.end;
    const isSpilled = isFull && (k > 0 || arena.isNested);
    if (isFull) {
      start = isSpilled ? this.#spillTo(arena.allocate(bytes)) : workspace.grow(bytes);
      bytes = bind(block, start | 0);
    }
    if (k === 0) {
      this.#bound = true;
      this.#base = start;
      this.workspaceBytes = bytes;
    } else this.workspaceBytes += bytes;
    return isSpilled ? base : start + bytes;
  }

  #spillTo(address: number): number {
    this.#spill.push(address);
    return address;
  }

  /**
   * Gives addresses to results that outlive the workspace: new values of shared variables, borrowed
   * ones.
   */
  #placeOwned(block: number, segment: SegmentLayout, residents: readonly ArenaCopy[]): void {
    const { program, arena } = this.#parts;
    for (const [buffer, cell] of segment.owned) {
      const spec = program.buffers[buffer]!;
      const bytes = Number(arena.heap.i64[cellIndex(block, cell)]);
      const address = spec.role === "update"
        ? residents[spec.index]!.spare(bytes)
        : this.#reserve(buffer, bytes);
      this.#point(block, buffer, address);
    }
  }

  #commit(block: number, residents: readonly ArenaCopy[], shared: readonly Storage[]): void {
    const { commits, outputs, buffers } = this.#parts.program;
    commits.forEach(({ shared: index, value }, k) => {
      const shape = this.#shapeOf(block, outputs.length + k);
      const resident = residents[index]!;
      if (buffers[value.buffer]!.role === "update") resident.exchange();
      shared[index]!.markNewest(resident, shape);
    });
  }

  #number(block: number, place: CellOrNumber): number {
    if ("number" in place) return place.number;
    return Number(this.#parts.arena.heap.i64[cellIndex(block, place.cell)]);
  }

  #shapeOf(block: number, view: number): number[] {
    return this.#parts.layout.shapes[view]!.map((place) => this.#number(block, place));
  }

  #address(block: number, buffer: number): number {
    const { arena, layout } = this.#parts;
    return arena.heap.u32[(block + layout.pointers[buffer]! * cellBytes) >>> 2]!;
  }

  #result(block: number, k: number): NDArray {
    const { program, layout, arena } = this.#parts;
    const { buffer, dtype } = program.outputs[k]!;
    const offset = this.#number(block, layout.offsets[k]!);
    const address = this.#address(block, buffer) + offset * dtypes[dtype].bytes;
    const borrow = program.buffers[buffer]!.role === "borrowed";
    const places = layout.shapes[k]!;
    const shape = places.length === 0 ? noAxes : this.#shapeOf(block, k);
    return readArray(arena, address, shape, dtype, borrow);
  }

  #host(block: number, step: number): void {
    const { program, layout, hosts, arena } = this.#parts;
    const host = program.steps[step] as HostStep;
    const which = program.steps.slice(0, step).filter((s) => s.kind === "host").length;
    const views = layout.hosts[which]!.inputs;
    const inputs = host.inputs.map(({ buffer, dtype }, i) => {
      const { shape, strides, offset } = views[i]!;
      const numbers = (places: readonly CellOrNumber[]): number[] =>
        places.map((place) => this.#number(block, place));
      const base = this.#address(block, buffer);
      return readStrided(
        arena,
        base,
        dtype,
        numbers(shape),
        numbers(strides),
        this.#number(block, offset),
      );
    });
    const outputs = hosts[which]!(inputs);
    host.outputs.forEach((buffer, i) => {
      this.#store(block, buffer, program.buffers[buffer]!, outputs[i]!.dense());
    });
  }

  #fail(block: number, which: number): never {
    throw failureAt(this.#parts, block, which);
  }
}

const noAxes: readonly number[] = [];

function byteSize(dtype: DType, size: number): number {
  return dtypes[dtype].bytes * size;
}

function same(x: readonly number[], y: readonly number[]): boolean {
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}

function readStrided(
  arena: Arena,
  base: number,
  dtype: DType,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): NDArray {
  const { array } = dtypes[dtype];
  const last = shape.reduce((end, n, i) => end + (n - 1) * Math.max(strides[i]!, 0), offset);
  const unit = isComplex(dtype) ? 2 : 1;
  const length = sizeOf(shape) === 0 ? 0 : (last + 1) * unit;
  const view = new array(arena.heap.buffer, base, length);
  return NDArray.of(view, shape, dtype, strides, offset).copy();
}
