/**
 * @file Kernels whose addresses go through index arrays: gather and scatter.
 *
 * ```text
 * for each loop along which an index moves …
 *   place = base + Σ checked(index) · stride
 *   for each other loop …                     the last one at once where all goes by one
 *     gather:  out[i…] = source[place…]
 *     scatter: target[place…] = value[i…], or += value[i…]
 * ```
 *
 * An index below zero counts from the end. One that is out of range is written to the fault record
 * and the function returns 1 at once; a scatter checks all indices before its first store, so a
 * failed call changes nothing.
 */

import { dtypes } from "../dtype/dtype.ts";
import {
  type GatherKernel,
  type IndexedAxis,
  indexedLoops,
  type Operand as Walk,
  type ScatterKernel,
} from "../kernel/kernel.ts";
import { Builder } from "../scalar/expr.ts";
import { laneOf } from "../scalar/primitive.ts";
import { emitExprs } from "./emit.ts";
import { fault } from "./layout.ts";
import {
  type Argument,
  elementAt,
  type KernelCode,
  log2,
  outerLoops,
  type Pointer,
  pointerArgs,
  pointerParams,
  walkKey,
} from "./nest.ts";
import {
  add,
  and,
  type Code,
  Func,
  geU,
  i32,
  i64,
  ifElse,
  type Local,
  ltS,
  mul,
  type Node,
  op,
  type OpName,
  ret,
  select,
  shl,
} from "./tree.ts";
import { type Extent, type Lanes, load, store } from "./width.ts";
import { withoutHalf } from "../scalar/half.ts";

/** The parameters of one indexed axis. */
interface AxisParams {
  readonly index: Pointer;
  readonly length: Local;
  readonly stride: Local;
  readonly axis: number;
  readonly wraps: boolean;
}

function axisParams(func: Func, indexed: IndexedAxis, k: number): AxisParams {
  return {
    index: pointerParams(func, indexed.index, `index${k}`),
    length: func.param("i64", `length${k}`),
    stride: func.param("i32", `stride${k}`),
    axis: indexed.axis,
    wraps: indexed.wraps,
  };
}

function axisArgs(indexed: IndexedAxis, bytes: number): Argument[] {
  return [
    ...pointerArgs(indexed.index),
    { kind: "wide", size: indexed.length },
    { kind: "bytes", size: indexed.stride, scale: bytes },
  ];
}

function axesKey(indices: readonly IndexedAxis[]): string {
  return indices.map((x) => `${walkKey(x.index)}@${x.axis}${x.wraps}`).join();
}

/** The index at a place, as i64. */
function loadIndex(p: Pointer, at: Node): Node {
  const { bytes, kind } = dtypes[p.dtype];
  if (bytes === 8) return op("i64.load", at);
  return op(`i64.load${bytes * 8}_${kind === "int" ? "s" : "u"}` as OpName, at);
}

/**
 * Adds to `code` the bytes that one index adds to an address; leaves the function if out of range.
 */
function checked(func: Func, axis: AxisParams, at: Node, code: Node[]): Node {
  const index = func.let(code, loadIndex(axis.index, at));
  const wrapped = axis.wraps
    ? func.let(code, select(ltS(index, i64(0)), add(index, axis.length), index))
    : index;
  code.push(ifElse(geU(wrapped, axis.length), [
    op("i64.store", i32(fault.index), index),
    op("i64.store", i32(fault.size), axis.length),
    op("i32.store", i32(fault.axis), i32(axis.axis)),
    ret(i32(1)),
  ]));
  return mul(op("i32.wrap_i64", wrapped), axis.stride);
}

/** The loops of an indexed access. */
interface IndexedLoops {
  readonly dims: readonly Local[];
  /** What the indices lead through, and its counterpart. */
  readonly walks: readonly [Pointer, Pointer];
  readonly axes: readonly AxisParams[];
  /** How many loops there are up to the last one along which an index moves. */
  readonly depth: number;
}

/** The loops along which indices move, with how far they lead at each turn. */
function checkedLoops(
  func: Func,
  { dims, walks, axes, depth }: IndexedLoops,
  body: (at: readonly Node[], shift: Node) => Code,
): Code {
  const pointers = [...walks, ...axes.map((a) => a.index)];
  const starts = pointers.map((p) => p.start.get);
  return outerLoops(func, dims.slice(0, depth), 0, pointers, starts, (at) => {
    const code: Node[] = [];
    const shifts = axes.map((axis, k) => checked(func, axis, at[walks.length + k]!, code));
    return [code, body(at, shifts.reduce((sum, x) => add(sum, x), i32(0)))];
  });
}

/** Makes the code for one element, or for a row of so many neighbours, at two addresses. */
type Copier = (first: Node, second: Node, neighbours: Local | undefined) => Code;

/** All loops, the inner ones around a copy. */
function copyLoops(func: Func, all: IndexedLoops, copy: Copier): Code {
  const { dims, walks, depth } = all;
  const isRow = dims.length > depth && walks.every((p) => p.steps.at(-1) === "unit");
  return checkedLoops(func, all, (at, shift) => {
    const code: Node[] = [];
    const bases = [func.let(code, add(at[0]!, shift)), at[1]!];
    const inner = dims.slice(depth, isRow ? -1 : undefined);
    const loops = outerLoops(
      func,
      inner,
      depth,
      walks,
      bases,
      ([first, second]) => copy(first!, second!, isRow ? dims.at(-1) : undefined),
    );
    return [code, loops];
  });
}

