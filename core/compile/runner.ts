/**
 * @file What a mode may bring in place of a linker: something that watches how a graph is rewritten and
 * then runs it in a way of its own, node by node as a rule.
 */

import type { Feature, FunctionGraph } from "../graph/function_graph.ts";
import type { Executable, Target } from "../kernel/target.ts";
import type { LinkerName } from "./mode.ts";
import type { GraphSpec } from "./reference.ts";

/** What a run of a graph is made of. */
export interface RunnerParts {
  /** The optimised graph. */
  readonly graph: FunctionGraph;
  /** What its ends are. */
  readonly spec: GraphSpec;
  /** What runs kernels. */
  readonly target: Target;
  /** What the mode names to run nodes. */
  readonly linker: LinkerName;
}

/** One compilation, as a runner sees it. */
export interface RunnerSession {
  /** What watches the graph from before the first rewrite. */
  readonly features: readonly Feature[];
  /**
   * Called when the graph is optimised.
   *
   * @param graph The graph.
   * @param again Optimises the same graph again, watched by other features.
   */
  optimised?(graph: FunctionGraph, again: (features: readonly Feature[]) => FunctionGraph): void;
  /** Makes the graph runnable; again for each copy of the function. */
  executable(parts: RunnerParts): Executable;
}

/**
 * Runs graphs in a way of its own.
 *
 * @internal Modes of this library are made of it; it shows programs and targets, which may change.
 */
export interface Runner {
  /** Called once for each compilation. */
  begin(): RunnerSession;
}
