/** @file Cases for checks of gradients: reductions and running totals. */

import { maxAndArgmax } from "../../core/ops/argmax.ts";
import { mul } from "../../core/ops/arithmetic.ts";
import { cumprod, cumsum } from "../../core/ops/cumulative.ts";
import { max, min, prod, sum } from "../../core/ops/reduce.ts";
import type { Case } from "./helpers.ts";

const matrix = [[0.5, -1.25, 2], [3, 0.75, -0.5]];
const cube = [matrix, [[-0.25, 1.5, 0.4], [0.9, -2, 1.1]]];

/** The cases. */
export const reductionsCases: readonly Case[] = [
  { name: "sum of everything", of: (x) => sum(mul(x, x)), at: [matrix] },
  { name: "sum over the first axis", of: (x) => sum(x, 0), at: [matrix] },
  { name: "sum over two axes, kept", of: (x) => sum(x, [0, 2], { keepdims: true }), at: [cube] },
  { name: "sum of a scalar", of: (x) => sum(mul(x, x)), at: [1.5] },
  { name: "prod", of: (x) => prod(x, 1), at: [matrix], rop: false },
  {
    name: "prod with one zero and with two zeros",
    of: (x) => prod(x, 1),
    at: [[[0, 2, 3], [0, 0, 3], [1, 2, 0]]],
    rop: false,
  },
  { name: "prod of everything, with a zero", of: (x) => prod(x), at: [[1, 0, 3]], rop: false },
  { name: "prod of one element", of: (x) => prod(x, 0), at: [[0]], rop: false },
  {
    name: "prod without zeros",
    of: (x) => prod(x, { axis: 0, noZerosInInput: true }),
    at: [matrix],
    rop: false,
  },
  { name: "max", of: (x) => max(x), at: [matrix] },
  { name: "max over axes", of: (x) => max(x, [0, 2]), at: [cube] },
  { name: "min, kept", of: (x) => min(x, 1, true), at: [matrix] },
  { name: "max of maxAndArgmax", of: (x) => maxAndArgmax(x, 1)[0], at: [matrix] },
  { name: "cumsum", of: (x) => mul(cumsum(x, 1), cumsum(x, 1)), at: [matrix] },
  { name: "cumsum of everything", of: (x) => cumsum(x), at: [matrix] },
  { name: "cumprod", of: (x) => cumprod(x, 0), at: [matrix], rop: false },
  { name: "cumprod of everything", of: (x) => cumprod(x), at: [matrix], rop: false },
  { name: "cumsum along the last axis", of: (x) => cumsum(x, -1), at: [cube] },
];
