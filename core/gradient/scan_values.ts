/**
 * @file The values of a loop's turns, for a loop that goes through the turns again from the last one
 * to the first.
 *
 * What is an output already is read from there: taps and new values of states from their traces, and
 * maps. Of carried values no more than the last is an output; they are read from a loop that computes
 * the same but has states in their place, and so are values that are dear to compute again: as maps.
 * All else is computed again. Where both loops are in one function they become one.
 */

import { rebuild } from "../graph/clone.ts";
import { applyOp } from "../graph/op.ts";
import { ancestors, ioToposort } from "../graph/traverse.ts";
import { isConstant, type Variable } from "../graph/variable.ts";
import { minimum, sub } from "../ops/arithmetic.ts";
import { padLeft } from "../ops/dimshuffle.ts";
import { get } from "../ops/indexing.ts";
import { depthOf, innerInputList, innerOutputList, nodeInputList } from "../ops/scan_form.ts";
import { Scan } from "../ops/scan_op.ts";
import { shapeI } from "../ops/shape.ts";
import { slice } from "../ops/subtensor_index.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { dearValues } from "./scan_dear.ts";
import type { ScanNode } from "./scan_paths.ts";

/** A root inside a loop, and the input of its node that the root stands for. */
export interface Source {
  readonly root: TensorVariable;
  readonly outside: TensorVariable;
}

/** How many turns there are. */
export interface Turns {
  /** All turns that were done. */
  readonly all: TensorVariable;
  /** Those that are gone back through. */
  readonly back: TensorVariable;
  /** Those before, if there can be any. */
  readonly skipped: TensorVariable | undefined;
}

/** What a turn backwards computes, with roots of its own in place of the values of the turn. */
export interface Recollection {
  readonly outputs: TensorVariable[];
  /** What it may read a row of, the last turn first. */
  readonly sequences: readonly Source[];
  /** What it may read as it is. */
  readonly fixed: readonly Source[];
  readonly turns: Turns;
}

/**
 * Makes a graph over the values of a turn one over values that are kept.
 *
 * @param node The loop.
 * @param outputs What a turn backwards computes.
 */
export function recollect(node: ScanNode, outputs: readonly TensorVariable[]): Recollection {
  const kept = keptLoop(node, outputs);
  const turns = turnsOf(kept);
  const { op } = kept;
  const [given, results] = [op.inputsOf(kept), op.outputsOf(kept)];
  const [roots, made] = [op.innerInputs, op.innerOutputs];
  const memo = new Map<Variable, Variable>();
  const standFor = (inside: readonly TensorVariable[], outside: TensorVariable[]): Source[] =>
    inside.flatMap((x, n) => {
      if (memo.has(x) || isConstant(x)) return [];
      const root = x.type.makeVariable(x.name);
      memo.set(x, root);
      return [{ root, outside: outside[n]! }];
    });
  const fixed = standFor(roots.fixed, given.fixed);
  const sequences = [
    ...standFor(
      roots.slices,
      given.sequences.map((x) => backwards(get(x, slice(turns.all)))),
    ),
    ...op.form.states.flatMap((state, k) =>
      standFor(
        [...roots.taps[k]!, made.states[k]!],
        [...state.taps, 0].map((tap) => rowsAt(results.traces[k]!, depthOf(state), tap)),
      )
    ),
    ...standFor(made.maps, results.maps.map(backwards)),
  ];
  return { outputs: rebuild(outputs, memo) as TensorVariable[], sequences, fixed, turns };
}

/** For each turn, the last one first, the row of a trace that a tap reads; the new one for zero. */
function rowsAt(trace: TensorVariable, depth: number, tap: number): TensorVariable {
  return backwards(get(trace, slice(depth + tap, tap === 0 ? null : tap)));
}

/** The rows of a tensor in the opposite order. */
export function backwards(x: TensorVariable): TensorVariable {
  return get(x, slice(null, null, -1));
}

