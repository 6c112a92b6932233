/**
 * @file Loops that keep only what is read: of a result whose last rows alone are wanted these are kept,
 * however many turns there are; where the first rows alone are wanted, there are no more turns.
 */

import { Slice } from "../core/array/slice.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { maximum, minimum, sub } from "../core/ops/arithmetic.ts";
import { isAlwaysFull } from "../core/ops/scan_form.ts";
import { Subtensor } from "../core/ops/subtensor.ts";
import { indexConstant, knownIndex } from "../core/ops/subtensor_index.ts";
import { TensorConstant, type TensorVariable } from "../core/tensor/tensor_variable.ts";
import { inputsOf, like, madeBy, outputOf } from "./forms.ts";
import { allItems, type Item, itemsOf, knownSlice, partOf } from "./index_items.ts";
import { rewrite, type Rule } from "./rule.ts";
import { type Loop, loopOf, type LoopResults, resultsOf, stepsOf } from "./scan_loop.ts";

/** Of results that are read at one end only, that end is computed, and kept. */
export const saveMemory: Rule = rewrite(
  "scanOp_save_mem",
  ["scan"],
  (node, graph) => shortened(node, graph) ?? withEnds(node, graph),
);

/** What reads a part of a result. */
interface PartRead {
  readonly part: TensorVariable;
  /** What it is read with. */
  readonly items: readonly Item[];
  /** How many rows were cut off the result first. */
  readonly cut: number;
}

/** What is read of the rows of a result: the first ones, its last ones, or neither. */
interface RowRead {
  /** How many of the first rows are enough. */
  readonly first: number | undefined;
  /** How many of the last rows are enough. */
  readonly last: number | undefined;
}

/** What reads a result; undefined where something may read all of it. */
function readsOf(graph: FunctionGraph, result: Variable): PartRead[] | undefined {
  const reads: PartRead[] = [];
  for (const { node, index } of graph.clients(result)) {
    if (node === "output" || index !== 0 || !(node.op instanceof Subtensor)) return undefined;
    const cut = cutOf(node);
    const inner = cut === undefined ? undefined : readsOf(graph, outputOf(node));
    if (inner === undefined) reads.push({ part: outputOf(node), items: itemsOf(node), cut: 0 });
    else reads.push(...inner.map((read) => ({ ...read, cut: read.cut + cut! })));
  }
  return reads;
}

/** How many of the first rows a node cuts off, if it does nothing else. */
function cutOf(node: Apply): number | undefined {
  const [first, ...rest] = allItems(node);
  const part = first instanceof Slice ? knownSlice(first) : undefined;
  const isCut = part && part.stop === null && (part.step ?? 1) === 1 && (part.start ?? 0) >= 0;
  return isCut && rest.every((item) => item instanceof Slice && isWhole(item))
    ? part.start ?? 0
    : undefined;
}

function isWhole({ start, stop, step }: Slice<TensorVariable>): boolean {
  return start === null && stop === null && step === null;
}

/** Which rows an item reads. */
function rowsRead(item: Item | undefined): RowRead {
  const nothing = { first: undefined, last: undefined };
  if (item === undefined) return nothing;
  if (!(item instanceof Slice)) {
    const index = numberOf(item);
    if (index === undefined) return nothing;
    return index < 0 ? { ...nothing, last: -index } : { ...nothing, first: index + 1 };
  }
  const part = knownSlice(item);
  if (part === undefined || (part.step ?? 1) < 1) return nothing;
  const { start, stop } = part;
  const isFirst = (start ?? 0) >= 0 && stop !== null && stop >= 0;
  const isLast = start !== null && start < 0 && (stop ?? -1) < 0;
  return { first: isFirst ? stop : undefined, last: isLast ? -start : undefined };
}

/** The value of a constant. */
function numberOf(x: TensorVariable): number | undefined {
  const known = knownIndex(x);
  return typeof known === "number" ? known : undefined;
}

