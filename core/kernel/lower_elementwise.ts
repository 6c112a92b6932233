/**
 * @file Elementwise ops and reductions as map and reduce kernels.
 */

import { type DType, dtypes, isComplex } from "../dtype/dtype.ts";
import type { FunctionGraph } from "../graph/function_graph.ts";
import type { Apply } from "../graph/variable.ts";
import { type Elementwise, isComposite } from "../ops/elementwise.ts";
import type { Reduce } from "../ops/reduce.ts";
import { compositeLanes, lane, type ScalarOp } from "../ops/scalar_op.ts";
import { Builder, type Expr } from "../scalar/expr.ts";
import { TensorConstant, type TensorVariable } from "../tensor/tensor_variable.ts";
import { collapse, isSameWalk, operand } from "./index_map.ts";
import type { Operand } from "./kernel.ts";
import { lowerOnHost } from "./lower_host.ts";
import type { Branches } from "./lazy.ts";
import type { Lowering } from "./lowering.ts";
import type { Size } from "./size.ts";

/** How a node's outputs are read. */
export interface Readers {
  /** The graph. */
  readonly graph: FunctionGraph;
  /** The nodes that the branches of a lazy choice alone need. */
  branchesOf(choice: Apply): Branches;
  /** Whether the only reader of a variable is a node of the kind given, and it is no result. */
  onlyReaderIs(variable: TensorVariable, kind: string): boolean;
  /** Whether anybody reads a variable. */
  isRead(variable: TensorVariable): boolean;
}

/** An elementwise node: integer scalars stay sizes, what only a reduction reads is put off. */
export function lowerElementwise(l: Lowering, node: Apply, readers: Readers): void {
  const op = node.op as Elementwise;
  const outputs = node.outputs as TensorVariable[];
  if (l.isBookkeeping(node)) return l.defer(outputs[0]!);
  if (!hasLanes(op, node)) return lowerOnHost(l, node);
  const dims = commonDims(l, node).map((n) => l.unified(n));
  const { inputs, params, lanes, s } = operandLanes(l, node, dims);
  const bodies = isComposite(op.scalar)
    ? compositeLanes(s, op.scalar, lanes)
    : [lane(s, op.scalar, lanes, outputs[0]!.dtype)];
  if (
    outputs.length === 1 && op.destroyMap.size === 0 && readers.onlyReaderIs(outputs[0]!, "reduce")
  ) {
    const { dtype } = outputs[0]!;
    return l.pend(outputs[0]!, { dtype, dims, inputs, params, body: bodies[0]! });
  }
  if (op.destroyMap.size > 0) l.flush();
  const views = outputs.map((output, k) => {
    const overwritten = op.destroyMap.get(k);
    const old = overwritten === undefined ? undefined : l.overwritable(node.inputs[overwritten]!);
    return old ?? l.allocate(output.dtype, dims);
  });
  l.map(dims, inputs, views, bodies, params);
  outputs.forEach((output, k) => l.set(output, views[k]!));
}

/** Whether every record has a body and no lane is complex. */
function hasLanes({ scalar }: Elementwise, node: Apply): boolean {
  const variables = [...node.inputs, ...node.outputs] as TensorVariable[];
  if (variables.some((x) => isComplex(x.dtype))) return false;
  if (!isComposite(scalar)) return scalar.body !== undefined;
  return scalar.steps.every((step) => step.scalar.body && !isComplex(step.dtype));
}

/** The loops of an elementwise node: the lengths that do not broadcast, checked to be equal. */
function commonDims(l: Lowering, node: Apply): Size[] {
  const inputs = node.inputs as TensorVariable[];
  const { broadcastable } = node.outputs[0] as TensorVariable;
  const shapes = inputs.map((x) => shapeOf(l, x));
  return broadcastable.map((one, axis) => {
    if (one) return l.sizes.const(1);
    const long = [...inputs.keys()].filter((i) => !inputs[i]!.broadcastable[axis]!);
    const [first, ...others] = long as [number, ...number[]];
    const length = shapes[first]![axis]!;
    for (const i of others) {
      const text = `Input dimension mis-match. (input[${first}].shape[${axis}] = {0}, ` +
        `input[${i}].shape[${axis}] = {1})`;
      const other = shapes[i]![axis]!;
      l.checkEqual(length, other, "ValueError", text, [length, other]);
    }
    return length;
  });
}

/** The shape of an input, without storing a scalar that was put off. */
function shapeOf(l: Lowering, x: TensorVariable): readonly Size[] {
  if (l.deferredScalar(x)) return x.broadcastable.map(() => l.sizes.const(1));
  return l.view(x).shape;
}

/**
 * The lanes of a node's inputs: constants in place, integer scalars as params, the rest operands.
 */
