/**
 * @file Reading parts of tensors: indexing goes down to what is indexed, so that no more is computed
 * than is taken.
 *
 * As in Theano, an index that is out of bounds may go unnoticed where the rewrite needs nothing of the
 * axis it belongs to.
 */

import { Slice } from "../core/array/slice.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { AdvancedSubtensor1 } from "../core/ops/advanced_subtensor.ts";
import { allocItems } from "../core/ops/alloc.ts";
import { cast } from "../core/ops/arithmetic.ts";
import { knownNumber } from "../core/ops/constant_value.ts";
import { dimshuffle } from "../core/ops/dimshuffle.ts";
import { Dot, dotMatrices } from "../core/ops/dot.ts";
import { arrayOf, numbersOf } from "../core/ops/elements.ts";
import { Elementwise } from "../core/ops/elementwise.ts";
import type { ShapeItem } from "../core/ops/kind.ts";
import { MakeVector, makeVector } from "../core/ops/make_vector.ts";
import { ARange } from "../core/ops/ranges.ts";
import { axisSize } from "../core/ops/shape.ts";
import { sizeItem } from "../core/ops/shape_item.ts";
import { IncSubtensor, slicedShape, Subtensor } from "../core/ops/subtensor.ts";
import { indexConstant, isFullSlice, knownIndex } from "../core/ops/subtensor_index.ts";
import { Rebroadcast } from "../core/ops/view.ts";
import { TensorConstant, type TensorVariable } from "../core/tensor/tensor_variable.ts";
import { allocOf, allocSizes } from "./alloc_rules.ts";
import { hasOneClient, inputsOf, outputOf, sameOp } from "./forms.ts";
import {
  allItems,
  type Item,
  itemsOf,
  knownSlice,
  partOf,
  sameItems,
  startsWhole,
  whole,
} from "./index_items.ts";
import { rewrite, type Rule } from "./rule.ts";
import { sameSize, shapesOf } from "./shape_feature.ts";
import { mergedItems } from "./slice_merge.ts";

/** A part of an elementwise result is the result of parts; of a declared pattern likewise. */
export const subtensorLift: Rule = rewrite(
  "local_subtensor_lift",
  ["subtensor"],
  (node, graph) => {
    const [x] = inputsOf(node);
    const inner = x!.owner;
    if (inner === null || !hasOneClient(graph, x!) || inner.outputs.length !== 1) return undefined;
    const items = allItems(node);
    const part = (y: TensorVariable): TensorVariable => partAlong(y, x!, items);
    if (inner.op instanceof Elementwise) return sameOp(inner, ...inputsOf(inner).map(part));
    if (!(inner.op instanceof Rebroadcast)) return undefined;
    return partOf(inputsOf(inner)[0]!, items);
  },
);

/** The part of an input of an elementwise op that a part of its result needs. */
function partAlong(
  y: TensorVariable,
  result: TensorVariable,
  items: readonly Item[],
): TensorVariable {
  const own = items.map((item, axis) => {
    if (!y.broadcastable[axis] || result.broadcastable[axis]) return item;
    return item instanceof Slice ? whole() : indexConstant(0);
  });
  return dropped(y, own);
}

/** A part; integers of axes of length one are taken by dropping the axes. */
function dropped(x: TensorVariable, items: readonly Item[]): TensorVariable {
  const isDrop = items.map((item, axis) => isOnly(item) && x.broadcastable[axis]!);
  const others = items.every((item, axis) => isDrop[axis] || isFullSlice(item));
  if (!others || !isDrop.includes(true)) return partOf(x, items);
  return dimshuffle(x, ...[...items.keys()].filter((axis) => !isDrop[axis]));
}

/** Whether an item is the only index that an axis of length one has. */
function isOnly(item: Item): boolean {
  if (item instanceof Slice) return false;
  const index = knownIndex(item);
  return index === 0 || index === -1;
}

