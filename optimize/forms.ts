/**
 * @file Small makers for the right sides of rules.
 */

import { type DType, isDiscrete } from "../core/dtype/dtype.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { call } from "../core/graph/op.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { type AxisOrNew, DimShuffle, dimshuffle } from "../core/ops/dimshuffle.ts";
import { Elementwise, isComposite } from "../core/ops/elementwise.ts";
import { cast, mul, neg } from "../core/ops/arithmetic.ts";
import type { ScalarOp } from "../core/ops/scalar_op.ts";
import { constant } from "../core/tensor/constructors.ts";
import type { TensorConstant, TensorVariable } from "../core/tensor/tensor_variable.ts";
import { scalarValue } from "./match.ts";

/** A scalar constant of a dtype. */
export function scalar(value: number, dtype: DType): TensorConstant {
  return constant(value, { dtype });
}

/** A scalar constant of a tensor's dtype. */
export function like(value: number, x: Variable): TensorConstant {
  return scalar(value, (x as TensorVariable).dtype);
}

/** The inputs of a node, all tensors. */
export function inputsOf(node: Apply): readonly TensorVariable[] {
  return node.inputs as TensorVariable[];
}

/** The first output of a node, a tensor. */
export function outputOf(node: Apply): TensorVariable {
  return node.outputs[0] as TensorVariable;
}

/** The record of an elementwise op that is not fused, or undefined. */
export function recordOf(node: Apply | null): ScalarOp | undefined {
  if (node === null || !(node.op instanceof Elementwise)) return undefined;
  const { scalar: record } = node.op;
  return isComposite(record) ? undefined : record;
}

/** The node that computes a variable by a record of this name, or undefined. */
export function madeBy(variable: Variable, name: string): Apply | undefined {
  const { owner } = variable;
  return owner !== null && recordOf(owner)?.name === name ? owner : undefined;
}

/**
 * `−x` in the dtype of a result that is continuous, a double negation taken away. Integers are
 * converted first: unsigned ones have no negative.
 *
 * @param x What is negated.
 * @param out A variable of the dtype wanted.
 */
export function opposite(x: TensorVariable, out: TensorVariable): TensorVariable {
  return isDiscrete(x.dtype) ? neg(cast(x, out.dtype)) : negatedIn(x) ?? neg(x);
}

/** The `y` of a continuous `−y`, in either spelling. */
export function negatedIn(x: TensorVariable): TensorVariable | undefined {
  if (isDiscrete(x.dtype)) return undefined;
  const inner = madeBy(x, neg.record.name);
  if (inner !== undefined) return inputsOf(inner)[0]!;
  const product = madeBy(x, mul.record.name);
  if (product === undefined || product.inputs.length !== 2) return undefined;
  const [sign, rest] = inputsOf(product);
  if (rest!.type === x.type && scalarValue(sign!) === -1) return rest!;
  return sign!.type === x.type && scalarValue(rest!) === -1 ? sign! : undefined;
}

/** The op of a node applied to other inputs. */
export function sameOp(node: Apply, ...inputs: readonly Variable[]): TensorVariable {
  return call(node.op, ...inputs) as TensorVariable;
}

/** Whether nothing else reads a variable. */
export function hasOneClient(graph: FunctionGraph, variable: Variable): boolean {
  return graph.clients(variable).length === 1;
}

/** Axes in another order: dimshuffles of dimshuffles are one, and none where nothing changes. */
export function shuffled(x: TensorVariable, order: readonly AxisOrNew[]): TensorVariable {
  const { owner } = x;
  if (owner?.op instanceof DimShuffle) {
    const below = owner.op.order;
    return shuffled(
      owner.inputs[0] as TensorVariable,
      order.map((axis) => axis === "x" ? axis : below[axis]!),
    );
  }
  const isSame = order.length === x.ndim && order.every((axis, i) => axis === i);
  return isSame ? x : dimshuffle(x, ...order);
}
