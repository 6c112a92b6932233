/**
 * @file Edits of a graph: what may replace what, and a log to undo them with.
 */

import { raise } from "../errors.ts";
import type { Client, Reason } from "./membership.ts";
import { asString } from "./text.ts";
import type { Variable } from "./variable.ts";

/** A moved edge, to be moved back. */
export interface Change {
  /** The reader. */
  readonly client: Client;
  /** What it read. */
  readonly old: Variable;
}

/** The edits since the oldest point that can be returned to. */
export class EditLog {
  readonly #undo: (change: Change) => void;
  #changes: Change[] = [];
  #isKept = false;
  #isUndoing = false;

  /**
   * Makes an empty log.
   *
   * @param undo Moves an edge back.
   */
  constructor(undo: (change: Change) => void) {
    this.#undo = undo;
  }

  /** Notes an edit, unless it undoes one. */
  record(change: Change): void {
    if (this.#isKept && !this.#isUndoing) this.#changes.push(change);
  }

  /** A point to return to; edits are kept until {@linkcode revert} returns to the first one. */
  checkpoint(): number {
    this.#isKept = true;
    return this.#changes.length;
  }

  /** Undoes every edit since a point. */
  revert(checkpoint: number): void {
    this.#isUndoing = true;
    try {
      while (this.#changes.length > checkpoint) this.#undo(this.#changes.pop()!);
    } finally {
      this.#isUndoing = false;
    }
    if (checkpoint === 0) this.#isKept = false;
  }

  /** Makes edits that are undone if any of them throws. */
  transaction(edit: () => void): void {
    const isInner = this.#isKept;
    const start = this.checkpoint();
    try {
      edit();
    } catch (error) {
      this.revert(start);
      this.#isKept = isInner;
      throw error;
    }
    if (!isInner) this.clear();
  }

  /** Forgets every edit. */
  clear(): void {
    this.#changes = [];
    this.#isKept = false;
  }
}

/**
 * A replacement, converted to the type of what it replaces.
 *
 * @param old What is replaced.
 * @param replacement By what.
 * @param reason Why.
 * @throws {BadOptimization} If it cannot be converted.
 */
export function sameType(old: Variable, replacement: Variable, reason: Reason): Variable {
  if (old.type.equals(replacement.type)) return replacement;
  const converted = old.type.convertVariable(replacement);
  if (converted !== undefined && converted.type.equals(old.type)) return converted;
  return raise(
    "BadOptimization",
    [
      `BadOptimization Error: ${reason}. The type of the replacement must be the same.`,
      `  Variable: ${replacement} ${replacement.type}, in place of ${old} ${old.type}`,
      `  Reason:  ${reason}`,
      "  Old Graph:",
      `    ${asString([], [old])[0]}`,
      "  New Graph:",
      `    ${asString([], [replacement])[0]}`,
    ].join("\n"),
  );
}
