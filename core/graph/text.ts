/**
 * @file A graph on one line: `mul(*1 -> add(x, y), *1)`, for messages and for `String(graph)`.
 */

import { ops, orphans, sortNodes } from "./traverse.ts";
import type { Apply, Variable } from "./variable.ts";

/** How leaves and nodes are written. */
export interface TextOptions {
  /** The text of a root; by default its short text. */
  readonly leaf?: (variable: Variable) => string;
  /** The text of a node from those of its inputs; by default `op(a, b)`. */
  readonly node?: (node: Apply, args: readonly string[]) => string;
}

/**
 * Each output as text. A node that is read more than once is written `*1 -> op(…)` the first time
 * and `*1` after that.
 *
 * @param inputs Where the text stops.
 * @param outputs What to write.
 * @param options How leaves and nodes are written.
 */
export function asString(
  inputs: Iterable<Variable>,
  outputs: readonly Variable[],
  options: TextOptions = {},
): string[] {
  const { leaf = String, node: nodeText = defaultNodeText } = options;
  const stop = new Set(inputs);
  for (const orphan of orphans(stop, outputs)) stop.add(orphan);
  const numbers = numberShared(stop, outputs);
  const done = new Set<Apply>();
  const short = (variable: Variable): string | undefined => {
    const { owner } = variable;
    if (owner === null || stop.has(variable)) return leaf(variable);
    const part = owner.outputs.length === 1 ? "" : `::${variable.index}`;
    return done.has(owner) ? `*${numbers.get(owner)}${part}` : undefined;
  };
  const results: string[] = [];
  const frames: { readonly node: Apply; readonly args: string[] }[] = [];
  for (const output of outputs) {
    let next: Variable | undefined = output;
    while (next !== undefined) {
      const text: string | undefined = short(next);
      if (text === undefined) {
        done.add(next.owner!);
        frames.push({ node: next.owner!, args: [] });
      } else (frames.at(-1)?.args ?? results).push(text);
      closeFinished(frames, results, numbers, nodeText);
      const top = frames.at(-1);
      next = top?.node.inputs[top.args.length];
    }
  }
  return results;
}

/** Writes the nodes on top of the stack whose inputs are all written. */
function closeFinished(
  frames: { readonly node: Apply; readonly args: string[] }[],
  results: string[],
  numbers: ReadonlyMap<Apply, number>,
  nodeText: NonNullable<TextOptions["node"]>,
): void {
  for (let top = frames.at(-1); top !== undefined; top = frames.at(-1)) {
    if (top.args.length < top.node.inputs.length) return;
    frames.pop();
    const text = nodeText(top.node, top.args);
    const number = numbers.get(top.node);
    (frames.at(-1)?.args ?? results).push(number === undefined ? text : `*${number} -> ${text}`);
  }
}

/**
 * A node as text, see {@linkcode asString}.
 *
 * @param inputs Where the text stops.
 * @param node What to write.
 * @param options How leaves and nodes are written.
 */
export function opAsString(
  inputs: Iterable<Variable>,
  node: Apply,
  options: TextOptions = {},
): string {
  return (options.node ?? defaultNodeText)(node, asString(inputs, node.inputs, options));
}

function defaultNodeText(node: Apply, args: readonly string[]): string {
  return `${node.op.name}(${args.join(", ")})`;
}

/** Numbers from 1, in the order of running, for the nodes that are read more than once. */
function numberShared(
  stop: ReadonlySet<Variable>,
  outputs: readonly Variable[],
): Map<Apply, number> {
  const uses = new Map<Apply, number>();
  const count = (variable: Variable): void => {
    const { owner } = variable;
    if (owner !== null && !stop.has(variable)) uses.set(owner, (uses.get(owner) ?? 0) + 1);
  };
  outputs.forEach(count);
  for (const node of ops(stop, outputs)) node.inputs.forEach(count);
  const shared = sortNodes(outputs, (v) => stop.has(v)).filter((node) => uses.get(node)! > 1);
  return new Map(shared.map((node, i) => [node, i + 1]));
}
