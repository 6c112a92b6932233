/**
 * @file How far a value may be off because everything it was computed from was rounded.
 *
 * A stable form of an expression is more exact than what it replaces: `log1p(-sigmoid(x))` loses all
 * digits where the sigmoid comes near 1. Such a difference is no fault of the rewrite. It is told from
 * one by moving the inputs of each node as far as they may be off themselves, and looking how far the
 * result goes.
 *
 * Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, section 3.3 (running error
 * analysis), with differences in place of derivatives.
 */

import { NDArray } from "../array/ndarray.ts";
import { type DType, isFloat, makeStorage } from "../dtype/dtype.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import { performCode } from "./node_by_node.ts";

/** Relative distance of neighbouring numbers. */
const spacing: Readonly<Partial<Record<DType, number>>> = {
  float16: 2 ** -10,
  float32: 2 ** -23,
  float64: 2 ** -52,
};

/** Finds how far the values of one call may be off. */
export class Rounding {
  readonly #known = new Map<Variable, Float64Array | undefined>();
  readonly #valueOf: (variable: Variable) => NDArray | undefined;

  /**
   * Prepares to look.
   *
   * @param valueOf The value of a variable in the call.
   */
  constructor(valueOf: (variable: Variable) => NDArray | undefined) {
    this.#valueOf = valueOf;
  }

  /**
   * For each element of a variable in C order, how far it may be off; nothing where that is not
   * known. Roots are exact.
   *
   * @param variable The variable.
   */
  slack(variable: Variable): Float64Array | undefined {
    if (this.#known.has(variable)) return this.#known.get(variable);
    const value = this.#valueOf(variable);
    const { owner } = variable;
    const found = value === undefined || owner === null || !isFloat(value.dtype)
      ? undefined
      : this.#computed(owner, variable.index, value);
    this.#known.set(variable, found);
    return found;
  }

  #computed(node: Apply, index: number, value: NDArray): Float64Array | undefined {
    const inputs = node.inputs.map((input) => this.#valueOf(input));
    if (inputs.includes(undefined)) return undefined;
    const given = inputs as NDArray[];
    const unit = spacing[value.dtype]!;
    const centre = value.data as Float64Array;
    const total = Float64Array.from(centre, (x) => Math.abs(x) * unit);
    node.inputs.forEach((input, i) => {
      const off = this.slack(input);
      if (off === undefined) return;
      const far = new Float64Array(total.length);
      for (const sign of [1, -1]) {
        const moved = given.map((x, k) => k === i ? movedBy(x, off, sign) : x);
        const { data } = performCode(node).run(moved)[index]!;
        raiseTo(far, data as Float64Array, centre);
      }
      far.forEach((distance, k) => total[k]! += distance);
    });
    return total;
  }
}

/** Raises each known distance to that of two results, if it is larger. */
function raiseTo(far: Float64Array, result: Float64Array, centre: Float64Array): void {
  far.forEach((known, k) => {
    const distance = Math.abs(result[k]! - centre[k]!);
    // A result that is no number any more says nothing of how far it may be off.
    far[k] = Math.max(known, Number.isNaN(distance) ? Infinity : distance);
  });
}

function movedBy(value: NDArray, off: Float64Array, sign: number): NDArray {
  const data = makeStorage(value.dtype, value.size);
  (value.data as Float64Array).forEach((x, k) => data[k] = x + sign * off[k]!);
  return NDArray.of(data, value.shape, value.dtype);
}
