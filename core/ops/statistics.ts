/**
 * @file Means, variances, ranges and norms: what is made of reductions.
 */

import { type DType, isDiscrete } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { Axes, AxisOptions, MeanOptions, TensorLike, VarOptions } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { abs, cast, sqr, sub, trueDiv } from "./arithmetic.ts";
import { stack } from "./join.ts";
import type { ShapeItem } from "./kind.ts";
import { gt, lt, switch_ } from "./logic.ts";
import { axisList, max, min, reducedAxes, sum } from "./reduce.ts";
import { axisSize } from "./shape.ts";
import { itemVariable, mulItems, subItems } from "./shape_item.ts";
import { pow, sqrt } from "./transcendental.ts";

/** The axes meant, counted from the front; all for null. */
function axesOf(x: TensorVariable, axis: Axes | undefined): number[] {
  return reducedAxes(x, axisList(axis) ?? [...x.broadcastable.keys()]);
}

/** A sum over a count, in the dtype of the sum if that is a float, else in float64. */
function over(total: TensorVariable, count: ShapeItem): TensorVariable {
  const narrow = ["float16", "float32", "complex64"].includes(total.dtype);
  return trueDiv(total, cast(itemVariable(count), narrow ? "float32" : "float64"));
}

function named(x: TensorVariable, name: string): TensorVariable {
  x.name = name;
  return x;
}

/**
 * The mean of the elements along some axes.
 *
 * Shapes: the axes dropped, or kept with length one; all by default.
 * Dtypes: integers give float64, others their own.
 * Gradient: yes.
 * Theano: `theano.tensor.mean`.
 *
 * @param input The tensor.
 * @param given Axes, dtype of the sum, whether to sum in float64 (`op`), whether to keep the axes,
 *   and the dtype to accumulate in.
 * @throws {TypeError} If a dtype asked for would lose precision.
 */
export function mean(
  input: TensorLike,
  ...given: Given<
    MeanOptions,
    [axis?: Axes, dtype?: DType, op?: boolean, keepdims?: boolean, accDtype?: DType]
  >
): TensorVariable {
  const { axis = null, dtype, op = false, keepdims = false, accDtype } = optional<MeanOptions>(
    "mean",
    ["axis", "dtype", "op", "keepdims", "accDtype"],
    given,
  );
  if (op) checkMeanOp(dtype, accDtype);
  const x = asTensorVariable(input);
  // A float16 sum leaves the range of float16 long before the mean does.
  const half = x.dtype === "float16" && dtype === undefined;
  const sumDType = op ? "float64" : half ? "float32" : dtype;
  const total = sum(x, {
    axis,
    keepdims,
    ...(sumDType && { dtype: sumDType }),
    ...(accDtype && { accDtype }),
  });
  const axes = axesOf(x, axis);
  const quotient = over(total, mulItems(...axes.map((i) => axisSize(x, i))));
  return named(half || dtype === "float16" ? cast(quotient, "float16") : quotient, "mean");
}

function checkMeanOp(dtype: DType | undefined, accDtype: DType | undefined): void {
  const wrong = [dtype, accDtype].find((t) => t !== undefined && t !== "float64");
  if (wrong) {
    raise(
      "NotImplementedError",
      "The Mean op does not support the dtype argument, and will always use float64. If you want " +
        `to specify the dtype, call tensor.mean(..., op=False). ${wrong}`,
    );
  }
}

type GivenVar = Given<
  VarOptions,
  [axis?: Axes, ddof?: number, keepdims?: boolean, corrected?: boolean]
>;

const varNames = ["axis", "ddof", "keepdims", "corrected"] as const;

/**
 * The variance of the elements along some axes, in two passes: the mean of squared deviations.
 *
 * Shapes: the axes dropped, or kept with length one; all by default.
 * Dtypes: integers give float64, others their own.
 * Gradient: yes.
 * Theano: `theano.tensor.var`.
 *
 * @param input The tensor.
 * @param given Axes; what is subtracted from each count (0); whether to keep the axes; and whether
 *   to correct for the rounding of the mean.
 */
export function variance(input: TensorLike, ...given: GivenVar): TensorVariable {
  return named(varianceOf(input, optional<VarOptions>("var", varNames, given)), "var");
}

/** The variance, by the name of NumPy and Theano. */
export { variance as var };

