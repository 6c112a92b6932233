/**
 * @file Ops of a turn done for all turns at once: on arrays with a row for each turn.
 */

import { Slice } from "../core/array/slice.ts";
import { type Apply, isConstant, type Variable } from "../core/graph/variable.ts";
import { DimShuffle } from "../core/ops/dimshuffle.ts";
import { Dot, dotMatrices } from "../core/ops/dot.ts";
import { Elementwise } from "../core/ops/elementwise.ts";
import { reshapeItems } from "../core/ops/reshape.ts";
import { axisSize, ShapeI } from "../core/ops/shape.ts";
import { mulItems } from "../core/ops/shape_item.ts";
import { Subtensor } from "../core/ops/subtensor.ts";
import { indexConstant } from "../core/ops/subtensor_index.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { sameOp, shuffled } from "./forms.ts";
import { itemsOf, partOf, startsWhole } from "./index_items.ts";

/** The first rows, as many as there are turns; all, where they are known to be as many. */
export function firstRows(rows: TensorVariable, steps: TensorVariable): TensorVariable {
  if (hasLength(rows, steps)) return rows;
  return partOf(rows, [new Slice<TensorVariable>(null, steps)]);
}

/** Whether an array is known to have as many rows as there are turns. */
function hasLength(rows: TensorVariable, steps: TensorVariable): boolean {
  const { owner } = rows;
  if (steps.owner?.op instanceof ShapeI) {
    return steps.owner.op.axis === 0 && steps.owner.inputs[0] === rows;
  }
  if (!(owner?.op instanceof Subtensor)) return false;
  const [first] = itemsOf(owner);
  return first instanceof Slice && startsWhole(first) && first.stop === steps;
}

/** Some of the last rows, or all if there are not so many. */
export function lastRows(rows: TensorVariable, count: number): TensorVariable {
  return partOf(rows, [new Slice<TensorVariable>(indexConstant(-count))]);
}

/** Rows with their axes in another order, new ones among them. */
export function shuffledRows(
  rows: TensorVariable,
  order: DimShuffle["order"],
): TensorVariable {
  return shuffled(rows, [0, ...order.map((axis) => axis === "x" ? axis : axis + 1)]);
}

/**
 * A node of a turn on rows.
 *
 * @param node The node; it has one output.
 * @param rows What of its inputs has a row for each turn.
 * @param same What the others are at every turn.
 * @returns The output, a row for each turn; undefined where there is no form for it.
 */
export function overRows(
  node: Apply,
  rows: ReadonlyMap<Variable, TensorVariable>,
  same: (x: Variable) => TensorVariable | undefined,
): TensorVariable | undefined {
  const { op, inputs } = node;
  const values = inputs.map((x) => rows.get(x) ?? same(x));
  if (values.some((x) => x === undefined)) return undefined;
  const known = values as TensorVariable[];
  const hasRows = inputs.map((x) => rows.has(x));
  if (op instanceof DimShuffle) return shuffledRows(known[0]!, op.order);
  if (op instanceof Elementwise) {
    return sameOp(node, ...known.map((x, i) => hasRows[i] ? x : repeated(x)));
  }
  if (!(op instanceof Dot)) return undefined;
  const [left, right] = known as [TensorVariable, TensorVariable];
  if (hasRows[0] && !hasRows[1]) return rowsTimes(left, right);
  const isTurned = hasRows[1] && !hasRows[0] && right.ndim === 2;
  return isTurned ? rowsTimes(right, left.ndim === 1 ? left : shuffled(left, [1, 0])) : undefined;
}

/** A value that is the same for every row, to go with rows. */
function repeated(x: TensorVariable): TensorVariable {
  return isConstant(x) && x.ndim === 0 ? x : shuffled(x, ["x", ...x.broadcastable.keys()]);
}

/** Each row, a vector or matrix, times one vector or matrix: one product. */
function rowsTimes(rows: TensorVariable, factor: TensorVariable): TensorVariable {
  if (rows.ndim === 2) return dotMatrices(rows, factor);
  const [turns, m, k] = rows.broadcastable.map((_, axis) => axisSize(rows, axis));
  const product = dotMatrices(reshapeItems(rows, [mulItems(turns!, m!), k!]), factor);
  const rest = factor.ndim === 1 ? [] : [axisSize(factor, 1)];
  return reshapeItems(product, [turns!, m!, ...rest]);
}
