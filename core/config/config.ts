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
  const root = section(store, "", methods);
  const tree = new Map<string, object>([["", root]]);
  store.onDefine((name) => {
    const [parent, key] = parentOf(tree, name, (path) => section(store, path, {}));
    Object.defineProperty(parent, key, {
      get: () => store.state(name).value,
      set: (value: FlagValue) => store.set(name, value),
      enumerable: true,
    });
  });
  return root as Config;
}

/** An object that refuses names that are no flags, under a full name's first part. */
function section(store: FlagStore, path: string, methods: object): object {
  return new Proxy(Object.create(methods), {
    set(target, key, value, receiver): boolean {
      if (!(key in target)) {
        failUnknownFlag(path === "" ? String(key) : `${path}.${String(key)}`, store.names());
      }
      return Reflect.set(target, key, value, receiver);
    },
  });
}

/** The object that holds a flag, made with those above it if need be, and its key there. */
function parentOf(
  tree: Map<string, object>,
  name: string,
  make: (path: string) => object,
): readonly [parent: object, key: string] {
  const dot = name.lastIndexOf(".");
  const key = name.slice(dot + 1);
  const path = name.slice(0, Math.max(dot, 0));
  const known = tree.get(path);
  if (known !== undefined) return [known, key];
  const [above, pathKey] = parentOf(tree, path, make);
  const parent = make(path);
  Object.defineProperty(above, pathKey, { value: parent, enumerable: true });
  tree.set(path, parent);
  return [parent, key];
}

/**
 * The bare values of a store, as plain properties: a read costs what a property costs. The first
 * read of any of them reads the outside.
 *
 * @param store The flags.
 */
export function snapshotOf(store: FlagStore): FlagSnapshot {
  const unread: object = {};
  const root: object = Object.create(unread);
  const names = new Set(store.names().map((name) => name.split(".")[0]!));
  const fill = (): void => {
    const tree = new Map([["", root]]);
    store.onChange((name, value) => {
      const [parent, key] = parentOf(tree, name, () => ({}));
      Object.defineProperty(parent, key, { value, enumerable: true, configurable: true });
    });
  };
  for (const name of names) {
    Object.defineProperty(unread, name, {
      get: () => {
        store.load();
        fill();
        return Reflect.get(root, name);
      },
    });
  }
  return root as FlagSnapshot;
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
