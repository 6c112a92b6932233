/**
 * @file Quotients with remainder, and quotients rounded up.
 */

import { isComplex } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { add, cast, intDiv, mod } from "./arithmetic.ts";
import { neq } from "./logic.ts";

/**
 * The remainder, refused for complex numbers.
 *
 * Shapes: both broadcast.
 * Dtypes: upcast of both.
 * Gradient: yes.
 * Theano: `theano.tensor.mod_check`.
 *
 * @param x What is divided.
 * @param y By what.
 * @throws {ComplexError} If one is complex.
 */
export function modCheck(x: TensorLike, y: TensorLike): TensorVariable {
  if ([x, y].some((operand) => isComplex(asTensorVariable(operand).dtype))) {
    raise("ComplexError", "Theano does not support the mod operator (%) on complex numbers");
  }
  return mod(x, y);
}

/**
 * The floored quotient and the remainder.
 *
 * Shapes: both broadcast.
 * Dtypes: upcast of both.
 * Gradient: of the remainder.
 * Theano: `theano.tensor.divmod`.
 *
 * @param x What is divided.
 * @param y By what.
 */
export function divmod(
  x: TensorLike,
  y: TensorLike,
): [quotient: TensorVariable, remainder: TensorVariable] {
  return [intDiv(x, y), modCheck(x, y)];
}

/**
 * The quotient of integers, rounded up.
 *
 * Shapes: both broadcast.
 * Dtypes: upcast of both.
 * Theano: `theano.tensor.ceil_intdiv`.
 *
 * @param a What is divided.
 * @param b By what.
 */
export function ceilIntdiv(a: TensorLike, b: TensorLike): TensorVariable {
  const quotient = intDiv(a, b);
  return add(cast(neq(mod(a, b), 0), quotient.dtype), quotient);
}
