/**
 * @file `NanGuardMode`: looks for NaN, infinities and huge numbers after each node.
 */

import type { NDArray } from "../array/ndarray.ts";
import { flags } from "../config/config.ts";
import { raise } from "../errors.ts";
import { traceText } from "../graph/trace.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import { warn } from "../host/warn.ts";
import { isTensorOp } from "../ops/kind.ts";
import { debugprint } from "../printing/debugprint.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { type LinkerName, Mode, type Optimizer } from "./mode.ts";
import { NodeByNode } from "./node_by_node.ts";
import { hasInfinity, hasNan, largestMagnitude } from "./numbers.ts";
import type { Runner } from "./runner.ts";

/** Options of {@linkcode NanGuardMode}. */
export interface NanGuardOptions {
  /** Whether NaN is an error; by default the flag `NanGuardMode.nan_is_error`. */
  readonly nanIsError?: boolean | null;
  /** Whether an infinity is an error; by default the flag `NanGuardMode.inf_is_error`. */
  readonly infIsError?: boolean | null;
  /** Whether an absolute value above 1e10 is; by default the flag `NanGuardMode.big_is_error`. */
  readonly bigIsError?: boolean | null;
  /** A level, such as `fast_run`, or an optimiser; by default the flag `optimizer`. */
  readonly optimizer?: string | Optimizer | null;
  /** `py` to run each op's `perform`, else kernels; by default the flag `linker`. */
  readonly linker?: LinkerName | null;
}

/** The positions of {@linkcode NanGuardOptions}. */
export type NanGuardPositions = [
  nanIsError?: boolean | null,
  infIsError?: boolean | null,
  bigIsError?: boolean | null,
  optimizer?: string | Optimizer | null,
  linker?: LinkerName | null,
];

const optionNames = ["nanIsError", "infIsError", "bigIsError", "optimizer", "linker"] as const;

/** What is looked for. */
interface Wanted {
  readonly nan: boolean;
  readonly inf: boolean;
  readonly big: boolean;
}

const bigLimit = 1e10;

/**
 * A mode that runs functions node by node and complains of the first NaN, infinity or huge number
 * among their inputs, the shared values they read, and the results of each node.
 *
 * What it does then the flag `NanGuardMode.action` says. A variable whose tag `nanGuardModeCheck` is
 * false is left alone, and so is memory that an op leaves without values.
 *
 * Theano: `theano.compile.nanguardmode.NanGuardMode`.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const x = theano.tensor.dscalar("x");
 * const mode = new theano.compile.NanGuardMode({ nanIsError: true });
 * const f = theano.function([x], x.log(), { mode });
 * assert.equal(f(1).item(), 0);
 * assert.throws(() => f(-1), /NaN detected/);
 * ```
 */
export class NanGuardMode extends Mode {
  /**
   * Makes the mode.
   *
   * @param given What to look for, and how to optimise and run.
   * @throws {ValueError} If nothing is to be looked for.
   */
  constructor(...given: Given<NanGuardOptions, NanGuardPositions>) {
    const options = optional<NanGuardOptions>("NanGuardMode", optionNames, given);
    const { nanIsError, infIsError, bigIsError, optimizer = "default", linker = null } = options;
    const { nan_is_error, inf_is_error, big_is_error } = flags.NanGuardMode;
    const wanted = {
      nan: nanIsError ?? nan_is_error,
      inf: infIsError ?? inf_is_error,
      big: bigIsError ?? big_is_error,
    };
    if (!wanted.nan && !wanted.inf && !wanted.big) {
      raise("ValueError", "NanGuardMode has nothing to look for: set at least one of its options");
    }
    super({ linker, optimizer, runner: guardRunner(wanted) });
  }
}

function guardRunner(wanted: Wanted): Runner {
  const start = (values: ReadonlyMap<Variable, NDArray>): void => {
    for (const [variable, value] of values) guard(wanted, variable, value);
  };
  return {
    begin: () => ({
      features: [],
      executable: (parts) =>
        new NodeByNode(parts, {
          start,
          compute: (node, _, inputs, code) => {
            const results = code.run(inputs);
            if (hasValues(node)) {
              node.outputs.forEach((output, k) => guard(wanted, output, results[k]!));
            }
            return results;
          },
        }),
    }),
  };
}

function hasValues({ op }: Apply): boolean {
  return !isTensorOp(op) || op.kind !== "allocEmpty";
}

function guard(wanted: Wanted, variable: Variable, value: NDArray): void {
  if (variable.tag.nanGuardModeCheck === false) return;
  const found = [
    ...(wanted.nan && hasNan(value) ? ["NaN detected"] : []),
    ...(wanted.inf && hasInfinity(value) ? ["Inf detected"] : []),
    ...(wanted.big && largestMagnitude(value) > bigLimit ? ["Big value detected"] : []),
  ];
  if (found.length === 0) return;
  const text = [...found, ...placeText(variable), traceText(variable.tag.trace)].join("\n");
  if (flags.NanGuardMode.action === "warn") warn("ERROR (theano.compile.nanguardmode)", text);
  else raise("AssertionError", text);
}

function placeText({ owner }: Variable): string[] {
  if (owner === null) return ["NanGuardMode found an error in an input of the graph."];
  return [
    "NanGuardMode found an error in the output of a node in this variable:",
    `${debugprint(owner, { file: "str" })}`,
  ];
}
