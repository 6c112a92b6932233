/**
 * @file Elementwise ops that only place values: fill and copy.
 */

import { config } from "../config/config.ts";
import { type DType, isComplex } from "../dtype/dtype.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { cast } from "./arithmetic.ts";
import { type Binary, binary, type Unary, unary } from "./elementwise.ts";

/** The second input in the broadcast shape of both: `y` wherever there is an `x`. */
export const second: Binary = binary({
  name: "second",
  dtype: "second",
  // A complex number has no lane in a real dtype; anything else may be read in the result's.
  operands: (inputs, output) => [isComplex(inputs[0]!) ? inputs[0]! : output, output],
  ref: (_x, y) => y,
  big: (_x, y) => y,
  complex: (_x, y) => y,
  body: (_s, _x, y) => y,
  partials: ["zero", (z) => cast(constant(1), z.dtype)],
  domain: [-1e3, 1e3],
  ulp: { wasm: 0, wgsl: 0 },
});

/** {@linkcode second} by NumPy's name. */
export const fill: Binary = second;

/** A copy `x`. */
export const tensorCopy: Unary = unary({
  name: "identity",
  label: "Elemwise{identity}",
  dtype: "same",
  ref: (x) => x,
  big: (x) => x,
  complex: (x) => x,
  body: (_s, x) => x,
  partials: [(y) => cast(constant(1), y.dtype)],
  domain: [-1e3, 1e3],
  ulp: { wasm: 0, wgsl: 0 },
  facts: { idempotent: true, increasing: true },
});

/** Options of {@linkcode zerosLike} and {@linkcode onesLike}. */
export interface LikeOptions {
  readonly dtype?: DType | "floatX";
  readonly opt?: boolean;
}

type GivenLike = Given<LikeOptions, [dtype?: DType | "floatX", opt?: boolean]>;

/**
 * Zeros in the shape of a tensor.
 *
 * Shapes: the model's, its broadcast pattern included.
 * Dtypes: the model's, or the one given.
 * Theano: `theano.tensor.zeros_like`.
 *
 * @param model The tensor.
 * @param given A dtype; and whether a scalar constant will do for a scalar.
 */
export function zerosLike(model: TensorLike, ...given: GivenLike): TensorVariable {
  return filledLike("zerosLike", model, 0, given);
}

/**
 * Ones in the shape of a tensor.
 *
 * Shapes: the model's, its broadcast pattern included.
 * Dtypes: the model's, or the one given.
 * Theano: `theano.tensor.ones_like`.
 *
 * @param model The tensor.
 * @param given A dtype; and whether a scalar constant will do for a scalar.
 */
export function onesLike(model: TensorLike, ...given: GivenLike): TensorVariable {
  return filledLike("onesLike", model, 1, given);
}

function filledLike(
  name: string,
  model: TensorLike,
  value: number,
  given: GivenLike,
): TensorVariable {
  const { dtype, opt = false } = optional<LikeOptions>(name, ["dtype", "opt"], given);
  const x = asTensorVariable(model);
  const wanted = dtype === "floatX" ? config.floatX : dtype ?? x.dtype;
  const element = constant(value, { dtype: wanted });
  return opt && x.ndim === 0 ? element : second(x, element);
}
