/**
 * @file Every kernel kind, slowly: one element after the other, in the order the kernel is written.
 *
 * This is what a kernel means. The generators of the targets are held against it, so it shares
 * nothing with them: loops count, operands are read and written through their strides, and bodies
 * are evaluated by the interpreter of the scalar language.
 */

import { NDArray } from "../array/ndarray.ts";
import { type DType, type Element, getElement, setElement, toElement } from "../dtype/dtype.ts";
import { fail } from "../errors.ts";
import { fractionOf, stateSize, step } from "../random/mrg.ts";
import { nextNormal } from "../random/normal.ts";
import { generatorOf, stateLength, wordsOf } from "../random/words.ts";
import type { Expr, ScalarValue } from "../scalar/expr.ts";
import { interpreter } from "../scalar/interpret.ts";
import { runCumulative, runSort } from "./interpret_along.ts";
import {
  type CustomKernel,
  type GatherKernel,
  type GemmKernel,
  type IndexedAxis,
  indexedLoops,
  integerInput,
  type Kernel,
  type KernelKind,
  type MapKernel,
  type Operand,
  type RandomKernel,
  type ReduceKernel,
  type RowsKernel,
  type ScatterKernel,
  type WholeOperand,
} from "./kernel.ts";
import {
  type Counters,
  indices,
  type KernelMemory,
  read,
  readScalar,
  type Walk,
  walkOf,
  walksOf,
  write,
} from "./walk.ts";

export type { KernelMemory } from "./walk.ts";

/** An index out of range: the kernel stopped there. */
export interface IndexFault {
  readonly index: bigint;
  /** Length of the axis. */
  readonly size: number;
  readonly axis: number;
}

/**
 * The params and counters that bodies read after the operands, each in the dtype they read it in.
 */
function integersOf(
  { inputs, params, counters }: MapKernel | ReduceKernel,
  bodies: readonly Expr[],
  memory: KernelMemory,
): (at: Counters) => ScalarValue[] {
  const isWide = [...params, ...counters].map((_, k) =>
    integerInput(bodies, inputs.length + k) === "int64"
  );
  const held = (value: number, k: number): ScalarValue => isWide[k] ? BigInt(value) : value >>> 0;
  const known = params.map((p, k) => held(memory.size(p), k));
  return (at) => [...known, ...counters.map((axis, k) => held(at[axis]!, params.length + k))];
}

function runMap(kernel: MapKernel, memory: KernelMemory): null {
  const bodies = interpreter(kernel.bodies);
  const inputs = walksOf(memory, kernel.inputs);
  const outputs = walksOf(memory, kernel.outputs);
  const integers = integersOf(kernel, kernel.bodies, memory);
  for (const at of indices(kernel.dims.map((n) => memory.size(n)))) {
    const values = bodies([...inputs.map((w) => readScalar(w, at)), ...integers(at)]);
    outputs.forEach((w, k) => write(w, at, values[k]!));
  }
  return null;
}

function runReduce(kernel: ReduceKernel, memory: KernelMemory): null {
  const inputs = walksOf(memory, kernel.inputs);
  const extras = walksOf(memory, kernel.extras);
  const outputs = walksOf(memory, kernel.outputs);
  const integers = integersOf(kernel, kernel.values, memory);
  const params = kernel.params.map((p) => BigInt(memory.size(p)));
  const lengths = kernel.dims.map((n) => memory.size(n));
  const values = interpreter(kernel.values);
  const combine = interpreter(kernel.combine);
  const finish = interpreter(kernel.finish);
  for (const kept of indices(lengths.slice(0, kernel.kept))) {
    let accumulators = interpreter(kernel.identity)([]);
    for (const gone of indices(lengths.slice(kernel.kept))) {
      const at = [...kept, ...gone];
      const next = values([...inputs.map((w) => readScalar(w, at)), ...integers(at)]);
      accumulators = combine([...accumulators, ...next]);
    }
    const beside = extras.map((w) => readScalar(w, kept));
    const results = finish([...accumulators, ...beside, ...params]);
    outputs.forEach((w, k) => write(w, kept, results[k]!));
  }
  return null;
}

