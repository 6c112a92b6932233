/**
 * @file Ops that are graphs: put in place of their nodes, or optimised where they are.
 */

import { DestroyHandler, Supervisor } from "../core/graph/destroy.ts";
import { FunctionGraph } from "../core/graph/function_graph.ts";
import { applyOp, type Op } from "../core/graph/op.ts";
import type { Variable } from "../core/graph/variable.ts";
import { FromGraph } from "../core/ops/from_graph.ts";
import { Scan } from "../core/ops/scan_op.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import type { PassContext } from "./pass.ts";
import { rewrite, rules, type RuleTable } from "./rule.ts";

/** A node of an op that was made `inline` is the graph of the op. */
export const inlining: RuleTable = rules("inline", [
  rewrite(
    "inline_ofg_expansion",
    ["custom"],
    (node) => node.op instanceof FromGraph && node.op.isInline ? node.op.expanded(node) : undefined,
    { tags: ["fast_compile"] },
  ),
]);

/**
 * Gives nodes whose op is a graph an op of that graph optimised, which computes the same. A loop may
 * say itself how its turns are; those that it compiles as a function of their own are left alone.
 *
 * @param graph The graph of the nodes.
 * @param context The pass.
 */
export function optimizeInside(
  graph: FunctionGraph,
  { rewriter, optimizeInner }: PassContext,
): void {
  const made = new Map<Op, FromGraph | Scan>();
  for (const node of graph.toposort()) {
    const { op } = node;
    if (!(op instanceof FromGraph || op instanceof Scan)) continue;
    const own = op instanceof Scan ? op.form.inner : null;
    if (own?.kind === "compiled") continue;
    const better = made.get(op) ?? optimized(op, own?.optimize ?? optimizeInner);
    made.set(op, better);
    const { outputs } = applyOp(better, node.inputs);
    const pairs = node.outputs.map((old, k): [Variable, Variable] => [old, outputs[k]!]);
    rewriter.replace("optimize_inside", pairs);
  }
}

function optimized(
  op: FromGraph | Scan,
  optimizeInner: PassContext["optimizeInner"],
): FromGraph | Scan {
  const { inputs, outputs } = op.innerGraph;
  const inner = new FunctionGraph(inputs, outputs, { features: [new DestroyHandler()] });
  inner.attachFeature(new Supervisor(inner.inputs));
  optimizeInner(inner);
  return op.withGraph(inner.inputs as TensorVariable[], inner.outputs as TensorVariable[]);
}
