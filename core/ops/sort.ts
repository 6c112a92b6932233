/**
 * @file Sorting along an axis.
 */

import type { NDArray } from "../array/ndarray.ts";
import { Complex, type Element } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import { TensorConstant, type TensorVariable } from "../tensor/tensor_variable.ts";
import { alongAxis, takeAlongAxis } from "./along_axis.ts";
import type { Shape } from "./kind.ts";
import { type LibraryOp, zeroGradient } from "./library.ts";
import { flatten } from "./reshape.ts";
import { StructuralOp } from "./structural.ts";

/** NumPy's names of sorting algorithms. All are stable here. */
export type SortKind = "quicksort" | "mergesort" | "heapsort" | "stable";

const kinds: readonly string[] = ["quicksort", "mergesort", "heapsort", "stable"];

/** Options of {@linkcode sort} and {@linkcode argsort}. */
export interface SortOptions {
  /** The axis to sort along, by default the last; null sorts the flattened tensor. */
  readonly axis?: number | null;
  /** An algorithm by NumPy's name; the result does not depend on it. */
  readonly kind?: SortKind;
  /** For structured dtypes in NumPy; there are none here, so it must be absent. */
  readonly order?: null;
}

/**
 * NumPy's order: numbers ascending, NaN last; complex numbers by real part, then by imaginary part.
 *
 * @returns Below 0 if `a` comes first, above 0 if `b` does, else 0.
 */
export function compareElements(a: Element, b: Element): number {
  if (a instanceof Complex && b instanceof Complex) {
    return Number(hasNaN(a)) - Number(hasNaN(b)) || compareElements(a.re, b.re) ||
      compareElements(a.im, b.im);
  }
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function hasNaN(z: Complex): boolean {
  return Number.isNaN(z.re) || Number.isNaN(z.im);
}

/** The positions of elements in ascending order; equal ones keep theirs. */
export function order(elements: readonly Element[]): number[] {
  return [...elements.keys()].sort((i, j) => compareElements(elements[i]!, elements[j]!) || i - j);
}

/** A tensor sorted along an axis. Theano: `SortOp`. */
export class SortOp extends StructuralOp implements LibraryOp {
  readonly kind = "sort";

  /**
   * Makes the op; its inputs are the tensor and the axis.
   *
   * @param algorithm NumPy's name of an algorithm.
   */
  constructor(readonly algorithm: SortKind = "quicksort") {
    super();
  }

  get name(): string {
    return `SortOp{${this.algorithm}, None}`;
  }

  makeNode(a: TensorVariable, axis: TensorVariable): Apply {
    checkAxis(a, axis);
    return new Apply(this, [a, axis], [a.type.makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    return [shape!];
  }

  perform(_: Apply, [a, axis]: readonly NDArray[]): NDArray[] {
    return [
      alongAxis(a!, Number(axis!.item()), a!.dtype, (lane) => order(lane).map((i) => lane[i]!)),
    ];
  }

  lop(node: Apply, [gradient]: readonly (TensorVariable | undefined)[]): (TensorVariable | null)[] {
    const [a, axis] = node.inputs as TensorVariable[];
    const ranks = new ArgSortOp(this.algorithm);
    const there = call(ranks, a!, axis!) as TensorVariable;
    const back = call(ranks, there, axis!) as TensorVariable;
    return [takeAlongAxis(gradient!, back, knownAxis(axis!, "sort")), null];
  }
}

/** The positions that would sort a tensor along an axis. Theano: `ArgSortOp`. */
export class ArgSortOp extends StructuralOp implements LibraryOp {
  readonly kind = "sort";

  /**
   * Makes the op; its inputs are the tensor and the axis.
   *
   * @param algorithm NumPy's name of an algorithm.
   */
  constructor(readonly algorithm: SortKind = "quicksort") {
    super();
  }

  get name(): string {
    return `ArgSortOp{${this.algorithm}, None}`;
  }

  makeNode(a: TensorVariable, axis: TensorVariable): Apply {
    checkAxis(a, axis);
    return new Apply(this, [a, axis], [new TensorType("int64", a.broadcastable).makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    return [shape!];
  }

  perform(_: Apply, [a, axis]: readonly NDArray[]): NDArray[] {
    return [alongAxis(a!, Number(axis!.item()), "int64", order)];
  }

  /** The positions do not change with the values. */
  lop(node: Apply): (TensorVariable | null)[] {
    return [zeroGradient(node.inputs[0] as TensorVariable), null];
  }
}

function checkAxis(a: TensorVariable, axis: TensorVariable): void {
  if (axis.ndim !== 0) raise("TypeError", `axis must be an integer scalar, not ${axis.type}`);
  if (axis instanceof TensorConstant) {
    const position = Number(axis.data.item());
    if (position < -a.ndim || position >= a.ndim) {
      raise("ValueError", `axis ${position} is out of bounds for array of dimension ${a.ndim}`);
    }
  }
}

function knownAxis(axis: TensorVariable, action: string): number {
  return axis instanceof TensorConstant
    ? Number(axis.data.item())
    : fail("NotImplementedError", `take the gradient of ${action}`, "the axis is symbolic", [
      "Give the axis as a number",
    ]);
}

function sorted(
  name: string,
  a: TensorLike,
  given: readonly unknown[],
  argsort: boolean,
): TensorVariable {
  const { axis = -1, kind = "quicksort", order = null } = optional<SortOptions>(
    name,
    ["axis", "kind", "order"],
    given,
  );
  if (!kinds.includes(kind)) {
    raise("ValueError", `sort kind must be one of ${kinds.map((k) => `'${k}'`).join(", ")}`);
  }
  if (order !== null) raise("ValueError", "Cannot specify order when the array has no fields.");
  const op = argsort ? new ArgSortOp(kind) : new SortOp(kind);
  const x = asTensorVariable(a);
  return call(op, axis === null ? flatten(x) : x, asTensorVariable(axis ?? 0)) as TensorVariable;
}

/**
 * A tensor sorted along an axis, ascending, NaN last.
 *
 * Shapes: unchanged; a vector if the axis is null.
 * Dtypes: unchanged.
 * Gradient: each element's to where it came from.
 * Theano: `theano.tensor.sort`.
 *
 * @param a The tensor.
 * @param given The axis, and an algorithm by NumPy's name.
 * @returns A sorted copy.
 * @throws {ValueError} If there is no such axis or algorithm.
 */
export function sort(
  a: TensorLike,
  ...given: Given<SortOptions, [axis?: number | null, kind?: SortKind, order?: null]>
): TensorVariable {
  return sorted("sort", a, given, false);
}

/**
 * The positions that would sort a tensor along an axis; equal elements keep their order.
 *
 * Shapes: unchanged; a vector if the axis is null.
 * Dtypes: any → int64.
 * Gradient: zero.
 * Theano: `theano.tensor.argsort`.
 *
 * @param a The tensor.
 * @param given The axis, and an algorithm by NumPy's name.
 * @returns Positions along the axis.
 * @throws {ValueError} If there is no such axis or algorithm.
 */
export function argsort(
  a: TensorLike,
  ...given: Given<SortOptions, [axis?: number | null, kind?: SortKind, order?: null]>
): TensorVariable {
  return sorted("argsort", a, given, true);
}
