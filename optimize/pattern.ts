/**
 * @file Patterns: the left sides of rules, as data. `on(op, …)` makes a pattern where calling the op
 * makes a graph, so that the two sides of a rule look alike and cannot be confused.
 */

import type { Op } from "../core/graph/op.ts";
import { CustomOp } from "../core/ops/custom.ts";
import { type Elementwise, type ElementwiseFacts, isComposite } from "../core/ops/elementwise.ts";
import { isTensorOp } from "../core/ops/kind.ts";

/** Stands for a variable; the same one wherever the name is used in a pattern. */
export interface Hole<Name extends string> {
  /** Whether it stands for any variable, or for one that is a known number everywhere. */
  readonly form: "hole" | "constant";
  readonly name: Name;
}

/** A node in a pattern: what its op tracks as, and its inputs. */
export interface OpPattern<Name extends string> {
  readonly form: "op";
  readonly op: Track;
  /** The function that applies the op, where tests can make an example; absent for other ops. */
  readonly apply: ElementwiseFacts | undefined;
  readonly commutative: boolean;
  readonly args: readonly Pattern<Name>[];
}

/** What a variable may look like; a number stands for a constant of that value, of any dtype. */
export type Pattern<Name extends string> = Hole<Name> | OpPattern<Name> | number;

/** A class of ops. */
export type TrackedClass = abstract new (...args: never[]) => Op;

/**
 * What rules can track: an elementwise function, the text of {@linkcode trackOf}, an op, which stands
 * for all that are equal to it, or a class of ops.
 */
export type Tracked = ElementwiseFacts | string | Op | TrackedClass;

/** Which ops are tracked. */
export interface Track {
  /** What they are looked up by, see {@linkcode trackOf}; undefined where that may be anything. */
  readonly text: string | undefined;
  /** Which of these are meant; all where it is left out. */
  readonly accepts?: (op: Op) => boolean;
}

/** A hole: any variable. */
export function hole<const Name extends string>(name: Name): Hole<Name> {
  return { form: "hole", name };
}

/** A hole for constants: any variable that is one known number repeated. */
export function constant<const Name extends string>(name: Name): Hole<Name> {
  return { form: "constant", name };
}

/**
 * A pattern of an op applied to patterns. Operands of a commutative op match in any order.
 *
 * @param op An elementwise function, or what another op tracks as.
 * @param args A pattern for each input.
 */
export function on<Name extends string>(
  op: Tracked,
  ...args: readonly Pattern<Name>[]
): OpPattern<Name> {
  const apply = isElementwise(op) ? op : undefined;
  const commutative = apply?.record.facts?.commutative === true;
  return { form: "op", op: trackFor(op), apply, commutative, args };
}

/** Which ops something that is tracked stands for. */
export function trackFor(op: Tracked): Track {
  if (typeof op === "string") return { text: op };
  if (isElementwise(op)) return { text: op.record.name };
  if (typeof op !== "function") return { text: trackOf(op), accepts: ({ key }) => key === op.key };
  const isCustom = op.prototype instanceof CustomOp;
  return { text: isCustom ? "custom" : undefined, accepts: (one) => one instanceof op };
}

/** Whether an op is one of those that are tracked. */
export function isTrackedBy({ text, accepts }: Track, op: Op): boolean {
  return (text === undefined || trackOf(op) === text) && (accepts?.(op) ?? true);
}

/** Whether something can be tracked. */
export function isTracked(op: unknown): op is Tracked {
  if (typeof op === "string") return true;
  if (typeof op === "function") return "record" in op || "makeNode" in (op.prototype ?? {});
  return typeof op === "object" && op !== null && "makeNode" in op;
}

function isElementwise(op: Tracked): op is ElementwiseFacts {
  return typeof op === "function" && "record" in op;
}

/**
 * What nodes of an op are looked up by: the record's name of an elementwise op (`"Cast"` for every
 * cast, `"Composite"` for fused ones), else the op's kind (`"reduce"`, `"dot"`), else its name.
 */
export function trackOf(op: Op): string {
  if (!isTensorOp(op)) return op.name;
  if (op.kind !== "elementwise") return op.kind;
  const { scalar } = op as Elementwise;
  if (isComposite(scalar)) return "Composite";
  return scalar.name.startsWith("Cast{") ? "Cast" : scalar.name;
}
