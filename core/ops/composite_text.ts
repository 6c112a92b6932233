/**
 * @file The text of a fused op, as Theano prints it: `Composite{(i0 * tanh((i1 + i2)))}`.
 */

import { type Composite, type CompositeStep, type ScalarOp, spokenName } from "./scalar_op.ts";

const infix: ReadonlyMap<string, string> = new Map([
  ["add", "+"],
  ["sub", "-"],
  ["mul", "*"],
  ["true_div", "/"],
  ["int_div", "//"],
  ["pow", "**"],
  ["mod", "%"],
]);

/** Records that Theano's scalar language knows by the name of their class. */
const byClass: ReadonlySet<string> = new Set([
  "lt",
  "le",
  "gt",
  "ge",
  "eq",
  "neq",
  "isnan",
  "isinf",
  "and_",
  "or_",
  "xor",
  "invert",
  "switch",
  "abs_",
  "round_half_to_even",
  "round_half_away_from_zero",
]);

/** Records that have a name of their own in Theano's scalar language. */
const scalarNames: ReadonlyMap<string, string> = new Map([
  ["sigmoid", "scalar_sigmoid"],
  ["softplus", "scalar_softplus"],
  ["ultra_fast_sigmoid", "ultra_fast_scalar_sigmoid"],
]);

/** Theano's text of a fused op. */
export function compositeName({ inputs, steps, outputs }: Composite): string {
  const text = (i: number): string => {
    if (i < inputs.length) return `i${i}`;
    const step = steps[i - inputs.length]!;
    return stepText(step, step.args.map(text));
  };
  const results = outputs.map(text);
  return `Composite{${results.join(", ")}}`;
}

function stepText({ scalar }: CompositeStep, args: readonly string[]): string {
  const { name } = scalar;
  const sign = infix.get(name);
  if (sign) return `(${args.join(` ${sign} `)})`;
  return name === "neg" ? `(-${args[0]})` : `${scalarName(scalar)}(${args.join(", ")})`;
}

function scalarName(scalar: ScalarOp): string {
  const { name, className } = scalar;
  if (!byClass.has(name)) return scalarNames.get(name) ?? spokenName(scalar);
  return className ?? name[0]!.toUpperCase() + name.slice(1);
}
