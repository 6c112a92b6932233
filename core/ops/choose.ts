/**
 * @file Elements chosen from several tensors by a tensor of numbers.
 */

import type { NDArray } from "../array/ndarray.ts";
import { broadcastShapes, sizeOf } from "../array/shape.ts";
import { type Element, isDiscrete } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { arrayOf, elementsOf, numbersOf } from "./elements.ts";
import { ifEqual } from "./item_choice.ts";
import type { Shape } from "./kind.ts";
import type { LibraryOp } from "./library.ts";
import { placesOver } from "./places.ts";
import { StructuralOp } from "./structural.ts";
import type { IndexMode } from "./take.ts";

/** For each place, the element there of one of several tensors. Theano: `Choose`. */
export class Choose extends StructuralOp implements LibraryOp {
  readonly kind = "library";

  /**
   * Makes the op; its inputs are the numbers and the tensors, stacked along the first axis.
   *
   * @param mode What becomes of numbers that are out of bounds.
   */
  constructor(readonly mode: IndexMode = "raise") {
    super();
    if (!["raise", "wrap", "clip"].includes(mode)) {
      raise("ValueError", "mode must be one of 'raise', 'wrap', 'clip'");
    }
  }

  get name(): string {
    return `Choose{mode='${this.mode}'}`;
  }

  makeNode(a: TensorVariable, choices: TensorVariable): Apply {
    if (!isDiscrete(a.dtype)) {
      raise("TypeError", `choose first argument must have an [u]int* dtype. Got ${a.dtype}.`);
    }
    if (choices.ndim < 1) raise("ValueError", "choices must have one axis or more");
    const rank = Math.max(a.ndim, choices.ndim - 1);
    const patterns = [a.broadcastable, choices.broadcastable.slice(1)];
    const pattern = Array.from(
      { length: rank },
      (_, axis) => patterns.every((own) => own[axis - rank + own.length] ?? true),
    );
    const output = new TensorType(choices.dtype, pattern).makeVariable();
    return new Apply(this, [a, choices], [output]);
  }

  inferShape(node: Apply, [a, choices]: readonly Shape[]): readonly Shape[] {
    const { broadcastable } = node.outputs[0] as TensorVariable;
    const rank = broadcastable.length;
    return [broadcastable.map((one, axis) => {
      if (one) return 1;
      const size = a![axis - rank + a!.length] ?? 1;
      const other = choices!.slice(1)[axis - rank + choices!.length - 1] ?? 1;
      return ifEqual(size, 1, other, size);
    })];
  }

  perform(_: Apply, [a, choices]: readonly NDArray[]): NDArray[] {
    const [count, ...own] = choices!.shape;
    const shape = broadcastShapes(a!.shape, own);
    const numbers = numbersOf(a!).map((number) => this.#inside(number, count!));
    const elements = elementsOf(choices!);
    const chosen = placesOver(a!.shape, shape).map((place) => numbers[place]!);
    const size = sizeOf(own);
    const result = placesOver(own, shape).map((place, k): Element =>
      elements[chosen[k]! * size + place]!
    );
    return [arrayOf(result, shape, choices!.dtype)];
  }

  #inside(number: number, count: number): number {
    if (this.mode === "wrap") return ((number % count) + count) % count;
    if (this.mode === "clip") return Math.min(Math.max(number, 0), count - 1);
    if (number < 0 || number >= count) raise("ValueError", "invalid entry in choice array");
    return number;
  }
}

/** Options of {@linkcode choose}. */
export interface ChooseOptions {
  /** NumPy's output array; must be absent. */
  readonly out?: null;
  /** What becomes of numbers that are out of bounds. */
  readonly mode?: IndexMode;
}

/**
 * For each place, the element there of the tensor whose number stands there.
 *
 * Shapes: `(…), (n, …) → (…)`; the axes after the first broadcast with those of `a`.
 * Dtypes: that of the choices; `a` holds integers.
 * Gradient: none.
 * Theano: `theano.tensor.choose`.
 *
 * @param a The numbers.
 * @param choices The tensors, stacked or in a list.
 * @param given What becomes of numbers that are out of bounds.
 * @returns The chosen elements.
 * @throws {TypeError} If the numbers are not integers.
 * @throws {AssertionError} If `out` is given.
 */
export function choose(
  a: TensorLike,
  choices: TensorLike,
  ...given: Given<ChooseOptions, [out?: null, mode?: IndexMode]>
): TensorVariable {
  const { out = null, mode } = optional<ChooseOptions>("choose", ["out", "mode"], given);
  if (out !== null) raise("AssertionError", "choose: out must be None");
  const inputs = [asTensorVariable(a), asTensorVariable(choices)];
  return call(new Choose(mode), ...inputs) as TensorVariable;
}
