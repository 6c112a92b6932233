/**
 * @file One axis at a time: the reference for ops that work along an axis, and gathering along one.
 */

import type { NDArray } from "../array/ndarray.ts";
import { normalizeAxis } from "../array/shape.ts";
import type { DType, Element } from "../dtype/dtype.ts";
import { call } from "../graph/op.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { AdvancedEntry } from "./advanced_index.ts";
import {
  AdvancedIncSubtensor,
  AdvancedSubtensor,
  AdvancedSubtensor1,
} from "./advanced_subtensor.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { arrayOf, elementsOf } from "./elements.ts";
import { arange } from "./ranges.ts";
import { axisSize } from "./shape.ts";
import { itemVariable } from "./shape_item.ts";

/**
 * An array with each lane along an axis replaced.
 *
 * Shapes: the length of the axis becomes that of the new lanes; all lanes give the same length.
 *
 * @param x The array.
 * @param axis The axis; negative ones count from the end.
 * @param dtype The dtype of the results.
 * @param change Gets the elements along the axis.
 * @param length The new length of the axis; by default unchanged.
 */
export function alongAxis(
  x: NDArray,
  axis: number,
  dtype: DType,
  change: (lane: readonly Element[]) => readonly Element[],
  length?: number,
): NDArray {
  const position = normalizeAxis(axis, x.ndim);
  const others = [...x.shape.keys()].filter((i) => i !== position);
  const turned = x.transpose([...others, position]);
  const elements = elementsOf(turned);
  const size = x.shape[position]!;
  const outer = others.map((i) => x.shape[i]!);
  const lanes = outer.reduce((a, b) => a * b, 1);
  const result = Array.from(
    { length: lanes },
    (_, k) => change(elements.slice(k * size, (k + 1) * size)),
  ).flat();
  const back = [...others.keys()];
  back.splice(position, 0, others.length);
  return arrayOf(result, [...outer, length ?? size], dtype).transpose(back).copy();
}

/** The index arrays that stand for every place of `indices`, the axis replaced by its values. */
function gridOver(indices: TensorVariable, axis: number): TensorVariable[] {
  const rank = indices.ndim;
  return indices.broadcastable.map((_, i) => {
    if (i === axis) return indices;
    const order = Array.from({ length: rank }, (_, k): number | "x" => k === i ? 0 : "x");
    return dimshuffle(arange(itemVariable(axisSize(indices, i))), ...order);
  });
}

function gridList(grid: readonly TensorVariable[]): AdvancedEntry[] {
  return grid.map(({ dtype, ndim }) => ({ dtype, ndim }));
}

/**
 * Elements chosen along an axis, lane by lane: `out[i, j] = x[indices[i, j], j]` for axis 0.
 *
 * Shapes: the indices'; all other axes are as long as those of `x`.
 * Dtypes: that of `x`; the indices are integers.
 *
 * @param x The tensor.
 * @param indices Positions along the axis, with as many axes as `x`.
 * @param axis The axis; negative ones count from the end.
 */
export function takeAlongAxis(
  x: TensorVariable,
  indices: TensorVariable,
  axis: number,
): TensorVariable {
  if (x.ndim === 1) return call(new AdvancedSubtensor1(), x, indices) as TensorVariable;
  const grid = gridOver(indices, normalizeAxis(axis, x.ndim));
  return call(new AdvancedSubtensor(gridList(grid)), x, ...grid) as TensorVariable;
}

/**
 * The opposite of {@linkcode takeAlongAxis}: values put where the indices say.
 *
 * Shapes: that of `x`; values and indices have one shape.
 * Dtypes: that of `x`.
 *
 * @param x The tensor.
 * @param indices Positions along the axis, each at most once a lane.
 * @param values What is put there.
 * @param axis The axis; negative ones count from the end.
 */
export function putAlongAxis(
  x: TensorVariable,
  indices: TensorVariable,
  values: TensorVariable,
  axis: number,
): TensorVariable {
  const grid = gridOver(indices, normalizeAxis(axis, x.ndim));
  const op = new AdvancedIncSubtensor(gridList(grid), { setInsteadOfInc: true });
  return call(op, x, values, ...grid) as TensorVariable;
}
