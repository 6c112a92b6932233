/**
 * @file Indices of nodes as items, and parts of tensors made of items: what the rules about indexing
 * share.
 */

import { Slice } from "../core/array/slice.ts";
import { call } from "../core/graph/op.ts";
import type { Apply } from "../core/graph/variable.ts";
import { type IncSubtensor, Subtensor } from "../core/ops/subtensor.ts";
import {
  fillIndex,
  indexInputs,
  indexList,
  isFullSlice,
  knownIndex,
  mapSlice,
} from "../core/ops/subtensor_index.ts";
import { TensorConstant, type TensorVariable } from "../core/tensor/tensor_variable.ts";
import { inputsOf } from "./forms.ts";

/** What one axis is indexed with. */
export type Item = TensorVariable | Slice<TensorVariable>;

/** The whole of an axis. */
export function whole(): Slice<TensorVariable> {
  return new Slice<TensorVariable>();
}

/** The items of a node that reads, or writes to, a part at integers and slices. */
export function itemsOf(node: Apply): Item[] {
  const { op } = node;
  if (op instanceof Subtensor) return fillIndex(op.idxList, inputsOf(node).slice(1));
  return fillIndex((op as IncSubtensor).idxList, inputsOf(node).slice(2));
}

/** The items, one an axis: whole axes where none are given. */
export function allItems(node: Apply): Item[] {
  const items = itemsOf(node);
  const { ndim } = inputsOf(node)[0]!;
  return [...items, ...Array.from({ length: ndim - items.length }, whole)];
}

/** The part of a tensor at some items; the tensor itself if they take everything. */
export function partOf(x: TensorVariable, items: readonly Item[]): TensorVariable {
  const last = items.findLastIndex((item) => !isFullSlice(item));
  if (last < 0) return x;
  const kept = items.slice(0, last + 1);
  return call(new Subtensor(indexList(kept)), x, ...indexInputs(kept)) as TensorVariable;
}

/** A slice as numbers, if all its ends are known. */
export function knownSlice(item: Slice<TensorVariable>): Slice<number> | undefined {
  const ends = [item.start, item.stop, item.step];
  const isKnown = ends.every((end) => end === null || end instanceof TensorConstant);
  return isKnown ? mapSlice(item, (end) => knownIndex(end) as number) : undefined;
}

/** Whether a slice goes over its axis one by one from the first element. */
export function startsWhole(item: Slice<TensorVariable>): boolean {
  const isOne = item.step === null || knownIndex(item.step) === 1;
  return isOne && (item.start === null || knownIndex(item.start) === 0);
}

/** Whether two indices are the same: equal lists of the same variables, or of equal constants. */
export function sameItems(xs: readonly Item[], ys: readonly Item[]): boolean {
  return xs.length === ys.length && xs.every((x, i) => sameItem(x, ys[i]!));
}

function sameItem(x: Item, y: Item): boolean {
  if (x instanceof Slice && y instanceof Slice) {
    return sameEnd(x.start, y.start) && sameEnd(x.stop, y.stop) && sameEnd(x.step, y.step);
  }
  return !(x instanceof Slice) && !(y instanceof Slice) && sameEnd(x, y);
}

/** Whether two ends are the same variable or equal numbers. */
export function sameEnd(x: TensorVariable | null, y: TensorVariable | null): boolean {
  if (x === y) return true;
  if (!(x instanceof TensorConstant) || !(y instanceof TensorConstant)) return false;
  return knownIndex(x) === knownIndex(y);
}
