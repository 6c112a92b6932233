/**
 * @file How the turns of a loop are compiled, where the user says so. Modes and profiles lie layers
 * above: what knows them is bound late, by `mod.ts`.
 */

import type { NDArray } from "../array/ndarray.ts";
import { internal } from "../errors.ts";
import type { FunctionGraph } from "../graph/function_graph.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";

/** A mode or its name; null for that of the function around a loop. */
export type InnerMode = string | { readonly linker: string } | null;

/** Whether to time turns: true, a text for the profile, or a profile to fill. */
export type InnerProfile = boolean | string | { readonly fctCallcount: number } | null;

/** How turns are compiled. */
export type InnerFunction = RewrittenTurns | CompiledTurns;

/** Turns that are kernels of the function around, by rewrites of their own. */
export interface RewrittenTurns {
  readonly kind: "rewritten";
  /** Text that is equal where graphs become the same. */
  readonly key: string;
  /** Rewrites the graph of a turn. */
  readonly optimize: (graph: FunctionGraph) => void;
}

/** Turns that are a function of their own, which the host calls turn after turn. */
export interface CompiledTurns {
  readonly kind: "compiled";
  /** Text that is equal where graphs become the same and are run in the same way. */
  readonly key: string;
  /** Compiles the graph of a turn. */
  readonly compile: (
    label: string,
    inputs: readonly TensorVariable[],
    outputs: readonly TensorVariable[],
  ) => CompiledTurn;
}

/** A turn, compiled. */
export interface CompiledTurn {
  /** Computes the outputs from the values of the roots; the next call may overwrite them. */
  readonly call: (values: readonly NDArray[]) => readonly NDArray[];
  /** Runs all turns of a loop, and times that where turns are. */
  readonly around: <T>(loop: () => T) => T;
  /** How often and how long turns have run, where they are timed. */
  readonly times: () => TurnTimes | undefined;
}

/** How often and how long turns have run. */
export interface TurnTimes {
  readonly calls: number;
  /** Units: seconds. */
  readonly time: number;
}

/** Reads the options `mode` and `profile` of a loop; null where they say nothing. */
export type ReadInnerFunction = (
  mode: InnerMode | undefined,
  profile: InnerProfile | undefined,
) => InnerFunction | null;

let bound: ReadInnerFunction | undefined;

/** Binds what knows modes and profiles. Called by `mod.ts`, once. */
export function bindInnerFunctions(read: ReadInnerFunction): void {
  bound = read;
}

/**
 * How the turns of a loop are compiled.
 *
 * @param mode The option `mode`.
 * @param profile The option `profile`.
 * @returns Null for turns that are compiled as the function around them.
 * @throws {ValueError} If there is no mode of that name.
 * @throws {TypeError} If one of them is neither a name nor what it must be.
 */
export const innerFunctionOf: ReadInnerFunction = (mode, profile) => {
  if ((mode ?? null) === null && (profile ?? false) === false) return null;
  const read = bound ?? internal("compile the turns of a loop", "no modes are bound yet", "mod.ts");
  return read(mode, profile);
};
