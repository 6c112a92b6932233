/**
 * @file The two forms of an index: the items a user writes, and the *index list* of an op.
 *
 * An index list says what each axis is indexed with, by dtype: `int64`, or a slice whose ends are
 * dtypes or absent. The integers themselves are inputs of the node, in the order in which the list
 * mentions them, so that equal lists are equal ops: `Subtensor{int64, int64::}`.
 */

import { NDArray } from "../array/ndarray.ts";
import { parseSlice, Slice } from "../array/slice.ts";
import { type DType, isInteger } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { Variable } from "../graph/variable.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import { TensorConstant, TensorVariable } from "../tensor/tensor_variable.ts";

/** An integer written in an index. It prints as Theano's scalars do: `Constant{0}`. */
export class IndexConstant extends TensorConstant {
  override clone(): IndexConstant {
    const copy = new IndexConstant(this.type, this.data, this.name);
    Object.assign(copy.tag, this.tag);
    return copy;
  }

  override signature(): string {
    return `index ${super.signature()}`;
  }

  override toString(): string {
    return this.name ?? `Constant{${this.data}}`;
  }
}

/** An integer as an index of a node. */
export function indexConstant(value: number | bigint): IndexConstant {
  const type = new TensorType("int64", []);
  return new IndexConstant(type, NDArray.scalar(BigInt(value), "int64"));
}

/** What one axis is indexed with: an integer of a dtype, or a slice with ends of dtypes. */
export type IndexEntry = DType | Slice<DType>;

/** An item of an index in normal form: an integer or array, a slice, or null for a new axis. */
export type SymbolicItem = TensorVariable | Slice<TensorVariable> | null;

const boolText = "TensorType does not support Python bools for indexing, such as " +
  "tensor[[True, False]]. To use a boolean mask, convert the mask to an array first, e.g., " +
  "x.get(theano.array([true, false])).";
const dtypeText = "index must be integers or a boolean mask";

/**
 * A slice for an index: Python's `slice`, so that one argument is the stop.
 *
 * @param ends Start, stop and step; an end is an integer, a symbolic integer scalar, or null.
 * @returns The slice.
 * @throws {TypeError} If there are no ends, or more than three.
 */
export function slice(...ends: readonly unknown[]): Slice<unknown> {
  if (ends.length < 1 || ends.length > 3) {
    raise("TypeError", `slice expected 1 to 3 arguments, got ${ends.length}`);
  }
  const [start, stop, step] = ends.length === 1 ? [null, ends[0]] : ends;
  return new Slice(start ?? null, stop ?? null, step ?? null);
}

/**
 * The items of an index in normal form, the ellipsis replaced by full slices.
 *
 * Shapes: `ndim` axes are indexed; trailing ones may be left out.
 * Dtypes: integers and bool.
 *
 * @param ndim Number of axes of the indexed tensor.
 * @param items What the user wrote.
 * @returns Integers as variables, slices with variables for ends, index arrays, null for new axes.
 * @throws {IndexError} If there are too many items or two ellipses.
 * @throws {TypeError} If an item is not an index.
 */
export function readIndex(ndim: number, items: readonly unknown[]): SymbolicItem[] {
  const read = unpacked(items).map((item) => item === "..." ? item : readItem(item));
  const dots = read.indexOf("...");
  if (dots !== read.lastIndexOf("...")) {
    raise("IndexError", "an index can only have a single Ellipsis (`...`)");
  }
  const used = read.reduce((sum, item) => sum + (item === "..." ? 0 : axesOf(item)), 0);
  if (used > ndim) raise("IndexError", "too many indices for array");
  const full = Array.from({ length: ndim - used }, () => new Slice<TensorVariable>());
  return read.flatMap((item) => item === "..." ? full : [item]);
}

/** A list of index arrays given as the only item is Python's tuple: `x.get(x.nonzero())`. */
function unpacked(items: readonly unknown[]): readonly unknown[] {
  const [first] = items;
  const isTuple = items.length === 1 && Array.isArray(first) && first.length > 0 &&
    first.every((item) => item instanceof TensorVariable && item.ndim > 0);
  return isTuple ? first : items;
}

function axesOf(item: SymbolicItem): number {
  if (item === null) return 0;
  return item instanceof TensorVariable && item.dtype === "bool" ? item.ndim : 1;
}

function readItem(item: unknown): SymbolicItem {
  if (item === null) return null;
  if (typeof item === "string") return readSlice(parseSlice(item));
  if (item instanceof Slice) return readSlice(item);
  if (typeof item === "number" || typeof item === "bigint") return readInteger(item);
  if (typeof item === "boolean") raise("TypeError", boolText);
  if (Array.isArray(item)) return readList(item);
  if (item instanceof NDArray && item.ndim === 0 && isInteger(item.dtype)) {
    return readInteger(item.item<number | bigint>());
  }
  const variable = item === undefined ? raise("TypeError", dtypeText) : asTensorVariable(item);
  return checked(variable);
}

