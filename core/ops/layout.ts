/**
 * @file Axes moved, added and removed.
 */

import { normalizeAxis } from "../array/shape.ts";
import { raise } from "../errors.ts";
import { type Given, isOptions, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { type AxisOrNew, dimshuffle } from "./dimshuffle.ts";

/**
 * The tensor with its axes in another order.
 *
 * Shapes: axis `i` of the result is axis `axes[i]`; reversed if left out.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.transpose`, `x.transpose`, `x.T`.
 *
 * @param x The tensor.
 * @param given The axes: one array, null, `{ axes }`, or one by one.
 * @returns A view; if `x` has a name, named `<name>.T`.
 * @throws {ValueError} If they are not each axis once.
 */
export function transpose(x: TensorLike, ...given: readonly unknown[]): TensorVariable {
  const variable = asTensorVariable(x);
  const axes = transposeAxes(given) ?? [...variable.broadcastable.keys()].reverse();
  if (axes.length !== variable.ndim) {
    raise("ValueError", `axes don't match array: ${axes} for ${variable.ndim} axes`);
  }
  const result = dimshuffle(variable, axes.map((axis) => normalizeAxis(axis, variable.ndim)));
  if (variable.name !== undefined) result.name = `${variable.name}.T`;
  return result;
}

function transposeAxes(given: readonly unknown[]): readonly number[] | undefined {
  if (given.length > 0 && given.every((axis) => typeof axis === "number")) return given;
  const positions: readonly unknown[] = isOptions(given.at(-1)) ? given : given.slice(0, 2);
  const { axes } = optional<{ axes?: readonly number[] | null }>("transpose", ["axes"], positions);
  return axes ?? undefined;
}

/**
 * The tensor with two axes exchanged.
 *
 * Shapes: the sizes of the two axes exchanged.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.swapaxes`, `x.swapaxes`.
 *
 * @param x The tensor.
 * @param axis1 One axis.
 * @param axis2 The other.
 * @returns A view.
 */
export function swapaxes(x: TensorLike, axis1: number, axis2: number): TensorVariable {
  const variable = asTensorVariable(x);
  const order = [...variable.broadcastable.keys()];
  const a = normalizeAxis(axis1, variable.ndim);
  const b = normalizeAxis(axis2, variable.ndim);
  [order[a], order[b]] = [order[b]!, order[a]!];
  return dimshuffle(variable, order);
}

type PadOptions = { readonly nOnes?: number };

/**
 * The tensor with leading axes of length one.
 *
 * Shapes: `(…) → (1, …)`.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.shape_padleft`.
 *
 * @param t The tensor.
 * @param given How many axes, 1 if left out.
 * @returns A view.
 */
export function shapePadleft(
  t: TensorLike,
  ...given: Given<PadOptions, [nOnes?: number]>
): TensorVariable {
  const { nOnes = 1 } = optional<PadOptions>("shapePadleft", ["nOnes"], given);
  const x = asTensorVariable(t);
  return dimshuffle(x, [...new Array<AxisOrNew>(nOnes).fill("x"), ...x.broadcastable.keys()]);
}

/**
 * The tensor with trailing axes of length one.
 *
 * Shapes: `(…) → (…, 1)`.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.shape_padright`.
 *
 * @param t The tensor.
 * @param given How many axes, 1 if left out.
 * @returns A view.
 */
export function shapePadright(
  t: TensorLike,
  ...given: Given<PadOptions, [nOnes?: number]>
): TensorVariable {
  const { nOnes = 1 } = optional<PadOptions>("shapePadright", ["nOnes"], given);
  const x = asTensorVariable(t);
  return dimshuffle(x, [...x.broadcastable.keys(), ...new Array<AxisOrNew>(nOnes).fill("x")]);
}

/**
 * The tensor with one new axis of length one.
 *
 * Shapes: `(…) → (…, 1, …)`.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.shape_padaxis`.
 *
 * @param t The tensor.
 * @param axis Where the new axis stands in the result.
 * @returns A view.
 * @throws {IndexError} If it is not between `-ndim - 1` and `ndim`.
 */
export function shapePadaxis(t: TensorLike, axis: number): TensorVariable {
  const x = asTensorVariable(t);
  const ndim = x.ndim + 1;
  if (axis < -ndim || axis >= ndim) {
    raise("IndexError", `axis ${axis} is out of bounds [-${ndim}, ${ndim})`);
  }
  const order: AxisOrNew[] = [...x.broadcastable.keys()];
  order.splice(axis < 0 ? axis + ndim : axis, 0, "x");
  return dimshuffle(x, order);
}

/**
 * The tensor without the axes that are known, while building, to have length one.
 *
 * Shapes: axes that broadcast are dropped.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.extra_ops.squeeze`, `x.squeeze`.
 *
 * @param x The tensor.
 * @returns A view.
 */
export function squeeze(x: TensorLike): TensorVariable {
  const variable = asTensorVariable(x);
  return dimshuffle(
    variable,
    [...variable.broadcastable.keys()].filter((axis) => !variable.broadcastable[axis]),
  );
}

/**
 * A reduced tensor with the axes it lost put back, with length one.
 *
 * Shapes: `y` gets as many axes as `x`.
 * Dtypes: unchanged.
 * Theano: `theano.tensor.makeKeepDims`.
 *
 * @param x The tensor that was reduced.
 * @param y The result.
 * @param axis The axes that were reduced: null for all.
 * @returns A view.
 */
export function makeKeepDims(
  x: TensorLike,
  y: TensorLike,
  axis: number | readonly number[] | null,
): TensorVariable {
  const { ndim } = asTensorVariable(x);
  const gone = axis === null
    ? Array.from({ length: ndim }, (_, i) => i)
    : [axis].flat().map((i) => normalizeAxis(i, ndim));
  let next = 0;
  const order = Array.from({ length: ndim }, (_, i) => gone.includes(i) ? "x" : next++);
  return dimshuffle(asTensorVariable(y), order);
}
