/**
 * @file Whether derivatives come in an array.
 */

import { raise } from "../errors.ts";

/**
 * Puts results in an array or takes one out of it. Lists and tuples are arrays here, so the two flags
 * mean the same; Theano's signature has both.
 *
 * Theano: `theano.gradient.format_as`.
 *
 * @param useList Whether the result is to be an array.
 * @param useTuple The same.
 * @param outputs Results in an array, or one alone.
 * @returns An array, or the only element of one.
 * @throws {AssertionError} If both flags are set, or there is no array asked for and several results.
 */
export function formatAs<T>(
  useList: boolean,
  useTuple: boolean,
  outputs: T | readonly T[],
): T | T[] {
  if (useList && useTuple) {
    raise("AssertionError", "Both flags cannot be simultaneously True");
  }
  const list: readonly T[] = Array.isArray(outputs) ? outputs : [outputs as T];
  if (useList || useTuple) return [...list];
  return list.length === 1 ? list[0]! : raise(
    "AssertionError",
    "Wrong arguments. Expected a one element list",
  );
}
