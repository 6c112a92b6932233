/**
 * @file The largest element and its place: a reduction with two accumulators.
 */

import { type DType, dtypes, isFloat } from "../dtype/dtype.ts";
import type { Apply } from "../graph/variable.ts";
import type { Extremes } from "../ops/argmax.ts";
import { Builder, type Expr } from "../scalar/expr.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { operand } from "./index_map.ts";
import type { Lowering } from "./lowering.ts";
import type { View } from "./program.ts";
import type { Size } from "./size.ts";

/** Searches along axes as if they were flattened; the first largest element wins, or the first NaN. */
export function lowerExtremes(l: Lowering, node: Apply): void {
  const op = node.op as Extremes;
  const [x] = node.inputs as [TensorVariable];
  const view = l.view(x);
  const shape = view.shape.filter((_, axis) => !op.axis.includes(axis));
  const where = l.allocate("int64", shape);
  const largest = op.results === "argmax" ? null : l.allocate(x.dtype, shape);
  searchExtremes(l, view, op.axis, largest, where);
  const outputs = [...(largest ? [largest] : []), where];
  node.outputs.forEach((output, k) => l.set(output, outputs[k]!));
}

/**
 * Adds the kernel that searches.
 *
 * @param l The lowering.
 * @param view What is searched.
 * @param axes Along which axes.
 * @param largest Where the largest elements go, if they are wanted.
 * @param where Where their places go, as int64.
 */
export function searchExtremes(
  l: Lowering,
  view: View,
  axes: readonly number[],
  largest: View | null,
  where: View,
): void {
  const { sizes } = l;
  const kept = [...view.shape.keys()].filter((axis) => !axes.includes(axis));
  for (const axis of axes) {
    const some = sizes.call("lt", sizes.const(0), view.shape[axis]!);
    l.check(some, "ValueError", "attempt to get argmax of an empty sequence", []);
  }
  const order = [...kept, ...axes];
  const s = new Builder();
  const { dtype } = view;
  l.run({
    kind: "reduce",
    dims: order.map((axis) => view.shape[axis]!),
    kept: kept.length,
    inputs: [operand(view, order.map((axis) => view.strides[axis]!))],
    params: axes.slice(1).map((_, k) => lengthAfter(l, axes.slice(k + 1), view.shape)),
    counters: axes.map((_, k) => kept.length + k),
    ...searching(s, dtype, axes.length),
    reassociate: false,
    finish: [...(largest ? [s.input(0, dtype)] : []), s.input(1, "int64")],
    extras: [],
    outputs: [...(largest ? [largest] : []), where].map((o) => operand(o)),
  });
}

/** How many elements one step of an axis passes, the later searched axes flattened. */
function lengthAfter(l: Lowering, axes: readonly number[], shape: readonly Size[]): Size {
  return l.sizes.product(axes.map((axis) => shape[axis]!));
}

/** The bodies of a search along a number of axes. */
function searching(
  s: Builder,
  dtype: DType,
  axes: number,
): { values: Expr[]; identity: Expr[]; combine: Expr[] } {
  const [best, at] = [s.input(0, dtype), s.input(1, "int64")];
  const [next, nextAt] = [s.input(2, dtype), s.input(3, "int64")];
  const isLarger = dtype === "bool" ? s.and(next, s.not(best)) : s.lt(best, next);
  const better = isFloat(dtype)
    ? s.or(isLarger, s.and(s.isNaN(next), s.not(s.isNaN(best))))
    : isLarger;
  const takes = s.or(s.lt(at, 0), better);
  return {
    values: [s.input(0, dtype), flattened(s, axes)],
    identity: [s.const(lowest(dtype), dtype), s.const(-1, "int64")],
    combine: [s.select(takes, next, best), s.select(takes, nextAt, at)],
  };
}

function lowest(dtype: DType): number | bigint {
  return dtypes[dtype].limits?.[0] ?? -Infinity;
}

/** The flat index: inputs are the element, then the lengths, then the counters. */
function flattened(s: Builder, axes: number): Expr {
  const length = (k: number): Expr => s.input(1 + k, "int64");
  const counter = (k: number): Expr => s.input(axes + k, "int64");
  const terms = Array.from(
    { length: axes },
    (_, k) => k === axes - 1 ? counter(k) : s.mul(counter(k), length(k)),
  );
  return terms.reduce((sum, term) => s.add(sum, term));
}
