/**
 * @file What the function of a loop may return, told apart: outputs, updates and a condition.
 */

import { fail, raise } from "../errors.ts";
import { Variable } from "../graph/variable.ts";
import { isOptions } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { isShared, type SharedVariable } from "../tensor/shared.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { type Pairs, pairsOf } from "../tensor/updates.ts";

/** Says that a loop ends after the turn in which a condition is true. Made by {@linkcode until}. */
export class Until {
  /** The condition: a scalar. */
  readonly condition: TensorVariable;

  /**
   * Makes it; users call `until`.
   *
   * @param condition A scalar, true for every number but zero.
   * @throws {AssertionError} If it is no scalar.
   */
  constructor(condition: TensorLike) {
    this.condition = asTensorVariable(condition);
    const { ndim } = this.condition;
    if (ndim === 0) return;
    fail(
      "AssertionError",
      `end a loop when ${this.condition} is true`,
      `a condition is a scalar, and this has ${ndim} axes`,
      ["Use x.all() or x.any()"],
    );
  }
}

/**
 * What makes a loop the body of a do-while: it ends after the turn in which the condition is true.
 *
 * The results of that turn are the last ones. The condition may use the inputs of the turn, or its
 * outputs. Theano: `theano.scan_module.until`.
 *
 * Shapes: `()`.
 * Dtypes: any; every number but zero is true.
 *
 * @param condition A scalar.
 * @returns What the function of a loop returns after its outputs and updates.
 * @throws {AssertionError} If it is no scalar.
 *
 * @example Powers of two, until one is larger than a bound
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const { tensor: T } = theano;
 * const bound = T.dscalar("bound");
 * const [powers] = theano.scan(
 *   (previous) => [previous.mul(2), theano.scanModule.until(previous.mul(2).gt(bound))],
 *   { outputsInfo: theano.float64(1), nSteps: 100 },
 * );
 * const f = theano.function([bound], powers);
 * assert.deepEqual(f(5).toArray(), [2, 4, 8]);
 * ```
 */
export function until(condition: TensorLike): Until {
  return new Until(condition);
}

/** Shared variables with what they become after a turn. */
export type TurnUpdates = Pairs<SharedVariable, unknown>;

/** The full form of what the function of a loop returns. */
export interface Turn<Outputs> {
  /** The outputs. */
  readonly outputs?: Outputs;
  /** Shared variables with what they become. */
  readonly updates?: TurnUpdates | null;
  /** The loop ends after the turn in which this is true. */
  readonly until?: TensorVariable | Until | null;
}

/** What the function of a loop returned. */
export interface TurnParts {
  readonly outputs: readonly TensorVariable[];
  /** Pairs of a variable and what it becomes. */
  readonly updates: readonly (readonly [unknown, unknown])[];
  readonly condition: TensorVariable | undefined;
}

/**
 * Tells apart what the function of a loop returned, in any of Theano's forms or the full one.
 *
 * @param returned What it returned.
 * @throws {ValueError} If it holds anything else, or in another order.
 * @throws {TypeError} If the full form has an unknown key.
 */
export function readTurn(returned: unknown): TurnParts {
  if (!isMadeOfVariables(returned)) refuseContents();
  if (isOptions(returned)) return readFullForm(returned);
  if (isOutputs(returned)) return parts({ outputs: returned });
  if (isUpdates(returned)) return parts({ updates: returned });
  const known = Array.isArray(returned) ? readList(returned) : undefined;
  return known ?? raise(
    "ValueError",
    "Scan cannot parse the return value of your lambda expression, which is: " + textOf(returned),
  );
}

function refuseContents(): never {
  return raise(
    "ValueError",
    "The return value of your scan lambda expression may only be made of lists, tuples, or " +
      "dictionaries containing Theano variables (or `theano.scan_module.until` objects for " +
      "conditions). In particular if you need to use constant values, you can use " +
      "`tensor.constant` to turn them into Theano variables.",
  );
}

/** Outputs, updates and a condition in Theano's order, each but one of the first two left out. */
function readList(list: readonly unknown[]): TurnParts | undefined {
  const [first, second, third] = list;
  if (list.length === 2) {
    if (isOutputs(first) && isUpdates(second)) return parts({ outputs: first, updates: second });
    if (isUpdates(first) && isOutputs(second)) return parts({ outputs: second, updates: first });
    if (!(second instanceof Until)) return undefined;
    if (isOutputs(first)) return parts({ outputs: first, condition: second });
    return isUpdates(first) ? parts({ updates: first, condition: second }) : undefined;
  }
  if (list.length !== 3 || !(third instanceof Until)) return undefined;
  if (isOutputs(first) && isUpdates(second)) {
    return parts({ outputs: first, updates: second, condition: third });
  }
  return isUpdates(first) && isOutputs(second)
    ? parts({ outputs: second, updates: first, condition: third })
    : undefined;
}

const keys = ["outputs", "updates", "until"];

function readFullForm(returned: Readonly<Record<string, unknown>>): TurnParts {
  const unknown = Object.keys(returned).find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    fail(
      "TypeError",
      `read what the function of a loop returned`,
      `it has the key "${unknown}", and the known ones are ${keys.join(", ")}`,
      ["Return updates as { updates: [[shared, value]] }"],
    );
  }
  const { outputs, updates, until: end } = returned as Turn<unknown>;
  if (!isOutputs(outputs ?? []) || Array.isArray(end)) refuseContents();
  const condition = end instanceof Until || !end ? end : until(end);
  return parts({
    outputs: outputs ?? [],
    updates: pairsOf(updates, "updates"),
    ...(condition && { condition }),
  });
}

interface Found {
  readonly outputs?: unknown;
  readonly updates?: unknown;
  readonly condition?: Until;
}

function parts({ outputs = [], updates = [], condition }: Found): TurnParts {
  const list = Array.isArray(outputs) ? outputs : [outputs];
  return {
    outputs: list as TensorVariable[],
    updates: [...updates as Iterable<readonly [unknown, unknown]>],
    condition: condition?.condition,
  };
}

/** Whether a value consists of variables, conditions, and lists and maps of these. */
function isMadeOfVariables(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isMadeOfVariables);
  if (value instanceof Map) return [...value].every(isMadeOfVariables);
  if (isOptions(value)) {
    return Object.values(value).every((x) => x === undefined || x === null || isMadeOfVariables(x));
  }
  return value instanceof Variable || value instanceof Until;
}

function isOutputs(value: unknown): boolean {
  return value instanceof TensorVariable ||
    (Array.isArray(value) && value.every((x) => x instanceof TensorVariable));
}

/** A map, or pairs of which the first is shared: two outputs may make a pair, too. */
function isUpdates(value: unknown): boolean {
  if (value instanceof Map) return true;
  return Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && isShared(pair[0]));
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(textOf).join(", ")}]` : nameOf(value);
}

function nameOf(value: unknown): string {
  if (value instanceof Variable) return String(value);
  return value instanceof Until ? `until(${value.condition})` : "a map";
}
