/**
 * @file An index of an index as one index, where that is exact for every length of the axis and costs
 * no arithmetic when the function runs.
 *
 * Parts are views, so two in a row cost next to nothing; an index made of minima and comparisons of
 * lengths would cost more than it saves.
 */

import { Slice } from "../core/array/slice.ts";
import { indexConstant, isFullSlice, knownIndex } from "../core/ops/subtensor_index.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { type Item, knownSlice, whole } from "./index_items.ts";

/**
 * The items of one index that takes what two take one after the other.
 *
 * @param first The items of the first, one an axis.
 * @param second The items of the second, for the axes that the first leaves; trailing ones may be
 *   left out.
 * @returns One item an axis, or undefined if some axis has none.
 */
export function mergedItems(first: readonly Item[], second: readonly Item[]): Item[] | undefined {
  let next = 0;
  const merged: Item[] = [];
  for (const item of first) {
    const one = item instanceof Slice ? mergedItem(item, second[next++] ?? whole()) : item;
    if (one === undefined) return undefined;
    merged.push(one);
  }
  return merged;
}

function mergedItem(first: Slice<TensorVariable>, second: Item): Item | undefined {
  if (isFullSlice(first)) return second;
  if (isFullSlice(second)) return first;
  const slice = knownSlice(first);
  if (slice === undefined) return undefined;
  if (second instanceof Slice) {
    const other = knownSlice(second);
    const merged = other && mergedSlice(slice, other);
    return merged && symbolic(merged);
  }
  const index = knownIndex(second);
  const place = typeof index === "number" ? placeIn(slice, index) : undefined;
  return place === undefined ? undefined : indexConstant(place);
}

function symbolic({ start, stop, step }: Slice<number>): Item {
  const end = (value: number | null): ReturnType<typeof indexConstant> | null =>
    value === null ? null : indexConstant(value);
  return new Slice(end(start), end(stop), step === 1 ? null : end(step));
}

/** The index into an axis of an index into a slice of it. */
function placeIn({ start, stop, step }: Slice<number>, index: number): number | undefined {
  const by = step ?? 1;
  if (by < 0) {
    if (start !== null || stop !== null) return undefined;
    if (index < 0) return by === -1 ? -1 - index : undefined;
    return -1 + by * index;
  }
  const from = start ?? 0;
  if (from < 0 || index < 0) return undefined;
  const place = from + by * index;
  return stop === null || (stop >= 0 && place < stop) ? place : undefined;
}

function mergedSlice(first: Slice<number>, second: Slice<number>): Slice<number> | undefined {
  const [k, m] = [first.step ?? 1, second.step ?? 1];
  const isPlain = [first, second].every(({ start, stop }) => start === null && stop === null);
  if (k < 0 || m < 0) return isPlain && k === -1 && m === -1 ? new Slice() : undefined;
  const [a, c] = [first.start ?? 0, second.start ?? 0];
  if (a < 0 || c < 0) return undefined;
  if (first.stop === null && second.stop === null) return new Slice(a + k * c, null, k * m);
  const stop = k === 1 ? mergedStop(a, first.stop, second.stop) : undefined;
  return stop === undefined ? undefined : new Slice(a + c, stop, m);
}

/** Where a slice of a slice stops that starts at `a`; an end below 0 counts from the end. */
function mergedStop(a: number, b: number | null, d: number | null): number | undefined {
  if (d === null) return b ?? undefined;
  if (b === null) return d < 0 ? d : a + d;
  if (b < 0) return d < 0 ? b + d : undefined;
  return d < 0 ? undefined : Math.min(b, a + d);
}
