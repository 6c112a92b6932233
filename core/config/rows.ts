/**
 * @file The kinds of records most flags are, so that a table's row is one line and one thought.
 */

import type { FlagReader, FlagValue, Row } from "./flag.ts";

/** What a row may say beyond its default and its doc. */
export type RowExtras = Pick<
  Row,
  "inCacheKey" | "readOnly" | "convert" | "isValid" | "filter"
>;

/** The key of compiled functions depends on the flag. */
export const inCacheKey: RowExtras = { inCacheKey: true };

/** The flag can be set from outside only. */
export const readOnly: RowExtras = { readOnly: true };

/**
 * A flag that is on or off.
 *
 * @param value The default.
 * @param doc What it does.
 * @param extras What else there is to say.
 */
export function bool(
  value: boolean | ((get: FlagReader) => boolean),
  doc: string,
  extras: RowExtras = {},
): Row<boolean> {
  return { type: "bool", default: value, doc, ...extras };
}

/**
 * A whole number.
 *
 * @param value The default.
 * @param doc What it does.
 * @param extras What else there is to say.
 */
export function int(
  value: number | ((get: FlagReader) => number),
  doc: string,
  extras: RowExtras = {},
): Row<number> {
  return { type: "int", default: value, doc, ...extras };
}

/**
 * A number.
 *
 * @param value The default.
 * @param doc What it does.
 * @param extras What else there is to say.
 */
export function float(value: number, doc: string, extras: RowExtras = {}): Row<number> {
  return { type: "float", default: value, doc, ...extras };
}

/**
 * Any text.
 *
 * @param value The default.
 * @param doc What it does.
 * @param extras What else there is to say.
 */
export function text(value: string, doc: string, extras: RowExtras = {}): Row<string> {
  return { type: "string", default: value, doc, ...extras };
}

/**
 * A file or folder, whose leading `~` is the home folder.
 *
 * @param value The default.
 * @param doc What it does.
 * @param extras What else there is to say.
 */
export function path(
  value: string | ((get: FlagReader) => string),
  doc: string,
  extras: RowExtras = {},
): Row<string> {
  return { type: "path", default: value, doc, ...extras };
}

/**
 * One of some words, the first by default.
 *
 * @param choices The words.
 * @param doc What it does.
 * @param extras What else there is to say.
 */
export function choice<C extends string>(
  choices: readonly [C, ...C[]],
  doc: string,
  extras: RowExtras = {},
): Row<C> {
  return { type: "enum", default: choices[0], choices, doc, ...extras };
}

/**
 * A condition: a whole number above 0.
 *
 * @param value The value.
 */
export function isPositive(value: FlagValue): boolean {
  return typeof value === "number" && value > 0;
}

/**
 * A condition: a number that is not below 0.
 *
 * @param value The value.
 */
export function isNotNegative(value: FlagValue): boolean {
  return typeof value === "number" && value >= 0;
}

/**
 * A condition: a level 0, 1 or 2.
 *
 * @param value The value.
 */
export function isLevel(value: FlagValue): boolean {
  return value === 0 || value === 1 || value === 2;
}