/** The largest of some numbers, if all are known; 0 of none. */
function largest(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.reduce(
    (most, n) => most === undefined || n === undefined ? undefined : Math.max(most, n),
    0,
  );
}

/** A state or a map. */
type Value = Loop["states"][number] | Loop["maps"][number];

/** Parts that are read, with what reads the same of the rows that are left. */
type Parts = readonly (readonly [
  part: TensorVariable,
  read: (rows: TensorVariable) => TensorVariable,
])[];

/** What stands for the results of a node: those of another, or the parts that are read, of those. */
function replaced(
  node: Apply,
  { traces, maps, carried }: LoopResults,
  partsOf: readonly (Parts | undefined)[],
): Map<Variable, Variable> {
  return new Map(
    [...traces, ...maps, ...carried].flatMap((rows, k): [Variable, Variable][] =>
      partsOf[k]?.map(([part, read]) => [part, read(rows)]) ?? [[node.outputs[k]!, rows]]
    ),
  );
}

/** The loop with no more turns than what is read of its results needs. */
function shortened(node: Apply, graph: FunctionGraph): Map<Variable, Variable> | undefined {
  const loop = loopOf(node);
  if (loop.carried.some(({ result }) => graph.clients(result!).length > 0)) return undefined;
  const values = [...loop.states, ...loop.maps];
  const reads = values.map(({ result }) => readsOf(graph, result!));
  const turns = largest(values.map((value, k) => turnsRead(value, reads[k])));
  if (turns === undefined || isAtMost(loop.steps, turns)) return undefined;
  const parts = reads.map((list) =>
    list!.map(({ part, items, cut }): Parts[number] => [
      part,
      (rows) => partOf(rows, shifted(items, cut)),
    ])
  );
  return replaced(node, resultsOf({ ...loop, steps: leastOf(loop, turns) }), parts);
}

/** How many turns are enough for what is read of a value; at least one is done. */
function turnsRead(value: Value, reads: readonly PartRead[] | undefined): number | undefined {
  if (reads === undefined) return undefined;
  if (reads.length > 0 && value.keep !== null) return undefined;
  const most = largest(reads.map(({ items, cut }) => {
    const { first } = rowsRead(items[0]);
    return first === undefined ? undefined : first + cut;
  }));
  return most === undefined ? undefined : Math.max(1, most - depthOf(value));
}

/** The lesser number of turns; sequences are asked for as many rows as before. */
function leastOf(loop: Loop, turns: number): TensorVariable {
  const { steps, sequences } = loop;
  if (steps instanceof TensorConstant && sequences.length === 0) return like(turns, steps);
  return minimum(sequences.length === 0 ? steps : stepsOf(loop), like(turns, steps));
}

/** How many rows of a result stand before that of the first turn. */
function depthOf(value: Value): number {
  return "taps" in value ? -value.taps[0]! : 0;
}

/** Whether a number of turns is known to be at most some number. */
function isAtMost(steps: TensorVariable, most: number): boolean {
  const known = numberOf(steps);
  if (known !== undefined) return known <= most;
  const least = madeBy(steps, minimum.record.name);
  return least !== undefined && inputsOf(least).some((x) => isAtMost(x, most));
}

/** The loop with the last rows of those results of which nothing else is read. */
function withEnds(node: Apply, graph: FunctionGraph): Map<Variable, Variable> | undefined {
  const loop = loopOf(node);
  const ends = [...loop.states, ...loop.maps].map((value) =>
    value.keep === null ? endOf(value, loop, graph) : undefined
  );
  if (ends.every((end) => end === undefined)) return undefined;
  const count = loop.states.length;
  const made = resultsOf({
    ...loop,
    states: loop.states.map((state, k) => ({ ...state, keep: ends[k]?.keep ?? state.keep })),
    maps: loop.maps.map((map, k) => ({ ...map, keep: ends[count + k]?.keep ?? map.keep })),
  });
  return replaced(node, made, ends.map((end) => end?.parts));
}

/** What is kept of a result, and what is read of that. */
interface End {
  readonly keep: number;
  readonly parts: Parts;
}

