/**
 * @file Rules in Theano's form: a function of a node, for the ops that it wants to see.
 */

import { raise } from "../core/errors.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { isTracked, type Tracked } from "./pattern.ts";
import { type Replacement, rewrite, type Rule, type RuleOptions } from "./rule.ts";

/** What a node is rewritten to: a {@linkcode Replacement}, or false for no change. */
export type Transform = (node: Apply, graph: FunctionGraph) => Replacement | false;

/**
 * A rule from a function of a node, in the form of a decorator. Theano: `theano.gof.local_optimizer`.
 *
 * @param tracks Ops, classes of ops, elementwise functions or kinds; null for every node.
 * @param options Tags, and what the engine may do.
 * @returns What makes the rule of a function with a name: the rule has that name.
 * @throws {ValueError} If `tracks` is empty.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const { tensor: T, opt } = theano;
 * const rule = opt.localOptimizer([T.abs])(function absOfAbs({ inputs: [x] }) {
 *   return x!.owner?.op.name === "Elemwise{abs_,no_inplace}" && x!;
 * });
 * assert.equal(rule.name, "absOfAbs");
 * ```
 */
export function localOptimizer(
  tracks: readonly Tracked[] | null,
  options: RuleOptions = {},
): (transform: Transform) => Rule {
  if (tracks?.length === 0) {
    raise("ValueError", "Use None instead of an empty list to apply to all nodes.");
  }
  if (!(tracks ?? []).every(isTracked)) raise("ValueError", "Tracks are op classes or instances");
  return (transform) =>
    rewrite(
      transform.name,
      tracks ?? "*",
      (node, graph) => transform(node, graph) || undefined,
      options,
    );
}

/**
 * A rule that applies one op in place of another to the same inputs. Theano: `OpSub`.
 *
 * @param name Its name.
 * @param old The op that is replaced.
 * @param replacement The op that replaces it.
 */
export function opSub(
  name: string,
  old: Tracked,
  replacement: { call(...inputs: readonly Variable[]): Variable },
): Rule {
  return rewrite(name, [old], ({ inputs }) => replacement.call(...inputs));
}

/**
 * A rule that puts the only input of an op in its place. Theano: `OpRemove`.
 *
 * @param name Its name.
 * @param op The op that is removed.
 */
export function opRemove(name: string, op: Tracked): Rule {
  return rewrite(name, [op], ({ inputs }) => inputs[0]);
}
