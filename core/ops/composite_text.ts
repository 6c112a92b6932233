/**
 * @file The text of a fused op, as Theano prints it: `Composite{(i0 * tanh((i1 + i2)))}`.
 */

import type { Composite, CompositeStep } from "./scalar_op.ts";

const infix: Readonly<Record<string, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  true_div: "/",
  int_div: "//",
  pow: "**",
};

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
  const sign = infix[scalar.name];
  if (sign) return `(${args.join(` ${sign} `)})`;
  return scalar.name === "neg"
    ? `(-${args[0]})`
    : `${scalar.label ?? scalar.name}(${args.join(", ")})`;
}