/** A part of a part is a part, where one index says it exactly. */
export const subtensorMerge: Rule = rewrite("local_subtensor_merge", ["subtensor"], (node) => {
  const inner = node.inputs[0]!.owner;
  if (!(inner?.op instanceof Subtensor)) return undefined;
  const merged = mergedItems(allItems(inner), itemsOf(node));
  return merged && partOf(inputsOf(inner)[0]!, merged);
});

/** A part of a product is the product of parts. */
export const subtensorOfDot: Rule = rewrite(
  "local_subtensor_of_dot",
  ["subtensor"],
  (node, graph) => {
    const [product] = inputsOf(node);
    const dot = product!.owner;
    if (!(dot?.op instanceof Dot) || !hasOneClient(graph, product!)) return undefined;
    const [x, y] = inputsOf(dot);
    const items = allItems(node);
    const left = items.slice(0, x!.ndim - 1);
    const right = items.slice(x!.ndim - 1);
    return dotMatrices(
      partOf(x!, left),
      right.length === 0 ? y! : partOf(y!, [whole(), ...right]),
    );
  },
);

/** A part of a repeated value is the value, or a part of it, repeated less. */
export const subtensorOfAlloc: Rule = rewrite(
  "local_subtensor_of_alloc",
  ["subtensor"],
  (node) => {
    const repeated = allocOf(node.inputs[0]!);
    if (repeated === undefined) return undefined;
    const [value] = inputsOf(repeated);
    const sizes = allocSizes(repeated);
    const items = allItems(node);
    const added = sizes.length - value!.ndim;
    const own = items.slice(added).map((item, axis) => {
      if (!value!.broadcastable[axis]) return item;
      return item instanceof Slice ? whole() : indexConstant(0);
    });
    const part = dropped(value!, own);
    const { broadcastable, ndim } = outputOf(node);
    const shape = slicedShape((node.op as Subtensor).idxList, sizes, inputsOf(node).slice(1));
    return ndim === 0
      ? part
      : allocItems(part, shape.map((size, axis) => broadcastable[axis] ? 1 : size));
  },
);

/** Items of a vector that is made of scalars. */
export const subtensorMakeVector: Rule = rewrite(
  "local_subtensor_make_vector",
  ["subtensor", "advancedSubtensor"],
  (node) => {
    const vector = node.inputs[0]!.owner;
    if (!(vector?.op instanceof MakeVector)) return undefined;
    const scalars = inputsOf(vector);
    const { dtype } = vector.op;
    if (node.op instanceof AdvancedSubtensor1) {
      const index = node.inputs[1]!;
      if (!(index instanceof TensorConstant) || index.data.size === 0) return undefined;
      const taken = numbersOf(index.data).map((k) => scalars.at(k));
      return taken.includes(undefined) ? undefined : makeVector(taken as TensorVariable[]);
    }
    if (!(node.op instanceof Subtensor)) return undefined;
    const [item] = itemsOf(node);
    if (item === undefined) return node.inputs[0];
    if (!(item instanceof Slice)) {
      const index = knownNumber(item);
      const scalar = index === undefined ? undefined : scalars.at(index);
      return scalar && cast(scalar, dtype);
    }
    const slice = knownSlice(item);
    const taken = slice && sliced(scalars, slice);
    return taken === undefined || taken.length === 0 ? undefined : makeVector(taken);
  },
);

/** What a slice takes of a list. */
function sliced<T>(list: readonly T[], slice: Slice<number>): readonly T[] {
  const places = arrayOf([...list.keys()], [list.length], "int64").get(slice);
  return numbersOf(places).map((k) => list[k]!);
}

