/** @file Cases for checks of gradients: sorting and diagonals. */

import { diag } from "../../core/ops/diagonal.ts";
import { mul } from "../../core/ops/arithmetic.ts";
import { sort } from "../../core/ops/sort.ts";
import type { Case } from "./helpers.ts";

const matrix = [[0.5, -1.25, 2], [3, 0.75, -0.5]];

/** The cases. */
export const libraryCases: readonly Case[] = [
  { name: "sort", of: (x) => mul(sort(x, 0), sort(x, 0)), at: [matrix], rop: false },
  { name: "sort of everything", of: (x) => sort(x, null), at: [matrix], rop: false },
  { name: "diag of a matrix", of: (x) => mul(diag(x), diag(x)), at: [matrix], rop: false },
  { name: "diag of a vector", of: (x) => mul(diag(x), diag(x)), at: [[1, 2, 3]], rop: false },
];
