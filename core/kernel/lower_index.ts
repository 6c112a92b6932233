/**
 * @file Indexing: integers and slices are views, index arrays gather and scatter.
 */

import { Slice } from "../array/slice.ts";
import { isComplex } from "../dtype/dtype.ts";
import type { Apply } from "../graph/variable.ts";
import { type AdvancedEntry, axisSources, fillAdvanced, hasMask } from "../ops/advanced_index.ts";
import {
  AdvancedIncSubtensor,
  type AdvancedIncSubtensor1,
  AdvancedSubtensor,
} from "../ops/advanced_subtensor.ts";
import { add } from "../ops/arithmetic.ts";
import { lane } from "../ops/scalar_op.ts";
import type { IncSubtensor, Subtensor } from "../ops/subtensor.ts";
import { fillIndex } from "../ops/subtensor_index.ts";
import { Builder } from "../scalar/expr.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { collapse, operand } from "./index_map.ts";
import type { IndexedAxis, Operand } from "./kernel.ts";
import { converted } from "./converted.ts";
import { lowerOnHost } from "./lower_host.ts";
import type { Lowering } from "./lowering.ts";
import { repeatedStride, vectorSizes } from "./lower_layout.ts";
import type { View } from "./program.ts";
import type { Size } from "./size.ts";

/** What a slice takes of an axis. */
interface Taken {
  readonly start: Size;
  readonly step: Size;
  readonly length: Size;
}

/** Python's slice arithmetic on sizes. Source: Python reference, "slice.indices". */
export function takenBy(l: Lowering, slice: Slice<Size>, size: Size): Taken {
  const { sizes } = l;
  const [zero, one] = [sizes.const(0), sizes.const(1)];
  const step = slice.step ?? one;
  const isUp = sizes.call("lt", zero, step);
  const low = sizes.call("select", isUp, zero, sizes.const(-1));
  const high = sizes.call("select", isUp, size, sizes.sub(size, one));
  const inside = (end: Size): Size => {
    const fromEnd = sizes.call("select", sizes.call("lt", end, zero), sizes.add(end, size), end);
    return sizes.call("min", sizes.call("max", fromEnd, low), high);
  };
  const first = sizes.call("select", isUp, low, high);
  const last = sizes.call("select", isUp, high, low);
  const start = slice.start === null ? first : inside(slice.start);
  const stop = slice.stop === null ? last : inside(slice.stop);
  const distance = sizes.sub(stop, start);
  const steps = sizes.sub(zero, sizes.call("floorDiv", sizes.sub(zero, distance), step));
  return { start, step, length: sizes.call("max", zero, steps) };
}

/** The axis without one index, which is checked. */
function indexed(l: Lowering, view: View, axis: number, index: Size): Size {
  const { sizes } = l;
  const n = view.shape[axis]!;
  const zero = sizes.const(0);
  const wrapped = sizes.call("select", sizes.call("lt", index, zero), sizes.add(index, n), index);
  const inside = sizes.call(
    "min",
    sizes.call("le", zero, wrapped),
    sizes.call("lt", wrapped, n),
  );
  const text = `index {0} is out of bounds for axis ${axis} with size {1}`;
  l.check(inside, "IndexError", text, [index, n]);
  return sizes.mul(wrapped, view.strides[axis]!);
}

function sliced(l: Lowering, view: View, axis: number, slice: Slice<Size>): {
  offset: Size;
  length: Size;
  stride: Size;
} {
  const { sizes } = l;
  if (slice.start === null && slice.stop === null && slice.step === null) {
    return { offset: sizes.const(0), length: view.shape[axis]!, stride: view.strides[axis]! };
  }
  const { start, step, length } = takenBy(l, slice, view.shape[axis]!);
  const isSome = sizes.call("lt", sizes.const(0), length);
  const from = sizes.call("select", isSome, start, sizes.const(0));
  return {
    offset: sizes.mul(from, view.strides[axis]!),
    length,
    stride: sizes.mul(step, view.strides[axis]!),
  };
}

