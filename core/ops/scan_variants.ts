/**
 * @file Loops of common forms: `map`, `reduce`, `foldl` and `foldr`.
 */

import { type Given, optional } from "../tensor/arguments.ts";
import type { OrderedUpdates } from "../tensor/ordered_updates.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { get } from "./indexing.ts";
import type { InnerMode } from "./inner_function.ts";
import { scan } from "./scan.ts";
import type { OutputEntry, SequenceEntry } from "./scan_arguments.ts";
import type {
  AnyOutput,
  OneOutput,
  ScanOptions,
  ScanResults,
  SeveralOutputs,
  TurnFunction,
} from "./scan_options.ts";

/** What the function of {@linkcode map} goes along. */
export type Sequences = SequenceEntry | readonly SequenceEntry[];

/** First values of what {@linkcode reduce} computes. */
export type FirstValues = OutputEntry | readonly OutputEntry[];

/** Options of {@linkcode map}. */
export type MapOptions = Pick<
  ScanOptions,
  "nonSequences" | "truncateGradient" | "goBackwards" | "mode" | "name"
>;

/** What {@linkcode map} takes after the sequences. */
export type GivenMap = Given<
  MapOptions,
  [
    nonSequences?: ScanOptions["nonSequences"],
    truncateGradient?: number,
    goBackwards?: boolean,
    mode?: InnerMode,
    name?: string | null,
  ]
>;

/** Options of {@linkcode reduce}. */
export type ReduceOptions = Pick<ScanOptions, "nonSequences" | "goBackwards" | "mode" | "name">;

/** What {@linkcode reduce} takes after the first values. */
export type GivenReduce = Given<
  ReduceOptions,
  [
    nonSequences?: ScanOptions["nonSequences"],
    goBackwards?: boolean,
    mode?: InnerMode,
    name?: string | null,
  ]
>;

/** Options of {@linkcode foldl} and {@linkcode foldr}. */
export type FoldOptions = Pick<ScanOptions, "nonSequences" | "mode" | "name">;

/** What {@linkcode foldl} and {@linkcode foldr} take after the first values. */
export type GivenFold = Given<
  FoldOptions,
  [nonSequences?: ScanOptions["nonSequences"], mode?: InnerMode, name?: string | null]
>;

const mapNames = ["nonSequences", "truncateGradient", "goBackwards", "mode", "name"] as const;
const reduceNames = ["nonSequences", "goBackwards", "mode", "name"] as const;
const foldNames = ["nonSequences", "mode", "name"] as const;

/**
 * One output for each element of sequences.
 *
 * @param fn Builds the output from an element of each sequence.
 * @param sequences What it goes along.
 * @param given Options, see {@linkcode MapOptions}.
 */
export function map(
  fn: TurnFunction<OneOutput>,
  sequences: Sequences,
  ...given: GivenMap
): [result: TensorVariable, updates: OrderedUpdates];
/**
 * Several outputs for each element of sequences.
 *
 * @param fn Builds the outputs from an element of each sequence.
 * @param sequences What it goes along.
 * @param given Options, see {@linkcode MapOptions}.
 */
export function map(
  fn: TurnFunction<SeveralOutputs>,
  sequences: Sequences,
  ...given: GivenMap
): [results: TensorVariable[], updates: OrderedUpdates];
/**
 * A loop whose turns read nothing of each other: see `scan`.
 *
 * Shapes: each result has the turns as an axis before those of its output.
 * Dtypes: those of the outputs.
 * Theano: `theano.map`.
 *
 * @param fn Builds the graph of a turn from an element of each sequence, then what is passed as it is.
 * @param sequences What it goes along.
 * @param given Options, see {@linkcode MapOptions}.
 * @returns The results, bare if there is one, and what becomes of shared variables.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const x = theano.tensor.dmatrix("x");
 * const [norms] = theano.map((row) => row.pow(2).sum().sqrt(), x);
 * assert.deepEqual(theano.function([x], norms)([[3, 4], [5, 12]]).toArray(), [5, 13]);
 * ```
 */
