/**
 * @file `theano.config`: flags as properties, and {@linkcode flags}, the bare values for hot paths.
 *
 * Nothing is read at import. The first look at any flag reads THEANO_FLAGS and the rc files.
 */

import { failUnknownFlag, type FlagValue } from "./flag.ts";
import { type FlagState, FlagStore } from "./flag_store.ts";
import { builtinFlags, type FlagValues } from "./flags.ts";
import type { ConfigParam } from "./params.ts";
import { readSources } from "./sources.ts";

/** Flags by their full names, with dots, and the values they are to have. */
export type FlagChanges = Readonly<Record<string, FlagValue>>;

/** Every flag as a property, sections as objects: `config.floatX`, `config.warn.round`. */
export interface Config extends FlagValues {
  /**
   * Sets flags while a function runs, and puts the old values back when it returns, throws, or
   * its promise settles. Scopes that overlap in time put back what each of them found.
   *
   * @param changes Full names and values.
   * @param action What to run.
   * @returns What `action` returns.
   * @throws {ValueError} If a flag cannot have its value; then none is changed.
   */
  changeFlags<T>(changes: FlagChanges, action: () => T): T;

  /**
   * Where a flag's value comes from: `default`, `environment`, an rc file's path or `program`.
   *
   * @param name The flag's full name.
   */
  origin(name: string): string;

  /** The table of all flags with their docs and values, as Theano prints it. */
  toString(): string;
}

/** The bare values of all flags: the sections' members cannot be set either. */
export type FlagSnapshot = { readonly [S in keyof FlagValues]: Readonly<FlagValues[S]> };

/**
 * An object whose properties are the flags of a store.
 *
 * @param store The flags.
 */
export function configOf(store: FlagStore): Config {
  const methods = {
    changeFlags: <T>(changes: FlagChanges, action: () => T): T =>
      changeFlagsOf(store, changes, action),
    origin: (name: string): string => store.state(name).origin,
    toString: (): string => store.table(),
    [Symbol.for("Deno.customInspect")]: (): string => store.table(),
  };
  return section(store, "", methods) as Config;
}

/**
 * The flags and sections under a full name's first part. A flag is looked up when it is read, so
 * making this costs nothing; and a name that is no flag is refused.
 */
function section(store: FlagStore, prefix: string, methods: object): object {
  const below = new Map<string, object>();
  const sectionAt = (key: string): object | undefined => {
    const path = `${prefix}${key}.`;
    if (!below.has(key) && store.hasAny(path)) below.set(key, section(store, path, {}));
    return below.get(key);
  };
  const valueOf = (key: string | symbol): unknown => {
    if (typeof key === "symbol") return undefined;
    return store.has(prefix + key) ? store.state(prefix + key).value : sectionAt(key);
  };
  return new Proxy(Object.create(methods), {
    get(target, key): unknown {
      const value = valueOf(key);
      return value === undefined ? Reflect.get(target, key) : value;
    },
    set(_, key, value): boolean {
      const name = prefix + String(key);
      if (!store.has(name)) failUnknownFlag(name, store.names());
      store.set(name, value);
      return true;
    },
    has: (target, key) => valueOf(key) !== undefined || key in target,
    ownKeys: () => keysUnder(store, prefix),
    getOwnPropertyDescriptor(_, key): PropertyDescriptor | undefined {
      const value = valueOf(key);
      return value === undefined
        ? undefined
        : { value, enumerable: true, configurable: true, writable: true };
    },
  });
}

/** The names of flags and sections under a prefix, each up to its next dot. */
function keysUnder(store: FlagStore, prefix: string): string[] {
  const names = store.names().filter((name) => name.startsWith(prefix));
  return [...new Set(names.map((name) => name.slice(prefix.length).split(".")[0]!))];
}

/**
 * The bare values of a store, as plain properties: a read costs what a property costs. The first
 * read of each asks the store, and the first of all reads the outside.
 *
 * @param store The flags.
 */
export function snapshotOf(store: FlagStore): FlagSnapshot {
  const sections = new Map<string, object>();
  const put = (name: string, value: unknown): void => {
    const at = name.lastIndexOf(".") + 1;
    const holder = sectionAt(name.slice(0, at));
    Object.defineProperty(holder, name.slice(at), { value, enumerable: true, configurable: true });
  };
  const sectionAt = (prefix: string): object => {
    const known = sections.get(prefix);
    if (known !== undefined) return known;
    // What an object does not have yet is asked of its prototype.
    const get = (_: object, key: string | symbol): unknown => {
      const name = prefix + String(key);
      if (store.has(name)) return store.state(name).value;
      return store.hasAny(`${name}.`) ? sectionAt(`${name}.`) : undefined;
    };
    const made: object = Object.create(new Proxy({}, { get }));
    sections.set(prefix, made);
    if (prefix !== "") put(prefix.slice(0, -1), made);
    return made;
  };
  store.onChange(put);
  return sectionAt("") as FlagSnapshot;
}

function changeFlagsOf<T>(store: FlagStore, changes: FlagChanges, action: () => T): T {
  const before = new Map<string, FlagState>();
  const restore = (): void => {
    for (const [name, state] of before) store.restore(name, state);
  };
  let result: T;
  try {
    for (const [name, value] of Object.entries(changes)) {
      const state = store.state(name);
      store.set(name, value);
      before.set(name, state);
    }
    result = action();
  } catch (error) {
    restore();
    throw error;
  }
  if (result instanceof Promise) return result.finally(restore) as T;
  restore();
  return result;
}

/** The flags of this process. */
export const flagStore: FlagStore = new FlagStore(builtinFlags(), readSources);

/** `theano.config`. Print it for the table of all flags; assign to a property to set one. */
export const config: Config = configOf(flagStore);

/** The values of all flags, for code that reads them often. Set them through {@linkcode config}. */
export const flags: FlagSnapshot = snapshotOf(flagStore);

/**
 * Sets flags while a function runs. Theano: `theano.change_flags`.
 *
 * @param changes Full names, with dots, and values.
 * @param action What to run; old values come back when it returns, throws or its promise settles.
 * @returns What `action` returns.
 * @throws {ValueError} If a flag cannot have its value; then none is changed.
 */
export function changeFlags<T>(changes: FlagChanges, action: () => T): T {
  return changeFlagsOf(flagStore, changes, action);
}

/** Options of {@linkcode addConfigVar}. */
export interface AddConfigVarOptions {
  /** Whether the key of a compiled function depends on it: yes, unless you are sure that not. */
  readonly inCKey?: boolean;
}

/**
 * Adds a flag to `config`. Theano: `theano.configparser.AddConfigVar`.
 *
 * @param name Its full name; dots make sections.
 * @param doc What it does.
 * @param param Its type, default and condition.
 * @param options Whether it enters the cache key.
 * @throws {AttributeError} If the name is taken.
 * @throws {ValueError} If the value in THEANO_FLAGS or an rc file is bad.
 */
export function addConfigVar(
  name: string,
  doc: string,
  param: ConfigParam,
  options: AddConfigVarOptions = {},
): void {
  flagStore.define({ ...param.row, name, doc, inCacheKey: options.inCKey ?? true });
}

/** Text of all flags a compiled function depends on, for the key of the compile cache. */
export function configHashText(): string {
  return flagStore.hashText();
}
