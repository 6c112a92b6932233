/**
 * @file Compiled functions: what `theano.function` returns.
 */

import type { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import type { FunctionGraph } from "../graph/function_graph.ts";
import type { Variable } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { isShared, type SharedVariable } from "../tensor/shared.ts";
import { type Pairs, pairsOf } from "../tensor/updates.ts";
import { inputAt } from "./arguments.ts";
import type { Caller } from "./call.ts";
import type { In, Out } from "./io.ts";
import type { Mode } from "./mode.ts";
import type { ProfileChoice, ProfileStats } from "./profile.ts";

/** How a compiled function was made. */
export interface Maker {
  /** The optimised graph. */
  readonly fgraph: FunctionGraph;
  /** The inputs, in order. */
  readonly inputs: readonly In[];
  /** The outputs, in order. */
  readonly outputs: readonly Out[];
  /** How it was optimised and what runs it. */
  readonly mode: Mode;
}

/** The values that inputs have in calls that give none, by name, variable or position. */
export interface InputValues {
  /** The value of an input; undefined if it has none. */
  get(input: string | number | Variable): NDArray | undefined;
  /** Changes the value of an input. */
  set(input: string | number | Variable, value: unknown): void;
}

/** Options of {@linkcode CompiledFunction.copy}. */
export interface CopyOptions {
  /** Whether both functions may use the same memory for intermediate values. */
  readonly shareMemory?: boolean;
  /** Shared variables with those that take their place. */
  readonly swap?: Pairs<SharedVariable, SharedVariable> | null;
  /** Whether the copy updates nothing. */
  readonly deleteUpdates?: boolean;
  /** The name of the copy; by default the old name and " copy". */
  readonly name?: string;
  /** Whether to time the copy: true, a text for the profile, or a profile to fill. */
  readonly profile?: ProfileChoice;
}

/** The positions of {@linkcode CopyOptions}. */
export type CopyPositions = [
  shareMemory?: boolean,
  swap?: Pairs<SharedVariable, SharedVariable> | null,
  deleteUpdates?: boolean,
  name?: string,
  profile?: ProfileChoice,
];

/** A compiled function. Theano: `theano.compile.Function`. */
export interface CompiledFunction<Results = unknown> extends Disposable {
  /**
   * Computes the outputs.
   *
   * @param args The inputs in order; a trailing plain object gives inputs by name. Those with a
   *   default may be left out.
   * @returns One array for one output, else arrays in an array or under the keys of the outputs.
   * @throws {TypeError} If an argument is missing, surplus or does not fit its input.
   */
  (...args: readonly unknown[]): Results;
  /** The same, without blocking while a device computes. */
  callAsync(...args: readonly unknown[]): Promise<Results>;
  /** Its name in profiles and errors. */
  readonly name: string;
  /** How it was made. */
  readonly maker: Maker;
  /** Its times, if it is profiled. */
  readonly profile: ProfileStats | undefined;
  /** The values that inputs have in calls that give none. */
  readonly value: InputValues;
  /** Whether arguments are taken as they are: arrays of the right dtype and number of axes. */
  trustInput: boolean;
  /**
   * The function without some outputs, which are then not computed; updates always are.
   *
   * @param outputs Positions or keys of the outputs to compute.
   */
  outputSubset(outputs: readonly (number | string)[]): CompiledFunction<NDArray[]>;
  /** Another function of the same graph. It returns an array even where this one returns one value. */
  copy(...given: Given<CopyOptions, CopyPositions>): CompiledFunction<NDArray[]>;
  /** The shared variables that are read or updated. */
  getShared(): SharedVariable[];
  /** Waits until shared variables have their new values, where a device computes them. */
  syncShared(): void;
  /** Gives back the memory of intermediate values; the next call takes it again. */
  free(): void;
}

/** What a function is made of, and how variants of it are made. */
export interface FunctionParts {
  readonly caller: Caller;
  readonly name: () => string;
  readonly outputs: readonly Out[];
  readonly mode: Mode;
  readonly profile: ProfileStats | undefined;
  /** The shared variables that the user knows. */
  readonly shared: readonly SharedVariable[];
  /** A function of the same graph with some outputs and updates, and other shared variables. */
  readonly variant: (change: Variant) => CompiledFunction<NDArray[]>;
}

/** How a variant of a function differs. */
export interface Variant {
  readonly name: () => string;
  /** Positions of the outputs that are kept; all by default. */
  readonly outputs?: readonly number[];
  readonly deleteUpdates?: boolean;
  readonly swap?: ReadonlyMap<SharedVariable, SharedVariable>;
  readonly profile?: ProfileChoice;
}

const copyNames = ["shareMemory", "swap", "deleteUpdates", "name", "profile"] as const;

/**
 * Makes the function that users call.
 *
 * @param parts What it is made of.
 */
export function callable<Results>(parts: FunctionParts): CompiledFunction<Results> {
  const { caller, name, mode, outputs, shared, profile } = parts;
  const { inputs } = caller;
  const { built } = caller.parts;
  const f = profile
    ? (...given: readonly unknown[]): unknown => profile.timeCall(() => caller.call(given))
    : (...given: readonly unknown[]): unknown => caller.call(given);
  const subsets = new Map<string, CompiledFunction<NDArray[]>>();
  const members = {
    callAsync: async (...given: readonly unknown[]): Promise<unknown> =>
      profile ? f(...given) : await caller.callLater(given),
    profile,
    maker: {
      inputs,
      outputs,
      mode,
      get fgraph(): FunctionGraph {
        return built.graph();
      },
    },
    value: valuesOf(caller),
    outputSubset: (wanted: readonly (number | string)[]): CompiledFunction<NDArray[]> => {
      const positions = wanted.map((one) => outputAt(parts, one));
      const known = subsets.get(String(positions)) ?? parts.variant({ name, outputs: positions });
      subsets.set(String(positions), known);
      return known;
    },
    copy: (...given: Given<CopyOptions, CopyPositions>): CompiledFunction<NDArray[]> => {
      const options = optional<CopyOptions>("copy", copyNames, given);
      return parts.variant({
        name: () => options.name ?? `${name()} copy`,
        deleteUpdates: options.deleteUpdates ?? false,
        swap: checkedSwap(shared, options.swap),
        profile: options.profile ?? false,
      });
    },
    getShared: (): SharedVariable[] => [...shared],
    syncShared: (): void => shared.forEach(({ storage }) => storage.sync()),
    free: (): void => built.executable.free(),
    [Symbol.dispose]: (): void => built.executable.free(),
  };
  Object.defineProperty(f, "name", { get: name, configurable: true });
  Object.defineProperty(f, "trustInput", {
    get: () => caller.trustInput,
    set: (trusts: boolean) => caller.trustInput = trusts,
  });
  return Object.assign(f, members) as unknown as CompiledFunction<Results>;
}

function valuesOf(caller: Caller): InputValues {
  return {
    get: (input) => caller.valueAt(inputAt(caller.inputs, input)),
    set: (input, value) => caller.setValueAt(inputAt(caller.inputs, input), value),
  };
}

function outputAt({ outputs, caller }: FunctionParts, wanted: number | string): number {
  const { form } = caller.parts;
  const at = typeof wanted === "number"
    ? wanted
    : typeof form === "string"
    ? -1
    : form.indexOf(wanted);
  if (outputs[at] === undefined) {
    raise("ValueError", `Cannot compute the output ${wanted}: there is no such output`);
  }
  return at;
}

function checkedSwap(
  shared: readonly SharedVariable[],
  given: unknown,
): ReadonlyMap<SharedVariable, SharedVariable> {
  const swap = new Map<SharedVariable, SharedVariable>();
  for (const [old, replacement] of pairsOf(given, "swap")) {
    if (!isShared(old) || !shared.includes(old)) {
      return raise("ValueError", `SharedVariable: ${isShared(old) ? old : String(old)} not found`);
    }
    if (!isShared(replacement) || !replacement.type.equals(old.type)) {
      return raise(
        "AssertionError",
        `Cannot swap ${old} (${old.type}) for ${replacement}: it is no shared variable of that type`,
      );
    }
    swap.set(old, replacement);
  }
  return swap;
}

/** The shared variables after a swap. */
export function swapped(
  shared: readonly SharedVariable[],
  swap: ReadonlyMap<SharedVariable, SharedVariable> | undefined,
): SharedVariable[] {
  return shared.map((variable) => swap?.get(variable) ?? variable);
}
