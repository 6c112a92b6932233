/**
 * @file Ways to accumulate whose result no order changes, and elements for them.
 */

import { type DType, dtypes, type Element, isDiscrete } from "../../core/dtype/dtype.ts";
import type { Builder, Expr, ScalarValue } from "../../core/scalar/expr.ts";
import type { Random } from "../helpers/random.ts";
import { randomElement } from "../helpers/random_expr.ts";

/** An associative way to combine, with elements that no order rounds. */
export interface Combination {
  readonly identity: ScalarValue;
  readonly combine: (s: Builder, dtype: DType) => Expr;
  readonly element: (random: Random) => Element;
  /** Whether the order does not matter for any elements. */
  readonly anyElement: boolean;
}

/** The ways to combine elements of a dtype. */
export function combinations(dtype: DType): Combination[] {
  const pair = (name: "add" | "mul" | "min" | "max" | "and" | "or" | "xor") => (s: Builder): Expr =>
    s.call(name, s.input(0, dtype), s.input(1, dtype));
  const element = (random: Random): Element => randomElement(random, dtype);
  const any = { element, anyElement: true };
  if (dtype === "bool") {
    return [
      { identity: true, combine: pair("and"), ...any },
      { identity: false, combine: pair("or"), ...any },
    ];
  }
  const { limits } = dtypes[dtype];
  const extremes = [
    { identity: limits?.[0] ?? -Infinity, combine: pair("max"), ...any },
    { identity: limits?.[1] ?? Infinity, combine: pair("min"), ...any },
  ];
  if (limits) {
    return [
      ...extremes,
      { identity: 0, combine: pair("add"), ...any },
      { identity: 1, combine: pair("mul"), ...any },
      { identity: 0, combine: pair("xor"), ...any },
    ];
  }
  const whole = (random: Random): Element => random.below(201) - 100;
  const powers = (random: Random): Element => random.pick([1, -1, 1, -1, 2, 0.5]);
  return [
    ...extremes,
    { identity: 0, combine: pair("add"), element: whole, anyElement: false },
    { identity: 1, combine: pair("mul"), element: powers, anyElement: false },
  ];
}

/** A small element, so that equal ones are many. */
export function toSmall(random: Random, dtype: DType): Element {
  if (dtype === "bool") return random.chance(0.2);
  return dtypes[dtype].bytes === 8 && isDiscrete(dtype)
    ? BigInt(random.below(12))
    : random.below(12);
}