export function map(
  fn: TurnFunction<AnyOutput>,
  sequences: Sequences,
  ...given: GivenMap
): [results: ScanResults, updates: OrderedUpdates];
export function map(
  fn: TurnFunction<AnyOutput>,
  sequences: Sequences,
  ...given: GivenMap
): [results: ScanResults, updates: OrderedUpdates] {
  return scan(fn, { ...optional<MapOptions>("map", mapNames, given), sequences, outputsInfo: [] });
}

/**
 * The last value of one output, starting from a first one.
 *
 * @param fn Builds the next value from an element of each sequence and the value before.
 * @param sequences What it goes along.
 * @param outputsInfo The first value.
 * @param given Options, see {@linkcode ReduceOptions}.
 */
export function reduce(
  fn: TurnFunction<OneOutput>,
  sequences: Sequences,
  outputsInfo: FirstValues,
  ...given: GivenReduce
): [result: TensorVariable, updates: OrderedUpdates];
/**
 * The last values of several outputs, starting from first ones.
 *
 * @param fn Builds the next values from an element of each sequence and the values before.
 * @param sequences What it goes along.
 * @param outputsInfo The first values.
 * @param given Options, see {@linkcode ReduceOptions}.
 */
export function reduce(
  fn: TurnFunction<SeveralOutputs>,
  sequences: Sequences,
  outputsInfo: FirstValues,
  ...given: GivenReduce
): [results: TensorVariable[], updates: OrderedUpdates];
/**
 * What a loop along sequences comes to: the last value of each output of `scan`.
 *
 * Shapes: those of the outputs.
 * Dtypes: those of the first values.
 * Theano: `theano.reduce`.
 *
 * @param fn Builds the graph of a turn: from an element of each sequence, then the values before, then
 * what is passed as it is.
 * @param sequences What it goes along.
 * @param outputsInfo The first values.
 * @param given Options, see {@linkcode ReduceOptions}.
 * @returns The last values, bare if there is one, and what becomes of shared variables.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const x = theano.tensor.dvector("x");
 * const [product] = theano.reduce((a, soFar) => soFar.mul(a), x, theano.float64(1));
 * assert.equal(theano.function([x], product)([2, 3, 4]).item(), 24);
 * ```
 */
export function reduce(
  fn: TurnFunction<AnyOutput>,
  sequences: Sequences,
  outputsInfo: FirstValues,
  ...given: GivenReduce
): [results: ScanResults, updates: OrderedUpdates];
export function reduce(
  fn: TurnFunction<AnyOutput>,
  sequences: Sequences,
  outputsInfo: FirstValues,
  ...given: GivenReduce
): [results: ScanResults, updates: OrderedUpdates] {
  return last(fn, {
    ...optional<ReduceOptions>("reduce", reduceNames, given),
    sequences,
    outputsInfo,
  });
}

/**
 * {@linkcode reduce} from the first element to the last.
 *
 * @param fn Builds the next value.
 * @param sequences What it goes along.
 * @param outputsInfo The first value.
 * @param given Options, see {@linkcode FoldOptions}.
 */
export function foldl(
  fn: TurnFunction<OneOutput>,
  sequences: Sequences,
  outputsInfo: FirstValues,
  ...given: GivenFold
): [result: TensorVariable, updates: OrderedUpdates];
/**
 * {@linkcode reduce} of several outputs from the first element to the last.
 *
 * @param fn Builds the next values.
 * @param sequences What it goes along.
 * @param outputsInfo The first values.
 * @param given Options, see {@linkcode FoldOptions}.
 */