function runRows(kernel: RowsKernel, memory: KernelMemory): null {
  const [rows, columns] = kernel.dims.map((n) => memory.size(n)) as [number, number];
  const inputs = walksOf(memory, kernel.inputs);
  const outputs = walksOf(memory, kernel.outputs);
  const ends = kernel.ends.map((e) => walkOf(memory, e.output));
  for (let row = 0; row < rows; row++) {
    const results: ScalarValue[] = [];
    for (const pass of kernel.passes) {
      const value = interpreter([pass.value]);
      const known = [...results];
      let total = pass.accumulate && one(pass.accumulate.identity, []);
      for (let column = 0; column < columns; column++) {
        const at = [row, column];
        const [next] = value([...inputs.map((w) => readScalar(w, at)), ...known]);
        if (pass.store !== null) write(outputs[pass.store]!, at, next!);
        if (pass.accumulate) total = one(pass.accumulate.combine, [total!, next!]);
      }
      if (total !== null) results.push(total);
    }
    const unread = inputs.map(() => 0);
    ends.forEach((w, k) => write(w, [row], one(kernel.ends[k]!.value, [...unread, ...results])));
  }
  return null;
}

function one(expr: Expr, inputs: readonly ScalarValue[]): ScalarValue {
  return interpreter([expr])(inputs)[0]!;
}

/** Sums in double, rounded once: a product may add in any order. */
function runGemm(kernel: GemmKernel, memory: KernelMemory): null {
  const [batch, m, n, k] = kernel.dims.map((d) => memory.size(d)) as [
    number,
    number,
    number,
    number,
  ];
  const a = walkOf(memory, kernel.a);
  const b = walkOf(memory, kernel.b);
  const c = walkOf(memory, kernel.c);
  const factor = (x: Operand | number): number =>
    typeof x === "number" ? x : read(walkOf(memory, x), []) as number;
  const [alpha, beta] = [factor(kernel.alpha), factor(kernel.beta)];
  for (const at of indices([batch, m, n])) {
    const [q, i, j] = at as [number, number, number];
    let sum = 0;
    for (let p = 0; p < k; p++) {
      sum += (read(a, [q, i, p]) as number) * (read(b, [q, p, j]) as number);
    }
    const kept = beta === 0 ? 0 : beta * (read(c, at) as number);
    write(c, at, toElement(alpha * sum + kept, kernel.dtype));
  }
  return null;
}

/** An indexed axis with numbers for its sizes. */
interface AxisWalk {
  readonly index: Walk;
  readonly length: number;
  readonly stride: number;
  readonly axis: number;
  readonly wraps: boolean;
}

function axesOf(memory: KernelMemory, axes: readonly IndexedAxis[]): AxisWalk[] {
  return axes.map(({ index, length, stride, axis, wraps }) => ({
    index: walkOf(memory, index),
    length: memory.size(length),
    stride: memory.size(stride),
    axis,
    wraps,
  }));
}

/** How far the indices lead from where an operand is, or the first that is out of range. */
function shiftOf(axes: readonly AxisWalk[], at: Counters): number | IndexFault {
  let shift = 0;
  for (const { index, length, stride, axis, wraps } of axes) {
    const given = BigInt(read(index, at) as number | bigint);
    const from = wraps && given < 0n ? given + BigInt(length) : given;
    if (from < 0n || from >= BigInt(length)) return { index: given, size: length, axis };
    shift += Number(from) * stride;
  }
  return shift;
}

function runGather(kernel: GatherKernel, memory: KernelMemory): IndexFault | null {
  const [source, output] = [walkOf(memory, kernel.source), walkOf(memory, kernel.output)];
  const axes = axesOf(memory, kernel.indices);
  const lengths = kernel.dims.map((n) => memory.size(n));
  const depth = indexedLoops(kernel.indices);
  for (const outer of indices(lengths.slice(0, depth))) {
    const shift = shiftOf(axes, outer);
    if (typeof shift !== "number") return shift;
    for (const inner of indices(lengths.slice(depth))) {
      const at = [...outer, ...inner];
      write(output, at, read(source, at, shift));
    }
  }
  return null;
}

