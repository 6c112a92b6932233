/**
 * @file Rules about reductions.
 */

import { isDiscrete, isFloat } from "../core/dtype/dtype.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { call } from "../core/graph/op.ts";
import type { Apply } from "../core/graph/variable.ts";
import { abs, cast, mul, neg, trueDiv } from "../core/ops/arithmetic.ts";
import { Extremes } from "../core/ops/argmax.ts";
import { dimshuffle } from "../core/ops/dimshuffle.ts";
import { max, min, Reduce } from "../core/ops/reduce.ts";
import type { ReduceRecord } from "../core/ops/reduce_record.ts";
import { shapeI } from "../core/ops/shape.ts";
import { pow } from "../core/ops/transcendental.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { hasOneClient, inputsOf, madeBy, outputOf, recordOf, sameOp } from "./forms.ts";
import { scalarElement } from "./match.ts";
import { type Replacement, rewrite, type Rule } from "./rule.ts";

/** A reduction and what it reduces. */
interface Reduction {
  readonly op: Reduce;
  readonly record: ReduceRecord;
  readonly x: TensorVariable;
  /** The axes, counted from the front, in order. */
  readonly axes: readonly number[];
}

function reductionOf(node: Apply): Reduction {
  const op = node.op as Reduce;
  const [x] = inputsOf(node);
  return { op, record: op.record, x: x!, axes: op.axesOf(x!.ndim) };
}

/** The same reduction over other axes. */
function reduced(op: Reduce, x: TensorVariable, axis: readonly number[] | null): TensorVariable {
  const { record, dtype, accDtype } = op;
  return call(new Reduce(record, { axis, dtype, accDtype }), x) as TensorVariable;
}

const foldable = new Set(["sum", "prod", "prodOfNonzeros", "max", "min", "any", "all"]);

/** A sum of a sum is one sum, and so is a product of a product. */
export const opOfOp: Rule = rewrite("local_op_of_op", ["reduce"], (node, graph) => {
  const outer = reductionOf(node);
  const inner = outer.x.owner;
  if (!(inner?.op instanceof Reduce) || inner.op.record.id !== outer.record.id) return undefined;
  if (!foldable.has(outer.record.id) || !hasOneClient(graph, outer.x)) return undefined;
  const { x, axes, op } = reductionOf(inner);
  if (op.accDtype !== outer.op.accDtype) return undefined;
  const left = [...x.broadcastable.keys()].filter((axis) => !axes.includes(axis));
  const both = [...axes, ...outer.axes.map((axis) => left[axis]!)];
  return reduced(outer.op, x, both.length === x.ndim ? null : both);
});

/** A reduction over every axis says so without listing them. */
export const sumProdAllToNone: Rule = rewrite("local_sum_prod_all_to_none", ["reduce"], (node) => {
  const { op, x } = reductionOf(node);
  const listsAll = op.axis !== null && op.axis.length === x.ndim && x.ndim > 0;
  return listsAll ? reduced(op, x, null) : undefined;
});

/** Axes of length one are dropped, not reduced. */
export const reduceBroadcastable: Rule = rewrite(
  "local_reduce_broadcastable",
  ["reduce"],
  (node) => {
    const { op, x, axes, record } = reductionOf(node);
    const out = outputOf(node);
    if (record.id === "other" || record.id === "prodWithoutZeros") return undefined;
    const ones = axes.filter((axis) => x.broadcastable[axis]);
    if (ones.length === 0) return undefined;
    const kept = [...x.broadcastable.keys()].filter((axis) => !ones.includes(axis));
    const rest = axes.filter((axis) => !ones.includes(axis)).map((axis) => kept.indexOf(axis));
    const dropped = dimshuffle(x, ...kept);
    if (rest.length === 0) return cast(dropped, out.dtype);
    return reduced(op, dropped, rest.length === dropped.ndim ? null : rest);
  },
);

/** `Σ a / b` is `(Σ a) / b` where `b` does not change along the axes; so are products, by powers. */
export const sumProdDivDimshuffle: Rule = rewrite(
  "local_sum_prod_div_dimshuffle",
  ["reduce"],
  (node, graph) => {
    const { op, x, axes, record } = reductionOf(node);
    const quotient = madeBy(x, trueDiv.record.name);
    const isKnown = record.id === "sum" || record.id === "prod";
    if (quotient === undefined || !isKnown || !hasOneClient(graph, x)) return undefined;
    const [above, below] = inputsOf(quotient);
    const still = axes.filter((axis) => below!.broadcastable[axis] && !x.broadcastable[axis]);
    if (still.length === 0 || above!.dtype !== x.dtype) return undefined;
    if (still.some((axis) => above!.broadcastable[axis])) return undefined;
    const left = [...x.broadcastable.keys()].filter((axis) => !still.includes(axis));
    const divisor = dimshuffle(below!, ...left);
    const total = reduced(op, above!, still.length === x.ndim ? null : still);
    const scaled = record.id === "sum"
      ? divisor
      : pow(divisor, countAlong(above!, still, divisor.dtype));
    const rest = axes.filter((axis) => !still.includes(axis)).map((axis) => left.indexOf(axis));
    const result = trueDiv(total, scaled);
    return rest.length === 0 ? result : reduced(op, result, rest);
  },
  { cast: true },
);

