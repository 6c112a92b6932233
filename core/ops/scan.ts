/**
 * @file `scan`: from a function of the user's to a loop in the graph.
 */

import { applyOp } from "../graph/op.ts";
import { warn } from "../host/warn.ts";
import { optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import { OrderedUpdates } from "../tensor/ordered_updates.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { explicitUpdates } from "../tensor/updates.ts";
import { knownNumber } from "./constant_value.ts";
import { padLeft } from "./dimshuffle.ts";
import { get } from "./indexing.ts";
import { type InnerFunction, innerFunctionOf } from "./inner_function.ts";
import {
  listOf,
  readSequences,
  readStates,
  readSteps,
  type SequenceSlice,
  type StateTaps,
  stepsOf,
} from "./scan_arguments.ts";
import {
  checkCollection,
  checkCount,
  checkFunction,
  checkStates,
  checkTruncation,
} from "./scan_checks.ts";
import { type ClosedTurn, closeTurn } from "./scan_close.ts";
import { depthOf, innerInputList, innerOutputList, nodeInputList } from "./scan_form.ts";
import { Scan } from "./scan_op.ts";
import {
  type AnyOutput,
  type GivenScan,
  type NoOutput,
  type OneOutput,
  scanOptionNames,
  type ScanOptions,
  type ScanResults,
  type SeveralOutputs,
  type TurnFunction,
} from "./scan_options.ts";
import { readTurn, type TurnParts } from "./scan_result.ts";
import { slice } from "./subtensor_index.ts";
import { unbroadcast } from "./view.ts";

/**
 * A loop whose results come in an array, whatever their number.
 *
 * @param fn Builds the graph of a turn.
 * @param options With `returnList`.
 */
export function scan(
  fn: TurnFunction<OneOutput | SeveralOutputs>,
  options: ScanOptions & { readonly returnList: true },
): [results: TensorVariable[], updates: OrderedUpdates];
/**
 * A loop of one output.
 *
 * @param fn Builds the graph of a turn.
 * @param given Options, see {@linkcode ScanOptions}.
 */
export function scan(
  fn: TurnFunction<OneOutput>,
  ...given: GivenScan
): [result: TensorVariable, updates: OrderedUpdates];
/**
 * A loop of several outputs.
 *
 * @param fn Builds the graph of a turn.
 * @param given Options, see {@linkcode ScanOptions}.
 */
export function scan(
  fn: TurnFunction<SeveralOutputs>,
  ...given: GivenScan
): [results: TensorVariable[], updates: OrderedUpdates];
/**
 * A loop that only updates shared variables.
 *
 * @param fn Builds the graph of a turn.
 * @param given Options, see {@linkcode ScanOptions}.
 */
export function scan(
  fn: TurnFunction<NoOutput>,
  ...given: GivenScan
): [results: null, updates: OrderedUpdates];
/**
 * A loop: a graph computed turn after turn, along sequences, with what earlier turns computed.
 *
 * The function is called once, with variables that stand for what a turn reads: for each sequence its
 * taps, for each output with first values its taps, then what is passed as it is. What it reads
 * besides is found. It returns one variable, several, or `{ outputs, updates, until }` with any of
 * them left out; Theano's forms `[outputs, updates, until(condition)]` do, too.
 *
 * Shapes: each result has the turns as an axis before those of its output; the first values are no
 *   part of it.
 * Dtypes: a state keeps that of its first values; other outputs keep theirs.
 * Gradient: to sequences, first values and all that turns read.
 * Theano: `theano.scan`.
 *
 * @param fn Builds the graph of a turn.
 * @param given Options, see {@linkcode ScanOptions}.
 * @returns The results, bare if there is one and null if there is none, and what becomes of shared
 * variables: pass it to the function as `updates`.
 * @throws {ValueError} If nothing tells the number of turns, an output changes the dtype or the number
 * of axes of its state, the function returns what is no variable, or there is no such mode.
 * @throws {MissingInputError} If an update needs a variable that the function is not given.
 *
 * @example The powers of a vector, of which the last is taken
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const { tensor: T } = theano;
 * const k = T.iscalar("k");
 * const a = T.dvector("a");
 * const [result, updates] = theano.scan((prior, b) => prior.mul(b), {
 *   outputsInfo: T.onesLike(a),
 *   nonSequences: a,
 *   nSteps: k,
 * });
 * const power = theano.function([a, k], result.get(-1), { updates });
 * assert.deepEqual(power([0, 1, 2, 3], 2).toArray(), [0, 1, 4, 9]);
 * ```
 *
 * @example A sum of neighbours, and Fibonacci's numbers
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const { tensor: T } = theano;
 * const x = T.dvector("x");
 * const [sums] = theano.scan((before, after) => before.add(after), {
 *   sequences: { input: x, taps: [-1, 1] },
 * });
 * assert.deepEqual(theano.function([x], sums)([1, 2, 3, 4]).toArray(), [4, 6]);
 *
 * const start = T.constant([0, 1], { dtype: "int64" });
 * const [numbers] = theano.scan((two, one) => two.add(one), {
 *   outputsInfo: { initial: start, taps: [-2, -1] },
 *   nSteps: 6,
 * });
 * assert.deepEqual(theano.function([], numbers)().toArray(), [1, 2, 3, 5, 8, 13]);
 * ```
 */
export function scan(
  fn: TurnFunction<AnyOutput>,
  ...given: GivenScan
): [results: ScanResults, updates: OrderedUpdates];
export function scan(
  fn: TurnFunction<AnyOutput>,
  ...given: GivenScan
): [results: ScanResults, updates: OrderedUpdates] {
  const options = optional<ScanOptions>("scan", scanOptionNames, given);
  checkFunction(fn);
  checkTruncation(options.truncateGradient);
  checkCollection(options.allowGc);
  const inner = innerFunctionOf(options.mode, options.profile);
  const slices = readSequences(listOf(options.sequences), options.goBackwards ?? false);
  const infos = readStates(listOf(options.outputsInfo));
  const nonSequences = listOf(options.nonSequences).map((x) => asTensorVariable(x));
  const asked = readSteps(options.nSteps);
  const steps = stepsOf(asked, slices.map(({ sequence }) => sequence));
  const isSingle = asked !== undefined && knownNumber(asked) === 1;
  const read = [...slices, ...infos.flatMap((state) => state?.taps ?? [])];
  const parts = readTurn(
    fn(...read.map((x) => isSingle ? x.first : x.inside), ...nonSequences),
  );
  checkCount(infos, parts);
  if (isSingle) return onlyTurn(parts, options);
  const isFitting = asked === undefined && slices.length === 1;
  const cut = isFitting ? slices : slices.map((x) => shortened(x, steps));
  return loop({ slices: cut, infos, nonSequences, steps, parts, inner }, options);
}

/** As many elements of a sequence as there are turns; too few are found when the loop runs. */
function shortened(read: SequenceSlice, steps: TensorVariable): SequenceSlice {
  return { ...read, sequence: get(read.sequence, slice(null, steps)) };
}

/** A loop of one turn is the graph of the turn. */
function onlyTurn(
  { outputs, updates, condition }: TurnParts,
  options: ScanOptions,
): [ScanResults, OrderedUpdates] {
  if (condition !== undefined) {
    warn(
      "UserWarning",
      "When the number of steps is fixed and equal to 1, the provided stopping condition, " +
        `${condition}, is ignored`,
    );
  }
  const rows = outputs.map((x) => unbroadcast(padLeft(x, x.ndim + 1), 0));
  return [resultsOf(rows, options), new OrderedUpdates(explicitUpdates(updates))];
}

/** What a loop is made of. */
interface Plan {
  readonly slices: readonly SequenceSlice[];
  readonly infos: readonly (StateTaps | null)[];
  readonly nonSequences: readonly TensorVariable[];
  readonly steps: TensorVariable;
  readonly parts: TurnParts;
  readonly inner: InnerFunction | null;
}

function loop(plan: Plan, options: ScanOptions): [ScanResults, OrderedUpdates] {
  const { slices, infos, nonSequences, steps, parts, inner } = plan;
  checkStates(infos, parts.outputs, slices.length);
  const stateAt = [...infos.keys()].filter((at) => infos[at] !== null);
  const states = stateAt.map((at) => ascending(infos[at]!));
  const closed = closeTurn({
    slices: slices.map(({ inside }) => inside),
    taps: states.map(({ taps }) => taps.map(({ inside }) => inside)),
    nonSequences,
    stateAt,
    parts,
    strict: options.strict ?? false,
  });
  const op = opOf(states, closed, { ...options, inner });
  const node = applyOp(
    op,
    nodeInputList({
      steps,
      sequences: slices.map(({ sequence }) => sequence),
      initials: states.map(({ initial }, k) => openAxes(initial, closed, k)),
      carried: [...closed.carried],
      fixed: [...closed.fixed],
    }),
  );
  const { traces, maps, carried } = op.outputsOf(node);
  const rows = traces.map((trace, k) => get(trace, slice(depthOf(op.form.states[k]!), null)));
  const results = parts.outputs.map((_, at) =>
    (stateAt.includes(at) ? rows.shift() : maps.shift())!
  );
  const updates = new OrderedUpdates(closed.carried.map((target, k) => [target, carried[k]!]));
  return [resultsOf(results, options), updates];
}

/** A state whose taps are in the order of the op: the oldest first. */
function ascending(state: StateTaps): StateTaps {
  return { ...state, taps: state.taps.toSorted((a, b) => a.tap - b.tap) };
}

function opOf(
  states: readonly StateTaps[],
  { inputs, outputs }: ClosedTurn,
  options: ScanOptions & Pick<Plan, "inner">,
): Scan {
  return new Scan(
    {
      sequences: inputs.slices.length,
      states: states.map(({ taps }) => ({ taps: taps.map(({ tap }) => tap), keep: null })),
      maps: outputs.maps.map(() => null),
      carried: inputs.carried.length,
      hasCondition: outputs.condition !== undefined,
      truncate: options.truncateGradient ?? -1,
      label: options.name ?? "scan_fn",
      inner: options.inner,
    },
    innerInputList(inputs),
    innerOutputList(outputs),
  );
}

/** First values that claim no more axes of length one than the values of turns. */
function openAxes(initial: TensorVariable, { inputs }: ClosedTurn, state: number): TensorVariable {
  const { broadcastable } = inputs.taps[state]![0]!;
  const open = [...initial.broadcastable.keys()].filter((axis) =>
    axis > 0 && initial.broadcastable[axis]! && !broadcastable[axis - 1]
  );
  return unbroadcast(initial, ...open);
}

function resultsOf(list: TensorVariable[], { returnList }: ScanOptions): ScanResults {
  if (list.length === 0) return null;
  return list.length === 1 && !returnList ? list[0]! : list;
}
