/**
 * @file The largest or smallest elements along an axis.
 */

import type { NDArray } from "../array/ndarray.ts";
import { type DType, isInteger } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { applyOp } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { alongAxis, putAlongAxis } from "./along_axis.ts";
import { cast, maximum, neg } from "./arithmetic.ts";
import { zerosLike } from "./fill.ts";
import type { Shape } from "./kind.ts";
import { type LibraryOp, zeroGradient } from "./library.ts";
import { flatten } from "./reshape.ts";
import { isKnown, sizeItem } from "./shape_item.ts";
import { order } from "./sort.ts";
import { StructuralOp } from "./structural.ts";

/** What {@linkcode TopKOp} is made with. */
export interface TopKParameters {
  /** The axis, by default the last. */
  readonly axis?: number;
  /** Whether the results are in order; only false exists, as in Theano. */
  readonly sorted?: boolean;
  /** Whether the elements are an output. */
  readonly returnValues?: boolean;
  /** Whether their positions are an output. */
  readonly returnIndices?: boolean;
  /** The dtype of the positions. */
  readonly idxDtype?: DType;
}

/** The `k` largest elements along an axis, or the `−k` smallest. Theano: `TopKOp`. */
export class TopKOp extends StructuralOp implements LibraryOp {
  readonly kind = "sort";
  /** The axis. */
  readonly axis: number;
  /** Whether the elements are an output. */
  readonly returnValues: boolean;
  /** Whether their positions are an output. */
  readonly returnIndices: boolean;
  /** The dtype of the positions. */
  readonly idxDtype: DType;

  /**
   * Makes the op; its inputs are the tensor and `k`.
   *
   * @param parameters The axis, and which outputs are wanted.
   */
  constructor(parameters: TopKParameters = {}) {
    super();
    const { axis = -1, sorted = true, idxDtype = "int64" } = parameters;
    const { returnValues = true, returnIndices = true } = parameters;
    if (sorted) {
      raise(
        "NotImplementedError",
        "The sorted parameter is not yet implemented. Use sorted=False for now.",
      );
    }
    if (!isInteger(idxDtype)) {
      raise("TypeError", `"idx_dtype" parameter must be an integer dtype, got "${idxDtype}"`);
    }
    if (!returnValues && !returnIndices) {
      raise("ValueError", "Neither return_values nor return_indices is True, this isn't allowed");
    }
    this.axis = axis;
    this.returnValues = returnValues;
    this.returnIndices = returnIndices;
    this.idxDtype = idxDtype;
  }

  get name(): string {
    return `TopKOp{axis=${this.axis}, sorted=False}`;
  }

  override get key(): string {
    const outputs = [this.returnValues && "values", this.returnIndices && this.idxDtype];
    return `${this.name}{${outputs.filter(Boolean).join()}}`;
  }

  makeNode(x: TensorVariable, k: TensorVariable): Apply {
    if (x.ndim === 0) raise("ValueError", "topk of a scalar: the input must have one axis or more");
    if (this.axis < -x.ndim || this.axis >= x.ndim) {
      raise(
        "IndexError",
        `"axis" parameter out of range, expected integer within [${-x.ndim}, ` +
          `${x.ndim - 1}]`,
      );
    }
    if (k.ndim !== 0) raise("ValueError", `kth must be a scalar, got ${k.type}`);
    if (!isInteger(k.dtype)) raise("TypeError", `kth must be an integer, got ${k.type}`);
    if (sizeItem(k) === 0) raise("ValueError", "topk: kth cannot be zero");
    const outputs = [
      ...(this.returnValues ? [x.type] : []),
      ...(this.returnIndices ? [new TensorType(this.idxDtype, x.broadcastable)] : []),
    ];
    return new Apply(this, [x, k], outputs.map((type) => type.makeVariable()));
  }

  inferShape(node: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    const count = sizeItem(node.inputs[1]);
    const size = isKnown(count) ? Math.abs(count) : maximum(count, neg(count));
    const axis = this.axis < 0 ? this.axis + shape!.length : this.axis;
    return node.outputs.map(() => shape!.map((length, i) => i === axis ? size : length));
  }

  perform(_: Apply, [x, k]: readonly NDArray[]): NDArray[] {
    const count = Number(k!.item());
    const size = x!.shape[this.axis < 0 ? this.axis + x!.ndim : this.axis]!;
    if (count === 0) raise("ValueError", "topk: kth cannot be zero");
    if (Math.abs(count) > size) {
      raise(
        "ValueError",
        `topk: kth cannot be larger than the size of specified axis ${this.axis}`,
      );
    }
    const chosen = (lane: readonly Parameters<typeof order>[0][number][]): number[] =>
      count > 0 ? order(lane).slice(-count) : order(lane).slice(0, -count);
    const length = Math.abs(count);
    const { axis } = this;
    return [
      ...(this.returnValues
        ? [alongAxis(x!, axis, x!.dtype, (lane) => chosen(lane).map((i) => lane[i]!), length)]
        : []),
      ...(this.returnIndices ? [alongAxis(x!, axis, this.idxDtype, chosen, length)] : []),
    ];
  }

