/**
 * @file A node whose op is a graph: the graph's own nodes, lowered in its place.
 */

import { DestroyHandler } from "../graph/destroy.ts";
import { FunctionGraph } from "../graph/function_graph.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import type { Lowering } from "./lowering.ts";

/**
 * Lowers the graph inside an op in place of its node. The node's results are memory of its own, since
 * the graph around it does not know what they share.
 *
 * @param l The state of lowering.
 * @param node The node.
 * @param lowerNodes Lowers the nodes of a graph whose inputs have their places.
 */
export function lowerInside(
  l: Lowering,
  node: Apply,
  lowerNodes: (graph: FunctionGraph) => void,
): void {
  const { inputs, outputs } = node.op.innerGraph!;
  // A copy, since another node may have the same op.
  const graph = new FunctionGraph(inputs, outputs, { features: [new DestroyHandler()] });
  graph.inputs.forEach((input, i) => place(l, input, node.inputs[i]!));
  lowerNodes(graph);
  const taken = new Set<number>();
  node.outputs.forEach((output, k) => {
    const inner = graph.outputs[k]!;
    const scalar = l.deferredScalar(inner);
    if (scalar !== undefined && scalar === inner) return l.alias(output, inner);
    const view = l.view(inner);
    const isFree = l.ownsWhole(view) && !taken.has(view.buffer);
    const own = isFree ? view : l.copied(view);
    taken.add(own.buffer);
    l.set(output, own);
  });
}

/** Lets a root inside be what it stands for: a size that has no memory stays one. */
function place(l: Lowering, inner: Variable, outer: Variable): void {
  if (l.deferredScalar(outer) === outer) return l.alias(inner, outer);
  l.set(inner, l.view(outer));
}
