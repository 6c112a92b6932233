/**
 * @file Values that every gradient needs: zeros and ones like a variable, sums, and conversion to
 * the type that the gradient by a variable has.
 */

import { config } from "../config/config.ts";
import { type DType, isFloat } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import type { Type, Variable } from "../graph/variable.ts";
import { add, cast } from "../ops/arithmetic.ts";
import { fill } from "../ops/fill.ts";
import { patternbroadcast, viewOp } from "../ops/view.ts";
import { constant } from "../tensor/constructors.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";

/** The dtype of the gradient by a variable: its own if that is a float, else `floatX`. */
export function gradientDType(x: TensorVariable): DType {
  return isFloat(x.dtype) ? x.dtype : config.floatX as DType;
}

/** A root of the type of the gradient by a variable. */
export function gradientRoot(x: TensorVariable): TensorVariable {
  return new TensorType(gradientDType(x), x.broadcastable).makeVariable();
}

/** Zeros in the shape of a variable, as its gradient. */
export function zerosFor(x: TensorVariable): TensorVariable {
  return fill(x, constant(0, { dtype: gradientDType(x) }));
}

/**
 * Known gradients by some outputs. A gradient that is known counts as the whole one, but an output may
 * be read by another or be there twice, so each is known of a view that nothing else reads.
 */
export function knownByOutput(
  outputs: readonly Variable[],
  grads: readonly Variable[],
): Map<Variable, Variable> {
  return new Map(outputs.map((output, k) => [viewOp.call(output), grads[k]!]));
}

/** Ones in the shape of a variable, as its gradient. */
export function onesFor(x: TensorVariable): TensorVariable {
  return fill(x, constant(1, { dtype: gradientDType(x) }));
}

/**
 * What a type other than a tensor's brings, so that its variables have gradients: sums and zeros. Its
 * sum takes tensors, too, where gradients of both kinds meet.
 */
export interface GradientType extends Type {
  addGradients(x: Variable, y: Variable): Variable;
  zeroGradient(x: Variable): Variable;
}

function isGradientType(type: Type): type is GradientType {
  return "addGradients" in type && "zeroGradient" in type;
}

/** The sum of one or more gradients, added from the left. */
export function sumOf<T extends Variable>(terms: readonly T[]): T {
  return terms.slice(1).reduce<T>((sum, term) => sumOfTwo(sum, term) as T, terms[0]!);
}

function sumOfTwo(x: Variable, y: Variable): Variable {
  if (x instanceof TensorVariable && y instanceof TensorVariable) return add(x, y);
  const { type } = x instanceof TensorVariable ? y : x;
  return isGradientType(type)
    ? type.addGradients(x, y)
    : raise("TypeError", `Gradients of type ${x.type} and ${y.type} cannot be added`);
}

/** Zeros as the gradient by any variable; null if its type has none. */
export function zeroGradient(x: Variable): Variable | null {
  if (x instanceof TensorVariable) return zerosFor(x);
  return isGradientType(x.type) ? x.type.zeroGradient(x) : null;
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
