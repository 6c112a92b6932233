/**
 * @file Ops that carry their gradient: those of the kind `library`, computed by `perform` alone,
 * and those that sort.
 *
 * Every other kind has its derivative in a table over kinds. These have nothing in common that such
 * a table could use, so each carries its own, in terms of other ops.
 */

import { config } from "../config/config.ts";
import { isFloat } from "../dtype/dtype.ts";
import type { Apply } from "../graph/variable.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { zerosLike } from "./fill.ts";
import type { TensorOp } from "./kind.ts";

/** An op with a gradient of its own. */
export interface LibraryOp extends TensorOp {
  readonly kind: "library" | "sort";
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
