/**
 * @file The number of turns of a loop, and what it must be.
 */

import type { NDArray } from "../array/ndarray.ts";
import { type ErrorKind, raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { Shape } from "./kind.ts";
import { itemVariable } from "./shape_item.ts";
import { axisSize } from "./shape.ts";
import { StructuralOp } from "./structural.ts";

/** What is wrong, in Theano's words: `{0}` is the number of turns, `{1}` another number. */
export interface StepsText {
  readonly kind: ErrorKind;
  readonly text: string;
}

/** Where the number of turns is below zero. */
export const negativeSteps: StepsText = {
  kind: "IndexError",
  text: "Scan was asked to run for negative number of step {0}",
};

/** Where the number of turns is zero. */
export const noSteps: StepsText = {
  kind: "NotImplementedError",
  text: "We didn't implemented yet the case where scan do 0 iteration",
};

/** Where a sequence, which one by number, is too short: `{1}` is its length. */
export function shortSequence(index: number): StepsText {
  return {
    kind: "ValueError",
    text: "Sequence is shorter then the required number of steps : (n_steps, seq, seq.shape[0]): " +
      `{0}, sequence ${index}, {1}`,
  };
}

/**
 * Throws unless a number of turns is above zero and every sequence as long.
 *
 * @param steps The number of turns.
 * @param lengths The lengths of the sequences.
 * @throws {IndexError} If it is below zero.
 * @throws {NotImplementedError} If it is zero.
 * @throws {ValueError} If a sequence is shorter.
 */
export function checkSteps(steps: number, lengths: readonly number[]): void {
  const refuse = ({ kind, text }: StepsText, length = 0): never =>
    raise(kind, text.replace("{0}", `${steps}`).replace("{1}", `${length}`));
  if (steps < 0) refuse(negativeSteps);
  if (steps === 0) refuse(noSteps);
  const short = lengths.findIndex((length) => length < steps);
  if (short >= 0) refuse(shortSequence(short), lengths[short]!);
}

/**
 * A number of turns, checked: for what is left of a loop whose turns were done at once. The other inputs
 * are the lengths of its sequences.
 */
export class CheckedSteps extends StructuralOp {
  readonly kind = "scanSteps";
  readonly name = "ScanSteps";

  makeNode(steps: TensorVariable, ...lengths: TensorVariable[]): Apply {
    return new Apply(this, [steps, ...lengths], [steps.type.makeVariable()]);
  }

  inferShape(): readonly Shape[] {
    return [[]];
  }

  perform(_: Apply, [steps, ...lengths]: readonly NDArray[]): NDArray[] {
    checkSteps(Number(steps!.item()), lengths.map((length) => Number(length.item())));
    return [steps!.copy()];
  }
}

const checked = new CheckedSteps();

/** The number of turns of a loop over some sequences, checked. */
export function checkedSteps(
  steps: TensorVariable,
  sequences: readonly TensorVariable[],
): TensorVariable {
  const lengths = sequences.map((x) => itemVariable(axisSize(x, 0)));
  return call(checked, steps, ...lengths) as TensorVariable;
}
