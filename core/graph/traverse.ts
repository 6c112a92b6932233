/**
 * @file Walks over graphs: what contributes to what, and in which order nodes can run.
 *
 * Every walk is a loop with its own stack, so graphs may be deeper than the call stack, and visits
 * in an order that the graph alone determines. The orders are Theano's, since `debugprint` shows
 * them.
 */

import { raise } from "../errors.ts";
import type { Apply, Variable } from "./variable.ts";

/** For a node, the nodes that must run before it though it does not read their outputs. */
export type Orderings = ReadonlyMap<Apply, readonly Apply[]>;

/**
 * Everything reachable, each item once, in the order of visiting.
 *
 * @param start Where to begin.
 * @param expand What follows an item.
 * @param mode Breadth first, or depth first with what was added last visited first.
 */
export function stackSearch<T>(
  start: Iterable<T>,
  expand: (item: T) => Iterable<T> | undefined,
  mode: "bfs" | "dfs" = "bfs",
): T[] {
  const waiting = [...start];
  const seen = new Set<T>();
  for (let at = 0; mode === "bfs" ? at < waiting.length : waiting.length > 0;) {
    const item = mode === "bfs" ? waiting[at++]! : waiting.pop()!;
    if (seen.has(item)) continue;
    seen.add(item);
    for (const next of expand(item) ?? []) waiting.push(next);
  }
  return [...seen];
}

/**
 * The variables that contribute to some variables, these included, left to right and depth first.
 *
 * @param variables Where to begin.
 * @param blockers Variables not to go beyond.
 */
export function ancestors(
  variables: readonly Variable[],
  blockers?: Iterable<Variable>,
): Variable[] {
  const stop = new Set(blockers);
  return stackSearch(
    variables,
    (v) => v.owner && !stop.has(v) ? v.owner.inputs.toReversed() : undefined,
    "dfs",
  );
}

/**
 * The roots that contribute to some variables: inputs, constants and shared variables.
 *
 * @param variables Where to begin.
 * @param blockers Variables not to go beyond.
 */
export function inputs(variables: readonly Variable[], blockers?: Iterable<Variable>): Variable[] {
  return ancestors(variables, blockers).filter((v) => v.owner === null);
}

/**
 * The variables between inputs and outputs, both included, and the orphans among them: roots that
 * are no inputs.
 *
 * @param from Inputs.
 * @param to Outputs.
 */
export function variablesAndOrphans(
  from: Iterable<Variable>,
  to: readonly Variable[],
): [variables: Variable[], orphans: Variable[]] {
  const stop = new Set(from);
  const variables = stackSearch(to, (v) => {
    if (v.owner === null || stop.has(v)) return undefined;
    return [...v.owner.inputs, ...v.owner.outputs].reverse();
  }, "dfs");
  return [variables, variables.filter((v) => v.owner === null && !stop.has(v))];
}

/** The variables between inputs and outputs, see {@linkcode variablesAndOrphans}. */
export function variables(from: Iterable<Variable>, to: readonly Variable[]): Variable[] {
  return variablesAndOrphans(from, to)[0];
}

/** The roots that outputs depend on besides the inputs, see {@linkcode variablesAndOrphans}. */
export function orphans(from: Iterable<Variable>, to: readonly Variable[]): Variable[] {
  return variablesAndOrphans(from, to)[1];
}

/** The nodes between inputs and outputs. */
export function ops(from: Iterable<Variable>, to: readonly Variable[]): Set<Apply> {
  const stop = new Set(from);
  const nodes = new Set<Apply>();
  for (const v of variables(stop, to)) {
    if (v.owner !== null && !stop.has(v)) nodes.add(v.owner);
  }
  return nodes;
}

/**
 * The nodes that outputs need, each after those it reads: depth first, last input first.
 *
 * @param outputs What is to be computed.
 * @param isKnown Variables that need no computing.
 * @throws {ValueError} If a node depends on itself.
 */
export function sortNodes(
  outputs: readonly Variable[],
  isKnown: (variable: Variable) => boolean,
): Apply[] {
  const finished = new Set<Apply>();
  const open = new Set<Apply>();
  const path: Apply[] = [];
  const left: number[] = [];
  const enter = (variable: Variable): void => {
    const node = variable.owner;
    if (node === null || finished.has(node) || isKnown(variable)) return;
    if (open.has(node)) raise("ValueError", "graph contains cycles");
    open.add(node);
    path.push(node);
    left.push(node.inputs.length);
  };
  for (const output of outputs) {
    enter(output);
    while (path.length > 0) {
      const top = path.length - 1;
      const next = --left[top]!;
      if (next >= 0) {
        enter(path[top]!.inputs[next]!);
        continue;
      }
      left.pop();
      finished.add(path.pop()!);
    }
  }
  return [...finished];
}

