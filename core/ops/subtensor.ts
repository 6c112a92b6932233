/**
 * @file Indexing with integers and slices: reading a part, and writing to one.
 */

import type { NDArray } from "../array/ndarray.ts";
import { sliceLength } from "../array/shape.ts";
import { Slice } from "../array/slice.ts";
import { isComplex, isInteger } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import type { AliasMap } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { assigned } from "./assigned.ts";
import { canonicalSlice } from "./canonical_slice.ts";
import type { Shape, ShapeItem } from "./kind.ts";
import { sizeItem } from "./shape_item.ts";
import { firstIsView, StructuralOp } from "./structural.ts";
import {
  fillIndex,
  indexCount,
  type IndexEntry,
  indexText,
  knownIndex,
} from "./subtensor_index.ts";

const nothing: AliasMap = new Map();

/** The part of a tensor at integers and slices: a view. Theano: `Subtensor`. */
export class Subtensor extends StructuralOp {
  readonly kind = "subtensor";
  readonly viewMap: AliasMap = firstIsView;

  /**
   * Makes the op.
   *
   * @param idxList What the axes are indexed with; those not mentioned are taken whole.
   */
  constructor(readonly idxList: readonly IndexEntry[]) {
    super();
  }

  get name(): string {
    return `Subtensor{${indexText(this.idxList)}}`;
  }

  makeNode(x: TensorVariable, ...indices: TensorVariable[]): Apply {
    checkIndices(this.idxList, x, indices);
    const items = fillIndex(this.idxList, indices.map(knownIndex));
    const pattern = x.broadcastable.flatMap((one, axis) => {
      const item = axis < items.length ? items[axis]! : new Slice<number>();
      return item instanceof Slice ? [one && keepsOne(item)] : [];
    });
    return new Apply(this, [x, ...indices], [new TensorType(x.dtype, pattern).makeVariable()]);
  }

  inferShape(node: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    const indices = node.inputs.slice(1) as TensorVariable[];
    const { broadcastable } = node.outputs[0] as TensorVariable;
    const part = slicedShape(this.idxList, shape!, indices);
    return [part.map((size, axis) => broadcastable[axis] ? 1 : size)];
  }

  perform(_: Apply, [x, ...indices]: readonly NDArray[]): NDArray[] {
    return [x!.get(...itemValues(this.idxList, indices))];
  }
}

/** What is written: the increment, or the new value. */
export interface IncSubtensorOptions {
  /** Overwrite the input instead of a copy. */
  readonly inplace?: boolean;
  /** Replace the part instead of adding to it. */
  readonly setInsteadOfInc?: boolean;
}

/** A tensor with a part at integers and slices replaced or added to. Theano: `IncSubtensor`. */
export class IncSubtensor extends StructuralOp {
  readonly kind = "incSubtensor";
  /** Whether the input is overwritten. */
  readonly inplace: boolean;
  /** Whether the value replaces the part. */
  readonly setInsteadOfInc: boolean;

  /**
   * Makes the op; its inputs are the tensor, the value, and the integers of the index.
   *
   * @param idxList What the axes are indexed with; those not mentioned are taken whole.
   * @param options Whether the value replaces, and whether the input is overwritten.
   */
  constructor(readonly idxList: readonly IndexEntry[], options: IncSubtensorOptions = {}) {
    super();
    this.inplace = options.inplace ?? false;
    this.setInsteadOfInc = options.setInsteadOfInc ?? false;
  }

  get name(): string {
    const how = `${this.inplace ? "Inplace" : ""}${this.setInsteadOfInc ? "Set" : "Inc"}`;
    return `IncSubtensor{${how};${indexText(this.idxList)}}`;
  }

  get destroyMap(): AliasMap {
    return this.inplace ? firstIsView : nothing;
  }

  makeNode(x: TensorVariable, y: TensorVariable, ...indices: TensorVariable[]): Apply {
    checkIndices(this.idxList, x, indices);
    const { ndim } = new Subtensor(this.idxList).makeNode(x, ...indices)
      .outputs[0] as TensorVariable;
    if (y.ndim > ndim) {
      raise(
        "ValueError",
        `Trying to increment a ${ndim}-dimensional subtensor with a ${y.ndim}-dimensional value.`,
      );
    }
    checkValueDType(x, y);
    return new Apply(this, [x, y, ...indices], [x.type.makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    return [shape!];
  }

  perform(_: Apply, [x, y, ...indices]: readonly NDArray[]): NDArray[] {
    return [assigned(x!, itemValues(this.idxList, indices), y!, this.setInsteadOfInc)];
  }
}

/** Refuses to write complex numbers into a real tensor. */
export function checkValueDType(x: TensorVariable, y: TensorVariable): void {
  if (isComplex(y.dtype) && !isComplex(x.dtype)) {
    fail(
      "TypeError",
      `write ${y} (${y.type}) to a part of ${x} (${x.type})`,
      "a complex number cannot become a real one",
      ["Consider real(), imag(), angle() or abs()"],
    );
  }
}

function checkIndices(
  list: readonly IndexEntry[],
  x: TensorVariable,
  indices: readonly TensorVariable[],
): void {
  if (list.length > x.ndim) raise("IndexError", "too many indices for array");
  if (indexCount(list) !== indices.length) {
    raise(
      "IndexError",
      `Not enough inputs to fill in the Subtensor template: ${indices.length} given, ` +
        `${indexCount(list)} wanted.`,
    );
  }
  const wanted = list.flatMap((entry) =>
    entry instanceof Slice ? [entry.start, entry.stop, entry.step] : [entry]
  ).filter((dtype) => dtype !== null);
  indices.forEach((index, i) => {
    if (index.ndim === 0 && index.dtype === wanted[i] && isInteger(index.dtype)) return;
    raise(
      "TypeError",
      `Wrong type for Subtensor template. Expected ${index.type}, got ${wanted[i]}.`,
    );
  });
}

/** Whether a slice of an axis of length one is known to take its element. */
export function keepsOne(slice: Slice<number | TensorVariable>): boolean {
  const { start, stop, step } = slice;
  if (start === null && stop === null) return true;
  const isKnown = ![start, stop, step].some((end) => end instanceof TensorVariable);
  const ends = slice as Slice<number>;
  return isKnown && step !== 0 && sliceLength(ends.start, ends.stop, ends.step, 1) === 1;
}

/**
 * The symbolic shape of a part.
 *
 * @param list What the axes are indexed with.
 * @param shape The shape of the tensor.
 * @param indices The integers that the list mentions.
 */
export function slicedShape(
  list: readonly IndexEntry[],
  shape: Shape,
  indices: readonly TensorVariable[],
): ShapeItem[] {
  const items = fillIndex(list, indices.map((index) => () => sizeItem(index)));
  return shape.flatMap((size, axis) => {
    if (axis >= items.length) return [size];
    const item = items[axis]!;
    if (!(item instanceof Slice)) return [];
    const ends = new Slice<ShapeItem>(
      item.start?.() ?? null,
      item.stop?.() ?? null,
      item.step?.() ?? null,
    );
    return [canonicalSlice(ends, size).length];
  });
}

function itemValues(
  list: readonly IndexEntry[],
  indices: readonly NDArray[],
): (number | Slice<number>)[] {
  return fillIndex(list, indices.map((index) => Number(index.item())));
}
