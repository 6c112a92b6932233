/**
 * @file Identities that change the gradient and nothing else.
 */

import { call } from "../graph/op.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import {
  DisconnectedGrad,
  GradClip,
  GradScale,
  UndefinedGrad,
  type ViewOp,
  ZeroGrad,
} from "../ops/view.ts";

/**
 * The tensor itself, through which no gradient flows: what depends on a variable only through it
 * does not depend on it for `grad`.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged.
 * Gradient: disconnected.
 * Theano: `theano.gradient.disconnected_grad`.
 *
 * @param x The tensor.
 */
export function disconnectedGrad(x: TensorLike): TensorVariable {
  return through(new DisconnectedGrad(), x);
}

/**
 * The tensor itself, with a gradient of zero.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged.
 * Gradient: zero.
 * Theano: `theano.gradient.zero_grad`.
 *
 * @param x The tensor.
 */
export function zeroGrad(x: TensorLike): TensorVariable {
  return through(new ZeroGrad(), x);
}

/**
 * The tensor itself, with a gradient of zero.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged.
 * Gradient: zero.
 * Theano: `theano.gradient.consider_constant`, the old name of {@linkcode zeroGrad}.
 *
 * @param x The tensor.
 */
export function considerConstant(x: TensorLike): TensorVariable {
  return zeroGrad(x);
}

/**
 * The tensor itself, with a gradient that is undefined: to need it is an error.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged.
 * Gradient: undefined.
 * Theano: `theano.gradient.undefined_grad`.
 *
 * @param x The tensor.
 */
export function undefinedGrad(x: TensorLike): TensorVariable {
  return through(new UndefinedGrad(), x);
}

/**
 * The tensor itself; its gradient is clipped to an interval on the way back.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged.
 * Gradient: `clip(g, lowerBound, upperBound)`.
 * Theano: `theano.gradient.grad_clip`.
 *
 * @param x The tensor.
 * @param lowerBound Least gradient passed on.
 * @param upperBound Largest gradient passed on.
 */
export function gradClip(x: TensorLike, lowerBound: number, upperBound: number): TensorVariable {
  return through(new GradClip(lowerBound, upperBound), x);
}

/**
 * The tensor itself; its gradient is multiplied on the way back.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged.
 * Gradient: `multiplier · g`.
 * Theano: `theano.gradient.grad_scale`.
 *
 * @param x The tensor.
 * @param multiplier What the gradient is multiplied with.
 */
export function gradScale(x: TensorLike, multiplier: number): TensorVariable {
  return through(new GradScale(multiplier), x);
}

function through(op: ViewOp, x: TensorLike): TensorVariable {
  return call(op, asTensorVariable(x)) as TensorVariable;
}