/**
 * The nodes between inputs and outputs, each after those it depends on.
 *
 * @param from Inputs.
 * @param to Outputs.
 * @param orderings More dependencies.
 * @throws {ValueError} If there is no such order.
 */
export function ioToposort(
  from: Iterable<Variable>,
  to: readonly Variable[],
  orderings?: Orderings,
): Apply[] {
  const stop = new Set(from);
  if (orderings === undefined || orderings.size === 0) return sortNodes(to, (v) => stop.has(v));
  return sortWithOrderings(stop, to, orderings);
}

type Item = Variable | Apply;

function isNode(item: Item): item is Apply {
  return "op" in item;
}

/** Repeatedly takes what has nothing left to wait for, first come first served. */
function sortWithOrderings(
  stop: ReadonlySet<Variable>,
  to: readonly Variable[],
  orderings: Orderings,
): Apply[] {
  const waitsFor = new Map<Item, Set<Item>>();
  const readers = new Map<Item, Item[]>();
  const reachable = stackSearch<Item>(to, (item) => {
    const needs = dependencies(item, stop, orderings);
    waitsFor.set(item, new Set(needs));
    for (const need of needs) {
      const known = readers.get(need);
      if (known) known.push(item);
      else readers.set(need, [item]);
    }
    return needs;
  }, "dfs");
  const queue = reachable.filter((item) => waitsFor.get(item)!.size === 0);
  const done = new Set<Item>();
  for (const item of queue) {
    if (done.has(item)) continue;
    done.add(item);
    for (const reader of readers.get(item) ?? []) {
      const rest = waitsFor.get(reader)!;
      rest.delete(item);
      if (rest.size === 0) queue.push(reader);
    }
  }
  if (done.size !== reachable.length) raise("ValueError", "graph contains cycles");
  return [...done].filter(isNode);
}

function dependencies(
  item: Item,
  stop: ReadonlySet<Variable>,
  orderings: Orderings,
): readonly Item[] {
  if (isNode(item)) return [...item.inputs, ...(orderings.get(item) ?? [])];
  return item.owner === null || stop.has(item) ? [] : [item.owner];
}

/** Whether a node is another one or contributes to it. */
export function isInAncestors(node: Apply, contributor: Apply): boolean {
  const seen = new Set<Apply>();
  const waiting = [node];
  while (waiting.length > 0) {
    const current = waiting.pop()!;
    if (current === contributor) return true;
    if (seen.has(current)) continue;
    seen.add(current);
    for (const { owner } of current.inputs) if (owner !== null) waiting.push(owner);
  }
  return false;
}

/**
 * The variable whose memory a variable is a view of, through any chain of views; itself if of none.
 */
export function viewRoot(variable: Variable): Variable {
  let root = variable;
  for (;;) {
    const viewed = root.owner?.op.viewMap?.get(root.index);
    if (viewed === undefined) return root;
    root = root.owner!.inputs[viewed]!;
  }
}

/**
 * The leaves of a search through views: one variable, as no op here is a view of several inputs.
 */
export function viewRoots(variable: Variable): Variable[] {
  return [viewRoot(variable)];
}

/**
 * For each input, for each output, whether a derivative passes from the one to the other.
 *
 * @param from Inputs of the graph.
 * @param to Outputs of the graph.
 * @param patternOf Which inputs of a node reach which outputs: by default what its op says, all else.
 */
export function ioConnectionPattern(
  from: readonly Variable[],
  to: readonly Variable[],
  patternOf: (node: Apply) => readonly (readonly boolean[])[] | undefined = (node) =>
    node.op.connectionPattern?.(node),
): boolean[][] {
  const reached = new Map<Variable, ReadonlySet<number>>();
  from.forEach((input, i) => reached.set(input, new Set([i])));
  for (const node of ioToposort(from, to)) {
    const pattern = patternOf(node);
    node.outputs.forEach((output, o) => {
      if (reached.has(output)) return;
      const union = new Set<number>();
      node.inputs.forEach((input, i) => {
        if (pattern !== undefined && !pattern[i]![o]) return;
        for (const k of reached.get(input) ?? []) union.add(k);
      });
      reached.set(output, union);
    });
  }
  return from.map((_, i) => to.map((output) => reached.get(output)?.has(i) ?? false));
}
