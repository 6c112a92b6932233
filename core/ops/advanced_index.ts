/**
 * @file The index list of advanced indexing: what each axis of the result comes from.
 *
 * Source: NumPy user guide, "Combining advanced and basic indexing": index arrays broadcast together,
 * and their axes stand where the arrays stood if those were adjacent, else first.
 */

import type { NDArray } from "../array/ndarray.ts";
import { Slice } from "../array/slice.ts";
import { type DType, isInteger } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { canonicalSlice } from "./canonical_slice.ts";
import { ifEqual } from "./item_choice.ts";
import type { Shape, ShapeItem } from "./kind.ts";
import { sizeItem } from "./shape_item.ts";
import { keepsOne } from "./subtensor.ts";
import { indexText, knownIndex, mapSlice, type SymbolicItem } from "./subtensor_index.ts";

/** An index array: integers of any number of axes, or a mask over as many axes as it has. */
export interface ArrayEntry {
  readonly dtype: DType;
  readonly ndim: number;
}

/** What one item of the index is: a slice with ends of dtypes, an array, or null for a new axis. */
export type AdvancedEntry = Slice<DType> | ArrayEntry | null;

/** The index list of items in normal form. */
export function advancedList(items: readonly SymbolicItem[]): AdvancedEntry[] {
  return items.map((item) => {
    if (item === null) return null;
    if (item instanceof Slice) return mapSlice(item, (end) => end.dtype);
    return { dtype: item.dtype, ndim: item.ndim };
  });
}

/** Canonical text of an index list. */
export function advancedText(list: readonly AdvancedEntry[]): string {
  return list.map((entry) => {
    if (entry === null) return "newaxis";
    return entry instanceof Slice ? indexText([entry]) : `${entry.dtype}[${entry.ndim}]`;
  }).join(", ");
}

/** Whether an index list has a mask, so that sizes depend on data. */
export function hasMask(list: readonly AdvancedEntry[]): boolean {
  return list.some((entry) => isArrayEntry(entry) && entry.dtype === "bool");
}

function isArrayEntry(entry: AdvancedEntry): entry is ArrayEntry {
  return entry !== null && !(entry instanceof Slice);
}

function axesOf(entry: AdvancedEntry): number {
  if (entry === null) return 0;
  return isArrayEntry(entry) && entry.dtype === "bool" ? entry.ndim : 1;
}

/** How many inputs an index list mentions. */
function countOf(entry: AdvancedEntry): number {
  if (entry === null) return 0;
  if (!(entry instanceof Slice)) return 1;
  return [entry.start, entry.stop, entry.step].filter((end) => end !== null).length;
}

/** An entry with its inputs, or their values, in place. */
export type FilledEntry<T> = Slice<T> | { readonly array: T } | null;

/** An index list with its inputs, or their values, in place. */
export function fillAdvanced<T>(
  list: readonly AdvancedEntry[],
  inputs: readonly T[],
): FilledEntry<T>[] {
  let next = 0;
  return list.map((entry) => {
    if (entry === null) return null;
    if (entry instanceof Slice) return mapSlice(entry, () => inputs[next++]!);
    return { array: inputs[next++]! };
  });
}

/** The items of an index list at run time. */
export function advancedValues(
  list: readonly AdvancedEntry[],
  indices: readonly NDArray[],
): (NDArray | Slice<number> | null)[] {
  return fillAdvanced(list, indices).map((item) => {
    if (item === null) return null;
    return item instanceof Slice ? mapSlice(item, (end) => Number(end.item())) : item.array;
  });
}

/** Where an axis of the result comes from. */
export type AxisSource<T> =
  | { readonly from: "axis"; readonly axis: number; readonly slice: Slice<T> }
  | { readonly from: "new" }
  | { readonly from: "index"; readonly position: number };

/**
 * Where each axis of the result of advanced indexing comes from.
 *
 * @param list The index list.
 * @param ndim Number of axes of the indexed tensor.
 * @param inputs What stands for the inputs that the list mentions.
 * @returns One source an axis of the result.
 */
