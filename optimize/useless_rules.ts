/**
 * @file Ops that do nothing, or whose result is known: on from the first pass to the last.
 *
 * Special values, as in Theano: a variable equals itself, so `eq(x, x)` is true also where `x` is NaN.
 */

import type { Apply, Variable } from "../core/graph/variable.ts";
import { add, mul } from "../core/ops/arithmetic.ts";
import { maximum, minimum } from "../core/ops/arithmetic.ts";
import { fill, tensorCopy } from "../core/ops/fill.ts";
import { isTensorOp } from "../core/ops/kind.ts";
import { and, eq, ge, gt, le, lt, neq, or, switch_, xor } from "../core/ops/logic.ts";
import type { Reduce } from "../core/ops/reduce.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { inputsOf, like, madeBy, outputOf, recordOf } from "./forms.ts";
import { scalarValue } from "./match.ts";
import { rewrite, type Rule, trackOf } from "./rule.ts";

const cast = { cast: true } as const;

function isSame(x: Variable, y: Variable): boolean {
  return x === y;
}

/** Elementwise ops with one input, with equal inputs, or with a constant that decides. */
export const uselessElemwise: Rule = rewrite(
  "local_useless_elemwise",
  [eq, neq, add, mul, tensorCopy, and, or, xor],
  (node) => {
    const [x, y] = inputsOf(node);
    if (node.inputs.length === 1) return x;
    const out = outputOf(node);
    switch (recordOf(node)!.name) {
      case "eq":
        return isSame(x!, y!) ? like(1, out) : undefined;
      case "neq":
        return isSame(x!, y!) ? like(0, out) : undefined;
      case "and_":
      case "or_":
      case "xor":
        return node.inputs.length === 2 ? uselessBits(node, x!, y!) : undefined;
      default:
        return undefined;
    }
  },
  cast,
);

function uselessBits(
  node: Apply,
  x: TensorVariable,
  y: TensorVariable,
): TensorVariable | undefined {
  const out = outputOf(node);
  const name = recordOf(node)!.name;
  if (name === "xor") return isSame(x, y) ? like(0, out) : undefined;
  for (const [constant, other] of [[x, y], [y, x]] as const) {
    const value = scalarValue(constant);
    if (value === undefined) continue;
    const isAll = value !== 0 && out.dtype === "bool";
    if (name === "and_" && value === 0) return like(0, out);
    if (name === "and_" && isAll) return other;
    if (name === "or_" && value === 0) return other;
    if (name === "or_" && isAll) return like(1, out);
  }
  return undefined;
}

/** Comparisons of a variable with itself, and of sizes with numbers that sizes never reach. */
export const uselessComparison: Rule = rewrite(
  "local_useless_elemwise_comparison",
  [lt, gt, le, ge, minimum, maximum, eq],
  (node) => {
    const [x, y] = inputsOf(node);
    const out = outputOf(node);
    const name = recordOf(node)!.name;
    if (isSame(x!, y!)) {
      if (name === "lt" || name === "gt") return like(0, out);
      if (name === "le" || name === "ge") return like(1, out);
      if (name === "minimum" || name === "maximum") return x;
    }
    return comparedSize(name, x!, y!, out) ?? comparedSize(mirrored[name]!, y!, x!, out);
  },
  cast,
);

const mirrored: Readonly<Record<string, string>> = {
  lt: "gt",
  gt: "lt",
  le: "ge",
  ge: "le",
  eq: "eq",
  minimum: "minimum",
  maximum: "maximum",
};

/** A size compared with a constant. */
function comparedSize(
  name: string,
  size: TensorVariable,
  limit: TensorVariable,
  out: TensorVariable,
): TensorVariable | undefined {
  const value = scalarValue(limit);
  if (value === undefined || value > 0 || !isSize(size)) return undefined;
  if (name === "eq") return value < 0 ? like(0, out) : undefined;
  if (name === "lt") return like(0, out);
  if (name === "ge") return like(1, out);
  if (name === "le" || name === "gt") {
    return value < 0 ? like(name === "gt" ? 1 : 0, out) : undefined;
  }
  return name === "maximum" ? size : value === 0 ? like(0, out) : undefined;
}

/** Whether a variable is the size of an axis or a sum of such: never negative. */
export function isSize(x: Variable): boolean {
  const { owner } = x;
  if (owner === null || !isTensorOp(owner.op)) return false;
  switch (trackOf(owner.op)) {
    case "shapeI":
    case "shape":
      return true;
    case "subtensor":
    case "dimshuffle":
    case "Cast":
      return isSize(owner.inputs[0]!) && isWide(x);
    case "add":
      return owner.inputs.every(isSize);
    case "makeVector":
      return owner.inputs.length > 0 && owner.inputs.every(isSize);
    default:
      return false;
  }
}

function isWide(x: Variable): boolean {
  const { dtype } = x as TensorVariable;
  return dtype === "int64" || dtype === "uint64" || dtype.startsWith("float");
}

/** A fill that repeats nothing. */
export const uselessFill: Rule = rewrite("local_useless_fill", [fill], (node) => {
  const [, value] = inputsOf(node);
  return value!.type.equals(outputOf(node).type) ? value : undefined;
});

/** A switch whose condition is known, or whose branches are the same. */
export const uselessSwitch: Rule = rewrite(
  "local_useless_switch",
  [switch_],
  (node) => {
    const [condition, yes, no] = inputsOf(node);
    const value = scalarValue(condition!);
    if (value !== undefined) return value === 0 ? no : yes;
    if (isSame(yes!, no!)) return yes;
    const test = madeBy(condition!, le.record.name);
    const [left, right] = test ? inputsOf(test) : [];
    const isFloor = left !== undefined && isSame(left, no!) && isSize(left) &&
      scalarValue(right!) === 0 && scalarValue(yes!) === 0;
    return isFloor ? no : undefined;
  },
  { cast: true, tags: ["local_remove_switch_const_cond"] },
);

/** A reduction over no axis. */
export const uselessReduce: Rule = rewrite(
  "local_useless_reduce",
  ["reduce"],
  (node) => {
    const { axis, record } = node.op as Reduce;
    const [x] = inputsOf(node);
    const reducesNothing = axis === null ? x!.ndim === 0 : axis.length === 0;
    return reducesNothing && record.id !== "other" ? x : undefined;
  },
  { cast: true, tags: ["local_cut_useless_reduce"] },
);

/** Views that change nothing but the gradient. */
export const viewOp: Rule = rewrite("local_view_op", ["view"], (node) => node.inputs[0]);
