/**
 * @file Derivatives of elementwise ops, from the partials of their records.
 *
 * A gradient is not multiplied with a finished partial but carried into it: `g · (y · x^(y−1))` is
 * built as `(g · y) · x^(y−1)`, `g · (1 / x)` as `g / x`, and both branches of a switch get their
 * own `g`, so that zero times infinity does not arise where the branch is not taken. This is also
 * the form that Theano prints.
 */

import { isComplex, isDiscrete } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import type { Op } from "../graph/op.ts";
import { gradNotImplemented } from "../graph/special_types.ts";
import type { Apply } from "../graph/variable.ts";
import { inv, mul, neg, trueDiv } from "../ops/arithmetic.ts";
import { DimShuffle } from "../ops/dimshuffle.ts";
import { className, Elementwise, isComposite } from "../ops/elementwise.ts";
import { fill, second } from "../ops/fill.ts";
import { switch_ } from "../ops/logic.ts";
import { sum } from "../ops/reduce.ts";
import type { ScalarOp } from "../ops/scalar_op.ts";
import { TensorConstant, type TensorVariable } from "../tensor/tensor_variable.ts";
import {
  allConnected,
  type ConnectionPattern,
  type Derivative,
  type Gradient,
  type OutputGradient,
  type Tangent,
} from "./derivative.ts";
import { refuseRop } from "./own.ts";
import { sumOf, zerosFor } from "./values.ts";

/** Derivatives of {@linkcode Elementwise}. */
export const elementwise: Derivative = { lop, rop, connectionPattern };

/** Of `second(x, y)`, only `y` gives values. */
function connectionPattern(node: Apply): ConnectionPattern {
  const isFill = (node.op as Elementwise).scalar === second.record;
  return isFill ? [[false], [true]] : allConnected(node);
}

function lop(
  node: Apply,
  [g]: readonly OutputGradient[],
  wanted: readonly boolean[],
): readonly Gradient[] {
  const record = recordOf(node);
  const [inputs, y] = tensorsOf(node);
  if (isComplex(y.dtype)) raise("NotImplementedError", complexText);
  const horizon = horizonOf(y);
  return inputs.map((x, k) => {
    if (!wanted[k]) return undefined;
    if (isComplex(x.dtype)) refuseComplex(node, x, k);
    const partial = isDiscrete(x.dtype) || isDiscrete(y.dtype)
      ? checkDifferentiable(record)
      : partialBy(record, y, inputs, k);
    if (partial === undefined) return zerosFor(x);
    if (partial === "unknown") return gradNotImplemented(node.op, k, x);
    return unbroadcastSum(carried(g!, partial, horizon), x, y);
  });
}

function rop(
  node: Apply,
  points: readonly (TensorVariable | undefined)[],
): readonly Tangent[] {
  const record = recordOf(node);
  const [inputs, y] = tensorsOf(node);
  if (isComplex(y.dtype)) raise("NotImplementedError", complexText);
  const horizon = horizonOf(y);
  const terms: TensorVariable[] = [];
  points.forEach((point, k) => {
    if (!point || isDiscrete(y.dtype) || isDiscrete(inputs[k]!.dtype)) return;
    const partial = partialBy(record, y, inputs, k);
    if (partial === "unknown") refuseRop(node.op);
    if (partial !== undefined) terms.push(carried(point, partial, horizon));
  });
  if (terms.length === 0) return [undefined];
  const total = sumOf(terms);
  const whole = y.broadcastable.every((one, axis) => total.broadcastable[axis] === one);
  return [whole ? total : fill(y, total)];
}

/** The real result of complex numbers has a complex gradient, which is none that `grad` takes. */
function refuseComplex(node: Apply, x: TensorVariable, k: number): never {
  return raise(
    "TypeError",
    `${node.op.name}.grad illegally returned an integer-valued variable. ` +
      `(Input index ${k}, dtype ${x.dtype})`,
  );
}

