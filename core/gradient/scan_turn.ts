/**
 * @file The gradients of one turn of a loop, and which of them go on to the turn before.
 *
 * A turn knows the gradients by its new values: what comes from outside, a row of the gradient by a
 * trace or map, and what later turns left pending, because they read the values. Pending gradients
 * are arrays with one for each of the last values that a state needs, that of the newest first.
 */

import { whyNull } from "../graph/special_types.ts";
import type { Variable } from "../graph/variable.ts";
import { depthOf } from "../ops/scan_form.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import type { GradientsInside, OutputGradient } from "./derivative.ts";
import { lastRowAlone } from "./scan_last.ts";
import { grown, isSmooth, reachedBy, type ScanNode, type ScanPaths } from "./scan_paths.ts";
import { gradientRoot, knownByOutput, sumOf } from "./values.ts";

/** What is asked of an L-op. */
export interface Task {
  readonly node: ScanNode;
  readonly paths: ScanPaths;
  /** The gradient by each output. */
  readonly grads: readonly OutputGradient[];
  /** The inputs whose gradients are wanted. */
  readonly wanted: ReadonlySet<number>;
}

/** The gradients of a turn, over roots for those that come to it. */
export interface TurnGradients {
  /** By output: the row of the gradient from outside. */
  readonly rows: ReadonlyMap<number, TensorVariable>;
  /** By output that later turns read: the gradients by its last values that they left. */
  readonly pending: ReadonlyMap<number, readonly TensorVariable[]>;
  /** By trace of which outside reads the last row alone: the gradient by that row. */
  readonly ends: ReadonlyMap<number, TensorVariable>;
  /** By root of the graph inside: its gradient, if that has a value. */
  readonly terms: ReadonlyMap<Variable, TensorVariable>;
  /** By wanted input: why it has no gradient, where it has none. */
  readonly broken: ReadonlyMap<number, Variable>;
}

/** The gradients of one turn. */
export function turnGradients(task: Task, gradients: GradientsInside): TurnGradients {
  const { node: { op }, paths, grads, wanted } = task;
  const flow = flowOf(task);
  const isCarried = (k: number): boolean => paths.outputs.carried.includes(k);
  const pending = new Map(flow.pending.map((k) => [k, pendingRoots(task, k)]));
  const ends = new Map(flow.pending.flatMap((k) => endOf(task, k)));
  const given = flow.starts.filter((k) => grads[k] && !isCarried(k) && !ends.has(k));
  const rows = new Map(given.map((k) => [k, rowRoot(grads[k]!)]));
  const arriving = flow.starts.map((k) =>
    sumOf([rows.get(k), pending.get(k)?.[0]].filter((part) => part !== undefined))
  );
  const known = knownByOutput(flow.starts.map((k) => op.outputs[k]!), arriving);
  const handedOn = flow.pending.map((k) => paths.readAs.get(k)!);
  const first = new Set(paths.readAs.values());
  const others = [...wanted].filter((i) => !first.has(i));
  const roots = [...handedOn, ...others].flatMap((i) => paths.rootsFor(i));
  const found = gradients(known, roots);
  const terms = new Map<Variable, Variable>(roots.map((root, n) => [root, found[n]!]));
  return {
    rows,
    pending,
    ends,
    terms: new Map([...terms].filter(isTensorTerm)),
    broken: brokenInputs(task, flow, terms),
  };
}

function isTensorTerm(
  pair: readonly [Variable, Variable],
): pair is [Variable, TensorVariable] {
  return pair[1] instanceof TensorVariable;
}

/** Which gradients a turn starts from, and which it hands on. */
interface Flow {
  /** The outputs whose gradients lead to some of what is wanted. */
  readonly starts: readonly number[];
  /** The outputs that later turns read and whose gradients are handed from turn to turn. */
  readonly pending: readonly number[];
}

function flowOf({ node, paths, grads, wanted }: Task): Flow {
  const { within, readAs } = paths;
  const readers = (k: number): readonly boolean[] => within[readAs.get(k)!]!;
  const recurrent = [...readAs.keys()].filter((k) => isSmooth(node.outputs[k]));
  const given = [...grads.keys()].filter((k) => grads[k] && isSmooth(node.outputs[k]));
  const live = grown(given, recurrent, (k, later) => readers(k)[later]!);
  const first = recurrent.filter((k) => [...wanted].some((i) => within[i]![k]));
  const useful = grown(first, recurrent, (k, earlier) => readers(earlier)[k]!);
  const isPending = (k: number): boolean => {
    const isRead = [...live].some((later) => readers(k)[later]);
    const hasOnlyLast = paths.outputs.carried.includes(k) && live.has(k);
    return (isRead || hasOnlyLast) && (useful.has(k) || wanted.has(readAs.get(k)!));
  };
  return {
    starts: [...grads.keys()].filter((k) => live.has(k) && (useful.has(k) || !readAs.has(k))),
    pending: recurrent.filter(isPending),
  };
}

/** A root for the rows of a gradient. */
function rowRoot({ type }: TensorVariable): TensorVariable {
  return new TensorType(type.dtype, type.broadcastable.slice(1)).makeVariable();
}

function pendingRoots({ paths }: Task, k: number): TensorVariable[] {
  const state = paths.states.get(k);
  const [read] = paths.rootsFor(paths.readAs.get(k)!);
  return Array.from({ length: state ? depthOf(state) : 1 }, () => gradientRoot(read!));
}

/** The gradient by the last row of a trace, if there is no other from outside. */
function endOf({ paths, grads }: Task, k: number): [number, TensorVariable][] {
  const last = paths.states.has(k) && grads[k] ? lastRowAlone(grads[k]) : undefined;
  const [read] = paths.rootsFor(paths.readAs.get(k)!);
  return last?.type.equals(gradientRoot(read!).type) ? [[k, last]] : [];
}

/** The wanted inputs whose influence passes through a value that has no gradient. */
function brokenInputs(
  { paths, wanted }: Task,
  flow: Flow,
  terms: ReadonlyMap<Variable, Variable>,
): Map<number, Variable> {
  const nullFor = (i: number): Variable | undefined =>
    paths.rootsFor(i).map((root) => terms.get(root)).find((g) => g && whyNull(g) !== undefined);
  const broken = new Map<number, Variable>();
  for (const i of wanted) {
    const reached = reachedBy(paths, i);
    const through = flow.pending.filter((k) => reached.has(k)).map((k) => paths.readAs.get(k)!);
    const why = [i, ...through].map(nullFor).find((g) => g !== undefined);
    if (why) broken.set(i, why);
  }
  return broken;
}
