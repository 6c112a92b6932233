/**
 * @file How functions take what has a default in Theano: one trailing options object, or positions.
 */

import { raise } from "../errors.ts";

/** Options in one object, by position in Theano's order, or some by position and the rest named. */
export type Given<Options, Positions extends readonly unknown[]> =
  | Positions
  | readonly [options: Options]
  | readonly [...positions: unknown[], options: Options];

/**
 * Sorts out defaulted arguments.
 *
 * The last argument is the options object if and only if its prototype is `Object.prototype` or null.
 * An option whose value is `undefined` counts as absent.
 *
 * @param name The function, for messages.
 * @param names The options in Theano's order.
 * @param given What followed the required arguments.
 * @returns The options by name.
 * @throws {TypeError} If there are surplus arguments, an unknown option, or one given twice.
 */
export function optional<Options extends object>(
  name: string,
  names: readonly (keyof Options & string)[],
  given: readonly unknown[],
): Options {
  const last = given.at(-1);
  const named = isOptions(last) ? last : {};
  const positions = isOptions(last) ? given.slice(0, -1) : given;
  if (positions.length > names.length) {
    raise(
      "TypeError",
      `${name}() got ${positions.length - names.length} surplus argument(s): ` +
        (names.length ? `the optional ones are ${names.join(", ")}` : "it has no optional ones"),
    );
  }
  const result: Record<string, unknown> = {};
  positions.forEach((value, i) => {
    if (value !== undefined) result[names[i]!] = value;
  });
  for (const [key, value] of Object.entries(named)) {
    checkKey(name, names, result, key);
    if (value !== undefined) result[key] = value;
  }
  checkKinds(result);
  return result as Options;
}

/**
 * Options whose kind is the same everywhere, checked here so that `xs.map(max)`, which gives an index
 * and the list itself by position, fails instead of meaning something.
 */
const kinds: Readonly<Record<string, { readonly type: string; readonly refusal: string }>> = {
  keepdims: { type: "boolean", refusal: "keepdims must be true or false!" },
  name: { type: "string", refusal: "name must be a string!" },
};

function checkKinds(options: Readonly<Record<string, unknown>>): void {
  for (const [key, { type, refusal }] of Object.entries(kinds)) {
    const value = options[key];
    if (value === undefined || value === null || typeof value === type) continue;
    raise("TypeError", `${refusal} (got: ${String(value)})`);
  }
}

function checkKey(
  name: string,
  names: readonly string[],
  result: Readonly<Record<string, unknown>>,
  key: string,
): void {
  if (!names.includes(key)) {
    const known = names.length ? `the known ones are ${names.join(", ")}` : "it has none";
    raise("TypeError", `${name}() got an unknown option "${key}": ${known}`);
  }
  if (key in result) raise("TypeError", `${name}() got "${key}" both by position and by name`);
}

/** Whether a value is a plain options object and nothing else. */
export function isOptions(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
