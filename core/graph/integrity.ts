/**
 * @file Checks the bookkeeping of a graph against the graph itself: for tests and `check.stages`.
 */

import { internal } from "../errors.ts";
import type { FunctionGraph } from "./function_graph.ts";
import { ops, variables } from "./traverse.ts";
import type { Variable } from "./variable.ts";

/**
 * Throws if the books of a graph disagree with its edges. Takes time in proportion to the whole
 * graph.
 *
 * @param graph The graph.
 * @throws {InternalError} If anything is wrong.
 */
export function checkIntegrity(graph: FunctionGraph): void {
  const { inputs, outputs, applyNodes } = graph;
  const nodes = ops(inputs, outputs);
  for (const node of nodes.union(applyNodes)) {
    if (!nodes.has(node)) wrong(`${node} is kept though nothing needs it`);
    if (!applyNodes.has(node)) wrong(`${node} is missing`);
    if (node.graph !== graph) wrong(`${node} does not belong to the graph`);
  }
  const wanted = new Set([...inputs, ...variables(inputs, outputs)]);
  for (const variable of wanted.union(new Set(graph.variables))) {
    if (!wanted.has(variable)) wrong(`${variable} is kept though nothing needs it`);
    if (!graph.has(variable)) wrong(`${variable} is missing`);
    if (variable.owner === null && variable.kind !== "constant" && !inputs.includes(variable)) {
      wrong(`${variable} is an undeclared input`);
    }
  }
  checkClients(graph, wanted);
}

/** Every edge must be listed at its variable, and nothing else. */
function checkClients(graph: FunctionGraph, wanted: Iterable<Variable>): void {
  const edges = new Map<Variable, string[]>();
  const note = (variable: Variable, reader: string): void => {
    edges.set(variable, [...(edges.get(variable) ?? []), reader]);
  };
  graph.outputs.forEach((v, i) => note(v, `output ${i}`));
  for (const node of graph.applyNodes) node.inputs.forEach((v, i) => note(v, `${node.id} ${i}`));
  for (const variable of wanted) {
    const listed = graph.clients(variable).map(({ node, index }) =>
      `${node === "output" ? node : node.id} ${index}`
    );
    const found = edges.get(variable) ?? [];
    if (listed.sort().join() !== found.sort().join()) {
      wrong(`the clients of ${variable} are listed as (${listed}), not (${found})`);
    }
  }
}

function wrong(why: string): never {
  return internal("rely on a graph", why, "core/graph/function_graph.ts");
}
