/**
 * @file A tensor cut along an axis.
 */

import type { NDArray } from "../array/ndarray.ts";
import { normalizeAxis } from "../array/shape.ts";
import { Slice } from "../array/slice.ts";
import { isDiscrete, isInteger } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { applyOp } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { knownNumber, tryVectorItems } from "./constant_value.ts";
import { elementsOf, numbersOf } from "./elements.ts";
import type { Shape, ShapeItem } from "./kind.ts";
import { shapeVector } from "./make_vector.ts";
import { sizeItem } from "./shape_item.ts";
import { StructuralOp } from "./structural.ts";

/** A tensor, an axis and the lengths of the parts: the parts. Theano: `Split`. */
export class Split extends StructuralOp {
  readonly kind = "split";

  /**
   * Makes the op.
   *
   * @param parts How many parts.
   */
  constructor(readonly parts: number) {
    super();
  }

  get name(): string {
    return `Split{${this.parts}}`;
  }

  makeNode(x: TensorVariable, axis: TensorVariable, sizes: TensorVariable): Apply {
    if (x.ndim === 0) raise("TypeError", `Split: cannot split a scalar, ${x}`);
    if (axis.ndim !== 0 || !isDiscrete(axis.dtype)) {
      raise("TypeError", `axis must be an integer scalar, not ${axis} (${axis.type})`);
    }
    if (sizes.ndim !== 1 || !isInteger(sizes.dtype)) {
      raise("TypeError", `splits must be an integer vector, not ${sizes} (${sizes.type})`);
    }
    const along = knownNumber(axis);
    const position = along !== undefined && along < 0 ? along + x.ndim : along;
    const pattern = x.broadcastable.map((one, i) =>
      one && position !== undefined && i !== position
    );
    const type = x.type.clone({ broadcastable: pattern });
    const outputs = Array.from({ length: this.parts }, () => type.makeVariable());
    return new Apply(this, [x, axis, sizes], outputs);
  }

  inferShape(node: Apply, [shape]: readonly Shape[]): readonly (Shape | null)[] {
    const [x, axis, sizes] = node.inputs as TensorVariable[];
    const along = knownNumber(axis!);
    const items = tryVectorItems(sizes!)?.map((item): ShapeItem =>
      knownNumber(item) ?? sizeItem(item)
    );
    if (along === undefined || items?.length !== this.parts) return node.outputs.map(() => null);
    const position = normalizeAxis(along, x!.ndim);
    return items.map((item) => shape!.map((size, i) => i === position ? item : size));
  }

  perform(_: Apply, [x, axis, sizes]: readonly NDArray[]): NDArray[] {
    const along = normalizeAxis(Number(elementsOf(axis!)[0]), x!.ndim);
    const lengths = numbersOf(sizes!);
    if (lengths.length !== this.parts) {
      raise(
        "ValueError",
        `In Split.perform(), len(splits) != len_splits: ${lengths.length} != ${this.parts}`,
      );
    }
    const total = lengths.reduce((sum, n) => sum + n, 0);
    if (total !== x!.shape[along]) {
      raise(
        "ValueError",
        `The splits sum to ${total}, expected ${x!.shape[along]}`,
      );
    }
    if (lengths.some((n) => n < 0)) {
      raise(
        "ValueError",
        "Split: you tried to make an ndarray with a negative number of elements.",
      );
    }
    let start = 0;
    return lengths.map((length) => {
      const part = new Slice(start, start += length);
      const before = new Array<string>(along).fill(":");
      return x!.get(...before, part, "...").copy();
    });
  }
}

/**
 * A tensor cut into parts along an axis.
 *
 * Shapes: `(…, n, …) → (…, sizes[0], …), (…, sizes[1], …), …`; the sizes add up to `n`.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.split`.
 *
 * @param x The tensor.
 * @param splitsSize Length of each part.
 * @param nSplits Number of parts.
 * @param given The axis, 0 if left out.
 * @returns The parts.
 */
export function split(
  x: TensorLike,
  splitsSize: TensorLike,
  nSplits: number,
  ...given: Given<
    { readonly axis?: number | TensorVariable },
    [axis?: number | TensorVariable]
  >
): TensorVariable[] {
  const { axis = 0 } = optional<{ axis?: number | TensorVariable }>("split", ["axis"], given);
  const sizes = shapeVector(splitsSize as number[]);
  const node = applyOp(new Split(nSplits), [asTensorVariable(x), asTensorVariable(axis), sizes]);
  return node.outputs as TensorVariable[];
}
