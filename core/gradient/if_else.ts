/**
 * @file Derivatives of the lazy choice: choices between a gradient and zeros, by the same condition, so
 * that they are as lazy.
 */

import { applyOp } from "../graph/op.ts";
import type { Variable } from "../graph/variable.ts";
import type { IfElse } from "../ops/if_else.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { Derivative, OutputGradient } from "./derivative.ts";
import { filledTangents, tensorInputs } from "./structural.ts";
import { fitTo, zerosFor } from "./values.ts";

/** The condition reaches no output; a value reaches its own. */
export const ifElse: Derivative = {
  lop: (node, grads) => {
    const op = node.op as IfElse;
    const [condition, ...branches] = tensorInputs(node);
    const own = branches.map((x, i) => fitted(grads[i % op.count], x));
    const zeros = branches.map((x) => fitTo(zerosFor(x), x));
    const chosen = (
      then: readonly Variable[],
      otherwise: readonly Variable[],
    ): readonly Variable[] => applyOp(op, [condition!, ...then, ...otherwise]).outputs;
    const [first, second] = op.branchesOf([condition!, ...own]);
    const [firstZeros, secondZeros] = op.branchesOf([condition!, ...zeros]);
    return [
      zerosFor(condition!),
      ...chosen(first, firstZeros),
      ...chosen(secondZeros, second),
    ];
  },
  rop: (node, points) => {
    const [, ...tangents] = filledTangents(node, points);
    const made = applyOp(node.op, [node.inputs[0]!, ...tangents]);
    return made.outputs as TensorVariable[];
  },
  connectionPattern: (node) => {
    const { count } = node.op as IfElse;
    const paths = (input: number): boolean[] =>
      node.outputs.map((_, k) => input > 0 && (input - 1) % count === k);
    return node.inputs.map((_, i) => paths(i));
  },
};

/** The gradient by an output as one by a value of a branch; zeros where there is none. */
function fitted(g: OutputGradient, x: TensorVariable): TensorVariable {
  return fitTo(g ?? zerosFor(x), x);
}
