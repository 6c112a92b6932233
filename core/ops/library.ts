/**
 * @file Ops of the kind `library`: computed by `perform` alone, with their gradient in the class.
 *
 * Every other kind has its derivative in a table over kinds. Library ops have nothing in common that
 * such a table could use, so each carries its own, in terms of other ops.
 */

import { config } from "../config/config.ts";
import { isFloat } from "../dtype/dtype.ts";
import type { Apply } from "../graph/variable.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { zerosLike } from "./fill.ts";
import type { TensorOp } from "./kind.ts";

/** An op that is computed by `perform` alone. */
export interface LibraryOp extends TensorOp {
  readonly kind: "library";
  /**
   * The gradients of the inputs; absent if there are none.
   *
   * @param node The node.
   * @param outputGrads The gradient of each output, undefined where the cost does not depend on it;
   *   at least one is there.
   * @returns One gradient an input, of its shape; null where none flows.
   */
  lop?(
    node: Apply,
    outputGrads: readonly (TensorVariable | undefined)[],
  ): readonly (TensorVariable | null)[];
}

/**
 * The gradient by an input that the outputs do not change with: zeros.
 *
 * Shapes: unchanged.
 * Dtypes: a float's own, else floatX.
 *
 * @param x The input.
 */
export function zeroGradient(x: TensorVariable): TensorVariable {
  return zerosLike(x, { dtype: isFloat(x.dtype) ? x.dtype : config.floatX });
}
