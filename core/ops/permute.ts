/**
 * @file Permutations of the elements of rows.
 */

import type { NDArray } from "../array/ndarray.ts";
import { broadcastShapes, sizeOf } from "../array/shape.ts";
import { type Element, isInteger } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { cast } from "./arithmetic.ts";
import { padLeft } from "./dimshuffle.ts";
import { arrayOf, elementsOf, numbersOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import type { LibraryOp } from "./library.ts";
import { eq } from "./logic.ts";
import { placesOver } from "./places.ts";
import { arange } from "./ranges.ts";
import { sum } from "./reduce.ts";
import { shapeI } from "./shape.ts";
import { StructuralOp } from "./structural.ts";

/** The elements of each row in another order. Theano: `PermuteRowElements`. */
export class PermuteRowElements extends StructuralOp implements LibraryOp {
  readonly kind = "library";
  readonly name = "PermuteRowElements";

  makeNode(x: TensorVariable, y: TensorVariable, inverse: TensorVariable): Apply {
    if (!isInteger(y.dtype)) raise("TypeError", "PermuteRowElements: the order must be integers");
    if (inverse.ndim !== 0) raise("TypeError", "PermuteRowElements: inverse must be a scalar");
    const rank = Math.max(x.ndim, y.ndim);
    if (Math.min(x.ndim, y.ndim) === 0) {
      raise("TypeError", "PermuteRowElements: tensor and order must have one axis or more");
    }
    const [padded, order] = [padLeft(x, rank), padLeft(y, rank)];
    const pattern = padded.broadcastable.map((one, axis) => one && order.broadcastable[axis]!);
    const output = new TensorType(x.dtype, pattern).makeVariable();
    return new Apply(this, [padded, order, inverse], [output]);
  }

  inferShape(node: Apply, [x, y]: readonly Shape[]): readonly Shape[] {
    const [padded] = node.inputs as TensorVariable[];
    return [x!.map((size, axis) => padded!.broadcastable[axis] ? y![axis]! : size)];
  }

  perform(_: Apply, [x, y, inverse]: readonly NDArray[]): NDArray[] {
    const shape = broadcastShapes(x!.shape, y!.shape);
    const length = shape.at(-1)!;
    const elements = elementsOf(x!);
    const order = numbersOf(y!);
    const from = placesOver(x!.shape, shape).map((position) => elements[position]!);
    const to = placesOver(y!.shape, shape).map((position) => order[position]!);
    const isInverse = Number(inverse!.item()) !== 0;
    const out = new Array<Element>(sizeOf(shape)).fill(0);
    to.forEach((place, k) => {
      if (place < -length || place >= length) {
        raise("IndexError", `index ${place} is out of bounds for axis 0 with size ${length}`);
      }
      const other = k - (k % length) + (place < 0 ? place + length : place);
      if (isInverse) out[other] = from[k]!;
      else out[k] = from[other]!;
    });
    return [arrayOf(out, shape, x!.dtype)];
  }

  lop(node: Apply, [gradient]: readonly (TensorVariable | undefined)[]): (TensorVariable | null)[] {
    const [x, y, inverse] = node.inputs as TensorVariable[];
    const back = call(this, gradient!, y!, eq(inverse!, 0)) as TensorVariable;
    const repeated = [...x!.broadcastable.keys()].filter((axis) =>
      x!.broadcastable[axis]! && !back.broadcastable[axis]!
    );
    const summed = repeated.length === 0 ? back : sum(back, { axis: repeated, keepdims: true });
    return [summed, null, null];
  }
}

const permuteOp = new PermuteRowElements();

/**
 * The elements of each row in another order: `out[…, i] = x[…, y[…, i]]`, or the inverse of that.
 *
 * Shapes: `(…, n), (…, n) → (…, n)`; leading axes broadcast.
 * Dtypes: that of `x`; `y` holds integers.
 * Gradient: to `x`.
 * Theano: `theano.tensor.permute_row_elements`.
 *
 * @param x The rows.
 * @param y A permutation of `0 … n − 1`, or one a row.
 * @param given Whether to use the inverse permutation: a truth value or an integer scalar.
 * @returns The permuted rows.
 * @throws {TypeError} If `y` does not hold integers.
 */
export function permuteRowElements(
  x: TensorLike,
  y: TensorLike,
  ...given: Given<{ readonly inverse?: TensorLike }, [inverse?: TensorLike]>
): TensorVariable {
  const { inverse = 0 } = optional<{ inverse?: TensorLike }>(
    "permuteRowElements",
    ["inverse"],
    given,
  );
  const flag = asTensorVariable(typeof inverse === "boolean" ? Number(inverse) : inverse);
  return call(permuteOp, asTensorVariable(x), asTensorVariable(y), flag) as TensorVariable;
}

/**
 * The inverse of a permutation, or of each row of a matrix of permutations.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged.
 * Gradient: none.
 * Theano: `theano.tensor.inverse_permutation`.
 *
 * @param perm Permutations of `0 … n − 1`, along the last axis.
 * @returns Their inverses.
 */
export function inversePermutation(perm: TensorLike): TensorVariable {
  const order = asTensorVariable(perm);
  const places = cast(arange(shapeI(order, -1)), order.dtype);
  return permuteRowElements(places, order, { inverse: 1 });
}
