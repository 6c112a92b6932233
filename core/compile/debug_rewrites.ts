/**
 * @file Every replacement that rewriting made in a graph, so that the values of what was replaced and
 * of what replaced it can be compared.
 *
 * A node that was pruned keeps the inputs it had at the end, each replaced by what should have the
 * same value. So the graph of all variables that ever were can be evaluated in one go, and the first
 * replacement in its order whose two values differ is the one at fault: whatever comes after it reads
 * the same wrong value on both sides.
 */

import type { Client, Feature, FunctionGraph, Reason } from "../graph/function_graph.ts";
import type { Op } from "../graph/op.ts";
import { ioToposort } from "../graph/traverse.ts";
import type { Apply, Variable } from "../graph/variable.ts";

/** One replacement. */
export interface Rewrite {
  readonly old: Variable;
  readonly replacement: Variable;
  /** The rule or pass. */
  readonly reason: string;
}

/** Notes the replacements in a graph. */
export class RewriteRecorder implements Feature {
  readonly #rewrites = new Map<string, Rewrite>();
  readonly #seen = new Set<Variable>();

  /** Called for each node that comes. */
  onImport(_: FunctionGraph, node: Apply): void {
    for (const output of node.outputs) this.#seen.add(output);
  }

  /** Called for each edge that moves. */
  onChangeInput(
    _: FunctionGraph,
    __: Client,
    old: Variable,
    replacement: Variable,
    reason: Reason,
  ): void {
    const key = (a: Variable, b: Variable): string => `${a.id} ${b.id}`;
    // An edit that is taken back was refused, and counts for nothing.
    if (reason === "revert") this.#rewrites.delete(key(replacement, old));
    else {
      this.#rewrites.set(key(old, replacement), { old, replacement, reason: `${reason}` });
    }
  }

  /** The replacements, in the order of happening, as text that two runs of the same have in common. */
  history(): string[] {
    const text = ({ owner, type, name }: Variable): string =>
      name ?? (owner === null ? `${type}` : `${opText(owner.op)} of ${owner.inputs.length}`);
    return [...this.#rewrites.values()].map(({ old, replacement, reason }) =>
      `${reason}: ${text(old)} by ${text(replacement)}`
    );
  }

  /** Every node there ever was, each after those it reads. */
  order(graph: FunctionGraph): Apply[] {
    return ioToposort(graph.inputs, [...graph.outputs, ...this.#seen]);
  }

  /** The replacements, those first whose replacement comes first in an order. */
  sorted(order: readonly Apply[]): Rewrite[] {
    const places = new Map(order.map((node, k) => [node, k]));
    const place = ({ replacement: { owner } }: Rewrite): number =>
      owner === null ? -1 : places.get(owner) ?? order.length;
    return [...this.#rewrites.values()].sort((a, b) => place(a) - place(b));
  }
}

/** An op as text; where its key has a number that counts ops of the process, its name has to do. */
function opText({ key, name }: Op): string {
  return key.includes("unique:") ? name : key;
}
