/**
 * @file Elementwise nodes that compute over the same elements become one node.
 *
 * A group of nodes is fused if
 * - they hang together by what they read from each other, and their results have one broadcast pattern:
 *   then they have one shape, and nothing is computed more often than before;
 * - no value leaves the group and comes back to it: the fused graph has no cycle;
 * - every record has a body and no lane is complex;
 * - all are for the same machine;
 * - a result that only a reduction reads is the group's only one: the reduction computes it on the way,
 *   and a second result would force it into memory.
 *
 * Scalars of integers are left alone, because lengths and indices are kept as numbers, not in memory.
 * Nodes are met last first, so each is offered to the groups of its readers, which are complete.
 *
 * Theano: `local_add_mul_fusion`, `composite_elemwise_fusion`; there a group has one result.
 */

import { config } from "../core/config/config.ts";
import { isComplex, isDiscrete } from "../core/dtype/dtype.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { call } from "../core/graph/op.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { Elementwise, isComposite } from "../core/ops/elementwise.ts";
import { isTensorOp } from "../core/ops/kind.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { fusedNodes, fusedOp } from "./composite.ts";
import type { Rewriter } from "./engine.ts";
import { hasOneClient, recordOf } from "./forms.ts";
import { graphPass, type Pass } from "./pass.ts";
import { dtypesOnDevice, placedNodes } from "./place.ts";
import type { DeviceDTypes } from "./placings.ts";

/** Kernels with more inputs and outputs than this are not made. */
const mostOperands = 32;

/** Records that print longer than this are not made: shared steps are printed wherever they are read. */
const longestText = 2000;

/**
 * Fuses elementwise nodes.
 *
 * @param graph The graph.
 * @param rewriter Its rewriter.
 * @param dtypes The dtypes that a device computes with, if nodes will be placed on one.
 */
export function fuseElementwise(
  graph: FunctionGraph,
  rewriter: Rewriter,
  dtypes?: DeviceDTypes,
): void {
  for (const members of fusableGroups(graph, dtypes)) {
    const { composite, inputs, outputs } = fusedNodes(graph, members);
    const node = fusedOp(composite).makeNode(...inputs);
    const { trace } = members.at(-1)!.tag;
    if (trace !== undefined) node.tag.trace = trace;
    const pairs = outputs.map((old, k) => {
      const made = node.outputs[k]!;
      made.name = old.name;
      if (trace !== undefined) made.tag.trace = trace;
      return [old, made] as const;
    });
    rewriter.replace("composite_elemwise_fusion", pairs);
  }
}

/**
 * Sums of sums and products of products become one node each.
 *
 * @param graph The graph.
 * @param rewriter Its rewriter.
 */
export function flattenSums(graph: FunctionGraph, rewriter: Rewriter): void {
  for (const node of graph.toposort()) {
    const name = recordOf(node)?.name;
    if ((name !== "add" && name !== "mul") || !isFusable(node)) continue;
    const inputs = node.inputs.flatMap((x) => isNested(graph, node, x) ? x.owner!.inputs : [x]);
    if (inputs.length === node.inputs.length || inputs.length > mostOperands) continue;
    const old = node.outputs[0]!;
    const made = call(new Elementwise((node.op as Elementwise).scalar), ...inputs);
    if (!made.type.equals(old.type)) continue;
    made.name = old.name;
    Object.assign(made.owner!.tag, node.tag);
    rewriter.replace("local_add_mul_fusion", [[old, made]]);
  }
}

/** Whether a term is a sum itself, of the same elements in the same dtype, and nobody else's. */
function isNested(graph: FunctionGraph, node: Apply, term: Variable): boolean {
  const { owner } = term;
  return owner !== null && recordOf(owner)?.name === recordOf(node)?.name &&
    term.type.equals(node.outputs[0]!.type) && hasOneClient(graph, term);
}

/** Whether a node may be part of a fused one. */
function isFusable({ op, inputs, outputs }: Apply): boolean {
  if (!(op instanceof Elementwise) || op.destroyMap.size > 0) return false;
  const { scalar } = op;
  const bodies = isComposite(scalar) ? scalar.steps.map((step) => step.scalar) : [scalar];
  if (bodies.some(({ body }) => body === undefined)) return false;
  const variables = [...inputs, ...outputs] as TensorVariable[];
  if (variables.some((x) => isComplex(x.dtype))) return false;
  return variables.some((x) => x.ndim > 0 || !isDiscrete(x.dtype));
}

/** Nodes that will be one: a single node, or fusable ones. */
interface Group {
  readonly members: readonly Apply[];
  /** Variables of others that the members read. */
  readonly reads: ReadonlySet<Variable>;
  /** Variables of the members that others read. */
  readonly gives: readonly Variable[];
}

/** The groups of two or more nodes, members in the graph's order. */
function fusableGroups(
  graph: FunctionGraph,
  dtypes: DeviceDTypes | undefined,
): (readonly Apply[])[] {
  const grouping = new Grouping(graph, dtypes ? placedNodes(graph, dtypes) : new Set());
  for (const node of grouping.nodes.toReversed()) {
    if (!isFusable(node)) continue;
    for (const reader of grouping.sameLoopReaders(node)) grouping.tryMerge(node, reader);
  }
  return grouping.large();
}

