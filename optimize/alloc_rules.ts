/**
 * @file Values repeated over a shape: fills become allocations, and allocations go away where the
 * repetition happens anyway.
 *
 * An allocation costs nothing by itself, since kernels walk it with strides of zero; what is saved is
 * what would be computed over it.
 */

import { config } from "../core/config/config.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { type Apply, isConstant, type Variable } from "../core/graph/variable.ts";
import { Alloc, alloc, allocItems } from "../core/ops/alloc.ts";
import { cast, mul } from "../core/ops/arithmetic.ts";
import { DimShuffle, padLeft } from "../core/ops/dimshuffle.ts";
import { Elementwise } from "../core/ops/elementwise.ts";
import { fill } from "../core/ops/fill.ts";
import type { ShapeItem } from "../core/ops/kind.ts";
import { eq } from "../core/ops/logic.ts";
import type { Reduce } from "../core/ops/reduce.ts";
import { itemVariable, sizeItem } from "../core/ops/shape_item.ts";
import { pow } from "../core/ops/transcendental.ts";
import { Assert, patternbroadcast } from "../core/ops/view.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { inputsOf, outputOf, sameOp } from "./forms.ts";
import { asScalar } from "./gemm.ts";
import { scalarValue } from "./match.ts";
import { type Replacement, rewrite, type Rule } from "./rule.ts";
import { sameSize, type ShapeFeature, shapesOf } from "./shape_feature.ts";

/** The allocation that computes a variable, or undefined. */
export function allocOf(variable: Variable): Apply | undefined {
  const { owner } = variable;
  return owner?.op instanceof Alloc ? owner : undefined;
}

/** The sizes that an allocation is given, numbers where they are constants. */
export function allocSizes(node: Apply): ShapeItem[] {
  return inputsOf(node).slice(1).map(sizeItem);
}

function samePattern(x: TensorVariable, y: TensorVariable): boolean {
  return x.ndim === y.ndim && x.broadcastable.every((one, axis) => one === y.broadcastable[axis]);
}

/** A fill is its value where that is as long, else the value repeated over the shape. */
export const fillToAlloc: Rule = rewrite("local_fill_to_alloc", [fill], (node, graph) => {
  const [model, value] = inputsOf(node);
  const out = outputOf(node);
  if (samePattern(value!, out)) return cast(value!, out.dtype);
  const shapes = shapesOf(graph);
  if (shapes === undefined || !samePattern(model!, out)) return undefined;
  const repeated = allocItems(cast(value!, out.dtype), shapes.shapeOf(model!));
  return patternbroadcast(repeated, out.broadcastable);
});

/** Repeating a value over the shape it has. */
export const uselessAlloc: Rule = rewrite("local_useless_alloc", ["alloc"], useless);

function useless(node: Apply, graph: FunctionGraph): Variable | undefined {
  const [value] = inputsOf(node);
  const out = outputOf(node);
  if (!value!.type.equals(out.type)) return undefined;
  if (value!.broadcastable.every(Boolean)) return value;
  return shapesOf(graph)?.sameShape(value!, out) ? value : undefined;
}

/** Leading axes of length one are new axes, not repetitions. */
export const canonicalizeAlloc: Rule = rewrite(
  "local_canonicalize_alloc",
  ["alloc"],
  (node, graph) => {
    const kept = useless(node, graph);
    if (kept !== undefined) return kept;
    const out = outputOf(node);
    if (graph.clients(out).some(({ node: c }) => c !== "output" && c.op instanceof Alloc)) {
      return undefined;
    }
    const [value, ...sizes] = inputsOf(node);
    const added = out.ndim - value!.ndim;
    const firstLong = sizes.findIndex((n, axis) => axis >= added || scalarValue(n) !== 1);
    const ones = firstLong < 0 ? added : firstLong;
    if (ones === 0) return undefined;
    return padLeft(repeatedOver(graph, value!, sizes.slice(ones)), out.ndim);
  },
);

/** A value repeated over sizes; the value itself if they are known to be its own. */
function repeatedOver(
  graph: FunctionGraph,
  value: TensorVariable,
  sizes: readonly TensorVariable[],
): TensorVariable {
  const shape = value.ndim === sizes.length ? shapesOf(graph)?.shapeOf(value) : undefined;
  const isOwn = shape?.every((size, axis) => sameSize(size, sizeItem(sizes[axis]!))) ?? false;
  return isOwn ? value : alloc(value, ...sizes);
}

/** A repetition of a repetition is one. */
export const mergeAlloc: Rule = rewrite("local_merge_alloc", ["alloc"], (node) => {
  const inner = allocOf(node.inputs[0]!);
  if (inner === undefined) return undefined;
  const [value, ...below] = inputsOf(inner);
  const sizes = inputsOf(node).slice(1);
  const added = sizes.length - below.length;
  const checked = sizes.map((size, axis) => {
    const other = below[axis - added];
    if (other === undefined || other === size || scalarValue(other) === 1) return size;
    const [n, m] = [scalarValue(size), scalarValue(other)];
    if (n !== undefined && n === m) return size;
    return shapeAssert.call(size, eq(size, other)) as TensorVariable;
  });
  return alloc(value!, ...checked);
});

const shapeAssert = new Assert(
  "You have a shape error in your graph. To see a better error message and a stack trace of where " +
    "in your code the error is created, use the Theano flags optimizer=None or " +
    "optimizer=fast_compile.",
);