/** All indices are checked before the first store, so that a failed call has changed nothing. */
function runScatter(kernel: ScatterKernel, memory: KernelMemory): IndexFault | null {
  const [target, value] = [walkOf(memory, kernel.target), walkOf(memory, kernel.value)];
  const axes = axesOf(memory, kernel.indices);
  const lengths = kernel.dims.map((n) => memory.size(n));
  for (const at of indices(lengths.slice(0, indexedLoops(kernel.indices)))) {
    const shift = shiftOf(axes, at);
    if (typeof shift !== "number") return shift;
  }
  for (const at of indices(lengths)) {
    const shift = shiftOf(axes, at) as number;
    const next = read(value, at);
    const stored = kernel.accumulate
      ? sum(read(target, at, shift) as ScalarValue, next as ScalarValue, target.dtype)
      : next;
    write(target, at, stored, shift);
  }
  return null;
}

/** The sum in the arithmetic of a dtype; of booleans, whether either is true. */
function sum(x: ScalarValue, y: ScalarValue, dtype: DType): Element {
  if (typeof x === "boolean") return x || Boolean(y);
  const total = typeof x === "bigint" ? x + (y as bigint) : x + (y as number);
  return toElement(total, dtype);
}

/** By the host's own generators, number by number. */
function runRandom(kernel: RandomKernel, memory: KernelMemory): null {
  const { draw, state, next, output } = kernel;
  const [count, streams] = kernel.dims.map((d) => memory.size(d)) as [number, number];
  const [from, to] = [walkOf(memory, state), walkOf(memory, next)];
  const size = draw === "mrgUniform" ? streams * stateSize : stateLength;
  const words = (from.data as Int32Array | Uint32Array).slice(from.offset, from.offset + size);
  const { draws, after } = draw === "mrgUniform"
    ? streamsOf(words as Int32Array, streams, output.dtype as "float32" | "float64")
    : twisterOf(words as Uint32Array, draw);
  const out = walkOf(memory, output);
  for (let i = 0; i < count; i++) setElement(out.data, out.offset + i, draws(i), output.dtype);
  to.data.set(after() as never, to.offset);
  return null;
}

/** What gives number `i`, and the state after the last. */
interface Drawing {
  readonly draws: (i: number) => number;
  readonly after: () => Int32Array | Uint32Array;
}

function streamsOf(words: Int32Array, streams: number, dtype: "float32" | "float64"): Drawing {
  const fraction = fractionOf(dtype);
  return {
    draws: (i) => fraction(step(words, (i % streams) * stateSize)),
    after: () => words,
  };
}

function twisterOf(words: Uint32Array, draw: "uniform" | "normal"): Drawing {
  const { twister } = generatorOf(words);
  return {
    draws: () => draw === "uniform" ? twister.nextFraction() : nextNormal(twister),
    after: () => wordsOf(twister),
  };
}

/** By the reference that comes with the code. */
function runCustom({ name, inputs, outputs, perform }: CustomKernel, memory: KernelMemory): null {
  const lengths = ({ shape }: WholeOperand): number[] => shape.map((n) => memory.size(n));
  const results = perform(inputs.map((operand) => {
    const { data, dtype, strides, offset } = walkOf(memory, operand);
    return NDArray.of(data, lengths(operand), dtype, strides, offset).copy();
  }));
  outputs.forEach((operand, k) => {
    const [walk, shape] = [walkOf(memory, operand), lengths(operand)];
    const result = results[k]!.dense();
    if (result.shape.join() !== shape.join()) {
      const why = `its shape is (${result.shape}), inferShape says (${shape})`;
      fail("ValueError", `use what ${name}.perform gives output ${k}`, why);
    }
    let place = 0;
    for (const at of indices(shape)) write(walk, at, getElement(result.data, place++, walk.dtype));
  });
  return null;
}

const meanings: {
  readonly [Kind in KernelKind]: (
    kernel: Extract<Kernel, { readonly kind: Kind }>,
    memory: KernelMemory,
  ) => IndexFault | null;
} = {
  map: runMap,
  reduce: runReduce,
  rows: runRows,
  gemm: runGemm,
  gather: runGather,
  scatter: runScatter,
  random: runRandom,
  cumulative: runCumulative,
  sort: runSort,
  custom: runCustom,
};

/**
 * Runs a kernel.
 *
 * @param kernel The kernel.
 * @param memory Its buffers and sizes; what it writes is changed.
 * @returns The index that was out of range, or null. A scatter with such an index changes nothing.
 */
export function interpretKernel(kernel: Kernel, memory: KernelMemory): IndexFault | null {
  const meaning = meanings[kernel.kind] as (k: Kernel, m: KernelMemory) => IndexFault | null;
  return meaning(kernel, memory);
}
