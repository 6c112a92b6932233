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

/**
 * Searches along axes as if they were flattened; the first largest element wins, or the first NaN.
 */
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
  const places = l.allocate("uint32", where.shape);
  l.run({
    kind: "reduce",
    dims: order.map((axis) => view.shape[axis]!),
    kept: kept.length,
    inputs: [operand(view, order.map((axis) => view.strides[axis]!))],
    params: axes.slice(1).map((_, k) => lengthAfter(l, axes.slice(k + 1), view.shape)),
    counters: axes.map((_, k) => kept.length + k),
    ...searching(s, dtype, axes.length),
    reassociate: true,
    finish: [...(largest ? [s.input(0, dtype)] : []), s.input(1, "uint32")],
    extras: [],
    outputs: [...(largest ? [largest] : []), places].map((o) => operand(o)),
  });
  l.map(where.shape, [operand(places)], [where], [s.convert(s.input(0, "uint32"), "int64")]);
}

/** How many elements one step of an axis passes, the later searched axes flattened. */
function lengthAfter(l: Lowering, axes: readonly number[], shape: readonly Size[]): Size {
  return l.sizes.product(axes.map((axis) => shape[axis]!));
}

/**
 * The bodies of a search along a number of axes. Of equal elements the one at the smaller place
 * wins, so that the order of the search does not matter. Places are uint32, as all addresses are:
 * so registers hold as many of them as of 32-bit elements.
 */
function searching(
  s: Builder,
  dtype: DType,
  axes: number,
): { values: Expr[]; identity: Expr[]; combine: Expr[] } {
  const [best, at] = [s.input(0, dtype), s.input(1, "uint32")];
  const [next, nextAt] = [s.input(2, dtype), s.input(3, "uint32")];
  const isLarger = dtype === "bool" ? s.and(next, s.not(best)) : s.lt(best, next);
  const isEqual = s.eq(best, next);
  const [better, equal] = isFloat(dtype)
    ? [
      s.or(isLarger, s.and(s.isNaN(next), s.not(s.isNaN(best)))),
      s.or(isEqual, s.and(s.isNaN(next), s.isNaN(best))),
    ]
    : [isLarger, isEqual];
  const takes = s.or(better, s.and(equal, s.lt(nextAt, at)));
  return {
    values: [s.input(0, dtype), flattened(s, axes)],
    identity: [s.const(lowest(dtype), dtype), s.const(2 ** 32 - 1, "uint32")],
    combine: [s.select(takes, next, best), s.select(takes, nextAt, at)],
  };
}

function lowest(dtype: DType): number | bigint {
  return dtypes[dtype].limits?.[0] ?? -Infinity;
}

/** The flat index: inputs are the element, then the lengths, then the counters. */
function flattened(s: Builder, axes: number): Expr {
  const length = (k: number): Expr => s.input(1 + k, "uint32");
  const counter = (k: number): Expr => s.input(axes + k, "uint32");
  const terms = Array.from(
    { length: axes },
    (_, k) => k === axes - 1 ? counter(k) : s.mul(counter(k), length(k)),
  );
  return terms.reduce((sum, term) => s.add(sum, term));
}
