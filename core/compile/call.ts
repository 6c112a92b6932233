/**
 * @file One call of a compiled function: values in, program run, results out.
 *
 * The path of a call whose arguments are all given by position is straight: no array but that of the
 * arguments is made, and what depends on the types of inputs was decided before.
 */

import type { NDArray } from "../array/ndarray.ts";
import type { Storage } from "../array/storage.ts";
import { raise } from "../errors.ts";
import type { Executable } from "../kernel/target.ts";
import { keptValue } from "../tensor/host_type.ts";
import type { SharedVariable } from "../tensor/shared.ts";
import { badInput, Converter, namesInputs, sortArguments } from "./arguments.ts";
import type { Built } from "./build.ts";
import { explain } from "./failure.ts";
import type { InputSlot } from "./inputs.ts";
import type { In, Outputs } from "./io.ts";

/** What calls are made of. */
export interface CallParts {
  /** Gives the function's name. */
  readonly name: () => string;
  readonly slots: readonly InputSlot[];
  readonly form: Outputs["form"];
  /** The shared variables, states included. */
  readonly shared: readonly SharedVariable[];
  readonly built: Pick<Built, "executable" | "graph" | "spec">;
}

/** A state that a call gives a value. */
interface GivenState {
  readonly storage: Storage;
  readonly value: NDArray;
  /** Which input it is. */
  readonly i: number;
}

/** Runs a compiled function. */
export class Caller {
  /** What it is made of. */
  readonly parts: CallParts;
  /** The inputs, in order. */
  readonly inputs: readonly In[];
  /** Whether arguments are taken as they are, unchecked. */
  trustInput: boolean = false;
  readonly #executable: Executable;
  readonly #storages: readonly Storage[];
  readonly #converters: readonly Converter[];
  readonly #defaults: (NDArray | undefined)[];
  readonly #hasStates: boolean;
  readonly #isSingle: boolean;
  /** States that were never given a value. */
  readonly #unset = new Set<number>();

