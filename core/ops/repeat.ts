/**
 * @file Tensors rolled, tiled and repeated.
 */

import { normalizeAxis } from "../array/shape.ts";
import { isDiscrete } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { allocItems } from "./alloc.ts";
import { cast, mod, neg } from "./arithmetic.ts";
import { tryVectorItems } from "./constant_value.ts";
import { cumsum } from "./cumulative.ts";
import { type AxisOrNew, dimshuffle } from "./dimshuffle.ts";
import { get, incSubtensor } from "./indexing.ts";
import { join } from "./join.ts";
import type { ShapeItem } from "./kind.ts";
import { eq, ge, le } from "./logic.ts";
import { all } from "./reduce.ts";
import { flatten, reshapeItems } from "./reshape.ts";
import { axisSize, shapeI, shapeItems } from "./shape.ts";
import { addItems, itemVariable, mulItems, sizeItem } from "./shape_item.ts";
import { slice } from "./subtensor_index.ts";
import { take } from "./take.ts";
import { Assert } from "./view.ts";

type AxisOption = { readonly axis?: number | null };

/**
 * The tensor with its elements moved along an axis, those that leave one end entering the other.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.roll`.
 *
 * @param x The tensor.
 * @param shift How far.
 * @param given The axis; null, the default, moves through all elements in C order.
 */
export function roll(
  x: TensorLike,
  shift: TensorLike,
  ...given: Given<AxisOption, [axis?: number | null]>
): TensorVariable {
  const { axis = null } = optional<AxisOption>("roll", ["axis"], given);
  const variable = asTensorVariable(x);
  if (axis === null && variable.ndim !== 1) {
    return reshapeItems(roll(flatten(variable), shift, 0), shapeItems(variable));
  }
  const along = normalizeAxis(axis ?? 0, variable.ndim);
  const size = itemVariable(axisSize(variable, along));
  const cut = neg(mod(asTensorVariable(shift), size));
  const before = new Array<string>(along).fill(":");
  // With nothing to move the cut is 0: all elements, then none.
  return join(
    along,
    get(variable, ...before, slice(cut, null), "..."),
    get(variable, ...before, slice(0, cut), "..."),
  );
}

type NdimOption = { readonly ndim?: number };

/**
 * The tensor laid side by side with itself.
 *
 * Shapes: `(n, m) → (n·reps[0], m·reps[1])`; the shorter of both is filled up with leading ones.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.tile`.
 *
 * @param x The tensor.
 * @param reps How often along each axis: an integer, a list, or an integer vector.
 * @param given Number of axes of the result; needed if the length of `reps` is not known.
 * @throws {ValueError} If `reps` is not integers, or has more than `ndim`.
 */
export function tile(
  x: TensorLike,
  reps: TensorLike,
  ...given: Given<NdimOption, [ndim?: number]>
): TensorVariable {
  const { ndim } = optional<NdimOption>("tile", ["ndim"], given);
  const variable = asTensorVariable(x);
  if (ndim !== undefined && ndim < variable.ndim) {
    raise("ValueError", "ndim should be equal or larger than x.ndim");
  }
  const times = repetitions(reps, ndim);
  const axes = ndim ?? Math.max(times.length, variable.ndim);
  if (times.length > axes) raise("ValueError", "len(reps) should be equal or less than ndim");
  const counts = [...new Array<ShapeItem>(axes - times.length).fill(1), ...times];
  const sizes = [...new Array<ShapeItem>(axes - variable.ndim).fill(1), ...shapeItems(variable)];
  const repeated = allocItems(variable, [...counts, ...sizes]);
  const order = counts.flatMap((_, axis) => [axis, axis + axes]);
  return reshapeItems(
    dimshuffle(repeated, order),
    sizes.map((size, axis) => mulItems(size, counts[axis]!)),
  );
}

