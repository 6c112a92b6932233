/**
 * @file What makes kernels legal. A violation is a fault of lowering or of a rewrite.
 *
 * - Every operand has one stride for each loop it walks; outputs and extras of a reduction walk the
 *   kept loops alone.
 * - A body's numbered inputs exist and have the dtype of what they name (params and counters: int64
 *   or uint32); its result has the dtype of the operand that stores it.
 * - What is written is not complex (but for copies through indices), stands still along no loop,
 *   and shares a buffer only with an operand that walks it in the same way.
 */

import { type DType, isComplex, isInteger } from "../dtype/dtype.ts";
import { internal } from "../errors.ts";
import { type Expr, inOrder } from "../scalar/expr.ts";
import { isSameWalk } from "./index_map.ts";
import {
  type CumulativeKernel,
  type CustomKernel,
  type GatherKernel,
  type GemmKernel,
  type IndexedAxis,
  integerInput,
  type Kernel,
  type KernelKind,
  type MapKernel,
  type Operand,
  operandsOf,
  type RandomKernel,
  type ReduceKernel,
  type RowsKernel,
  type ScatterKernel,
  type SortKernel,
} from "./kernel.ts";
import { isOne, isZero, type Size } from "./size.ts";

/** Says what is wrong, or nothing. */
export type Complain = (why: string) => never;

function walks(operands: readonly Operand[], axes: number, what: string, no: Complain): void {
  for (const { strides } of operands) {
    if (strides.length !== axes) no(`${what} has ${strides.length} strides for ${axes} loops`);
  }
}

/** The dtypes of numbered inputs: operands, then so many int64. */
function inputTypes(operands: readonly Operand[], integers: number): DType[] {
  return [...operands.map((o) => o.dtype), ...new Array<DType>(integers).fill("int64")];
}

/** The same where bodies may read the integers as uint32. */
function flexibleTypes(
  roots: readonly Expr[],
  operands: readonly Operand[],
  integers: number,
): DType[] {
  const first = operands.length;
  const read = Array.from({ length: integers }, (_, k) => integerInput(roots, first + k));
  return [...operands.map((o) => o.dtype), ...read];
}

function readsOnly(roots: readonly Expr[], inputs: readonly DType[], no: Complain): void {
  for (const e of inOrder(roots)) {
    if (e.kind !== "input") continue;
    const has = inputs[e.index];
    if (has === undefined) no(`a body reads input ${e.index} of ${inputs.length}`);
    if (has !== e.dtype) no(`a body reads input ${e.index} as ${e.dtype}, it is ${has}`);
  }
}

function yields(
  roots: readonly Expr[],
  wanted: readonly DType[],
  what: string,
  no: Complain,
): void {
  if (roots.length !== wanted.length) no(`${roots.length} bodies make ${wanted.length} ${what}`);
  roots.forEach((e, k) => {
    if (e.dtype !== wanted[k]) no(`a body of ${e.dtype} makes a ${wanted[k]} of the ${what}`);
  });
}

function noComplex(operands: readonly Operand[], no: Complain): void {
  for (const { dtype } of operands) if (isComplex(dtype)) no(`a lane cannot hold ${dtype}`);
}

function countsAxes(counters: readonly number[], axes: number, no: Complain): void {
  for (const axis of counters) {
    if (!Number.isInteger(axis) || axis < 0 || axis >= axes) {
      no(`it counts loop ${axis} of ${axes}`);
    }
  }
}

/** No two indices of the loops may store to one place, as far as strides show it. */
function movesAlong(dims: readonly Size[], outputs: readonly Operand[], no: Complain): void {
  for (const { strides } of outputs) {
    strides.forEach((stride, axis) => {
      if (isZero(stride) && !isOne(dims[axis]!)) no(`an output stands still along loop ${axis}`);
    });
  }
}

/**
 * What is written overlaps what is read only where it is the same element, and nothing else
 * written.
 */
function keepsApart(kernel: Kernel, no: Complain): void {
  const { reads, writes } = operandsOf(kernel);
  writes.forEach((output, k) => {
    for (const other of writes.slice(k + 1)) {
      if (other.buffer === output.buffer) no(`two outputs lie in buffer ${output.buffer}`);
    }
    for (const input of reads) {
      if (input.buffer === output.buffer && !isSameWalk(input, output)) {
        no(`it reads buffer ${input.buffer} otherwise than it writes it`);
      }
    }
  });
}

