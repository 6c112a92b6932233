/**
 * @file The text of a formula as its user sees it, with the values between its parts.
 */

import { type ErrorKind, fail } from "../errors.ts";

/** A value between two parts of the text. */
export interface Hole {
  /** Where it begins in the text. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** What the user put in. */
  readonly value: unknown;
}

/** A formula on one line, with `${…}` in place of values. */
export class Source {
  /** The text on one line. */
  readonly text: string;
  /** The values, in order. */
  readonly holes: readonly Hole[];

  /**
   * Joins what a tagged template hands over.
   *
   * @param parts The texts, one more than values.
   * @param values The values between them.
   */
  constructor(parts: readonly string[], values: readonly unknown[]) {
    const holes: Hole[] = [];
    let text = "";
    parts.forEach((part, i) => {
      text += part.replaceAll(/\s/g, " ");
      if (i === parts.length - 1) return;
      const start = text.length;
      text += `\${${nameOf(values[i])}}`;
      holes.push({ start, end: text.length, value: values[i] });
    });
    this.text = text.trimEnd();
    this.holes = holes;
  }

  /**
   * Refuses the formula, showing its text with a caret.
   *
   * @param at Where in the text.
   * @param why What is wrong there.
   * @param hints What to do about it.
   * @param kind The class of error.
   * @throws {SyntaxError} Always, or another error if a kind is given.
   */
  refuse(
    at: number,
    why: string,
    hints: readonly string[] = [],
    kind: ErrorKind = "SyntaxError",
  ): never {
    return fail(kind, "read a formula", why, [this.text, `${" ".repeat(at)}^`, ...hints]);
  }
}

/** What stands for a value in the text: the name of a variable, or dots. */
function nameOf(value: unknown): string {
  const { name } = Object(value) as { readonly name?: unknown };
  return typeof name === "string" && name !== "" ? name.replaceAll(/\s/g, " ") : "…";
}
