/**
 * @file Whether an index picks one element of each row: `x[arange(y.shape[0]), y]`.
 */

import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { isInteger } from "../core/dtype/dtype.ts";
import type { AdvancedIncSubtensor, AdvancedSubtensor } from "../core/ops/advanced_subtensor.ts";
import { Slice } from "../core/array/slice.ts";
import { ARange } from "../core/ops/ranges.ts";
import { axisSize } from "../core/ops/shape.ts";
import { sizeItem } from "../core/ops/shape_item.ts";
import { TensorConstant, type TensorVariable } from "../core/tensor/tensor_variable.ts";
import { scalarValue } from "./match.ts";
import { sameSize, shapesOf } from "./shape_feature.ts";

/**
 * Whether the rows of an index count as many as there are labels, in order.
 *
 * @param graph The graph.
 * @param op The op that reads or writes at the index.
 * @param rows The row of each element.
 * @param labels The column of each element.
 */
export function isOneToEachRow(
  graph: FunctionGraph,
  { idxList }: AdvancedSubtensor | AdvancedIncSubtensor,
  rows: TensorVariable,
  labels: TensorVariable,
): boolean {
  const isPlain = idxList.length === 2 &&
    idxList.every((entry) => entry !== null && !(entry instanceof Slice));
  if (!isPlain || rows.ndim !== 1 || labels.ndim !== 1) return false;
  if (!isInteger(rows.dtype) || !isInteger(labels.dtype)) return false;
  if (rows instanceof TensorConstant) return isCounting(rows) && isAsLong(rows, labels);
  const { owner } = rows;
  if (!(owner?.op instanceof ARange)) return false;
  const [start, stop, step] = owner.inputs as TensorVariable[];
  if (scalarValue(start!) !== 0 || scalarValue(step!) !== 1) return false;
  const length = shapesOf(graph)?.getShape(labels, 0) ?? axisSize(labels, 0);
  return sameSize(sizeItem(stop), length);
}

function isCounting({ data }: TensorConstant): boolean {
  return [...data.data].every((row, i) => Number(row) === i);
}

function isAsLong(rows: TensorConstant, labels: TensorVariable): boolean {
  const [count] = rows.data.shape;
  return labels instanceof TensorConstant
    ? labels.data.shape[0] === count
    : count === 1 && labels.broadcastable[0]!;
}
