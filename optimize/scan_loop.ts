/**
 * @file A loop as something to be edited: each of its values with what it is inside and outside.
 *
 * An edit makes a new loop; {@linkcode replacementOf} makes its node and says what stands for what.
 * Variables inside are never changed, so that loops may share them.
 */

import { rebuild } from "../core/graph/clone.ts";
import { applyOp } from "../core/graph/op.ts";
import { inputs as rootsOf } from "../core/graph/traverse.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import type { InnerFunction } from "../core/ops/inner_function.ts";
import {
  innerInputList,
  innerOutputList,
  nodeInputList,
  nodeOutputsOf,
} from "../core/ops/scan_form.ts";
import { Scan } from "../core/ops/scan_op.ts";
import { checkedSteps } from "../core/ops/scan_steps.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";

/** A value that a turn reads, and what it is a row of, or stands for. */
export interface Read {
  readonly inner: TensorVariable;
  readonly outer: TensorVariable;
}

/** A value that later turns read. */
export interface LoopState {
  readonly taps: readonly number[];
  readonly keep: number | null;
  /** For each tap. */
  readonly inners: readonly TensorVariable[];
  readonly next: TensorVariable;
  readonly initial: TensorVariable;
  /** The result that it is; none for a state that nobody wants outside. */
  readonly result: Variable | undefined;
}

/** A value that turns give and do not read. */
export interface LoopMap {
  readonly value: TensorVariable;
  readonly keep: number | null;
  readonly result: Variable | undefined;
}

/** A value that goes from turn to turn. */
export interface LoopCarried {
  readonly inner: TensorVariable;
  readonly next: TensorVariable;
  readonly initial: TensorVariable;
  readonly result: Variable | undefined;
}

/** A loop in parts. */
export interface Loop {
  readonly label: string;
  readonly inner: InnerFunction | null;
  readonly truncate: number;
  readonly steps: TensorVariable;
  readonly sequences: readonly Read[];
  readonly states: readonly LoopState[];
  readonly maps: readonly LoopMap[];
  readonly carried: readonly LoopCarried[];
  readonly fixed: readonly Read[];
  readonly condition: TensorVariable | undefined;
}

/** The parts of a node that is a loop. */
export function loopOf(node: Apply): Loop {
  const op = node.op as Scan;
  const { form, innerInputs, innerOutputs } = op;
  const [given, results] = [op.inputsOf(node), op.outputsOf<Variable>(node)];
  return {
    label: form.label,
    inner: form.inner,
    truncate: form.truncate,
    steps: given.steps,
    sequences: innerInputs.slices.map((inner, k) => ({ inner, outer: given.sequences[k]! })),
    states: form.states.map((state, k) => ({
      ...state,
      inners: innerInputs.taps[k]!,
      next: innerOutputs.states[k]!,
      initial: given.initials[k]!,
      result: results.traces[k]!,
    })),
    maps: form.maps.map((keep, k) => ({
      keep,
      value: innerOutputs.maps[k]!,
      result: results.maps[k]!,
    })),
    carried: innerInputs.carried.map((inner, k) => ({
      inner,
      next: innerOutputs.carried[k]!,
      initial: given.carried[k]!,
      result: results.carried[k]!,
    })),
    fixed: innerInputs.fixed.map((inner, k) => ({ inner, outer: given.fixed[k]! })),
    condition: innerOutputs.condition,
  };
}

/** What a turn computes. */
export function computedIn({ states, maps, carried, condition }: Loop): TensorVariable[] {
  return innerOutputList({
    states: states.map(({ next }) => next),
    maps: maps.map(({ value }) => value),
    carried: carried.map(({ next }) => next),
    condition,
  });
}

/** The roots of a turn. */
export function rootsIn({ sequences, states, carried, fixed }: Loop): TensorVariable[] {
  return innerInputList({
    slices: sequences.map(({ inner }) => inner),
    taps: states.map(({ inners }) => [...inners]),
    carried: carried.map(({ inner }) => inner),
    fixed: fixed.map(({ inner }) => inner),
  });
}

