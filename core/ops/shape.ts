/**
 * @file Shapes as values: the shape vector, one size, and the promise of a shape.
 */

import type { NDArray } from "../array/ndarray.ts";
import { isDiscrete } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { type AliasMap, call } from "../graph/op.ts";
import { Apply, type Variable } from "../graph/variable.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { ShapeLike, TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import { TensorConstant, TensorVariable } from "../tensor/tensor_variable.ts";
import { arrayOf, numbersOf } from "./elements.ts";
import type { Shape as Items, ShapeItem } from "./kind.ts";
import { shapeVector } from "./make_vector.ts";
import { firstIsView, StructuralOp } from "./structural.ts";

/** The length of each axis. Theano: `Shape`. */
export class Shape extends StructuralOp {
  readonly kind = "shape";
  readonly name = "Shape";

  makeNode(x: Variable): Apply {
    const pattern = x instanceof TensorVariable && x.ndim === 1;
    return new Apply(this, [x], [new TensorType("int64", [pattern]).makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Items[]): readonly Items[] {
    return [[shape!.length]];
  }

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    return [arrayOf(x!.shape, [x!.ndim], "int64")];
  }
}

/** The length of one axis. Theano: `Shape_i`. */
export class ShapeI extends StructuralOp {
  readonly kind = "shapeI";

  /**
   * Makes the op.
   *
   * @param axis The axis, counted from the front.
   */
  constructor(readonly axis: number) {
    super();
  }

  get name(): string {
    return `Shape_i{${this.axis}}`;
  }

  makeNode(x: Variable): Apply {
    if (x instanceof TensorVariable && !(this.axis in x.broadcastable)) {
      raise("TypeError", `${this.name}: ${x} has only ${x.ndim} axes`);
    }
    return new Apply(this, [x], [new TensorType("int64", []).makeVariable()]);
  }

  inferShape(): readonly Items[] {
    return [[]];
  }

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    return [arrayOf([x!.shape[this.axis]!], [], "int64")];
  }
}

/** The first input, if its shape is the second. Theano: `SpecifyShape`. */
export class SpecifyShape extends StructuralOp {
  readonly kind = "specifyShape";
  readonly name = "SpecifyShape";
  readonly viewMap: AliasMap = firstIsView;

  makeNode(x: TensorVariable, shape: TensorVariable): Apply {
    if (!isDiscrete(shape.dtype) && !isEmptyConstant(shape)) {
      raise("TypeError", `SpecifyShape: the shape must be integers, not ${shape} (${shape.type})`);
    }
    if (shape.ndim !== 1) {
      raise("TypeError", `SpecifyShape: the shape must be a vector, not ${shape} (${shape.type})`);
    }
    if (shape instanceof TensorConstant && shape.data.size !== x.ndim) {
      refuseLength(shape.data.size, x.ndim);
    }
    return new Apply(this, [x, shape], [x.type.makeVariable()]);
  }

  inferShape(node: Apply, [shape]: readonly Items[]): readonly Items[] {
    const [x, wanted] = node.inputs as TensorVariable[];
    const sizes = wanted instanceof TensorConstant ? numbersOf(wanted.data) : shape!;
    return [x!.broadcastable.map((one, axis) => one ? 1 : sizes[axis]!)];
  }

  perform(_: Apply, [x, wanted]: readonly NDArray[]): NDArray[] {
    const sizes = numbersOf(wanted!);
    if (sizes.length !== x!.ndim) refuseLength(sizes.length, x!.ndim);
    sizes.forEach((size, axis) => {
      const length = x!.shape[axis]!;
      if (length !== size) {
        raise(
          "AssertionError",
          `SpecifyShape: dim ${axis} of input has shape ${length}, expected ${size}.`,
        );
      }
    });
    return [x!];
  }
}

function isEmptyConstant(x: TensorVariable): boolean {
  return x instanceof TensorConstant && x.data.size === 0;
}

function refuseLength(size: number, ndim: number): never {
  return raise(
    "AssertionError",
    `SpecifyShape: vector of shape has ${size} elements, but the input has ${ndim} dimensions.`,
  );
}

const shapeOp = new Shape();
const specifyShapeOp = new SpecifyShape();

/**
 * The length of each axis.
 *
 * Shapes: `(…) → (ndim)`.
 * Dtypes: any → int64.
 * Theano: `theano.tensor.shape`, `x.shape`.
 *
 * @param x The tensor.
 * @returns An integer vector.
 */
export function shape(x: TensorLike): TensorVariable {
  return call(shapeOp, asTensorVariable(x)) as TensorVariable;
}

/**
 * The length of one axis.
 *
 * Shapes: `(…) → ()`.
 * Dtypes: any → int64.
 * Theano: `Shape_i(i)(x)`.
 *
 * @param x The tensor, or a variable of another type with a shape.
 * @param axis The axis; negative ones count from the end.
 * @returns An integer scalar.
 */
export function shapeI(x: Variable, axis: number): TensorVariable {
  const position = axis < 0 && x instanceof TensorVariable ? axis + x.ndim : axis;
  return call(new ShapeI(position), x) as TensorVariable;
}

/**
 * The size of one axis as a shape item: a number for constants and axes known to have length one.
 *
 * @param x The tensor.
 * @param axis The axis, counted from the front.
 */
export function axisSize(x: TensorVariable, axis: number): ShapeItem {
  if (x.broadcastable[axis]) return 1;
  return x instanceof TensorConstant ? x.data.shape[axis]! : shapeI(x, axis);
}

/** The symbolic shape of a tensor, from {@linkcode axisSize}. */
export function shapeItems(x: TensorVariable): Items {
  return x.broadcastable.map((_, axis) => axisSize(x, axis));
}

/**
 * The tensor itself, with the promise that it has a shape. Checked at run time.
 *
 * Shapes: unchanged; later shape inference uses the one given.
 * Dtypes: unchanged.
 * Gradient: passes.
 * Theano: `theano.tensor.specify_shape`.
 *
 * @param x The tensor.
 * @param shape The shape it has.
 * @returns A view.
 */
export function specifyShape(x: TensorLike, shape: ShapeLike): TensorVariable {
  return call(specifyShapeOp, asTensorVariable(x), shapeVector(shape)) as TensorVariable;
}
