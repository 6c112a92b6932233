/**
 * @file Theano's `extra_ops`, most of them graphs of other ops.
 */

import type { NDArray } from "../array/ndarray.ts";
import { normalizeAxis } from "../array/shape.ts";
import { type DType, isInteger } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { AdvancedIncSubtensor1 } from "./advanced_subtensor.ts";
import { add, cast, maximum, mul, sub, trueDiv } from "./arithmetic.ts";
import { zeros } from "./alloc.ts";
import { get, setSubtensor } from "./indexing.ts";
import { all, max } from "./reduce.ts";
import { eq, ge, le, neq, switch_ } from "./logic.ts";
import type { Shape } from "./kind.ts";
import { flatnonzero } from "./nonzero.ts";
import { arange } from "./ranges.ts";
import { axisSize } from "./shape.ts";
import { StructuralOp } from "./structural.ts";
import { take } from "./take.ts";
import { Assert } from "./view.ts";

/**
 * The `n`-th differences of neighbours along an axis.
 *
 * Shapes: the axis becomes `n` shorter.
 * Dtypes: unchanged; differences of bool are whether two differ.
 * Gradient: to the tensor.
 * Theano: `theano.tensor.extra_ops.diff`.
 *
 * @param x The tensor.
 * @param given How often to take differences, and along which axis.
 * @returns The differences.
 * @throws {ValueError} If `n` is below 0 or there is no such axis.
 */
export function diff(
  x: TensorLike,
  ...given: Given<{ readonly n?: number; readonly axis?: number }, [n?: number, axis?: number]>
): TensorVariable {
  const { n = 1, axis = -1 } = optional<{ n?: number; axis?: number }>(
    "diff",
    ["n", "axis"],
    given,
  );
  const variable = asTensorVariable(x);
  if (!Number.isInteger(n) || n < 0) {
    fail("ValueError", `take differences of order ${n}`, "it must be an integer, 0 or more");
  }
  const full = new Array<string>(normalizeAxis(axis, variable.ndim)).fill(":");
  let result = variable;
  for (let i = 0; i < n; i++) {
    const [later, earlier] = [get(result, ...full, "1:"), get(result, ...full, ":-1")];
    result = result.dtype === "bool" ? neq(later, earlier) : sub(later, earlier);
  }
  return result;
}

/** Options of {@linkcode bincount}. */
export interface BincountOptions {
  /** What each element counts; by default 1. */
  readonly weights?: TensorLike | null;
  /** The least length of the result. */
  readonly minlength?: TensorLike | null;
  /** Whether to check at run time that no element is below 0. */
  readonly assertNonneg?: boolean;
}

/**
 * How often each integer from 0 on occurs, or the sum of the weights there.
 *
 * Shapes: `(n) → (max(x) + 1)`, or longer.
 * Dtypes: that of `x`, or of the weights.
 * Gradient: to the weights.
 * Theano: `theano.tensor.bincount`.
 *
 * @param x A vector of integers, 0 or more.
 * @param given Weights, the least length, and whether to check.
 * @returns The counts.
 * @throws {TypeError} If `x` is not a vector of integers.
 */
export function bincount(
  x: TensorLike,
  ...given: Given<
    BincountOptions,
    [weights?: TensorLike | null, minlength?: TensorLike | null, assertNonneg?: boolean]
  >
): TensorVariable {
  const { weights = null, minlength = null, assertNonneg = false } = optional<BincountOptions>(
    "bincount",
    ["weights", "minlength", "assertNonneg"],
    given,
  );
  const variable = asTensorVariable(x);
  if (variable.ndim !== 1) raise("TypeError", "Inputs must be of dimension 1.");
  if (!isInteger(variable.dtype)) {
    raise("TypeError", `Inputs to bincount must be integers, not ${variable.type}`);
  }
  const check = new Assert("Input to bincount has negative values!");
  const places = assertNonneg
    ? call(check, variable, all(ge(variable, 0))) as TensorVariable
    : variable;
  const needed = cast(add(max(places), 1), "int64");
  const length = minlength === null ? needed : maximum(needed, minlength);
  const amounts = weights === null ? constant(1) : asTensorVariable(weights);
  const dtype = weights === null ? variable.dtype : amounts.dtype;
  const none = zeros([length], { dtype });
  return call(new AdvancedIncSubtensor1(), none, cast(amounts, dtype), places) as TensorVariable;
}

