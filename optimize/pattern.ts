/**
 * @file Patterns: the left sides of rules, as data. `on(op, …)` makes a pattern where calling the op
 * makes a graph, so that the two sides of a rule look alike and cannot be confused.
 */

import type { Op } from "../core/graph/op.ts";
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
  readonly track: string;
  /** The function that applies the op, where tests can make an example; absent for other ops. */
  readonly apply: ElementwiseFacts | undefined;
  readonly commutative: boolean;
  readonly args: readonly Pattern<Name>[];
}

/** What a variable may look like; a number stands for a constant of that value, of any dtype. */
export type Pattern<Name extends string> = Hole<Name> | OpPattern<Name> | number;

/** What rules can track: an elementwise function, or the text of {@linkcode trackOf}. */
export type Tracked = ElementwiseFacts | string;

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
  const apply = typeof op === "string" ? undefined : op;
  const commutative = apply?.record.facts?.commutative === true;
  return { form: "op", track: trackedText(op), apply, commutative, args };
}

/** What is tracked, as text. */
export function trackedText(op: Tracked): string {
  return typeof op === "string" ? op : op.record.name;
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
