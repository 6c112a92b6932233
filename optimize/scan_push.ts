/**
 * @file Work that is the same at each turn is done before the loop; work on rows of sequences alone is
 * done on the sequences, all turns at once.
 */

import { ioToposort } from "../core/graph/traverse.ts";
import { type Apply, isConstant, type Variable } from "../core/graph/variable.ts";
import { allocItems } from "../core/ops/alloc.ts";
import { shapeItems } from "../core/ops/shape.ts";
import { TensorConstant, TensorVariable } from "../core/tensor/tensor_variable.ts";
import { rewrite, type Rule } from "./rule.ts";
import {
  computedIn,
  type Loop,
  type LoopMap,
  loopOf,
  type Read,
  replacementOf,
  rootsIn,
  stepsOf,
  substituted,
  withoutUnread,
} from "./scan_loop.ts";
import { firstRows, lastRows, overRows } from "./scan_rows.ts";

/** What depends on fixed values alone is computed before the loop. */
export const pushOutNonSeq: Rule = rewrite(
  "scanOp_pushout_nonseqs_ops",
  ["scan"],
  (node) => {
    const loop = loopOf(node);
    const outside = outsideOf(loop.fixed);
    const moved = hoisted(loop, outside, (inner) => {
      const inputs = inner.inputs.map((x) => isConstant(x) ? x : outside.get(x));
      if (inputs.includes(undefined) || inner.inputs.every(isConstant)) return undefined;
      return inner.cloneWithNewInputs(inputs as Variable[]).outputs;
    });
    if (moved.size === 0 && !givesAway(loop, outside)) return undefined;
    const memo = new Map<Variable, TensorVariable>();
    const fixed = readsOf(moved, outside, memo);
    return finished({ ...loop, fixed: [...loop.fixed, ...fixed] }, memo, (value) => {
      const outer = outside.get(value);
      return outer && allocItems(outer, [stepsOf(loop), ...shapeItems(outer)]);
    });
  },
);

/** What depends on rows of sequences, and on fixed values, is computed on whole sequences. */
export const pushOutSeq: Rule = rewrite("scanOp_pushout_seqs_ops", ["scan"], (node) => {
  const loop = loopOf(node);
  const cut = loop.sequences.map(({ inner, outer }) => ({
    inner,
    outer: firstRows(outer, loop.steps),
  }));
  const rows = outsideOf(cut);
  const fixed = outsideOf(loop.fixed);
  const moved = hoisted(loop, rows, (inner) => {
    if (!inner.inputs.some((x) => rows.has(x))) return undefined;
    const made = overRows(inner, rows, (x) => x instanceof TensorConstant ? x : fixed.get(x));
    return made && [made];
  });
  if (moved.size === 0 && !givesAway(loop, rows)) return undefined;
  const memo = new Map<Variable, TensorVariable>();
  const sequences = readsOf(moved, rows, memo);
  return finished({ ...loop, sequences: [...loop.sequences, ...sequences] }, memo, (value) => {
    const outer = rows.get(value);
    return outer && firstRows(outer, stepsOf(loop));
  });
});

/** Whether a map is only what was read. */
function givesAway({ maps, condition }: Loop, outside: ReadonlyMap<Variable, unknown>): boolean {
  return condition === undefined && maps.some(({ value }) => outside.has(value));
}

function outsideOf(reads: readonly Read[]): Map<Variable, TensorVariable> {
  return new Map(reads.map(({ inner, outer }) => [inner, outer]));
}

/**
 * Moves nodes out of a turn.
 *
 * @param loop The loop.
 * @param outside What variables inside are outside; what is moved is added.
 * @param move Makes the outputs of a node outside, or says that it stays.
 * @returns What was moved and is still read by what stays.
 */
function hoisted(
  loop: Loop,
  outside: Map<Variable, TensorVariable>,
  move: (inner: Apply) => readonly Variable[] | undefined,
): Set<TensorVariable> {
  const staying: Apply[] = [];
  const made = new Set<Variable>();
  for (const inner of ioToposort(rootsIn(loop), computedIn(loop))) {
    const outer = inner.outputs.every((x) => x instanceof TensorVariable) ? move(inner) : undefined;
    if (outer === undefined) staying.push(inner);
    else {
      inner.outputs.forEach((output, k) => {
        outside.set(output, outer[k] as TensorVariable);
        made.add(output);
      });
    }
  }
  const read = [...staying.flatMap(({ inputs }) => inputs), ...computedIn(loop)];
  return new Set(read.filter((x) => made.has(x)) as TensorVariable[]);
}

/** New reads for what was moved out; the memo says what stands for it inside. */
function readsOf(
  moved: ReadonlySet<TensorVariable>,
  outside: ReadonlyMap<Variable, TensorVariable>,
  memo: Map<Variable, TensorVariable>,
): Read[] {
  return [...moved].map((old) => {
    const inner = old.type.makeVariable(old.name) as TensorVariable;
    memo.set(old, inner);
    return { inner, outer: outside.get(old)! };
  });
}

/** The loop over what was moved; maps that are known outside altogether are taken from there. */
function finished(
  loop: Loop,
  memo: ReadonlyMap<Variable, Variable>,
  stack: (value: TensorVariable) => TensorVariable | undefined,
): Map<Variable, Variable> {
  const known = new Map<Variable, Variable>();
  const isKnown = ({ value, keep, result }: LoopMap): boolean => {
    const rows = loop.condition ? undefined : stack(value);
    if (rows === undefined || result === undefined) return false;
    known.set(result, keep === null ? rows : lastRows(rows, keep));
    return true;
  };
  const maps = loop.maps.filter((map) => !isKnown(map));
  const rest = withoutUnread(substituted({ ...loop, maps }, memo));
  return new Map([...known, ...replacementOf(rest)]);
}
