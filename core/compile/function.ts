/**
 * @file `theano.function`: from variables to something that can be called, top to bottom.
 */

import type { GpuArray } from "../array/gpu_array.ts";
import type { NDArray } from "../array/ndarray.ts";
import { Storage } from "../array/storage.ts";
import { creationTrace } from "../graph/trace.ts";
import type { Variable } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import type { GpuVariable } from "../tensor/gpu_type.ts";
import { type SharedVariable, TensorSharedVariable } from "../tensor/shared.ts";
import type { NoDefaultUpdates, Pairs } from "../tensor/updates.ts";
import { build, type Built } from "./build.ts";
import { Caller } from "./call.ts";
import { callable, type CompiledFunction, swapped, type Variant } from "./executable.ts";
import { collect, type Collected, type GraphOptions, type OnUnusedInput } from "./inputs.ts";
import type { InputLike, Out, OutputLike } from "./io.ts";
import type { Mode } from "./mode.ts";
import { getMode } from "./modes.ts";
import { type ProfileChoice, profileOf, type ProfileStats } from "./profile.ts";

/** Options of {@linkcode compileFunction}. */
export interface FunctionOptions extends GraphOptions {
  /** How to optimise and run it: a mode or its name; by default the flag `mode`. */
  readonly mode?: string | Mode | null;
  /** Whether the graph may overwrite values already. */
  readonly acceptInplace?: boolean;
  /** Its name in profiles and errors; by default the file and line of the caller. */
  readonly name?: string | null;
  /**
   * Whether to time it: true, a text for the profile, or a profile to fill; by default the flag
   * `profile`.
   */
  readonly profile?: ProfileChoice;
}

/** The positions of {@linkcode FunctionOptions}. */
export type FunctionPositions = [
  mode?: string | Mode | null,
  updates?: Pairs<SharedVariable, unknown> | null,
  givens?: Pairs<Variable, unknown> | null,
  noDefaultUpdates?: NoDefaultUpdates,
  acceptInplace?: boolean,
  name?: string | null,
  rebuildStrict?: boolean,
  allowInputDowncast?: boolean | null,
  profile?: ProfileChoice,
  onUnusedInput?: OnUnusedInput | null,
];

const optionNames = [
  "mode",
  "updates",
  "givens",
  "noDefaultUpdates",
  "acceptInplace",
  "name",
  "rebuildStrict",
  "allowInputDowncast",
  "profile",
  "onUnusedInput",
] as const;

/** Options by name or position. */
export type GivenFunctionOptions = Given<FunctionOptions, FunctionPositions>;

/**
 * A function that computes one variable that stays on the device, and returns its handle.
 *
 * @param inputs What calls give.
 * @param outputs What is computed, transferred to the device.
 * @param given Updates, givens, mode and rules.
 */
export function compileFunction(
  inputs: readonly InputLike[],
  outputs: GpuVariable | Out<GpuVariable>,
  ...given: GivenFunctionOptions
): CompiledFunction<GpuArray>;
/**
 * A function that computes one variable and returns its value.
 *
 * The second argument is always the outputs; `[]` or null for a function that only updates.
 *
 * Theano: `theano.function`.
 *
 * @param inputs What calls give: variables, or `In`s with names and defaults.
 * @param outputs What is computed.
 * @param given Updates, givens, mode and rules.
 * @returns The function: see {@linkcode CompiledFunction}.
 * @throws {MissingInputError} If a value is needed that no input gives.
 * @throws {UnusedInputError} If an input is not needed.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const [x, y] = theano.tensor.dscalars("x", "y");
 * const f = theano.function([x!, y!], x!.add(y!));
 * assert.equal(f(2, 3).item(), 5);
 * ```
 */
export function compileFunction(
  inputs: readonly InputLike[],
  outputs: Variable | Out,
  ...given: GivenFunctionOptions
): CompiledFunction<NDArray>;
/**
 * A function that computes several variables that stay on the device, and returns their handles.
 *
 * @param inputs What calls give.
 * @param outputs What is computed, each transferred to the device.
 * @param given Updates, givens, mode and rules.
 */
export function compileFunction(
  inputs: readonly InputLike[],
  outputs: readonly [
    GpuVariable | Out<GpuVariable>,
    ...(GpuVariable | Out<GpuVariable>)[],
  ],
  ...given: GivenFunctionOptions
): CompiledFunction<GpuArray[]>;
/**
 * A function that computes several variables, or none, and returns their values in an array.
 *
 * @param inputs What calls give.
 * @param outputs What is computed; null for nothing.
 * @param given Updates, givens, mode and rules.
 */
