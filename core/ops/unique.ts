/**
 * @file The distinct elements of a tensor.
 */

import type { NDArray } from "../array/ndarray.ts";
import { normalizeAxis, sizeOf } from "../array/shape.ts";
import type { Element } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { arrayOf, elementsOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import type { LibraryOp } from "./library.ts";
import { mulItems } from "./shape_item.ts";
import { compareElements } from "./sort.ts";
import { StructuralOp } from "./structural.ts";

/** What {@linkcode Unique} returns besides the elements. */
export interface UniqueOptions {
  /** Where each first occurs. */
  readonly returnIndex?: boolean;
  /** Which of them each element of the input is. */
  readonly returnInverse?: boolean;
  /** How often each occurs. */
  readonly returnCounts?: boolean;
  /** The axis whose slices are compared; null, the default, compares the elements of all. */
  readonly axis?: number | null;
}

/** The distinct slices of an array, in ascending order, by their position. */
interface Groups {
  /** For each distinct slice, where it first occurs. */
  readonly first: readonly number[];
  /** For each slice, which of the distinct ones it is. */
  readonly inverse: readonly number[];
  /** For each distinct slice, how often it occurs. */
  readonly counts: readonly number[];
}

/**
 * The distinct elements of a tensor, or its distinct slices along an axis, in ascending order.
 * Theano: `Unique`.
 *
 * Shapes: `(…) → (n)`, and vectors; with an axis: that axis shortened.
 * Dtypes: unchanged; indices and counts are int64.
 * Gradient: none.
 */
export class Unique extends StructuralOp implements LibraryOp {
  readonly kind = "library";
  /** Whether the first places are an output. */
  readonly returnIndex: boolean;
  /** Whether the numbers of the elements are an output. */
  readonly returnInverse: boolean;
  /** Whether the counts are an output. */
  readonly returnCounts: boolean;
  /** The axis. Null for the flattened tensor. */
  readonly axis: number | null;

  /**
   * Makes the op.
   *
   * @param given What to return besides the elements, and the axis.
   */
  constructor(
    ...given: Given<
      UniqueOptions,
      [
        returnIndex?: boolean,
        returnInverse?: boolean,
        returnCounts?: boolean,
        axis?: number | null,
      ]
    >
  ) {
    super();
    const options = optional<UniqueOptions>(
      "Unique",
      ["returnIndex", "returnInverse", "returnCounts", "axis"],
      given,
    );
    this.returnIndex = options.returnIndex ?? false;
    this.returnInverse = options.returnInverse ?? false;
    this.returnCounts = options.returnCounts ?? false;
    this.axis = options.axis ?? null;
  }

  get name(): string {
    const [index, inverse, counts] = this.#flags.map((on) => on ? "True" : "False");
    return `Unique{return_index=${index}, return_inverse=${inverse}, return_counts=${counts}, ` +
      `axis=${this.axis ?? "None"}}`;
  }

  get #flags(): boolean[] {
    return [this.returnIndex, this.returnInverse, this.returnCounts];
  }

  makeNode(x: TensorVariable): Apply {
    const axis = this.axis === null ? null : normalizeAxis(this.axis, x.ndim);
    const pattern = axis === null ? [false] : x.broadcastable.map((one, i) => one && i !== axis);
    const outputs = [
      new TensorType(x.dtype, pattern),
      ...this.#flags.filter(Boolean).map(() => new TensorType("int64", [false])),
    ];
    return new Apply(this, [x], outputs.map((type) => type.makeVariable()));
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly (Shape | null)[] {
    const slices = this.axis === null
      ? mulItems(...shape!)
      : shape![normalizeAxis(this.axis, shape!.length)]!;
    const others = [null, [slices], null].filter((_, i) => this.#flags[i]);
    return [null, ...others];
  }

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    const { slices, axis } = this.#slices(x!);
    const { first, inverse, counts } = groupsOf(slices);
    const kept = first.flatMap((i) => slices[i]!);
    const values = axis === null
      ? arrayOf(kept, [first.length], x!.dtype)
      : backInPlace(arrayOf(kept, [first.length, ...without(x!.shape, axis)], x!.dtype), axis);
    const others = [first, inverse, counts].filter((_, i) => this.#flags[i]);
    return [values, ...others.map((list) => arrayOf(list, [list.length], "int64"))];
  }

  /** The elements, or for an axis the slices along it, each as a list of its elements. */
  #slices(x: NDArray): { slices: Element[][]; axis: number | null } {
    if (this.axis === null) return { slices: elementsOf(x).map((e) => [e]), axis: null };
    if (x.size === 0) raise("ValueError", "unique along an axis of an array without elements");
    const axis = normalizeAxis(this.axis, x.ndim);
    const elements = elementsOf(x.transpose([axis, ...without([...x.shape.keys()], axis)]));
    const length = sizeOf(without(x.shape, axis));
    const slices = Array.from(
      { length: x.shape[axis]! },
      (_, i) => elements.slice(i * length, (i + 1) * length),
    );
    return { slices, axis };
  }
}

function without<T>(items: readonly T[], axis: number): T[] {
  return items.filter((_, i) => i !== axis);
}

/** Moves the first axis to where it belongs. */
function backInPlace(x: NDArray, axis: number): NDArray {
  const order = [...x.shape.keys()].slice(1);
  order.splice(axis, 0, 0);
  return x.transpose(order).copy();
}

function groupsOf(slices: readonly (readonly Element[])[]): Groups {
  const sorted = [...slices.keys()].sort((i, j) => compareLists(slices[i]!, slices[j]!) || i - j);
  const first: number[] = [];
  const counts: number[] = [];
  const inverse = new Array<number>(slices.length);
  sorted.forEach((i, k) => {
    const isNew = k === 0 || compareLists(slices[sorted[k - 1]!]!, slices[i]!) !== 0;
    if (isNew) {
      first.push(i);
      counts.push(0);
    }
    inverse[i] = first.length - 1;
    counts[first.length - 1]!++;
  });
  return { first, inverse, counts };
}

function compareLists(a: readonly Element[], b: readonly Element[]): number {
  for (const [k, element] of a.entries()) {
    const sign = compareElements(element, b[k]!);
    if (sign !== 0) return sign;
  }
  return 0;
}
