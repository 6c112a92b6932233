/**
 * @file The L-op of a loop: a loop over its turns from the last one to the first.
 *
 * A turn hands on the gradients by the values that it read, stacks those by the slices of sequences,
 * and adds up those by what every turn reads. What is pending in the end are the gradients by the
 * first values.
 */

import { Slice } from "../array/slice.ts";
import { fail } from "../errors.ts";
import { applyOp } from "../graph/op.ts";
import { inputs as rootsOf } from "../graph/traverse.ts";
import type { Variable } from "../graph/variable.ts";
import { add, maximum, sub } from "../ops/arithmetic.ts";
import { get, incSubtensor, setSubtensor } from "../ops/indexing.ts";
import { stack } from "../ops/join.ts";
import { eq, switch_ } from "../ops/logic.ts";
import { depthOf } from "../ops/scan_form.ts";
import { Scan } from "../ops/scan_op.ts";
import { ShapeI } from "../ops/shape.ts";
import { Subtensor } from "../ops/subtensor.ts";
import { fillIndex, slice } from "../ops/subtensor_index.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { Gradient, GradientsInside, OutputGradient, PatternOf } from "./derivative.ts";
import { isSmooth, pathsOf, type ScanNode } from "./scan_paths.ts";
import { type Task, type TurnGradients, turnGradients } from "./scan_turn.ts";
import { backwards, recollect, type Source, type Turns } from "./scan_values.ts";
import { gradientRoot, sumOf, zerosFor } from "./values.ts";

/** The gradients of a loop's inputs, by those of its outputs. */
export function scanLop(
  node: ScanNode,
  grads: readonly OutputGradient[],
  wanted: readonly boolean[],
  gradients: GradientsInside,
  patternOf: PatternOf,
): readonly Gradient[] {
  const { states, maps } = node.op.form;
  if ([...states.map(({ keep }) => keep), ...maps].some((keep) => keep !== null)) {
    fail(
      "NotImplementedError",
      `differentiate ${node.op.name}`,
      "it has been optimised and keeps its last turns only",
      ["Take gradients of the graph that is compiled, not of the compiled one"],
    );
  }
  const smooth = [...wanted.keys()].filter((i) => wanted[i] && isSmooth(node.inputs[i]));
  const task = { node, paths: pathsOf(node, patternOf), grads, wanted: new Set(smooth) };
  const found = gradientsBy(task, gradients);
  return node.inputs.map((x, i) =>
    wanted[i] ? found.get(i) ?? zerosFor(x as TensorVariable) : undefined
  );
}

/** The gradients by what is wanted; those that are zero may be missing. */
function gradientsBy(task: Task, gradients: GradientsInside): Map<number, Variable> {
  const turn = turnGradients(task, gradients);
  const { broken } = turn;
  if (broken.size === 0) return gradientsFrom(task, turn, looped(task, turn));
  const rest = new Set([...task.wanted].filter((i) => !broken.has(i)));
  return new Map([...broken, ...gradientsBy({ ...task, wanted: rest }, gradients)]);
}

/** What a loop backwards ends with. */
interface Ends {
  /** By sequence: the gradients by its slices, one for each turn that was gone back through. */
  readonly rows: ReadonlyMap<number, TensorVariable>;
  /** By output that later turns read: the gradients by its last values before those turns. */
  readonly pending: ReadonlyMap<number, readonly TensorVariable[]>;
  /** By input that every turn reads: its gradient. */
  readonly sums: ReadonlyMap<number, TensorVariable>;
  readonly turns: Turns;
}

/** A value handed from turn to turn: its root, what it starts from, and what a turn makes of it. */
interface Handed extends Source {
  readonly next: TensorVariable;
}

function looped(task: Task, turn: TurnGradients): Ends {
  const { node, paths, wanted } = task;
  const termsBy = (inputs: readonly number[]): (readonly [number, TensorVariable])[] =>
    inputs.flatMap((i) => {
      const term = wanted.has(i) ? turn.terms.get(paths.rootsFor(i)[0]!) : undefined;
      return term ? [[i, term]] : [];
    });
  const slices = termsBy(paths.inputs.sequences);
  const sums = termsBy(paths.inputs.fixed);
  const handed = [
    ...[...turn.pending].flatMap(([k, roots]) => handedOn(task, turn, k, roots)),
    ...sums.map(([i, term]) => summed(node.inputs[i] as TensorVariable, term)),
  ];
  const inner = [...slices.map(([, term]) => term), ...handed.map(({ next }) => next)];
  const { outputs, turns, ...known } = recollect(node, inner);
  const read = new Set(rootsOf(outputs));
  const areRead = (sources: readonly Source[]): readonly Source[] =>
    sources.filter(({ root }) => read.has(root));
  const sequences = areRead([...rowsGiven(task, turn), ...known.sequences]);
  const fixed = areRead(known.fixed);
  const form = {
    sequences: sequences.length,
    states: [],
    maps: slices.map(() => null),
    carried: handed.length,
    hasCondition: false,
    truncate: -1,
    label: `grad_of_${node.op.form.label}`,
    inner: node.op.form.inner,
  };
  const sources = [...sequences, ...handed, ...fixed];
  const op = new Scan(form, sources.map(({ root }) => root), outputs);
  const loop = applyOp(op, [turns.back, ...sources.map(({ outside }) => outside)]);
  const { maps, carried } = op.outputsOf(loop);
  return {
    rows: new Map(slices.map(([i], n) => [i, backwards(maps[n]!)])),
    pending: new Map([...turn.pending].map(([k, { length }]) => [k, carried.splice(0, length)])),
    sums: new Map(sums.map(([i], n) => [i, carried[n]!])),
    turns,
  };
}