class Grouping {
  readonly nodes: readonly Apply[];
  readonly #graph: FunctionGraph;
  readonly #places = new Map<Apply, number>();
  readonly #groups = new Map<Apply, Group>();
  /** The nodes that will run on a device. */
  readonly #placed: ReadonlySet<Apply>;

  constructor(graph: FunctionGraph, placed: ReadonlySet<Apply>) {
    this.#graph = graph;
    this.#placed = placed;
    this.nodes = graph.toposort();
    this.nodes.forEach((node, place) => this.#places.set(node, place));
  }

  /** The fusable readers of a node whose results have its broadcast pattern. */
  sameLoopReaders(node: Apply): Apply[] {
    const { broadcastable } = node.outputs[0] as TensorVariable;
    const readers = new Set<Apply>();
    for (const client of this.#clients(node.outputs)) {
      if (client === "output" || !isFusable(client)) continue;
      const pattern = (client.outputs[0] as TensorVariable).broadcastable;
      if (pattern.every((one, axis) => one === broadcastable[axis])) readers.add(client);
    }
    return [...readers];
  }

  /** Makes the groups of two nodes one, if they may be. */
  tryMerge(x: Apply, y: Apply): void {
    if (this.#placed.has(x) !== this.#placed.has(y)) return;
    const [first, second] = [this.#groupOf(x), this.#groupOf(y)];
    if (first === second || this.#hasDetour(first, second)) return;
    if (first.members.length > 1 && this.#hasDetour(second, first)) return;
    const merged = this.#union(first, second);
    if (merged.reads.size + merged.gives.length > mostOperands) return;
    if (merged.gives.length > 1 && [first, second].some((group) => this.#isReduced(group))) return;
    if (textLength(merged) > longestText) return;
    for (const node of merged.members) this.#groups.set(node, merged);
  }

  /** The groups of two or more nodes. */
  large(): (readonly Apply[])[] {
    return [...new Set(this.#groups.values())].map(({ members }) => members)
      .filter((members) => members.length > 1);
  }

  #clients(variables: readonly Variable[]): (Apply | "output")[] {
    return variables.flatMap((v) => this.#graph.clients(v).map(({ node }) => node));
  }

  #groupOf(node: Apply): Group {
    const known = this.#groups.get(node);
    if (known !== undefined) return known;
    const group = { members: [node], reads: new Set(node.inputs), gives: node.outputs };
    this.#groups.set(node, group);
    return group;
  }

  #union(first: Group, second: Group): Group {
    const members = [...first.members, ...second.members]
      .sort((a, b) => this.#places.get(a)! - this.#places.get(b)!);
    const inside = new Set<Apply | "output">(members);
    return {
      members,
      reads: new Set([...first.reads, ...second.reads].filter(({ owner }) => !inside.has(owner!))),
      gives: [...first.gives, ...second.gives].filter((v) =>
        this.#clients([v]).some((client) => !inside.has(client))
      ),
    };
  }

  /** Whether a value goes from one group to another through a third. */
  #hasDetour(from: Group, to: Group): boolean {
    const seen = new Set<Group>();
    const visit = (group: Group): void => {
      for (const client of this.#clients(group.gives)) {
        if (client === "output") continue;
        const next = this.#groupOf(client);
        if (next !== from && (next !== to || group !== from)) seen.add(next);
      }
    };
    visit(from);
    for (const group of seen) {
      if (group === to) return true;
      visit(group);
    }
    return false;
  }

  /** Whether the only reader of a group is a reduction. */
  #isReduced({ gives }: Group): boolean {
    const clients = this.#clients(gives);
    const [only] = clients;
    if (clients.length !== 1 || only === undefined || only === "output") return false;
    return isTensorOp(only.op) && only.op.kind === "reduce";
  }
}

/** About how long the text of a fused record is. */
function textLength({ members, gives }: Group): number {
  const lengths = new Map<Variable, number>();
  for (const { inputs, outputs } of members) {
    const length = inputs.reduce((sum, x) => sum + (lengths.get(x) ?? 4), 6);
    for (const output of outputs) lengths.set(output, length);
  }
  return gives.reduce((sum, v) => sum + lengths.get(v)!, 0);
}

const tags = ["fast_run", "fusion", "local_elemwise_fusion"] as const;

/** Both rewrites, in Theano's order. Theano: `elemwise_fusion`. */
export const fusionPass: Pass = graphPass(
  49,
  "elemwise_fusion",
  tags,
  (graph, { rewriter, query }) => {
    if (!config.tensor.local_elemwise_fusion) return;
    if (query.selects("local_add_mul_fusion", tags)) flattenSums(graph, rewriter);
    if (query.selects("composite_elemwise_fusion", tags)) {
      fuseElementwise(graph, rewriter, dtypesOnDevice(query));
    }
  },
);