export function foldl(
  fn: TurnFunction<SeveralOutputs>,
  sequences: Sequences,
  outputsInfo: FirstValues,
  ...given: GivenFold
): [results: TensorVariable[], updates: OrderedUpdates];
/**
 * {@linkcode reduce} from the first element to the last.
 *
 * Shapes: those of the outputs.
 * Dtypes: those of the first values.
 * Theano: `theano.foldl`.
 *
 * @param fn Builds the graph of a turn: from an element of each sequence, then the values before.
 * @param sequences What it goes along.
 * @param outputsInfo The first values.
 * @param given Options, see {@linkcode FoldOptions}.
 * @returns The last values, bare if there is one, and what becomes of shared variables.
 *
 * @example Digits read from the left
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const digits = theano.tensor.lvector("digits");
 * const [value] = theano.foldl((a, b) => b.mul(2).add(a), digits, theano.int64(0));
 * assert.equal(theano.function([digits], value)([1, 2, 3]).item(), 11);
 * ```
 */
export function foldl(
  fn: TurnFunction<AnyOutput>,
  sequences: Sequences,
  outputsInfo: FirstValues,
  ...given: GivenFold
): [results: ScanResults, updates: OrderedUpdates];
export function foldl(
  fn: TurnFunction<AnyOutput>,
  sequences: Sequences,
  outputsInfo: FirstValues,
  ...given: GivenFold
): [results: ScanResults, updates: OrderedUpdates] {
  return last(fn, { ...optional<FoldOptions>("foldl", foldNames, given), sequences, outputsInfo });
}

/**
 * {@linkcode reduce} from the last element to the first.
 *
 * @param fn Builds the next value.
 * @param sequences What it goes along.
 * @param outputsInfo The first value.
 * @param given Options, see {@linkcode FoldOptions}.
 */
export function foldr(
  fn: TurnFunction<OneOutput>,
  sequences: Sequences,
  outputsInfo: FirstValues,
  ...given: GivenFold
): [result: TensorVariable, updates: OrderedUpdates];
/**
 * {@linkcode reduce} of several outputs from the last element to the first.
 *
 * @param fn Builds the next values.
 * @param sequences What it goes along.
 * @param outputsInfo The first values.
 * @param given Options, see {@linkcode FoldOptions}.
 */
export function foldr(
  fn: TurnFunction<SeveralOutputs>,
  sequences: Sequences,
  outputsInfo: FirstValues,
  ...given: GivenFold
): [results: TensorVariable[], updates: OrderedUpdates];
/**
 * {@linkcode reduce} from the last element to the first.
 *
 * Shapes: those of the outputs.
 * Dtypes: those of the first values.
 * Theano: `theano.foldr`.
 *
 * @param fn Builds the graph of a turn: from an element of each sequence, then the values before.
 * @param sequences What it goes along.
 * @param outputsInfo The first values.
 * @param given Options, see {@linkcode FoldOptions}.
 * @returns The last values, bare if there is one, and what becomes of shared variables.
 *
 * @example Digits read from the right
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const digits = theano.tensor.lvector("digits");
 * const [value] = theano.foldr((a, b) => b.mul(2).add(a), digits, theano.int64(0));
 * assert.equal(theano.function([digits], value)([1, 2, 3]).item(), 17);
 * ```
 */
export function foldr(
  fn: TurnFunction<AnyOutput>,
  sequences: Sequences,
  outputsInfo: FirstValues,
  ...given: GivenFold
): [results: ScanResults, updates: OrderedUpdates];
export function foldr(
  fn: TurnFunction<AnyOutput>,
  sequences: Sequences,
  outputsInfo: FirstValues,
  ...given: GivenFold
): [results: ScanResults, updates: OrderedUpdates] {
  const options = optional<FoldOptions>("foldr", foldNames, given);
  return last(fn, { ...options, sequences, outputsInfo, goBackwards: true });
}

/** The last value of each result of a loop. */
function last(fn: TurnFunction<AnyOutput>, options: ScanOptions): [ScanResults, OrderedUpdates] {
  const [results, updates] = scan(fn, options);
  if (Array.isArray(results)) return [results.map((x) => get(x, -1)), updates];
  return [results && get(results, -1), updates];
}