/** The repetitions, one size an axis. */
function repetitions(reps: TensorLike, ndim: number | undefined): ShapeItem[] {
  if (Array.isArray(reps)) {
    const items = reps.map((item: TensorLike) => asTensorVariable(item));
    if (items.some((item) => item.ndim !== 0 || !isDiscrete(item.dtype))) {
      raise("ValueError", "elements of reps must be scalars of integer dtype");
    }
    return items.map(sizeItem);
  }
  const given = asTensorVariable(reps);
  if (!isDiscrete(given.dtype)) raise("ValueError", "elements of reps must be integer dtype");
  if (given.ndim === 0) return [sizeItem(given)];
  if (given.ndim > 1) raise("ValueError", "the dimension of reps should not exceed 1");
  const items = tryVectorItems(given);
  if (items) return items.map(sizeItem);
  if (ndim === undefined) {
    raise("ValueError", "if reps is tensor.vector, you should specify the ndim");
  }
  return paddedItems(given, ndim);
}

/** The items of a vector of unknown length, filled up with leading ones. */
function paddedItems(reps: TensorVariable, ndim: number): ShapeItem[] {
  const fits = le(shapeI(reps, 0), ndim);
  const checked = new Assert("reps must not be longer than ndim").call(reps, fits);
  const ones = allocItems(constant(1, { dtype: reps.dtype }), [ndim]);
  const padded = join(0, ones, checked as TensorVariable);
  return Array.from({ length: ndim }, (_, axis) => sizeItem(get(padded, axis - ndim)));
}

/**
 * The tensor with each element repeated.
 *
 * Shapes: the axis grows `repeats` times, or to the sum of `repeats`; without an axis, a vector.
 * Dtypes: unchanged.
 * Gradient: of `x`.
 * Theano: `theano.tensor.extra_ops.repeat`.
 *
 * @param x The tensor.
 * @param repeats How often: an integer scalar, or a vector with one count an element of the axis.
 * @param given The axis; null, the default, repeats all elements in C order.
 * @throws {ValueError} If `repeats` has more than one axis.
 * @throws {TypeError} If `repeats` is not integers.
 */
export function repeat(
  x: TensorLike,
  repeats: TensorLike,
  ...given: Given<AxisOption, [axis?: number | null]>
): TensorVariable {
  const { axis = null } = optional<AxisOption>("repeat", ["axis"], given);
  const tensor = asTensorVariable(x);
  const counts = asTensorVariable(repeats);
  if (counts.ndim > 1) raise("ValueError", "The dimension of repeats should not exceed 1.");
  if (!isDiscrete(counts.dtype)) {
    raise("TypeError", `repeats must be integers, not ${counts} (${counts.type})`);
  }
  if (axis !== null && axis >= tensor.ndim) {
    raise("ValueError", "Axis should not exceed x.ndim-1.");
  }
  const source = axis === null ? flatten(tensor) : tensor;
  const along = normalizeAxis(axis ?? 0, source.ndim);
  if (counts.ndim === 0) return repeatedAlong(source, sizeItem(counts), along);
  return counts.broadcastable[0]
    ? repeatedAlong(source, sizeItem(dimshuffle(counts)), along)
    : take(source, repeatedIndices(counts, source, along), { axis: along });
}

function repeatedAlong(x: TensorVariable, times: ShapeItem, axis: number): TensorVariable {
  const sizes = shapeItems(x);
  const order: AxisOrNew[] = [...x.broadcastable.keys()];
  order.splice(axis + 1, 0, "x");
  const wide = [...sizes.slice(0, axis + 1), times, ...sizes.slice(axis + 1)];
  return reshapeItems(
    allocItems(dimshuffle(x, order), wide),
    sizes.map((size, i) => i === axis ? mulItems(size, times) : size),
  );
}

/**
 * Index `i` of an axis `counts[i]` times: 1 is added where the next index begins, and where counts
 * are 0 several times, so that a running sum counts up.
 */
function repeatedIndices(
  counts: TensorVariable,
  x: TensorVariable,
  axis: number,
): TensorVariable {
  const fits = eq(shapeI(counts, 0), itemVariable(axisSize(x, axis)));
  const checked = new Assert("repeats must be as many as elements, none of them negative").call(
    cast(counts, "int64"),
    fits,
    all(ge(counts, 0)),
  ) as TensorVariable;
  const ends = cumsum(checked);
  const total = get(join(0, constant([0], { dtype: "int64" }), ends), -1);
  const zeros = allocItems(constant(0, { dtype: "int64" }), [addItems(sizeItem(total), 1)]);
  const starts = incSubtensor(get(zeros, get(ends, ":-1")), constant(1, { dtype: "int64" }));
  return get(cumsum(starts), ":-1");
}