export function compileFunction(
  inputs: readonly InputLike[],
  outputs?: readonly OutputLike[] | null,
  ...given: GivenFunctionOptions
): CompiledFunction<NDArray[]>;
/**
 * A function that computes several variables and returns their values under the same keys.
 *
 * @param inputs What calls give.
 * @param outputs What is computed, by key.
 * @param given Updates, givens, mode and rules.
 */
export function compileFunction<K extends string>(
  inputs: readonly InputLike[],
  outputs: Readonly<Record<K, OutputLike>>,
  ...given: GivenFunctionOptions
): CompiledFunction<Record<K, NDArray>>;
export function compileFunction(
  inputs: unknown,
  outputs?: unknown,
  ...given: readonly unknown[]
): CompiledFunction {
  const options = optional<FunctionOptions>("function", optionNames, given);
  const mode = getMode(options.mode);
  const collected = collect(inputs, outputs, options);
  const trace = options.name ? undefined : creationTrace();
  const name = (): string => options.name ?? placeName(trace);
  const profile = profileOf(options.profile, name);
  return compiled(collected, {
    mode,
    name,
    acceptInplace: options.acceptInplace ?? false,
    profile,
  });
}

/** What a function is, besides its graph. */
interface Making {
  readonly mode: Mode;
  readonly name: () => string;
  readonly acceptInplace: boolean;
  readonly profile: ProfileStats | undefined;
}

/** Builds a graph, and times that if it is profiled. */
function timedBuild(collected: Collected, making: Making): Built {
  const { mode, profile } = making;
  const start = performance.now();
  const built = build(collected, { ...making, runner: mode.runner ?? profile?.runner() });
  if (profile) profile.compileTime += (performance.now() - start) / 1000;
  return built;
}

/** Builds a collected graph and makes it callable. */
function compiled<Results>(
  collected: Collected,
  making: Making,
  built: Built = timedBuild(collected, making),
): CompiledFunction<Results> {
  const { mode, name, acceptInplace, profile } = making;
  const { slots, shared, outputs: { list, form } } = collected;
  const states = new Set(slots.map(({ state }) => shared[state]));
  const caller = new Caller({ name, slots, form, shared, built });
  const variant = (change: Variant): CompiledFunction<NDArray[]> => {
    const changed = varied(collected, change);
    const other = profileOf(change.profile ?? false, change.name);
    const isSame = change.outputs === undefined && !change.deleteUpdates && !profile && !other;
    const same = isSame ? { ...built, executable: built.another() } : undefined;
    return compiled(changed, { mode, name: change.name, acceptInplace, profile: other }, same);
  };
  return callable({
    caller,
    name,
    outputs: list,
    mode,
    profile,
    shared: shared.filter((variable) => !states.has(variable)),
    variant,
  });
}

/** A collected graph with fewer outputs or updates, other shared variables, and states of its own. */
function varied(collected: Collected, { outputs, deleteUpdates, swap }: Variant): Collected {
  const { outputs: all, graphOutputs, updates, slots } = collected;
  const kept = outputs ?? [...all.list.keys()];
  const list = kept.map((k) => all.list[k]!);
  const keys = all.form;
  const form = typeof keys === "string" || outputs !== undefined ? "list" : keys;
  const results = kept.map((k) => graphOutputs[k]!);
  const news = deleteUpdates ? [] : graphOutputs.slice(all.list.length);
  const states = new Set(slots.map(({ state }) => state));
  return {
    ...collected,
    outputs: { list, form },
    graphOutputs: [...results, ...news],
    updates: deleteUpdates ? [] : updates,
    shared: swapped(collected.shared, swap).map((variable, i) =>
      states.has(i) && outputs === undefined ? stateCopy(variable) : variable
    ),
  };
}

/** A state with the same value in a place of its own. */
function stateCopy(state: SharedVariable): SharedVariable {
  if (!(state instanceof TensorSharedVariable)) return state;
  return new TensorSharedVariable(state.type, new Storage(state.getValue()), state.name);
}

/** `file.ts:12` of a place in the user's code. */
function placeName(trace: readonly string[] | undefined): string {
  const where = trace?.[0]?.split(" in ")[0] ?? "";
  const [, file, line] = /([^/\\]+):(\d+):\d+$/.exec(where) ?? [];
  return file === undefined ? "function" : `${file}:${line}`;
}