/** The part of a view at integers and slices. */
function partOf(l: Lowering, view: View, items: readonly (Size | Slice<Size>)[]): View {
  let offset = view.offset;
  const shape: Size[] = [];
  const strides: Size[] = [];
  view.shape.forEach((_, axis) => {
    const item = axis < items.length ? items[axis]! : new Slice<Size>();
    if (!(item instanceof Slice)) {
      offset = l.sizes.add(offset, indexed(l, view, axis, item));
      return;
    }
    const part = sliced(l, view, axis, item);
    offset = l.sizes.add(offset, part.offset);
    shape.push(part.length);
    strides.push(part.stride);
  });
  return { ...view, offset, shape, strides };
}

/** Lengths known to be one, said so. */
function withOnes(l: Lowering, view: View, output: TensorVariable): View {
  const one = l.sizes.const(1);
  return { ...view, shape: view.shape.map((n, axis) => output.broadcastable[axis] ? one : n) };
}

/** `x[i, a:b]`: a view. */
export function lowerSubtensor(l: Lowering, node: Apply): void {
  const [x, ...indices] = node.inputs as [TensorVariable, ...TensorVariable[]];
  const { idxList } = node.op as Subtensor;
  const items = fillIndex(idxList, indices.map((i) => l.size(i)));
  const [output] = node.outputs as [TensorVariable];
  l.set(output, withOnes(l, partOf(l, l.view(x), items), output));
}

/** A copy of `x`, or `x` itself if it may be overwritten. */
function target(l: Lowering, x: TensorVariable, inplace: boolean): View {
  if (!inplace) return l.copied(l.view(x));
  l.flush();
  return l.overwritable(x) ?? l.copied(l.view(x));
}

/** `x` with a part at integers and slices set or increased. */
export function lowerIncSubtensor(l: Lowering, node: Apply): void {
  const [x, y, ...indices] = node.inputs as [TensorVariable, TensorVariable, ...TensorVariable[]];
  const { idxList, inplace, setInsteadOfInc } = node.op as IncSubtensor;
  if (isComplex(x.dtype) && (!setInsteadOfInc || y.dtype !== x.dtype)) return lowerOnHost(l, node);
  const items = fillIndex(idxList, indices.map((i) => l.size(i)));
  const value = l.view(y);
  const whole = target(l, x, inplace);
  const part = partOf(l, whole, items);
  const repeated = repeatedOver(l, value, part.shape);
  if (isComplex(x.dtype)) l.copy(repeated, part);
  else write(l, part, repeated, setInsteadOfInc);
  l.set(node.outputs[0]!, whole);
}

/** A view repeated over a shape with as many axes or more. */
function repeatedOver(l: Lowering, view: View, shape: readonly Size[]): View {
  const shift = shape.length - view.shape.length;
  const strides = shape.map((n, axis) =>
    axis < shift
      ? l.sizes.const(0)
      : repeatedStride(l, view, axis - shift, n, "input array from shape")
  );
  return { ...view, shape, strides };
}

function write(l: Lowering, part: View, value: View, set: boolean): void {
  const s = new Builder();
  const { dtype } = part;
  const fresh = s.convert(s.input(0, value.dtype), dtype);
  if (set) return l.map(part.shape, [operand(value)], [part], [fresh]);
  const sum = lane(s, add.record, [s.input(1, dtype), fresh], dtype);
  l.map(part.shape, [operand(value), operand(part)], [part], [sum]);
}

/** How the loops of an indexed access walk: through the arrays, or along axes of the source. */
interface Access {
  readonly dims: readonly Size[];
  /** The source, standing still where an array leads. */
  readonly source: Operand;
  readonly indices: readonly IndexedAxis[];
}

/** The items of an index, whatever op it belongs to. */
function entriesOf(node: Apply): readonly AdvancedEntry[] {
  const { op } = node;
  if (op instanceof AdvancedSubtensor || op instanceof AdvancedIncSubtensor) return op.idxList;
  const rows = node.inputs.at(-1) as TensorVariable;
  return [{ dtype: rows.dtype, ndim: 1 }];
}

