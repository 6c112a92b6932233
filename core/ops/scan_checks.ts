/**
 * @file What `scan` refuses, in Theano's words: a turn whose outputs do not fit what was said of them.
 */

import type { NDArray } from "../array/ndarray.ts";
import { describe, fail, raise } from "../errors.ts";
import { isConstant } from "../graph/variable.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { StateTaps } from "./scan_arguments.ts";
import type { TurnParts } from "./scan_result.ts";

/** Refuses what is no function. */
export function checkFunction(fn: unknown): void {
  if (typeof fn === "function") return;
  fail("TypeError", "make a loop", `its first argument is ${describe(fn)} and no function`, [
    "Write theano.scan((x) => x.mul(2), { sequences: [xs] })",
  ]);
}

/**
 * Refuses a number of turns that a gradient cannot go back through.
 *
 * @param turns What was asked for, if anything.
 * @throws {ValueError} If it is neither −1, for all, nor a whole number above zero.
 */
export function checkTruncation(turns: number | undefined): void {
  if (turns === undefined || turns === -1 || (Number.isInteger(turns) && turns > 0)) return;
  fail(
    "ValueError",
    `truncate the gradient of a loop after ${turns} turns`,
    "truncateGradient is a whole number above zero, or -1 for all turns",
  );
}

/** Refuses what does not say whether memory may be given back between turns. */
export function checkCollection(allowGc: unknown): void {
  if (allowGc === undefined || allowGc === null || typeof allowGc === "boolean") return;
  fail("TypeError", "make a loop", `allowGc is ${describe(allowGc)} and no boolean`);
}

/**
 * Refuses outputs that are fewer or more than what was said of them, if anything was.
 *
 * @param infos What was said, one by one.
 * @param parts What the function returned.
 * @throws {ValueError} If they are.
 */
export function checkCount(infos: readonly unknown[], { outputs }: TurnParts): void {
  if (infos.length === 0 || infos.length === outputs.length) return;
  raise(
    "ValueError",
    "Please provide None as outputs_info for any output that does not feed back into scan (i.e. " +
      "it behaves like a map)",
  );
}

/**
 * Refuses states whose new values have another dtype or another number of axes than their first.
 *
 * @param infos For each output its state, or null.
 * @param outputs The outputs.
 * @param sequences How many arguments come before the states.
 * @throws {ValueError} If one has.
 */
export function checkStates(
  infos: readonly (StateTaps | null)[],
  outputs: readonly TensorVariable[],
  sequences: number,
): void {
  const states = infos.flatMap((state, at) => state === null ? [] : [{ state, at }]);
  const isSimple = ({ state: { given, taps } }: typeof states[number]): boolean =>
    taps[0]!.inside.ndim === given.ndim;
  const inOrder = [...states.filter((x) => !isSimple(x)), ...states.filter(isSimple)];
  inOrder.forEach(({ state, at }, k) => {
    checkState(state, outputs[at]!, sequences + k);
  });
}

/** The number of an argument counts as in Theano: sequences, then states with several taps first. */
function checkState(
  { given, initial, taps }: StateTaps,
  output: TensorVariable,
  argument: number,
): void {
  const variable =
    `The initial state (\`outputs_info\` in scan nomenclature) of variable ${given} ` +
    `(argument number ${argument})`;
  if (output.dtype !== given.dtype) {
    const text =
      "When compiling the inner function of scan the following error has been encountered: " +
      `${variable} has dtype ${given.dtype}, while the result of the inner function (\`fn\`) has ` +
      `dtype ${output.dtype}. This can happen if the inner function of scan results in an upcast ` +
      "or downcast.";
    raise("ValueError", `${text}${dtypeHint(given, output)}`);
  }
  if (output.ndim === taps[0]!.inside.ndim) return;
  raise(
    "ValueError",
    "When compiling the inner function of scan (the function called by scan in each of its " +
      `iterations) the following error has been encountered: ${variable} has ${initial.ndim} ` +
      "dimension(s), while the corresponding variable in the result of the inner function of scan " +
      `(\`fn\`) has ${output.ndim} dimension(s) (it should be one less than the initial state). For ` +
      "example, if the inner function of scan returns a vector of size d and scan uses the values " +
      "of the previous time-step, then the initial state in scan should be a matrix of shape (1, " +
      "d). The first dimension of this matrix corresponds to the number of previous time-steps " +
      "that scan uses in each of its iterations. In order to solve this issue if the two varialbe " +
      "currently have the same dimensionality, you can increase the dimensionality of the " +
      "variable in the initial state of scan by using dimshuffle or shape_padleft.",
  );
}

/** A whole number in JavaScript is an integer, whatever its user had in mind. */
function dtypeHint(given: TensorVariable, { dtype }: TensorVariable): string {
  if (!isConstant(given) || given.ndim > 0 || given.name !== undefined) return "";
  const value = String((given.data as NDArray).item());
  return `\n  A number has the smallest dtype that holds it: write theano.${dtype}(${value})`;
}
