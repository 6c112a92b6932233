/**
 * @file Grids of coordinates: `mgrid` and `ogrid`.
 */

import { parseSlice, type Slice } from "../array/slice.ts";
import { Complex } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { mul } from "./arithmetic.ts";
import { type AxisOrNew, dimshuffle } from "./dimshuffle.ts";
import { onesLike } from "./fill.ts";
import { arange } from "./ranges.ts";

/** One axis of a grid: `"0:5"`, `"0:10:2"`, or a slice with numbers or scalars for ends. */
export type GridAxis = string | Slice<unknown>;

/** Makes grids: Python's `mgrid[0:5, 0:3]` is `mgrid("0:5", "0:3")`, or with `get`. */
export interface Grid {
  (...axes: readonly GridAxis[]): TensorVariable | TensorVariable[];
  /** The same, as indexing is written elsewhere. */
  readonly get: (...axes: readonly GridAxis[]) => TensorVariable | TensorVariable[];
}

/** The numbers along one axis, by the rules of {@linkcode arange}. */
function numbers(axis: GridAxis): TensorVariable {
  const { start, stop, step } = typeof axis === "string" ? parseSlice(axis) : axis;
  if (step instanceof Complex) {
    raise("NotImplementedError", "Not implemented for slices whose step is complex");
  }
  if (stop === null) {
    fail("ValueError", `make a grid of "${axis}"`, "the slice has no end", [
      'Write both ends: "0:5"',
    ]);
  }
  return arange((start ?? 0) as TensorLike, stop as TensorLike, (step ?? 1) as TensorLike);
}

/** The numbers of each axis, turned so that they broadcast together. */
function openGrid(axes: readonly GridAxis[]): TensorVariable[] {
  return axes.map((axis, i) => {
    const order = axes.map((_, k): AxisOrNew => k === i ? 0 : "x");
    return dimshuffle(numbers(axis), order);
  });
}

function fullGrid(axes: readonly GridAxis[]): TensorVariable[] {
  const open = openGrid(axes);
  const ones = open.map((x) => onesLike(x));
  return open.map((x, i) => mul(...ones.map((one, k) => k === i ? x : one)));
}

function grid(make: (axes: readonly GridAxis[]) => TensorVariable[]): Grid {
  const apply = (...axes: readonly GridAxis[]): TensorVariable | TensorVariable[] =>
    axes.length === 1 ? numbers(axes[0]!) : make(axes);
  return Object.assign(apply, { get: apply });
}

/**
 * The coordinates of every point of a grid, one tensor an axis.
 *
 * Shapes: each `(n1, n2, …)`; of one axis the vector alone.
 * Dtypes: as {@linkcode arange}.
 * Theano: `theano.tensor.mgrid`.
 */
export const mgrid: Grid = grid(fullGrid);

/**
 * The coordinates along each axis of a grid, with axes of length one so that they broadcast.
 *
 * Shapes: `(n1, 1, …), (1, n2, …), …`; of one axis the vector alone.
 * Dtypes: as {@linkcode arange}.
 * Theano: `theano.tensor.ogrid`.
 */
export const ogrid: Grid = grid(openGrid);