/** The loop, or one that also keeps what else must be known of its turns. */
function keptLoop(node: ScanNode, outputs: readonly TensorVariable[]): ScanNode {
  const { op } = node;
  const [given, roots, made] = [op.inputsOf(node), op.innerInputs, op.innerOutputs];
  const { carried, made: values } = missingValues(op, outputs);
  const isKept = (n: number): boolean => carried.includes(n);
  const [before, after] = [roots, made].map((side) => carried.map((n) => side.carried[n]!));
  const isUncounted = made.condition &&
    made.states.length + made.maps.length + carried.length + values.length === 0;
  const more = isUncounted ? [made.condition!] : values;
  if (carried.length + more.length === 0) return node;
  const form = {
    ...op.form,
    states: [...op.form.states, ...carried.map(() => ({ taps: [-1], keep: null }))],
    maps: [...op.form.maps, ...more.map(() => null)],
    carried: op.form.carried - carried.length,
  };
  const kept = new Scan(
    form,
    innerInputList({
      ...roots,
      taps: [...roots.taps, ...before!.map((x) => [x])],
      carried: roots.carried.filter((_, n) => !isKept(n)),
    }),
    innerOutputList({
      states: [...made.states, ...after!],
      maps: [...made.maps, ...more],
      carried: made.carried.filter((_, n) => !isKept(n)),
      condition: made.condition,
    }),
  );
  const first = carried.map((n) => padLeft(given.carried[n]!, given.carried[n]!.ndim + 1));
  const inputs = nodeInputList({
    ...given,
    initials: [...given.initials, ...first],
    carried: given.carried.filter((_, n) => !isKept(n)),
  });
  return applyOp(kept, inputs) as ScanNode;
}

/** What outputs read of values of the turns that are no outputs of the loop. */
interface MissingValues {
  /** The carried tensors, by their numbers: as states they have traces. */
  readonly carried: readonly number[];
  /** What a turn makes of other values and what would be too dear, or impossible, to make again. */
  readonly made: readonly TensorVariable[];
}

function missingValues(op: Scan, outputs: readonly TensorVariable[]): MissingValues {
  const { carried } = op.innerInputs;
  const { states, maps } = op.innerOutputs;
  const drawn = drawnFrom(op);
  const stacked = new Set<Variable>([...states, ...maps]);
  const dear = dearValues(op, outputs, new Set([...stacked, ...drawn]));
  const met = new Set(ancestors(outputs, [...stacked, ...drawn, ...dear]));
  const isMissing = (x: Variable): boolean =>
    x instanceof TensorVariable && met.has(x) && !stacked.has(x);
  return {
    carried: [...carried.keys()].filter((n) => isMissing(carried[n]!)),
    made: [...drawn, ...dear].filter(isMissing),
  };
}

/** The tensors that nodes make of values that are none. */
function drawnFrom(op: Scan): ReadonlySet<TensorVariable> {
  const isTensor = (x: Variable): x is TensorVariable => x instanceof TensorVariable;
  const drawing = ioToposort(op.inputs, op.outputs).filter(({ inputs }) => !inputs.every(isTensor));
  return new Set(drawing.flatMap(({ outputs }) => outputs.filter(isTensor)));
}

function turnsOf(node: ScanNode): Turns {
  const { form } = node.op;
  const all = form.hasCondition ? countedTurns(node) : node.op.inputsOf(node).steps;
  if (form.truncate < 0) return { all, back: all, skipped: undefined };
  const back = minimum(all, form.truncate);
  return { all, back, skipped: sub(all, back) };
}

/** How many turns there were before the condition held. */
function countedTurns(node: ScanNode): TensorVariable {
  const { traces, maps } = node.op.outputsOf(node);
  return traces.length > 0
    ? sub(shapeI(traces[0]!, 0), depthOf(node.op.form.states[0]!))
    : shapeI(maps[0]!, 0);
}
