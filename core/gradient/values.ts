/**
 * @file Values that every gradient needs: zeros and ones like a variable, sums, and conversion to the
 * type that the gradient by a variable has.
 */

import { config } from "../config/config.ts";
import { type DType, isFloat } from "../dtype/dtype.ts";
import { add, cast } from "../ops/arithmetic.ts";
import { fill } from "../ops/fill.ts";
import { patternbroadcast } from "../ops/view.ts";
import { constant } from "../tensor/constructors.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";

/** The dtype of the gradient by a variable: its own if that is a float, else `floatX`. */
export function gradientDType(x: TensorVariable): DType {
  return isFloat(x.dtype) ? x.dtype : config.floatX as DType;
}

/** Zeros in the shape of a variable, as its gradient. */
export function zerosFor(x: TensorVariable): TensorVariable {
  return fill(x, constant(0, { dtype: gradientDType(x) }));
}

/** Ones in the shape of a variable, as its gradient. */
export function onesFor(x: TensorVariable): TensorVariable {
  return fill(x, constant(1, { dtype: gradientDType(x) }));
}

/** The sum of one or more gradients, added from the left. */
export function sumOf(terms: readonly TensorVariable[]): TensorVariable {
  return terms.slice(1).reduce<TensorVariable>((sum, term) => add(sum, term), terms[0]!);
}

/**
 * A gradient or tangent in the type it has for a variable: the dtype of {@linkcode gradientDType},
 * and length one declared on every axis where the variable declares it.
 *
 * @param term The gradient, with as many axes as the variable.
 * @param x The variable.
 */
export function fitTo(term: TensorVariable, x: TensorVariable): TensorVariable {
  const sized = patternbroadcast(
    term,
    term.broadcastable.map((one, axis) => one || x.broadcastable[axis]!),
  );
  return cast(sized, gradientDType(x));
}