/**
 * The end of a result, if nothing else is read and it is worth it. There may be fewer rows than a slice
 * asks for: then it takes these, and an index fails.
 */
function endOf(value: Value, { steps, condition }: Loop, graph: FunctionGraph): End | undefined {
  const reads = readsOf(graph, value.result!);
  if (reads === undefined) return undefined;
  const depth = depthOf(value);
  const turns = numberOf(steps);
  const sure = depth + (condition ? 1 : Math.max(1, turns ?? 1));
  const isThere = ({ items, cut }: PartRead): boolean => rowsRead(items[0]).last! <= sure - cut;
  // Which of the last rows were cut off first is known only with the number of turns.
  const isFollowed = (read: PartRead): boolean =>
    condition === undefined || read.cut === 0 || isThere(read);
  const most = largest(reads.map((read) => {
    const { last } = rowsRead(read.items[0]);
    return last !== undefined && isFollowed(read) ? last : undefined;
  }));
  if (most === undefined) return undefined;
  const keep = Math.max(1, most);
  if (!isAlwaysFull(keep, depth) && !isSaving(keep, turns, depth)) return undefined;
  const parts = reads.map((read): Parts[number] => {
    const { part, items, cut } = read;
    if (isThere(read) && keep <= sure) {
      return [part, (rows) => partOf(rows, fromStart(items, keep))];
    }
    const ended = fromEnd(items, keep);
    if (isThere(read) || cut === 0) return [part, (rows) => partOf(rows, ended)];
    const start = new Slice<TensorVariable>(firstLeft(cut, { keep, depth, steps }));
    return [part, (rows) => partOf(partOf(rows, [start]), ended)];
  });
  return { keep, parts };
}

/**
 * Whether rows that go round, and are put in order at the end, take less memory than all. Where the
 * number of turns is not known they may take up to twice as much, and do not grow with it.
 */
function isSaving(keep: number, turns: number | undefined, depth: number): boolean {
  return turns === undefined || 2 * keep < turns + depth;
}

/** The first of the kept rows that is not among those that were cut off. */
function firstLeft(
  cut: number,
  { keep, depth, steps }: Pick<End, "keep"> & Pick<Loop, "steps"> & { readonly depth: number },
): TensorVariable {
  const first = maximum(like(0, steps), sub(like(keep + cut - depth, steps), steps));
  return isAlwaysFull(keep, depth) ? first : minimum(like(cut, steps), first);
}

/** Items that read the same of rows that were not cut off first. */
function shifted([first, ...rest]: readonly Item[], cut: number): readonly Item[] {
  if (!(first instanceof Slice)) return [indexConstant(numberOf(first!)! + cut), ...rest];
  const { start, stop } = knownSlice(first)!;
  const part = new Slice<TensorVariable>(
    startAt((start ?? 0) + cut),
    indexConstant(stop! + cut),
    first.step,
  );
  return [part, ...rest];
}

/** Items that read the same of the last rows alone, counted from the first of these, all of them there. */
function fromStart([first, ...rest]: readonly Item[], rows: number): readonly Item[] {
  const at = (fromEnd: number): number => Math.max(0, rows + fromEnd);
  if (!(first instanceof Slice)) return [indexConstant(at(numberOf(first!)!)), ...rest];
  const { start, stop } = knownSlice(first)!;
  const end = stop === null ? null : indexConstant(at(stop));
  return [new Slice<TensorVariable>(startAt(at(start!)), end, first.step), ...rest];
}

/** Items that read the same of the last rows alone, of which there may be fewer. */
function fromEnd(items: readonly Item[], rows: number): readonly Item[] {
  const [first, ...rest] = items;
  if (!(first instanceof Slice) || knownSlice(first)!.start !== -rows) return items;
  return [new Slice<TensorVariable>(null, first.stop, first.step), ...rest];
}

function startAt(row: number): TensorVariable | null {
  return row === 0 ? null : indexConstant(row);
}
