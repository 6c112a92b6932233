/**
 * @file Applies rules to a graph.
 *
 * Two strategies: {@linkcode equilibrium} goes on until no rule changes anything; {@linkcode sweep}
 * visits every node once, new ones included. Both look up rules by what they track, so a node meets
 * only the rules that may match it, and neither sorts the graph for an edit.
 *
 * Whatever rule fires, the engine
 * - lets the replacement have exactly the type of what it replaces: see {@linkcode fitted};
 * - refuses a replacement that contains the replaced node, since it would fire for ever;
 * - gives new nodes the creation trace of the old one, and the replacement its name;
 * - asks the features of the graph whether the result is valid, and takes it back if not;
 * - counts the firing, and prints it if asked to;
 * - turns a failure of the rule into what `on_opt_error` says, and goes on without that rewrite.
 *
 * An equilibrium stops when one rule fired more often than `optdb.max_use_ratio` times the largest
 * number of nodes, and names the rules that fired last: they undo each other.
 *
 * Determinism: nodes are visited in an order that the graph alone determines, rules in table order.
 */

import { config } from "../core/config/config.ts";
import { raise } from "../core/errors.ts";
import type { Client, Feature, FunctionGraph, Reason } from "../core/graph/function_graph.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { writeStdout } from "../core/host/host.ts";
import { warn } from "../core/host/warn.ts";
import { containsNode, fitted } from "./fit.ts";
import { type Replacement, type Rule, trackOf } from "./rule.ts";

/** Rules by what they track. */
export class RuleIndex {
  readonly rules: readonly Rule[];
  readonly #byTrack = new Map<string, readonly Rule[]>();

  /**
   * Makes the index.
   *
   * @param rules The rules, in the order in which they are tried.
   */
  constructor(rules: readonly Rule[]) {
    this.rules = rules;
  }

  /** The rules that may match a node. */
  of(node: Apply): readonly Rule[] {
    const track = trackOf(node.op);
    let found = this.#byTrack.get(track);
    if (found === undefined) {
      found = this.rules.filter((rule) => rule.tracks?.includes(track) ?? true);
      this.#byTrack.set(track, found);
    }
    return found;
  }
}

/** How rewriting is done: part of a selection. */
export interface RewriteSettings {
  /** Whether each replacement is printed. */
  readonly verbose: boolean;
  /** How often a rule may fire in an equilibrium, in multiples of the number of nodes. */
  readonly maxUseRatio: number;
}

/** The rewriting of one graph: edits it, and counts. */
export class Rewriter {
  readonly graph: FunctionGraph;
  readonly settings: RewriteSettings;
  /** How often each rule or pass changed something. */
  readonly firings: Map<string, number> = new Map();
  /** How many edits there were. */
  changes = 0;

  /**
   * Makes the rewriter of a graph.
   *
   * @param graph The graph.
   * @param settings How to.
   */
  constructor(graph: FunctionGraph, settings: RewriteSettings) {
    this.graph = graph;
    this.settings = settings;
  }

