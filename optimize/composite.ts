/**
 * @file Several elementwise nodes as one fused record.
 *
 * Inputs are numbered as Theano numbers them: by a walk from the results down, left to right. A value
 * that several steps read is one step.
 */

import type { FunctionGraph } from "../core/graph/function_graph.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { Elementwise, isComposite } from "../core/ops/elementwise.ts";
import type { Composite, CompositeStep } from "../core/ops/scalar_op.ts";
import { TensorConstant, type TensorVariable } from "../core/tensor/tensor_variable.ts";

/** A fused record, and what stands for its inputs and outputs in the graph. */
export interface FusedNodes {
  readonly composite: Composite;
  readonly inputs: readonly TensorVariable[];
  readonly outputs: readonly TensorVariable[];
}

/**
 * Elementwise nodes as one record.
 *
 * @param graph Their graph.
 * @param members The nodes, each after those it reads.
 * @returns The record; its outputs are the results that others read, in the order of the nodes.
 */
export function fusedNodes(graph: FunctionGraph, members: readonly Apply[]): FusedNodes {
  const inside = new Set<Apply>(members);
  const outputs = members.flatMap((node) => node.outputs)
    .filter((v) => graph.clients(v).some(({ node }) => node === "output" || !inside.has(node)));
  const values = new Map<Variable, number>();
  const roots: TensorVariable[] = [];
  const read = (variable: Variable): void => {
    if (values.has(variable)) return;
    const twin = roots.findIndex((root) => isSameNumber(root, variable));
    values.set(variable, twin < 0 ? roots.push(variable as TensorVariable) - 1 : twin);
  };
  const seen = new Set<Variable>();
  for (const output of outputs) readInputs(output, inside, read, seen);
  const steps: CompositeStep[] = [];
  for (const node of members) addSteps(node, values, steps, roots.length);
  return {
    composite: {
      inputs: roots.map((x) => x.dtype),
      steps,
      outputs: outputs.map((v) => values.get(v)!),
    },
    inputs: roots,
    outputs: outputs as TensorVariable[],
  };
}

/** Whether two variables are constants of one number: one of them will do. */
function isSameNumber(x: Variable, y: Variable): boolean {
  if (!(x instanceof TensorConstant) || !(y instanceof TensorConstant)) return false;
  return x.data.size === 1 && y.data.size === 1 && x.equals(y);
}

/** Tells what members read from outside, in the order of a walk down from a result. */
function readInputs(
  variable: Variable,
  inside: ReadonlySet<Apply>,
  read: (variable: Variable) => void,
  seen: Set<Variable>,
): void {
  if (seen.has(variable)) return;
  seen.add(variable);
  const { owner } = variable;
  if (owner === null || !inside.has(owner)) return read(variable);
  for (const input of owner.inputs) readInputs(input, inside, read, seen);
}

/** Adds a node's record, or the steps of one that is fused already. */
function addSteps(
  node: Apply,
  values: Map<Variable, number>,
  steps: CompositeStep[],
  inputCount: number,
): void {
  const { scalar } = node.op as Elementwise;
  const args = node.inputs.map((x) => values.get(x)!);
  const push = (step: CompositeStep): number => inputCount + steps.push(step) - 1;
  if (!isComposite(scalar)) {
    const { dtype } = node.outputs[0] as TensorVariable;
    values.set(node.outputs[0]!, push({ scalar, args, dtype }));
    return;
  }
  const inner = [...args];
  for (const step of scalar.steps) {
    inner.push(push({ ...step, args: step.args.map((i) => inner[i]!) }));
  }
  node.outputs.forEach((output, k) => values.set(output, inner[scalar.outputs[k]!]!));
}

/** The op of a fused record. */
export function fusedOp(composite: Composite): Elementwise {
  return new Elementwise(composite);
}
