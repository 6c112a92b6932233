/**
 * @file Affine maps from loop indices to elements: strides, views, and fewer, longer loops.
 */

import { type DType, isComplex } from "../dtype/dtype.ts";
import type { Operand } from "./kernel.ts";
import type { View } from "./program.ts";
import { isOne, isZero, type Size, type Sizes } from "./size.ts";

/** Strides of a contiguous array, in elements. */
export function contiguousStrides(sizes: Sizes, shape: readonly Size[]): Size[] {
  const strides = new Array<Size>(shape.length);
  let step = sizes.const(1);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step = sizes.mul(shape[axis]!, step);
  }
  return strides;
}

/** Whether a view is known, while compiling, to be contiguous. */
export function isContiguous(sizes: Sizes, view: View): boolean {
  const wanted = contiguousStrides(sizes, view.shape);
  return view.shape.every((n, axis) => isOne(n) || view.strides[axis] === wanted[axis]);
}

/** A view as an operand of loops over its own axes. */
export function operand(view: View, strides: readonly Size[] = view.strides): Operand {
  return { buffer: view.buffer, dtype: view.dtype, offset: view.offset, strides };
}

/** Whether two operands are the same elements, loop by loop. */
export function isSameWalk(x: Operand, y: Operand): boolean {
  return x.buffer === y.buffer && x.dtype === y.dtype && x.offset === y.offset &&
    x.strides.length === y.strides.length && x.strides.every((s, axis) => s === y.strides[axis]);
}

/** Loop axes and the operands that walk them. */
export interface Loops {
  readonly dims: readonly Size[];
  readonly operands: readonly Operand[];
}

/**
 * The same walk with axes of length one dropped and neighbours joined where every operand goes on
 * evenly, so that inner loops are long.
 *
 * @param sizes Where sizes are made.
 * @param loops The loops.
 * @param apart Axis numbers `a` such that axes `a − 1` and `a` must not be joined, nor dropped
 *   across.
 * @returns The loops, and for each group of axes between the numbers in `apart` how many are left.
 */
export function collapse(
  sizes: Sizes,
  { dims, operands }: Loops,
  apart: readonly number[] = [],
): Loops & { readonly groups: readonly number[] } {
  const bounds = [0, ...apart, dims.length];
  const kept: { dim: Size; strides: Size[] }[] = [];
  const groups: number[] = [];
  for (let group = 1; group < bounds.length; group++) {
    const first = kept.length;
    for (let axis = bounds[group - 1]!; axis < bounds[group]!; axis++) {
      if (isOne(dims[axis]!)) continue;
      const strides = operands.map((o) => o.strides[axis]!);
      const last = kept.length > first ? kept.at(-1) : undefined;
      if (last?.strides.every((s, i) => s === sizes.mul(dims[axis]!, strides[i]!))) {
        last.dim = sizes.mul(last.dim, dims[axis]!);
        last.strides = strides;
      } else kept.push({ dim: dims[axis]!, strides });
    }
    groups.push(kept.length - first);
  }
  return {
    dims: kept.map((k) => k.dim),
    operands: operands.map((o, i) => ({ ...o, strides: kept.map((k) => k.strides[i]!) })),
    groups,
  };
}

/**
 * The same walk with the loops before the last one dropped and joined where they can be. The last
 * one stays, whatever its length.
 */
export function collapseRows(sizes: Sizes, { dims, operands }: Loops): Loops {
  const rows = collapse(sizes, {
    dims: dims.slice(0, -1),
    operands: operands.map((o) => ({ ...o, strides: o.strides.slice(0, -1) })),
  });
  return {
    dims: [...rows.dims, dims.at(-1)!],
    operands: rows.operands.map((o, k) => ({
      ...o,
      strides: [...o.strides, operands[k]!.strides.at(-1)!],
    })),
  };
}

/**
 * A complex view as one of its real parts: a last axis of length two. Any other view is unchanged.
 */
export function parts(sizes: Sizes, view: View): View {
  if (!isComplex(view.dtype)) return view;
  const two = sizes.const(2);
  const dtype: DType = view.dtype === "complex64" ? "float32" : "float64";
  return {
    buffer: view.buffer,
    dtype,
    offset: sizes.mul(view.offset, two),
    shape: [...view.shape, two],
    strides: [...view.strides.map((s) => sizes.mul(s, two)), sizes.const(1)],
  };
}

/**
 * How an operand moves along an axis: not at all, by one element, or by a stride known at a call.
 */
export type Step = "zero" | "unit" | "any";

/** How an operand moves along an axis. */
export function stepOf(stride: Size): Step {
  return isZero(stride) ? "zero" : isOne(stride) ? "unit" : "any";
}
