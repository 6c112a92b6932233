/**
 * @file `x.get(...)`, and writing to what it selects.
 */

import { Slice } from "../array/slice.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { IndexItem, TensorLike } from "../tensor/methods.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { advancedList } from "./advanced_index.ts";
import {
  AdvancedIncSubtensor,
  AdvancedIncSubtensor1,
  AdvancedSubtensor,
  AdvancedSubtensor1,
} from "./advanced_subtensor.ts";
import { alloc } from "./alloc.ts";
import { DimShuffle, dimshuffle } from "./dimshuffle.ts";
import { Reshape, reshapeItems } from "./reshape.ts";
import { shapeItems } from "./shape.ts";
import { itemVariable } from "./shape_item.ts";
import { IncSubtensor, type IncSubtensorOptions, Subtensor } from "./subtensor.ts";
import {
  IndexConstant,
  indexInputs,
  indexList,
  isFullSlice,
  isIndexArray,
  readIndex,
  type SymbolicItem,
} from "./subtensor_index.ts";
import { take } from "./take.ts";
import { addbroadcast } from "./view.ts";

/**
 * Part of a tensor, by NumPy's rules of indexing.
 *
 * Shapes: an integer drops an axis, a slice shortens it, null adds one, an array replaces it.
 * Dtypes: unchanged.
 * Gradient: to the tensor, zero where nothing was selected; R-op too.
 * Theano: `x[...]`.
 *
 * @param tensor The tensor.
 * @param items Integers, slices (`"1:"` or `slice(1, n)`), null for a new axis, `"..."`, integer
 *   arrays and masks; integers, slice ends and arrays may be symbolic.
 * @returns A view for integers and slices, else a copy.
 * @throws {IndexError} If there are too many items or two ellipses.
 * @throws {TypeError} If an item is not an index.
 */
export function get(tensor: TensorLike, ...items: readonly IndexItem[]): TensorVariable {
  const x = asTensorVariable(tensor);
  const index = readIndex(x.ndim, items);
  if (!index.some(isIndexArray)) return basicPart(x, index);
  const [array, ...others] = index.filter((item) => !isFullSlice(item));
  if (others.length === 0 && isIndexArray(array!) && array.dtype !== "bool") {
    return take(x, array, { axis: index.indexOf(array) });
  }
  const inputs = indexInputs(index).map(arrayInput);
  return call(new AdvancedSubtensor(advancedList(index)), x, ...inputs) as TensorVariable;
}

/** Beside index arrays a written integer is an array without axes. */
function arrayInput(input: TensorVariable): TensorVariable {
  return input instanceof IndexConstant ? constant(input.data) : input;
}

function basicPart(x: TensorVariable, index: readonly SymbolicItem[]): TensorVariable {
  if (index.includes(null)) return partWithNewAxes(x, index);
  const items = index as (TensorVariable | Slice<TensorVariable>)[];
  return call(new Subtensor(indexList(items)), x, ...indexInputs(items)) as TensorVariable;
}

function partWithNewAxes(x: TensorVariable, index: readonly SymbolicItem[]): TensorVariable {
  let axis = 0;
  const order: (number | "x")[] = index.map((item) => item === null ? "x" : axis++);
  while (axis < x.ndim) order.push(axis++);
  const view = dimshuffle(x, ...order);
  const items = index.map((item) => item ?? new Slice<TensorVariable>());
  return items.every(isFullSlice) ? view : basicPart(view, items);
}

/** Options of {@linkcode setSubtensor} and {@linkcode incSubtensor}. */
export interface WriteOptions {
  /** Overwrite the tensor's memory; only for graphs that no other node reads. */
  readonly inplace?: boolean;
  /** Accept that value and tensor share memory, in place; kept for Theano's signature. */
  readonly tolerateInplaceAliasing?: boolean;
}

/** Options of {@linkcode incSubtensor}. */
export interface IncrementOptions extends WriteOptions {
  /** Replace instead of adding. */
  readonly setInsteadOfInc?: boolean;
}

/**
 * A tensor with a part replaced: the result of `x[i] = y`, with `x` itself unchanged.
 *
 * Shapes: that of the whole tensor; `y` broadcasts to the part.
 * Dtypes: the tensor's; `y` is cast to it.
 * Gradient: to the tensor, zero in the part, and to the value; R-op too.
 * Theano: `theano.tensor.set_subtensor`.
 *
 * @param x The part: `x.get(...)`.
 * @param y The new value.
 * @param given Whether to work in place.
 * @returns The whole tensor.
 * @throws {TypeError} If `x` is not a part of a tensor, or `y` has more axes than it.
 */
export function setSubtensor(
  x: TensorVariable,
  y: TensorLike,
  ...given: Given<WriteOptions, [inplace?: boolean, tolerateInplaceAliasing?: boolean]>
): TensorVariable {
  const { inplace = false } = optional<WriteOptions>(
    "setSubtensor",
    ["inplace", "tolerateInplaceAliasing"],
    given,
  );
  return written(x, asTensorVariable(y), { inplace, setInsteadOfInc: true });
}