function accessOf(
  l: Lowering,
  source: View,
  entries: readonly AdvancedEntry[],
  indices: readonly TensorVariable[],
): Access {
  const items = fillAdvanced(entries, indices);
  const arrays: { view: View; axis: number }[] = [];
  let axis = 0;
  for (const item of items) {
    if (item === null) continue;
    if (!(item instanceof Slice)) arrays.push({ view: l.view(item.array), axis });
    axis++;
  }
  const common = commonIndexShape(l, arrays.map((a) => a.view));
  const zero = l.sizes.const(0);
  let offset = source.offset;
  const dims: Size[] = [];
  const strides: Size[] = [];
  const positions: number[] = [];
  for (const from of axisSources(entries, source.shape.length, indices)) {
    positions.push(from.from === "index" ? from.position : -1);
    if (from.from === "axis") {
      const slice = mapEnds(l, from.slice);
      const part = sliced(l, source, from.axis, slice);
      offset = l.sizes.add(offset, part.offset);
      dims.push(part.length);
      strides.push(part.stride);
    } else {
      dims.push(from.from === "new" ? l.sizes.const(1) : common[from.position]!);
      strides.push(zero);
    }
  }
  return {
    dims,
    source: { buffer: source.buffer, dtype: source.dtype, offset, strides },
    indices: arrays.map(({ view, axis: on }) => ({
      index: operand(view, positions.map((p) => indexStride(l, view, common, p))),
      length: source.shape[on]!,
      stride: source.strides[on]!,
      axis: on,
      wraps: true,
    })),
  };
}

/** The access with its loops joined where source, indices and the other operand go on evenly. */
function joined(l: Lowering, access: Access, other: Operand): Access & { readonly other: Operand } {
  const { dims, source, indices } = access;
  const loops = collapse(l.sizes, {
    dims,
    operands: [source, other, ...indices.map((x) => x.index)],
  });
  const [from, to, ...walks] = loops.operands as [Operand, Operand, ...Operand[]];
  const axes = indices.map((x, k) => ({ ...x, index: walks[k]! }));
  return { dims: loops.dims, source: from, other: to, indices: axes };
}

function mapEnds(l: Lowering, slice: Slice<TensorVariable>): Slice<Size> {
  const [start, stop, step] = [slice.start, slice.stop, slice.step].map((end) =>
    end === null ? null : l.size(end)
  );
  return new Slice(start!, stop!, step!);
}

/** The shape that index arrays broadcast to, at run time too. */
function commonIndexShape(l: Lowering, views: readonly View[]): Size[] {
  const rank = Math.max(0, ...views.map((v) => v.shape.length));
  const { sizes } = l;
  return Array.from({ length: rank }, (_, position) => {
    const lengths = views.flatMap((v) => {
      const axis = position - rank + v.shape.length;
      return axis < 0 ? [] : [v.shape[axis]!];
    });
    const longest = lengths.reduce((x, y) => {
      const isOne = sizes.call("eq", x, sizes.const(1));
      return x === y ? x : sizes.call("select", isOne, y, x);
    });
    for (const n of lengths) {
      if (n === longest) continue;
      const isOne = sizes.call("eq", n, sizes.const(1));
      const fits = sizes.call("max", isOne, sizes.call("eq", n, longest));
      const text = "shape mismatch: indexing arrays could not be broadcast together: {0} and {1}";
      l.check(fits, "IndexError", text, [n, longest]);
    }
    return longest;
  });
}

/** How far an index array moves along a loop that is its axis at a position of the common shape. */
function indexStride(l: Lowering, view: View, common: readonly Size[], position: number): Size {
  const axis = position - common.length + view.shape.length;
  if (position < 0 || axis < 0) return l.sizes.const(0);
  if (view.shape[axis] === common[position]) return view.strides[axis]!;
  const isOne = l.sizes.call("eq", view.shape[axis]!, l.sizes.const(1));
  return l.sizes.call("select", isOne, l.sizes.const(0), view.strides[axis]!);
}

const outOfBounds = "index {index} is out of bounds for axis {axis} with size {size}";

/** Elements at index arrays. Masks go to the host: how many there are depends on data. */
export function lowerAdvancedSubtensor(l: Lowering, node: Apply): void {
  const entries = entriesOf(node);
  if (hasMask(entries)) return lowerOnHost(l, node);
  const [x, ...indices] = node.inputs as [TensorVariable, ...TensorVariable[]];
  const [output] = node.outputs as [TensorVariable];
  const access = accessOf(l, l.view(x), entries, indices);
  const view = l.allocate(x.dtype, access.dims);
  const { dims, source, other: out, indices: axes } = joined(l, access, operand(view));
  const kernel = { kind: "gather", dims, source, indices: axes, output: out } as const;
  l.run(kernel, l.failure("IndexError", outOfBounds));
  l.set(output, withOnes(l, view, output));
}