/** The same loop over other variables inside. */
export function substituted(loop: Loop, memo: ReadonlyMap<Variable, Variable>): Loop {
  if (memo.size === 0) return loop;
  const made = new Map(memo);
  const moved = (x: TensorVariable): TensorVariable => rebuild([x], made)[0] as TensorVariable;
  return {
    ...loop,
    states: loop.states.map((state) => ({ ...state, next: moved(state.next) })),
    maps: loop.maps.map((map) => ({ ...map, value: moved(map.value) })),
    carried: loop.carried.map((one) => ({ ...one, next: moved(one.next) })),
    condition: loop.condition && moved(loop.condition),
  };
}

/** The same loop with roots of its own. */
export function withOwnRoots(loop: Loop): Loop {
  const own = new Map<Variable, TensorVariable>(
    rootsIn(loop).map((root) => [root, root.type.makeVariable(root.name) as TensorVariable]),
  );
  const ownRead = (read: Read): Read => ({ ...read, inner: own.get(read.inner)! });
  const { sequences, states, carried, fixed, ...rest } = substituted(loop, own);
  return {
    ...rest,
    sequences: sequences.map(ownRead),
    states: states.map((state) => ({ ...state, inners: state.inners.map((x) => own.get(x)!) })),
    carried: carried.map((one) => ({ ...one, inner: own.get(one.inner)! })),
    fixed: fixed.map(ownRead),
  };
}

/** A loop that reads no sequences and fixed values but those it needs. */
export function withoutUnread(loop: Loop): Loop {
  const read = new Set<Variable>(rootsOf(computedIn(loop)));
  return {
    ...loop,
    sequences: loop.sequences.filter(({ inner }) => read.has(inner)),
    fixed: loop.fixed.filter(({ inner }) => read.has(inner)),
  };
}

/** The node of a loop. */
export function nodeOf(loop: Loop): Apply {
  const { label, inner, truncate, steps, sequences, states, maps, carried, fixed, condition } =
    loop;
  const form = {
    label,
    inner,
    truncate,
    sequences: sequences.length,
    states: states.map(({ taps, keep }) => ({ taps, keep })),
    maps: maps.map(({ keep }) => keep),
    carried: carried.length,
    hasCondition: condition !== undefined,
  };
  return applyOp(
    new Scan(form, rootsIn(loop), computedIn(loop)),
    nodeInputList({
      steps,
      sequences: sequences.map(({ outer }) => outer),
      initials: states.map(({ initial }) => initial),
      carried: carried.map(({ initial }) => initial),
      fixed: fixed.map(({ outer }) => outer),
    }),
  );
}

/** What a loop gives: variables of its node, in the order of its parts. */
export interface LoopResults {
  readonly traces: readonly TensorVariable[];
  readonly maps: readonly TensorVariable[];
  readonly carried: readonly TensorVariable[];
}

/** The results of a loop: those of its node, if it has any. */
export function resultsOf(loop: Loop): LoopResults {
  if (isEmpty(loop)) return { traces: [], maps: [], carried: [] };
  const node = nodeOf(loop);
  return nodeOutputsOf((node.op as Scan).form, node.outputs as TensorVariable[]);
}

/** The number of turns, checked: for where there is no loop left that checks it. */
export function stepsOf({ steps, sequences }: Pick<Loop, "steps" | "sequences">): TensorVariable {
  return checkedSteps(steps, sequences.map(({ outer }) => outer));
}

/** Whether a loop computes nothing. */
export function isEmpty({ states, maps, carried }: Loop): boolean {
  return states.length + maps.length + carried.length === 0;
}

/**
 * What stands for each result that a loop was to give. Nothing is run where none is left.
 *
 * @param loop The loop.
 * @param made What it gives, where that was asked for already.
 */
export function replacementOf(
  loop: Loop,
  made: LoopResults = resultsOf(loop),
): Map<Variable, Variable> {
  const { states, maps, carried } = loop;
  const pairs = [
    ...states.map(({ result }, k) => [result, made.traces[k]!] as const),
    ...maps.map(({ result }, k) => [result, made.maps[k]!] as const),
    ...carried.map(({ result }, k) => [result, made.carried[k]!] as const),
  ];
  return new Map(pairs.filter((pair): pair is [Variable, TensorVariable] => pair[0] !== undefined));
}
