/** @file Makes a program that fails smaller, as long as it fails. */

import type { NDArray } from "../../core/array/ndarray.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { build, givens, type Program, pruned } from "../helpers/random_graph.ts";

/** Whether a program still fails. */
export type Failing = (program: Program) => boolean;

/**
 * The smallest failing program that is found: one output, fewer steps, shorter axes.
 *
 * @param program A program that fails.
 * @param isFailing Whether another one does.
 */
export function shrink(program: Program, isFailing: Failing): Program {
  let best = pruned(program);
  for (let changed = true; changed;) {
    changed = false;
    for (const smaller of candidates(best)) {
      if (!isFailing(smaller)) continue;
      best = smaller;
      changed = true;
      break;
    }
  }
  return best;
}

/** Programs a bit smaller than one, the greatest cuts first. */
function* candidates(program: Program): Generator<Program> {
  const count = program.inputs.length;
  if (program.outputs.length > 1) {
    for (const output of program.outputs) yield pruned({ ...program, outputs: [output] });
  }
  for (const i of program.steps.keys()) {
    if (!program.outputs.includes(i + count)) yield pruned({ ...program, outputs: [i + count] });
  }
  for (const i of program.steps.keys()) {
    const smaller = withInput(program, i);
    if (smaller) yield smaller;
  }
  yield* shorter(program);
}

/** A step's value as an input in its place. */
function withInput(program: Program, step: number): Program | undefined {
  const count = program.inputs.length;
  if (program.outputs.length === 1 && program.outputs[0] === step + count) return undefined;
  const built = build(program);
  const variable = built.values[step + count]!;
  const [value] = evaluate([variable], givens(program, built));
  // The new input comes after the others, so all steps move up by one.
  const place = (i: number): number => i === step + count ? count : i < count ? i : i + 1;
  return pruned({
    inputs: [...program.inputs, { value: value!, broadcastable: variable.broadcastable }],
    steps: program.steps.map((one) => ({ ...one, args: one.args.map(place) })),
    outputs: program.outputs.map(place),
  });
}

/** Every axis of one length halved, in all inputs at once. */
function* shorter(program: Program): Generator<Program> {
  const lengths = new Set(program.inputs.flatMap(({ value }) => value.shape));
  for (const length of lengths) {
    if (length < 2) continue;
    const inputs = program.inputs.map((input) => ({
      ...input,
      value: cut(input.value, length, Math.floor(length / 2)),
    }));
    yield { ...program, inputs };
  }
}

/** The first elements of every axis of a length. */
function cut(value: NDArray, length: number, to: number): NDArray {
  const items = value.shape.map((n) => n === length ? `:${to}` : ":");
  return value.ndim === 0 ? value : (value.get(...items) as NDArray).copy();
}
