/** @file Loops of tests, and what they start from. */

import { scan } from "../../core/ops/scan.ts";
import type { AnyOutput, ScanOptions, TurnFunction } from "../../core/ops/scan_options.ts";
import { shared } from "../../core/tensor/shared.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";

type Turn = TurnFunction<AnyOutput>;

function named(names: string, ndim: number): TensorVariable[] {
  const pattern = new Array<boolean>(ndim).fill(false);
  return names.split(" ").map((name) => tensor("float64", pattern, { name }));
}

/** Vectors; `h` has as many elements as rows of matrices have. */
export const [x, y, h] = named("x y h", 1) as [TensorVariable, TensorVariable, TensorVariable];
/** Matrices. */
export const [m, w] = named("m w", 2) as [TensorVariable, TensorVariable];
/** Scalars. */
export const [c, d] = named("c d", 0) as [TensorVariable, TensorVariable];
/** A number of turns. */
export const n = tensor("int64", [], { name: "n" });

/** The sizes of the roots; rows of matrices have three elements, as `h` has. */
export const shapes: Readonly<Record<string, readonly number[]>> = {
  x: [5],
  y: [4],
  h: [3],
  m: [4, 3],
  w: [3, 3],
  total: [],
  c: [],
  d: [],
};

/** The results of a loop. */
export function loop(turn: Turn, options: ScanOptions): TensorVariable[] {
  return scan(turn, { ...options, returnList: true })[0] as TensorVariable[];
}

/** What loops add to. */
export const total = shared(0.5, { name: "total" });

/** What becomes of `total`. */
export function sums(turn: Turn, options: ScanOptions): TensorVariable[] {
  return [scan(turn, options)[1].get(total) as TensorVariable];
}
