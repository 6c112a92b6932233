/**
 * @file Activations and losses that are made of other ops.
 */

import { isDiscrete, isFloat } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { abs, add, cast, mul, neg, sgn, sub } from "./arithmetic.ts";
import { crossentropyCategorical1hot } from "./crossentropy.ts";
import { clip, gt, switch_ } from "./logic.ts";
import { sum } from "./reduce.ts";
import { expm1, log, softplus } from "./transcendental.ts";

/** A constant in the dtype of a float, as it is given beside integers. */
function like(x: TensorVariable, value: number): TensorVariable {
  return isFloat(x.dtype) ? constant(value, { dtype: x.dtype }) : constant(value);
}

/**
 * A cheap sigmoid of three straight pieces, `clip(0.2·x + 0.5, 0, 1)`.
 *
 * Shapes: unchanged.
 * Dtypes: integers give floats, floats their own.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.hard_sigmoid`.
 *
 * @param x The tensor.
 */
export function hardSigmoid(x: TensorLike): TensorVariable {
  const given = asTensorVariable(x);
  const float = isDiscrete(given.dtype) ? cast(given, floatFor(given)) : given;
  return clip(add(mul(float, like(float, 0.2)), like(float, 0.5)), like(float, 0), like(float, 1));
}

/** The float that the elementwise functions of real numbers make of an integer. */
function floatFor(x: TensorVariable): "float32" | "float64" {
  return /^(bool|u?int(8|16))$/.test(x.dtype) ? "float32" : "float64";
}

/**
 * Rectifier `max(x, 0)`; with a slope `alpha` for negative elements.
 *
 * Shapes: unchanged; `alpha` broadcasts.
 * Dtypes: integers give floats, floats their own (float16 gives float32).
 * Gradient: yes; half of both slopes at 0.
 * Theano: `theano.tensor.nnet.relu`.
 *
 * @param x The tensor.
 * @param given The slope, 0 if left out.
 */
export function relu(
  x: TensorLike,
  ...given: Given<{ readonly alpha?: TensorLike }, [alpha?: TensorLike]>
): TensorVariable {
  const { alpha = 0 } = optional<{ alpha?: TensorLike }>("relu", ["alpha"], given);
  if (alpha === 0) return mul(0.5, add(x, abs(x)));
  const slope = asTensorVariable(alpha);
  return add(mul(0.5, add(1, slope), x), mul(0.5, sub(1, slope), abs(x)));
}

/**
 * Exponential linear unit: `x` above 0, else `alpha·(exp(x) − 1)`.
 *
 * Shapes: unchanged; `alpha` broadcasts.
 * Dtypes: integers give floats, floats their own.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.elu`.
 *
 * @param x The tensor.
 * @param given What negative elements tend to, 1 if left out.
 */
export function elu(
  x: TensorLike,
  ...given: Given<{ readonly alpha?: TensorLike }, [alpha?: TensorLike]>
): TensorVariable {
  const { alpha = 1 } = optional<{ alpha?: TensorLike }>("elu", ["alpha"], given);
  return switch_(gt(x, 0), x, mul(alpha, expm1(x)));
}

/**
 * Scaled exponential linear unit, which keeps mean 0 and variance 1.
 *
 * Shapes: unchanged.
 * Dtypes: upcast with the constants, which are float64 if floatX is.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.selu`.
 * Source: G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, "Self-Normalizing Neural Networks"
 * (2017), section 2.
 *
 * @param x The tensor.
 */
export function selu(x: TensorLike): TensorVariable {
  return mul(1.0507009873554804934193349852946, elu(x, 1.6732632423543772848170429916717));
}

/**
 * Crossentropy of Bernoulli distributions, element by element:
 * `−(target·log(output) + (1 − target)·log(1 − output))`.
 *
 * Shapes: both broadcast together.
 * Dtypes: integers give floats, floats their own.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.binary_crossentropy`.
 *
 * @param output Predicted probabilities.
 * @param target True probabilities.
 */
export function binaryCrossentropy(output: TensorLike, target: TensorLike): TensorVariable {
  const hit = mul(target, log(output));
  const miss = mul(sub(1, target), log(sub(1, output)));
  return neg(add(hit, miss));
}

/**
 * Crossentropy of Bernoulli distributions given by what goes into a sigmoid, safe against overflow:
 * `softplus(−|x|) + x·([x > 0] − target)`.
 *
 * The step is written `(1 + sgn x) / 2`, so that the gradient `sigmoid(x) − target` holds at 0 too.
 *
 * Shapes: both broadcast together.
 * Dtypes: integers give floats, floats their own.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.sigmoid_binary_crossentropy`.
 *
 * @param output What goes into the sigmoid.
 * @param target True probabilities.
 */
export function sigmoidBinaryCrossentropy(output: TensorLike, target: TensorLike): TensorVariable {
  const given = asTensorVariable(output);
  const x = isDiscrete(given.dtype) ? cast(given, floatFor(given)) : given;
  const step = mul(like(x, 0.5), add(like(x, 1), sgn(x)));
  return add(softplus(neg(abs(x))), mul(x, sub(step, target)));
}

/**
 * Crossentropy between distributions, one a row: `−Σ true·log(coding)` along the last axis. The
 * true ones may be given by the number of their class.
 *
 * Shapes: `(…, m), (…, m) → (…)`, or `(n, m), (n) → (n)`.
 * Dtypes: upcast of both.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.categorical_crossentropy`.
 *
 * @param codingDist Predicted distributions.
 * @param trueDist True distributions, or a vector of classes.
 * @throws {TypeError} If the numbers of axes do not fit.
 */
export function categoricalCrossentropy(
  codingDist: TensorLike,
  trueDist: TensorLike,
): TensorVariable {
  const [coding, truth] = [asTensorVariable(codingDist), asTensorVariable(trueDist)];
  if (truth.ndim === coding.ndim) {
    return neg(sum(mul(truth, log(coding)), { axis: coding.ndim - 1 }));
  }
  if (truth.ndim === coding.ndim - 1) return crossentropyCategorical1hot(coding, truth);
  return raise("TypeError", "rank mismatch between coding and true distributions");
}
