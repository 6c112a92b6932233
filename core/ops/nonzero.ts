/**
 * @file Where a tensor is not zero.
 */

import { NDArray } from "../array/ndarray.ts";
import { Complex, type Element } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { applyOp } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { elementsOf } from "./elements.ts";
import { get } from "./indexing.ts";
import { stack } from "./join.ts";
import type { Shape } from "./kind.ts";
import { flatten } from "./reshape.ts";
import { StructuralOp } from "./structural.ts";

/** For each axis, the indices of the elements that are not zero, in C order. Theano: `Nonzero`. */
export class Nonzero extends StructuralOp {
  readonly kind = "nonzero";
  readonly name = "Nonzero";

  makeNode(a: TensorVariable): Apply {
    if (a.ndim === 0) raise("ValueError", "Nonzero only supports non-scalar arrays.");
    const type = new TensorType("int64", [false]);
    return new Apply(this, [a], a.broadcastable.map(() => type.makeVariable()));
  }

  inferShape(node: Apply): readonly (Shape | null)[] {
    return node.outputs.map(() => null);
  }

  perform(_: Apply, [a]: readonly NDArray[]): NDArray[] {
    const hits = elementsOf(a!).flatMap((element, k) => isNonzero(element) ? [k] : []);
    let below = a!.size;
    return a!.shape.map((length) => {
      below /= length;
      const stride = below;
      const along = BigInt64Array.from(hits, (k) => BigInt(Math.floor(k / stride) % length));
      return NDArray.of(along, [hits.length], "int64");
    });
  }
}

function isNonzero(element: Element): boolean {
  if (element instanceof Complex) return isNonzero(element.re) || isNonzero(element.im);
  return Boolean(element) || Number.isNaN(element);
}

const nonzeroOp = new Nonzero();

/**
 * The indices of the elements that are not zero.
 *
 * Shapes: `(…) → ndim vectors of one length`, or one `(ndim, n)` matrix.
 * Dtypes: any → int64.
 * Gradient: none.
 * Theano: `theano.tensor.nonzero`.
 *
 * @param a The tensor, of one axis or more.
 * @param given Whether to return a matrix, one row an axis.
 * @returns One vector an axis, in C order: `x.get(...nonzero(x))` are the values.
 * @throws {ValueError} If `a` has no axes.
 */
export function nonzero(
  a: TensorLike,
  ...given: Given<{ readonly returnMatrix?: boolean }, [returnMatrix?: boolean]>
): TensorVariable[] | TensorVariable {
  const { returnMatrix = false } = optional<{ returnMatrix?: boolean }>(
    "nonzero",
    ["returnMatrix"],
    given,
  );
  const indices = indicesOf(asTensorVariable(a));
  return returnMatrix ? stack(indices) : indices;
}

function indicesOf(a: TensorVariable): TensorVariable[] {
  return [...applyOp(nonzeroOp, [a]).outputs] as TensorVariable[];
}

/**
 * The indices of the elements of the flattened tensor that are not zero.
 *
 * Shapes: `(…) → (n)`.
 * Dtypes: any → int64.
 * Gradient: none.
 * Theano: `theano.tensor.flatnonzero`.
 *
 * @param a The tensor, of one axis or more.
 * @returns Positions in C order.
 * @throws {ValueError} If `a` has no axes.
 */
export function flatnonzero(a: TensorLike): TensorVariable {
  const x = asTensorVariable(a);
  if (x.ndim === 0) raise("ValueError", "Nonzero only supports non-scalar arrays.");
  return indicesOf(flatten(x))[0]!;
}

/**
 * The elements that are not zero, in C order.
 *
 * Shapes: `(…) → (n)`.
 * Dtypes: unchanged.
 * Gradient: to the elements taken.
 * Theano: `theano.tensor.nonzero_values`.
 *
 * @param a The tensor, of one axis or more.
 * @returns The elements.
 * @throws {ValueError} If `a` has no axes.
 */
export function nonzeroValues(a: TensorLike): TensorVariable {
  const x = asTensorVariable(a);
  return get(flatten(x), flatnonzero(x));
}
