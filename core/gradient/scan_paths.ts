/**
 * @file Which values of a loop depend on which, within a turn and over the turns.
 *
 * Inputs and outputs go by their numbers on the node: input `i`, output `k`.
 */

import { isDiscrete } from "../dtype/dtype.ts";
import { ioConnectionPattern } from "../graph/traverse.ts";
import type { Apply } from "../graph/variable.ts";
import type { NodeInputs, NodeOutputs, ScanState } from "../ops/scan_form.ts";
import type { Scan } from "../ops/scan_op.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import type { ConnectionPattern, PatternOf } from "./derivative.ts";

/** A node of a loop. */
export type ScanNode = Apply & { readonly op: Scan };

/** How the values of a loop hang together. */
export interface ScanPaths {
  /** The numbers of the inputs, by what they are. */
  readonly inputs: NodeInputs<number>;
  /** The numbers of the outputs, by what they are. */
  readonly outputs: NodeOutputs<number>;
  /** For each input, for each output: whether a turn reads the one on its way to the other. */
  readonly within: ConnectionPattern;
  /** For each output that later turns read, the input as which they do. */
  readonly readAs: ReadonlyMap<number, number>;
  /** For each output that is the trace of a state, the state. */
  readonly states: ReadonlyMap<number, ScanState>;
  /** The roots inside that stand for an input. */
  readonly rootsFor: (i: number) => TensorVariable[];
}

/** How the values of a loop hang together. */
export function pathsOf(node: ScanNode, patternOf: PatternOf): ScanPaths {
  const { op } = node;
  const inputs = op.inputsOf<number>({ inputs: [...node.inputs.keys()] });
  const outputs = op.outputsOf<number>({ outputs: [...node.outputs.keys()] });
  const { outerInputs } = op.innerGraph;
  const inside = ioConnectionPattern(op.inputs, op.outputs, patternOf);
  const ofInput = <X>(list: readonly X[], i: number): X[] =>
    list.filter((_, place) => outerInputs[place] === i);
  return {
    inputs,
    outputs,
    within: node.inputs.map((_, i) =>
      node.outputs.map((_, k) => ofInput(inside, i).some((row) => row[k]))
    ),
    readAs: new Map([
      ...outputs.traces.map((k, n) => [k, inputs.initials[n]!] as const),
      ...outputs.carried.map((k, n) => [k, inputs.carried[n]!] as const),
    ]),
    states: new Map(outputs.traces.map((k, n) => [k, op.form.states[n]!])),
    rootsFor: (i) => ofInput(op.inputs, i),
  };
}

/** The outputs that an input reaches in the turn that reads it or in later ones. */
export function reachedBy({ within, readAs }: ScanPaths, i: number): ReadonlySet<number> {
  const first = within[i]!.flatMap((joined, k) => joined ? [k] : []);
  return grown(first, [...within[i]!.keys()], (k, earlier) => {
    const read = readAs.get(earlier);
    return read !== undefined && within[read]![k]!;
  });
}

/** What an input reaches over all turns; the first rows of a trace are the input itself. */
export function scanPattern(node: ScanNode, patternOf: PatternOf): ConnectionPattern {
  const paths = pathsOf(node, patternOf);
  return node.inputs.map((_, i) => {
    const reached = reachedBy(paths, i);
    const own = paths.outputs.traces[paths.inputs.initials.indexOf(i)];
    return node.outputs.map((_, k) => reached.has(k) || k === own);
  });
}

/**
 * A set with everything that its members bring in.
 *
 * @param seed The first members.
 * @param candidates What may come in.
 * @param joins Whether a candidate comes in with a member.
 */
export function grown(
  seed: readonly number[],
  candidates: readonly number[],
  joins: (candidate: number, member: number) => boolean,
): ReadonlySet<number> {
  const members = new Set(seed);
  for (const member of members) {
    for (const candidate of candidates) if (joins(candidate, member)) members.add(candidate);
  }
  return members;
}

/** Whether a value changes smoothly, so that it may have a derivative. */
export function isSmooth(x: unknown): x is TensorVariable {
  return x instanceof TensorVariable && !isDiscrete(x.dtype);
}
