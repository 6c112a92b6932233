/**
 * @file Where the largest and smallest elements are.
 */

import type { NDArray } from "../array/ndarray.ts";
import { type DType, dtypes, type Element, isComplex } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { applyOp, call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { Axes, AxisOptions, TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { different, neg, sub } from "./arithmetic.ts";
import { arrayOf, groupsOf } from "./elements.ts";
import { applyScalar } from "./elementwise.ts";
import type { Shape } from "./kind.ts";
import { makeKeepDims } from "./layout.ts";
import { axisList } from "./reduce.ts";
import { StructuralOp } from "./structural.ts";

/** Which results an op of {@linkcode Extremes} has. */
export type ExtremesOutputs = "max and argmax" | "argmax";

/** The largest elements along some axes and where they are. Theano: `MaxAndArgmax`, `Argmax`. */
export class Extremes extends StructuralOp {
  readonly kind = "argmax";
  /** The axes, in order. */
  readonly axis: readonly number[];

  /**
   * Makes the op.
   *
   * @param axis The axes, counted from the front; several are searched as if flattened.
   * @param results Which results it has.
   */
  constructor(axis: readonly number[], readonly results: ExtremesOutputs) {
    super();
    this.axis = [...new Set(axis)].sort((a, b) => a - b);
  }

  get name(): string {
    const axes = `(${this.axis.join(", ")}${this.axis.length === 1 ? "," : ""})`;
    return `${this.results === "argmax" ? "Argmax" : "MaxAndArgmax"}{axis=${axes}}`;
  }

  makeNode(x: TensorVariable): Apply {
    if (isComplex(x.dtype)) {
      fail("TypeError", `apply ${this.name} to ${x} (${x.type})`, "complex numbers have no order");
    }
    const pattern = x.broadcastable.filter((_, axis) => !this.axis.includes(axis));
    const made = (dtype: DType, name: string): TensorVariable =>
      new TensorType(dtype, pattern).makeVariable(name);
    const outputs = this.results === "argmax"
      ? [new TensorType("int64", pattern).makeVariable()]
      : [made(x.dtype, "max"), made("int64", "argmax")];
    return new Apply(this, [x], outputs);
  }

  inferShape(node: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    const kept = shape!.filter((_, axis) => !this.axis.includes(axis));
    return node.outputs.map(() => kept);
  }

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    const { shape, groups } = groupsOf(x!, this.axis);
    if (this.axis.some((axis) => x!.shape[axis] === 0)) {
      raise("ValueError", "attempt to get argmax of an empty sequence");
    }
    const positions = groups.map(firstLargest);
    const where = arrayOf(positions, shape, "int64");
    if (this.results === "argmax") return [where];
    return [arrayOf(groups.map((group, k) => group[positions[k]!]!), shape, x!.dtype), where];
  }
}

/** The first position of the largest element, or of the first NaN. */
function firstLargest(group: readonly Element[]): number {
  let best = 0;
  for (let k = 0; k < group.length; k++) {
    if (Number.isNaN(group[k])) return k;
    if (group[k]! > group[best]!) best = k;
  }
  return best;
}

/** Theano: `MaxAndArgmax`. */
export function maxAndArgmaxOp(axis: readonly number[]): Extremes {
  return new Extremes(axis, "max and argmax");
}

/** Theano: `Argmax`. */
export function argmaxOp(axis: readonly number[]): Extremes {
  return new Extremes(axis, "argmax");
}

/** The axes to search: all if none are given. */
function searchedAxes(x: TensorVariable, axis: Axes | undefined): number[] {
  const axes = axisList(axis) ?? [];
  const wrong = axes.find((a) => a < -x.ndim || a >= x.ndim);
  if (wrong !== undefined) {
    raise(
      "ValueError",
      `Computation needs a valid axis number for ${x.ndim}-D tensor. Got ${wrong}`,
    );
  }
  return axes.length === 0 ? [...x.broadcastable.keys()] : axes.map((a) => a < 0 ? a + x.ndim : a);
}

type GivenAxis = Given<AxisOptions, [axis?: Axes, keepdims?: boolean]>;

/**
 * The largest elements along some axes, and where the first of each is.
 *
 * Shapes: the axes dropped, or kept with length one; all by default.
 * Dtypes: unchanged, and int64.
 * Gradient: of the largest: goes to every element that equals it.
 * Theano: `theano.tensor.max_and_argmax`.
 *
 * @param a The tensor.
 * @param given Axes, and whether to keep them.
 * @returns The largest elements, and their positions along the axes (flattened, if several).
 */
export function maxAndArgmax(
  a: TensorLike,
  ...given: GivenAxis
): [max: TensorVariable, argmax: TensorVariable] {
  const { axis, keepdims = false } = optional<AxisOptions>(
    "maxAndArgmax",
    ["axis", "keepdims"],
    given,
  );
  const x = asTensorVariable(a);
  const axes = searchedAxes(x, axis);
  const [largest, where] = applyOp(maxAndArgmaxOp(axes), [x]).outputs as TensorVariable[];
  return keepdims
    ? [makeKeepDims(x, largest!, axes), makeKeepDims(x, where!, axes)]
    : [largest!, where!];
}

/**
 * Where the first largest element along some axes is.
 *
 * Shapes: the axes dropped, or kept with length one; all by default, searched as if flattened.
 * Dtypes: any → int64.
 * Gradient: zero.
 * Theano: `theano.tensor.argmax`.
 *
 * @param x The tensor.
 * @param given Axes, and whether to keep them.
 */
export function argmax(x: TensorLike, ...given: GivenAxis): TensorVariable {
  const options = optional<AxisOptions>("argmax", ["axis", "keepdims"], given);
  return largestAt(asTensorVariable(x), options);
}

/**
 * Where the first smallest element along some axes is.
 *
 * Shapes: the axes dropped, or kept with length one; all by default, searched as if flattened.
 * Dtypes: any → int64.
 * Gradient: zero.
 * Theano: `theano.tensor.argmin`.
 *
 * @param x The tensor.
 * @param given Axes, and whether to keep them.
 */
export function argmin(x: TensorLike, ...given: GivenAxis): TensorVariable {
  const options = optional<AxisOptions>("argmin", ["axis", "keepdims"], given);
  return largestAt(mirrored(asTensorVariable(x)), options);
}

function largestAt(x: TensorVariable, { axis, keepdims = false }: AxisOptions): TensorVariable {
  const axes = searchedAxes(x, axis);
  const where = call(argmaxOp(axes), x) as TensorVariable;
  return keepdims ? makeKeepDims(x, where, axes) : where;
}

/** The same order the other way round. Integers are mirrored within their range: −x would wrap. */
function mirrored(x: TensorVariable): TensorVariable {
  const { limits } = dtypes[x.dtype];
  if (limits === undefined) return neg(x);
  if (x.dtype === "bool") return applyScalar(different, x, constant(true));
  const [low, high] = limits;
  return sub(constant(low + high, { dtype: x.dtype }), x);
}