/** The gradients from outside by the new values, the last turn first. */
function rowsGiven({ paths, grads }: Task, turn: TurnGradients): Source[] {
  return [...turn.rows].map(([k, root]) => {
    const state = paths.states.get(k);
    const ofTurns = state ? get(grads[k]!, slice(depthOf(state), null)) : grads[k]!;
    return { root, outside: backwards(ofTurns) };
  });
}

/** The pending gradients of an output: the older values' move up, and what the turn adds. */
function handedOn(
  { node, paths, grads }: Task,
  { ends, terms }: TurnGradients,
  k: number,
  roots: readonly TensorVariable[],
): Handed[] {
  const i = paths.readAs.get(k)!;
  const first = node.inputs[i] as TensorVariable;
  const state = paths.states.get(k);
  const read = paths.rootsFor(i);
  const zeros = (): TensorVariable => zerosFor(state ? get(first, 0) : first);
  const newest = state ? ends.get(k) : grads[k];
  return roots.map((root, age) => {
    const tap = state ? state.taps.indexOf(-1 - age) : 0;
    const parts = [roots[age + 1], terms.get(read[tap]!)].filter((part) => part !== undefined);
    const outside = age === 0 && newest ? newest : zeros();
    return { root, outside, next: parts.length > 0 ? sumOf(parts) : zerosFor(root) };
  });
}

/** The gradient by what every turn reads, added up. */
function summed(x: TensorVariable, term: TensorVariable): Handed {
  const root = gradientRoot(x);
  return { root, outside: zerosFor(x), next: add(root, term) };
}

/** The gradients by the inputs, made of what the loop ends with. */
function gradientsFrom(
  task: Task,
  { ends }: TurnGradients,
  { rows, pending, sums, turns }: Ends,
): Map<number, Variable> {
  const { node, paths, grads, wanted } = task;
  const inputs = node.inputs as TensorVariable[];
  const found = new Map<number, Variable>(sums);
  const { steps } = node.op.inputsOf(node);
  for (const [i, list] of rows) found.set(i, placedRows(inputs[i]!, list, turns, steps));
  for (const [k, i] of paths.readAs) {
    if (!wanted.has(i)) continue;
    const state = paths.states.get(k);
    const own = state && grads[k] && !ends.has(k)
      ? get(grads[k], slice(depthOf(state)))
      : undefined;
    const g = state
      ? ofFirstRows(inputs[i]!, own, pending.get(k), turns)
      : ofFirstValue(pending.get(k), turns);
    if (g) found.set(i, g);
  }
  return found;
}

/** The gradient by a sequence: zeros but for the rows of the turns that were gone back through. */
function placedRows(
  sequence: TensorVariable,
  rows: TensorVariable,
  { all, skipped }: Turns,
  steps: TensorVariable,
): TensorVariable {
  if (all === steps && skipped === undefined && hasLength(sequence, steps)) return rows;
  return setSubtensor(get(zerosFor(sequence), slice(skipped ?? null, all)), rows);
}

/** Whether a sequence that is long enough is seen to have a row for every turn and no other. */
function hasLength(sequence: TensorVariable, steps: TensorVariable): boolean {
  const count = steps.owner;
  if (count?.op instanceof ShapeI && count.op.axis === 0 && count.inputs[0] === sequence) {
    return true;
  }
  const part = sequence.owner;
  if (!(part?.op instanceof Subtensor)) return false;
  const [rows] = fillIndex(part.op.idxList, part.inputs.slice(1));
  return rows instanceof Slice && rows.start === null && rows.stop === steps && rows.step === null;
}

/**
 * The gradient by the first rows of a trace: what comes from outside, and what is pending. Where not
 * all turns were gone back through, what is pending belongs to later rows.
 */
function ofFirstRows(
  initial: TensorVariable,
  own: TensorVariable | undefined,
  pending: readonly TensorVariable[] | undefined,
  { skipped }: Turns,
): TensorVariable | undefined {
  if (!pending) return own;
  const rows = stack(pending.toReversed());
  if (!skipped) return own ? add(own, rows) : rows;
  const left = maximum(sub(pending.length, skipped), 0);
  return incSubtensor(get(own ?? zerosFor(initial), slice(skipped, null)), get(rows, slice(left)));
}

/** The gradient by a carried value, which is constant where not all turns were gone back through. */
function ofFirstValue(
  pending: readonly TensorVariable[] | undefined,
  { skipped }: Turns,
): TensorVariable | undefined {
  const last = pending?.[0];
  return last && skipped ? switch_(eq(skipped, 0), last, zerosFor(last)) : last;
}
