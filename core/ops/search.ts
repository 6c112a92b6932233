/**
 * @file Where values would be inserted into a sorted vector.
 */

import type { NDArray } from "../array/ndarray.ts";
import { type Element, isInteger } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { arrayOf, elementsOf, numbersOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import { type LibraryOp, zeroGradient } from "./library.ts";
import { compareElements } from "./sort.ts";
import { StructuralOp } from "./structural.ts";

/** On which side of equal elements a value is inserted. */
export type Side = "left" | "right";

/** Positions in a sorted vector. Theano: `SearchsortedOp`. */
export class SearchsortedOp extends StructuralOp implements LibraryOp {
  readonly kind = "library";

  /**
   * Makes the op; its inputs are the vector, the values, and the order that sorts the vector if it is
   * not sorted.
   *
   * @param side On which side of equal elements a value is inserted.
   */
  constructor(readonly side: Side = "left") {
    super();
    if (side !== "left" && side !== "right") {
      raise("ValueError", `'${side}' is an invalid value for keyword 'side'`);
    }
  }

  get name(): string {
    return `SearchsortedOp{side='${this.side}'}`;
  }

  makeNode(x: TensorVariable, v: TensorVariable, ...[sorter]: TensorVariable[]): Apply {
    if (x.ndim !== 1) raise("TypeError", `x must be a vector, not ${x.type}`);
    if (sorter && (sorter.ndim !== 1 || !isInteger(sorter.dtype))) {
      raise("TypeError", `sorter must be an integer vector, not ${sorter.type}`);
    }
    const output = new TensorType("int64", v.broadcastable).makeVariable();
    return new Apply(this, sorter ? [x, v, sorter] : [x, v], [output]);
  }

  inferShape(_: Apply, [, values]: readonly Shape[]): readonly Shape[] {
    return [values!];
  }

  perform(_: Apply, [x, v, sorter]: readonly NDArray[]): NDArray[] {
    const elements = elementsOf(x!);
    const ordered = sorter ? numbersOf(sorter).map((i) => elements[i]!) : elements;
    const places = elementsOf(v!).map((value) => this.#place(ordered, value));
    return [arrayOf(places, v!.shape, "int64")];
  }

  /** The first place whose element does not come before the value; found by halving. */
  #place(ordered: readonly Element[], value: Element): number {
    let [low, high] = [0, ordered.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const sign = compareElements(ordered[middle]!, value);
      if (sign < 0 || (sign === 0 && this.side === "right")) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The positions do not change with the values. */
  lop(node: Apply): (TensorVariable | null)[] {
    const [x, v, ...sorter] = node.inputs as TensorVariable[];
    return [zeroGradient(x!), zeroGradient(v!), ...sorter.map(() => null)];
  }
}

/** Options of {@linkcode searchsorted}. */
export interface SearchOptions {
  /** On which side of equal elements a value is inserted, by default `"left"`. */
  readonly side?: Side;
  /** The positions that sort the vector, if it is not sorted. */
  readonly sorter?: TensorLike | null;
}

/**
 * Where values would have to be inserted into a sorted vector to keep it sorted.
 *
 * Shapes: `(n), (…) → (…)`.
 * Dtypes: any → int64.
 * Gradient: zero.
 * Theano: `theano.tensor.extra_ops.searchsorted`.
 *
 * @param x The vector, ascending, unless a sorter is given.
 * @param v The values.
 * @param given The side of equal elements, and the order that sorts `x`.
 * @returns Positions from 0 to `n`.
 * @throws {ValueError} If the side is neither `"left"` nor `"right"`.
 * @throws {TypeError} If the sorter is not a vector of integers.
 */
export function searchsorted(
  x: TensorLike,
  v: TensorLike,
  ...given: Given<SearchOptions, [side?: Side, sorter?: TensorLike | null]>
): TensorVariable {
  const { side, sorter = null } = optional<SearchOptions>(
    "searchsorted",
    ["side", "sorter"],
    given,
  );
  const inputs = [x, v, ...(sorter === null ? [] : [sorter])];
  return call(
    new SearchsortedOp(side),
    ...inputs.map((y) => asTensorVariable(y)),
  ) as TensorVariable;
}
