/**
 * @file One form for equal things: the rules of `canonicalize` about elementwise algebra.
 *
 * Special values, as in Theano: `x · 0` and `0 / x` are 0 also where `x` is infinite, NaN or 0.
 */

import { dtypes, isComplex, isDiscrete } from "../core/dtype/dtype.ts";
import { upcast } from "../core/dtype/promote.ts";
import type { Apply } from "../core/graph/variable.ts";
import {
  abs,
  add,
  cast,
  intDiv,
  inv,
  maximum,
  minimum,
  mod,
  mul,
  neg,
  sub,
  trueDiv,
} from "../core/ops/arithmetic.ts";
import { Elementwise } from "../core/ops/elementwise.ts";
import { second, tensorCopy } from "../core/ops/fill.ts";
import { arccosh, cosh, pow } from "../core/ops/transcendental.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { constant as constantOf } from "../core/tensor/constructors.ts";
import { DimShuffle } from "../core/ops/dimshuffle.ts";
import { NDArray } from "../core/array/ndarray.ts";
import {
  hasOneClient,
  inputsOf,
  like,
  madeBy,
  outputOf,
  recordOf,
  sameOp,
  shuffled,
} from "./forms.ts";
import { scalarElement, scalarValue } from "./match.ts";
import { constant, hole, on, type Replacement, rewrite, type Rule, rule, trackOf } from "./rule.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";

const x = hole("x");
const c = constant("c");
const casting = { cast: true } as const;

/** `f(fill(a, b), fill(c, d), e)` is `fill(c, fill(a, f(b, d, e)))`. */
export const fillSink: Rule = rewrite("local_fill_sink", "*", (node) => {
  if (!(node.op instanceof Elementwise) || recordOf(node) === second.record) return undefined;
  const models: TensorVariable[] = [];
  const values = inputsOf(node).map((input) => {
    const owner = madeBy(input, second.record.name);
    if (owner === undefined) return input;
    const [model, value] = inputsOf(owner);
    models.push(model!);
    return value!;
  });
  if (models.length === 0 || node.outputs.length !== 1) return undefined;
  let result = sameOp(node, ...values);
  for (const model of models) {
    const adds = model.broadcastable.some((one, axis) => !one && result.broadcastable[axis]);
    if (adds || model.ndim > result.ndim) result = second(model, result);
  }
  return result;
});

/** `−x` is `−1 · x`: one form for signs in products. */
export const negToMul: Rule = rule("local_neg_to_mul", on(neg, x), ({ x }) => mul(like(-1, x), x));

/** A product with a factor 0 is 0. */
export const mulZero: Rule = rewrite("local_mul_zero", [mul], (node) => {
  const isZero = inputsOf(node).some((factor) => scalarValue(factor) === 0);
  return isZero ? like(0, outputOf(node)) : undefined;
});

/** A whole number divided by 1 is itself; of a float, `x // 1` is its floor. */
export const intdivByOne: Rule = rule(
  "local_intdiv_by_one",
  on(intDiv, x, 1),
  ({ x }) => x,
  ({ x }, node) => isDiscrete(outputOf(node).dtype) && isDiscrete(x.dtype),
  casting,
);

/** `0 / x` and `0 // x` are 0. */
export const zeroDiv: Rule = rewrite(
  "local_zero_div",
  [trueDiv, intDiv],
  (node) => scalarValue(node.inputs[0]!) === 0 ? like(0, outputOf(node)) : undefined,
);

/** `1 / x` as `inv` is a power. */
export const invCanon: Rule = rule(
  "local_inv_canon",
  on(inv, x),
  ({ x }, node) => pow(x, like(-1, outputOf(node))),
  undefined,
  casting,
);

/** `x⁰` is 1 and `x¹` is `x`. */
export const powCanonicalize: Rule = rule(
  "local_pow_canonicalize",
  on(pow, x, c),
  ({ x, c }, node) => scalarValue(c) === 0 ? like(1, outputOf(node)) : x,
  ({ c }) => scalarValue(c) === 0 || scalarValue(c) === 1,
  casting,
);

/** Two casts are one, if the first loses nothing or is repeated. */
export const castCast: Rule = rewrite("local_cast_cast", ["Cast"], (node) => {
  const [inner] = inputsOf(node);
  const { owner } = inner!;
  const out = outputOf(node);
  if (inner!.dtype === out.dtype) return inner;
  if (owner === null || !recordOf(owner)?.name.startsWith("Cast{")) return undefined;
  const [base] = inputsOf(owner);
  return isUpcast(base!, inner!) ? cast(base!, out.dtype) : undefined;
});

