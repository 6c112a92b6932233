/**
 * @file Values between a formula and the functions it calls.
 *
 * Inside a formula a value is one of Python's numbers ({@linkcode Numeric}), a variable, or
 * anything that was put in; a function gets it as a JavaScript user would write it.
 */

import { NDArray } from "../array/ndarray.ts";
import { Slice } from "../array/slice.ts";
import { config } from "../config/config.ts";
import { Complex } from "../dtype/dtype.ts";
import { autocastFloat } from "../dtype/promote.ts";
import { Variable } from "../graph/variable.ts";
import { constant } from "../tensor/constructors.ts";
import { Float, isNumeric } from "./numeric.ts";

/**
 * What a user put into a formula, with its numbers as Python's.
 *
 * @param value Anything.
 */
export function valueOfHole(value: unknown): unknown {
  if (typeof value !== "number") return value;
  return Number.isInteger(value) ? BigInt(value) : new Float(value);
}

/**
 * A value as functions take it. A float with a whole value becomes a constant, since as a plain
 * number it would be an integer; in a list it becomes a 0-d array of float64, as NumPy would have
 * it.
 *
 * @param value A value of the formula.
 */
export function argumentOf(value: unknown): unknown {
  if (typeof value === "bigint") return integer(value);
  if (value instanceof Float) return floatArgument(value.value);
  if (value instanceof Slice) {
    const { start, stop, step } = value as Slice<unknown>;
    return new Slice(argumentOf(start), argumentOf(stop), argumentOf(step));
  }
  return Array.isArray(value) ? value.map(itemOf) : value;
}

function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function itemOf(value: unknown): unknown {
  return value instanceof Float ? NDArray.scalar(value.value, "float64") : argumentOf(value);
}

function floatArgument(value: number): unknown {
  if (!Number.isInteger(value)) return value;
  const dtype = autocastFloat(value, config.floatX, config.cast_policy);
  return constant(value, { dtype });
}

/** Whether a value can be an operand, or a result: a variable, a number or an array of such. */
export function isTensorLike(value: unknown): boolean {
  return value instanceof Variable || isPlain(value) ||
    (Array.isArray(value) && value.every(isTensorLike));
}

/** Whether a value is a number or an array of numbers, in any form. */
export function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  return isNumeric(value) || typeof value === "number" || value instanceof Complex ||
    value instanceof NDArray || ArrayBuffer.isView(value);
}
