/**
 * @file Buffers larger than what a shader may bind: a kernel binds the part that it walks.
 *
 * Every operand of a placed kernel starts at its offset less the start of the part, which is a size
 * of its own, the value of an integer that no program has: 0 where the whole buffer fits. In the body
 * of a loop, where a buffer stands for a row of another one, the start is also less where the row of
 * the turn begins; so one shader and one binding serve all turns.
 */

import type { IndexedAxis, Kernel, Operand, WholeOperand } from "../core/kernel/kernel.ts";
import type { CallSize, ConstSize, Size, ValueSize } from "../core/kernel/size.ts";
import { stateSize } from "../core/random/mrg.ts";
import { deviceBytes, elementBytes } from "./copy.ts";
import type { SizeOf } from "./code.ts";

/** The operands of each buffer of the program that a kernel is of. */
export type Windows = ReadonlyMap<number, readonly Walked[]>;

/** An operand as the program has it, and the lengths of the loops it walks. */
export interface Walked {
  readonly operand: Operand;
  readonly loops: readonly Size[];
  readonly indices: readonly IndexedAxis[];
}

/** The number by which the start of a part of a buffer is named among integers. */
function startNumber(buffer: number): number {
  return -1 - buffer;
}

/** The buffer that such a number is about. */
export function windowedBuffer(start: number): number {
  return -1 - start;
}

let made = 0;

/** A size beside those of the program, unlike any other. */
function fresh(size: Omit<CallSize, "id"> | Omit<ConstSize, "id"> | Omit<ValueSize, "id">): Size {
  return { ...size, id: --made };
}

/**
 * A kernel whose operands start relative to parts of their buffers.
 *
 * @param kernel The kernel.
 * @param boundOf What is bound for a buffer of its program: the buffer itself, or one around it.
 */
export function windowed(
  kernel: Kernel,
  boundOf: (buffer: number) => number = (buffer) => buffer,
): { kernel: Kernel; windows: Windows } {
  const windows = new Map<number, Walked[]>();
  const move = (loops: readonly Size[], indices: readonly IndexedAxis[] = []) =>
  (
    operand: Operand,
  ): Operand => {
    const { buffer, offset } = operand;
    windows.set(buffer, [...windows.get(buffer) ?? [], { operand, loops, indices }]);
    const start = fresh({ kind: "value", buffer: startNumber(buffer) });
    const moved = fresh({ kind: "call", op: "sub", args: [offset, start] });
    return { ...operand, buffer: boundOf(buffer), offset: moved };
  };
  return { kernel: moved(kernel, move, boundOf), windows };
}

type Move = (
  loops: readonly Size[],
  indices?: readonly IndexedAxis[],
) => (operand: Operand) => Operand;

