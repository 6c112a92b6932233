/**
 * @file Running sums and products.
 */

import { normalizeAxis } from "../array/shape.ts";
import type { NDArray } from "../array/ndarray.ts";
import {
  type Complex,
  type DType,
  type Element,
  isComplex,
  isInteger,
  toElement,
} from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { add, mul } from "./arithmetic.ts";
import { arrayOf, elementsOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import { sizeOfShape } from "./shape_item.ts";
import { StructuralOp } from "./structural.ts";

/** What a running reduction combines with. */
export type CumulativeMode = "add" | "mul";

/** Running sums or products along an axis. Theano: `CumOp`. */
export class CumOp extends StructuralOp {
  readonly kind = "cumulative";

  /**
   * Makes the op.
   *
   * @param axis The axis; null for all elements in C order.
   * @param mode What to combine with.
   */
  constructor(readonly axis: number | null = null, readonly mode: CumulativeMode = "add") {
    super();
  }

  get name(): string {
    return `CumOp{${this.axis ?? "None"}, ${this.mode}}`;
  }

  makeNode(x: TensorVariable): Apply {
    const { axis } = this;
    if (axis === null) {
      return new Apply(this, [x], [new TensorType(x.dtype, [false]).makeVariable()]);
    }
    if (axis >= x.ndim || axis < -x.ndim) raise("ValueError", `axis(=${axis}) out of bounds`);
    return new Apply(this, [x], [x.type.makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    return [this.axis === null ? [sizeOfShape(shape!)] : shape!];
  }

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    const { dtype } = x!;
    const shape = this.axis === null ? [x!.size] : x!.shape;
    const axis = normalizeAxis(this.axis ?? 0, shape.length);
    const step = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
    const items = elementsOf(x!);
    items.forEach((item, k) => {
      const isFirst = Math.floor(k / step) % shape[axis]! === 0;
      if (!isFirst) items[k] = toElement(this.#combined(items[k - step]!, item, dtype), dtype);
    });
    return [arrayOf(items, shape, dtype)];
  }

  #combined(x: Element, y: Element, dtype: DType): Element {
    const { ref, big, complex } = (this.mode === "add" ? add : mul).record;
    if (isComplex(dtype)) return complex!(x as Complex, y as Complex);
    // A product of two 32-bit integers is more than a double holds.
    if (isInteger(dtype)) return BigInt(big!(BigInt(x as bigint), BigInt(y as bigint)));
    return ref(Number(x), Number(y));
  }
}

type AxisOption = { readonly axis?: number | null };

/**
 * Running sums.
 *
 * Shapes: unchanged; a vector of all elements if no axis is given.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.extra_ops.cumsum`.
 *
 * @param x The tensor.
 * @param given The axis.
 * @throws {ValueError} If there is no such axis.
 */
export function cumsum(
  x: TensorLike,
  ...given: Given<AxisOption, [axis?: number | null]>
): TensorVariable {
  const { axis = null } = optional<AxisOption>("cumsum", ["axis"], given);
  return call(new CumOp(axis, "add"), asTensorVariable(x)) as TensorVariable;
}

/**
 * Running products.
 *
 * Shapes: unchanged; a vector of all elements if no axis is given.
 * Dtypes: unchanged.
 * Gradient: yes; it divides by `x`.
 * Theano: `theano.tensor.extra_ops.cumprod`.
 *
 * @param x The tensor.
 * @param given The axis.
 * @throws {ValueError} If there is no such axis.
 */
export function cumprod(
  x: TensorLike,
  ...given: Given<AxisOption, [axis?: number | null]>
): TensorVariable {
  const { axis = null } = optional<AxisOption>("cumprod", ["axis"], given);
  return call(new CumOp(axis, "mul"), asTensorVariable(x)) as TensorVariable;
}