export function axisSources<T>(
  list: readonly AdvancedEntry[],
  ndim: number,
  inputs: readonly T[],
): AxisSource<T>[] {
  const parts: (AxisSource<T> | "array")[] = [];
  let axis = 0;
  fillAdvanced(list, inputs).forEach((item, i) => {
    if (item === null) parts.push({ from: "new" });
    else if (item instanceof Slice) parts.push({ from: "axis", axis, slice: item });
    else parts.push("array");
    axis += axesOf(list[i]!);
  });
  for (; axis < ndim; axis++) parts.push({ from: "axis", axis, slice: new Slice<T>() });
  const others = parts.filter((part) => part !== "array");
  const block = Array.from(
    { length: indexRank(list) },
    (_, position): AxisSource<T> => ({ from: "index", position }),
  );
  const place = parts.lastIndexOf("array") - parts.indexOf("array") + 1 ===
      parts.length - others.length
    ? parts.indexOf("array")
    : 0;
  return [...others.slice(0, place), ...block, ...others.slice(place)];
}

/** Number of axes that the index arrays broadcast to. */
function indexRank(list: readonly AdvancedEntry[]): number {
  return Math.max(
    0,
    ...list.filter(isArrayEntry).map((entry) => entry.dtype === "bool" ? 1 : entry.ndim),
  );
}

/**
 * Checks the inputs of advanced indexing against its index list.
 *
 * @param list The index list.
 * @param x The indexed tensor.
 * @param indices The inputs that the list mentions.
 * @throws {IndexError} If more axes are indexed than there are.
 * @throws {TypeError} If an index has another type than the list says.
 */
export function checkAdvanced(
  list: readonly AdvancedEntry[],
  x: TensorVariable,
  indices: readonly TensorVariable[],
): void {
  const used = list.reduce((sum, entry) => sum + axesOf(entry), 0);
  if (used > x.ndim) raise("IndexError", "too many indices for array");
  const count = list.reduce((sum, entry) => sum + countOf(entry), 0);
  if (count !== indices.length) {
    raise("IndexError", `Not enough inputs to fill in the index: ${indices.length} for ${count}`);
  }
  const wrong = indices.find((index) => !isInteger(index.dtype) && index.dtype !== "bool");
  if (wrong) raise("TypeError", "index must be integers or a boolean mask");
  fillAdvanced(list, indices).forEach((item, i) => {
    const entry = list[i]!;
    if (item === null || item instanceof Slice || !isArrayEntry(entry)) return;
    const { array } = item;
    if (array.ndim === entry.ndim && (array.dtype === "bool") === (entry.dtype === "bool")) return;
    raise(
      "TypeError",
      `Wrong type for an index: expected ${advancedText([entry])}, got ${array.type}`,
    );
  });
}

/** For each axis of the result, whether its length is known to be one. */
export function advancedPattern(
  list: readonly AdvancedEntry[],
  x: TensorVariable,
  indices: readonly TensorVariable[],
): boolean[] {
  const rank = indexRank(list);
  const arrays = arraysOf(fillAdvanced(list, indices));
  return axisSources(list, x.ndim, indices).map((source) => {
    if (source.from === "new") return true;
    if (source.from === "axis") {
      return x.broadcastable[source.axis]! && keepsOne(mapSlice(source.slice, knownIndex));
    }
    return arrays.every((array) => {
      if (array.dtype === "bool") return source.position < rank - 1;
      const axis = source.position - rank + array.ndim;
      return axis < 0 || array.broadcastable[axis]!;
    });
  });
}

function arraysOf<T>(items: readonly FilledEntry<T>[]): T[] {
  return items.flatMap((item) => item === null || item instanceof Slice ? [] : [item.array]);
}

/**
 * The symbolic shape of the result of advanced indexing without masks.
 *
 * @param list The index list.
 * @param shape The shape of the indexed tensor.
 * @param indices The inputs that the list mentions.
 * @param shapes Their shapes.
 */
export function advancedShape(
  list: readonly AdvancedEntry[],
  shape: Shape,
  indices: readonly TensorVariable[],
  shapes: readonly Shape[],
): ShapeItem[] {
  const rank = indexRank(list);
  const arrays = arraysOf(fillAdvanced(list, shapes));
  return axisSources(list, shape.length, indices).map((source) => {
    if (source.from === "new") return 1;
    if (source.from === "axis") {
      return canonicalSlice(mapSlice(source.slice, sizeItem), shape[source.axis]!).length;
    }
    const sizes = arrays.map((items) => items[source.position - rank + items.length] ?? 1);
    return sizes.reduce((size, other) => other === size ? size : ifEqual(size, 1, other, size), 1);
  });
}
