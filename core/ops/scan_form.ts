/**
 * @file The form of a loop: which of its inner variables are what, and how they lie in the lists.
 *
 * A turn computes `outputs` from `inputs`, both lists of the graph inside; a node of the loop has
 * lists of its own. Their order:
 *
 * | list         | in order                                                             |
 * | ------------ | -------------------------------------------------------------------- |
 * | inner inputs | a slice of each sequence; each state's taps; carried values; the rest |
 * | inner outputs| each state's new value; maps; new carried values; the condition        |
 * | node inputs  | number of steps; sequences; states' first values; carried; the rest    |
 * | node outputs | each state's trace; maps, stacked; carried values after the last turn  |
 */

import type { InnerFunction } from "./inner_function.ts";

/** A value that later turns read. */
export interface ScanState {
  /** Which earlier values a turn reads: below zero, ascending, each once. */
  readonly taps: readonly number[];
  /**
   * How many of the last values are results, the first ones among them if turns give too few; fewer if
   * there are not so many. Null for all, with the first ones before them.
   */
  readonly keep: number | null;
}

/** What a loop is besides its graph. */
export interface ScanForm {
  /** How many sequences there are; a turn reads one slice of each. */
  readonly sequences: number;
  /** Values that turns read again. The first ones lie along the first axis, the oldest first. */
  readonly states: readonly ScanState[];
  /** Values that no turn reads: how many of the last ones are the result, or null for all. */
  readonly maps: readonly (number | null)[];
  /** How many values go from turn to turn with only the last one a result. */
  readonly carried: number;
  /** Whether the last inner output tells, when it is not zero, that the turn was the last one. */
  readonly hasCondition: boolean;
  /** How many of the last turns a gradient goes back through; −1 for all. */
  readonly truncate: number;
  /** What it is called in texts. */
  readonly label: string;
  /** How its turns are compiled; null for as the function around it. */
  readonly inner: InnerFunction | null;
}

/** How many of its earlier values a state needs: the distance of its oldest tap. */
export function depthOf({ taps }: ScanState): number {
  return -taps[0]!;
}

/** Whether one turn is enough for as many values as are kept, so that there are never fewer. */
export function isAlwaysFull(keep: number, depth: number): boolean {
  return keep <= depth + 1;
}

/** The inner inputs by what they are. */
export interface InnerInputs<X> {
  readonly slices: X[];
  /** For each state, its taps. */
  readonly taps: X[][];
  readonly carried: X[];
  readonly fixed: X[];
}

/** The inner outputs by what they are. */
export interface InnerOutputs<X> {
  readonly states: X[];
  readonly maps: X[];
  readonly carried: X[];
  readonly condition: X | undefined;
}

/** A node's inputs by what they are. */
export interface NodeInputs<X> {
  readonly steps: X;
  readonly sequences: X[];
  readonly initials: X[];
  readonly carried: X[];
  readonly fixed: X[];
}

/** A node's outputs by what they are. */
export interface NodeOutputs<X> {
  readonly traces: X[];
  readonly maps: X[];
  readonly carried: X[];
}

/** Takes a list apart from its start. */
class Reader<X> {
  readonly #list: readonly X[];
  #at = 0;

  constructor(list: readonly X[]) {
    this.#list = list;
  }

  take(count: number): X[] {
    return this.#list.slice(this.#at, this.#at += count);
  }

  rest(): X[] {
    return this.#list.slice(this.#at);
  }
}

/** Tells the inner inputs apart. */
export function innerInputsOf<X>(form: ScanForm, list: readonly X[]): InnerInputs<X> {
  const reader = new Reader(list);
  return {
    slices: reader.take(form.sequences),
    taps: form.states.map(({ taps }) => reader.take(taps.length)),
    carried: reader.take(form.carried),
    fixed: reader.rest(),
  };
}

/** Tells the inner outputs apart. */
export function innerOutputsOf<X>(form: ScanForm, list: readonly X[]): InnerOutputs<X> {
  const reader = new Reader(list);
  return {
    states: reader.take(form.states.length),
    maps: reader.take(form.maps.length),
    carried: reader.take(form.carried),
    condition: reader.rest()[0],
  };
}

/** Tells a node's inputs apart. */
export function nodeInputsOf<X>(form: ScanForm, list: readonly X[]): NodeInputs<X> {
  const reader = new Reader(list);
  return {
    steps: reader.take(1)[0]!,
    sequences: reader.take(form.sequences),
    initials: reader.take(form.states.length),
    carried: reader.take(form.carried),
    fixed: reader.rest(),
  };
}

/** Tells a node's outputs apart. */
export function nodeOutputsOf<X>(form: ScanForm, list: readonly X[]): NodeOutputs<X> {
  const reader = new Reader(list);
  return {
    traces: reader.take(form.states.length),
    maps: reader.take(form.maps.length),
    carried: reader.take(form.carried),
  };
}

/** The inner inputs as one list. */
export function innerInputList<X>({ slices, taps, carried, fixed }: InnerInputs<X>): X[] {
  return [...slices, ...taps.flat(), ...carried, ...fixed];
}

/** The inner outputs as one list. */
export function innerOutputList<X>({ states, maps, carried, condition }: InnerOutputs<X>): X[] {
  return [...states, ...maps, ...carried, ...(condition === undefined ? [] : [condition])];
}

/** A node's inputs as one list. */
export function nodeInputList<X>(
  { steps, sequences, initials, carried, fixed }: NodeInputs<X>,
): X[] {
  return [steps, ...sequences, ...initials, ...carried, ...fixed];
}
