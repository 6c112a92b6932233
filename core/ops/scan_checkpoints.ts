/**
 * @file `scanCheckpoints`: a loop of loops, of which only the ends of the inner ones are kept.
 */

import { fail, raise } from "../errors.ts";
import { type Given, isOptions, optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { OrderedUpdates } from "../tensor/ordered_updates.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { alloc } from "./alloc.ts";
import { intDiv, minimum, mod, mul, neg, sub } from "./arithmetic.ts";
import { get } from "./indexing.ts";
import { join } from "./join.ts";
import { ge } from "./logic.ts";
import { ceilIntdiv } from "./quotient.ts";
import { arange } from "./ranges.ts";
import { reshapeItems } from "./reshape.ts";
import { scan } from "./scan.ts";
import { listOf, type OutputEntry, readSteps, stepsOf } from "./scan_arguments.ts";
import type {
  AnyOutput,
  OneOutput,
  ScanOptions,
  ScanResults,
  SeveralOutputs,
  TurnFunction,
} from "./scan_options.ts";
import type { Turn } from "./scan_result.ts";
import { shapeI, shapeItems } from "./shape.ts";
import { Assert } from "./view.ts";

/** Options of {@linkcode scanCheckpoints}. */
export interface CheckpointOptions
  extends Pick<ScanOptions, "sequences" | "outputsInfo" | "nonSequences" | "nSteps"> {
  /** What the loops are called in texts, with `_outer` and `_inner` added. */
  readonly name?: string;
  /** How many turns there are to one that is kept. */
  readonly saveEveryN?: number;
  /** Whether sequences are made longer where their length is no multiple of that. */
  readonly padding?: boolean;
}

/** What {@linkcode scanCheckpoints} takes after the function. */
export type GivenCheckpoints = Given<
  CheckpointOptions,
  [
    sequences?: ScanOptions["sequences"],
    outputsInfo?: ScanOptions["outputsInfo"],
    nonSequences?: ScanOptions["nonSequences"],
    name?: string,
    nSteps?: ScanOptions["nSteps"],
    saveEveryN?: number,
    padding?: boolean,
  ]
>;

const names = [
  "sequences",
  "outputsInfo",
  "nonSequences",
  "name",
  "nSteps",
  "saveEveryN",
  "padding",
] as const;

/** Without it the zeros after the end of a sequence that is too short would count. */
const isLongEnough = new Assert(
  "A sequence of scan_checkpoints is shorter than the required number of steps",
);

/**
 * A loop of one output of which some turns are kept.
 *
 * @param fn Builds the graph of a turn.
 * @param given Options, see {@linkcode CheckpointOptions}.
 */
export function scanCheckpoints(
  fn: TurnFunction<OneOutput>,
  ...given: GivenCheckpoints
): [result: TensorVariable, updates: OrderedUpdates];
/**
 * A loop of several outputs of which some turns are kept.
 *
 * @param fn Builds the graph of a turn.
 * @param given Options, see {@linkcode CheckpointOptions}.
 */
export function scanCheckpoints(
  fn: TurnFunction<SeveralOutputs>,
  ...given: GivenCheckpoints
): [results: TensorVariable[], updates: OrderedUpdates];
/**
 * `scan` for long loops with gradients: only every N-th turn and the last one are results, and a
 * gradient computes the others again.
 *
 * Sequences must be of one length, and nothing can have taps. A loop that ends early (`until`) cannot
 * be cut in parts.
 *
 * Shapes: each result has as many turns as are kept as an axis before those of its output.
 * Dtypes: a state keeps that of its first values; other outputs keep theirs.
 * Gradient: as that of `scan`.
 * Theano: `theano.scan_checkpoints`.
 *
 * @param fn Builds the graph of a turn.
 * @param given Options, see {@linkcode CheckpointOptions}.
 * @returns The results, bare if there is one and null if there is none, and what becomes of shared
 * variables.
 * @throws {RuntimeError} If a sequence or an output has taps.
 *
 * @example Powers, every third of them
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const a = theano.tensor.dscalar("a");
 * const [powers] = theano.scanCheckpoints((prior) => prior.mul(a), {
 *   outputsInfo: theano.float64(1),
 *   nSteps: 7,
 *   saveEveryN: 3,
 * });
 * assert.deepEqual(theano.function([a], powers)(2).toArray(), [8, 64, 128]);
 * ```
 */
export function scanCheckpoints(
  fn: TurnFunction<AnyOutput>,
  ...given: GivenCheckpoints
): [results: ScanResults, updates: OrderedUpdates];
export function scanCheckpoints(
  fn: TurnFunction<AnyOutput>,
  ...given: GivenCheckpoints
): [results: ScanResults, updates: OrderedUpdates] {
  const options = optional<CheckpointOptions>("scanCheckpoints", names, given);
  const { saveEveryN: every = 10, padding = true, name = "checkpointscan_fn" } = options;
  if (!Number.isInteger(every) || every < 1) {
    fail("ValueError", `keep every turn number ${every}`, "it must be a whole number above zero");
  }
  const infos = listOf(options.outputsInfo);
  const sequences = listOf(options.sequences);
  if ([...infos, ...sequences].some(hasTaps)) {
    raise("RuntimeError", "scan_checkpoints doesn't work with taps.");
  }
  const whole = sequences.map((x) => asTensorVariable(isOptions(x) ? x.input : x));
  const steps = stepsOf(readSteps(options.nSteps), whole);
  const parts = ceilIntdiv(steps, every);
  const lengths = minimum(every, sub(steps, mul(every, arange(parts))));
  const nonSequences = listOf(options.nonSequences).map((x) => asTensorVariable(x));
  const turn = (...inside: TensorVariable[]): Turn<TensorVariable[]> => {
    const chunks = inside.splice(0, whole.length);
    const nSteps = inside.shift()!;
    const outputsInfo = infos.map((info) => isState(info) ? inside.shift()! : null);
    const [results, updates] = scan(fn, {
      sequences: chunks,
      outputsInfo,
      nonSequences: inside,
      nSteps,
      name: `${name}_inner`,
    });
    return { outputs: listOf<TensorVariable>(results).map((x) => get(x, -1)), updates };
  };
  return scan(turn, {
    sequences: [...whole.map((x) => inParts(x, steps, { every, padding })), lengths],
    outputsInfo: infos,
    nonSequences,
    nSteps: parts,
    name: `${name}_outer`,
  });
}

function hasTaps(entry: unknown): boolean {
  return isOptions(entry) && entry.taps !== undefined && entry.taps !== null;
}

function isState(info: OutputEntry): boolean {
  return isOptions(info) ? (info.initial ?? null) !== null : info !== null;
}

/** A sequence with as many turns as the inner loops have as its second axis. */
function inParts(
  sequence: TensorVariable,
  steps: TensorVariable,
  { every, padding }: { readonly every: number; readonly padding: boolean },
): TensorVariable {
  const length = shapeI(sequence, 0);
  const enough = isLongEnough.call(sequence, ge(length, steps)) as TensorVariable;
  const [, ...rest] = shapeItems(sequence);
  const nothing = constant(0, { dtype: sequence.dtype });
  const missing = alloc(nothing, mod(neg(length), every), ...rest);
  const padded = padding ? join(0, enough, missing) : enough;
  return reshapeItems(padded, [intDiv(shapeI(padded, 0), every), every, ...rest]);
}
