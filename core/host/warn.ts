/**
 * @file Warnings: one line on standard error, or handed to whoever listens.
 */

import { writeStderr } from "./host.ts";

/** Receives a warning: the name of its category and its text. */
export type WarningListener = (category: string, text: string) => void;

let listener: WarningListener | undefined;

/**
 * Warns the user, as `Category: text` on standard error.
 *
 * @param category Name of Python's warning class: `UserWarning`, `TheanoConfigWarning`, …
 * @param text What is wrong, and what is done about it.
 */
export function warn(category: string, text: string): void {
  if (listener === undefined) writeStderr(`${category}: ${text}\n`);
  else listener(category, text);
}

/**
 * Sends every warning to a function in place of standard error.
 *
 * @param next The function, or `undefined` for standard error again.
 * @returns The function that got them before.
 */
export function setWarningListener(
  next: WarningListener | undefined,
): WarningListener | undefined {
  const before = listener;
  listener = next;
  return before;
}
