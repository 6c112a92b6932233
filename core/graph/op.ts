/**
 * @file What an op is to the graph: a name, an identity and a way to make nodes.
 */

import { raise } from "../errors.ts";
import type { Apply, Type, Variable } from "./variable.ts";
import { creationTrace } from "./trace.ts";

/** An operation that makes nodes. */
export interface Op {
  /** The text of Theano's `str(op)`, as `debugprint` shows it. */
  readonly name: string;
  /** Canonical text: ops with equal keys compute the same. Enters the compile-cache key. */
  readonly key: string;
  /** The output that a call returns, where there are several and one is meant. */
  readonly defaultOutput?: number;
  /** For each output that is a view of an input: that input. */
  readonly viewMap?: AliasMap;
  /** For each output that overwrites an input: that input. */
  readonly destroyMap?: AliasMap;
  /** Pairs (overwritten input, other input) that may be the same variable. */
  readonly toleratesSame?: readonly (readonly [destroyed: number, other: number])[];
  /** Pairs (overwritten input, other input) that may share memory in any way. */
  readonly toleratesAliased?: readonly (readonly [destroyed: number, other: number])[];
  /**
   * What a node of the op computes, as text that means the same in every process, where `key` means
   * nothing in another one.
   */
  stableKey?(node: Apply): string | undefined;
  /** The graph inside an op that is a loop or a function. */
  readonly innerGraph?: InnerGraph;
  /** Checks and converts the inputs and makes a node with fresh outputs. */
  makeNode(...inputs: Variable[]): Apply;
  /** For each input, for each output, whether a derivative passes; without it, everywhere. */
  connectionPattern?(node: Apply): readonly (readonly boolean[])[];
}

/** A graph inside an op, and how it hangs together with the graph around it. */
export interface InnerGraph {
  /** The roots. */
  readonly inputs: readonly Variable[];
  /** What is computed. */
  readonly outputs: readonly Variable[];
  /** For each inner input, the number of the node's input it stands for, if there is one. */
  readonly outerInputs: readonly (number | undefined)[];
}

/** Output number to the number of the input whose memory it shares. */
export type AliasMap = ReadonlyMap<number, number>;

/**
 * Makes a node and stamps it and its outputs with the user's line.
 *
 * @param op The op to apply.
 * @param inputs Its inputs.
 * @returns The node.
 */
export function applyOp(op: Op, inputs: readonly Variable[]): Apply {
  const node = op.makeNode(...inputs);
  const trace = creationTrace();
  if (trace) {
    node.tag.trace = trace;
    for (const output of node.outputs) output.tag.trace ??= trace;
  }
  return node;
}

/**
 * Applies an op and returns its default output.
 *
 * @param op The op to apply.
 * @param inputs Its inputs.
 * @returns The default output.
 */
export function call(op: Op, ...inputs: readonly Variable[]): Variable {
  return applyOp(op, inputs).defaultOutput();
}

/**
 * The inputs, if there are as many as an op takes and each has the type it states.
 *
 * @param op The op, for the message.
 * @param inputs What was given.
 * @param types What is wanted.
 * @throws {ValueError} If the count differs.
 * @throws {TypeError} If a type differs.
 */
export function checkInputTypes(op: Op, inputs: readonly Variable[], types: readonly Type[]): void {
  if (inputs.length !== types.length) {
    raise("ValueError", `We expected ${types.length} inputs but got ${inputs.length}.`);
  }
  if (inputs.some((x, i) => !x.type.equals(types[i]!))) {
    const wanted = types.map(String).join(", ");
    const given = inputs.map((x) => String(x.type)).join(", ");
    raise(
      "TypeError",
      `${op.name}: We expected inputs of types '${wanted}' but got types '${given}'`,
    );
  }
}
