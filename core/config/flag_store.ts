/**
 * @file The flags and their values: read from outside at the first look, changed by programs.
 *
 * Invariants:
 * - Nothing outside is read before the first look at a value, and then once.
 * - A flag that the outside does not name gets its default when it is looked at: most never are.
 * - A value has passed its flag's check. Defaults written in our own tables would pass it: tests see
 *   to that, not every start of a program.
 * - A program's value goes before THEANO_FLAGS, that before rc files, they before the default.
 * - A bad value outside is thrown once, at the first look. The flag has its default from then on,
 *   so that a program which caught the error goes on working.
 */

import { raise } from "../errors.ts";
import { warn } from "../host/warn.ts";
import {
  checkedValue,
  failUnknownFlag,
  type Flag,
  flagTitle,
  type FlagValue,
  pythonText,
} from "./flag.ts";
import { parseFlags, RcValues } from "./parse.ts";
import type { FlagSources } from "./sources.ts";

/** A value, and where it comes from: `default`, `environment`, an rc file's path or `program`. */
export interface FlagState {
  /** The value. */
  readonly value: FlagValue;
  /** Where it comes from. */
  readonly origin: string;
}

interface Outside {
  readonly environment: ReadonlyMap<string, string>;
  readonly rc: RcValues;
}

/** A set of flags with their values. */
export class FlagStore {
  readonly #flags = new Map<string, Flag>();
  readonly #states = new Map<string, FlagState>();
  readonly #readSources: () => FlagSources;
  readonly #onChange: ((name: string, value: FlagValue) => void)[] = [];
  #outside: Outside | undefined;

  /**
   * Nothing is read yet.
   *
   * @param flags The flags.
   * @param readSources Reads what the outside says; called once, at the first look at a value.
   */
  constructor(flags: readonly Flag[], readSources: () => FlagSources) {
    for (const flag of flags) this.#flags.set(flag.name, flag);
    this.#readSources = readSources;
  }