function checkMap(kernel: MapKernel, no: Complain): void {
  const { dims, inputs, outputs, params, counters, bodies } = kernel;
  walks([...inputs, ...outputs], dims.length, "an operand", no);
  countsAxes(counters, dims.length, no);
  noComplex([...inputs, ...outputs], no);
  movesAlong(dims, outputs, no);
  readsOnly(bodies, flexibleTypes(bodies, inputs, params.length + counters.length), no);
  yields(bodies, outputs.map((o) => o.dtype), "outputs", no);
}

function checkReduce(kernel: ReduceKernel, no: Complain): void {
  const { dims, kept, inputs, extras, outputs, params, counters } = kernel;
  if (!Number.isInteger(kept) || kept < 0 || kept > dims.length) no(`it keeps ${kept} loops`);
  walks(inputs, dims.length, "an input", no);
  walks([...extras, ...outputs], kept, "an extra or output", no);
  countsAxes(counters, dims.length, no);
  noComplex([...inputs, ...extras, ...outputs], no);
  movesAlong(dims, outputs, no);
  const accumulators = kernel.identity.map((e) => e.dtype);
  const values = kernel.values.map((e) => e.dtype);
  const integers = params.length + counters.length;
  readsOnly(kernel.values, flexibleTypes(kernel.values, inputs, integers), no);
  readsOnly(kernel.identity, [], no);
  readsOnly(kernel.combine, [...accumulators, ...values], no);
  yields(kernel.combine, accumulators, "accumulators", no);
  readsOnly(kernel.finish, [...accumulators, ...inputTypes(extras, params.length)], no);
  yields(kernel.finish, outputs.map((o) => o.dtype), "outputs", no);
  if (kernel.reassociate && accumulators.join() !== values.join()) {
    no(`it adds ${values.join()} to ${accumulators.join()} in any order`);
  }
}

function checkRows(kernel: RowsKernel, no: Complain): void {
  const { dims, inputs, passes, outputs, ends } = kernel;
  const last = ends.map((e) => e.output);
  walks([...inputs, ...outputs], 2, "an operand", no);
  walks(last, 1, "an end", no);
  noComplex([...inputs, ...outputs, ...last], no);
  for (const { dtype } of [...inputs, ...outputs, ...last]) {
    if (dtype === "float16") no("rows of float16 have no code");
  }
  movesAlong(dims, outputs, no);
  movesAlong(dims, last, no);
  const known = inputTypes(inputs, 0);
  for (const { value, store, accumulate } of passes) {
    readsOnly([value], known, no);
    if (store !== null) yields([value], [outputs[store]?.dtype ?? no("no such output")], "row", no);
    if (value.dtype === "float16") no("rows of float16 have no code");
    if (!accumulate) continue;
    const { dtype } = accumulate.identity;
    readsOnly([accumulate.identity], [], no);
    readsOnly([accumulate.combine], [dtype, value.dtype], no);
    yields([accumulate.combine], [dtype], "accumulators", no);
    if (value.dtype !== dtype) no(`it adds ${value.dtype} to ${dtype} in any order`);
    known.push(dtype);
  }
  readsOnly(ends.map((e) => e.value), known, no);
  for (const { value } of ends) {
    const reads = inOrder([value]).some((e) => e.kind === "input" && e.index < inputs.length);
    if (reads) no("the end of a row reads an element");
  }
  yields(ends.map((e) => e.value), last.map((o) => o.dtype), "ends", no);
}

function checkGemm({ dtype, dims, a, b, c, alpha, beta, scratch }: GemmKernel, no: Complain): void {
  walks([a, b, c], 3, "a matrix", no);
  for (const o of [a, b, c]) if (o.dtype !== dtype) no(`a matrix is ${o.dtype}, not ${dtype}`);
  for (const x of [alpha, beta]) {
    if (typeof x === "number") continue;
    walks([x], 0, "a factor", no);
    if (x.dtype !== "float32" && x.dtype !== "float64") no(`a factor is ${x.dtype}`);
  }
  if (!isOne(c.strides[2]!)) no("the columns of its result are not neighbours");
  movesAlong(dims, [c], no);
  if (scratch.dtype !== "uint8") no(`its workspace is ${scratch.dtype}`);
}

function checkIndices(indices: readonly IndexedAxis[], axes: number, no: Complain): void {
  walks(indices.map((x) => x.index), axes, "an index", no);
  for (const { index } of indices) {
    if (!isInteger(index.dtype)) no(`an index is ${index.dtype}`);
  }
}

