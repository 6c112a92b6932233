/**
 * @file The same elements in another shape.
 */

import type { NDArray } from "../array/ndarray.ts";
import { shapeText } from "../array/shape.ts";
import { isInteger } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { type AliasMap, call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { ShapeLike, TensorLike } from "../tensor/methods.ts";
import { TensorConstant, type TensorVariable } from "../tensor/tensor_variable.ts";
import { getVectorLength, knownNumber, tryVectorItems } from "./constant_value.ts";
import { numbersOf } from "./elements.ts";
import type { Shape, ShapeItem } from "./kind.ts";
import { eq, switch_ } from "./logic.ts";
import { itemsVector, shapeVector } from "./make_vector.ts";
import { axisSize } from "./shape.ts";
import { divItems, isKnown, itemVariable, mulItems, sizeItem, sizeOfShape } from "./shape_item.ts";
import { firstIsView, StructuralOp } from "./structural.ts";

/** The elements of the first input in the shape of the second. Theano: `Reshape`. */
export class Reshape extends StructuralOp {
  readonly kind = "reshape";
  readonly viewMap: AliasMap = firstIsView;

  /**
   * Makes the op.
   *
   * @param ndim Number of axes of the result.
   */
  constructor(readonly ndim: number) {
    super();
  }

  get name(): string {
    return `Reshape{${this.ndim}}`;
  }

  makeNode(x: TensorVariable, shape: TensorVariable): Apply {
    const isEmpty = shape instanceof TensorConstant && shape.data.size === 0;
    if (!isInteger(shape.dtype) && !isEmpty) {
      raise("TypeError", `Shape must be integers: ${shape} (${shape.type})`);
    }
    if (shape.ndim !== 1) {
      raise("TypeError", `Shape must be a vector: ${shape} (${shape.type})`);
    }
    const items = tryVectorItems(shape);
    if (items && items.length !== this.ndim) refuseLength(items.length, this.ndim);
    const pattern = Array.from(
      { length: this.ndim },
      (_, axis) => items !== undefined && knownNumber(items[axis]!) === 1,
    );
    return new Apply(this, [x, shape], [x.type.clone({ broadcastable: pattern }).makeVariable()]);
  }

  inferShape(node: Apply, [shape]: readonly Shape[]): readonly (Shape | null)[] {
    if (shape!.length === 0) return [new Array<number>(this.ndim).fill(1)];
    const { broadcastable } = node.outputs[0] as TensorVariable;
    const wanted = tryVectorItems(node.inputs[1] as TensorVariable);
    if (!wanted) return [null];
    const items = wanted.map((item, axis) =>
      broadcastable[axis] ? 1 : knownNumber(item) ?? sizeItem(item)
    );
    return [
      items.includes(-1) ? filled(items, shape!) : items.map((_, k) => open(items, k, shape!)),
    ];
  }

  perform(_: Apply, [x, shape]: readonly NDArray[]): NDArray[] {
    const sizes = numbersOf(shape!);
    if (sizes.length !== this.ndim) refuseLength(sizes.length, this.ndim);
    const known = sizes.filter((n) => n !== -1).reduce((product, n) => product * n, 1);
    const free = sizes.filter((n) => n === -1).length;
    const fits = free === 0
      ? known === x!.size
      : free === 1 && (known === 0 ? x!.size === 0 : x!.size % known === 0);
    if (!fits || sizes.some((n) => n < -1)) {
      raise(
        "ValueError",
        `Cannot reshape input of shape ${shapeText(x!.shape)} to shape [${sizes.join(" ")}]`,
      );
    }
    const rest = known === 0 ? 0 : x!.size / known;
    return [x!.reshape(sizes.map((n) => n === -1 ? rest : n))];
  }
}

function refuseLength(length: number, ndim: number): never {
  return raise(
    "ValueError",
    `shape argument to Reshape.perform has incorrect length ${length}, should be ${ndim}`,
  );
}

/** The items with a known −1 replaced by what is left over. */
function filled(items: readonly ShapeItem[], from: Shape): Shape {
  const others = mulItems(...items.filter((item) => item !== -1));
  const rest = divItems(sizeOfShape(from), others);
  return items.map((item) => item === -1 ? rest : item);
}

/** An item that may turn out to be −1. */
function open(items: readonly ShapeItem[], k: number, from: Shape): ShapeItem {
  const item = items[k]!;
  if (isKnown(item) || isSize(item)) return item;
  const others = mulItems(...items.filter((_, i) => i !== k));
  const rest = itemVariable(divItems(sizeOfShape(from), others));
  return switch_(eq(item, -1), rest, item);
}

/** Whether a scalar is made of sizes alone, so that it cannot be negative. */
function isSize(item: TensorVariable): boolean {
  if (item instanceof TensorConstant) return Number(item.data.item()) >= 0;
  const node = item.owner;
  if (!node) return false;
  if (node.op.name.startsWith("Shape_i{")) return true;
  const keeps = /^Elemwise\{(add|mul|int_div|Cast\{int64\})/.test(node.op.name);
  return keeps && node.inputs.every((x) => isSize(x as TensorVariable));
}

/**
 * The same elements, in C order, in another shape.
 *
 * Shapes: `(…) → newshape`; one size may be −1, for what is left over. Sizes that are known to be 1
 * broadcast.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.reshape`, `x.reshape`.
 *
 * @param x The tensor.
 * @param newshape A size, a list of sizes, or an integer vector.
 * @param given The number of axes of the result, where the length of `newshape` is not known.
 * @returns A view where that is possible.
 * @throws {ValueError} If the number of axes is not known.
 * @throws {TypeError} If the shape is not a vector of integers.
 */
export function reshape(
  x: TensorLike,
  newshape: ShapeLike,
  ...given: Given<{ readonly ndim?: number }, [ndim?: number]>
): TensorVariable {
  const { ndim } = optional<{ ndim?: number }>("reshape", ["ndim"], given);
  const wanted = shapeVector(newshape);
  return call(new Reshape(ndim ?? axesOf(wanted)), asTensorVariable(x), wanted) as TensorVariable;
}

function axesOf(newshape: TensorVariable): number {
  if (newshape.ndim !== 1) {
    raise(
      "TypeError",
      "New shape in reshape must be a vector or a list/tuple of scalar. " +
        `Got ${newshape} after conversion to a vector.`,
    );
  }
  if (tryVectorItems(newshape) === undefined) {
    raise(
      "ValueError",
      `The length of the provided shape (${newshape}) cannot be automatically determined, so ` +
        "Theano is not able to know what the number of dimensions of the reshaped variable will " +
        "be. You can provide the 'ndim' keyword argument to 'reshape' to avoid this problem.",
    );
  }
  return getVectorLength(newshape);
}

/** The tensor in a shape of symbolic items, with the broadcast pattern they imply. */
export function reshapeItems(x: TensorVariable, items: Shape): TensorVariable {
  return call(new Reshape(items.length), x, itemsVector(items)) as TensorVariable;
}

/**
 * The tensor with its last axes merged into one.
 *
 * Shapes: the first `ndim − 1` axes kept, the rest merged; a scalar gets length 1.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.flatten`, `x.flatten`.
 *
 * @param x The tensor.
 * @param given Number of axes of the result, 1 if left out.
 * @returns A view where that is possible.
 * @throws {ValueError} If `ndim` is below 1 or above that of `x`.
 */
export function flatten(
  x: TensorLike,
  ...given: Given<{ readonly ndim?: number }, [ndim?: number]>
): TensorVariable {
  const { ndim = 1 } = optional<{ ndim?: number }>("flatten", ["ndim"], given);
  const variable = asTensorVariable(x);
  if (ndim < 1 || ndim > Math.max(1, variable.ndim)) {
    raise("ValueError", `ndim ${ndim} out of bound [1, ${variable.ndim + 1})`);
  }
  const first = Array.from({ length: ndim - 1 }, (_, axis) => axisSize(variable, axis));
  const merged = variable.broadcastable.slice(ndim - 1).every(Boolean) ? 1 : -1;
  return reshapeItems(variable, [...first, merged]);
}

/**
 * All elements in a vector, in C order.
 *
 * Shapes: `(…) → (size)`.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `x.ravel`.
 *
 * @param x The tensor.
 */
export function ravel(x: TensorLike): TensorVariable {
  return flatten(x);
}

/**
 * Whether a tensor has exactly so many axes.
 *
 * Shapes: any.
 * Dtypes: any.
 * Theano: `theano.tensor.is_flat`.
 *
 * @param x The tensor.
 * @param given Number of axes, 1 if left out.
 */
export function isFlat(
  x: TensorVariable,
  ...given: Given<{ readonly ndim?: number }, [ndim?: number]>
): boolean {
  const { ndim = 1 } = optional<{ ndim?: number }>("isFlat", ["ndim"], given);
  return x.ndim === ndim;
}