/**
 * The standard deviation of the elements along some axes: the root of {@linkcode variance}.
 *
 * Shapes: the axes dropped, or kept with length one; all by default.
 * Dtypes: integers give float64, others their own.
 * Gradient: yes.
 * Theano: `theano.tensor.std`.
 *
 * @param input The tensor.
 * @param given As for {@linkcode variance}.
 */
export function std(input: TensorLike, ...given: GivenVar): TensorVariable {
  return named(sqrt(varianceOf(input, optional<VarOptions>("std", varNames, given))), "std");
}

function varianceOf(input: TensorLike, options: VarOptions): TensorVariable {
  const { axis = null, ddof = 0, keepdims = false, corrected = false } = options;
  if (typeof ddof === "boolean") {
    raise(
      "ValueError",
      "Parameter keepdims is now at index 3: (input, axis=None, ddof=0, keepdims=False, " +
        "corrected=False)",
    );
  }
  const x = asTensorVariable(input);
  const axes = axesOf(x, axis);
  const deviations = sub(x, mean(x, { axis: axes, keepdims: true }));
  const sizes = axes.map((i) => axisSize(x, i));
  const count = mulItems(...sizes.map((n) => subItems(n, ddof)));
  const spread = ddof === 0
    ? mean(sqr(deviations), { axis: axes, keepdims })
    : over(sum(sqr(deviations), { axis: axes, keepdims }), count);
  if (!corrected) return spread;
  const rest = ddof === 0
    ? sqr(mean(deviations, { axis: axes, keepdims }))
    : over(sqr(sum(deviations, { axis: axes, keepdims })), mulItems(count, ...sizes));
  return sub(spread, rest);
}

/**
 * The largest less the smallest element along some axes.
 *
 * Shapes: the axes dropped; all by default.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.ptp`.
 *
 * @param a The tensor.
 * @param given Axes.
 */
export function ptp(
  a: TensorLike,
  ...given: Given<{ readonly axis?: Axes }, [axis?: Axes]>
): TensorVariable {
  const { axis = null } = optional<{ axis?: Axes }>("ptp", ["axis"], given);
  return sub(max(a, { axis }), min(a, { axis }));
}

/**
 * The norm `(Σ |x|^L)^(1/L)` along some axes.
 *
 * Shapes: the axes dropped, or kept with length one; all by default.
 * Dtypes: integers give floats, others their own.
 * Gradient: yes.
 * Theano: `x.norm`.
 *
 * @param x The tensor.
 * @param L The exponent: finite and not 0.
 * @param given Axes, and whether to keep them.
 * @throws {NotImplementedError} If the exponent is 0 or infinite.
 */
export function norm(
  x: TensorLike,
  L: number | "inf",
  ...given: Given<AxisOptions, [axis?: Axes, keepdims?: boolean]>
): TensorVariable {
  const options = optional<AxisOptions>("norm", ["axis", "keepdims"], given);
  const exponent = Number(L === "inf" ? Infinity : L);
  if (exponent === 0 || !Number.isFinite(exponent)) {
    fail("NotImplementedError", `take the norm of ${x}`, `the exponent is ${L}`, [
      "Use sum(neq(x, 0)) for 0, max(abs(x)) for infinity",
    ]);
  }
  return pow(sum(pow(abs(x), exponent), options), inExponentDType(x, 1 / exponent));
}

/** An exponent that does not widen a float. */
function inExponentDType(x: TensorLike, exponent: number): TensorVariable {
  const { dtype } = asTensorVariable(x);
  return isDiscrete(dtype) || dtype.startsWith("complex")
    ? asTensorVariable(exponent)
    : constant(exponent, { dtype });
}

/**
 * The smallest of several tensors, element by element.
 *
 * Shapes: all broadcast together.
 * Dtypes: upcast of all.
 * Gradient: yes.
 * Theano: `theano.tensor.smallest`.
 *
 * @param tensors One or more tensors.
 */
export function smallest(...tensors: readonly TensorLike[]): TensorVariable {
  const [x, y] = tensors;
  if (tensors.length === 2) return switch_(lt(x!, y!), x!, y!);
  return min(stack(tensors), { axis: 0 });
}

/**
 * The largest of several tensors, element by element.
 *
 * Shapes: all broadcast together.
 * Dtypes: upcast of all.
 * Gradient: yes.
 * Theano: `theano.tensor.largest`.
 *
 * @param tensors One or more tensors.
 */
export function largest(...tensors: readonly TensorLike[]): TensorVariable {
  const [x, y] = tensors;
  if (tensors.length === 2) return switch_(gt(x!, y!), x!, y!);
  return max(stack(tensors), { axis: 0 });
}