const complexText = "We do not support grad/Rop/Lop/verify_grad on complex.";

function recordOf(node: Apply): ScalarOp {
  const { scalar } = node.op as Elementwise;
  return isComposite(scalar)
    ? raise("NotImplementedError", "grad is not implemented for Composite")
    : scalar;
}

function tensorsOf(node: Apply): [readonly TensorVariable[], TensorVariable] {
  return [node.inputs as TensorVariable[], node.outputs[0] as TensorVariable];
}

/** Refuses a record without derivatives. */
function checkDifferentiable(record: ScalarOp): undefined {
  if (record.partials === undefined) {
    const name = className(record);
    raise("MethodNotDefined", `('grad', <class '${name}'>, '${name}')`);
  }
}

/** The partial derivative by one input, or undefined where it is zero. */
function partialBy(
  record: ScalarOp,
  y: TensorVariable,
  inputs: readonly TensorVariable[],
  k: number,
): TensorVariable | "unknown" | undefined {
  checkDifferentiable(record);
  const partials = record.partials!;
  if (partials === "zero") return undefined;
  if (typeof partials === "function") return partials(y, inputs, k);
  const partial = partials[k]!;
  if (partial === "zero") return undefined;
  return partial === "unknown" ? partial : partial(y, ...inputs);
}

/** A number that variables made from now on exceed. */
function horizonOf(y: TensorVariable): number {
  return y.type.makeVariable().id;
}

/**
 * The product of a gradient and a partial, the gradient carried to where it makes the least work.
 *
 * @param g The gradient.
 * @param partial The partial.
 * @param horizon Only nodes made later than this belong to the partial; others are the user's.
 */
function carried(g: TensorVariable, partial: TensorVariable, horizon: number): TensorVariable {
  if (constantValue(partial, horizon) === 1) return g;
  const { owner } = partial;
  if (!owner || partial.id < horizon || !(owner.op instanceof Elementwise)) return mul(g, partial);
  const [a, b, c] = owner.inputs as TensorVariable[];
  switch (owner.op.scalar) {
    case neg.record:
      return neg(carried(g, a!, horizon));
    case inv.record:
      return trueDiv(g, a!);
    case trueDiv.record:
      return trueDiv(carried(g, a!, horizon), b!);
    case mul.record:
      return owner.inputs.length === 2 ? mul(carried(g, a!, horizon), b!) : mul(g, partial);
    case switch_.record:
      return switch_(a!, carriedBranch(g, b!, horizon), carriedBranch(g, c!, horizon));
    default:
      return mul(g, partial);
  }
}

function carriedBranch(
  g: TensorVariable,
  branch: TensorVariable,
  horizon: number,
): TensorVariable {
  return constantValue(branch, horizon) === 0 ? branch : carried(g, branch, horizon);
}

/** The value of a constant scalar that a partial made, also one that was given more axes. */
function constantValue(x: TensorVariable, horizon: number): number | undefined {
  let inner = x;
  while (inner.owner && inner.id > horizon && passesValue(inner.owner.op)) {
    inner = inner.owner.inputs[0] as TensorVariable;
  }
  if (!(inner instanceof TensorConstant) || inner.id < horizon) return undefined;
  return inner.data.size === 1 ? Number(inner.data.reshape([]).item()) : undefined;
}

/** Whether an op only adds axes or converts a small whole number. */
function passesValue(op: Op): boolean {
  if (op instanceof DimShuffle) return true;
  return op instanceof Elementwise && !isComposite(op.scalar) && op.scalar.name.startsWith("Cast{");
}

/** A term summed over the axes on which an input was repeated. */
function unbroadcastSum(
  term: TensorVariable,
  x: TensorVariable,
  y: TensorVariable,
): TensorVariable {
  const axis = [...x.broadcastable.keys()].filter((k) =>
    x.broadcastable[k]! && !y.broadcastable[k]!
  );
  return axis.length === 0 ? term : sum(term, { axis, keepdims: true });
}
