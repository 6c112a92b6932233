/**
 * @file Indexing with arrays of integers and masks: reading, replacing and adding.
 */

import type { NDArray } from "../array/ndarray.ts";
import { isInteger } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import type { AliasMap } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import {
  type AdvancedEntry,
  advancedPattern,
  advancedShape,
  advancedText,
  advancedValues,
  axisSources,
  checkAdvanced,
  hasMask,
} from "./advanced_index.ts";
import { assigned } from "./assigned.ts";
import type { Shape } from "./kind.ts";
import { firstIsView, StructuralOp } from "./structural.ts";
import { checkValueDType, type IncSubtensorOptions } from "./subtensor.ts";

const nothing: AliasMap = new Map();

/** Rows of a tensor, by a vector of integers. Theano: `AdvancedSubtensor1`. */
export class AdvancedSubtensor1 extends StructuralOp {
  readonly kind = "advancedSubtensor";
  readonly name = "AdvancedSubtensor1";

  /**
   * Makes the op.
   *
   * @param sparseGrad Whether the gradient by the tensor is a sparse matrix.
   */
  constructor(readonly sparseGrad: boolean = false) {
    super();
  }

  override get key(): string {
    return `${this.name}${this.sparseGrad ? "{sparse_grad}" : ""}`;
  }

  makeNode(x: TensorVariable, rows: TensorVariable): Apply {
    checkRows(x, rows);
    const pattern = [rows.broadcastable[0]!, ...x.broadcastable.slice(1)];
    return new Apply(this, [x, rows], [new TensorType(x.dtype, pattern).makeVariable()]);
  }

  inferShape(_: Apply, [shape, rows]: readonly Shape[]): readonly Shape[] {
    return [[rows![0]!, ...shape!.slice(1)]];
  }

  perform(_: Apply, [x, rows]: readonly NDArray[]): NDArray[] {
    return [x!.get(rows!)];
  }
}

/** Elements of a tensor, by integers, slices and index arrays. Theano: `AdvancedSubtensor`. */
export class AdvancedSubtensor extends StructuralOp {
  readonly kind = "advancedSubtensor";

  /**
   * Makes the op; its inputs are the tensor and what the index list mentions.
   *
   * @param idxList What the axes are indexed with; those not mentioned are taken whole.
   */
  constructor(readonly idxList: readonly AdvancedEntry[]) {
    super();
  }

  /** Theano has a class of its own for masks. */
  get name(): string {
    return hasMask(this.idxList) ? "AdvancedBooleanSubtensor" : "AdvancedSubtensor";
  }

  override get key(): string {
    return `${this.name}{${advancedText(this.idxList)}}`;
  }

  makeNode(x: TensorVariable, ...indices: TensorVariable[]): Apply {
    checkAdvanced(this.idxList, x, indices);
    const pattern = advancedPattern(this.idxList, x, indices);
    return new Apply(this, [x, ...indices], [new TensorType(x.dtype, pattern).makeVariable()]);
  }

  inferShape(node: Apply, [shape, ...shapes]: readonly Shape[]): readonly (Shape | null)[] {
    if (hasMask(this.idxList)) return [null];
    const indices = node.inputs.slice(1) as TensorVariable[];
    const { broadcastable } = node.outputs[0] as TensorVariable;
    const part = advancedShape(this.idxList, shape!, indices, shapes);
    return [part.map((size, axis) => broadcastable[axis] ? 1 : size)];
  }

  perform(_: Apply, [x, ...indices]: readonly NDArray[]): NDArray[] {
    return [x!.get(...advancedValues(this.idxList, indices))];
  }
}

/** A tensor with rows replaced or added to. Theano: `AdvancedIncSubtensor1`. */
export class AdvancedIncSubtensor1 extends StructuralOp {
  readonly kind = "advancedIncSubtensor";
  /** Whether the input is overwritten. */
  readonly inplace: boolean;
  /** Whether the value replaces the part. */
  readonly setInsteadOfInc: boolean;