/**
 * The slices along an axis where a condition holds.
 *
 * Shapes: the axis becomes as long as the condition has elements that are not zero.
 * Dtypes: unchanged.
 * Gradient: to the slices taken.
 * Theano: `theano.tensor.compress`.
 *
 * @param condition Which slices; may be shorter than the axis.
 * @param x The tensor.
 * @param given The axis; null, the default, for the flattened tensor.
 * @returns The slices.
 */
export function compress(
  condition: TensorLike,
  x: TensorLike,
  ...given: Given<{ readonly axis?: number | null }, [axis?: number | null]>
): TensorVariable {
  const { axis = null } = optional<{ axis?: number | null }>("compress", ["axis"], given);
  return take(x, flatnonzero(condition), { axis });
}

/**
 * Bartlett's window: a triangle from 0 up to 1 and back to 0.
 *
 * Shapes: `() → (M)`.
 * Dtypes: integer → float64.
 * Gradient: zero.
 * Theano: `theano.tensor.bartlett`.
 *
 * @param M The number of points, an integer scalar; none if it is below 1.
 * @returns The window.
 * @throws {TypeError} If `M` is not an integer scalar.
 */
export function bartlett(M: TensorLike): TensorVariable {
  const points = asTensorVariable(M);
  if (points.ndim !== 0) raise("TypeError", "Bartlett only works on scalar input");
  if (!isInteger(points.dtype)) raise("TypeError", "Bartlett only works on integer input");
  const last = maximum(sub(cast(points, "int64"), 1), 1);
  const n = cast(arange(cast(points, "int64")), "float64");
  const rising = trueDiv(mul(n, constant(2, { dtype: "float64" })), last);
  const window = switch_(le(rising, 1), rising, sub(constant(2, { dtype: "float64" }), rising));
  return switch_(eq(points, 1), constant(1, { dtype: "float64" }), window);
}

/**
 * Rows that are 1 at one place and 0 elsewhere.
 *
 * Shapes: `(n) → (n, nbClass)`.
 * Dtypes: integers → `dtype`, by default floatX.
 * Gradient: none.
 * Theano: `theano.tensor.extra_ops.to_one_hot`.
 *
 * @param y For each row, the place of the 1: a vector of integers.
 * @param nbClass The length of rows, an integer or an integer scalar.
 * @param given The dtype.
 * @returns The matrix.
 */
export function toOneHot(
  y: TensorLike,
  nbClass: number | TensorVariable,
  ...given: Given<{ readonly dtype?: DType | null }, [dtype?: DType | null]>
): TensorVariable {
  const { dtype = null } = optional<{ dtype?: DType | null }>("toOneHot", ["dtype"], given);
  const places = asTensorVariable(y);
  const rows = axisSize(places, 0);
  const none = zeros([rows, nbClass], { dtype: dtype ?? "floatX" });
  return setSubtensor(get(none, arange(rows), places), 1);
}

/** The input with its elements in C order, without gaps. Theano: `CpuContiguous`. */
export class CpuContiguous extends StructuralOp {
  readonly kind = "deepCopy";
  readonly name = "CpuContiguous";

  makeNode(x: TensorVariable): Apply {
    return new Apply(this, [x], [x.type.makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    return [shape!];
  }

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    return [x!.copy()];
  }
}

/**
 * The tensor with its elements in C order, without gaps.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged.
 * Gradient: passes.
 * Theano: `theano.tensor.extra_ops.cpu_contiguous`.
 *
 * @param x The tensor.
 * @returns A copy.
 */
export function cpuContiguous(x: TensorLike): TensorVariable {
  return call(new CpuContiguous(), asTensorVariable(x)) as TensorVariable;
}
