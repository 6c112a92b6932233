/**
 * @file NumPy's indexing as arithmetic: which positions of storage an index selects.
 *
 * An index without arrays selects a strided part, which shares memory ({@linkcode Layout}). One with
 * integer or boolean arrays selects single positions, which are copied ({@linkcode Picked}).
 *
 * Source: NumPy's user guide, "Indexing on ndarrays"; messages are NumPy's.
 */

import { raise } from "../errors.ts";
import { getElement, isInteger, makeStorage, setElement, toElement } from "../dtype/dtype.ts";
import { eachPosition, type Layout, positions } from "./convert.ts";
import { type Nested, nestedDType, readNested, type TypedLeaf } from "./nested.ts";
import {
  broadcastShapes,
  broadcastStrides,
  contiguousStrides,
  shapeText,
  sizeOf,
  sliceBounds,
} from "./shape.ts";
import { parseSlice, Slice } from "./slice.ts";

/** An array used as an index: of an integer dtype, or bool. */
export type IndexArray = TypedLeaf;

/** One item of an index, arrays already made of nested lists. */
export type IndexItem = number | bigint | string | null | Slice<number> | IndexArray;

/**
 * The position in storage of one element, without the work that other indices take.
 *
 * @param items What the user gave.
 * @param shape The shape of the array.
 * @param gaps How its elements lie, if they are not dense.
 * @returns The position for as many integers in range as axes; −1 for other indices.
 */
export function elementPosition(
  items: readonly unknown[],
  shape: readonly number[],
  gaps: Pick<Layout, "strides" | "offset"> | undefined,
): number {
  if (items.length !== shape.length) return -1;
  let position = gaps === undefined ? 0 : gaps.offset;
  for (let axis = 0; axis < shape.length; axis++) {
    const item = items[axis];
    const length = shape[axis]!;
    const index = typeof item === "number" && item < 0 ? item + length : item;
    if (typeof index !== "number" || !(index >= 0 && index < length && index % 1 === 0)) return -1;
    position = gaps === undefined
      ? position * length + index
      : position + index * gaps.strides[axis]!;
  }
  return position;
}

/**
 * An item of an index in the form {@linkcode select} takes: nested lists and typed arrays made into
 * index arrays, 0-d arrays into their integer.
 *
 * @param item What the user gave.
 * @param asTyped Recognises arrays with a dtype.
 * @throws {IndexError} If it is no index.
 */
export function indexItem(
  item: unknown,
  asTyped: (value: unknown) => TypedLeaf | undefined,
): IndexItem {
  if (item === null || item instanceof Slice) return item;
  if (typeof item === "number" || typeof item === "bigint" || typeof item === "string") return item;
  if (Array.isArray(item)) return nestedIndex(readNested(item, asTyped));
  const leaf = asTyped(item) ?? refuseIndex();
  if (leaf.shape.length > 0) return leaf;
  const index = getElement(leaf.data, 0, leaf.dtype);
  return typeof index === "bigint" || (typeof index === "number" && isInteger(leaf.dtype))
    ? index
    : refuseIndex();
}

function nestedIndex(nested: Nested): IndexArray {
  const { elements, shape } = nested;
  const dtype = elements.length === 0 ? "int64" : nestedDType(nested);
  const data = makeStorage(dtype, elements.length);
  elements.forEach((element, i) => setElement(data, i, toElement(element, dtype), dtype));
  return { dtype, shape, data };
}

/** Positions selected one by one. */
export interface Picked {
  /** Shape of the selection. */
  readonly shape: readonly number[];
  /** Its positions in storage, in C order. */
  readonly at: Float64Array;
}

/** A list of positions along one axis of the source: an integer array, or one axis of a mask. */
interface Taken {
  readonly axis: number;
  readonly shape: readonly number[];
  readonly at: Float64Array;
}

/**
 * One axis of what is selected: a strided one, or the place of an index array. An ellipsis that
 * stands for no axis is a gap, because it too keeps index arrays from being adjacent.
 */
type Part =
  | { readonly length: number; readonly stride: number }
  | { readonly taken: Taken }
  | { readonly gap: true };

/**
 * What an index selects.
 *
 * Shapes: NumPy's rules; index arrays broadcast together, and their axes stand where the arrays
 * stood if those were adjacent, else first.
 *
 * @param source Where the elements of the indexed array lie.
 * @param items The index.
 * @returns A layout that shares memory, or positions to copy.
 * @throws {IndexError} If an item is out of bounds or there are too many.
 */
export function select(source: Layout, items: readonly IndexItem[]): Layout | Picked {
  const parts: Part[] = [];
  const filled = fillEllipsis(source.shape, items);
  // Beside an index array an integer is an array too, so that it counts as adjacent.
  const takes = filled.some(isArray);
  let offset = source.offset;
  let axis = 0;
  for (const item of filled) {
    if (item === null) parts.push({ length: 1, stride: 0 });
    else if (item === "...") parts.push({ gap: true });
    else if (item instanceof Slice) {
      const { start, step, length } = sliceBounds(
        item.start,
        item.stop,
        item.step,
        source.shape[axis]!,
      );
      if (length > 0) offset += start * source.strides[axis]!;
      parts.push({ length, stride: step * source.strides[axis++]! });
    } else if (isArray(item)) {
      for (const taken of takenBy(item, axis, source.shape)) {
        parts.push({ taken });
        axis = taken.axis + 1;
      }
    } else {
      const index = boundIndex(Number(item), axis, source.shape[axis]!);
      if (takes) parts.push({ taken: { axis, shape: [], at: Float64Array.of(index) } });
      else offset += index * source.strides[axis]!;
      axis++;
    }
  }
  return takes ? pick(parts, source.strides, offset) : stridedLayout(parts, offset);
}

