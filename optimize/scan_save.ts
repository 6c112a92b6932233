/**
 * @file Loops that keep only what is read: a result of which the last value alone is wanted has the
 * memory of one turn, however many there are.
 */

import { Slice } from "../core/array/slice.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { Subtensor } from "../core/ops/subtensor.ts";
import { indexConstant, knownIndex } from "../core/ops/subtensor_index.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { outputOf } from "./forms.ts";
import { allItems, type Item, itemsOf, knownSlice, partOf } from "./index_items.ts";
import { rewrite, type Rule } from "./rule.ts";
import { loopOf, resultsOf } from "./scan_loop.ts";

/** Of results that are read at their end only, the end is kept. */
export const saveMemory: Rule = rewrite("scanOp_save_mem", ["scan"], (node, graph) => {
  const loop = loopOf(node);
  const states = loop.states.map(({ keep, taps, result }) =>
    keep === null ? lastReads(graph, result!, -taps[0]!) : undefined
  );
  const maps = loop.maps.map(({ keep, result }) =>
    keep === null ? lastReads(graph, result!, 0) : undefined
  );
  if (![...states, ...maps].some((reads) => reads !== undefined)) return undefined;
  const made = resultsOf({
    ...loop,
    states: loop.states.map((state, k) => states[k] ? { ...state, keep: 1 } : state),
    maps: loop.maps.map((map, k) => maps[k] ? { ...map, keep: 1 as const } : map),
  });
  const all = [...made.traces, ...made.maps, ...made.carried];
  const reads = [...states, ...maps];
  const replacement = new Map<Variable, Variable>();
  node.outputs.forEach((output, k) => {
    const last = reads[k];
    if (last === undefined) replacement.set(output, all[k]!);
    else for (const [old, rest] of last) replacement.set(old, partOf(all[k]!, rest));
  });
  return replacement;
});

/**
 * The variables that read the last row of a result, if nothing reads anything else, each with the items
 * that read it from the end. The result may be cut at its start first.
 */
function lastReads(
  graph: FunctionGraph,
  result: Variable,
  depth: number,
): Map<Variable, readonly Item[]> | undefined {
  const clients = graph.clients(result);
  if (clients.length === 0) return undefined;
  const reads = new Map<Variable, readonly Item[]>();
  for (const { node, index } of clients) {
    if (node === "output" || index !== 0 || !(node.op instanceof Subtensor)) return undefined;
    const found = isLast(node)
      ? new Map([[outputOf(node), itemsOf(node)]])
      : cutReads(node, graph, depth);
    if (found === undefined) return undefined;
    for (const [variable, items] of found) reads.set(variable, fromEnd(items));
  }
  return reads;
}

/** What reads the last row of a result without its first rows. */
function cutReads(
  node: Apply,
  graph: FunctionGraph,
  depth: number,
): Map<TensorVariable, readonly Item[]> | undefined {
  const [first, ...rest] = allItems(node);
  const cut = first instanceof Slice ? knownSlice(first) : undefined;
  const isCut = cut && cut.stop === null && (cut.step ?? 1) === 1 && (cut.start ?? 0) >= 0 &&
    (cut.start ?? 0) <= depth;
  if (!isCut || rest.some((item) => !(item instanceof Slice) || !isWhole(item))) return undefined;
  const clients = graph.clients(outputOf(node));
  const reads = new Map<TensorVariable, readonly Item[]>();
  for (const { node: reader, index } of clients) {
    if (reader === "output" || index !== 0 || !(reader.op instanceof Subtensor)) return undefined;
    if (!isLast(reader)) return undefined;
    reads.set(outputOf(reader), itemsOf(reader));
  }
  return clients.length === 0 ? undefined : reads;
}

function isWhole({ start, stop, step }: Slice<TensorVariable>): boolean {
  return start === null && stop === null && step === null;
}

/** Whether a node reads the last row alone: `x[-1]`, or `x[-1:]`. */
function isLast(node: Apply): boolean {
  const [first] = itemsOf(node);
  if (first === undefined) return false;
  if (!(first instanceof Slice)) return knownIndex(first) === -1;
  const part = knownSlice(first);
  return part !== undefined && part.start === -1 && part.stop === null && (part.step ?? 1) === 1;
}

/** The items with an integer for the first axis, or a slice of all there is. */
function fromEnd([first, ...rest]: readonly Item[]): readonly Item[] {
  return [first instanceof Slice ? new Slice<TensorVariable>() : indexConstant(0), ...rest];
}
