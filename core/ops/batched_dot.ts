/**
 * @file Many products of equally large matrices at once.
 */

import type { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import { Apply } from "../graph/variable.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { upcast } from "../dtype/promote.ts";
import { cast } from "./arithmetic.ts";
import { arrayOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import { checkAligned, leftMatrix, matrixProduct, rightMatrix } from "./matrix_product.ts";
import { StructuralOp } from "./structural.ts";

/** Product of each pair of matrices (or a matrix and a vector) along the first axes. */
export class BatchedDot extends StructuralOp {
  readonly kind = "batchedDot";
  readonly name = "BatchedDot";

  makeNode(...given: TensorVariable[]): Apply {
    if (given.length !== 2) {
      raise(
        "TypeError",
        `theano.tensor.blas.BatchedDot: 2 arguments required, ${given.length} given `,
      );
    }
    given.forEach((x, i) => {
      if (x.ndim !== 2 && x.ndim !== 3) {
        raise(
          "TypeError",
          `theano.tensor.blas.BatchedDot: input ${i} (0-indexed) must have ndim of 2 or 3, ` +
            `${x.ndim} given. Consider calling theano.tensor.batched_dot instead.`,
        );
      }
    });
    const dtype = upcast(given[0]!.dtype, given[1]!.dtype);
    const [x, y] = given.map((factor) => cast(factor, dtype)) as [TensorVariable, TensorVariable];
    const batch = x.broadcastable[0]! || y.broadcastable[0]!;
    const pattern = [batch, ...itemAxes(x.broadcastable, y.broadcastable)];
    return new Apply(this, [x, y], [new TensorType(dtype, pattern).makeVariable()]);
  }

  inferShape(node: Apply, [x, y]: readonly Shape[]): readonly Shape[] {
    const { broadcastable } = node.outputs[0] as TensorVariable;
    return [[broadcastable[0] ? 1 : x![0]!, ...itemAxes(x!, y!)]];
  }

  perform(node: Apply, [x, y]: readonly NDArray[]): NDArray[] {
    const [count, other] = [x!.shape[0]!, y!.shape[0]!];
    if (count !== other) {
      raise(
        "ValueError",
        `theano.tensor.blas.BatchedDot: inputs [${node.inputs.join(", ")}] must have the same ` +
          `size in axis 0, but have sizes [${count}, ${other}].`,
      );
    }
    const { dtype } = node.outputs[0] as TensorVariable;
    const products = Array.from({ length: count }, (_, k) => {
      const [left, right] = [x!.get(k), y!.get(k)];
      checkAligned(left, right);
      return matrixProduct(leftMatrix(left), rightMatrix(right), dtype);
    });
    return [arrayOf(products.flat(), [count, ...itemAxes(x!.shape, y!.shape)], dtype)];
  }
}

function itemAxes<T>(x: readonly T[], y: readonly T[]): T[] {
  return [...x.slice(1, -1), ...y.slice(2)];
}
