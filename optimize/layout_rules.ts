/**
 * @file Reshapes, reorderings of axes and broadcast patterns that change nothing, follow each other, or
 * stand where something cheaper would do.
 */

import { Slice } from "../core/array/slice.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { call } from "../core/graph/op.ts";
import type { Apply } from "../core/graph/variable.ts";
import { knownNumber, tryVectorItems } from "../core/ops/constant_value.ts";
import { type AxisOrNew, DimShuffle } from "../core/ops/dimshuffle.ts";
import { Dot, dotMatrices } from "../core/ops/dot.ts";
import { Elementwise } from "../core/ops/elementwise.ts";
import type { ShapeItem } from "../core/ops/kind.ts";
import { Reshape, reshapeItems } from "../core/ops/reshape.ts";
import { ShapeI } from "../core/ops/shape.ts";
import { sizeItem } from "../core/ops/shape_item.ts";
import { Subtensor } from "../core/ops/subtensor.ts";
import { indexConstant } from "../core/ops/subtensor_index.ts";
import { Rebroadcast } from "../core/ops/view.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { hasOneClient, inputsOf, outputOf, sameOp, shuffled } from "./forms.ts";
import { allItems, partOf } from "./index_items.ts";
import { rewrite, type Rule } from "./rule.ts";
import { sameSize, shapesOf } from "./shape_feature.ts";

/** The dimshuffle that computes a variable, or undefined. */
function turnOf(x: TensorVariable): { x: TensorVariable; order: readonly AxisOrNew[] } | undefined {
  const { owner } = x;
  if (!(owner?.op instanceof DimShuffle)) return undefined;
  return { x: inputsOf(owner)[0]!, order: owner.op.order };
}

function reshaped(x: TensorVariable, node: Apply): TensorVariable {
  return call(new Reshape((node.op as Reshape).ndim), x, node.inputs[1]!) as TensorVariable;
}

/** A reshape needs no axes of length one put in or taken out before. */
export const uselessDimshuffleInReshape: Rule = rewrite(
  "local_useless_dimshuffle_in_reshape",
  ["reshape"],
  (node) => {
    const [before] = inputsOf(node);
    const turn = turnOf(before!);
    if (turn === undefined) return undefined;
    const long = turn.order.filter((_, axis) => !before!.broadcastable[axis]);
    return isIncreasing(long) ? reshaped(turn.x, node) : undefined;
  },
);

/** A reshape needs no axes put in before. */
export const reshapeDimshuffle: Rule = rewrite("local_reshape_dimshuffle", ["reshape"], (node) => {
  const turn = turnOf(inputsOf(node)[0]!);
  const kept = turn?.order.filter((axis) => axis !== "x");
  const isKept = kept?.length === turn?.x.ndim && kept?.every((axis, i) => axis === i);
  return turn !== undefined && isKept ? reshaped(turn.x, node) : undefined;
});

function isIncreasing(axes: readonly AxisOrNew[]): boolean {
  return axes.every((axis, i) => i === 0 || Number(axes[i - 1]) < Number(axis));
}

/** A transposed product is the product of the transposed factors. */
export const liftTranspose: Rule = rewrite(
  "local_lift_transpose_through_dot",
  ["dimshuffle"],
  (node, graph) => {
    const [product] = inputsOf(node);
    const dot = product!.owner;
    if ((node.op as DimShuffle).order.join() !== "1,0" || !(dot?.op instanceof Dot)) {
      return undefined;
    }
    const [x, y] = inputsOf(dot);
    if (x!.ndim !== 2 || y!.ndim !== 2 || !hasOneClient(graph, product!)) return undefined;
    return dotMatrices(shuffled(y!, [1, 0]), shuffled(x!, [1, 0]));
  },
);

/** Axes of length one that are dropped after indexing are indexed with 0 instead. */
export const dimshuffleSubtensor: Rule = rewrite(
  "local_dimshuffle_subtensor",
  ["dimshuffle"],
  (node) => {
    const { order } = node.op as DimShuffle;
    const [part] = inputsOf(node);
    const { owner } = part!;
    const onlyDrops = order.length < part!.ndim && !order.includes("x") && isIncreasing(order);
    if (!(owner?.op instanceof Subtensor) || !onlyDrops) return undefined;
    let axis = 0;
    const items = allItems(owner).map((item) => {
      if (!(item instanceof Slice)) return item;
      return order.includes(axis++) ? item : indexConstant(0);
    });
    return partOf(inputsOf(owner)[0]!, items);
  },
);

