/**
 * @file Ops that move or name elements: views where possible, copies where not.
 */

import { isComplex, isDiscrete } from "../dtype/dtype.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import type { DimShuffle } from "../ops/dimshuffle.ts";
import { MakeVector } from "../ops/make_vector.ts";
import type { ARange, Eye } from "../ops/ranges.ts";
import { Shape, type ShapeI } from "../ops/shape.ts";
import type { Assert, Rebroadcast } from "../ops/view.ts";
import { Builder } from "../scalar/expr.ts";
import { TensorConstant, type TensorVariable } from "../tensor/tensor_variable.ts";
import { contiguousStrides, operand } from "./index_map.ts";
import { lowerOnHost } from "./lower_host.ts";
import type { Lowering } from "./lowering.ts";
import type { View } from "./program.ts";
import { isCount, type Size } from "./size.ts";

/** Axes reordered: a view; of an integer scalar that was put off, nothing at all. */
export function lowerDimshuffle(l: Lowering, node: Apply): void {
  const [x] = node.inputs as [TensorVariable];
  const [output] = node.outputs as [TensorVariable];
  const scalar = l.deferredScalar(x);
  if (scalar) return output.ndim === 0 ? l.alias(output, scalar) : l.repeat(output, scalar);
  const view = l.view(x);
  const { order } = node.op as DimShuffle;
  l.set(output, {
    ...view,
    shape: order.map((axis) => axis === "x" ? l.sizes.const(1) : view.shape[axis]!),
    strides: order.map((axis) => axis === "x" ? l.sizes.const(0) : view.strides[axis]!),
  });
}

/** The input itself. */
export function lowerView(l: Lowering, node: Apply): void {
  const scalar = l.deferredScalar(node.inputs[0]!);
  if (scalar && (node.outputs[0] as TensorVariable).ndim === 0) l.alias(node.outputs[0]!, scalar);
  else l.set(node.outputs[0]!, l.view(node.inputs[0]!));
}

/** The input, after a check of its conditions. */
export function lowerAssert(l: Lowering, node: Apply): void {
  const { message } = node.op as Assert;
  for (const condition of node.inputs.slice(1) as TensorVariable[]) {
    const zero = l.sizes.call("eq", truthSize(l, condition), l.sizes.const(0));
    l.check(l.sizes.call("eq", zero, l.sizes.const(0)), "AssertionError", message, []);
  }
  lowerView(l, node);
}

/** Whether a scalar is not zero, as a size. */
function truthSize(l: Lowering, condition: TensorVariable): Size {
  if (isDiscrete(condition.dtype)) return l.size(condition);
  const truth = l.allocate("bool", []);
  const s = new Builder();
  l.map([], [operand(l.view(condition))], [truth], [
    s.convert(s.input(0, condition.dtype), "bool"),
  ]);
  return l.readSize(truth);
}

/** The input with axes declared to have length one, which is checked. */
export function lowerRebroadcast(l: Lowering, node: Apply): void {
  const view = l.view(node.inputs[0]!);
  const shape = [...view.shape];
  for (const [axis, one] of (node.op as Rebroadcast).axes) {
    if (!one) continue;
    const text = `Dimension ${axis} in Rebroadcast's input was supposed to be 1 (got {0} instead)`;
    l.checkEqual(shape[axis]!, l.sizes.const(1), "ValueError", text, [shape[axis]!]);
    shape[axis] = l.sizes.const(1);
  }
  l.set(node.outputs[0]!, { ...view, shape });
}

/** The items of an integer vector as sizes. */
export function vectorSizes(l: Lowering, vector: TensorVariable, length: number): Size[] {
  if (vector instanceof TensorConstant) {
    return [...vector.data].map((item) => l.sizes.const(Number(item.item())));
  }
  const { owner } = vector;
  if (owner?.op instanceof MakeVector) return owner.inputs.map((x) => l.size(x));
  if (owner?.op instanceof Shape) return [...l.view(owner.inputs[0]!).shape];
  const view = l.view(vector);
  const lengthText = "the vector of a shape has {0} elements, but {1} are wanted";
  const wanted = l.sizes.const(length);
  l.checkEqual(view.shape[0]!, wanted, "ValueError", lengthText, [view.shape[0]!, wanted]);
  return Array.from({ length }, (_, k) => l.readSize(elementView(l, view, k)));
}

