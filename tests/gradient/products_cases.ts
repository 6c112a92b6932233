/** @file Cases for checks of gradients: matrix products. */

import { BatchedDot } from "../../core/ops/batched_dot.ts";
import { dotMatrices, outer } from "../../core/ops/dot.ts";
import { tensordot } from "../../core/ops/tensordot.ts";
import { call } from "../../core/graph/op.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import type { Case } from "./helpers.ts";

const vector = [0.5, -1.25];
const square = [[0.5, -1.25], [3, 0.75]];
const wide = [[1, 2, 3], [4, -5, 6]];
const batch = [square, [[-0.25, 1.5], [0.9, -2]], [[1, 1], [0.5, 0.25]]];
const vectors = [[0.5, 2], [1.5, -1], [0.25, 3]];

function batched(x: TensorVariable, y: TensorVariable): TensorVariable {
  return call(new BatchedDot(), x, y) as TensorVariable;
}

/** The cases. */
export const productsCases: readonly Case[] = [
  { name: "dot of vectors", of: dotMatrices, at: [vector, [2, 3]] },
  { name: "dot of vector and matrix", of: dotMatrices, at: [vector, wide] },
  { name: "dot of matrix and vector", of: dotMatrices, at: [square, vector] },
  { name: "dot of matrices", of: dotMatrices, at: [square, wide] },
  {
    name: "dot of a row",
    of: dotMatrices,
    at: [[[1, 2]], wide],
    patterns: [[true, false], [false, false]],
  },
  { name: "dot of a matrix with itself", of: (x) => dotMatrices(x, x), at: [square] },
  { name: "outer", of: (x, y) => outer(x, y), at: [vector, [1, 2, 3]] },
  { name: "tensordot", of: (x, y) => tensordot(x, y, [[1, 2], [0, 1]]), at: [batch, square] },
  { name: "batchedDot of matrices", of: batched, at: [batch, batch] },
  { name: "batchedDot of vectors and matrices", of: batched, at: [vectors, batch] },
  { name: "batchedDot of matrices and vectors", of: batched, at: [batch, vectors] },
  { name: "batchedDot of vectors", of: batched, at: [vectors, vectors] },
];