function moved(kernel: Kernel, move: Move, boundOf: (buffer: number) => number): Kernel {
  switch (kernel.kind) {
    case "map": {
      const [inputs, outputs] = [kernel.inputs, kernel.outputs].map((all) =>
        all.map(move(kernel.dims))
      );
      return { ...kernel, inputs: inputs!, outputs: outputs! };
    }
    case "reduce": {
      const kept = kernel.dims.slice(0, kernel.kept);
      return {
        ...kernel,
        inputs: kernel.inputs.map(move(kernel.dims)),
        extras: kernel.extras.map(move(kept)),
        outputs: kernel.outputs.map(move(kept)),
      };
    }
    case "rows": {
      const toRow = move([kernel.dims[0]]);
      return {
        ...kernel,
        inputs: kernel.inputs.map(move(kernel.dims)),
        outputs: kernel.outputs.map(move(kernel.dims)),
        ends: kernel.ends.map(({ value, output }) => ({ value, output: toRow(output) })),
      };
    }
    case "gemm": {
      const [batch, m, n, k] = kernel.dims;
      const scalar = (x: Operand | number): Operand | number =>
        typeof x === "number" ? x : move([])(x);
      return {
        ...kernel,
        a: move([batch, m, k])(kernel.a),
        b: move([batch, k, n])(kernel.b),
        c: move([batch, m, n])(kernel.c),
        alpha: scalar(kernel.alpha),
        beta: scalar(kernel.beta),
      };
    }
    case "gather":
      return {
        ...kernel,
        source: move(kernel.dims, kernel.indices)(kernel.source),
        indices: kernel.indices.map((x) => ({ ...x, index: move(kernel.dims)(x.index) })),
        output: move(kernel.dims)(kernel.output),
      };
    case "scatter":
      return {
        ...kernel,
        target: move(kernel.dims, kernel.indices)(kernel.target),
        indices: kernel.indices.map((x) => ({ ...x, index: move(kernel.dims)(x.index) })),
        value: move(kernel.dims)(kernel.value),
      };
    case "cumulative": {
      const walk = move(kernel.dims);
      return { ...kernel, input: walk(kernel.input), output: walk(kernel.output) };
    }
    case "sort": {
      const walk = move(kernel.dims);
      const [values, places] = [kernel.values, kernel.places].map((o) => o && walk(o));
      return { ...kernel, input: walk(kernel.input), values: values!, places: places! };
    }
    case "custom": {
      // They start where their buffers do, and so do the parts that are bound.
      const stay = (whole: WholeOperand): WholeOperand => ({
        ...move(whole.shape)(whole),
        ...whole,
        buffer: boundOf(whole.buffer),
      });
      return { ...kernel, inputs: kernel.inputs.map(stay), outputs: kernel.outputs.map(stay) };
    }
    case "random": {
      const [count, streams] = kernel.dims;
      const [one, words] = [1, stateSize].map((value) => fresh({ kind: "const", value }));
      const walk = (o: Operand, loops: readonly Size[], strides: readonly Size[]): Operand => ({
        ...move(loops)({ ...o, strides }),
        strides: [],
      });
      return {
        ...kernel,
        state: walk(kernel.state, [streams, words!], [words!, one!]),
        next: walk(kernel.next, [streams, words!], [words!, one!]),
        output: walk(kernel.output, [count], [one!]),
      };
    }
  }
}

/** Bytes of a buffer that a kernel sees. */
export interface Window {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * The part of a buffer that some operands walk.
 *
 * @param walks The operands.
 * @param sizeOf The sizes of the call.
 * @param alignment What the start is a multiple of, in bytes.
 * @param start Where what the operands know as the buffer begins in it, in elements.
 */
export function windowOf(
  walks: readonly Walked[],
  sizeOf: SizeOf,
  alignment: number,
  start = 0,
): Window {
  let [first, last] = [Infinity, 0];
  for (const { operand, loops, indices } of walks) {
    let [low, high] = [sizeOf(operand.offset), sizeOf(operand.offset)];
    const walk = (length: number, stride: number): void => {
      const reach = Math.max(length - 1, 0) * stride;
      if (reach < 0) low += reach;
      else high += reach;
    };
    operand.strides.forEach((stride, axis) => walk(sizeOf(loops[axis]!), sizeOf(stride)));
    for (const { length, stride } of indices) walk(sizeOf(length), sizeOf(stride));
    [first, last] = [Math.min(first, low), Math.max(last, high)];
  }
  const { dtype } = walks[0]!.operand;
  const unit = alignment / elementBytes(dtype);
  const begin = Math.floor(Math.max(start + first, 0) / unit) * unit;
  const end = start + last + 1;
  return { offset: deviceBytes(dtype, begin), bytes: deviceBytes(dtype, end - begin) };
}

/** The part that holds two parts. */
export function joinedWindow(x: Window, y: Window): Window {
  const offset = Math.min(x.offset, y.offset);
  const end = Math.max(x.offset + x.bytes, y.offset + y.bytes);
  return { offset, bytes: end - offset };
}
