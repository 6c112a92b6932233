/**
 * @file What a rewrite rule is, and the two ways to write one: as a pattern with a replacement, or as
 * a function of a node.
 *
 * ```ts ignore
 * const x = hole("x");
 * rule("local_log_exp", on(log, on(exp, x)), ({ x }) => x)
 * rewrite("local_neg_to_mul", [neg], (node) => mul(-1, node.inputs[0]))
 * ```
 *
 * Duties of the author:
 * - The right side computes the same, and is never worse; within one phase no rule undoes another.
 * - Special values (NaN, −0, infinities) are kept, or the rule says which it changes.
 * - A rule only reads the graph: it makes new nodes and returns them.
 *
 * Duties of the engine, not of the author (see `engine.ts`): names and creation traces, equal dtypes
 * and broadcast patterns, refusing a replacement that contains what it replaces, counting, budgets.
 */

import type { FunctionGraph } from "../core/graph/function_graph.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { matchNode } from "./match.ts";
import { isTrackedBy, type OpPattern, type Track, type Tracked, trackFor } from "./pattern.ts";

export { constant, hole, on, trackOf } from "./pattern.ts";

/** The variables that a match found, by hole. */
export type Match<Name extends string> = Readonly<Record<Name, TensorVariable>>;

/**
 * What a rule puts in place: of the node's first output, of each output (undefined keeps it), or of
 * any variables of the graph; undefined for no change.
 */
export type Replacement =
  | Variable
  | readonly (Variable | undefined)[]
  | ReadonlyMap<Variable, Variable>
  | undefined;

/** A rewrite of single nodes. */
export interface Rule {
  /** Theano's name where Theano has the rule: users switch rules by name. */
  readonly name: string;
  /** Words, besides name and phase, that switch it on or off. */
  readonly tags: readonly string[];
  /** The ops of the nodes it looks at, see {@linkcode trackOf}; undefined for every node. */
  readonly tracks: readonly string[] | undefined;
  /** Whether the engine may cast the replacement to the dtype of what it replaces. */
  readonly cast: boolean;
  /** The left side and where its samples are drawn from, for the tests of pattern rules. */
  readonly sample: RuleSample | undefined;
  /** The functions it is made of: their text tells versions of a rule apart. */
  readonly code: readonly unknown[];
  /** What to put in place of a node of the graph. */
  readonly apply: (node: Apply, graph: FunctionGraph) => Replacement;
}

/** What a test needs to try a pattern rule on values. */
export interface RuleSample {
  /** Each left side. */
  readonly patterns: readonly OpPattern<string>[];
  /** Where the values of holes are drawn from. */
  readonly domain: readonly [low: number, high: number];
}

/** Rules of one phase, in the order in which they are tried. */
export interface RuleTable {
  readonly phase: string;
  readonly rules: readonly Rule[];
}

/** Options of {@linkcode rule} and {@linkcode rewrite}. */
export interface RuleOptions {
  readonly tags?: readonly string[];
  /** Whether the engine may cast the replacement to the dtype of what it replaces. */
  readonly cast?: boolean;
  /** Where tests draw the values of holes from; by default from −2 to 2. */
  readonly domain?: readonly [low: number, high: number];
}

/**
 * A rule from a pattern: one row of a table.
 *
 * @param name Its name.
 * @param left The left side, or several that have the same right side.
 * @param replace The right side, from what the holes matched; undefined for no change.
 * @param condition Whether to go on, from what the holes matched and the node at the top.
 * @param options Tags, and what the engine may do.
 */
export function rule<Name extends string>(
  name: string,
  left: OpPattern<Name> | readonly OpPattern<Name>[],
  replace: (match: Match<Name>, node: Apply, graph: FunctionGraph) => Variable | undefined,
  condition?: (match: Match<Name>, node: Apply, graph: FunctionGraph) => boolean,
  options: RuleOptions = {},
): Rule {
  const patterns: readonly OpPattern<Name>[] = "form" in left ? [left] : left;
  const apply = (node: Apply, graph: FunctionGraph): Replacement => {
    for (const pattern of patterns) {
      const match = matchNode(pattern, node) as Match<Name> | undefined;
      if (match === undefined) continue;
      if (condition !== undefined && !condition(match, node, graph)) continue;
      return replace(match, node, graph);
    }
    return undefined;
  };
  const sample = { patterns, domain: options.domain ?? [-2, 2] as const };
  return {
    ...settled(name, options),
    tracks: textsOf(patterns.map((p) => p.op)),
    sample,
    code: [patterns, replace, condition],
    apply,
  };
}

/**
 * A rule from a function of a node.
 *
 * @param name Its name.
 * @param tracks The ops of the nodes it wants to see; `"*"` for all.
 * @param apply What to put in place of a node; undefined for no change.
 * @param options Tags, and what the engine may do.
 */
export function rewrite(
  name: string,
  tracks: readonly Tracked[] | "*",
  apply: (node: Apply, graph: FunctionGraph) => Replacement,
  options: RuleOptions = {},
): Rule {
  const wanted: readonly Track[] = tracks === "*" ? [{ text: undefined }] : tracks.map(trackFor);
  const isAny = wanted.every((track) => !("accepts" in track));
  return {
    ...settled(name, options),
    tracks: textsOf(wanted),
    sample: undefined,
    code: [apply],
    apply: isAny ? apply : (node, graph) => {
      const isWanted = wanted.some((track) => isTrackedBy(track, node.op));
      return isWanted ? apply(node, graph) : undefined;
    },
  };
}

/** What nodes are looked up by; undefined where that may be anything. */
function textsOf(tracks: readonly Track[]): readonly string[] | undefined {
  const texts = new Set(tracks.map(({ text }) => text));
  return texts.has(undefined) ? undefined : [...texts] as readonly string[];
}

function settled(name: string, options: RuleOptions): Pick<Rule, "name" | "tags" | "cast"> {
  return { name, tags: options.tags ?? [], cast: options.cast ?? false };
}

/** A rule with more tags: a phase may give a rule words that another does not. */
export function tagged(rule: Rule, ...tags: readonly string[]): Rule {
  return { ...rule, tags: [...rule.tags, ...tags] };
}

/** The rules of a phase. */
export function rules(phase: string, rows: readonly Rule[]): RuleTable {
  return { phase, rules: rows };
}