function stridedLayout(parts: readonly Part[], offset: number): Layout {
  const axes = parts.filter((part) => "length" in part);
  return { shape: axes.map((a) => a.length), strides: axes.map((a) => a.stride), offset };
}

function isArray(item: IndexItem): item is IndexArray {
  return typeof item === "object" && item !== null && !(item instanceof Slice);
}

/** Axes an item uses up: as many as a mask has, none for a new axis, else one. */
function axesOf(item: IndexItem): number {
  if (item === null || item === "...") return 0;
  return isArray(item) && item.dtype === "bool" ? item.shape.length : 1;
}

type ReadItem = Exclude<IndexItem, string> | "...";

/**
 * The index with texts read and full slices for the axes it does not mention; the ellipsis stays, in
 * front of what it stands for.
 */
function fillEllipsis(shape: readonly number[], items: readonly IndexItem[]): ReadItem[] {
  const dots = items.indexOf("...");
  if (dots >= 0 && items.lastIndexOf("...") !== dots) {
    raise("IndexError", "an index can only have a single ellipsis ('...')");
  }
  const used = items.reduce((sum: number, item) => sum + axesOf(item), 0);
  if (used > shape.length) {
    raise(
      "IndexError",
      `too many indices for array: array is ${shape.length}-dimensional, ` +
        `but ${used} were indexed`,
    );
  }
  const full = Array.from({ length: shape.length - used }, () => new Slice<number>());
  const read = items.map((item) =>
    typeof item === "string" && item !== "..." ? parseSlice(item) : item
  ) as ReadItem[];
  return read.toSpliced(dots < 0 ? items.length : dots + 1, 0, ...full);
}

function boundIndex(index: number, axis: number, size: number): number {
  if (!Number.isInteger(index)) refuseIndex();
  if (index < -size || index >= size) {
    raise("IndexError", `index ${index} is out of bounds for axis ${axis} with size ${size}`);
  }
  return index < 0 ? index + size : index;
}

function refuseIndex(): never {
  return raise(
    "IndexError",
    "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean " +
      "arrays are valid indices",
  );
}

/** The lists of positions an index array stands for: one, or one for each axis of a mask. */
function takenBy(item: IndexArray, axis: number, shape: readonly number[]): Taken[] {
  if (item.dtype === "bool") return takenByMask(item, axis, shape);
  if (!isInteger(item.dtype)) {
    raise("IndexError", "arrays used as indices must be of integer (or boolean) type");
  }
  const size = shape[axis]!;
  const at = new Float64Array(sizeOf(item.shape));
  for (let i = 0; i < at.length; i++) at[i] = boundIndex(Number(item.data[i]), axis, size);
  return [{ axis, shape: item.shape, at }];
}

function takenByMask(mask: IndexArray, axis: number, shape: readonly number[]): Taken[] {
  mask.shape.forEach((length, i) => {
    if (length === shape[axis + i]) return;
    raise(
      "IndexError",
      `boolean index did not match indexed array along axis ${axis + i}; size of axis is ` +
        `${shape[axis + i]} but size of corresponding boolean axis is ${length}`,
    );
  });
  const strides = contiguousStrides(mask.shape);
  const hits: number[] = [];
  for (let i = 0; i < mask.data.length; i++) if (mask.data[i]) hits.push(i);
  return mask.shape.map((length, i) => ({
    axis: axis + i,
    shape: [hits.length],
    at: Float64Array.from(hits, (hit) => Math.floor(hit / strides[i]!) % length),
  }));
}

function pick(parts: readonly Part[], strides: readonly number[], offset: number): Picked {
  const takens = parts.flatMap((part) => "taken" in part ? [part.taken] : []);
  const block = broadcastTaken(takens, strides);
  const first = parts.findIndex((part) => "taken" in part);
  const together = parts.slice(first, first + takens.length).every((part) => "taken" in part);
  const before = stridedLayout(together ? parts.slice(0, first) : [], offset);
  const after = stridedLayout(together ? parts.slice(first) : parts, 0);
  const heads = positions(before, sizeOf(before.shape));
  const tails = positions(after, sizeOf(after.shape));
  const at = new Float64Array(heads.length * block.at.length * tails.length);
  let rank = 0;
  for (const head of heads) {
    for (const middle of block.at) {
      for (const tail of tails) at[rank++] = head + middle + tail;
    }
  }
  return { shape: [...before.shape, ...block.shape, ...after.shape], at };
}

/** The index arrays broadcast together, as positions relative to the first element. */
function broadcastTaken(takens: readonly Taken[], strides: readonly number[]): Picked {
  const shape = broadcastIndices(takens.map((taken) => taken.shape));
  const at = new Float64Array(sizeOf(shape));
  for (const taken of takens) {
    const own = broadcastStrides(taken.shape, contiguousStrides(taken.shape), shape);
    eachPosition({ shape, strides: own, offset: 0 }, (position, rank) => {
      at[rank]! += taken.at[position]! * strides[taken.axis]!;
    });
  }
  return { shape, at };
}

function broadcastIndices(shapes: readonly (readonly number[])[]): number[] {
  try {
    return broadcastShapes(...shapes);
  } catch {
    const arrays = shapes.filter((shape) => shape.length > 0);
    const listed = arrays.map((shape) => shapeText(shape).replaceAll(" ", "")).join(" ");
    return raise(
      "IndexError",
      `shape mismatch: indexing arrays could not be broadcast together with shapes ${listed}`,
    );
  }
}