/**
 * A tensor with a value added to a part: the result of `x[i] += y`, with `x` itself unchanged, but
 * where an element is selected several times all increments count.
 *
 * Shapes: that of the whole tensor; `y` broadcasts to the part.
 * Dtypes: the tensor's; `y` is cast to it.
 * Gradient: to the tensor and to the value; R-op too.
 * Theano: `theano.tensor.inc_subtensor`.
 *
 * @param x The part: `x.get(...)`.
 * @param y The increment.
 * @param given Whether to work in place, and to replace instead.
 * @returns The whole tensor.
 * @throws {TypeError} If `x` is not a part of a tensor, or `y` has more axes than it.
 */
export function incSubtensor(
  x: TensorVariable,
  y: TensorLike,
  ...given: Given<
    IncrementOptions,
    [inplace?: boolean, setInsteadOfInc?: boolean, tolerateInplaceAliasing?: boolean]
  >
): TensorVariable {
  const { inplace = false, setInsteadOfInc = false } = optional<IncrementOptions>(
    "incSubtensor",
    ["inplace", "setInsteadOfInc", "tolerateInplaceAliasing"],
    given,
  );
  return written(x, asTensorVariable(y), { inplace, setInsteadOfInc });
}

/** What `x.set([...items], value)` does: {@linkcode setSubtensor} of `x.get(...items)`. */
export function set(
  tensor: TensorLike,
  items: readonly IndexItem[],
  value: TensorLike,
): TensorVariable {
  return setSubtensor(get(tensor, ...items), value);
}

/** What `x.inc([...items], value)` does: {@linkcode incSubtensor} of `x.get(...items)`. */
export function inc(
  tensor: TensorLike,
  items: readonly IndexItem[],
  value: TensorLike,
): TensorVariable {
  return incSubtensor(get(tensor, ...items), value);
}

function written(x: unknown, y: TensorVariable, options: IncSubtensorOptions): TensorVariable {
  if (!(x instanceof TensorVariable) || !x.owner) return refuseWhole();
  if (y.ndim > x.ndim) {
    raise(
      "TypeError",
      `Trying to increment a ${x.ndim}-dimensional subtensor with a ${y.ndim}-dimensional value.`,
    );
  }
  const value = alignedOnes(x, y);
  const { op, inputs } = x.owner;
  const [whole, ...index] = inputs as TensorVariable[];
  if (op instanceof Subtensor) {
    return call(new IncSubtensor(op.idxList, options), whole!, value, ...index) as TensorVariable;
  }
  if (op instanceof AdvancedSubtensor1) {
    return call(new AdvancedIncSubtensor1(options), whole!, value, ...index) as TensorVariable;
  }
  if (op instanceof AdvancedSubtensor) {
    const writing = new AdvancedIncSubtensor(op.idxList, options);
    return call(writing, whole!, value, ...index) as TensorVariable;
  }
  if (op instanceof DimShuffle) return writtenThroughAxes(x, op, value, options);
  if (op instanceof Reshape) return writtenThroughShape(x, value, options);
  return refuseWhole();
}

function refuseWhole(): never {
  return raise("TypeError", "x must be the result of a subtensor operation");
}

/** Where the part is known to have length one, a value not known to is checked at run time. */
function alignedOnes(x: TensorVariable, y: TensorVariable): TensorVariable {
  const offset = x.ndim - y.ndim;
  const axes = [...y.broadcastable.keys()].filter((axis) =>
    x.broadcastable[axis + offset]! && !y.broadcastable[axis]!
  );
  return axes.length === 0 ? y : addbroadcast(y, ...axes);
}

/**
 * `take` along another axis than the first is a part of a turned tensor, turned back. So the value is
 * turned, the part written to, and the whole turned back.
 */
function writtenThroughAxes(
  x: TensorVariable,
  { order }: DimShuffle,
  y: TensorVariable,
  options: IncSubtensorOptions,
): TensorVariable {
  const part = x.owner!.inputs[0] as TensorVariable;
  const offset = x.ndim - y.ndim;
  const turned = [...part.broadcastable.keys()].map((axis): number | "x" => {
    const at = order.indexOf(axis) - offset;
    return at < 0 ? "x" : at;
  });
  const whole = written(part, dimshuffle(y, ...turned), options);
  return whole.ndim === part.ndim ? dimshuffle(whole, ...order) : refuseWhole();
}

/** `take` by a matrix of indices is a part taken by a vector, reshaped. */
function writtenThroughShape(
  x: TensorVariable,
  y: TensorVariable,
  options: IncSubtensorOptions,
): TensorVariable {
  const part = x.owner!.inputs[0] as TensorVariable;
  if (y.ndim === 0) return written(part, y, options);
  const full = alloc(y, ...shapeItems(x).map(itemVariable));
  return written(part, reshapeItems(full, shapeItems(part)), options);
}
