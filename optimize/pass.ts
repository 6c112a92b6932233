/**
 * @file The parts of the pipeline: passes made of rules, and passes that see the whole graph.
 */

import type { FunctionGraph } from "../core/graph/function_graph.ts";
import {
  equilibrium,
  type EquilibriumOptions,
  type Rewriter,
  type RuleIndex,
  sweep,
  type SweepOrder,
} from "./engine.ts";
import type { Rule, RuleTable } from "./rule.ts";
import type { Query } from "./selection.ts";

/** What a pass is given besides the graph. */
export interface PassContext {
  /** Edits the graph, counts and prints. */
  readonly rewriter: Rewriter;
  /** Which rules of the pass are on. */
  readonly index: RuleIndex;
  /** What else is on. */
  readonly query: Query;
  /** Sends a graph inside an op through the same passes. */
  readonly optimizeInner: (graph: FunctionGraph) => void;
}

/** One step of the pipeline. */
export interface Pass {
  /** Theano's name. */
  readonly name: string;
  /** Theano's position: passes run in this order, then in the order of the list. */
  readonly position: number;
  readonly tags: readonly string[];
  /** The rules it applies, each switched by itself. */
  readonly rules: readonly Rule[];
  /** Changes the graph. */
  readonly run: (graph: FunctionGraph, context: PassContext) => void;
}

/**
 * A pass that sees the whole graph.
 *
 * @param position Theano's position.
 * @param name Theano's name.
 * @param tags Tags besides the name.
 * @param run Changes the graph.
 */
export function graphPass(
  position: number,
  name: string,
  tags: readonly string[],
  run: Pass["run"],
): Pass {
  return { name, position, tags, rules: [], run };
}

/**
 * A pass that applies rules until nothing changes. The name of the pass is a tag of its rules.
 *
 * @param position Theano's position.
 * @param name Theano's name.
 * @param tags Tags besides the name.
 * @param tables The rules.
 * @param options What else is done in each round.
 */
export function equilibriumPass(
  position: number,
  name: string,
  tags: readonly string[],
  tables: readonly RuleTable[],
  options: EquilibriumOptions = {},
): Pass {
  const run: Pass["run"] = (_, { rewriter, index }) => equilibrium(rewriter, index, name, options);
  return { name, position, tags, rules: rulesOf(name, tables), run };
}

/**
 * A pass that visits every node once.
 *
 * @param position Theano's position.
 * @param name Theano's name.
 * @param tags Tags besides the name.
 * @param tables The rules.
 * @param order Where it begins.
 */
export function sweepPass(
  position: number,
  name: string,
  tags: readonly string[],
  tables: readonly RuleTable[],
  order: SweepOrder = "in2out",
): Pass {
  const run: Pass["run"] = (_, { rewriter, index }) => sweep(rewriter, index, order);
  return { name, position, tags, rules: rulesOf(name, tables), run };
}

/** The rules of a pass: every one is on in `fast_run`, unless a tag says that it is opt-in. */
function rulesOf(pass: string, tables: readonly RuleTable[]): Rule[] {
  return tables.flatMap(({ rules }) =>
    rules.map((rule) => {
      const own = rule.tags.includes("opt_in") ? [] : ["fast_run"];
      return { ...rule, tags: [...own, pass, ...rule.tags] };
    })
  );
}