  /**
   * Replaces variables, all or nothing.
   *
   * @param name Who does it.
   * @param pairs What by what, of equal types.
   * @param remove Nodes that must be gone afterwards.
   * @returns Whether the graph accepted it.
   */
  replace(
    name: string,
    pairs: readonly (readonly [old: Variable, replacement: Variable])[],
    remove: readonly Apply[] = [],
  ): boolean {
    try {
      this.graph.replaceAllValidateRemove(pairs, remove, name);
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
    this.changes++;
    this.firings.set(name, (this.firings.get(name) ?? 0) + 1);
    if (this.settings.verbose) {
      for (const [old, replacement] of pairs) writeStdout(`${name} ${old} ${replacement}\n`);
    }
    return true;
  }

  /** Tries a rule on a node of the graph; whether it changed anything. */
  apply(rule: Rule, node: Apply): boolean {
    try {
      const pairs = replacedBy(rule, node, rule.apply(node, this.graph));
      if (pairs.length === 0) return false;
      for (const [old, replacement] of pairs) handDown(old, replacement);
      return this.replace(rule.name, pairs);
    } catch (error) {
      failed(rule.name, error, node);
      return false;
    }
  }

  /** Tries the rules for a node in turn, until one changes something; that one, if there is one. */
  applyFirst(index: RuleIndex, node: Apply): Rule | undefined {
    return index.of(node).find((rule) => this.apply(rule, node));
  }
}

type Pairs = readonly (readonly [old: Variable, replacement: Variable])[];

const nothing: Pairs = [];

/** The replacements that a rule means, each of the type wanted. */
function replacedBy(rule: Rule, node: Apply, result: Replacement): Pairs {
  if (result === undefined) return nothing;
  const pairs: (readonly [Variable, Variable])[] = [];
  for (const [old, made] of pairsOf(node, result)) {
    if (made === undefined || made === old) continue;
    const replacement = fitted(old, made, rule.cast);
    if (containsNode(replacement, node)) return nothing;
    pairs.push([old, replacement]);
  }
  return pairs;
}

function pairsOf(
  node: Apply,
  result: NonNullable<Replacement>,
): Iterable<readonly [Variable, Variable | undefined]> {
  if (result instanceof Map) return result;
  if (Array.isArray(result)) return result.map((made, i) => [node.outputs[i]!, made] as const);
  return [[node.outputs[0]!, result as Variable]];
}

/** Gives new nodes the trace, and the replacement the name, of what it replaces. */
function handDown(old: Variable, replacement: Variable): void {
  if (old.name !== undefined) replacement.name ??= old.name;
  const { trace } = old.tag;
  if (trace === undefined) return;
  const waiting = [replacement];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { owner } = next;
    if (owner === null || owner.graph !== null || owner.tag.trace !== undefined) continue;
    owner.tag.trace = trace;
    for (const output of owner.outputs) output.tag.trace ??= trace;
    waiting.push(...owner.inputs);
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === "InconsistencyError";
}

/**
 * What happens when a rewrite throws: `on_opt_error` decides.
 *
 * @param name The rule or pass.
 * @param error What it threw.
 * @param node The node it looked at.
 */
export function failed(name: string, error: unknown, node?: Apply): void {
  const action = config.on_opt_error;
  if (action === "raise" || action === "pdb") throw error;
  if (action === "ignore") return;
  const stack = error instanceof Error ? error.stack ?? String(error) : String(error);
  const lines = [
    `Optimization failure due to: ${name}`,
    ...(node === undefined ? [] : [`node: ${node}`]),
    "TRACEBACK:",
    stack,
  ];
  warn("ERROR (theano.gof.opt)", lines.join("\n"));
}

/** Why a graph edits itself when an edit is taken back: what returns was visited already. */
const undone = "revert";

/** Nodes waiting to be visited, each at most once at a time; the last to come is the first to go. */
class Waiting implements Feature {
  readonly #stack: Apply[] = [];
  readonly #members = new Set<Apply>();

  onImport(_: FunctionGraph, node: Apply, reason: Reason): void {
    if (reason !== undone) this.push(node);
  }

  onChangeInput(
    _: FunctionGraph,
    { node }: Client,
    __: Variable,
    ___: Variable,
    reason: Reason,
  ): void {
    if (node !== "output" && reason !== undone) this.push(node);
  }

