/**
 * @file Which names a formula may use: functions of a namespace by Theano's names or ours, and
 * members of variables. Nothing else is reached, so a formula cannot get at what it was not given.
 */

import type { Variable } from "../graph/variable.ts";

/** A namespace: functions, and namespaces within it. */
export type Namespace = Readonly<Record<string, unknown>>;

/** Anything that can be called. */
export type Callable = (...args: readonly unknown[]) => unknown;

/**
 * A name of Theano's as it is spelt here, and itself before that.
 *
 * @param name Such as `zeros_like`, `and_` or `zerosLike`.
 * @returns The spellings to look for, most likely first.
 */
export function spellings(name: string): string[] {
  const camel = camelCase(name);
  return [...new Set([name, camel, camelCase(name.replace(/_+$/, ""))])];
}

/**
 * A name in camelCase: `acc_dtype` is `accDtype`, `pool_2d` is `pool2d`, `A_structure` is
 * `AStructure`.
 *
 * @param name The name in snake_case.
 */
export function camelCase(name: string): string {
  return name.replaceAll(/(?<=.)_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * What a namespace has under a name.
 *
 * @param namespace Where to look.
 * @param name By Theano's spelling or ours.
 * @returns The function or inner namespace; undefined if there is none, or what is there is
 *   neither.
 */
export function memberOf(namespace: Namespace, name: string): unknown {
  const key = spellings(name).find((spelling) => Object.hasOwn(namespace, spelling));
  const found = key === undefined ? undefined : namespace[key];
  return isCallable(found) || isNamespace(found) ? found : undefined;
}

/** Whether a value is a namespace. */
export function isNamespace(value: unknown): value is Namespace {
  return typeof value === "object" && value !== null &&
    Object.prototype.toString.call(value) === "[object Module]";
}

/** Whether a value is a function that can be called without `new`. */
export function isCallable(value: unknown): value is Callable {
  if (typeof value !== "function") return false;
  // The prototype of a class cannot be replaced, that of a function can.
  return Object.getOwnPropertyDescriptor(value, "prototype")?.writable !== false;
}

/**
 * An attribute or method of a variable.
 *
 * @param variable The variable.
 * @param name By Theano's spelling or ours.
 * @returns Its value, a method bound to the variable; undefined if it has none.
 */
export function attributeOf(variable: Variable, name: string): unknown {
  const key = spellings(name).find((spelling) =>
    spelling in variable && !(spelling in Object.prototype)
  );
  const value = key === undefined ? undefined : variable[key as keyof Variable] as unknown;
  return isCallable(value)
    ? (...args: readonly unknown[]) => value.apply(variable, [...args])
    : value;
}

/**
 * Names that look like one that is not there.
 *
 * @param name The name.
 * @param known The names there are.
 * @returns At most three, the nearest first.
 */
export function namesLike(name: string, known: readonly string[]): string[] {
  const wanted = camelCase(name).toLowerCase();
  return known
    .map((other) => ({ other, far: editDistance(wanted, other.toLowerCase()) }))
    .filter(({ far }) => far <= Math.max(1, Math.floor(wanted.length / 4)))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ other }) => other);
}

/**
 * Source: R. A. Wagner and M. J. Fischer, "The string-to-string correction problem", JACM 21
 * (1974).
 */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