function elementView(l: Lowering, view: View, k: number): View {
  const offset = l.sizes.add(view.offset, l.sizes.mul(l.sizes.const(k), view.strides[0]!));
  return { ...view, offset, shape: [], strides: [] };
}

/** The same elements in another shape: a view of a contiguous array, else of a copy. */
export function lowerReshape(l: Lowering, node: Apply): void {
  const [x, wanted] = node.inputs as [TensorVariable, TensorVariable];
  const [output] = node.outputs as [TensorVariable];
  const view = l.contiguous(l.view(x));
  const total = l.sizes.product(view.shape);
  const items = vectorSizes(l, wanted, output.ndim);
  checkOneUnknown(l, items);
  const shape = items.map((_, axis) =>
    output.broadcastable[axis] ? l.sizes.const(1) : filledItem(l, items, axis, total)
  );
  const text = `Cannot reshape input of shape (${view.shape.map((_, k) => `{${k}}`).join(", ")}) ` +
    `to shape [${items.map((_, k) => `{${view.shape.length + k}}`).join(" ")}]`;
  l.checkEqual(l.sizes.product(shape), total, "ValueError", text, [...view.shape, ...items]);
  l.set(output, { ...view, shape, strides: contiguousStrides(l.sizes, shape) });
}

/** At most one length below zero may stand for what the others leave. */
function checkOneUnknown(l: Lowering, items: readonly Size[]): void {
  const { sizes } = l;
  const unsure = items.filter((item) => !isCount(item));
  if (unsure.length < 2) return;
  const negative = unsure.map((item) => sizes.call("lt", item, sizes.const(0)));
  const count = negative.reduce((sum, x) => sizes.add(sum, x));
  const isOne = sizes.call("le", count, sizes.const(1));
  l.check(isOne, "ValueError", "can only specify one unknown dimension", []);
}

/** One length of a new shape: −1 stands for what the others leave. */
function filledItem(l: Lowering, items: readonly Size[], axis: number, total: Size): Size {
  const { sizes } = l;
  const item = items[axis]!;
  if (item.kind === "const" && item.value >= 0) return item;
  const others = sizes.product(items.filter((_, k) => k !== axis));
  const rest = sizes.call("floorDiv", total, others);
  if (item.kind === "const") return rest;
  if (item.kind === "dim") return item;
  return sizes.call("select", sizes.call("lt", item, sizes.const(0)), rest, item);
}

/** The lengths of the axes. */
export function lowerShape(l: Lowering, node: Apply): void {
  storeVector(l, node, l.view(node.inputs[0]!).shape);
}

/** The length of an axis: a size. */
export function lowerShapeI(l: Lowering, node: Apply): void {
  const { axis } = node.op as ShapeI;
  l.setSize(node.outputs[0]!, l.view(node.inputs[0]!).shape[axis]!);
  l.defer(node.outputs[0]!);
}

function storeVector(l: Lowering, node: Apply, items: readonly Size[]): void {
  const [output] = node.outputs as [TensorVariable];
  const view = l.allocate(output.dtype, [l.sizes.const(items.length)]);
  const s = new Builder();
  items.forEach((item, k) => {
    const body = s.convert(s.input(0, "int64"), output.dtype);
    l.map([], [], [elementView(l, view, k)], [body], [item]);
  });
  l.set(output, view);
}

/** Scalars put together. */
export function lowerMakeVector(l: Lowering, node: Apply): void {
  const [output] = node.outputs as [TensorVariable];
  const sizes = node.inputs.map((x) => l.deferredScalar(x) && l.pureSize(x));
  if (sizes.length > 0 && sizes.every((x) => x !== undefined)) {
    return storeVector(l, node, sizes as Size[]);
  }
  const view = l.allocate(output.dtype, [l.sizes.const(node.inputs.length)]);
  node.inputs.forEach((x, k) => l.copy(l.view(x), elementView(l, view, k)));
  l.set(output, view);
}