function readInteger(value: number | bigint): IndexConstant {
  if (typeof value === "number" && !Number.isInteger(value)) raise("TypeError", dtypeText);
  return indexConstant(value);
}

function readList(list: readonly unknown[]): TensorVariable {
  const leaves = list.flat(Infinity) as unknown[];
  if (leaves.length === 0) return emptyIndex(list);
  if (leaves.some((leaf) => typeof leaf === "boolean")) raise("TypeError", boolText);
  return checked(asTensorVariable(list));
}

/** A list without elements: it has no dtype of its own, so it is taken for integers. */
function emptyIndex(list: readonly unknown[]): TensorVariable {
  const { shape } = (asTensorVariable(list) as TensorConstant).data;
  const type = new TensorType("int64", shape.map((length) => length === 1));
  return new TensorConstant(type, NDArray.of(new BigInt64Array(0), shape, "int64"));
}

function checked(variable: TensorVariable): TensorVariable {
  if (!isInteger(variable.dtype) && variable.dtype !== "bool") raise("TypeError", dtypeText);
  return variable;
}

function readSlice(slice: Slice<unknown>): Slice<TensorVariable> {
  return new Slice(readEnd(slice.start), readEnd(slice.stop), readEnd(slice.step));
}

function readEnd(end: unknown): TensorVariable | null {
  if (end === null || end === undefined) return null;
  if (typeof end === "number" || typeof end === "bigint") return readInteger(end);
  const variable = end instanceof Variable || end instanceof NDArray
    ? readItem(end)
    : raise("TypeError", "slice ends must be integers, symbolic integer scalars or null");
  if (variable instanceof TensorVariable && variable.ndim === 0 && isInteger(variable.dtype)) {
    return variable;
  }
  return raise("TypeError", "slice ends must be integers, symbolic integer scalars or null");
}

/** Whether a slice takes a whole axis in order. */
export function isFullSlice(item: unknown): item is Slice<never> {
  return item instanceof Slice && item.start === null && item.stop === null && item.step === null;
}

/** Whether an item is an index array: a mask, or integers with axes. */
export function isIndexArray(item: SymbolicItem): item is TensorVariable {
  return item instanceof TensorVariable && (item.ndim > 0 || item.dtype === "bool");
}

/** The variables of an index, in the order in which an index list mentions them. */
export function indexInputs(items: readonly SymbolicItem[]): TensorVariable[] {
  return items.flatMap((item) => {
    if (item === null) return [];
    if (item instanceof TensorVariable) return [item];
    return [item.start, item.stop, item.step].filter((end) => end !== null);
  });
}

/** The index list of integers and slices. */
export function indexList(
  items: readonly (TensorVariable | Slice<TensorVariable>)[],
): IndexEntry[] {
  return items.map((item) =>
    item instanceof Slice ? mapSlice(item, (end) => end.dtype) : item.dtype
  );
}

/** A slice with every end that is there replaced. */
export function mapSlice<A, B>(slice: Slice<A>, change: (end: A) => B): Slice<B> {
  const [start, stop, step] = [slice.start, slice.stop, slice.step].map((end) =>
    end === null ? null : change(end)
  );
  return new Slice(start!, stop!, step!);
}

/**
 * An index list with its dtypes replaced by what stands for them, in order: the inputs of a node,
 * their values, or what is known of them.
 *
 * @param list The index list.
 * @param inputs As many as the list mentions.
 * @returns One item an entry.
 */
export function fillIndex<T>(list: readonly IndexEntry[], inputs: readonly T[]): (T | Slice<T>)[] {
  let next = 0;
  return list.map((entry) =>
    entry instanceof Slice ? mapSlice(entry, () => inputs[next++]!) : inputs[next++]!
  );
}

/** How many inputs an index list mentions. */
export function indexCount(list: readonly IndexEntry[]): number {
  return list.flatMap((entry) =>
    entry instanceof Slice
      ? [entry.start, entry.stop, entry.step].filter((end) => end !== null)
      : [entry]
  ).length;
}

/** Theano's text of an index list: `int64, ::, int64:int64:`. */
export function indexText(list: readonly IndexEntry[]): string {
  return list.map((entry) =>
    entry instanceof Slice
      ? [entry.start, entry.stop, entry.step].map((end) => end ?? "").join(":")
      : entry
  ).join(", ");
}

/** A variable of an index as a number if it is constant, else itself. */
export function knownIndex(x: TensorVariable): number | TensorVariable {
  return x instanceof TensorConstant ? Number(x.data.item()) : x;
}
