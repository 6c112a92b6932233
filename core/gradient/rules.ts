/**
 * @file The derivative of every kind of op: one complete record.
 *
 * What all kinds have in common is said here, once: the gradient by an integer is zero, and so is
 * the gradient that comes through integers only.
 */

import { isDiscrete } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import type { Op } from "../graph/op.ts";
import { NullType } from "../graph/special_types.ts";
import type { Apply } from "../graph/variable.ts";
import { isTensorOp, type OpKind } from "../ops/kind.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import {
  allConnected,
  type ConnectionPattern,
  type Derivative,
  type Gradient,
  type GradientsInside,
  type OutputGradient,
  type Tangent,
  type TangentsInside,
} from "./derivative.ts";
import { elementwise } from "./elementwise.ts";
import { ifElse } from "./if_else.ts";
import { incSubtensor, nonzero, subtensor } from "./indexing.ts";
import { join, makeVector, split } from "./joining.ts";
import { crossentropy, softmax } from "./nnet.ts";
import { custom, library, refuseGrad, refuseRop } from "./own.ts";
import { batchedDot, dot } from "./products.ts";
import { argmax, cumulative, reduce } from "./reductions.ts";
import { scan } from "./scan.ts";
import {
  alloc,
  allocEmpty,
  arange,
  dimshuffle,
  eye,
  passing,
  rebroadcast,
  reshape,
  shape,
  specifyShape,
} from "./structural.ts";
import { transfer } from "./transfers.ts";
import { zerosFor } from "./values.ts";
import { view } from "./views.ts";

/** Ops that only the optimiser makes: it runs after differentiation. */
const late: Derivative = { lop: (node) => refuseGrad(node.op) };

// deno-fmt-ignore
const derivatives: Readonly<Record<OpKind, Derivative>> = {
  elementwise, reduce, argmax, cumulative,
  dimshuffle, reshape, shape, shapeI: shape, specifyShape, rebroadcast,
  alloc, allocEmpty, arange, eye, makeVector, join, split,
  subtensor, incSubtensor,
  advancedSubtensor: subtensor, advancedIncSubtensor: incSubtensor, nonzero,
  dot, batchedDot, gemm: late, gemv: late, ger: late,
  softmax, crossentropy,
  view, deepCopy: passing, assert: passing, transfer,
  random: library, sort: library, library, scan, scanSteps: passing, ifElse, custom,
};

function derivativeOf(op: Op): Derivative {
  return isTensorOp(op) ? derivatives[op.kind] : custom;
}

/** Whether an op is a user's, with rules of its own. */
export function isUsersOp(op: Op): boolean {
  return derivativeOf(op) === custom;
}

/** Which inputs of a node reach which outputs. */
export function connectionPattern(node: Apply): ConnectionPattern {
  return derivativeOf(node.op).connectionPattern?.(node, connectionPattern) ?? allConnected(node);
}

/**
 * The gradients of a node's inputs.
 *
 * @param node The node.
 * @param grads The gradient of each output.
 * @param wanted For each input, whether its gradient will be used.
 * @param gradients Differentiates a graph inside an op.
 * @returns One gradient an input; undefined where none flows, or where it was not wanted.
 */
export function lop(
  node: Apply,
  grads: readonly OutputGradient[],
  wanted: readonly boolean[],
  gradients: GradientsInside,
): readonly Gradient[] {
  const derivative = derivativeOf(node.op);
  const termsOf = (): readonly Gradient[] =>
    derivative.lop(node, grads, wanted, gradients, connectionPattern);
  if (derivative === custom) return termsOf();
  const reached = node.outputs.filter((_, k) => grads[k] !== undefined);
  const hasStep = reached.every(isIntegral);
  const isOwn = derivative === library;
  const terms = hasStep && !isOwn && derivative !== nonzero
    ? node.inputs.map(() => undefined)
    : termsOf();
  return node.inputs.map((x, i) => {
    const term = terms[i];
    if (!wanted[i] || !(x instanceof TensorVariable)) return wanted[i] ? term : undefined;
    if (term?.type instanceof NullType || (isOwn && !term)) return term;
    return hasStep || isIntegral(x) ? zerosFor(x) : term;
  });
}

function isIntegral(x: unknown): boolean {
  return x instanceof TensorVariable && isDiscrete(x.dtype);
}

/**
 * The tangents of a node's outputs.
 *
 * @param node The node.
 * @param points The tangent of each input, undefined where it is zero.
 * @param inside Differentiates a graph inside an op.
 * @returns One tangent an output.
 * @throws {NotImplementedError} If the op has no R-op.
 */
export function rop(
  node: Apply,
  points: readonly (TensorVariable | undefined)[],
  inside: TangentsInside,
): readonly Tangent[] {
  const derivative = derivativeOf(node.op);
  if (!derivative.rop) refuseRop(node.op);
  const tangents = derivative.rop(node, points, inside, connectionPattern);
  if (tangents.length !== node.outputs.length) {
    raise("ValueError", `${node.op.name} returned the wrong number of R_op terms.`);
  }
  return tangents;
}