/** A reshape of a reshape is one. */
export const reshapeChain: Rule = rewrite("local_reshape_chain", ["reshape"], (node) => {
  const inner = node.inputs[0]!.owner;
  return inner?.op instanceof Reshape ? reshaped(inputsOf(inner)[0]!, node) : undefined;
});

/** What is done to each element is done after a reshape: then it can be fused. */
export const reshapeLift: Rule = rewrite("local_reshape_lift", ["reshape"], (node, graph) => {
  const [x] = inputsOf(node);
  const inner = x!.owner;
  const isUnary = inner?.op instanceof Elementwise && inner.inputs.length === 1 &&
    inner.outputs.length === 1;
  if (!isUnary || !hasOneClient(graph, x!)) return undefined;
  return sameOp(inner, reshaped(inputsOf(inner)[0]!, node));
});

/** A reshape into the shape that the tensor has. At most one length may be left open. */
export const uselessReshape: Rule = rewrite("local_useless_reshape", ["reshape"], (node, graph) => {
  const [x, vector] = inputsOf(node);
  if (!x!.type.equals(outputOf(node).type)) return undefined;
  const wanted = tryVectorItems(vector!);
  const shapes = shapesOf(graph);
  const own = shapes?.shapeOf(x!);
  if (wanted === undefined || own === undefined) return undefined;
  const items = wanted.map((item): ShapeItem => knownNumber(item) ?? lengthOf(graph, item));
  const open = items.filter((item, axis) => !sameSize(item, own[axis]!));
  return open.length === 0 || (open.length === 1 && open[0] === -1) ? x : undefined;
});

/** A length as an item; that of an axis of a variable as shape inference says it. */
function lengthOf(graph: FunctionGraph, length: TensorVariable): ShapeItem {
  const { owner } = length;
  const shapes = shapesOf(graph);
  if (!(owner?.op instanceof ShapeI) || shapes === undefined) return sizeItem(length);
  return shapes.getShape(inputsOf(owner)[0]!, owner.op.axis);
}

/** Lengths that are known to be one are new axes of a smaller reshape. */
export const reshapeToDimshuffle: Rule = rewrite(
  "local_reshape_to_dimshuffle",
  ["reshape"],
  (node) => {
    const [x, vector] = inputsOf(node);
    const wanted = tryVectorItems(vector!);
    if (wanted === undefined) return undefined;
    const items = wanted.map((item): ShapeItem => knownNumber(item) ?? sizeItem(item));
    const long = items.filter((item) => item !== 1);
    if (long.length === items.length) return undefined;
    let axis = 0;
    return shuffled(reshapeItems(x!, long), items.map((item) => item === 1 ? "x" : axis++));
  },
);

/** A declaration of a pattern that is known. */
export const uselessRebroadcast: Rule = rewrite(
  "local_useless_rebroadcast",
  ["rebroadcast"],
  (node) => {
    const { axes } = node.op as Rebroadcast;
    const [x] = inputsOf(node);
    const useful = axes.filter(([axis, one]) => x!.broadcastable[axis] !== one);
    if (useful.length === axes.length) return undefined;
    return useful.length === 0 ? x : call(new Rebroadcast(...useful), x!);
  },
);

/** Declarations go through unary ops and into each other. */
export const rebroadcastLift: Rule = rewrite(
  "local_rebroadcast_lift",
  ["rebroadcast"],
  (node, graph) => {
    const op = node.op as Rebroadcast;
    const [x] = inputsOf(node);
    const inner = x!.owner;
    if (inner?.op instanceof Rebroadcast) {
      return call(new Rebroadcast(...inner.op.axes, ...op.axes), inner.inputs[0]!);
    }
    const isUnary = inner?.op instanceof Elementwise && inner.inputs.length === 1 &&
      inner.outputs.length === 1;
    if (!isUnary || !hasOneClient(graph, x!)) return undefined;
    return sameOp(inner, call(op, inner.inputs[0]!));
  },
);
