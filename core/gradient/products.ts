/**
 * @file Derivatives of matrix products.
 */

import type { Apply } from "../graph/variable.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { BatchedDot } from "../ops/batched_dot.ts";
import { type AxisOrNew, dimshuffle } from "../ops/dimshuffle.ts";
import { Dot, dotMatrices, outer } from "../ops/dot.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { Derivative, Gradient, OutputGradient, Tangent } from "./derivative.ts";
import { refuseGrad, refuseRop } from "./own.ts";
import { again, tensorInputs } from "./structural.ts";

type Points = readonly (TensorVariable | undefined)[];

/** Derivatives of products of two vectors or matrices. */
export const dot: Derivative = {
  lop: (node, [g], wanted) => {
    if (!(node.op instanceof Dot)) refuseGrad(node.op);
    const [x, y] = tensorInputs(node);
    return [
      wanted[0] ? byLeft(g!, x!, y!) : undefined,
      wanted[1] ? byRight(g!, x!, y!) : undefined,
    ];
  },
  rop: (node, points) => node.op instanceof Dot ? bilinearRop(node, points) : refuseRop(node.op),
};

function byLeft(g: TensorVariable, x: TensorVariable, y: TensorVariable): TensorVariable {
  if (g.ndim === 0) return mul(g, y);
  return x.ndim === 2 && y.ndim === 1 ? outer(g, y) : dotMatrices(g, turned(y));
}

function byRight(g: TensorVariable, x: TensorVariable, y: TensorVariable): TensorVariable {
  if (g.ndim === 0) return mul(g, x);
  return x.ndim === 1 && y.ndim === 2 ? outer(x, g) : dotMatrices(turned(x), g);
}

/** A matrix, or each of a batch of them, transposed. */
function turned(x: TensorVariable): TensorVariable {
  return x.ndim === 3 ? dimshuffle(x, 0, 2, 1) : dimshuffle(x, 1, 0);
}

/** Derivatives of products along the first axes. */
export const batchedDot: Derivative = { lop: batchedLop, rop: bilinearRop };

function batchedLop(
  node: Apply,
  [g]: readonly OutputGradient[],
  wanted: readonly boolean[],
): readonly Gradient[] {
  const [x, y] = tensorInputs(node);
  return [
    wanted[0] ? batchedByLeft(g!, x!, y!) : undefined,
    wanted[1] ? batchedByRight(g!, x!, y!) : undefined,
  ];
}

function batchedByLeft(g: TensorVariable, x: TensorVariable, y: TensorVariable): TensorVariable {
  if (g.ndim === 1) return mul(dimshuffle(g, 0, "x"), y);
  if (x.ndim === 3 && y.ndim === 2) return outers(g, y);
  return again(new BatchedDot(), g, turned(y));
}

function batchedByRight(g: TensorVariable, x: TensorVariable, y: TensorVariable): TensorVariable {
  if (g.ndim === 1) return mul(dimshuffle(g, 0, "x"), x);
  if (x.ndim === 2 && y.ndim === 3) return outers(x, g);
  return again(new BatchedDot(), turned(x), g);
}

/** The outer product of each pair of vectors. */
function outers(x: TensorVariable, y: TensorVariable): TensorVariable {
  const column: readonly AxisOrNew[] = [0, 1, "x"];
  const row: readonly AxisOrNew[] = [0, "x", 1];
  return mul(dimshuffle(x, ...column), dimshuffle(y, ...row));
}

/** The tangent of what is linear in each of two factors. */
function bilinearRop(node: Apply, [left, right]: Points): readonly Tangent[] {
  const [x, y] = tensorInputs(node);
  const byX = left && again(node.op, left, y!);
  const byY = right && again(node.op, x!, right);
  return [byX && byY ? add(byX, byY) : byX ?? byY];
}