/** Copies one element of any size, or so many. */
function copyElements(bytes: number, to: Node, from: Node, count: Local | undefined): Node {
  if (count) return op("memory.copy", to, from, shl(count, i32(log2(bytes))));
  if (bytes === 16) return op("v128.store", to, op("v128.load", from));
  if (bytes === 8) return op("i64.store", to, op("i64.load", from));
  if (bytes === 4) return op("i32.store", to, op("i32.load", from));
  const [read, write] = bytes === 2
    ? (["i32.load16_u", "i32.store16"] as const)
    : (["i32.load8_u", "i32.store8"] as const);
  return op(write, to, op(read, from));
}

/** The code of a gather. It returns 1 after an index out of range, else 0. */
export function gatherCode(kernel: GatherKernel): KernelCode {
  const { dims, source, indices, output } = kernel;
  const { bytes } = dtypes[source.dtype];
  return {
    key: `gather${dims.length}[${walkKey(source)}|${walkKey(output)}|${axesKey(indices)}]`,
    make: (module) => module.add(writeGather(kernel, bytes)),
    args: [
      ...dims.map((size): Argument => ({ kind: "count", size })),
      ...pointerArgs(source),
      ...pointerArgs(output),
      ...indices.flatMap((x) => axisArgs(x, bytes)),
    ],
  };
}

function writeGather({ dims, source, indices, output }: GatherKernel, bytes: number): Func {
  const func = new Func("gather", ["i32"]);
  const counts = dims.map((_, k) => func.param("i32", `n${k}`));
  const from = pointerParams(func, source, "source");
  const to = pointerParams(func, output, "out");
  const axes = indices.map((x, k) => axisParams(func, x, k));
  const all = { dims: counts, walks: [from, to], axes, depth: indexedLoops(indices) } as const;
  const code = copyLoops(
    func,
    all,
    (place, out, count) => copyElements(bytes, out, place, count),
  );
  return func.body(code, i32(0));
}

/** The code of a scatter. It returns 1 after an index out of range, else 0. */
export function scatterCode(kernel: ScatterKernel, relaxed: boolean): KernelCode {
  const { dims, target, indices, value, accumulate } = kernel;
  const { bytes } = dtypes[target.dtype];
  const walks = `${walkKey(target)}|${walkKey(value)}`;
  return {
    key: `scatter${dims.length}${accumulate}[${walks}|${axesKey(indices)}]`,
    make: (module) => module.add(writeScatter(kernel, bytes, relaxed)),
    args: [
      ...dims.map((size): Argument => ({ kind: "count", size })),
      ...pointerArgs(target),
      ...pointerArgs(value),
      ...indices.flatMap((x) => axisArgs(x, bytes)),
    ],
  };
}

function writeScatter(kernel: ScatterKernel, bytes: number, relaxed: boolean): Func {
  const func = new Func("scatter", ["i32"]);
  const counts = kernel.dims.map((_, k) => func.param("i32", `n${k}`));
  const to = pointerParams(func, kernel.target, "target");
  const from = pointerParams(func, kernel.value, "value");
  const axes = kernel.indices.map((x, k) => axisParams(func, x, k));
  const depth = indexedLoops(kernel.indices);
  const all = { dims: counts, walks: [to, from], axes, depth } as const;
  const check = checkedLoops(func, all, () => []);
  const write = copyLoops(
    func,
    all,
    (place, value, count) =>
      kernel.accumulate
        ? addElements(func, kernel.target, relaxed, place, value, count)
        : copyElements(bytes, place, value, count),
  );
  return func.body(check, write, i32(0));
}

/** `target += value`, in the arithmetic of the dtype, for one element or for so many. */
function addElements(
  func: Func,
  { dtype }: Walk,
  relaxed: boolean,
  place: Node,
  value: Node,
  count: Local | undefined,
): Code {
  const s = new Builder();
  const [x, y] = [s.input(0, dtype), s.input(1, dtype)];
  const sum = dtype === "bool" ? s.or(x, y) : s.add(x, y);
  const bodies = withoutHalf(new Builder(), [sum]);
  const stored = dtype === "float16" ? "uint16" : dtype;
  const lanes: Lanes = laneOf(dtype).endsWith("64") ? 2 : 4;
  const step = (extent: Extent, i: Node): Code => {
    const code: Node[] = [];
    const at = [place, value].map((base) => func.let(code, elementAt(base, i, stored)));
    const inputs = at.map((address) => func.let(code, load(lanes, extent, stored, address)));
    const [result] = emitExprs({ func, lanes, relaxed }, bodies, inputs, code);
    return [code, store(lanes, extent, stored, at[0]!, result!)];
  };
  if (!count) return step("single", i32(0));
  const i = func.local("i32", "i");
  const code: Node[] = [];
  const whole = func.let(code, and(count, i32(-lanes)));
  return [
    code,
    func.for(i, 0, whole, lanes, step("whole", i.get)),
    func.for(i, whole, count, 1, step("single", i.get)),
  ];
}
