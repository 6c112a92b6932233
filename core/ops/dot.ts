/**
 * @file Products of vectors and matrices.
 */

import type { NDArray } from "../array/ndarray.ts";
import { upcast } from "../dtype/promote.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { cast } from "./arithmetic.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { arrayOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import { checkAligned, leftMatrix, matrixProduct, rightMatrix } from "./matrix_product.ts";
import { ravel } from "./reshape.ts";
import { StructuralOp } from "./structural.ts";

/** Product of two vectors or matrices. Theano: `Dot`. */
export class Dot extends StructuralOp {
  readonly kind = "dot";
  readonly name = "dot";

  makeNode(...inputs: TensorVariable[]): Apply {
    if (inputs.length !== 2) {
      raise("TypeError", `theano.tensor.Dot: 2 arguments required, ${inputs.length} given `);
    }
    inputs.forEach((x, i) => {
      if (x.ndim !== 1 && x.ndim !== 2) {
        raise(
          "TypeError",
          `theano.tensor.Dot: input ${i} (0-indexed) must have ndim of 1 or 2, ${x.ndim} given. ` +
            "Consider calling theano.tensor.dot instead.",
        );
      }
    });
    const [x, y] = inputs as [TensorVariable, TensorVariable];
    const pattern = productAxes(x.broadcastable, y.broadcastable);
    const type = new TensorType(upcast(x.dtype, y.dtype), pattern);
    return new Apply(this, inputs, [type.makeVariable()]);
  }

  inferShape(_: Apply, [x, y]: readonly Shape[]): readonly Shape[] {
    return [productAxes(x!, y!)];
  }

  perform(node: Apply, [x, y]: readonly NDArray[]): NDArray[] {
    checkAligned(x!, y!);
    const { dtype } = node.outputs[0] as TensorVariable;
    const elements = matrixProduct(leftMatrix(x!), rightMatrix(y!), dtype);
    return [arrayOf(elements, productAxes(x!.shape, y!.shape), dtype)];
  }
}

/** What is left of the axes of two factors: all but the last, and all but the last but one. */
function productAxes<T>(x: readonly T[], y: readonly T[]): T[] {
  return [...x.slice(0, -1), ...y.slice(0, -2), ...(y.length > 1 ? y.slice(-1) : [])];
}

const dotOp = new Dot();

/** Product of two vectors or matrices, without the cases of {@linkcode dot}. */
export function dotMatrices(x: TensorVariable, y: TensorVariable): TensorVariable {
  return call(dotOp, x, y) as TensorVariable;
}

/**
 * Product of a column and a row: every element of one times every element of the other.
 *
 * Shapes: `(…), (…) → (m, n)`; both are flattened.
 * Dtypes: upcast of both.
 * Gradient: yes.
 * Theano: `theano.tensor.outer`.
 *
 * @param x Left factor.
 * @param y Right factor.
 */
export function outer(x: TensorLike, y: TensorLike): TensorVariable {
  const column = dimshuffle(vectorOf(x), 0, "x");
  const row = dimshuffle(vectorOf(y), "x", 0);
  return dotMatrices(column, row);
}

function vectorOf(x: TensorLike): TensorVariable {
  const variable = asTensorVariable(x);
  return variable.ndim === 1 ? variable : ravel(variable);
}

/** Both in their common dtype. */
export function inCommonDType(
  x: TensorVariable,
  y: TensorVariable,
): [x: TensorVariable, y: TensorVariable] {
  const dtype = upcast(x.dtype, y.dtype);
  return [cast(x, dtype), cast(y, dtype)];
}
