/**
 * @file What becomes of shared variables: explicit updates, default updates, and pair lists.
 */

import { describe, raise } from "../errors.ts";
import { inputs as rootsOf } from "../graph/traverse.ts";
import { Variable } from "../graph/variable.ts";
import { integerHint, isShared, type SharedVariable } from "./shared.ts";

/** Pairs as users give them: in an array, or a map. */
export type Pairs<K, V> = readonly (readonly [K, V])[] | ReadonlyMap<K, V>;

/** Which default updates are left out: all, none, or those of some variables. */
export type NoDefaultUpdates = boolean | readonly Variable[];

/** A shared variable and what it becomes. */
export type Update = readonly [target: SharedVariable, value: Variable];

/**
 * A pair list as an array.
 *
 * @param given What the user wrote, if anything.
 * @param option The option, for the message.
 * @throws {ValueError} If it is not a map or an array of pairs.
 */
export function pairsOf(given: unknown, option: string): (readonly [unknown, unknown])[] {
  if (given === undefined || given === null) return [];
  if (given instanceof Map) return [...given];
  const isPairs = Array.isArray(given) &&
    given.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (isPairs) return given;
  return raise(
    "ValueError",
    `The ${option} parameter must be an OrderedDict/dict or a list of lists/tuples with 2 ` +
      "elements",
  );
}

/**
 * The explicit updates, checked.
 *
 * @param given What the user wrote.
 * @returns Pairs of a shared variable and a variable of its type.
 * @throws {TypeError} If a target is no shared variable or a value has another type.
 * @throws {ValueError} If a variable is updated twice.
 */
export function explicitUpdates(given: unknown): Update[] {
  const updates = new Map<SharedVariable, Variable>();
  for (const [target, value] of pairsOf(given, "updates")) {
    if (!isShared(target)) {
      const what = target instanceof Variable ? String(target) : describe(target);
      return raise("TypeError", `update target must be a SharedVariable: ${what}`);
    }
    const before = updates.get(target);
    if (before !== undefined) {
      raise(
        "ValueError",
        `this shared variable already has an update expression: (${target}, ${before})`,
      );
    }
    updates.set(target, updateValue(target, value));
  }
  return [...updates];
}

/**
 * What a shared variable becomes, as a variable of its type.
 *
 * @param target The shared variable.
 * @param value A variable of its type, or a plain value that fits it.
 * @throws {TypeError} If the type differs or the value does not fit.
 */
export function updateValue(target: SharedVariable, value: unknown): Variable {
  if (!(value instanceof Variable)) {
    return target.type.makeConstant(target.type.filter(value));
  }
  if (value.type.equals(target.type)) return value;
  const hint = integerHint(target);
  return raise(
    "TypeError",
    `An update must have the same type as the original shared variable (shared_var=${target}, ` +
      `shared_var.type=${target.type}, update_val=${value}, update_val.type=${value.type}). If the ` +
      "difference is related to the broadcast pattern, you can call the " +
      "tensor.unbroadcast(var, axis_to_unbroadcast[, ...]) function to remove broadcastable " +
      `dimensions.${hint === undefined ? "" : `\n${hint}`}`,
  );
}

/**
 * Whether a shared variable's default update applies.
 *
 * @param option The option `noDefaultUpdates`.
 * @throws {TypeError} If the option is neither a boolean nor a list.
 */
export function defaultsWanted(option: unknown = false): (target: SharedVariable) => boolean {
  if (typeof option === "boolean") return () => !option;
  if (!Array.isArray(option)) {
    return raise("TypeError", "no_default_update should be either a boolean or a list");
  }
  const excluded = new Set<unknown>(option);
  return (target) => !excluded.has(target);
}

/**
 * Adds the default updates of every shared variable met, those that their own values need included.
 *
 * @param results The outputs.
 * @param updates The updates so far; default ones are added.
 * @param stops Where to stop.
 * @param defaultOf The default update that applies, rebuilt.
 * @returns All shared variables of the graph.
 */
export function addDefaults(
  results: readonly Variable[],
  updates: Update[],
  stops: readonly Variable[],
  defaultOf: (target: SharedVariable) => Variable | undefined,
): SharedVariable[] {
  const targets = new Set(updates.map(([target]) => target));
  const found = new Set<SharedVariable>();
  let waiting: readonly Variable[] = [...results, ...updates.map(([, value]) => value)];
  while (waiting.length > 0) {
    const added: Variable[] = [];
    for (const target of sharedIn(waiting, stops)) {
      if (found.has(target)) continue;
      found.add(target);
      if (targets.has(target)) continue;
      const value = defaultOf(target);
      if (value === undefined) continue;
      targets.add(target);
      updates.push([target, value]);
      added.push(value);
    }
    waiting = added;
  }
  for (const target of targets) found.add(target);
  return [...found];
}

/**
 * The shared variables that some variables are computed from, in the order met.
 *
 * @param variables The variables.
 * @param blockers Where to stop.
 */
function sharedIn(
  variables: readonly Variable[],
  blockers: readonly Variable[],
): SharedVariable[] {
  return rootsOf(variables, blockers).filter(isShared);
}
