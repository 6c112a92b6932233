/**
 * @file Reordering, dropping and inserting axes.
 */

import type { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { Shape, TensorOp } from "./kind.ts";

/** One output axis: the number of an input axis, or `"x"` for a new one of length one. */
export type AxisOrNew = number | "x";

/** Reorders, drops and inserts axes. Theano: `DimShuffle`. */
export class DimShuffle implements TensorOp {
  readonly kind = "dimshuffle";
  readonly viewMap: ReadonlyMap<number, number> = new Map([[0, 0]]);

  /**
   * Makes the op.
   *
   * @param order What each output axis is.
   */
  constructor(readonly order: readonly AxisOrNew[]) {}

  get name(): string {
    return `InplaceDimShuffle{${this.order.join(",")}}`;
  }

  get key(): string {
    return `dimshuffle{${this.order.join(",")}}`;
  }

  makeNode(x: TensorVariable): Apply {
    checkOrder(this.order, x.broadcastable);
    const pattern = this.order.map((axis) => axis === "x" || x.broadcastable[axis]!);
    return new Apply(this, [x], [new TensorType(x.dtype, pattern).makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    return [this.order.map((axis) => axis === "x" ? 1 : shape![axis]!)];
  }

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    const kept = this.order.filter((axis) => axis !== "x");
    const dropped = [...x!.shape.keys()].filter((axis) => !kept.includes(axis));
    const turned = x!.transpose([...kept, ...dropped]);
    const shape = this.order.map((axis) => axis === "x" ? 1 : x!.shape[axis]!);
    return [turned.reshape(shape)];
  }
}

function checkOrder(order: readonly AxisOrNew[], broadcastable: readonly boolean[]): void {
  const axes = order.filter((axis) => axis !== "x");
  axes.forEach((axis, i) => {
    if (!Number.isInteger(axis) || axis < 0 || axis >= broadcastable.length) {
      raise(
        "ValueError",
        `new_order[${order.indexOf(axis)}] is ${axis}, but the input only has ` +
          `${broadcastable.length} axes.`,
      );
    }
    if (axes.indexOf(axis) !== i) {
      raise(
        "ValueError",
        "The same input dimension may not appear twice in the list of output dimensions",
      );
    }
  });
  const dropped = broadcastable.findIndex((one, axis) => !one && !axes.includes(axis));
  if (dropped >= 0) {
    raise(
      "ValueError",
      "You cannot drop a non-broadcastable dimension. " +
        `(dimension ${dropped} of ${broadcastable.length} is not in (${order.join(", ")}))`,
    );
  }
}

/**
 * Axes reordered, dropped (only such of length one) and inserted.
 *
 * Shapes: output axis `i` is input axis `pattern[i]`, or new and of length one for `"x"`.
 * Dtypes: unchanged.
 * Theano: `x.dimshuffle`.
 *
 * @param x The tensor.
 * @param pattern Axes and `"x"`, as arguments or in one array.
 * @returns A view.
 * @throws {ValueError} If an axis does not exist, is named twice, or is dropped and not of length one.
 */
export function dimshuffle(x: TensorVariable, ...pattern: readonly unknown[]): TensorVariable {
  const order =
    (pattern.length === 1 && Array.isArray(pattern[0]) ? pattern[0] : pattern) as AxisOrNew[];
  return call(
    new DimShuffle(order.map((axis) => axis === "x" ? "x" : Number(axis))),
    x,
  ) as TensorVariable;
}

/** The tensor with leading axes of length one, up to a number of axes. */
export function padLeft(x: TensorVariable, ndim: number): TensorVariable {
  if (x.ndim === ndim) return x;
  return dimshuffle(x, ...new Array<"x">(ndim - x.ndim).fill("x"), ...x.broadcastable.keys());
}
