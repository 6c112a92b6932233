/**
 * @file Derivatives of sums, products, extremes and running totals.
 */

import { raise } from "../errors.ts";
import type { Apply } from "../graph/variable.ts";
import type { Extremes } from "../ops/argmax.ts";
import { equal, mul, trueDiv } from "../ops/arithmetic.ts";
import { type CumOp, cumsum } from "../ops/cumulative.ts";
import { applyScalar } from "../ops/elementwise.ts";
import { fill } from "../ops/fill.ts";
import { get } from "../ops/indexing.ts";
import { makeKeepDims } from "../ops/layout.ts";
import { and, switch_ } from "../ops/logic.ts";
import { Reduce, sum } from "../ops/reduce.ts";
import { reductions } from "../ops/reduce_record.ts";
import { reshape } from "../ops/reshape.ts";
import { shape } from "../ops/shape.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { Derivative, Gradient, OutputGradient, Tangent } from "./derivative.ts";
import { refuseRop } from "./own.ts";
import { again, tensorInputs } from "./structural.ts";
import { zerosFor } from "./values.ts";

/** Derivatives of {@linkcode Reduce}. */
export const reduce: Derivative = { lop: reduceLop, rop: reduceRop };

function reduceLop(node: Apply, [g]: readonly OutputGradient[]): readonly Gradient[] {
  const op = node.op as Reduce;
  const x = tensorInputs(node)[0]!;
  const out = node.outputs[0] as TensorVariable;
  const widened = (y: TensorVariable): TensorVariable => makeKeepDims(x, y, op.axis);
  switch (op.record.id) {
    case "sum":
      return [fill(x, widened(g!))];
    case "max":
    case "min":
      return [mul(applyScalar(equal, widened(out), x), widened(g!))];
    case "prodOfNonzeros":
      return [trueDiv(mul(widened(g!), widened(out)), x)];
    case "prod":
      return [productGradient(x, widened(out), widened(g!), op)];
    case "prodWithoutZeros":
      return raise(
        "NotImplementedError",
        "2nd derivatives of `product(a)` is not currently supported. If `a` is guaranteed to " +
          "contain no zeros, use `product(a, no_zeros_in_input=True)`.",
      );
    case "any":
    case "all":
      return [zerosFor(x)];
    case "other":
      return raise("AttributeError", "'CAReduce' object has no attribute 'grad'");
  }
}

/**
 * The gradient of a product. A group without zeros gets `product / x`; in a group with one zero
 * only that element has a gradient, the product of the others; with more zeros there is none.
 */
function productGradient(
  x: TensorVariable,
  product: TensorVariable,
  g: TensorVariable,
  op: Reduce,
): TensorVariable {
  const isZero = applyScalar(equal, x, asTensorVariable(0));
  const widened = (y: TensorVariable): TensorVariable => makeKeepDims(x, y, op.axis);
  const zeros = widened(sum(isZero, { axis: op.axis }));
  const others = widened(again(new Reduce(reductions.prodWithoutZeros, op), x));
  const isOnly = and(applyScalar(equal, zeros, asTensorVariable(1)), isZero);
  const withZeros = mul(switch_(isOnly, others, zerosFor(x)), g);
  const hasNone = applyScalar(equal, zeros, asTensorVariable(0));
  return switch_(hasNone, trueDiv(mul(g, product), x), withZeros);
}

function reduceRop(
  node: Apply,
  [point]: readonly (TensorVariable | undefined)[],
): readonly Tangent[] {
  const op = node.op as Reduce;
  const { id } = op.record;
  if (id === "sum") return [again(op, point!)];
  if (id !== "max" && id !== "min") return refuseRop(op);
  return [pickedTangent(node, op.axis, point!)];
}

/** The sum of the tangents of all elements that equal the extreme: the adjoint of its gradient. */
function pickedTangent(
  node: Apply,
  axis: readonly number[] | null,
  point: TensorVariable,
): TensorVariable {
  const x = tensorInputs(node)[0]!;
  const extreme = makeKeepDims(x, node.outputs[0] as TensorVariable, axis);
  return sum(mul(applyScalar(equal, extreme, x), point), { axis });
}

/** Derivatives of {@linkcode Extremes}: the largest element, and where it stands. */
export const argmax: Derivative = {
  lop: (node, [g]) => {
    const x = tensorInputs(node)[0]!;
    const { axis, results } = node.op as Extremes;
    if (results === "argmax" || !g) return [zerosFor(x)];
    const largest = makeKeepDims(x, node.outputs[0] as TensorVariable, axis);
    return [mul(applyScalar(equal, largest, x), makeKeepDims(x, g, axis))];
  },
  rop: (node, [point]) => {
    const { axis, results } = node.op as Extremes;
    return results === "argmax" ? [null] : [pickedTangent(node, axis, point!), null];
  },
};

/** Derivatives of {@linkcode CumOp}: the running total from the other end. */
export const cumulative: Derivative = {
  lop: (node, [g]) => {
    const { axis, mode } = node.op as CumOp;
    const x = tensorInputs(node)[0]!;
    const back = totalFromEnd(
      mode === "add" ? g! : mul(node.outputs[0] as TensorVariable, g!),
      axis,
    );
    const shaped = axis === null ? reshape(back, shape(x), { ndim: x.ndim }) : back;
    return [mode === "add" ? shaped : trueDiv(shaped, x)];
  },
  rop: (node, [point]) => {
    const { mode } = node.op as CumOp;
    return mode === "add" ? [again(node.op, point!)] : refuseRop(node.op);
  },
};

function totalFromEnd(x: TensorVariable, axis: number | null): TensorVariable {
  const position = axis === null ? 0 : axis < 0 ? axis + x.ndim : axis;
  const turned = [...new Array<string>(position).fill(":"), "::-1"];
  return get(cumsum(get(x, ...turned), { axis: position }), ...turned);
}