const kinds = ["bool", "uint", "int", "float", "complex"];

/** Whether a conversion keeps every value. */
function isUpcast(from: TensorVariable, to: TensorVariable): boolean {
  const [a, b] = [dtypes[from.dtype], dtypes[to.dtype]];
  if (a.kind === "bool") return true;
  return kinds.indexOf(b.kind) >= kinds.indexOf(a.kind) && b.bytes > a.bytes &&
    upcast(from.dtype, to.dtype) === to.dtype;
}

/** Functions with a value for every number, so that undoing them is never a loss. */
const total = new Set([
  "exp",
  "exp2",
  "expm1",
  "sinh",
  "arcsinh",
  "tanh",
  "deg2rad",
  "rad2deg",
  "neg",
  "invert",
  "conj",
]);

/** Pairs that Theano undoes though the inner function is not defined everywhere. */
const accepted = new Set(["arctanh", "inv"]);

/** `f(g(x))` is `x` where one undoes the other; `arccosh(cosh(x))` is `|x|`. */
export const funcInv: Rule = rewrite("local_func_inv", "*", (node) => {
  const record = recordOf(node);
  const { owner } = node.inputs[0] ?? {};
  const inner = owner ? recordOf(owner) : undefined;
  if (record === undefined || inner === undefined || node.inputs.length !== 1) return undefined;
  const x = owner!.inputs[0] as TensorVariable;
  if (record === cosh.record && inner === arccosh.record) return x;
  if (record === arccosh.record && inner === cosh.record) return abs(x);
  if (record.facts?.inverse !== inner.name) return undefined;
  if (!total.has(inner.name) && !accepted.has(inner.name)) return undefined;
  const isExact = inner.name === "neg" || inner.name === "conj" || inner.name === "inv";
  if (isComplex(x.dtype) && !isExact) return undefined;
  return inner.name === "inv" && isDiscrete(x.dtype) ? undefined : x;
}, casting);

/** Constants get the dtype of the result, so that `1 − x` and `1.0 − x` are the same. */
export const upcastConstants: Rule = rewrite(
  "local_upcast_elemwise_constant_inputs",
  [add, sub, mul, intDiv, mod, maximum, minimum],
  (node) => {
    const { dtype } = outputOf(node);
    const inputs = inputsOf(node);
    const typed = inputs.map((input) => {
      const value = input.dtype === dtype ? undefined : scalarElement(input);
      if (value === undefined || !input.broadcastable.every(Boolean)) return input;
      return constantOf(NDArray.scalar(value, input.dtype).astype(dtype), { ndim: input.ndim });
    });
    return typed.every((input, i) => input === inputs[i]) ? undefined : sameOp(node, ...typed);
  },
);

/** `|x · y|` is `|x| · |y|`, and so are quotients. */
export const absLift: Rule = rewrite("local_abs_lift", [abs], (node) => {
  const { owner } = node.inputs[0]!;
  const record = owner ? recordOf(owner) : undefined;
  if (record !== mul.record && record !== trueDiv.record) return undefined;
  return sameOp(owner!, ...inputsOf(owner!).map((input) => abs(input)));
}, casting);

/** Copies are values already. */
export const removeTensorCopy: Rule = rule("remove_tensor_copy", on(tensorCopy, x), ({ x }) => x);

/** Dimshuffles go through elementwise ops, into each other, and away where they change nothing. */
export const dimshuffleLift: Rule = rewrite("local_dimshuffle_lift", ["dimshuffle"], lifted);

function lifted(node: Apply, graph: FunctionGraph): Replacement {
  const { order } = node.op as DimShuffle;
  const [input] = inputsOf(node);
  const inner = input!.owner;
  if (
    inner?.op instanceof Elementwise && inner.outputs.length === 1 && hasOneClient(graph, input!)
  ) {
    return sameOp(inner, ...inputsOf(inner).map((x) => shuffled(x, order)));
  }
  if (inner?.op instanceof DimShuffle) return shuffled(input!, order);
  if (inner && trackOf(inner.op) === "makeVector" && inner.inputs.length === 1) {
    return shuffled(inputsOf(inner)[0]!, order.map(() => "x"));
  }
  return isIdentity(order, input!) ? input : undefined;
}

function isIdentity(order: DimShuffle["order"], x: TensorVariable): boolean {
  return order.length === x.ndim && order.every((axis, i) => axis === i);
}
