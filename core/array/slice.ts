/**
 * @file A slice as a value, and its short text form `"1:-2:3"`.
 */

import { fail } from "../errors.ts";

/**
 * Python's `slice`: which elements of an axis are taken. An end is a plain number, null for absent,
 * or whatever stands for a number in the caller's layer.
 */
export class Slice<T = number> {
  /**
   * Makes the slice `start:stop:step`.
   *
   * @param start First index, or null for the end the step comes from.
   * @param stop Index that is no longer taken, or null for the other end.
   * @param step Distance between elements, or null for 1.
   */
  constructor(
    readonly start: T | null = null,
    readonly stop: T | null = null,
    readonly step: T | null = null,
  ) {}

  /** Python's form, `slice(1, -2, None)`. */
  toString(): string {
    const ends = [this.start, this.stop, this.step].map((end) => end === null ? "None" : `${end}`);
    return `slice(${ends.join(", ")})`;
  }
}

const sliceText =
  /^\s*(?<start>[+-]?\d+)?\s*:\s*(?<stop>[+-]?\d+)?\s*(?::\s*(?<step>[+-]?\d+)?\s*)?$/;

/**
 * A slice from Python's text for it: `":"`, `"1:"`, `"::-1"`, `"-3:5:2"`.
 *
 * @param text Two or three integers, any of them left out, between colons.
 * @returns The slice, null where an integer was left out.
 * @throws {SyntaxError} If the text is no slice.
 */
export function parseSlice(text: string): Slice<number> {
  const groups = sliceText.exec(text)?.groups;
  if (groups === undefined) {
    return fail("SyntaxError", `index with "${text}"`, "it is not a slice", [
      'Write a slice as "start:stop" or "start:stop:step", any of them left out, or "..."',
    ]);
  }
  const end = (name: string): number | null =>
    groups[name] === undefined ? null : Number(groups[name]);
  return new Slice(end("start"), end("stop"), end("step"));
}
