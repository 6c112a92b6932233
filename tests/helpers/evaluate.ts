/**
 * @file Values of a graph by the reference alone: every node by its own `perform`.
 */

import type { NDArray } from "../../core/array/ndarray.ts";
import { internal } from "../../core/errors.ts";
import { type Apply, isConstant, type Variable } from "../../core/graph/variable.ts";
import { isTensorOp } from "../../core/ops/kind.ts";

/**
 * The values of some variables.
 *
 * @param outputs The variables.
 * @param givens The values of the roots they depend on, constants excepted; inner variables may be
 *   given too.
 * @returns One value an output.
 */
export function evaluate(
  outputs: readonly Variable[],
  givens: ReadonlyMap<Variable, NDArray> = new Map(),
): NDArray[] {
  const values = new Map<Variable, NDArray>(givens);
  return outputs.map((output) => valueOf(output, values));
}

function valueOf(variable: Variable, values: Map<Variable, NDArray>): NDArray {
  const known = values.get(variable);
  if (known) return known;
  if (isConstant(variable)) return variable.data as NDArray;
  const node = variable.owner ??
    internal("evaluate a graph", `no value is given for "${variable}"`, "the test");
  for (const [i, value] of results(node, values).entries()) values.set(node.outputs[i]!, value);
  return values.get(variable)!;
}

function results(node: Apply, values: Map<Variable, NDArray>): NDArray[] {
  const { op, inputs } = node;
  if (!isTensorOp(op)) return internal("evaluate a graph", `${op.name} has no value`, "the test");
  return op.perform(node, inputs.map((input) => valueOf(input, values)));
}
