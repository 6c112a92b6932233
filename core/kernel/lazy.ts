/**
 * @file What a lazy choice puts off: nodes that nothing but one branch of a condition needs.
 *
 * Two choices by one condition may share such nodes, as a choice and its gradient do; the nodes belong
 * to the first of them, and what they compute is there when the second one takes the same branch.
 */

import type { FunctionGraph } from "../graph/function_graph.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import { hostOp } from "../ops/device_op.ts";
import { IfElse } from "../ops/if_else.ts";

/** The nodes of both branches of a choice, in order. */
export type Branches = readonly [then: readonly Apply[], otherwise: readonly Apply[]];

/** Nodes in order, and what some of them put off. */
export interface LazyOrder {
  /** The nodes that run whatever the conditions are. */
  readonly always: readonly Apply[];
  /** For each choice among these: the nodes that run if it takes a branch. */
  readonly branches: ReadonlyMap<Apply, Branches>;
}

/** A branch of a condition. */
interface Region {
  readonly condition: Variable;
  readonly branch: 0 | 1;
}

/**
 * Tells the nodes that always run from those that a branch puts off.
 *
 * A node that reads what another overwrites must not come after that one: it is put off only together
 * with it.
 *
 * @param graph The graph.
 * @param nodes Some of its nodes, in order; what others read is always needed.
 */
export function lazyOrder(graph: FunctionGraph, nodes: readonly Apply[]): LazyOrder {
  const overwriters = overwritersOf(nodes);
  const pinned = new Set<Apply>();
  for (;;) {
    const { homes, ...order } = orderWith(graph, nodes, pinned);
    const late = nodes.filter((node) =>
      homes.has(node) &&
      node.inputs.some((x) =>
        overwriters.get(baseOf(x))?.some((other) =>
          other !== node && homes.get(other) !== homes.get(node)
        )
      )
    );
    if (late.length === 0) return order;
    for (const node of late) pinned.add(node);
  }
}

/** The order in which some nodes are never put off, and where each that is runs. */
function orderWith(
  graph: FunctionGraph,
  nodes: readonly Apply[],
  pinned: ReadonlySet<Apply>,
): LazyOrder & { readonly homes: ReadonlyMap<Apply, Apply> } {
  const regions = regionsOf(graph, nodes, pinned);
  const always = nodes.filter((node) => !regions.has(node));
  const homes = new Map<Apply, Apply>();
  const branches = new Map<Apply, Branches>();
  for (const node of always) {
    const choice = hostOp(node.op);
    if (!(choice instanceof IfElse)) continue;
    const [condition] = node.inputs;
    const taken = choice.branchesOf(node.inputs).map((values, branch) => {
      const own = needed(values, (x) => {
        const region = regions.get(x);
        return region?.condition === condition && region?.branch === branch && !homes.has(x);
      });
      for (const one of own) homes.set(one, node);
      return nodes.filter((one) => own.has(one));
    });
    branches.set(node, taken as unknown as Branches);
  }
  return { always, branches, homes };
}

/** The nodes that a branch of one condition alone needs. */
function regionsOf(
  graph: FunctionGraph,
  nodes: readonly Apply[],
  pinned: ReadonlySet<Apply>,
): ReadonlyMap<Apply, Region> {
  const inside = new Set(nodes);
  const regions = new Map<Apply, Region>();
  for (const node of [...nodes].reverse()) {
    const uses = node.outputs.flatMap((output) => graph.clients(output)).map((client) =>
      client.node === "output" || !inside.has(client.node)
        ? undefined
        : regions.get(client.node) ?? branchOf(client.node, client.index)
    );
    const [first] = uses;
    const isOne = first &&
      uses.every((use) => use?.condition === first.condition && use.branch === first.branch);
    if (isOne && !pinned.has(node)) regions.set(node, first);
  }
  return regions;
}

function branchOf(node: Apply, index: number): Region | undefined {
  const choice = hostOp(node.op);
  if (!(choice instanceof IfElse) || index === 0) return undefined;
  return { condition: node.inputs[0]!, branch: index <= choice.count ? 0 : 1 };
}

/** The nodes that overwrite a value, by whose memory it is. */
function overwritersOf(nodes: readonly Apply[]): ReadonlyMap<Variable, readonly Apply[]> {
  const found = new Map<Variable, Apply[]>();
  for (const node of nodes) {
    for (const input of node.op.destroyMap?.values() ?? []) {
      const base = baseOf(node.inputs[input]!);
      found.set(base, [...found.get(base) ?? [], node]);
    }
  }
  return found;
}

/** The variable whose memory a variable is a view of. */
function baseOf(x: Variable): Variable {
  const { owner, index } = x;
  const viewed = owner?.op.viewMap?.get(index ?? 0) ?? owner?.op.destroyMap?.get(index ?? 0);
  return owner && viewed !== undefined ? baseOf(owner.inputs[viewed]!) : x;
}

/** The nodes above some variables, as far as a test goes. */
function needed(values: readonly Variable[], belongs: (node: Apply) => boolean): Set<Apply> {
  const found = new Set<Apply>();
  const visit = ({ owner }: Variable): void => {
    if (!owner || found.has(owner) || !belongs(owner)) return;
    found.add(owner);
    owner.inputs.forEach(visit);
  };
  values.forEach(visit);
  return found;
}
