/**
 * @file The value of a constant as text.
 */

import { NDArray } from "../array/ndarray.ts";
import { isConstant, type Variable } from "../graph/variable.ts";
import { IndexConstant } from "../ops/subtensor_index.ts";

/**
 * The number in a constant tensor that has one element, or nothing; indices keep their own text.
 */
export function valueText(variable: Variable): string | undefined {
  if (!isConstant(variable) || variable instanceof IndexConstant) return undefined;
  const { data } = variable;
  if (!(data instanceof NDArray) || data.size !== 1) return undefined;
  return String(data.reshape([]));
}