/** The part that was just written is what was written there. */
export const subtensorIncSubtensor: Rule = rewrite(
  "local_subtensor_inc_subtensor",
  ["subtensor"],
  (node, graph) => {
    const written = node.inputs[0]!.owner;
    if (!(written?.op instanceof IncSubtensor) || !written.op.setInsteadOfInc) return undefined;
    if (!sameItems(itemsOf(node), itemsOf(written))) return undefined;
    const [x, y] = inputsOf(written);
    const out = outputOf(node);
    const value = cast(y!, out.dtype);
    const shapes = shapesOf(graph);
    if (value.type.equals(out.type) && shapes?.sameShape(value, out)) return value;
    if (shapes === undefined) return undefined;
    const size = (axis: number): ShapeItem => shapes.getShape(x!, axis);
    const shape = slicedShape(
      written.op.idxList,
      x!.broadcastable.map((_, axis) => size(axis)),
      inputsOf(written).slice(2),
    );
    return allocItems(value, shape.map((n, axis) => out.broadcastable[axis] ? 1 : n));
  },
);

/** The only element of an axis is taken by dropping the axis. */
export const subtensorRemoveBroadcastableIndex: Rule = rewrite(
  "local_subtensor_remove_broadcastable_index",
  ["subtensor"],
  (node) => {
    const [x] = inputsOf(node);
    const part = dropped(x!, allItems(node));
    return part.owner?.op instanceof Subtensor ? undefined : part;
  },
);

/** Whole axes need not be mentioned at the end, and no ends that are the axis's own. */
export const uselessSlice: Rule = rewrite("local_useless_slice", ["subtensor"], (node) => {
  const items = itemsOf(node);
  const simple = items.map((item) => item instanceof Slice ? simplified(item) : item);
  const isSimple = simple.every((item, i) => item === items[i]) &&
    !(items.length > 0 && isFullSlice(items.at(-1)));
  return isSimple ? undefined : partOf(inputsOf(node)[0]!, simple);
});

function simplified(item: Slice<TensorVariable>): Slice<TensorVariable> {
  const step = item.step !== null && knownIndex(item.step) === 1 ? null : item.step;
  const isForward = step === null || Number(knownIndex(step)) > 0;
  const start = item.start !== null && isForward && knownIndex(item.start) === 0
    ? null
    : item.start;
  return start === item.start && step === item.step ? item : new Slice(start, item.stop, step);
}

/** A part that is everything. */
export const uselessSubtensor: Rule = rewrite(
  "local_useless_subtensor",
  ["subtensor", "advancedSubtensor"],
  (node, graph) => {
    const [x, rows] = inputsOf(node);
    if (node.op instanceof AdvancedSubtensor1) {
      return takesAllRows(x!, rows!, graph) ? x : undefined;
    }
    if (!(node.op instanceof Subtensor)) return undefined;
    const isWhole = itemsOf(node).every((item, axis) =>
      item instanceof Slice && startsWhole(item) && reachesEnd(item, x!, axis, graph)
    );
    return isWhole ? x : undefined;
  },
);

/** Whether a slice goes to the end of an axis. */
function reachesEnd(
  { stop }: Slice<TensorVariable>,
  x: TensorVariable,
  axis: number,
  graph: FunctionGraph,
): boolean {
  if (stop === null) return true;
  const size = lengthOf(x, axis, graph);
  const end = sizeItem(stop);
  if (typeof end === "number") return end >= (typeof size === "number" ? size : 2 ** 53);
  return sameSize(end, size);
}

/** The length of an axis as an item. */
export function lengthOf(x: TensorVariable, axis: number, graph: FunctionGraph): ShapeItem {
  return shapesOf(graph)?.getShape(x, axis) ?? axisSize(x, axis);
}

/** Whether an index vector is 0, 1, … to the end of the first axis. */
function takesAllRows(x: TensorVariable, rows: TensorVariable, graph: FunctionGraph): boolean {
  const size = lengthOf(x, 0, graph);
  if (rows instanceof TensorConstant) {
    return rows.data.size === size && numbersOf(rows.data).every((row, k) => row === k);
  }
  if (!(rows.owner?.op instanceof ARange)) return false;
  const [start, stop, step] = inputsOf(rows.owner);
  return knownNumber(start!) === 0 && knownNumber(step!) === 1 && sameSize(sizeItem(stop), size);
}
