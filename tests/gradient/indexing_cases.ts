/** @file Cases for checks of gradients: reading and writing parts. */

import { array } from "../../core/array/build.ts";
import { mul } from "../../core/ops/arithmetic.ts";
import { get, incSubtensor, setSubtensor } from "../../core/ops/indexing.ts";
import { take } from "../../core/ops/take.ts";
import type { Case } from "./helpers.ts";

const matrix = [[0.5, -1.25, 2], [3, 0.75, -0.5], [1.5, 0.3, -0.2]];
const cube = [matrix, [[-0.25, 1.5, 0.4], [0.9, -2, 1.1], [0.6, 0.7, 0.8]]];
const mask = array([[true, false, true], [false, false, true], [true, true, false]]);

/** The cases. */
export const indexingCases: readonly Case[] = [
  { name: "an element", of: (x) => get(x, 1, 2), at: [matrix] },
  { name: "a row", of: (x) => get(x, -1), at: [matrix] },
  { name: "a slice", of: (x) => get(x, "1:", "::-2"), at: [matrix] },
  { name: "a slice with a new axis", of: (x) => get(x, null, ":", "0:2"), at: [matrix] },
  { name: "rows by a vector, repeated", of: (x) => mul(get(x, [0, 2, 0]), 2), at: [matrix] },
  { name: "columns by a vector", of: (x) => get(x, ":", [2, 1, 1, 0]), at: [matrix] },
  { name: "elements by two vectors", of: (x) => get(x, [0, 1, 1], [2, 0, 0]), at: [matrix] },
  { name: "index arrays beside slices", of: (x) => get(x, [0, 1], "1:", [2, 2]), at: [cube] },
  { name: "a mask", of: (x) => get(x, mask), at: [matrix] },
  { name: "take by a matrix", of: (x) => take(x, [[0, 1], [1, 2]], 1), at: [matrix] },
  {
    name: "setSubtensor of a row",
    of: (x, y) => mul(setSubtensor(get(x, 1), y), setSubtensor(get(x, 1), y)),
    at: [matrix, [1, 2, 3]],
  },
  {
    name: "setSubtensor by a scalar",
    of: (x, y) => setSubtensor(get(x, "1:", "::2"), y),
    at: [matrix, 2.5],
  },
  {
    name: "incSubtensor by a row",
    of: (x, y) => mul(incSubtensor(get(x, "1:"), y), x),
    at: [matrix, [[1, 2, 3]]],
    patterns: [[false, false], [true, false]],
  },
  {
    name: "incSubtensor of repeated rows",
    of: (x, y) => incSubtensor(get(x, [0, 2, 0]), y),
    at: [matrix, matrix],
  },
  {
    name: "setSubtensor of rows",
    of: (x, y) => setSubtensor(get(x, [0, 2]), y),
    at: [matrix, [1.5, 2, -1]],
  },
  {
    name: "setSubtensor of elements",
    of: (x, y) => setSubtensor(get(x, [0, 1], [2, 0]), y),
    at: [matrix, [4, 5]],
  },
  {
    name: "incSubtensor under a mask",
    of: (x, y) => incSubtensor(get(x, mask), y),
    at: [matrix, 1.5],
  },
];