  /** The names of all flags, in the order in which they were defined. */
  names(): string[] {
    return [...this.#flags.keys()];
  }

  /** Whether there is a flag of that full name. */
  has(name: string): boolean {
    return this.#flags.has(name);
  }

  /** Whether there are flags whose full names begin like this. */
  hasAny(prefix: string): boolean {
    for (const name of this.#flags.keys()) if (name.startsWith(prefix)) return true;
    return false;
  }

  /**
   * A flag's record.
   *
   * @param name Its full name.
   * @throws {KeyError} If there is none of that name.
   */
  flag(name: string): Flag {
    return this.#flags.get(name) ?? failUnknownFlag(name, this.#flags.keys());
  }

  /**
   * A flag's value and where it comes from.
   *
   * @param name Its full name.
   * @throws {KeyError} If there is none of that name.
   * @throws {ValueError} At the first look, if the outside gives some flag a bad value.
   */
  state(name: string): FlagState {
    this.load();
    return this.#settle(this.flag(name));
  }

  /**
   * Gives a flag a value.
   *
   * @param name Its full name.
   * @param value The value.
   * @throws {ValueError} If the flag cannot have it.
   * @throws {RuntimeError} If the flag can be set from outside only.
   */
  set(name: string, value: FlagValue): void {
    const flag = this.flag(name);
    this.load();
    if (flag.readOnly) {
      raise(
        "RuntimeError",
        "Can't change the value of this config parameter after initialization!",
      );
    }
    // Defaults follow from what other flags are at first, not from what a program makes of them.
    for (const other of this.#flags.values()) if (isDerived(other)) this.#settle(other);
    this.#keep(name, { value: checkedValue(flag, value), origin: "program" });
  }

  /**
   * Puts back a value and origin that {@linkcode FlagStore.state} gave.
   *
   * @param name Full name of the flag.
   * @param state What to put back.
   */
  restore(name: string, state: FlagState): void {
    this.#keep(name, state);
  }

  /**
   * Adds a flag. The outside may already have a value for it.
   *
   * @param flag Its record.
   * @throws {AttributeError} If the name is taken, by a flag or a section.
   * @throws {ValueError} If its default or the value outside is bad; then it is not added.
   */
  define(flag: Flag): void {
    const { name } = flag;
    const isTaken = this.names().some((other) =>
      other === name || other.startsWith(`${name}.`) || name.startsWith(`${other}.`)
    );
    if (isTaken) raise("AttributeError", `This name is already taken: ${name}`);
    this.load();
    const initial = this.#initial(flag);
    const state = { ...initial, value: checkedValue(flag, initial.value) };
    this.#flags.set(name, flag);
    this.#keep(name, state);
  }

  /**
   * Calls a function with each value that is known, with each that gets known, and with each change.
   *
   * @param listener Gets a full name and a value.
   */
  onChange(listener: (name: string, value: FlagValue) => void): void {
    this.#onChange.push(listener);
    for (const [name, { value }] of this.#states) listener(name, value);
  }

  /**
   * Reads the outside, if that has not been done.
   *
   * @throws {ValueError} If the outside gives some flag a bad value.
   * @throws {SyntaxError} If the outside cannot be read as flags.
   */
  load(): void {
    if (this.#outside !== undefined) return;
    const errors: unknown[] = [];
    const attempt = (action: () => void): boolean => {
      try {
        action();
        return true;
      } catch (error) {
        errors.push(error);
        return false;
      }
    };
    for (const flag of this.#readOutside(attempt)) {
      const isGood = attempt(() => this.#settle(flag));
      if (!isGood) this.#keep(flag.name, { value: this.#fallback(flag), origin: "default" });
    }
    const [first, ...others] = errors;
    for (const error of others) warn("TheanoConfigWarning", (error as Error).message);
    if (first !== undefined) throw first;
  }

  /** Reads the outside; the flags that it names, and those that may follow from these. */
  #readOutside(attempt: (action: () => void) => boolean): Iterable<Flag> {
    const sources = this.#readSources();
    let environment: ReadonlyMap<string, string> = new Map();
    const rc = new RcValues(sources.variables);
    attempt(() => {
      environment = parseFlags(
        sources.flagsText,
        (text) => warn("TheanoConfigWarning", text),
      );
    });
    for (const { path, text } of sources.rcFiles) attempt(() => rc.read(text, path));
    this.#outside = { environment, rc };
    if (environment.size === 0 && sources.rcFiles.length === 0) return [];
    const isNamed = (name: string): boolean => environment.has(name) || rc.get(name) !== undefined;
    return [...this.#flags.values()].filter((flag) => isNamed(flag.name) || isDerived(flag));
  }

  /** Gives a flag its first value, unless somebody already asked for it. */
  #settle(flag: Flag): FlagState {
    const known = this.#states.get(flag.name);
    if (known !== undefined) return known;
    const state = this.#initial(flag);
    this.#keep(flag.name, state);
    return state;
  }

  #initial(flag: Flag): FlagState {
    const { environment, rc } = this.#outside!;
    const text = environment.get(flag.name);
    if (text !== undefined) return { value: checkedValue(flag, text), origin: "environment" };
    const option = rc.get(flag.name);
    if (option !== undefined) {
      return { value: checkedValue(flag, option.text), origin: option.file };
    }
    return { value: this.#default(flag), origin: "default" };
  }

  #default(flag: Flag): FlagValue {
    if (!isDerived(flag)) return flag.default;
    const derive = flag.default as (get: (name: string) => FlagValue) => FlagValue;
    return checkedValue(flag, derive((name) => this.#settle(this.flag(name)).value));
  }

  /** A value for a flag whose own is bad: its default, or no text where even that cannot be had. */
  #fallback(flag: Flag): FlagValue {
    try {
      return this.#default(flag);
    } catch {
      return "";
    }
  }

  #keep(name: string, state: FlagState): void {
    this.#states.set(name, state);
    for (const listener of this.#onChange) listener(name, state.value);
  }

  /** Names of THEANO_FLAGS that are no flags: kept, since a program may define them later. */
  unknownNames(): string[] {
    this.load();
    return [...this.#outside!.environment.keys()].filter((name) => !this.#flags.has(name));
  }

  /**
   * What a compiled function depends on, as `name = value` lines sorted by name. A flag with the
   * default that its record names goes without saying.
   */
  hashText(): string {
    this.load();
    const mayDiffer = (flag: Flag): boolean =>
      isDerived(flag) || (this.#states.get(flag.name)?.value ?? flag.default) !== flag.default;
    return [...this.#flags.values()]
      .filter((flag) => flag.inCacheKey && mayDiffer(flag))
      .map(({ name }) => `${name} = ${this.valueText(name)}`)
      .sort()
      .join("\n");
  }

  /**
   * A flag's value as Python prints it.
   *
   * @param name Its full name.
   */
  valueText(name: string): string {
    return pythonText(this.state(name).value, this.flag(name).type);
  }

  /**
   * The table of all flags, as Theano prints it.
   *
   * @param showOrigin Whether to add a line that says where each value comes from.
   */
  table(showOrigin = false): string {
    return this.names().map((name) => {
      const flag = this.flag(name);
      const lines = [
        flagTitle(flag),
        `    Doc:  ${flag.doc}`,
        `    Value:  ${this.valueText(name)}`,
      ];
      if (showOrigin) lines.push(`    Origin:  ${this.state(name).origin}`);
      return `${lines.join("\n")}\n\n`;
    }).join("");
  }
}

/** Whether a flag's default follows from other flags, the environment or the machine. */
function isDerived(flag: Flag): boolean {
  return typeof flag.default === "function";
}
