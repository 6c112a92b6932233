/**
 * @file Equal constants become one, and nodes with equal ops and the same inputs become one.
 * Theano: `MergeOptimizer`.
 */

import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { type Apply, type Constant, isConstant, type Variable } from "../core/graph/variable.ts";
import type { Op } from "../core/graph/op.ts";
import type { Rewriter } from "./engine.ts";

const name = "MergeOptimizer";

/**
 * Merges equal nodes and constants.
 *
 * Nodes are met after what they read, so one pass finds all: when a node is met, its inputs are merged
 * already. Of two names that meet, the later stays.
 *
 * @param graph The graph.
 * @param rewriter Its rewriter.
 */
export function mergeEqual(graph: FunctionGraph, rewriter: Rewriter): void {
  mergeConstants(graph, rewriter);
  const numbers = new Map<Variable, number>();
  const first = new Map<string, Apply>();
  const numberOf = (variable: Variable): number => {
    const known = numbers.get(variable);
    if (known !== undefined) return known;
    numbers.set(variable, numbers.size);
    return numbers.size - 1;
  };
  for (const node of graph.toposort()) {
    if (node.inputs.length === 0) continue;
    const text = `${keyOf(node.op)}|${node.inputs.map(numberOf).join()}`;
    const twin = first.get(text);
    if (twin === undefined) first.set(text, node);
    else mergeNode(rewriter, node, twin);
  }
}

function mergeNode(rewriter: Rewriter, node: Apply, twin: Apply): void {
  if (node.outputs.some((output, i) => !output.type.equals(twin.outputs[i]!.type))) return;
  const { graph } = rewriter;
  const pairs = node.outputs
    .map((output, i) => [output, twin.outputs[i]!] as const)
    .filter(([output]) => graph.clients(output).length > 0);
  for (const [old, kept] of pairs) if (old.name !== undefined) kept.name = old.name;
  rewriter.replace(name, pairs);
}

function mergeConstants(graph: FunctionGraph, rewriter: Rewriter): void {
  const first = new Map<string, Constant>();
  for (const variable of [...graph.variables]) {
    if (!isConstant(variable)) continue;
    const text = variable.signature();
    const twin = first.get(text);
    if (twin === undefined) first.set(text, variable);
    else if (twin !== variable) mergeConstant(rewriter, variable, twin);
  }
}

function mergeConstant(rewriter: Rewriter, constant: Constant, twin: Constant): void {
  if (constant.name !== undefined) twin.name = constant.name;
  rewriter.replace(name, [[constant, twin]]);
}

const keys = new WeakMap<Op, string>();

/** The key of an op; ops do not change, so it is made once. */
function keyOf(op: Op): string {
  const known = keys.get(op);
  if (known !== undefined) return known;
  const { key } = op;
  keys.set(op, key);
  return key;
}
