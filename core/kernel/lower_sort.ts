/**
 * @file Sorting along an axis, and the largest elements, which are a part of what is sorted.
 */

import { isComplex } from "../dtype/dtype.ts";
import type { Apply } from "../graph/variable.ts";
import { SortOp } from "../ops/sort.ts";
import { TopKOp } from "../ops/topk.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { converted } from "./converted.ts";
import { collapseRows, operand } from "./index_map.ts";
import { lowerOnHost } from "./lower_host.ts";
import type { Lowering } from "./lowering.ts";
import type { View } from "./program.ts";

/** The elements in order, their places, or both. Complex numbers are sorted by the host. */
export function lowerSort(l: Lowering, node: Apply): void {
  const { op } = node;
  const [x, last] = node.inputs as [TensorVariable, TensorVariable];
  if (isComplex(x.dtype)) return lowerOnHost(l, node);
  if (op instanceof TopKOp) return lowerTopK(l, node, op);
  const axis = l.pureSize(last);
  if (axis?.kind !== "const") return lowerOnHost(l, node);
  const along = axis.value < 0 ? axis.value + x.ndim : axis.value;
  const hasValues = op instanceof SortOp;
  const { values, places } = sorted(l, l.view(x), along, { hasValues, hasPlaces: !hasValues });
  l.set(node.outputs[0]!, (values ?? places)!);
}

/** The last elements of what is sorted, or the first ones for a negative count. */
function lowerTopK(l: Lowering, node: Apply, op: TopKOp): void {
  const [x, kth] = node.inputs as [TensorVariable, TensorVariable];
  const view = l.view(x);
  const along = op.axis < 0 ? op.axis + x.ndim : op.axis;
  const { sizes } = l;
  const [zero, length] = [sizes.const(0), view.shape[along]!];
  const given = l.size(kth);
  const count = sizes.call("max", given, sizes.sub(zero, given));
  l.check(sizes.call("lt", zero, count), "ValueError", "topk: kth cannot be zero", []);
  const text = `topk: kth cannot be larger than the size of specified axis ${op.axis}`;
  l.check(sizes.call("le", count, length), "ValueError", text, []);
  const wanted = { hasValues: op.returnValues, hasPlaces: op.returnIndices };
  const { values, places } = sorted(l, view, along, wanted);
  const largest = sizes.call("lt", zero, given);
  const start = sizes.call("select", largest, sizes.sub(length, count), zero);
  const parts = [values, places].filter((all) => all !== null).map((all): View => ({
    ...all,
    offset: sizes.add(all.offset, sizes.mul(start, all.strides[along]!)),
    shape: all.shape.map((n, axis) => axis === along && !x.broadcastable[axis] ? count : n),
  }));
  node.outputs.forEach((output, k) => {
    l.set(output, converted(l, parts[k]!, (output as TensorVariable).dtype));
  });
}

/** What is wanted of a sort. */
interface Wanted {
  readonly hasValues: boolean;
  readonly hasPlaces: boolean;
}

/** Adds the kernel that sorts along an axis. */
function sorted(
  l: Lowering,
  view: View,
  axis: number,
  { hasValues, hasPlaces }: Wanted,
): { readonly values: View | null; readonly places: View | null } {
  const { sizes } = l;
  const { dtype, shape } = view;
  const values = hasValues ? l.allocate(dtype, shape) : null;
  const places = hasPlaces ? l.allocate("int64", shape) : null;
  const { bytes, bytesPerColumn } = l.target.sortScratch(dtype, hasPlaces);
  const lists = sizes.mul(sizes.const(bytesPerColumn), shape[axis]!);
  const scratch = l.allocate("uint8", [sizes.add(sizes.const(bytes), lists)]);
  const order = [...[...shape.keys()].filter((k) => k !== axis), axis];
  const views = [view, ...[values, places].filter((v) => v !== null)];
  const loops = collapseRows(sizes, {
    dims: order.map((k) => shape[k]!),
    operands: views.map((v) => operand(v, order.map((k) => v.strides[k]!))),
  });
  const outputs = loops.operands.slice(1);
  l.run({
    kind: "sort",
    dims: loops.dims,
    input: loops.operands[0]!,
    values: values && outputs[0]!,
    places: places && outputs.at(-1)!,
    scratch: operand(scratch, []),
  });
  return { values, places };
}