/** The input, if its shape is the one stated. */
export function lowerSpecifyShape(l: Lowering, node: Apply): void {
  const [x, wanted] = node.inputs as [TensorVariable, TensorVariable];
  const view = l.view(x);
  const items = vectorSizes(l, wanted, x.ndim);
  items.forEach((item, axis) => {
    const text = `SpecifyShape: dim ${axis} of input has shape {0}, expected {1}.`;
    l.checkEqual(view.shape[axis]!, item, "AssertionError", text, [view.shape[axis]!, item]);
  });
  l.set(node.outputs[0]!, view);
}

function checkedSizes(l: Lowering, variables: readonly Variable[]): Size[] {
  return variables.map((x) => {
    const size = l.size(x);
    const isCount = l.sizes.call("le", l.sizes.const(0), size);
    l.check(isCount, "ValueError", "negative dimensions are not allowed", []);
    return size;
  });
}

/** A value repeated over a shape: a view that stands still. */
export function lowerAlloc(l: Lowering, node: Apply): void {
  const [value, ...lengths] = node.inputs as TensorVariable[];
  const shape = checkedSizes(l, lengths);
  const view = l.view(value!);
  const skipped = shape.length - value!.ndim;
  const strides = shape.map((length, axis) => {
    if (axis < skipped || value!.broadcastable[axis - skipped]) return l.sizes.const(0);
    return repeatedStride(l, view, axis - skipped, length, `input array from shape`);
  });
  l.set(node.outputs[0]!, { ...view, shape, strides });
}

/** The stride of an axis that has the length wanted or, at run time, length one. */
export function repeatedStride(
  l: Lowering,
  view: View,
  axis: number,
  length: Size,
  what: string,
): Size {
  const own = view.shape[axis]!;
  if (own === length) return view.strides[axis]!;
  const { sizes } = l;
  const isOne = sizes.call("eq", own, sizes.const(1));
  const fits = sizes.call("max", isOne, sizes.call("eq", own, length));
  const text = `could not broadcast ${what}: axis ${axis} has length {0}, {1} is wanted`;
  l.check(fits, "ValueError", text, [own, length]);
  return sizes.call("select", isOne, sizes.const(0), view.strides[axis]!);
}

/** Memory of a shape. */
export function lowerAllocEmpty(l: Lowering, node: Apply): void {
  const [output] = node.outputs as [TensorVariable];
  l.set(output, l.allocate(output.dtype, checkedSizes(l, node.inputs)));
}

/** A range of integers; of floats on the host. */
export function lowerArange(l: Lowering, node: Apply): void {
  const { dtype } = node.op as ARange;
  const inputs = node.inputs as TensorVariable[];
  if (!inputs.every((x) => isDiscrete(x.dtype))) return lowerOnHost(l, node);
  const [start, stop, step] = inputs.map((x) => l.size(x)) as [Size, Size, Size];
  const { sizes } = l;
  const isZero = sizes.call("eq", sizes.call("eq", step, sizes.const(0)), sizes.const(0));
  l.check(isZero, "ValueError", "Maximum allowed size exceeded", []);
  const steps = sizes.call("floorDiv", sizes.sub(start, stop), step);
  const length = sizes.call("max", sizes.const(0), sizes.sub(sizes.const(0), steps));
  const view = l.allocate(dtype, [length]);
  const s = new Builder();
  const [from, by, count] = [0, 1, 2].map((k) => s.input(k, "int64"));
  const value = s.convert(s.add(from!, s.mul(by!, count!)), dtype);
  l.counted([length], [view], [value], [start, step]);
  l.set(node.outputs[0]!, view);
}

/** Ones on a diagonal. */
export function lowerEye(l: Lowering, node: Apply): void {
  const { dtype } = node.op as Eye;
  if (isComplex(dtype)) return lowerOnHost(l, node);
  const [n, m] = checkedSizes(l, node.inputs.slice(0, 2)) as [Size, Size];
  const k = l.size(node.inputs[2]!);
  const view = l.allocate(dtype, [n, m]);
  const s = new Builder();
  const [diagonal, row, column] = [0, 1, 2].map((i) => s.input(i, "int64"));
  const isOn = s.eq(s.sub(column!, row!), diagonal!);
  l.counted([n, m], [view], [s.convert(isOn, dtype)], [k]);
  l.set(node.outputs[0]!, view);
}
