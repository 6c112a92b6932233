/**
 * @file `DebugMode`: every node by its op's `perform` and by kernels, every rewrite by the values of both
 * sides, and what ops say of memory by looking at it.
 */

import { flags } from "../config/config.ts";
import { fail, raise } from "../errors.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { type DebugChecks, DebugExecutable } from "./debug_run.ts";
import { RewriteRecorder } from "./debug_rewrites.ts";
import { Mode, type Optimizer } from "./mode.ts";
import type { Runner } from "./runner.ts";

/** Options of {@linkcode DebugMode}. */
export interface DebugModeOptions {
  /** A level, or an optimiser; by default `fast_run`. */
  readonly optimizer?: string | Optimizer | null;
  /** How often a graph is rewritten to see whether it always goes the same way; by default a flag. */
  readonly stabilityPatience?: number | null;
  /** Whether each node is computed by kernels; by default the flag `DebugMode.check_c`. */
  readonly checkCCode?: boolean | null;
  /** Whether each node is computed by `perform`; by default the flag `DebugMode.check_py`. */
  readonly checkPyCode?: boolean | null;
  /** Whether NaN and infinities are errors; by default the flag `DebugMode.check_finite`. */
  readonly checkIsfinite?: boolean | null;
  /** Accepted; no effect, since ops are not given memory for their results. */
  readonly checkPreallocatedOutput?: string | null;
  /** Accepted; no effect, since results of kernels are always dense. */
  readonly requireMatchingStrides?: number | null;
}

/** The positions of {@linkcode DebugModeOptions}. */
export type DebugModePositions = [
  optimizer?: string | Optimizer | null,
  stabilityPatience?: number | null,
  checkCCode?: boolean | null,
  checkPyCode?: boolean | null,
  checkIsfinite?: boolean | null,
  checkPreallocatedOutput?: string | null,
  requireMatchingStrides?: number | null,
];

const optionNames = [
  "optimizer",
  "stabilityPatience",
  "checkCCode",
  "checkPyCode",
  "checkIsfinite",
  "checkPreallocatedOutput",
  "requireMatchingStrides",
] as const;

/**
 * A mode that checks everything it can while it runs, at many times the cost.
 *
 * - Each node is computed by `perform` and by kernels of its own, and the whole function by its
 *   kernels together: `BadThunkOutput` where values differ. The kernels at fault are interpreted, to
 *   say whether they mean the wrong thing or are built wrongly.
 * - Each rewrite is checked by the values of what it replaced and what it put there:
 *   `BadOptimization`. Where the replaced value is NaN or infinite, a number may take its place.
 * - A node that changes an input without saying so is a `BadDestroyMap`, one whose result shares
 *   memory without saying so a `BadViewMap`.
 * - A NaN or infinity among inputs and results is an `InvalidValueError`, unless `checkIsfinite` is off.
 * - The graph is rewritten several times: `StochasticOrder` if not always in the same way.
 *
 * Equal means as equal as the flag `tensor.cmp_sloppy` says. Theano: `theano.compile.DebugMode`.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const x = theano.tensor.dvector("x");
 * const f = theano.function([x], x.mul(10), { mode: "DebugMode" });
 * assert.deepEqual(f([5]).toArray(), [50]);
 * assert.throws(() => f([NaN]), theano.errors.InvalidValueError);
 * ```
 */
export class DebugMode extends Mode {
  /**
   * Makes the mode.
   *
   * @param given What to check, and how to optimise.
   * @throws {ValueError} If nothing is to compute the nodes.
   */
  constructor(...given: Given<DebugModeOptions, DebugModePositions>) {
    const options = optional<DebugModeOptions>("DebugMode", optionNames, given);
    const { check_c, check_py, check_finite, patience } = flags.DebugMode;
    const checks = {
      kernels: options.checkCCode ?? check_c,
      perform: options.checkPyCode ?? check_py,
      finite: options.checkIsfinite ?? check_finite,
    };
    if (!checks.kernels && !checks.perform) {
      raise("ValueError", "DebugMode has to check at least one of c and py code");
    }
    const runner = debugRunner(checks, options.stabilityPatience ?? patience);
    super({ linker: "vm", optimizer: options.optimizer ?? "fast_run", runner });
  }
}

function debugRunner(checks: DebugChecks, patience: number): Runner {
  return {
    begin: () => {
      const recorder = new RewriteRecorder();
      return {
        features: [recorder],
        optimised: (_, again) => {
          const history = recorder.history();
          for (let round = 1; round < patience; round++) {
            const other = new RewriteRecorder();
            again([other]);
            compareHistories(history, other.history());
          }
        },
        executable: (parts) => new DebugExecutable(parts, checks, recorder),
      };
    },
  };
}

function compareHistories(first: readonly string[], second: readonly string[]): void {
  const length = Math.max(first.length, second.length);
  for (let k = 0; k < length; k++) {
    if (first[k] === second[k]) continue;
    fail("StochasticOrder", "rely on rewriting", "the same graph was rewritten in two ways", [
      `step ${k} was once ${first[k] ?? "nothing"}`,
      `and then ${second[k] ?? "nothing"}`,
    ]);
  }
}
