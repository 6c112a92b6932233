/**
 * @file Short texts that say which variable is meant, for error messages.
 */

import { NDArray } from "../array/ndarray.ts";
import type { Variable } from "../graph/variable.ts";
import { charFromNumber } from "./tree.ts";

/** A tag for each item: A, B, C, … */
class Tags {
  readonly #tags = new Map<unknown, string>();

  /** The tag, and whether it is a new one. */
  of(item: unknown): [tag: string, isNew: boolean] {
    const known = this.#tags.get(item);
    if (known !== undefined) return [known, false];
    const tag = charFromNumber(this.#tags.size);
    this.#tags.set(item, tag);
    return [tag, true];
  }
}

/**
 * As much of a graph as says what a variable is in terms of named ones, a line each:
 * `A. add`, ` B. x`, ` C. y`. What came before is repeated by its tag: `<B>`.
 *
 * Theano: `theano.printing.min_informative_str`.
 *
 * @param obj The variable, or an array.
 * @param indentLevel Blanks before the first line.
 */
export function minInformativeStr(obj: Variable | NDArray, indentLevel: number = 0): string {
  const tags = new Tags();
  const lines: string[] = [];
  const waiting: [Variable | NDArray, number][] = [[obj, indentLevel]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [item, level] = next;
    const [tag, isNew] = tags.of(item);
    const indent = " ".repeat(level);
    if (!isNew) {
      lines.push(`${indent}<${tag}>`);
      continue;
    }
    const isOpen = !(item instanceof NDArray) && item.name === undefined && item.owner !== null;
    const name = item instanceof NDArray ? "<ndarray>" : isOpen ? item.owner!.op.name : item;
    lines.push(`${indent}${tag}. ${name}`);
    if (!isOpen) continue;
    for (const input of item.owner!.inputs.toReversed()) waiting.push([input, level + 1]);
  }
  return lines.join("\n");
}

/**
 * How a variable is computed, on one line and without anything that differs between processes:
 * `A=add(B=x,C=y)`.
 *
 * Theano: `theano.printing.var_descriptor`.
 *
 * @param variable The variable.
 */
export function varDescriptor(variable: Variable): string {
  const tags = new Tags();
  const parts: string[] = [];
  const waiting: (Variable | string)[] = [variable];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === "string") {
      parts.push(next);
      continue;
    }
    const [tag, isNew] = tags.of(next);
    const { owner } = next;
    if (!isNew || owner === null) {
      parts.push(isNew ? `${tag}=${next}` : `<${tag}>`);
      continue;
    }
    const args = owner.inputs.flatMap((input, i) => i === 0 ? [input] : [",", input]);
    waiting.push(...[`${tag}=${owner.op.name}(`, ...args, ")"].reverse());
  }
  return parts.join("");
}
