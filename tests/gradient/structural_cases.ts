/** @file Cases for checks of gradients: ops that move, repeat and declare elements. */

import { alloc } from "../../core/ops/alloc.ts";
import { addbroadcast, assertOp } from "../../core/ops/view.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { fill, tensorCopy } from "../../core/ops/fill.ts";
import { concatenate, join, stack } from "../../core/ops/join.ts";
import { arange } from "../../core/ops/ranges.ts";
import { reshape } from "../../core/ops/reshape.ts";
import { shape, specifyShape } from "../../core/ops/shape.ts";
import { split } from "../../core/ops/split.ts";
import type { Case } from "./helpers.ts";

const matrix = [[0.5, -1.25, 2], [3, 0.75, -0.5]];
const row = [[1.5, -2, 0.25]];

/** The cases. */
export const structuralCases: readonly Case[] = [
  { name: "dimshuffle", of: (x) => dimshuffle(x, 1, "x", 0), at: [matrix] },
  {
    name: "dimshuffle that drops an axis",
    of: (x) => mul(dimshuffle(x, 1), dimshuffle(x, 1)),
    at: [row],
    patterns: [[true, false]],
  },
  { name: "reshape", of: (x) => mul(reshape(x, [3, 2]), reshape(x, [3, 2])), at: [matrix] },
  { name: "reshape to a vector", of: (x) => reshape(x, [-1]), at: [matrix] },
  { name: "specifyShape", of: (x) => mul(specifyShape(x, [2, 3]), x), at: [matrix] },
  { name: "addbroadcast", of: (x, y) => mul(addbroadcast(x, 0), y), at: [row, matrix] },
  {
    name: "alloc of a scalar",
    of: (x) => alloc(x, 2, 3),
    at: [1.5],
  },
  {
    name: "alloc of a row",
    of: (x) => alloc(x, 4, 2, 3),
    at: [row],
    patterns: [[true, false]],
  },
  { name: "fill", of: (x, y) => fill(x, y), at: [matrix, 2.5] },
  { name: "tensorCopy", of: (x) => tensorCopy(x), at: [matrix] },
  { name: "join on the last axis", of: (x, y) => join(1, x, y), at: [matrix, [[1, 2], [3, 4]]] },
  { name: "join with itself", of: (x) => concatenate([x, mul(x, x)], 0), at: [matrix] },
  {
    name: "join of rows",
    of: (x, y) => join(0, x, y),
    at: [row, matrix],
    patterns: [[true, false], [false, false]],
  },
  { name: "stack of matrices", of: (x, y) => stack([x, y], 1), at: [matrix, matrix] },
  { name: "stack of scalars", of: (x, y) => stack([x, mul(x, y), y]), at: [2, 3] },
  {
    name: "one part of a split",
    of: (x) => {
      const parts = split(x, [1, 2], 2, { axis: 1 });
      return mul(parts[1]!, parts[1]!);
    },
    at: [matrix],
  },
  {
    name: "both parts of a split",
    of: (x) => {
      const [a, b] = split(x, [1, 1], 2);
      return mul(a!, b!);
    },
    at: [matrix],
  },
  {
    name: "arange by start and step",
    of: (start, step) => mul(arange(start, 7.6, step), arange(start, 7.6, step)),
    at: [0.5, 1.25],
  },
  {
    name: "assert",
    of: (x) => assertOp.call(mul(x, x), true) as ReturnType<typeof mul>,
    at: [matrix],
  },
  { name: "shape", of: (x) => mul(x, add(shape(x), 0.5)), at: [[[1.5, 2.5]]] },
];
