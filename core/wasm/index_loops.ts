/**
 * @file Kernels whose addresses go through index arrays: gather and scatter.
 *
 * ```text
 * for each loop index but the inner one …
 *   for i < n
 *     place = base + Σ checked(index) · stride
 *     gather:  out[i] = source[place]
 *     scatter: target[place] = value[i], or += value[i]
 * ```
 *
 * An index below zero counts from the end. One that is out of range is written to the fault record and
 * the function returns 1 at once; a scatter checks all indices before its first store, so a failed call
 * changes nothing.
 */

import { dtypes } from "../dtype/dtype.ts";
import type {
  GatherKernel,
  IndexedAxis,
  Operand as Walk,
  ScatterKernel,
} from "../kernel/kernel.ts";
import { Builder } from "../scalar/expr.ts";
import { laneOf } from "../scalar/primitive.ts";
import { emitExprs } from "./emit.ts";
import { fault } from "./layout.ts";
import {
  type Argument,
  type KernelCode,
  outerLoops,
  type Pointer,
  pointerArgs,
  pointerParams,
  walkKey,
} from "./nest.ts";
import {
  add,
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
} from "./tree.ts";
import { type Lanes, load, store } from "./width.ts";
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

/** Adds to `code` the bytes that one index adds to an address; leaves the function if out of range. */
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

/** The loops over everything, with the address of each operand at each index. */
function loops(
  func: Func,
  dims: readonly Local[],
  walks: readonly Pointer[],
  axes: readonly AxisParams[],
  body: (at: readonly Node[], shift: Node, code: Node[]) => Code,
): Code {
  const pointers = [...walks, ...axes.map((a) => a.index)];
  return outerLoops(func, dims, 0, pointers, pointers.map((p) => p.start.get), (at) => {
    const code: Node[] = [];
    const shifts = axes.map((axis, k) => checked(func, axis, at[walks.length + k]!, code));
    const shift = shifts.reduce((sum, x) => add(sum, x), i32(0));
    return [code, body(at, shift, code)];
  });
}

/** Copies one element of any size. */
function copyElement(bytes: number, to: Node, from: Node): Node {
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
  const code = loops(
    func,
    counts,
    [from, to],
    axes,
    ([s, o], shift) => copyElement(bytes, o!, add(s!, shift)),
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
  const check = loops(func, counts, [], axes, () => []);
  const write = loops(func, counts, [to, from], axes, ([t, v], shift, code) => {
    const place = func.let(code, add(t!, shift));
    return kernel.accumulate
      ? addElement(func, kernel.target, relaxed, place, v!, code)
      : copyElement(bytes, place, v!);
  });
  return func.body(check, write, i32(0));
}

/** `target += value`, in the arithmetic of the dtype. */
function addElement(
  func: Func,
  target: Walk,
  relaxed: boolean,
  place: Node,
  value: Node,
  code: Node[],
): Code {
  const s = new Builder();
  const { dtype } = target;
  const [x, y] = [s.input(0, dtype), s.input(1, dtype)];
  const sum = dtype === "bool" ? s.or(x, y) : s.add(x, y);
  const bodies = withoutHalf(new Builder(), [sum]);
  const stored = dtype === "float16" ? "uint16" : dtype;
  const lanes: Lanes = laneOf(dtype).endsWith("64") ? 2 : 4;
  const inputs = [place, value].map((at) => func.let(code, load(lanes, "single", stored, at)));
  const [result] = emitExprs({ func, lanes, relaxed }, bodies, inputs, code);
  return store(lanes, "single", stored, place, result!);
}
