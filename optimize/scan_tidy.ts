/**
 * @file Loops without what they do not need: constants inside, nothing read twice, nothing computed
 * that nobody reads.
 */

import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { inputs as rootsOf } from "../core/graph/traverse.ts";
import type { Variable } from "../core/graph/variable.ts";
import { TensorConstant } from "../core/tensor/tensor_variable.ts";
import { rewrite, type Rule } from "./rule.ts";
import {
  type Loop,
  loopOf,
  type Read,
  replacementOf,
  substituted,
  withoutUnread,
} from "./scan_loop.ts";

/** Constants go inside; of equal sequences and fixed values one is read; unread ones are dropped. */
export const removeUnused: Rule = rewrite(
  "remove_constants_and_unused_inputs_scan",
  ["scan"],
  (node) => {
    const loop = loopOf(node);
    const memo = new Map<Variable, Variable>();
    for (const { inner, outer } of loop.fixed) {
      if (outer instanceof TensorConstant && inner.type.equals(outer.type)) memo.set(inner, outer);
    }
    takeTwins(loop, memo);
    const tidy = withoutUnread(substituted(loop, memo));
    const count = ({ sequences, fixed }: Loop): number => sequences.length + fixed.length;
    return count(tidy) === count(loop) ? undefined : replacementOf(tidy);
  },
);

/** Notes what stands for what inside: of what is read twice, the second is the first. */
export function takeTwins({ sequences, fixed }: Loop, memo: Map<Variable, Variable>): void {
  for (const reads of [sequences, fixed]) takeEqual(reads, memo);
}

function takeEqual(reads: readonly Read[], memo: Map<Variable, Variable>): void {
  const first = new Map<Variable, Variable>();
  for (const { inner, outer } of reads) {
    if (memo.has(inner)) continue;
    const twin = first.get(outer);
    if (twin === undefined) first.set(outer, inner);
    else if (twin.type.equals(inner.type)) memo.set(inner, twin);
  }
}

/** Results that nobody reads, outside or in a later turn, are not computed. */
export const removeDead: Rule = rewrite("scan_remove_dead_outputs", ["scan"], (node, graph) => {
  const loop = loopOf(node);
  const needed = neededOf(loop, graph);
  const alive = {
    ...loop,
    states: loop.states.filter(({ next }) => needed.has(next)),
    maps: loop.maps.filter(({ value, result }) => isRead(graph, result) && needed.has(value)),
    carried: loop.carried.filter(({ next }) => needed.has(next)),
  };
  const count = ({ states, maps, carried }: Loop): number =>
    states.length + maps.length + carried.length;
  return count(alive) === count(loop) ? undefined : replacementOf(withoutUnread(alive));
});

function isRead(graph: FunctionGraph, variable: Variable | undefined): boolean {
  return variable !== undefined && graph.clients(variable).length > 0;
}

/** What turns must compute: results that are read, the condition, and what these need. */
function neededOf(loop: Loop, graph: FunctionGraph): ReadonlySet<Variable> {
  const needed = new Set<Variable>();
  const need = (value: Variable): void => {
    if (needed.has(value)) return;
    needed.add(value);
    const roots = new Set(rootsOf([value]));
    for (const { inners, next } of loop.states) if (inners.some((x) => roots.has(x))) need(next);
    for (const { inner, next } of loop.carried) if (roots.has(inner)) need(next);
  };
  for (const { next, result } of [...loop.states, ...loop.carried]) {
    if (isRead(graph, result)) need(next);
  }
  for (const { value, result } of loop.maps) if (isRead(graph, result)) need(value);
  if (loop.condition) need(loop.condition);
  return needed;
}
