/**
 * @file Tensors put together and cut apart.
 */

import { call } from "../core/graph/op.ts";
import type { Variable } from "../core/graph/variable.ts";
import { cast } from "../core/ops/arithmetic.ts";
import { knownNumber, tryVectorItems } from "../core/ops/constant_value.ts";
import { DimShuffle } from "../core/ops/dimshuffle.ts";
import { Elementwise } from "../core/ops/elementwise.ts";
import { eq } from "../core/ops/logic.ts";
import { Join } from "../core/ops/join.ts";
import { MakeVector } from "../core/ops/make_vector.ts";
import type { Reduce } from "../core/ops/reduce.ts";
import { itemVariable } from "../core/ops/shape_item.ts";
import type { Split } from "../core/ops/split.ts";
import { TopKOp } from "../core/ops/topk.ts";
import { Assert } from "../core/ops/view.ts";
import { TensorConstant, type TensorVariable } from "../core/tensor/tensor_variable.ts";
import { inputsOf, outputOf } from "./forms.ts";
import { rewrite, type Rule } from "./rule.ts";
import { sameSize } from "./shape_feature.ts";
import { lengthOf } from "./subtensor_rules.ts";

/** One tensor alone. */
export const joinOne: Rule = rewrite("local_join_1", ["join"], (node) => {
  return node.inputs.length === 2 ? cast(inputsOf(node)[1]!, outputOf(node).dtype) : undefined;
});

/** Constants without elements add nothing. */
export const joinEmpty: Rule = rewrite("local_join_empty", ["join"], (node) => {
  const [axis, ...tensors] = inputsOf(node);
  const out = outputOf(node);
  const along = knownNumber(axis!);
  if (along === undefined) return undefined;
  const place = along < 0 ? along + out.ndim : along;
  const kept = tensors.filter((x) => !(x instanceof TensorConstant && x.data.shape[place] === 0));
  if (kept.length === tensors.length || kept.length === 0) return undefined;
  const joined = kept.length === 1 ? kept[0]! : call(new Join(), axis!, ...kept);
  return cast(joined as TensorVariable, out.dtype);
});

/** Neighbours that are made of scalars are made at once. */
export const joinMakeVector: Rule = rewrite("local_join_make_vector", ["join"], (node) => {
  const [axis, ...tensors] = inputsOf(node);
  if (outputOf(node).ndim !== 1) return undefined;
  const merged: TensorVariable[] = [];
  for (const x of tensors) {
    const before = merged.at(-1);
    const both = before && joined(before, x);
    if (both === undefined) merged.push(x);
    else merged[merged.length - 1] = both;
  }
  if (merged.length === tensors.length) return undefined;
  return call(new Join(), axis!, ...merged);
});

/** Two vectors of scalars as one. */
function joined(x: TensorVariable, y: TensorVariable): TensorVariable | undefined {
  const [first, second] = [x, y].map(({ owner }) => owner?.op instanceof MakeVector ? owner : null);
  if (!first || !second || x.dtype !== y.dtype) return undefined;
  return call(first.op, ...first.inputs, ...second.inputs) as TensorVariable;
}

/** A reduction over tensors that were stacked combines them element by element. */
export const reduceJoin: Rule = rewrite("local_reduce_join", ["reduce"], (node) => {
  const op = node.op as Reduce;
  const join = node.inputs[0]!.owner;
  const axes = op.axesOf(inputsOf(node)[0]!.ndim);
  const { scalar, dtypes } = op.record;
  if (!(join?.op instanceof Join) || join.inputs.length < 3) return undefined;
  if (!scalar.variadic && join.inputs.length > 3) return undefined;
  if (axes.length !== 1 || axes[0] !== 0 || dtypes === "bool") return undefined;
  const [axis, ...tensors] = inputsOf(join);
  if (knownNumber(axis!) !== 0) return undefined;
  const parts = tensors.map(unstacked);
  if (!parts.every((x) => x !== undefined)) return undefined;
  const combined = call(new Elementwise(scalar), ...parts) as TensorVariable;
  return combined.type.equals(outputOf(node).type) ? combined : undefined;
});

/** What a tensor is that has one element along its first axis, put there by a dimshuffle. */
function unstacked({ owner }: Variable): TensorVariable | undefined {
  if (!(owner?.op instanceof DimShuffle)) return undefined;
  const isStacked = owner.op.order.every((axis, i) => axis === (i === 0 ? "x" : i - 1));
  const [x] = inputsOf(owner);
  return isStacked && owner.op.order.length === x!.ndim + 1 ? x : undefined;
}

/** One part is everything, if its length is that of the axis. */
export const uselessSplit: Rule = rewrite("local_useless_split", ["split"], (node, graph) => {
  if ((node.op as Split).parts !== 1) return undefined;
  const [x, axis, sizes] = inputsOf(node);
  const along = knownNumber(axis!);
  const items = tryVectorItems(sizes!);
  if (along === undefined || items?.length !== 1) return undefined;
  const size = lengthOf(x!, along < 0 ? along + x!.ndim : along, graph);
  const wanted = knownNumber(items[0]!) ?? items[0]!;
  if (sameSize(size, wanted)) return x;
  return wholeSplit.call(x!, eq(itemVariable(size), itemVariable(wanted))) as TensorVariable;
});

const wholeSplit = new Assert("The splits do not sum to the length of the axis");

/** Elements or positions that nobody reads are not asked for. */
export const uselessTopk: Rule = rewrite("local_useless_topk", ["sort"], (node, graph) => {
  const { op } = node;
  if (!(op instanceof TopKOp) || node.outputs.length !== 2) return undefined;
  const used = node.outputs.map((output) => graph.clients(output).length > 0);
  if (used.every(Boolean)) return undefined;
  const [returnValues, returnIndices] = used as [boolean, boolean];
  const { axis, idxDtype } = op;
  const made = new TopKOp({ axis, sorted: false, returnValues, returnIndices, idxDtype });
  const [only] = made.makeNode(...node.inputs as [TensorVariable, TensorVariable]).outputs;
  return returnValues ? [only, undefined] : [undefined, only];
});