  /**
   * Prepares calls.
   *
   * @param parts What they are made of.
   */
  constructor(parts: CallParts) {
    const { slots, shared, built, form } = parts;
    this.parts = parts;
    this.inputs = slots.map(({ input }) => input);
    this.#executable = built.executable;
    this.#storages = shared.map(({ storage }) => storage);
    this.#converters = this.inputs.map((input) => new Converter(input));
    this.#hasStates = slots.some(({ state }) => state >= 0);
    this.#isSingle = form === "one";
    this.#defaults = slots.map(({ input, state }, i) => {
      if (state >= 0 && input.value === undefined) this.#unset.add(i);
      return state >= 0 || input.value === undefined
        ? undefined
        : this.#converters[i]!.convert(input.value);
    });
  }

  /**
   * Calls the function.
   *
   * @param given The arguments, the last of which may name inputs.
   * @returns The results, in the form asked for.
   */
  call(given: readonly unknown[]): unknown {
    const count = this.#converters.length;
    const isPlain = given.length === count && !this.#hasStates &&
      (count === 0 || !namesInputs(given[count - 1]));
    if (!isPlain) return this.#callSorted(given);
    const results = this.#run(this.#converted(given));
    return this.#isSingle ? results[0] : this.#formed(results);
  }

  /**
   * Calls the function without blocking while a device computes.
   *
   * @param given The arguments, the last of which may name inputs.
   * @returns The results, in the form asked for.
   */
  async callLater(given: readonly unknown[]): Promise<unknown> {
    const executable = this.#executable;
    if (executable.runLater === undefined) return this.call(given);
    const { args, states } = this.#sorted(given);
    const putBack = this.#enterStates(states);
    try {
      const results = await executable.runLater(args, this.#storages);
      for (const { i } of states) this.#unset.delete(i);
      return this.#isSingle ? results[0] : this.#formed(results);
    } catch (error) {
      putBack();
      return this.#explain(error, args);
    }
  }

  /** The value that an input has where a call gives none, or the state it holds. */
  valueAt(i: number): NDArray | undefined {
    const { state } = this.parts.slots[i]!;
    if (state < 0) return this.#defaults[i];
    return this.#unset.has(i) ? undefined : keptValue(this.#storages[state]!.read());
  }

  /** Changes the value that an input has where a call gives none, or the state it holds. */
  setValueAt(i: number, value: unknown): void {
    const array = keptValue(this.#convert(i, value));
    const { state } = this.parts.slots[i]!;
    if (state < 0) this.#defaults[i] = array;
    else {
      this.#storages[state]!.write(array);
      this.#unset.delete(i);
    }
  }

  /** Whether a state was never given a value. */
  isUnset(i: number): boolean {
    return this.#unset.has(i);
  }

  #run(args: readonly NDArray[]): NDArray[] {
    try {
      return this.#executable.run(args, this.#storages);
    } catch (error) {
      return this.#explain(error, args);
    }
  }

  #explain(error: unknown, args: readonly NDArray[]): never {
    const { graph, spec } = this.parts.built;
    return explain(error, { graph, spec, args, shared: this.#storages });
  }

  #converted(given: readonly unknown[]): NDArray[] {
    if (this.trustInput) return given as NDArray[];
    const count = given.length;
    const args = new Array<NDArray>(count);
    let i = 0;
    try {
      for (; i < count; i++) args[i] = this.#converters[i]!.convert(given[i]);
    } catch (error) {
      badInput(this.parts.name(), this.inputs[i]!, i, error);
    }
    return args;
  }

  #convert(i: number, value: unknown): NDArray {
    try {
      return this.#converters[i]!.convert(value);
    } catch (error) {
      return badInput(this.parts.name(), this.inputs[i]!, i, error);
    }
  }

  /** A call that leaves inputs to their defaults, names some, or gives states. */
  #callSorted(given: readonly unknown[]): unknown {
    const { args, states } = this.#sorted(given);
    const results = this.#runWithStates(args, states);
    return this.#isSingle ? results[0] : this.#formed(results);
  }

  /** What a call gives, by input: arguments, and new values of states. */
  #sorted(given: readonly unknown[]): { args: NDArray[]; states: GivenState[] } {
    const values = sortArguments(this.inputs, given);
    const args: NDArray[] = [];
    const states: GivenState[] = [];
    this.parts.slots.forEach(({ state, input }, i) => {
      const value = values[i];
      const isAbsent = value === undefined;
      if (isAbsent && (state >= 0 ? this.#unset.has(i) : this.#defaults[i] === undefined)) {
        raise("TypeError", `Missing required input: ${input.variable}`);
      }
      const array = isAbsent ? this.#defaults[i] : this.#convert(i, value);
      if (state < 0) args.push(array!);
      else if (!isAbsent) {
        states.push({ storage: this.#storages[state]!, value: keptValue(array!), i });
      }
    });
    return { args, states };
  }

  /** Runs with given states; they are put back if the call fails. */
  #runWithStates(args: readonly NDArray[], states: readonly GivenState[]): NDArray[] {
    const putBack = this.#enterStates(states);
    try {
      const results = this.#run(args);
      for (const { i } of states) this.#unset.delete(i);
      return results;
    } catch (error) {
      putBack();
      throw error;
    }
  }

  /** Gives states their values; what it returns puts the old ones back. */
  #enterStates(states: readonly GivenState[]): () => void {
    const before = states.map(({ storage }) => keptValue(storage.read()));
    for (const { storage, value } of states) storage.write(value);
    return () => states.forEach(({ storage }, k) => storage.write(before[k]!));
  }

  #formed(results: readonly NDArray[]): unknown {
    const { form } = this.parts;
    if (typeof form === "string") return results;
    return Object.fromEntries(form.map((key, k) => [key, results[k]!]));
  }
}
