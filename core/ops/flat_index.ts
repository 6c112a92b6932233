/**
 * @file Positions in a flattened tensor, and the index of each axis they stand for.
 */

import type { NDArray } from "../array/ndarray.ts";
import { broadcastShapes, contiguousStrides, sizeOf } from "../array/shape.ts";
import { isInteger } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { applyOp, call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { ShapeLike, TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { getVectorLength } from "./constant_value.ts";
import { arrayOf, numbersOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import type { LibraryOp } from "./library.ts";
import { shapeVector } from "./make_vector.ts";
import { placesOver } from "./places.ts";
import { StructuralOp } from "./structural.ts";
import type { IndexMode } from "./take.ts";

/** NumPy's names of memory orders: the last axis fastest, or the first. */
export type MemoryOrder = "C" | "F";

function checkIntegers(x: TensorVariable): void {
  if (!isInteger(x.dtype)) {
    raise("TypeError", `'${x.dtype}' object cannot be interpreted as an index`);
  }
}

function checkDims(dims: TensorVariable): void {
  checkIntegers(dims);
  if (dims.ndim !== 1) raise("TypeError", "dims must be a 1D array");
}

/** The index of each axis of elements of a flattened tensor. Theano: `UnravelIndex`. */
export class UnravelIndex extends StructuralOp implements LibraryOp {
  readonly kind = "library";

  /**
   * Makes the op; its inputs are the positions and the shape.
   *
   * @param ndim How many axes there are.
   * @param order Kept for Theano's signature, where it has no effect.
   */
  constructor(readonly ndim: number, readonly order: MemoryOrder = "C") {
    super();
    if (order !== "C" && order !== "F") raise("ValueError", "order must be one of 'C' or 'F'");
  }

  get name(): string {
    return `UnravelIndex{ndim=${this.ndim}, order='${this.order}'}`;
  }

  makeNode(indices: TensorVariable, dims: TensorVariable): Apply {
    checkIntegers(indices);
    checkDims(dims);
    const type = new TensorType("int64", indices.broadcastable);
    const outputs = Array.from({ length: this.ndim }, () => type.makeVariable());
    return new Apply(this, [indices, dims], outputs);
  }

  inferShape(node: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    return node.outputs.map(() => shape!);
  }

  perform(_: Apply, [indices, dims]: readonly NDArray[]): NDArray[] {
    const shape = numbersOf(dims!);
    if (shape.length !== this.ndim) {
      raise("ValueError", `dims has ${shape.length} elements, but ndim is ${this.ndim}`);
    }
    const size = sizeOf(shape);
    const positions = numbersOf(indices!);
    const outside = positions.find((position) => position < 0 || position >= size);
    if (outside !== undefined) {
      raise("ValueError", `index ${outside} is out of bounds for array with size ${size}`);
    }
    const strides = contiguousStrides(shape);
    return shape.map((length, axis) =>
      arrayOf(
        positions.map((position) => Math.floor(position / strides[axis]!) % length),
        indices!.shape,
        "int64",
      )
    );
  }
}

/** The position in the flattened tensor of elements given by an index. Theano: `RavelMultiIndex`. */
export class RavelMultiIndex extends StructuralOp implements LibraryOp {
  readonly kind = "library";

  /**
   * Makes the op; its inputs are one index an axis, and the shape.
   *
   * @param mode What becomes of indices that are out of bounds.
   * @param order Which axis is the fastest: the last or the first.
   */
  constructor(readonly mode: IndexMode = "raise", readonly order: MemoryOrder = "C") {
    super();
    if (!["raise", "wrap", "clip"].includes(mode)) {
      raise("ValueError", "mode must be one of 'raise', 'wrap', 'clip'");
    }
    if (order !== "C" && order !== "F") raise("ValueError", "order must be one of 'C' or 'F'");
  }

  get name(): string {
    return `RavelMultiIndex{mode='${this.mode}', order='${this.order}'}`;
  }

  makeNode(...inputs: TensorVariable[]): Apply {
    const indices = inputs.slice(0, -1);
    const dims = inputs.at(-1)!;
    if (indices.length === 0) raise("ValueError", "multi_index must have one array or more");
    indices.forEach(checkIntegers);
    checkDims(dims);
    const [first] = indices;
    const other = indices.find((index) => index.ndim !== first!.ndim);
    if (other) {
      fail(
        "TypeError",
        `ravel ${first} (${first!.type}) and ${other} (${other.type})`,
        "the indices differ in their number of axes",
      );
    }
    const pattern = first!.broadcastable.map((_, axis) =>
      indices.every((index) => index.broadcastable[axis]!)
    );
    return new Apply(this, inputs, [new TensorType("int64", pattern).makeVariable()]);
  }

  inferShape(node: Apply, shapes: readonly Shape[]): readonly Shape[] {
    const indices = node.inputs.slice(0, -1) as TensorVariable[];
    const { broadcastable } = node.outputs[0] as TensorVariable;
    return [broadcastable.map((one, axis) => {
      const long = indices.findIndex((index) => !index.broadcastable[axis]!);
      return one ? 1 : shapes[long]![axis]!;
    })];
  }

  perform(_: Apply, inputs: readonly NDArray[]): NDArray[] {
    const indices = inputs.slice(0, -1);
    const dims = numbersOf(inputs.at(-1)!);
    if (dims.length !== indices.length) {
      raise(
        "ValueError",
        `parameter multi_index must be a sequence of length ${dims.length}`,
      );
    }
    const strides = this.order === "C"
      ? contiguousStrides(dims)
      : contiguousStrides([...dims].reverse()).reverse();
    const shape = broadcastShapes(...indices.map((index) => index.shape));
    const sums = new Array<number>(sizeOf(shape)).fill(0);
    indices.forEach((index, axis) => {
      const values = numbersOf(index).map((i) => this.#inside(i, dims[axis]!));
      placesOver(index.shape, shape).forEach((place, k) => {
        sums[k]! += values[place]! * strides[axis]!;
      });
    });
    return [arrayOf(sums, shape, "int64")];
  }

  #inside(index: number, length: number): number {
    if (this.mode === "wrap") return ((index % length) + length) % length;
    if (this.mode === "clip") return Math.min(Math.max(index, 0), length - 1);
    if (index < 0 || index >= length) raise("ValueError", "invalid entry in coordinates array");
    return index;
  }
}

/**
 * The index of each axis of elements given by their position in the flattened tensor.
 *
 * Shapes: `(…), (ndim) → ndim of (…)`.
 * Dtypes: integers → int64.
 * Gradient: none.
 * Theano: `theano.tensor.unravel_index`.
 *
 * @param indices Positions in C order.
 * @param dims The shape of the tensor.
 * @param given The order, accepted without effect as in Theano, and the number of axes where the
 *   length of `dims` is not known.
 * @returns One tensor an axis.
 * @throws {ValueError} If the number of axes is not known.
 * @throws {TypeError} If positions or shape are not integers.
 */
export function unravelIndex(
  indices: TensorLike,
  dims: ShapeLike,
  ...given: Given<
    { readonly order?: MemoryOrder; readonly ndim?: number },
    [order?: MemoryOrder, ndim?: number]
  >
): TensorVariable[] {
  const { order, ndim } = optional<{ order?: MemoryOrder; ndim?: number }>(
    "unravelIndex",
    ["order", "ndim"],
    given,
  );
  const shape = shapeVector(dims);
  const op = new UnravelIndex(ndim ?? lengthOf(shape), order);
  return [...applyOp(op, [asTensorVariable(indices), shape]).outputs] as TensorVariable[];
}

function lengthOf(dims: TensorVariable): number {
  try {
    return getVectorLength(dims);
  } catch {
    return raise(
      "ValueError",
      `The length of the provided dimension list (${dims}) cannot be automatically determined, so ` +
        "Theano is not able to know what the number of dimensions of the unraveled index will be. " +
        "You can provide the 'ndim' keyword argument to 'unravel_index' to avoid this problem.",
    );
  }
}

/**
 * The position in the flattened tensor of elements given by the index of each axis.
 *
 * Shapes: `ndim of (…), (ndim) → (…)`.
 * Dtypes: integers → int64.
 * Gradient: none.
 * Theano: `theano.tensor.ravel_multi_index`.
 *
 * @param multiIndex One tensor of indices an axis.
 * @param dims The shape of the tensor.
 * @param given What becomes of indices that are out of bounds, and the order.
 * @returns Positions.
 * @throws {ValueError} If there is no such mode or order.
 * @throws {TypeError} If indices or shape are not integers.
 */
export function ravelMultiIndex(
  multiIndex: readonly TensorLike[],
  dims: ShapeLike,
  ...given: Given<
    { readonly mode?: IndexMode; readonly order?: MemoryOrder },
    [mode?: IndexMode, order?: MemoryOrder]
  >
): TensorVariable {
  const { mode, order } = optional<{ mode?: IndexMode; order?: MemoryOrder }>(
    "ravelMultiIndex",
    ["mode", "order"],
    given,
  );
  const inputs = multiIndex.map((index) => asTensorVariable(index));
  return call(new RavelMultiIndex(mode, order), ...inputs, shapeVector(dims)) as TensorVariable;
}