/** Elements at index arrays set or increased, in order. */
export function lowerAdvancedIncSubtensor(l: Lowering, node: Apply): void {
  const entries = entriesOf(node);
  const [x, y, ...indices] = node.inputs as [TensorVariable, TensorVariable, ...TensorVariable[]];
  if (hasMask(entries) || isComplex(x.dtype)) return lowerOnHost(l, node);
  const { inplace, setInsteadOfInc } = node.op as AdvancedIncSubtensor | AdvancedIncSubtensor1;
  const value = converted(l, l.view(y), x.dtype);
  const whole = target(l, x, inplace);
  const access = accessOf(l, whole, entries, indices);
  const repeated = operand(repeatedOver(l, value, access.dims));
  const { dims, source, other, indices: axes } = joined(l, access, repeated);
  const accumulate = !setInsteadOfInc;
  l.run(
    { kind: "scatter", dims, target: source, indices: axes, value: other, accumulate },
    l.failure("IndexError", outOfBounds),
  );
  l.set(node.outputs[0]!, whole);
}

/** Parts put together along an axis: copies into slices of the result. */
export function lowerJoin(l: Lowering, node: Apply): void {
  const [axisVariable, ...tensors] = node.inputs as [TensorVariable, ...TensorVariable[]];
  const [output] = node.outputs as [TensorVariable];
  const known = l.pureSize(axisVariable);
  if (known?.kind !== "const") return lowerOnHost(l, node);
  const along = known.value < 0 ? known.value + output.ndim : known.value;
  const views = tensors.map((x) => l.view(x));
  const [first] = views as [View, ...View[]];
  const { sizes } = l;
  for (const view of views) {
    view.shape.forEach((n, axis) => {
      if (axis !== along) l.checkEqual(n, first.shape[axis]!, "ValueError", joinText, []);
    });
  }
  const total = views.map((v) => v.shape[along]!).reduce((sum, n) => sizes.add(sum, n));
  const whole = l.allocate(output.dtype, first.shape.map((n, axis) => axis === along ? total : n));
  let start = sizes.const(0);
  for (const view of views) {
    const offset = sizes.add(whole.offset, sizes.mul(start, whole.strides[along]!));
    const place = { ...whole, offset, shape: view.shape };
    if (view.dtype === output.dtype) l.copy(view, place);
    else if (isComplex(output.dtype)) return lowerOnHost(l, node);
    else l.copy(converted(l, view, output.dtype), place);
    start = sizes.add(start, view.shape[along]!);
  }
  l.set(output, withOnes(l, whole, output));
}

const joinText =
  "all the input array dimensions except for the concatenation axis must match exactly";

/** Parts of known number along an axis: views. */
export function lowerSplit(l: Lowering, node: Apply): void {
  const [x, axisVariable, lengths] = node.inputs as [
    TensorVariable,
    TensorVariable,
    TensorVariable,
  ];
  const outputs = node.outputs as TensorVariable[];
  const known = l.pureSize(axisVariable);
  if (known?.kind !== "const") return lowerOnHost(l, node);
  const along = known.value < 0 ? known.value + x.ndim : known.value;
  const view = l.view(x);
  const { sizes } = l;
  const items = vectorSizes(l, lengths, outputs.length);
  const total = items.reduce((sum, n) => sizes.add(sum, n), sizes.const(0));
  const text = "The splits sum to {0}, expected {1}";
  l.checkEqual(total, view.shape[along]!, "ValueError", text, [total, view.shape[along]!]);
  let start = sizes.const(0);
  outputs.forEach((output, k) => {
    const isCount = sizes.call("le", sizes.const(0), items[k]!);
    l.check(isCount, "ValueError", negativeText, []);
    const offset = sizes.add(view.offset, sizes.mul(start, view.strides[along]!));
    const shape = view.shape.map((n, axis) => axis === along ? items[k]! : n);
    l.set(output, withOnes(l, { ...view, offset, shape }, output));
    start = sizes.add(start, items[k]!);
  });
}

const negativeText = "Split: you tried to make an ndarray with a negative number of elements.";
