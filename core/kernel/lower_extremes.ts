/**
 * @file The largest element and its place: a reduction with two accumulators.
 */

import { dtypes, isFloat } from "../dtype/dtype.ts";
import type { Apply } from "../graph/variable.ts";
import type { Extremes } from "../ops/argmax.ts";
import { Builder, type Expr } from "../scalar/expr.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { operand } from "./index_map.ts";
import type { Lowering } from "./lowering.ts";
import type { Size } from "./size.ts";

/** Searches along axes as if they were flattened; the first largest element wins, or the first NaN. */
export function lowerExtremes(l: Lowering, node: Apply): void {
  const op = node.op as Extremes;
  const [x] = node.inputs as [TensorVariable];
  const view = l.view(x);
  const { sizes } = l;
  const axes = [...view.shape.keys()];
  const kept = axes.filter((axis) => !op.axis.includes(axis));
  for (const axis of op.axis) {
    const some = sizes.call("lt", sizes.const(0), view.shape[axis]!);
    l.check(some, "ValueError", "attempt to get argmax of an empty sequence", []);
  }
  const order = [...kept, ...op.axis];
  const dims = order.map((axis) => view.shape[axis]!);
  const shape = kept.map((axis) => view.shape[axis]!);
  const where = l.allocate("int64", shape);
  const largest = op.results === "argmax" ? undefined : l.allocate(x.dtype, shape);
  const s = new Builder();
  const bodies = searching(s, x);
  const outputs = [...(largest ? [largest] : []), where];
  const finish = [...(largest ? [s.input(0, x.dtype)] : []), s.input(1, "int64")];
  l.run({
    kind: "reduce",
    dims,
    kept: kept.length,
    inputs: [operand(view, order.map((axis) => view.strides[axis]!))],
    params: op.axis.slice(1).map((_, k) => lengthAfter(l, op.axis.slice(k + 1), view.shape)),
    counters: op.axis.map((_, k) => kept.length + k),
    ...bodies(op.axis.length),
    reassociate: false,
    finish,
    extras: [],
    outputs: outputs.map((o) => operand(o)),
  });
  node.outputs.forEach((output, k) => l.set(output, outputs[k]!));
}

/** How many elements one step of an axis passes, the later searched axes flattened. */
function lengthAfter(l: Lowering, axes: readonly number[], shape: readonly Size[]): Size {
  return l.sizes.product(axes.map((axis) => shape[axis]!));
}

/** The bodies for a number of searched axes. */
function searching(
  s: Builder,
  x: TensorVariable,
): (axes: number) => { values: Expr[]; identity: Expr[]; combine: Expr[] } {
  const { dtype } = x;
  return (axes) => {
    const element = s.input(0, dtype);
    const place = flattened(s, axes);
    const [best, at] = [s.input(0, dtype), s.input(1, "int64")];
    const [next, nextAt] = [s.input(2, dtype), s.input(3, "int64")];
    const isFirst = s.lt(at, 0);
    const isLarger = dtype === "bool" ? s.and(next, s.not(best)) : s.lt(best, next);
    const better = isFloat(dtype)
      ? s.or(isLarger, s.and(s.isNaN(next), s.not(s.isNaN(best))))
      : isLarger;
    const takes = s.or(isFirst, better);
    return {
      values: [element, place],
      identity: [s.const(lowest(dtype), dtype), s.const(-1, "int64")],
      combine: [s.select(takes, next, best), s.select(takes, nextAt, at)],
    };
  };
}

function lowest(dtype: TensorVariable["dtype"]): number | bigint {
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
