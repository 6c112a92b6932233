/**
 * @file `theano.clone`: graphs with variables replaced, as users write them.
 */

import { raise } from "../errors.ts";
import { cloneReplace } from "../graph/clone.ts";
import { Variable } from "../graph/variable.ts";
import { type Given, optional } from "./arguments.ts";

/** What to replace by what: variables, or values, which become constants of the old one's type. */
export type CloneReplacements =
  | ReadonlyMap<Variable, unknown>
  | readonly (readonly [Variable, unknown])[];

/** Options of {@linkcode clone}. */
export interface CloneGraphOptions {
  /** What to replace by what, all at once: what replaces is not itself searched. */
  readonly replace?: CloneReplacements | null;
  /** Whether what replaces a variable must have its type, or convert to it; true if left out. */
  readonly strict?: boolean;
  /** Whether roots, shared variables too, are kept rather than copied; true if left out. */
  readonly shareInputs?: boolean;
}

/** What {@linkcode clone} takes after the graph. */
export type GivenCloneOptions = Given<
  CloneGraphOptions,
  [replace?: CloneReplacements | null, strict?: boolean, shareInputs?: boolean]
>;

/**
 * A variable with others replaced. Theano: `theano.clone`.
 *
 * Shapes: the variable's, unless `strict` is false.
 * Dtypes: the variable's, unless `strict` is false.
 *
 * @param output A variable.
 * @param given What to replace by what, and how.
 * @returns What the variable became.
 * @throws {TypeError} If `strict` and a replacement has another type.
 * @throws {ValueError} If `replace` is no map and no list of pairs.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const { tensor: T } = theano;
 * const [x, y] = [T.dscalar("x"), T.dscalar("y")];
 * const z = theano.clone(x.mul(2).add(1), { replace: new Map([[x, y.add(3)]]) });
 * assert.equal(theano.function([y], z)(4).item(), 15);
 * ```
 */
export function clone<V extends Variable>(output: V, ...given: GivenCloneOptions): V;
/** Several variables with others replaced, at once. */
export function clone<V extends Variable>(outputs: readonly V[], ...given: GivenCloneOptions): V[];
export function clone(
  outputs: Variable | readonly Variable[],
  ...given: GivenCloneOptions
): Variable | Variable[] {
  const names = ["replace", "strict", "shareInputs"] as const;
  const { replace, ...options } = optional<CloneGraphOptions>("clone", names, given);
  const list: readonly Variable[] = outputs instanceof Variable ? [outputs] : outputs;
  const made = cloneReplace(list, pairsOf(replace ?? []), options);
  return outputs instanceof Variable ? made[0]! : made;
}

function pairsOf(replace: unknown): [Variable, Variable][] {
  if (!(replace instanceof Map) && !Array.isArray(replace)) {
    raise(
      "ValueError",
      "replace is neither a dictionary, list, tuple or None ! The value provided is " +
        `${String(replace)},of type ${typeof replace}`,
    );
  }
  return [...replace as Iterable<readonly [unknown, unknown]>].map(([old, value]) => {
    if (!(old instanceof Variable)) {
      return raise("TypeError", `given keys must be Variable, not ${String(old)}`);
    }
    return [old, value instanceof Variable ? value : old.type.makeConstant(value)];
  });
}