  lop(node: Apply, [gradient]: readonly (TensorVariable | undefined)[]): (TensorVariable | null)[] {
    const [x, k] = node.inputs as TensorVariable[];
    if (!this.returnValues || !gradient) return [zeroGradient(x!), null];
    const where = this.returnIndices
      ? node.outputs[1] as TensorVariable
      : outputsOf(x!, k!, { axis: this.axis, sorted: false, returnValues: false })[0]!;
    const zeros = zerosLike(x!, { dtype: gradient.dtype });
    return [putAlongAxis(zeros, cast(where, "int64"), gradient, this.axis), null];
  }
}

function outputsOf(
  x: TensorVariable,
  k: TensorVariable,
  parameters: TopKParameters,
): TensorVariable[] {
  return applyOp(new TopKOp(parameters), [x, k]).outputs as TensorVariable[];
}

/** Options of {@linkcode topk}. */
export interface TopKOptions {
  /** The axis, by default the last; null takes from the flattened tensor. */
  readonly axis?: number | null;
  /** Whether the results are in order; only `false` exists, as in Theano, so it must be given. */
  readonly sorted?: boolean;
  /** The dtype of positions, by default int64. */
  readonly idxDtype?: DType;
}

type TopKGiven = Given<TopKOptions, [axis?: number | null, sorted?: boolean, idxDtype?: DType]>;

function largest(
  name: string,
  x: TensorLike,
  kth: TensorLike,
  given: readonly unknown[],
  outputs: Pick<TopKParameters, "returnValues" | "returnIndices">,
): TensorVariable[] {
  const { axis = -1, ...rest } = optional<TopKOptions>(name, ["axis", "sorted", "idxDtype"], given);
  const variable = asTensorVariable(x);
  const along = axis === null ? flatten(variable) : variable;
  return outputsOf(along, asTensorVariable(kth), { ...rest, ...outputs, axis: axis ?? 0 });
}

/**
 * The `kth` largest elements along an axis, or the `−kth` smallest, in no promised order.
 *
 * Shapes: the axis gets length `|kth|`.
 * Dtypes: unchanged.
 * Gradient: to the elements chosen.
 * Theano: `theano.tensor.topk`.
 *
 * @param x The tensor.
 * @param kth How many; not 0 and not more than there are.
 * @param given The axis, and `sorted: false`.
 * @returns The elements.
 * @throws {NotImplementedError} Unless `sorted` is false.
 * @throws {IndexError} If there is no such axis.
 */
export function topk(x: TensorLike, kth: TensorLike, ...given: TopKGiven): TensorVariable {
  return largest("topk", x, kth, given, { returnValues: true, returnIndices: false })[0]!;
}

/**
 * The positions of the `kth` largest elements along an axis, or of the `−kth` smallest.
 *
 * Shapes: the axis gets length `|kth|`.
 * Dtypes: any → `idxDtype`.
 * Gradient: zero.
 * Theano: `theano.tensor.argtopk`.
 *
 * @param x The tensor.
 * @param kth How many; not 0 and not more than there are.
 * @param given The axis, `sorted: false`, and the dtype of the positions.
 * @returns Positions along the axis.
 * @throws {NotImplementedError} Unless `sorted` is false.
 * @throws {IndexError} If there is no such axis.
 */
export function argtopk(x: TensorLike, kth: TensorLike, ...given: TopKGiven): TensorVariable {
  return largest("argtopk", x, kth, given, { returnValues: false, returnIndices: true })[0]!;
}

/**
 * The results of {@linkcode topk} and {@linkcode argtopk} together.
 *
 * Shapes: the axis gets length `|kth|`.
 * Dtypes: unchanged, and `idxDtype`.
 * Gradient: to the elements chosen.
 * Theano: `theano.tensor.topk_and_argtopk`.
 *
 * @param x The tensor.
 * @param kth How many; not 0 and not more than there are.
 * @param given The axis, `sorted: false`, and the dtype of the positions.
 * @returns The elements and their positions.
 * @throws {NotImplementedError} Unless `sorted` is false.
 * @throws {IndexError} If there is no such axis.
 */
export function topkAndArgtopk(
  x: TensorLike,
  kth: TensorLike,
  ...given: TopKGiven
): TensorVariable[] {
  const outputs = { returnValues: true, returnIndices: true };
  return largest("topkAndArgtopk", x, kth, given, outputs);
}
