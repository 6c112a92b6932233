/**
 * @file When two graphs are the same, and a text that says what a graph computes.
 *
 * Sameness is structural: equal ops on the same inputs in the same places. No algebra, not even
 * commutativity; names and traces do not count.
 */

import { raise } from "../errors.ts";
import { sortNodes } from "./traverse.ts";
import { type Apply, isConstant, type Variable } from "./variable.ts";

/** Which variables of the first graph stand for which of the second. */
export type Correspondence =
  | ReadonlyMap<Variable, Variable>
  | readonly (readonly [Variable, Variable])[];

/**
 * Whether two lists of variables are computed in the same way from the same roots.
 *
 * @param xs The first list.
 * @param ys The second list.
 * @param givens Variables of the first graphs with those of the second that they stand for.
 */
export function equalComputations(
  xs: readonly Variable[],
  ys: readonly Variable[],
  givens: Correspondence = [],
): boolean {
  const table = new Map<string, number>();
  const second = numbered([...ys, ...partners(givens)], table, new Map());
  const stands = new Map([...givens].map(([x], i) => [x, second[ys.length + i]!]));
  return sameNumbers(numbered(xs, table, stands), second.slice(0, ys.length));
}

/**
 * Whether two variables are computed in the same way, after some variables were replaced wherever
 * they appear in either graph; what replaces them is not itself searched.
 *
 * @param x The first variable.
 * @param y The second variable.
 * @param givens What to replace by what.
 */
export function isSameGraph(x: Variable, y: Variable, givens: Correspondence = []): boolean {
  const table = new Map<string, number>();
  const numbers = numbered(partners(givens), table, new Map());
  const stands = new Map([...givens].map(([old], i) => [old, numbers[i]!]));
  return sameNumbers(numbered([x], table, stands), numbered([y], table, stands));
}

/**
 * Numbers variables so that those have equal numbers that are computed in the same way from the same
 * roots.
 *
 * @param variables The variables.
 * @returns A number for each.
 */
export function computationNumbers(variables: readonly Variable[]): number[] {
  return numbered(variables, new Map(), new Map());
}

function partners(givens: Correspondence): Variable[] {
  return [...givens].map(([_, partner]) => partner);
}

function sameNumbers(xs: readonly number[], ys: readonly number[]): boolean {
  return xs.length === ys.length && xs.every((x, i) => x === ys[i]);
}

/**
 * Numbers computations so that equal ones have equal numbers: a variable has the number of its
 * node's op, types and input numbers in a table that grows as new ones are met.
 */
function numbered(
  outputs: readonly Variable[],
  table: Map<string, number>,
  known: Map<Variable, number>,
): number[] {
  const entry = (text: string): number => {
    const number = table.get(text) ?? table.size;
    table.set(text, number);
    return number;
  };
  const numberOf = (variable: Variable): number => {
    const number = known.get(variable) ?? entry(rootText(variable));
    known.set(variable, number);
    return number;
  };
  for (const node of sortNodes(outputs, (v) => known.has(v))) {
    const text = `${node.op.key}|${node.inputs.map(numberOf)}`;
    for (const output of node.outputs) {
      if (known.has(output)) continue;
      known.set(output, entry(`${text}|${output.index}:${output.type.key}`));
    }
  }
  return outputs.map(numberOf);
}

function rootText(root: Variable): string {
  return isConstant(root) ? `constant ${root.signature()}` : `root ${root.id}`;
}

/**
 * What the key of an op contains that is a user's, or has one inside: it means nothing in another
 * process.
 */
const unstable = "unique:";

/**
 * What a graph computes as text: the same in every process, different if anything differs.
 *
 * Inputs are numbered in the order given, shared variables in the order met; ops stand by their
 * key, types by theirs, constants by their signature, and each variable's wish for a device counts.
 *
 * @param inputs The roots that get values from outside.
 * @param outputs What is computed.
 * @returns The text, or nothing if an op of the graph has no stable key.
 * @throws {MissingInputError} If a root is neither an input, a constant nor a shared variable.
 */
export function graphText(
  inputs: readonly Variable[],
  outputs: readonly Variable[],
): string | undefined {
  const names = new Map<Variable, string>();
  const lines: string[] = [];
  let met = 0;
  inputs.forEach((input, i) => {
    if (names.has(input)) return;
    names.set(input, `i${i}`);
    lines.push(`i${i}:${typeText(input)}`);
  });
  const nameOf = (variable: Variable): string => {
    const known = names.get(variable);
    if (known !== undefined) return known;
    if (isConstant(variable)) return `{${variable.signature()}${wish(variable)}}`;
    if (variable.kind !== "shared") {
      raise("MissingInputError", `Undeclared input ${variable} (${variable.type})`);
    }
    const name = `s${met++}`;
    names.set(variable, name);
    lines.push(`${name}:${typeText(variable)}`);
    return name;
  };
  let number = 0;
  for (const node of sortNodes(outputs, (v) => names.has(v))) {
    const key = node.op.stableKey?.(node) ?? node.op.key;
    if (key.includes(unstable)) return undefined;
    const args = node.inputs.map(nameOf);
    const name = `n${number++}`;
    for (const output of node.outputs) {
      if (!names.has(output)) names.set(output, `${name}.${output.index}`);
    }
    lines.push(`${name}=${key}(${args})${wish(node)}:${node.outputs.map(typeText).join(";")}`);
  }
  lines.push(`return ${outputs.map(nameOf)}`);
  return lines.join("\n");
}

function typeText(variable: Variable): string {
  return variable.type.key + wish(variable);
}

/** The device that a variable or node asks for. */
function wish({ tag }: Variable | Apply): string {
  return tag.target === undefined ? "" : `@${tag.target}`;
}
