/**
 * @file Loops that run side by side become one, and equal values of a loop become one.
 *
 * Values that turns hand on are equal if they start as the same and turns make the same of them, where
 * that may rest on other such values being equal. So all that start as the same are taken for equal,
 * and told apart as long as turns make different things of them: what is left is equal at every turn.
 */

import { computationNumbers } from "../core/graph/equal.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { isInAncestors } from "../core/graph/traverse.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { lazyOrder } from "../core/kernel/lazy.ts";
import { IfElse } from "../core/ops/if_else.ts";
import { isScan } from "../core/ops/scan_op.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { sameEnd } from "./index_items.ts";
import { rewrite, type Rule } from "./rule.ts";
import {
  computedIn,
  type Loop,
  type LoopCarried,
  type LoopMap,
  loopOf,
  type LoopState,
  replacementOf,
  substituted,
  withoutUnread,
  withOwnRoots,
} from "./scan_loop.ts";
import { takeTwins } from "./scan_tidy.ts";

/** Loops of equally many turns that need nothing of each other are one. */
export const mergeLoops: Rule = rewrite("scanOp_merge", ["scan"], (node, graph) => {
  const loops = graph.toposort().filter(isScan);
  for (const other of loops) {
    if (other === node) continue;
    const pair = loops.indexOf(other) < loops.indexOf(node as typeof other)
      ? [other, node]
      : [node, other];
    const [first, second] = pair.map(loopOf) as [Loop, Loop];
    if (!sameEnd(first.steps, second.steps) || !areApart(graph, node, other)) continue;
    const own = withOwnRoots(second);
    if (runAlike(first, own)) return replacementOf(sideBySide(first, own));
  }
  return undefined;
});

/** Of equal sequences, fixed values, states and results, one is left. */
export const mergeInside: Rule = rewrite("scan_merge_inouts", ["scan"], (node) => {
  const loop = loopOf(node);
  const { memo, classes } = twinsOf(loop);
  const equal = substituted(loop, memo);
  const twins = new Map<Variable, Variable>();
  for (const [first, ...others] of [...classes, ...equalMaps(equal)]) {
    for (const { result } of others) twins.set(result!, first!.result!);
  }
  if (memo.size + twins.size === 0) return undefined;
  const stays = ({ result }: { readonly result: Variable | undefined }): boolean =>
    !twins.has(result!);
  const replacement = replacementOf(withoutUnread({
    ...equal,
    states: equal.states.filter(stays),
    maps: equal.maps.filter(stays),
    carried: equal.carried.filter(stays),
  }));
  for (const [result, twin] of twins) replacement.set(result, replacement.get(twin)!);
  return replacement;
});

/** Two loops as one; the condition is that of both. */
function sideBySide(first: Loop, second: Loop): Loop {
  return {
    ...first,
    label: `${first.label}&${second.label}`,
    sequences: [...first.sequences, ...second.sequences],
    states: [...first.states, ...second.states],
    maps: [...first.maps, ...second.maps],
    carried: [...first.carried, ...second.carried],
    fixed: [...first.fixed, ...second.fixed],
  };
}

/**
 * Whether two loops of one number of turns, with different roots, end after the same turn, and their
 * turns are compiled in the same way.
 */
function runAlike(first: Loop, second: Loop): boolean {
  if (first.truncate !== second.truncate || first.inner?.key !== second.inner?.key) return false;
  const [one, other] = [first.condition, second.condition];
  if (one === undefined || other === undefined) return one === other;
  const { memo } = twinsOf(sideBySide(first, second));
  const [x, y] = computationNumbers(
    [first, second].map((loop) => substituted(loop, memo).condition!),
  );
  return x === y;
}

/**
 * Whether two nodes need nothing of each other, and run in the same cases: what one branch of a choice
 * alone needs must not be done with anything else.
 */
function areApart(graph: FunctionGraph, node: Apply, other: Apply): boolean {
  if (isInAncestors(node, other) || isInAncestors(other, node)) return false;
  if (![...graph.applyNodes].some(({ op }) => op instanceof IfElse)) return true;
  const { branches } = lazyOrder(graph, graph.toposort());
  const homeOf = (one: Apply): readonly Apply[] | undefined =>
    [...branches.values()].flat().find((branch) => branch.includes(one));
  return homeOf(node) === homeOf(other);
}

/** A value that turns hand on. */
interface Handed {
  /** What values must have in common to be equal, besides what they start as and become. */
  readonly kind: string;
  readonly inners: readonly TensorVariable[];
  readonly initial: TensorVariable;
  readonly result: Variable | undefined;
}

function handedOf({ states, carried }: Loop): Handed[] {
  return [
    ...states.map(({ taps, keep, inners, initial, result }: LoopState) => ({
      kind: `state ${taps} ${keep} ${inners[0]!.type.key}`,
      inners,
      initial,
      result,
    })),
    ...carried.map(({ inner, initial, result }: LoopCarried) => ({
      kind: `carried ${inner.type.key}`,
      inners: [inner],
      initial,
      result,
    })),
  ];
}

/** Inner variables with the equal ones that stand for them, and values handed on, equal ones together. */
function twinsOf(loop: Loop): {
  readonly memo: ReadonlyMap<Variable, Variable>;
  readonly classes: readonly (readonly Handed[])[];
} {
  const reads = new Map<Variable, Variable>();
  takeTwins(loop, reads);
  const handed = handedOf(loop);
  const starts = computationNumbers(handed.map(({ initial }) => initial));
  let classes = grouped(handed, (value, k) => `${value.kind} ${starts[k]}`);
  for (;;) {
    const memo = new Map(reads);
    for (const [first, ...others] of classes) {
      for (const { inners } of others) {
        inners.forEach((inner, k) => memo.set(inner, first!.inners[k]!));
      }
    }
    const { states, carried } = substituted(loop, memo);
    const becomes = computationNumbers([...states, ...carried].map(({ next }) => next));
    const numbers = new Map(handed.map((value, k) => [value, becomes[k]!]));
    const finer = classes.flatMap((one) => grouped(one, (value) => `${numbers.get(value)}`));
    if (finer.length === classes.length) return { memo, classes };
    classes = finer;
  }
}

/** Maps that are computed in the same way, together. */
function equalMaps(loop: Loop): LoopMap[][] {
  const numbers = computationNumbers(computedIn(loop)).slice(loop.states.length);
  return grouped(loop.maps, ({ keep, value }, k) => `${keep} ${value.type.key} ${numbers[k]}`);
}

/** A list in parts of equal texts, in the order in which these appear. */
function grouped<X>(list: readonly X[], textOf: (x: X, k: number) => string): X[][] {
  const groups = new Map<string, X[]>();
  list.forEach((x, k) => {
    const text = textOf(x, k);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [x]);
    else group.push(x);
  });
  return [...groups.values()];
}