function checkGather({ dims, source, indices, output }: GatherKernel, no: Complain): void {
  walks([source, output], dims.length, "an operand", no);
  checkIndices(indices, dims.length, no);
  movesAlong(dims, [output], no);
  if (source.dtype !== output.dtype) no(`it copies ${source.dtype} to ${output.dtype}`);
}

function checkScatter(kernel: ScatterKernel, no: Complain): void {
  const { dims, target, indices, value, accumulate } = kernel;
  walks([target, value], dims.length, "an operand", no);
  checkIndices(indices, dims.length, no);
  if (target.dtype !== value.dtype) no(`it copies ${value.dtype} to ${target.dtype}`);
  if (accumulate) noComplex([target], no);
}

function checkRandom({ draw, dims, state, next, output }: RandomKernel, no: Complain): void {
  walks([state, next, output], 0, "an operand of a draw", no);
  const words = draw === "mrgUniform" ? "int32" : "uint32";
  for (const { dtype } of [state, next]) if (dtype !== words) no(`its state is ${dtype}`);
  if (output.dtype !== "float32" && output.dtype !== "float64") no(`it draws ${output.dtype}`);
  if (draw !== "mrgUniform" && !isOne(dims[1])) no("a twister has one stream");
  if (state.buffer === next.buffer) no("its state is overwritten");
}

function checkCumulative(kernel: CumulativeKernel, no: Complain): void {
  const { dims, input, output, combine } = kernel;
  if (dims.length === 0) no("it has no columns");
  walks([input, output], dims.length, "an operand", no);
  noComplex([input, output], no);
  movesAlong(dims, [output], no);
  readsOnly([combine], [output.dtype, input.dtype], no);
  yields([combine], [output.dtype], "outputs", no);
  if (input.dtype !== output.dtype) no(`it starts ${output.dtype} with ${input.dtype}`);
}

function checkSort({ dims, input, values, places, scratch }: SortKernel, no: Complain): void {
  const outputs = [values, places].filter((o) => o !== null);
  if (dims.length === 0) no("it has no columns");
  if (outputs.length === 0) no("it gives nothing");
  walks([input, ...outputs], dims.length, "an operand", no);
  noComplex([input], no);
  movesAlong(dims, outputs, no);
  if (values && values.dtype !== input.dtype) no(`it sorts ${input.dtype} to ${values.dtype}`);
  if (places && places.dtype !== "int64") no(`its places are ${places.dtype}`);
  if (outputs.some(({ buffer }) => buffer === input.buffer)) no("its input is overwritten");
  if (scratch.dtype !== "uint8") no(`its workspace is ${scratch.dtype}`);
}

function checkCustom({ inputs, outputs, code, scratch }: CustomKernel, no: Complain): void {
  for (const { shape, strides } of [...inputs, ...outputs]) {
    if (shape.length !== strides.length) {
      no(`an operand of ${shape.length} axes has ${strides.length} strides`);
    }
  }
  const written = new Set(outputs.map(({ buffer }) => buffer));
  for (const { buffer } of inputs) {
    if (written.has(buffer)) no(`its code reads buffer ${buffer} while it writes it`);
  }
  if (!code.wasm && !code.wgsl) no("it has no code");
  if (scratch.dtype !== "uint8") no(`its workspace is ${scratch.dtype}`);
}

const checks: {
  readonly [Kind in KernelKind]: (
    kernel: Extract<Kernel, { readonly kind: Kind }>,
    no: Complain,
  ) => void;
} = {
  map: checkMap,
  reduce: checkReduce,
  rows: checkRows,
  gemm: checkGemm,
  gather: checkGather,
  scatter: checkScatter,
  random: checkRandom,
  cumulative: checkCumulative,
  sort: checkSort,
  custom: checkCustom,
};

/**
 * Checks that a kernel is legal.
 *
 * @param kernel The kernel.
 * @param stage Whose fault it is if it is not.
 * @throws {InternalError} If it is not.
 */
export function verifyKernel(kernel: Kernel, stage: string = "core/kernel/lower.ts"): void {
  const no: Complain = (why) => internal(`run a ${kernel.kind} kernel`, why, stage);
  (checks[kernel.kind] as (k: Kernel, no: Complain) => void)(kernel, no);
  keepsApart(kernel, no);
}
