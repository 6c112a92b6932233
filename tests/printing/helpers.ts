/**
 * @file Graphs of the manual's examples, made of ops and records of the tests' own where the names
 * alone matter.
 */

import { NDArray } from "../../core/array/ndarray.ts";
import { cast } from "../../core/ops/arithmetic.ts";
import { type Binary, binary, type Unary, unary } from "../../core/ops/elementwise.ts";
import { constant } from "../../core/tensor/constructors.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorConstant, TensorVariable } from "../../core/tensor/tensor_variable.ts";

export const pow: Binary = binary({ name: "pow", dtype: "upcast", ref: Math.pow });
export const tanh: Unary = unary({ name: "tanh", dtype: "floatUp", ref: Math.tanh });
export const exp: Unary = unary({ name: "exp", dtype: "floatUp", ref: Math.exp });
export const gt: Binary = binary({ name: "gt", dtype: "bool", ref: (x, y) => x > y });

export { cast };

/** A float64 variable with a number of axes. */
export function real(ndim: number, name?: string): TensorVariable {
  return new TensorType("float64", new Array<boolean>(ndim).fill(false)).makeVariable(name);
}

/** A float64 constant. */
export function float(value: number): TensorConstant {
  return constant(NDArray.scalar(value, "float64"));
}
