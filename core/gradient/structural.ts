/**
 * @file Derivatives of ops that move, repeat and declare elements, and of ops that are about
 *   shapes.
 */

import { isDiscrete } from "../dtype/dtype.ts";
import { call, type Op } from "../graph/op.ts";
import { gradUndefined } from "../graph/special_types.ts";
import type { Apply } from "../graph/variable.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { type AxisOrNew, type DimShuffle, dimshuffle as shuffled } from "../ops/dimshuffle.ts";
import { fill } from "../ops/fill.ts";
import { arange as counted } from "../ops/ranges.ts";
import { sum } from "../ops/reduce.ts";
import { reshape as reshaped } from "../ops/reshape.ts";
import { shape as shapeOf, shapeI as sizeOf, specifyShape as specified } from "../ops/shape.ts";
import { patternbroadcast } from "../ops/view.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { type Derivative, firstConnected, noneConnected } from "./derivative.ts";
import { zerosFor } from "./values.ts";

/** The inputs of a node, as tensors. */
export function tensorInputs(node: Apply): readonly TensorVariable[] {
  return node.inputs as TensorVariable[];
}

/** The op of a node applied to other inputs. */
export function again(op: Op, ...inputs: readonly TensorVariable[]): TensorVariable {
  return call(op, ...inputs) as TensorVariable;
}

/** Tangents with zeros in place of those that are not there. */
export function filledTangents(
  node: Apply,
  points: readonly (TensorVariable | undefined)[],
): TensorVariable[] {
  return points.map((point, i) => point ?? zerosFor(tensorInputs(node)[i]!));
}

/** The first input goes through unchanged; the others do not matter. */
export const passing: Derivative = {
  lop: (node, [g]) => node.inputs.map((_, i) => i === 0 ? g : undefined),
  rop: (_, [point]) => [point],
  connectionPattern: firstConnected(1),
};

/** Axes put back where they came from. */
export const dimshuffle: Derivative = {
  lop: (node, [g]) => {
    const { order } = node.op as DimShuffle;
    const back = tensorInputs(node)[0]!.broadcastable.map((_, axis): AxisOrNew => {
      const position = order.indexOf(axis);
      return position < 0 ? "x" : position;
    });
    return [shuffled(g!, ...back)];
  },
  rop: (node, [point]) => [again(node.op, point!)],
};

/** The gradient in the shape of the input. */
export const reshape: Derivative = {
  lop: (node, [g]) => {
    const x = tensorInputs(node)[0]!;
    return [reshaped(g!, shapeOf(x), { ndim: x.ndim }), undefined];
  },
  rop: (node, [point]) => [point && again(node.op, point, tensorInputs(node)[1]!)],
  connectionPattern: firstConnected(1),
};

/** Shapes do not depend on elements. */
export const shape: Derivative = {
  lop: (node) => node.inputs.map(() => undefined),
  rop: (node) => node.outputs.map(() => null),
  connectionPattern: noneConnected,
};

/** The gradient has the shape that was promised, too. */
export const specifyShape: Derivative = {
  lop: (node, [g]) => [specified(g!, tensorInputs(node)[1]!), undefined],
  rop: (node, [point]) => [point && again(node.op, point, tensorInputs(node)[1]!)],
  connectionPattern: firstConnected(1),
};

/** Declared patterns are declared back. */
export const rebroadcast: Derivative = {
  lop: (node, [g]) => [patternbroadcast(g!, tensorInputs(node)[0]!.broadcastable)],
  rop: (node, [point]) => [again(node.op, point!)],
};

/** The gradient summed over the axes on which the value was repeated. */
export const alloc: Derivative = {
  lop: (node, [g], wanted) => [
    wanted[0] ? sumToPattern(g!, tensorInputs(node)[0]!) : undefined,
    ...node.inputs.slice(1).map(() => undefined),
  ],
  rop: (node, [point]) => [point && again(node.op, point, ...tensorInputs(node).slice(1))],
  connectionPattern: firstConnected(1),
};

/**
 * A gradient summed over the leading axes that a value lacks and those on which it has length one.
 *
 * @param g The gradient, of the shape that the value was broadcast to.
 * @param x The value.
 */
export function sumToPattern(g: TensorVariable, x: TensorVariable): TensorVariable {
  const extra = g.ndim - x.ndim;
  const long = x.broadcastable.map((one, axis) => one && !g.broadcastable[axis + extra]);
  const axis = [...g.broadcastable.keys()].filter((k) => k < extra || long[k - extra]!);
  if (axis.length === 0) return g;
  const total = sum(g, { axis, keepdims: true });
  return extra === 0 ? total : shuffled(total, ...Array.from(x.broadcastable, (_, k) => k + extra));
}

/** Memory that nothing was written to. */
export const allocEmpty: Derivative = {
  lop: (node) => node.inputs.map(() => undefined),
  rop: () => [undefined],
  connectionPattern: noneConnected,
};

/** Start moves all elements, the step each as often as it was taken; the stop only the length. */
export const arange: Derivative = {
  lop: (node, [g], wanted) => {
    const out = node.outputs[0] as TensorVariable;
    const taken = counted(sizeOf(out, 0), { dtype: out.dtype });
    return [
      wanted[0] ? sum(g!) : undefined,
      undefined,
      wanted[2] ? sum(mul(g!, taken)) : undefined,
    ];
  },
  rop: (node, [start, , step]) => {
    const out = node.outputs[0] as TensorVariable;
    if (isDiscrete(out.dtype)) return [undefined];
    const moved = step && mul(counted(sizeOf(out, 0), { dtype: out.dtype }), step);
    if (!start) return [moved];
    return [moved ? add(start, moved) : fill(out, start)];
  },
  connectionPattern: () => [[true], [false], [true]],
};

/** Sizes and offsets of a matrix of ones and zeros. */
export const eye: Derivative = {
  lop: (node) => node.inputs.map((x, i) => gradUndefined(node.op, i, x)),
  rop: () => [undefined],
};
