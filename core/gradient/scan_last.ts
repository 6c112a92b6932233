/**
 * @file The gradient of a trace of which the last row alone was read, as that row: what a loop
 * backwards starts from, with no array of zeros for all the other turns.
 */

import { Slice } from "../array/slice.ts";
import { constantValue } from "../ops/constant_value.ts";
import { IncSubtensor } from "../ops/subtensor.ts";
import { fillIndex, knownIndex } from "../ops/subtensor_index.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { tensorInputs } from "./structural.ts";

/**
 * The last row of a gradient that is seen to be zero in all others.
 *
 * @param grad The gradient by a trace, or by a trace without its first rows.
 * @returns The row; undefined where others may not be zero.
 */
export function lastRowAlone(grad: TensorVariable): TensorVariable | undefined {
  const { owner } = grad;
  if (!(owner?.op instanceof IncSubtensor)) return undefined;
  const [zeros, part, ...index] = tensorInputs(owner) as [TensorVariable, TensorVariable];
  if (Number(constantValue(zeros, {})?.item() ?? NaN) !== 0) return undefined;
  const [rows, ...others] = fillIndex<TensorVariable>(owner.op.idxList, index);
  if (others.length > 0) return undefined;
  if (rows instanceof Slice) {
    const { start, stop, step } = rows;
    const isTail = start !== null && Number(knownIndex(start)) >= 0 && stop === null &&
      step === null && part.ndim === grad.ndim;
    return isTail ? lastRowAlone(part) : undefined;
  }
  return knownIndex(rows!) === -1 && part.ndim === grad.ndim - 1 ? part : undefined;
}
