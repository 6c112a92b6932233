/**
 * @file Tensors put together along an axis.
 */

import type { NDArray } from "../array/ndarray.ts";
import { sizeOf } from "../array/shape.ts";
import { isDiscrete } from "../dtype/dtype.ts";
import { upcast } from "../dtype/promote.ts";
import { fail, raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { knownNumber } from "./constant_value.ts";
import { arrayOf, elementsOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import { shapePadaxis } from "./layout.ts";
import { eq, switch_ } from "./logic.ts";
import { makeVector } from "./make_vector.ts";
import { addItems, itemVariable } from "./shape_item.ts";
import { StructuralOp } from "./structural.ts";

/** The first input says along which axis the others are put together. Theano: `Join`. */
export class Join extends StructuralOp {
  readonly kind = "join";
  readonly name = "Join";

  makeNode(axis: TensorVariable, ...tensors: TensorVariable[]): Apply {
    const [first] = tensors;
    if (!first) raise("ValueError", "Cannot join an empty list of tensors");
    if (tensors.some((x) => x.ndim === 0)) {
      raise(
        "TypeError",
        "Join cannot handle arguments of dimension 0. For joining scalar values, see @stack",
      );
    }
    if (tensors.some((x) => x.ndim !== first.ndim)) {
      raise("TypeError", "Join() can only join tensors with the same number of dimensions.");
    }
    if (axis.ndim !== 0 || !isDiscrete(axis.dtype)) {
      raise("TypeError", `Axis could not be cast to an integer type: ${axis} (${axis.type})`);
    }
    const dtype = upcast(first.dtype, ...tensors.map((x) => x.dtype));
    const type = new TensorType(dtype, joinedPattern(axis, tensors));
    return new Apply(this, [axis, ...tensors], [type.makeVariable()]);
  }

  inferShape(node: Apply, [, ...shapes]: readonly Shape[]): readonly Shape[] {
    const { ndim, broadcastable } = node.outputs[0] as TensorVariable;
    const axis = node.inputs[0] as TensorVariable;
    const known = knownNumber(axis);
    const sizes = shapes[0]!.map((size, i) => {
      if (broadcastable[i]) return 1;
      const sum = (): Shape[number] => addItems(...shapes.map((shape) => shape[i]!));
      if (known !== undefined) return i === (known < 0 ? known + ndim : known) ? sum() : size;
      const position = switch_(eq(axis, i), true, eq(axis, i - ndim));
      return switch_(position, itemVariable(sum()), itemVariable(size));
    });
    return [sizes];
  }

  perform(node: Apply, [axis, ...tensors]: readonly NDArray[]): NDArray[] {
    const { ndim, dtype } = node.outputs[0] as TensorVariable;
    const given = Number(elementsOf(axis!)[0]);
    const along = given < 0 ? given + ndim : given;
    if (along < 0 || along >= ndim) {
      raise("IndexError", `Join axis ${given} out of bounds [0, ${ndim})`);
    }
    const [first] = tensors;
    if (tensors.some((x) => x.shape.some((n, i) => i !== along && n !== first!.shape[i]))) {
      raise(
        "ValueError",
        "all the input array dimensions except for the concatenation axis must match exactly",
      );
    }
    const outer = sizeOf(first!.shape.slice(0, along));
    const columns = tensors.map((x) => elementsOf(x.astype(dtype)));
    const elements = Array.from({ length: outer }, (_, row) =>
      columns.map((column) => {
        const step = column.length / outer;
        return column.slice(row * step, (row + 1) * step);
      })).flat(2);
    const joined = tensors.reduce((sum, x) => sum + x.shape[along]!, 0);
    return [arrayOf(elements, first!.shape.map((n, i) => i === along ? joined : n), dtype)];
  }
}

function joinedPattern(axis: TensorVariable, tensors: readonly TensorVariable[]): boolean[] {
  const [first] = tensors;
  if (tensors.length === 1) return [...first!.broadcastable];
  const known = knownNumber(axis);
  const { ndim } = first!;
  if (known === undefined) return new Array<boolean>(ndim).fill(false);
  if (known < -ndim) raise("IndexError", `Join axis ${known} out of bounds [0, ${ndim})`);
  if (known >= ndim) {
    raise("ValueError", 'Join argument "axis" is out of range (given input dimensions)');
  }
  const along = known < 0 ? known + ndim : known;
  return first!.broadcastable.map((_, i) =>
    i !== along && tensors.some((x) => x.broadcastable[i]!)
  );
}

const joinOp = new Join();

/**
 * Tensors put together along an axis.
 *
 * Shapes: `(…, n, …), (…, m, …), … → (…, n + m + …, …)`; the other sizes must be equal.
 * Dtypes: upcast of all.
 * Gradient: of the tensors.
 * Theano: `theano.tensor.join`.
 *
 * @param axis The axis, a number or an integer scalar; negative ones count from the end.
 * @param tensors Tensors with equally many axes, at least one.
 * @returns The only tensor, if there is one.
 * @throws {TypeError} If the numbers of axes differ, or are 0.
 */
export function join(
  axis: number | TensorVariable,
  ...tensors: readonly TensorLike[]
): TensorVariable {
  const inputs = tensors.map((x) => asTensorVariable(x));
  if (inputs.length === 1) return inputs[0]!;
  return call(joinOp, asTensorVariable(axis), ...inputs) as TensorVariable;
}

type AxisOption = { readonly axis?: number | TensorVariable };

/**
 * Tensors put together along an axis.
 *
 * Shapes: as {@linkcode join}.
 * Dtypes: upcast of all.
 * Gradient: yes.
 * Theano: `theano.tensor.concatenate`.
 *
 * @param tensors A list of tensors.
 * @param given The axis, 0 if left out.
 * @throws {TypeError} If the tensors are not in a list.
 */
export function concatenate(
  tensors: readonly TensorLike[],
  ...given: Given<AxisOption, [axis?: number | TensorVariable]>
): TensorVariable {
  const { axis = 0 } = optional<AxisOption>("concatenate", ["axis"], given);
  if (!Array.isArray(tensors)) {
    raise(
      "TypeError",
      "The 'tensors' argument must be either a tuple or a list, make sure you did not forget () " +
        "or [] around arguments of concatenate.",
    );
  }
  return join(axis, ...tensors);
}

/**
 * Tensors of one shape put together along a new axis.
 *
 * Shapes: `(…), (…), … → (…, n, …)`.
 * Dtypes: upcast of all.
 * Gradient: yes.
 * Theano: `theano.tensor.stack`.
 *
 * @param tensors A list of tensors.
 * @param given Where the new axis stands, 0 if left out.
 * @throws {ValueError} If there is no tensor.
 */
export function stack(
  tensors: readonly TensorLike[],
  ...given: Given<{ readonly axis?: number }, [axis?: number]>
): TensorVariable {
  const { axis = 0 } = optional<{ axis?: number }>("stack", ["axis"], given);
  if (!Array.isArray(tensors)) {
    fail("TypeError", "stack tensors", "the first argument is not a list", [
      "Put the tensors in brackets: stack([x, y])",
    ]);
  }
  if (tensors.length === 0) {
    raise(
      "ValueError",
      "tensors is empty. You should at least provide one tensor to " +
        "theano.tensor.stack(tensors, axis).",
    );
  }
  const inputs = tensors.map((x) => asTensorVariable(x));
  if (inputs.every((x) => x.ndim === 0)) return makeVector(inputs);
  return join(axis, ...inputs.map((x) => shapePadaxis(x, axis)));
}

/** Tensors in nested lists. */
export type TensorLists = TensorLike | readonly TensorLists[];

/**
 * Nested lists of tensors stacked level by level.
 *
 * Shapes: one new leading axis a level of nesting.
 * Dtypes: upcast of all.
 * Gradient: yes.
 * Theano: `theano.tensor.stacklists`.
 *
 * @param lists A tensor, or a list of lists of tensors.
 */
export function stacklists(lists: TensorLists): TensorVariable {
  return Array.isArray(lists)
    ? stack(lists.map((item: TensorLists) => stacklists(item)))
    : asTensorVariable(lists);
}

/**
 * Matrices side by side.
 *
 * Shapes: `(n, a), (n, b), … → (n, a + b + …)`.
 * Dtypes: upcast of all.
 * Gradient: yes.
 * Theano: `theano.tensor.horizontal_stack`.
 *
 * @param matrices Two or more matrices.
 * @throws {AssertionError} If there are fewer, or one is no matrix.
 */
export function horizontalStack(...matrices: readonly TensorLike[]): TensorVariable {
  return stackedMatrices("horizontalStack", 1, matrices);
}

/**
 * Matrices one above the other.
 *
 * Shapes: `(a, m), (b, m), … → (a + b + …, m)`.
 * Dtypes: upcast of all.
 * Gradient: yes.
 * Theano: `theano.tensor.vertical_stack`.
 *
 * @param matrices Two or more matrices.
 * @throws {AssertionError} If there are fewer, or one is no matrix.
 */
export function verticalStack(...matrices: readonly TensorLike[]): TensorVariable {
  return stackedMatrices("verticalStack", 0, matrices);
}

function stackedMatrices(
  name: string,
  axis: number,
  matrices: readonly TensorLike[],
): TensorVariable {
  const inputs = matrices.map((x) => asTensorVariable(x));
  if (inputs.length < 2 || inputs.some((x) => x.ndim !== 2)) {
    const given = inputs.map((x) => `${x} (${x.type})`).join(", ");
    fail("AssertionError", `apply ${name} to ${given}`, "it wants two or more matrices");
  }
  return join(axis, ...inputs);
}
