/**
 * @file Vectors of scalars, and shapes as vectors.
 */

import { NDArray } from "../array/ndarray.ts";
import type { DType } from "../dtype/dtype.ts";
import { upcast } from "../dtype/promote.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { ShapeLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { cast } from "./arithmetic.ts";
import { arrayOf, elementsOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import { isKnown, itemVariable } from "./shape_item.ts";
import { StructuralOp } from "./structural.ts";

/** A vector of scalars. Theano: `MakeVector`. */
export class MakeVector extends StructuralOp {
  readonly kind = "makeVector";

  /**
   * Makes the op.
   *
   * @param dtype The dtype of the vector.
   */
  constructor(readonly dtype: DType = "int64") {
    super();
  }

  get name(): string {
    return `MakeVector{dtype='${this.dtype}'}`;
  }

  makeNode(...scalars: TensorVariable[]): Apply {
    const common = upcast(this.dtype, ...scalars.map((x) => x.dtype));
    if (scalars.some((x) => x.ndim !== 0) || common !== this.dtype) {
      const given = scalars.map((x) => String(x.type)).join(", ");
      raise("TypeError", `${this.name}: wants scalars of ${this.dtype}, got ${given}`);
    }
    const inputs = scalars.map((x) => cast(x, this.dtype));
    const type = new TensorType(this.dtype, [scalars.length === 1]);
    return new Apply(this, inputs, [type.makeVariable()]);
  }

  inferShape(node: Apply): readonly Shape[] {
    return [[node.inputs.length]];
  }

  perform(_: Apply, inputs: readonly NDArray[]): NDArray[] {
    return [arrayOf(inputs.map((x) => elementsOf(x)[0]!), [inputs.length], this.dtype)];
  }
}

/**
 * A vector of scalars.
 *
 * Shapes: `(), (), … → (n)`.
 * Dtypes: upcast of all.
 *
 * @param scalars One or more scalars.
 */
export function makeVector(scalars: readonly TensorVariable[]): TensorVariable {
  const dtype = upcast(scalars[0]!.dtype, ...scalars.slice(1).map((x) => x.dtype));
  return call(new MakeVector(dtype), ...scalars) as TensorVariable;
}

/**
 * A shape as an int64 vector: a constant where all items are known.
 *
 * @param shape The items.
 */
export function itemsVector(shape: Shape): TensorVariable {
  if (shape.every(isKnown)) {
    return constant(NDArray.of(BigInt64Array.from(shape, BigInt), [shape.length], "int64"));
  }
  return makeVector(shape.map(itemVariable));
}

/**
 * What a user gives for a shape, as an integer vector.
 *
 * @param shape A size, a list of sizes (numbers or integer scalars), or an integer vector.
 * @returns The vector; an int64 constant if all sizes are numbers.
 */
export function shapeVector(shape: ShapeLike): TensorVariable {
  if (shape instanceof TensorVariable) return shape.ndim === 0 ? makeVector([shape]) : shape;
  if (typeof shape === "number" || typeof shape === "bigint") return shapeVector([shape]);
  if (!Array.isArray(shape)) return asTensorVariable(shape);
  if (shape.every((size) => typeof size === "number" && Number.isInteger(size))) {
    return itemsVector(shape as number[]);
  }
  if (shape.some((size) => size instanceof TensorVariable)) {
    return makeVector(shape.map((size) => asTensorVariable(size)));
  }
  return asTensorVariable(shape);
}