function operandLanes(l: Lowering, node: Apply, dims: readonly Size[]): {
  inputs: Operand[];
  params: Size[];
  lanes: Expr[];
  s: Builder;
} {
  const s = new Builder();
  const inputs: Operand[] = [];
  const sources = (node.inputs as TensorVariable[]).map((x): Source => {
    if (x instanceof TensorConstant && x.data.size === 1) return { constant: x };
    const scalar = l.deferredScalar(x);
    const size = scalar && l.pureSize(scalar);
    if (size) return { size };
    const walk = operand(l.view(x), repeatedStrides(l, x, dims));
    const known = inputs.findIndex((other) => isSameWalk(other, walk));
    return { index: known < 0 ? inputs.push(walk) - 1 : known };
  });
  const params: Size[] = [];
  const lanes = sources.map((source, k) => {
    const { dtype } = node.inputs[k] as TensorVariable;
    if ("constant" in source) return constantLane(s, source.constant);
    if ("index" in source) return s.input(source.index, dtype);
    params.push(source.size);
    return s.convert(s.input(inputs.length + params.length - 1, "int64"), dtype);
  });
  return { inputs, params, lanes, s };
}

type Source = { constant: TensorConstant } | { size: Size } | { index: number };

function constantLane(s: Builder, { data, dtype }: TensorConstant): Expr {
  return s.const(data.item<number | bigint | boolean>(), dtype);
}

/** Strides over the loops: zero along axes that broadcast. */
function repeatedStrides(l: Lowering, x: TensorVariable, dims: readonly Size[]): Size[] {
  const { strides } = l.view(x);
  return dims.map((_, axis) => x.broadcastable[axis] ? l.sizes.const(0) : strides[axis]!);
}

/** Combines along axes; an elementwise input that was put off is computed on the way. */
export function lowerReduce(l: Lowering, node: Apply): void {
  const op = node.op as Reduce;
  const [x] = node.inputs as [TensorVariable];
  const [output] = node.outputs as [TensorVariable];
  const { scalar, identity } = op.record;
  if (isComplex(x.dtype) || isComplex(output.dtype) || !scalar.body) return lowerOnHost(l, node);
  const source = l.takePending(x) ?? plainSource(l, x);
  const gone = op.axesOf(x.ndim);
  const kept = source.dims.map((_, axis) => axis).filter((axis) => !gone.includes(axis));
  const dims = [...kept, ...gone].map((axis) => source.dims[axis]!);
  if (identity === undefined) checkNotEmpty(l, node, gone, source.dims);
  const view = l.allocate(output.dtype, kept.map((axis) => source.dims[axis]!));
  const inputs = source.inputs.map((o) => ({
    ...o,
    strides: [...kept, ...gone].map((axis) => o.strides[axis]!),
  }));
  const padded = operand(view, [...view.strides, ...gone.map(() => l.sizes.const(0))]);
  const loops = collapse(l.sizes, { dims, operands: [...inputs, padded] }, [kept.length]);
  const [keptCount] = loops.groups as [number, number];
  const out = loops.operands.at(-1)!;
  l.run({
    kind: "reduce",
    dims: loops.dims,
    kept: keptCount,
    inputs: loops.operands.slice(0, -1),
    params: source.params,
    counters: [],
    extras: [],
    ...accumulation(scalar, identity, op.accDtype!, output.dtype, source.body),
    outputs: [{ ...out, strides: out.strides.slice(0, keptCount) }],
  });
  l.set(output, view);
}

function plainSource(l: Lowering, x: TensorVariable): {
  dims: readonly Size[];
  inputs: Operand[];
  params: Size[];
  body: Expr;
} {
  const view = l.view(x);
  return {
    dims: view.shape,
    inputs: [operand(view)],
    params: [],
    body: new Builder().input(0, x.dtype),
  };
}

function checkNotEmpty(
  l: Lowering,
  node: Apply,
  axes: readonly number[],
  shape: readonly Size[],
): void {
  const { scalar } = (node.op as Reduce).record;
  for (const axis of axes) {
    const text = `Input (${node.inputs[0]}) has zero-size on axis ${axis}, but self.scalar_op ` +
      `(${scalar.name}) has no attribute 'identity'`;
    l.check(l.sizes.call("lt", l.sizes.const(0), shape[axis]!), "ValueError", text, []);
  }
}

/** The bodies of a reduction by one record. float16 accumulates in float32. */
function accumulation(
  scalar: ScalarOp,
  identity: number | undefined,
  accDtype: DType,
  output: DType,
  body: Expr,
): { values: Expr[]; identity: Expr[]; combine: Expr[]; finish: Expr[]; reassociate: boolean } {
  const acc = accDtype === "float16" ? "float32" : accDtype;
  const s = new Builder();
  const value = s.convert(s.substitute(body, (e) => s.input(e.index, e.dtype)), acc);
  const start = identity ?? extremeOf(scalar, acc);
  return {
    values: [value],
    identity: [s.const(start, acc)],
    combine: [lane(s, scalar, [s.input(0, acc), s.input(1, acc)], acc)],
    finish: [s.convert(s.input(0, acc), output)],
    reassociate: scalar.facts?.associative ?? scalar.name === "mul_without_zeros",
  };
}

/** The value that loses against every other, for a maximum or minimum. */
function extremeOf(scalar: ScalarOp, dtype: DType): number | bigint {
  const { limits } = dtypes[dtype];
  if (!limits) return scalar.name === "maximum" ? -Infinity : Infinity;
  return scalar.name === "maximum" ? limits[0] : limits[1];
}
