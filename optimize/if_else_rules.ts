/**
 * @file Lazy choices: away where there is nothing to choose, and down to where as much as possible is
 * lazy.
 *
 * The gradient of a choice is a choice between a gradient and zeros. What it is multiplied with, in the
 * branch's own derivatives, would be computed for nothing where the branch was not taken; so such ops
 * go into the choice, where zeros stay zeros.
 */

import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { applyOp } from "../core/graph/op.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { mul, neg, trueDiv } from "../core/ops/arithmetic.ts";
import { allocItems } from "../core/ops/alloc.ts";
import { IfElse } from "../core/ops/if_else.ts";
import { isTensorOp, type OpKind } from "../core/ops/kind.ts";
import { patternbroadcast } from "../core/ops/view.ts";
import { TensorConstant, type TensorVariable } from "../core/tensor/tensor_variable.ts";
import { inputsOf, like, outputOf, recordOf, sameOp } from "./forms.ts";
import { scalarValue } from "./match.ts";
import { rewrite, type Rule } from "./rule.ts";
import { shapesOf } from "./shape_feature.ts";

/** A choice by a constant, or between the same, is what it gives. */
export const removeIdentical: Rule = rewrite("cond_remove_identical", ["ifElse"], (node) => {
  const op = node.op as IfElse;
  const [condition] = inputsOf(node);
  const [then, otherwise] = op.branchesOf(inputsOf(node));
  if (condition instanceof TensorConstant) {
    return Number(condition.data.item()) !== 0 ? then : otherwise;
  }
  return then.every((x, k) => x === otherwise[k]) ? then : undefined;
});

/** Structural ops that give zeros for zeros, whatever their other inputs are. */
const linear: ReadonlySet<OpKind> = new Set<OpKind>([
  "dimshuffle",
  "reshape",
  "dot",
  "subtensor",
  "rebroadcast",
]);

/** Elementwise ops that give zero for zero in the first input, or in any. */
const linearElementwise = [neg, trueDiv, mul] as const;

/** Whether a node gives zeros where an input is zero: by finite factors, as derivatives have. */
function keepsZeros(node: Apply, input: number): boolean {
  const { op } = node;
  const record = recordOf(node);
  if (record) return input === 0 || record === mul.record;
  if (!isTensorOp(op)) return false;
  if (op.kind === "reduce") return op.name.startsWith("Sum");
  return linear.has(op.kind) && (op.kind === "dot" || input === 0);
}

/** An op on a choice between something and zeros is such a choice. */
export const liftChoice: Rule = rewrite(
  "ifelse_lift_single_if_through_acceptable_ops",
  [...linearElementwise, "reduce", ...linear],
  (node, graph) => {
    const inputs = inputsOf(node);
    const chosen = inputs.filter(({ owner }) => owner?.op instanceof IfElse);
    if (chosen.length !== 1) return undefined;
    const input = inputs.indexOf(chosen[0]!);
    return keepsZeros(node, input) ? lifted(node, input, graph) : undefined;
  },
);

function lifted(node: Apply, input: number, graph: FunctionGraph): Variable | undefined {
  const choice = inputsOf(node)[input]!;
  const { op, inputs } = choice.owner!;
  const pair = (op as IfElse).branchesOf(inputs).map((list) =>
    list[choice.index] as TensorVariable
  );
  if (!pair.some(isZero)) return undefined;
  const shape = shapesOf(graph)?.shapeOf(outputOf(node));
  if (shape === undefined) return undefined;
  const [then, otherwise] = pair.map((x) => {
    const given = inputsOf(node).map((y, k) => k === input ? x : y);
    const value = isZero(x) ? allocItems(like(0, outputOf(node)), shape) : sameOp(node, ...given);
    return patternbroadcast(value, outputOf(node).broadcastable);
  });
  return applyOp(new IfElse(1, (op as IfElse).label), [inputs[0]!, then!, otherwise!]).out;
}

function isZero(x: TensorVariable): boolean {
  return scalarValue(x) === 0;
}
