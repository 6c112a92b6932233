/**
 * @file What `scan` takes and gives: its options, and the types of functions that build a turn.
 */

import type { NDArray } from "../array/ndarray.ts";
import type { Given } from "../tensor/arguments.ts";
import type { Size, TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { InnerMode, InnerProfile } from "./inner_function.ts";
import type { OutputEntry, SequenceEntry } from "./scan_arguments.ts";
import type { Turn, TurnUpdates, Until } from "./scan_result.ts";

/** Options of `scan`. */
export interface ScanOptions {
  /** What turns go along: by default every turn reads one element of each. */
  readonly sequences?: SequenceEntry | readonly SequenceEntry[] | null;
  /** For each output its first values if later turns read it, or null; without, null for all. */
  readonly outputsInfo?: OutputEntry | readonly OutputEntry[];
  /** What the function is given as it is. */
  readonly nonSequences?: TensorLike | readonly TensorLike[] | null;
  /** How many turns there are; by default as many as the shortest sequence allows. */
  readonly nSteps?: Size | NDArray | null;
  /** Through how many of the last turns a gradient goes back; −1 for all. */
  readonly truncateGradient?: number;
  /** Whether sequences are read from their ends. */
  readonly goBackwards?: boolean;
  /**
   * How turns are compiled: a mode or its name; by default as the function that the loop is part of.
   *
   * The rewrites of the mode are applied to the graph of a turn, as the pass `optimize_inside` of that
   * function. If the linker of the mode is `py`, or it watches what runs (`DebugMode`, `NanGuardMode`,
   * `MonitorMode`), then turns are a function of their own that the mode compiles and the host calls.
   */
  readonly mode?: InnerMode;
  /** What the loop is called in texts. */
  readonly name?: string | null;
  /**
   * Whether to time turns: true for a profile with the loop's name, a text for one with that, or a
   * profile to fill. Turns are then a function of their own that the host calls, run node by node, in
   * the mode of the flag `mode` unless `mode` says another.
   */
  readonly profile?: InnerProfile;
  /**
   * Without effect, as the flag `scan.allow_gc`: all turns use the same memory, which is laid out
   * before the first one, so that there is nothing to give back between them.
   */
  readonly allowGc?: boolean | null;
  /** Whether every shared variable that is only read must be among `nonSequences`. */
  readonly strict?: boolean;
  /** Whether a single result comes in an array. */
  readonly returnList?: boolean;
}

/** What `scan` takes after the function. */
export type GivenScan = Given<
  ScanOptions,
  [
    sequences?: ScanOptions["sequences"],
    outputsInfo?: ScanOptions["outputsInfo"],
    nonSequences?: ScanOptions["nonSequences"],
    nSteps?: ScanOptions["nSteps"],
    truncateGradient?: number,
    goBackwards?: boolean,
    mode?: InnerMode,
    name?: string | null,
    profile?: InnerProfile,
    allowGc?: boolean | null,
    strict?: boolean,
    returnList?: boolean,
  ]
>;

/** The options in Theano's order. */
export const scanOptionNames = [
  "sequences",
  "outputsInfo",
  "nonSequences",
  "nSteps",
  "truncateGradient",
  "goBackwards",
  "mode",
  "name",
  "profile",
  "allowGc",
  "strict",
  "returnList",
] as const;

/** What builds the graph of a turn: slices, earlier outputs, then what is passed as it is. */
export type TurnFunction<Returned> = (...given: TensorVariable[]) => Returned;

/** What a function of one output may return. */
export type OneOutput =
  | TensorVariable
  | readonly [output: TensorVariable]
  | readonly [output: TensorVariable, end: Until]
  | readonly [output: TensorVariable, updates: TurnUpdates]
  | readonly [updates: TurnUpdates, output: TensorVariable]
  | readonly [output: TensorVariable, updates: TurnUpdates, end: Until]
  | readonly [updates: TurnUpdates, output: TensorVariable, end: Until]
  | (Turn<TensorVariable> & { readonly outputs: TensorVariable });

/** What a function of several outputs may return. */
export type SeveralOutputs =
  | readonly TensorVariable[]
  | readonly [outputs: readonly TensorVariable[], end: Until]
  | readonly [outputs: readonly TensorVariable[], updates: TurnUpdates]
  | readonly [updates: TurnUpdates, outputs: readonly TensorVariable[]]
  | readonly [outputs: readonly TensorVariable[], updates: TurnUpdates, end: Until]
  | readonly [updates: TurnUpdates, outputs: readonly TensorVariable[], end: Until]
  | (Turn<readonly TensorVariable[]> & { readonly outputs: readonly TensorVariable[] });

/** What a function of no output may return. */
export type NoOutput =
  | TurnUpdates
  | readonly [updates: TurnUpdates, end: Until]
  | (Turn<null> & { readonly outputs?: null });

/** What a function may return that says no more of itself. */
export type AnyOutput = OneOutput | SeveralOutputs | NoOutput;

/** The results: bare if there is one, null if there is none. */
export type ScanResults = TensorVariable | TensorVariable[] | null;