  push(node: Apply): void {
    if (this.#members.has(node)) return;
    this.#members.add(node);
    this.#stack.push(node);
  }

  pop(): Apply | undefined {
    const node = this.#stack.pop();
    if (node !== undefined) this.#members.delete(node);
    return node;
  }
}

/** Options of {@linkcode equilibrium}. */
export interface EquilibriumOptions {
  /** Done after each round that changed something: merging equal nodes, for instance. */
  readonly cleanup?: (rewriter: Rewriter) => void;
}

/**
 * Applies rules to every node until nothing changes.
 *
 * @param rewriter The rewriting this is part of.
 * @param index The rules.
 * @param name The name of the pass, for messages.
 * @param options What else is done.
 */
export function equilibrium(
  rewriter: Rewriter,
  index: RuleIndex,
  name: string,
  options: EquilibriumOptions = {},
): void {
  if (index.rules.length === 0) return;
  const { graph } = rewriter;
  const budget = new Budget(rewriter.settings.maxUseRatio, name);
  const waiting = new Waiting();
  graph.attachFeature(waiting);
  try {
    for (let before = -1; before !== rewriter.changes;) {
      before = rewriter.changes;
      for (const node of graph.toposort()) waiting.push(node);
      budget.grow(graph.applyNodes.size);
      if (!settle(rewriter, index, waiting, budget)) return;
      if (before !== rewriter.changes) options.cleanup?.(rewriter);
    }
  } finally {
    graph.removeFeature(waiting);
  }
}

/** Visits what is waiting until nothing is; whether the budget was enough. */
function settle(rewriter: Rewriter, index: RuleIndex, waiting: Waiting, budget: Budget): boolean {
  const { applyNodes } = rewriter.graph;
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const rule of index.of(node)) {
      if (!applyNodes.has(node)) break;
      if (!rewriter.apply(rule, node)) continue;
      if (!budget.spend(rule)) return false;
    }
  }
  return true;
}

/** How often rules may still fire. */
class Budget {
  readonly #ratio: number;
  readonly #pass: string;
  readonly #uses = new Map<Rule, number>();
  #largest = 0;
  #last: Rule | undefined;

  constructor(ratio: number, pass: string) {
    this.#ratio = ratio;
    this.#pass = pass;
  }

  /** Notes the number of nodes at the start of a round; what a round adds does not count in it. */
  grow(nodes: number): void {
    this.#largest = Math.max(this.#largest, nodes);
  }

  /** Counts a firing; false if there was one too many. */
  spend(rule: Rule): boolean {
    const uses = (this.#uses.get(rule) ?? 0) + 1;
    this.#uses.set(rule, uses);
    if (uses > Math.max(this.#ratio * this.#largest, leastUses)) {
      exhausted(rule, this.#last, this.#pass, this.#ratio);
      return false;
    }
    if (rule !== this.#last) this.#last = rule;
    return true;
  }
}

/** Graphs of a node or two become larger before they become small. */
const leastUses = 30;

function exhausted(rule: Rule, other: Rule | undefined, pass: string, ratio: number): void {
  const pair = other === undefined || other === rule
    ? ""
    : ` It takes turns with '${other.name}' in ${pass}.`;
  const text = `EquilibriumOptimizer max'ed out by '${rule.name}'. You can safely raise the ` +
    `current threshold of ${ratio.toFixed(6)} with the theano flag 'optdb.max_use_ratio'.${pair}`;
  if (config.on_opt_error === "raise") raise("AssertionError", text);
  warn("ERROR (theano.gof.opt)", text);
}

/** How a {@linkcode sweep} goes: from inputs to outputs or back; `old` leaves new nodes alone. */
export type SweepOrder = "in2out" | "out2in" | "in2out old" | "out2in old";

/**
 * Visits every node once, applying the first rule that changes something. Nodes that appear are
 * visited too, unless the order says otherwise.
 *
 * @param rewriter The rewriting this is part of.
 * @param index The rules.
 * @param order Where to begin.
 */
export function sweep(rewriter: Rewriter, index: RuleIndex, order: SweepOrder): void {
  if (index.rules.length === 0) return;
  const { graph } = rewriter;
  const fresh: Apply[] = [];
  const feature: Feature = {
    onImport: (_, node, reason) => reason === undone || void fresh.push(node),
  };
  const nodes = [...graph.toposort()];
  if (order.startsWith("in2out")) nodes.reverse();
  if (!order.endsWith("old")) graph.attachFeature(feature);
  try {
    for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
      if (!graph.applyNodes.has(node)) continue;
      rewriter.applyFirst(index, node);
      while (fresh.length > 0) nodes.push(fresh.pop()!);
    }
  } finally {
    graph.removeFeature(feature);
  }
}