/** What is done to each repeated element is done once. */
export const allocUnary: Rule = rewrite("local_alloc_unary", "*", (node) => {
  if (!(node.op instanceof Elementwise) || node.inputs.length !== 1) return undefined;
  const repeated = allocOf(node.inputs[0]!);
  if (repeated === undefined || node.outputs.length !== 1) return undefined;
  const [value, ...sizes] = inputsOf(repeated);
  return alloc(sameOp(node, value!), ...sizes);
});

/** Elementwise ops repeat by themselves, as long as one input has the whole shape. */
export const elemwiseAlloc: Rule = rewrite(
  "local_elemwise_alloc",
  "*",
  withoutAllocs,
  { tags: ["local_alloc_elemwise"] },
);

function withoutAllocs(node: Apply, graph: FunctionGraph): Replacement {
  if (!(node.op instanceof Elementwise) || node.inputs.length < 2) return undefined;
  const shapes = shapesOf(graph);
  const inputs = inputsOf(node);
  if (shapes === undefined || !inputs.some((x) => repeatedValue(x) !== undefined)) {
    return undefined;
  }
  const out = outputOf(node);
  const base = baseOf(inputs, out);
  if (base === undefined) return undefined;
  const conditions: TensorVariable[] = [];
  const short = inputs.map((x) => {
    const value = x === base ? undefined : repeatedValue(x);
    if (value === undefined) return x;
    conditions.push(...mismatches(shapes, x, base));
    return value;
  });
  if (short.every((x, i) => x === inputs[i])) return undefined;
  const checked = conditions.length > 0 && config.experimental.local_alloc_elemwise_assert
    ? shapeAssert.call(base, ...conditions) as TensorVariable
    : base;
  return node.op.makeNode(...short.map((x) => x === base ? checked : x))
    .outputs as TensorVariable[];
}

/** The input that gives the result its shape: one that is not repeated itself, if there is one. */
function baseOf(
  inputs: readonly TensorVariable[],
  out: TensorVariable,
): TensorVariable | undefined {
  const whole = inputs.filter((x) => samePattern(x, out));
  return whole.find((x) => repeatedValue(x) === undefined) ?? whole[0];
}

/** What a variable repeats along axes where it is shorter, also through a dimshuffle. */
function repeatedValue(x: TensorVariable): TensorVariable | undefined {
  const { owner } = x;
  const isTurned = owner?.op instanceof DimShuffle;
  const repeated = allocOf(isTurned ? owner.inputs[0]! : x);
  if (repeated === undefined) return undefined;
  const [value] = inputsOf(repeated);
  const padded = padLeft(value!, outputOf(repeated).ndim);
  if (samePattern(padded, outputOf(repeated))) return undefined;
  return isTurned ? sameOp(owner, padded) : padded;
}

/** Conditions for a repeated variable to have the shape of another, where that is not known. */
function mismatches(
  shapes: ShapeFeature,
  x: TensorVariable,
  base: TensorVariable,
): TensorVariable[] {
  return x.broadcastable.flatMap((one, axis) => {
    if (one || shapes.sameShape(x, base, axis, axis)) return [];
    const [n, m] = [x, base].map((v) => itemVariable(shapes.getShape(v, axis)));
    return [eq(n!, m!)];
  });
}

/** A sum of equal elements is a product, a product a power. */
export const optAlloc: Rule = rewrite("local_opt_alloc", ["reduce"], (node) => {
  const { record, accDtype, dtype } = node.op as Reduce;
  const repeated = allocOf(node.inputs[0]!);
  if (repeated === undefined || (record.id !== "sum" && record.id !== "prod")) return undefined;
  const [value, ...sizes] = inputsOf(repeated);
  const element = isConstant(value!) ? asScalar(value!) : undefined;
  if (element === undefined) return undefined;
  const axes = (node.op as Reduce).axesOf(sizes.length);
  const gone = sizes.filter((_, axis) => axes.includes(axis));
  if (gone.length === 0) return undefined;
  const count = cast(gone.length === 1 ? gone[0]! : mul(...gone), accDtype!);
  const term = cast(element, accDtype!);
  const total = record.id === "sum" ? mul(term, count) : pow(term, count);
  const result = cast(total, dtype!);
  const kept = sizes.filter((_, axis) => !axes.includes(axis));
  return kept.length === 0 ? result : alloc(result, ...kept);
});

/** New leading axes before a repetition come with it. */
export const allocDimshuffle: Rule = rewrite("local_alloc_dimshuffle", ["alloc"], (node) => {
  const [value, ...sizes] = inputsOf(node);
  const turned = value!.owner;
  if (!(turned?.op instanceof DimShuffle) || !onlyPads(turned)) return undefined;
  return alloc(inputsOf(turned)[0]!, ...sizes);
});

/** New leading axes after a repetition are repeated once. */
export const dimshuffleAlloc: Rule = rewrite("local_dimshuffle_alloc", ["dimshuffle"], (node) => {
  const repeated = allocOf(node.inputs[0]!);
  if (repeated === undefined || !onlyPads(node)) return undefined;
  const [value, ...sizes] = inputsOf(repeated);
  const ones = outputOf(node).ndim - sizes.length;
  return alloc(value!, ...new Array<number>(ones).fill(1), ...sizes);
});

/** Whether a dimshuffle only adds axes in front. */
function onlyPads(node: Apply): boolean {
  const { order } = node.op as DimShuffle;
  const { ndim } = inputsOf(node)[0]!;
  const added = order.length - ndim;
  return added >= 0 && order.every((axis, i) => axis === (i < added ? "x" : i - added));
}
