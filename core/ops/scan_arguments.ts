/**
 * @file What a loop reads: sequences cut so that all taps exist, states with their first values, and
 * the number of steps.
 */

import { NDArray } from "../array/ndarray.ts";
import { isInteger } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { Variable } from "../graph/variable.ts";
import { isOptions } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { Size, TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { cast, minimum } from "./arithmetic.ts";
import { padLeft } from "./dimshuffle.ts";
import { get } from "./indexing.ts";
import { shapeI } from "./shape.ts";
import { slice } from "./subtensor_index.ts";

/** Which elements a turn reads, counted from its own: one number, or several. */
export type Taps = number | readonly number[] | null;

/** A sequence with the elements of it that a turn reads. */
export interface SequenceWithTaps {
  /** The sequence: a loop goes along its first axis. */
  readonly input: TensorLike;
  /** Which elements, counted from the turn's own; by default `[0]`. */
  readonly taps?: Taps;
}

/** An entry of `sequences`. */
export type SequenceEntry = TensorLike | SequenceWithTaps;

/** First values of a state, with the earlier values of it that a turn reads. */
export interface StateWithTaps {
  /** One value for the taps `[-1]`; else as many as the oldest tap needs, the oldest one first. */
  readonly initial?: TensorLike | null;
  /** Which values, counted from the turn's own, all below zero; by default `[-1]`. */
  readonly taps?: Taps;
}

/** An entry of `outputsInfo`: null for an output that no turn reads. */
export type OutputEntry = TensorLike | StateWithTaps | null;

/** What a turn reads of a sequence for one tap. */
export interface SequenceSlice {
  /** The elements in the order of turns. */
  readonly sequence: TensorVariable;
  /** What stands for one of them inside. */
  readonly inside: TensorVariable;
  /** The one of the first turn. */
  readonly first: TensorVariable;
}

/** What turns read of a state. */
export interface StateTaps {
  /** What the user gave, for messages. */
  readonly given: TensorVariable;
  /** The first values along the first axis, the oldest one first. */
  readonly initial: TensorVariable;
  /** In the order in which the function takes them. */
  readonly taps: readonly {
    readonly tap: number;
    readonly inside: TensorVariable;
    readonly first: TensorVariable;
  }[];
}

/** A list that may be given as its only entry, or not at all. */
export function listOf<X>(given: X | readonly X[] | null | undefined): readonly X[] {
  if (given === undefined || given === null) return [];
  return Array.isArray(given) ? given : [given as X];
}

/**
 * The slices of the sequences, tap by tap.
 *
 * @param given The entries of `sequences`.
 * @param goBackwards Whether the last elements come first.
 * @throws {TypeError} If an entry is no tensor with an axis.
 */
export function readSequences(
  given: readonly SequenceEntry[],
  goBackwards: boolean,
): SequenceSlice[] {
  return given.flatMap((entry) => {
    const { input, taps } = withTaps(entry, "sequences", ["input", "taps"]);
    if (isOptions(entry) && input === undefined) {
      fail("TypeError", "scan along a sequence", "its entry has no input", [
        "Write { input: x, taps: [0] }",
      ]);
    }
    const sequence = asTensorVariable(input);
    if (sequence.ndim === 0) {
      fail("TypeError", `scan along ${sequence}`, `it has no axis: its type is ${sequence.type}`);
    }
    return slicesOf(sequence, tapsOf(taps) ?? [0], goBackwards);
  });
}

/** A sequence is cut as if the tap 0 were among the taps. */
function slicesOf(
  sequence: TensorVariable,
  taps: readonly number[],
  goBackwards: boolean,
): SequenceSlice[] {
  const before = -Math.min(0, ...taps);
  const after = Math.max(0, ...taps);
  return taps.map((tap) => {
    const [start, left] = [tap + before, after - tap];
    const end = left === 0 ? null : -left;
    const cut = start === 0 && end === null ? sequence : get(sequence, slice(start, end));
    const { name } = sequence;
    if (cut !== sequence && name !== undefined) cut.name = `${name}[${start}:${end ?? ""}]`;
    const first = get(sequence, goBackwards ? -1 - left : start);
    return {
      sequence: goBackwards ? get(cut, slice(null, null, -1)) : cut,
      inside: first.type.makeVariable(nameAt(sequence, tap)),
      first,
    };
  });
}

/**
 * The states and the outputs that are none.
 *
 * @param given The entries of `outputsInfo`.
 * @returns For each output what turns read of it, or null.
 * @throws {ValueError} If taps are not below zero, not different, or without first values.
 */
export function readStates(given: readonly OutputEntry[]): (StateTaps | null)[] {
  return given.map((entry) => {
    if (entry === null || entry === undefined) return null;
    if (isOptions(entry)) refuseReturnSteps(entry);
    const { input, taps } = withTaps(entry, "outputsInfo", ["initial", "taps"]);
    const wanted = tapsOf(taps);
    if (input !== undefined && input !== null) return stateOf(asTensorVariable(input), wanted);
    return wanted === undefined ? null : raise(
      "ValueError",
      "If you are using slices of an output you need to provide a initial state for it",
    );
  });
}

function refuseReturnSteps(entry: Readonly<Record<string, unknown>>): void {
  if ((entry.returnSteps ?? entry.return_steps ?? null) === null) return;
  raise(
    "ValueError",
    "Using `return_steps` has been deprecated. Simply select the entries you need using a " +
      "subtensor. Scan will optimize memory consumption, so do not worry about that.",
  );
}

function stateOf(given: TensorVariable, taps: readonly number[] = [-1]): StateTaps {
  checkStateTaps(taps);
  if (taps.length === 1 && taps[0] === -1) {
    const inside = given.type.makeVariable(nameAt(given, -1));
    const initial = padLeft(given, given.ndim + 1);
    return { given, initial, taps: [{ tap: -1, inside, first: given }] };
  }
  if (given.ndim === 0) {
    fail(
      "TypeError",
      `start a state with ${given}`,
      `its taps are [${taps.join(", ")}], so its first values lie along an axis, and ${given} is ` +
        "a scalar",
    );
  }
  const depth = -Math.min(...taps);
  return {
    given,
    initial: get(given, slice(0, depth)),
    taps: taps.map((tap) => {
      const first = get(given, depth + tap);
      return { tap, inside: first.type.makeVariable(nameAt(given, tap)), first };
    }),
  };
}

function checkStateTaps(taps: readonly number[]): void {
  if (taps.length === 0) {
    fail("ValueError", "make a state of a loop", "its list of taps is empty", [
      "Give null in place of the entry for an output that no turn reads",
    ]);
  }
  if (new Set(taps).size < taps.length) {
    raise("ValueError", "All the taps must be different in `outputs_info`");
  }
  if (taps.some((tap) => tap >= 0)) {
    raise("ValueError", "All the tap values must be smaller than 0.");
  }
}

/** The value and the taps of an entry that is an object with these keys, or the value itself. */
function withTaps(
  entry: unknown,
  option: string,
  known: readonly [value: string, taps: string],
): { readonly input: unknown; readonly taps: unknown } {
  if (!isOptions(entry)) return { input: entry, taps: undefined };
  const unknown = Object.keys(entry).find((key) =>
    !known.includes(key) && entry[key] !== undefined
  );
  if (unknown !== undefined) {
    fail(
      "TypeError",
      `read an entry of ${option}`,
      `it has the key "${unknown}", and the known ones are ${known.join(" and ")}`,
    );
  }
  const [value, taps] = known;
  return { input: entry[value], taps: entry[taps] };
}

function tapsOf(given: unknown): readonly number[] | undefined {
  if (given === undefined || given === null) return undefined;
  const taps: readonly unknown[] = listOf(given);
  const wrong = taps.find((tap) => !Number.isInteger(tap));
  if (taps.every((tap) => Number.isInteger(tap))) return taps as readonly number[];
  return fail("TypeError", "read the taps of a loop", `${String(wrong)} is no whole number`);
}

/** Theano's name of an element: `x[t]`, `x[t+1]`, `x[t-1]`; nothing for what has no name. */
function nameAt({ name }: TensorVariable, tap: number): string | undefined {
  if (name === undefined) return undefined;
  return `${name}[t${tap > 0 ? "+" : ""}${tap === 0 ? "" : tap}]`;
}

/**
 * The number of steps that the user asked for, if one was.
 *
 * @param given The option `nSteps`.
 * @returns An int64 scalar.
 * @throws {ValueError} If it is no integer.
 * @throws {TypeError} If it is no scalar.
 */
export function readSteps(given: Size | NDArray | null | undefined): TensorVariable | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given === "number" && !Number.isFinite(given)) return undefined;
  const steps = asTensorVariable(given);
  if (!isInteger(steps.dtype)) {
    raise("ValueError", `n_steps must be an int. dtype provided is ${steps.dtype}`);
  }
  if (steps.ndim !== 0) {
    fail("TypeError", `run a loop ${steps} times`, `it is no scalar, but ${steps.type}`);
  }
  return given instanceof Variable ? cast(steps, "int64") : asTensorVariable(
    NDArray.scalar(Number(given instanceof NDArray ? given.item() : given), "int64"),
  );
}

/**
 * The number of steps: what the user asked for, or the length of the shortest sequence.
 *
 * @param asked What the user asked for.
 * @param sequences The sequences.
 * @throws {ValueError} If there is neither.
 */
export function stepsOf(
  asked: TensorVariable | undefined,
  sequences: readonly TensorVariable[],
): TensorVariable {
  if (asked !== undefined) return asked;
  const [first, ...others] = sequences.map((sequence) => shapeI(sequence, 0));
  if (first !== undefined) return others.reduce((least, length) => minimum(least, length), first);
  return raise(
    "ValueError",
    "No information about the number of steps provided. Either provide a value for n_steps " +
      "argument of scan or provide an input sequence",
  );
}