/** The number of elements along axes. */
function countAlong(
  x: TensorVariable,
  axes: readonly number[],
  dtype: TensorVariable["dtype"],
): TensorVariable {
  const sizes = axes.map((axis) => cast(shapeI(x, axis), dtype));
  return sizes.length === 1 ? sizes[0]! : mul(...sizes);
}

/** `Σ s · x` is `s · Σ x`, `Σ −x` is `−Σ x`; a product takes out a power of `s`. */
export const sumProdMulByScalar: Rule = rewrite(
  "local_sum_prod_mul_by_scalar",
  ["reduce"],
  (node, graph) => {
    const { op, x, axes, record } = reductionOf(node);
    if ((record.id !== "sum" && record.id !== "prod") || !hasOneClient(graph, x)) return undefined;
    if (isDiscrete(x.dtype) && x.dtype !== op.accDtype) return undefined;
    const opposed = madeBy(x, neg.record.name);
    if (opposed !== undefined && record.id === "sum") {
      return neg(reduced(op, inputsOf(opposed)[0]!, op.axis));
    }
    const product = madeBy(x, mul.record.name);
    if (product === undefined) return undefined;
    const isScalar = (factor: TensorVariable): boolean => factor.broadcastable.every(Boolean);
    const scalars = inputsOf(product).filter(isScalar);
    const rest = inputsOf(product).filter((factor) => !isScalar(factor));
    if (scalars.length === 0 || rest.length === 0) return undefined;
    const inner = rest.length === 1 ? rest[0]! : mul(...rest);
    const total = reduced(op, inner, op.axis);
    const outside = scalars.map((s) => s.ndim === 0 ? s : dimshuffle(s));
    if (record.id === "sum") return mul(...outside, total);
    const count = countAlong(inner, axes, "int64");
    const powers = outside.map((s) => pow(s, isFloat(s.dtype) ? cast(count, s.dtype) : count));
    return mul(...powers, total);
  },
  { cast: true },
);

/** The absolute values of factors are one absolute value. */
export const absMerge: Rule = rewrite("local_abs_merge", [mul, trueDiv], (node) => {
  const inner = inputsOf(node).map((input) => {
    const owner = madeBy(input, abs.record.name);
    if (owner !== undefined) return inputsOf(owner)[0]!;
    const value = scalarElement(input);
    return typeof value === "number" && value >= 0 ? input : undefined;
  });
  const count = inputsOf(node).filter((input) => madeBy(input, abs.record.name)).length;
  if (count < 2 || !inner.every((x) => x !== undefined)) return undefined;
  return abs(sameOp(node, ...inner));
});

/** Of the largest elements and where they are, only what is used. */
export const maxAndArgmax: Rule = rewrite("local_max_and_argmax", ["argmax"], usedExtreme);

function usedExtreme(node: Apply, graph: FunctionGraph): Replacement {
  if (node.outputs.length !== 2) return undefined;
  const { axis } = node.op as Extremes;
  const [x] = inputsOf(node);
  if (graph.clients(node.outputs[1]!).length === 0) {
    return [max(x!, { axis: axis.length === x!.ndim ? null : axis }), undefined];
  }
  if (graph.clients(node.outputs[0]!).length > 0) return undefined;
  return [undefined, call(new Extremes(axis, "argmax"), x!)];
}

/** `−max(−x)` is `min(x)`. */
export const maxToMin: Rule = rewrite("local_max_to_min", [neg], (node, graph) => {
  const [highest] = inputsOf(node);
  const { owner } = highest!;
  if (!(owner?.op instanceof Reduce) || owner.op.record.id !== "max") return undefined;
  const inner = owner.inputs[0]!.owner;
  if (highest!.dtype.startsWith("uint")) return undefined;
  if (recordOf(inner) !== neg.record || !hasOneClient(graph, highest!)) return undefined;
  return min(inner!.inputs[0] as TensorVariable, { axis: owner.op.axis });
});
