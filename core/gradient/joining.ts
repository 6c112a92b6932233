/**
 * @file Derivatives of ops that put tensors together and take them apart.
 */

import { gradUndefined } from "../graph/special_types.ts";
import { get } from "../ops/indexing.ts";
import { join as joined } from "../ops/join.ts";
import { makeVector as vectorOf } from "../ops/make_vector.ts";
import { shape } from "../ops/shape.ts";
import { split as parted } from "../ops/split.ts";
import { patternbroadcast } from "../ops/view.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { Derivative } from "./derivative.ts";
import { again, filledTangents, tensorInputs } from "./structural.ts";
import { zerosFor } from "./values.ts";

/** Each scalar gets its element of the gradient. */
export const makeVector: Derivative = {
  lop: (node, [g], wanted) => node.inputs.map((_, i) => wanted[i] ? get(g!, i) : undefined),
  rop: (node, points) => [again(node.op, ...filledTangents(node, points))],
};

/** Each tensor gets its part of the gradient. The axis has none. */
export const join: Derivative = {
  lop: (node, [g]) => {
    const [axis, ...tensors] = tensorInputs(node);
    const sizes = vectorOf(tensors.map((x) => get(shape(x), axis!)));
    const parts = parted(g!, sizes, tensors.length, { axis: axis! });
    return [
      gradUndefined(node.op, 0, axis!),
      ...parts.map((part, i) => patternbroadcast(part, tensors[i]!.broadcastable)),
    ];
  },
  rop: (node, points) => {
    const [, ...tangents] = filledTangents(node, points);
    return [again(node.op, tensorInputs(node)[0]!, ...tangents)];
  },
};

/** The gradients of the parts, put together. The axis and the sizes have none. */
export const split: Derivative = {
  lop: (node, grads) => {
    const [x, axis, sizes] = tensorInputs(node);
    const whole = node.outputs.map((output, k) => grads[k] ?? zerosFor(output as TensorVariable));
    return [
      patternbroadcast(joined(axis!, ...whole), x!.broadcastable),
      gradUndefined(node.op, 1, axis!),
      gradUndefined(node.op, 2, sizes!),
    ];
  },
  rop: (node, [point]) => {
    const [, axis, sizes] = tensorInputs(node);
    return point ? node.op.makeNode(point, axis!, sizes!).outputs as TensorVariable[] : [];
  },
};