  /**
   * Makes the op; its inputs are the tensor, the values and the vector of rows.
   *
   * @param options Whether the values replace, and whether the input is overwritten.
   */
  constructor(options: IncSubtensorOptions = {}) {
    super();
    this.inplace = options.inplace ?? false;
    this.setInsteadOfInc = options.setInsteadOfInc ?? false;
  }

  get name(): string {
    const place = this.inplace ? "inplace" : "no_inplace";
    return `AdvancedIncSubtensor1{${place},${this.setInsteadOfInc ? "set" : "inc"}}`;
  }

  get destroyMap(): AliasMap {
    return this.inplace ? firstIsView : nothing;
  }

  makeNode(x: TensorVariable, y: TensorVariable, rows: TensorVariable): Apply {
    checkRows(x, rows);
    if (y.ndim > x.ndim) {
      raise(
        "TypeError",
        `cannot ${this.setInsteadOfInc ? "set" : "increment"} x subtensor with ndim=${x.ndim} ` +
          `by y with ndim=${y.ndim}`,
      );
    }
    checkValueDType(x, y);
    return new Apply(this, [x, y, rows], [x.type.makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    return [shape!];
  }

  perform(_: Apply, [x, y, rows]: readonly NDArray[]): NDArray[] {
    return [assigned(x!, [rows!], y!, this.setInsteadOfInc)];
  }
}

/** A tensor with elements at index arrays replaced or added to. Theano: `AdvancedIncSubtensor`. */
export class AdvancedIncSubtensor extends StructuralOp {
  readonly kind = "advancedIncSubtensor";
  /** Whether the input is overwritten. */
  readonly inplace: boolean;
  /** Whether the value replaces the part. */
  readonly setInsteadOfInc: boolean;

  /**
   * Makes the op; its inputs are the tensor, the values and what the index list mentions.
   *
   * @param idxList What the axes are indexed with; those not mentioned are taken whole.
   * @param options Whether the values replace, and whether the input is overwritten.
   */
  constructor(readonly idxList: readonly AdvancedEntry[], options: IncSubtensorOptions = {}) {
    super();
    this.inplace = options.inplace ?? false;
    this.setInsteadOfInc = options.setInsteadOfInc ?? false;
  }

  /** Theano's text, two blanks included; masks have a class of their own there. */
  get name(): string {
    const className = hasMask(this.idxList)
      ? "AdvancedBooleanIncSubtensor"
      : "AdvancedIncSubtensor";
    const [inplace, set] = [this.inplace, this.setInsteadOfInc].map((on) => on ? "True" : "False");
    return `${className}{inplace=${inplace},  set_instead_of_inc=${set}}`;
  }

  override get key(): string {
    return `${this.name}{${advancedText(this.idxList)}}`;
  }

  get destroyMap(): AliasMap {
    return this.inplace ? firstIsView : nothing;
  }

  makeNode(x: TensorVariable, y: TensorVariable, ...indices: TensorVariable[]): Apply {
    checkAdvanced(this.idxList, x, indices);
    const { length } = axisSources(this.idxList, x.ndim, indices);
    if (y.ndim > length) {
      raise(
        "ValueError",
        `Trying to increment a ${length}-dimensional subtensor with a ${y.ndim}-dimensional value.`,
      );
    }
    checkValueDType(x, y);
    return new Apply(this, [x, y, ...indices], [x.type.makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    return [shape!];
  }

  perform(_: Apply, [x, y, ...indices]: readonly NDArray[]): NDArray[] {
    return [assigned(x!, advancedValues(this.idxList, indices), y!, this.setInsteadOfInc)];
  }
}

function checkRows(x: TensorVariable, rows: TensorVariable): void {
  if (!isInteger(rows.dtype)) raise("TypeError", "index must be integers");
  if (rows.ndim !== 1) raise("TypeError", "index must be vector");
  if (x.ndim === 0) raise("TypeError", "cannot index into a scalar");
}
