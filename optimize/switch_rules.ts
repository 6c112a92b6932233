/**
 * @file Rules about switches: factors go into branches, and switches with one condition become one.
 *
 * A factor goes into the branch that is not zero, so that `switch(c, 0, x) · NaN` is 0 where `c` holds:
 * gradients of switches rely on it.
 */

import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { add, intDiv, maximum, minimum, mod, mul, sub, trueDiv } from "../core/ops/arithmetic.ts";
import { eq, ge, gt, le, lt, neq, switch_ } from "../core/ops/logic.ts";
import { inputsOf, like, madeBy, outputOf, sameOp } from "./forms.ts";
import { scalarValue } from "./match.ts";
import { rewrite, type Rule } from "./rule.ts";

/**
 * A switch with a branch that is zero, with the other branch changed.
 *
 * @param x What may be such a switch.
 * @param change What becomes of the branch that is not zero.
 */
function intoBranch(
  x: TensorVariable,
  change: (branch: TensorVariable) => TensorVariable,
): TensorVariable | undefined {
  const owner = madeBy(x, switch_.record.name);
  if (owner === undefined) return undefined;
  const [condition, yes, no] = inputsOf(owner);
  if (scalarValue(yes!) === 0) {
    const branch = change(no!);
    return switch_(condition!, like(0, branch), branch);
  }
  if (scalarValue(no!) !== 0) return undefined;
  const branch = change(yes!);
  return switch_(condition!, branch, like(0, branch));
}

/** `a · switch(c, 0, b)` is `switch(c, 0, a · b)`. */
export const mulSwitchSink: Rule = rewrite("local_mul_switch_sink", [mul], (node) => {
  const inputs = inputsOf(node);
  for (const [i, x] of inputs.entries()) {
    const others = inputs.toSpliced(i, 1);
    const sunk = intoBranch(x, (branch) => mul(...others, branch));
    if (sunk !== undefined) return sunk;
  }
  return undefined;
}, { cast: true });

/** `switch(c, 0, a) / b` is `switch(c, 0, a / b)`. */
export const divSwitchSink: Rule = rewrite("local_div_switch_sink", [trueDiv, intDiv], (node) => {
  const [x, y] = inputsOf(node);
  return intoBranch(x!, (branch) => sameOp(node, branch, y!));
}, { cast: true });

/** `op(switch(c, a, b), switch(c, d, e))` is `switch(c, op(a, d), op(b, e))`. */
export const mergeSwitchSameCondition: Rule = rewrite(
  "local_merge_switch_same_cond",
  [add, sub, mul, trueDiv, intDiv, mod, minimum, maximum, gt, lt, ge, le, eq, neq],
  (node) => {
    const switches = inputsOf(node).map((x) => madeBy(x, switch_.record.name));
    if (!switches.every((s) => s !== undefined)) return undefined;
    const condition = switches[0]!.inputs[0];
    if (switches.some((s) => s.inputs[0] !== condition)) return undefined;
    const branch = (k: number): TensorVariable =>
      sameOp(node, ...switches.map((s) => s.inputs[k]!));
    const out = outputOf(node);
    const [yes, no] = [branch(1), branch(2)];
    return yes.dtype === out.dtype && no.dtype === out.dtype
      ? switch_(condition as TensorVariable, yes, no)
      : undefined;
  },
);
