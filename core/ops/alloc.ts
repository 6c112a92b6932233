/**
 * @file New tensors of a shape: one value repeated, or memory as it is.
 */

import { NDArray } from "../array/ndarray.ts";
import { shapeText } from "../array/shape.ts";
import { config } from "../config/config.ts";
import { type DType, isDiscrete, makeStorage } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { ShapeLike, Size, TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { broadcastStrides } from "./broadcast.ts";
import { knownNumber, vectorItems } from "./constant_value.ts";
import { elementsOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import { shapeVector } from "./make_vector.ts";
import { itemVariable, sizeItem } from "./shape_item.ts";
import { StructuralOp } from "./structural.ts";

/** The first input repeated over the shape of the others. Theano: `Alloc`. */
export class Alloc extends StructuralOp {
  readonly kind = "alloc";
  readonly name = "Alloc";

  makeNode(value: TensorVariable, ...sizes: TensorVariable[]): Apply {
    checkSizes(this.name, sizes);
    if (value.ndim > sizes.length) {
      raise(
        "TypeError",
        `The Alloc value to use has more dimensions than the specified dimensions: ` +
          `${value.ndim}, ${sizes.length}`,
      );
    }
    const pattern = sizes.map((size) => knownNumber(size) === 1);
    const type = new TensorType(value.dtype, pattern);
    return new Apply(this, [value, ...sizes], [type.makeVariable()]);
  }

  inferShape(node: Apply): readonly Shape[] {
    return [sizesOf(node, node.inputs.slice(1) as TensorVariable[])];
  }

  perform(_: Apply, [value, ...sizes]: readonly NDArray[]): NDArray[] {
    const shape = checkedShape(sizes);
    const skipped = shape.length - value!.ndim;
    const inner = shape.slice(skipped);
    if (value!.shape.some((length, axis) => length !== 1 && length !== inner[axis])) {
      raise(
        "ValueError",
        `could not broadcast input array from shape ${shapeText(value!.shape)} into shape ` +
          shapeText(shape),
      );
    }
    const own = [...new Array<number>(skipped).fill(1), ...value!.shape];
    const walked = NDArray.of(value!.data, shape, value!.dtype, broadcastStrides(own, shape));
    return [walked.copy()];
  }
}

/** Memory of a shape, its contents not defined. Theano: `AllocEmpty`. */
export class AllocEmpty extends StructuralOp {
  readonly kind = "allocEmpty";

  /**
   * Makes the op.
   *
   * @param dtype The dtype of the result.
   */
  constructor(readonly dtype: DType) {
    super();
  }

  get name(): string {
    return `AllocEmpty{dtype='${this.dtype}'}`;
  }

  makeNode(...sizes: TensorVariable[]): Apply {
    checkSizes(this.name, sizes);
    const type = new TensorType(this.dtype, sizes.map((size) => knownNumber(size) === 1));
    return new Apply(this, sizes, [type.makeVariable()]);
  }

  inferShape(node: Apply): readonly Shape[] {
    return [sizesOf(node, node.inputs as TensorVariable[])];
  }

  perform(_: Apply, sizes: readonly NDArray[]): NDArray[] {
    const shape = checkedShape(sizes);
    return [
      NDArray.of(makeStorage(this.dtype, shape.reduce((a, b) => a * b, 1)), shape, this.dtype),
    ];
  }
}

function checkSizes(name: string, sizes: readonly TensorVariable[]): void {
  const wrong = sizes.find((size) => size.ndim !== 0 || !isDiscrete(size.dtype));
  if (wrong) {
    raise(
      "TypeError",
      `Shape arguments to ${name} must be integers, but argument ${wrong} (${wrong.type}) is not`,
    );
  }
}

function sizesOf(node: Apply, sizes: readonly TensorVariable[]): Shape {
  const { broadcastable } = node.outputs[0] as TensorVariable;
  return sizes.map((size, axis) => broadcastable[axis] ? 1 : knownNumber(size) ?? sizeItem(size));
}

function checkedShape(sizes: readonly NDArray[]): number[] {
  const shape = sizes.map((size) => Number(elementsOf(size)[0]));
  if (shape.some((n) => n < 0)) raise("ValueError", "negative dimensions are not allowed");
  return shape;
}

const allocOp = new Alloc();

/**
 * One value repeated over a shape.
 *
 * Shapes: `value` broadcast to `(…shape)`; sizes that are known to be 1 broadcast.
 * Dtypes: the value's.
 * Gradient: of the value.
 * Theano: `theano.tensor.alloc`.
 *
 * @param value What to repeat.
 * @param shape The sizes, integer scalars.
 * @throws {TypeError} If a size is no integer scalar, or the value has more axes than the shape.
 */
export function alloc(value: TensorLike, ...shape: readonly Size[]): TensorVariable {
  const sizes = shape.map((size) => asTensorVariable(size));
  return call(allocOp, asTensorVariable(value), ...sizes) as TensorVariable;
}

/** A value repeated over a symbolic shape. */
export function allocItems(value: TensorVariable, shape: Shape): TensorVariable {
  return call(allocOp, value, ...shape.map(itemVariable)) as TensorVariable;
}

type Dtyped = { readonly dtype?: DType | "floatX" };

/**
 * Zeros.
 *
 * Shapes: the one given.
 * Dtypes: the one given, floatX if left out.
 * Theano: `theano.tensor.zeros`.
 *
 * @param shape A size, a list of sizes, or an integer vector of known length.
 * @param given A dtype.
 */
export function zeros(
  shape: ShapeLike,
  ...given: Given<Dtyped, [dtype?: DType | "floatX"]>
): TensorVariable {
  return filled("zeros", shape, 0, given);
}

/**
 * Ones.
 *
 * Shapes: the one given.
 * Dtypes: the one given, floatX if left out.
 * Theano: `theano.tensor.ones`.
 *
 * @param shape A size, a list of sizes, or an integer vector of known length.
 * @param given A dtype.
 */
export function ones(
  shape: ShapeLike,
  ...given: Given<Dtyped, [dtype?: DType | "floatX"]>
): TensorVariable {
  return filled("ones", shape, 1, given);
}

function filled(
  name: string,
  shape: ShapeLike,
  value: number,
  given: readonly unknown[],
): TensorVariable {
  const { dtype = "floatX" } = optional<Dtyped>(name, ["dtype"], given);
  const wanted = dtype === "floatX" ? config.floatX : dtype;
  return call(allocOp, constant(value, { dtype: wanted }), ...sizesGiven(shape)) as TensorVariable;
}

/** The sizes that a user gives for a shape, one scalar each. */
function sizesGiven(shape: ShapeLike): TensorVariable[] {
  if (Array.isArray(shape)) return shape.map((size) => asTensorVariable(size));
  if (shape instanceof TensorVariable && shape.ndim === 0) return [shape];
  const vector = shapeVector(shape);
  return vectorItems(vector);
}
