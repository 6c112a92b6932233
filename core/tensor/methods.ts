/**
 * @file The fluent methods of tensor variables: their signatures. What each does is documented at the
 * function of the same name in the `tensor` namespace, which the method calls with itself first.
 */

import type { NDArray, NestedArray } from "../array/ndarray.ts";
import type { Slice } from "../array/slice.ts";
import type { Complex, DType, TypedArray } from "../dtype/dtype.ts";
import type { Given } from "./arguments.ts";
import type { TensorVariable } from "./tensor_variable.ts";

/** Anything a tensor function takes for a tensor. */
export type TensorLike =
  | TensorVariable
  | number
  | bigint
  | boolean
  | Complex
  | NDArray
  | TypedArray
  | NestedArray
  | readonly TensorLike[];

/** Axes of a reduction: all (null), one, or several; negative ones count from the end. */
export type Axes = number | readonly number[] | null;

/** The length of an axis: a number or an integer scalar variable. */
export type Size = number | bigint | TensorVariable;

/** A shape: one size, a list of sizes, or an integer vector. */
export type ShapeLike = Size | readonly Size[] | NDArray | TypedArray;

/** One item of an index: see `get`. */
export type IndexItem =
  | TensorLike
  | string
  | null
  | Slice<unknown>;

/** Options of `sum` and `prod`. */
export interface SumOptions {
  readonly axis?: Axes;
  readonly dtype?: DType;
  readonly keepdims?: boolean;
  readonly accDtype?: DType;
}

/** Options of `prod`. */
export interface ProdOptions extends SumOptions {
  readonly noZerosInInput?: boolean;
}

/** Options of `mean`. */
export interface MeanOptions extends SumOptions {
  readonly op?: boolean;
}

/** Options of reductions that keep the dtype. */
export interface AxisOptions {
  readonly axis?: Axes;
  readonly keepdims?: boolean;
}

/** Options of `var` and `std`. */
export interface VarOptions extends AxisOptions {
  readonly ddof?: number;
  readonly corrected?: boolean;
}

type Unary = () => TensorVariable;
type Binary = (y: TensorLike) => TensorVariable;
type Reduction = (
  ...given: Given<AxisOptions, [axis?: Axes, keepdims?: boolean]>
) => TensorVariable;

/** The methods of a tensor variable. */
export interface TensorMethods {
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  readonly trueDiv: Binary;
  readonly intDiv: Binary;
  readonly floordiv: Binary;
  readonly floorDiv: Binary;
  readonly mod: Binary;
  readonly pow: Binary;
  readonly dot: Binary;
  readonly matmul: Binary;
  readonly lt: Binary;
  readonly le: Binary;
  readonly gt: Binary;
  readonly ge: Binary;
  readonly eq: Binary;
  readonly neq: Binary;
  readonly and: Binary;
  readonly or: Binary;
  readonly xor: Binary;
  readonly fill: Binary;
  readonly invert: Unary;
  readonly neg: Unary;
  readonly abs: Unary;
  readonly exp: Unary;
  readonly exp2: Unary;
  readonly expm1: Unary;
  readonly log: Unary;
  readonly log2: Unary;
  readonly log10: Unary;
  readonly log1p: Unary;
  readonly sqrt: Unary;
  readonly sin: Unary;
  readonly cos: Unary;
  readonly tan: Unary;
  readonly arcsin: Unary;
  readonly arccos: Unary;
  readonly arctan: Unary;
  readonly sinh: Unary;
  readonly cosh: Unary;
  readonly tanh: Unary;
  readonly arcsinh: Unary;
  readonly arccosh: Unary;
  readonly arctanh: Unary;
  readonly ceil: Unary;
  readonly floor: Unary;
  readonly trunc: Unary;
  readonly deg2rad: Unary;
  readonly rad2deg: Unary;
  readonly conj: Unary;
  readonly conjugate: Unary;
  readonly real: Unary;
  readonly imag: Unary;
  readonly squeeze: Unary;
  readonly ravel: Unary;
  readonly trace: Unary;
  readonly nonzeroValues: Unary;
  readonly round: (...given: Given<{ readonly mode?: string }, [mode?: string]>) => TensorVariable;
  readonly clip: (min: TensorLike, max: TensorLike) => TensorVariable;
  readonly astype: (dtype: DType | "floatX") => TensorVariable;
  readonly copy: (...given: Given<{ readonly name?: string }, [name?: string]>) => TensorVariable;
  readonly sum: (
    ...given: Given<SumOptions, [axis?: Axes, dtype?: DType, keepdims?: boolean, accDtype?: DType]>
  ) => TensorVariable;
  readonly prod: (
    ...given: Given<ProdOptions, [axis?: Axes, dtype?: DType, keepdims?: boolean, accDtype?: DType]>
  ) => TensorVariable;
  readonly mean: (
    ...given: Given<MeanOptions, [axis?: Axes, dtype?: DType, keepdims?: boolean, accDtype?: DType]>
  ) => TensorVariable;
  readonly var: (
    ...given: Given<
      VarOptions,
      [axis?: Axes, ddof?: number, keepdims?: boolean, corrected?: boolean]
    >
  ) => TensorVariable;
  readonly std: (
    ...given: Given<
      VarOptions,
      [axis?: Axes, ddof?: number, keepdims?: boolean, corrected?: boolean]
    >
  ) => TensorVariable;
  readonly max: Reduction;
  readonly min: Reduction;
  readonly argmax: Reduction;
  readonly argmin: Reduction;
  readonly any: Reduction;
  readonly all: Reduction;
  readonly ptp: (...given: Given<{ readonly axis?: Axes }, [axis?: Axes]>) => TensorVariable;
  readonly norm: (
    L: number | "inf",
    ...given: Given<AxisOptions, [axis?: Axes, keepdims?: boolean]>
  ) => TensorVariable;
  readonly cumsum: (
    ...given: Given<{ readonly axis?: number | null }, [axis?: number | null]>
  ) => TensorVariable;
  readonly cumprod: (
    ...given: Given<{ readonly axis?: number | null }, [axis?: number | null]>
  ) => TensorVariable;
  readonly dimshuffle: (...pattern: readonly unknown[]) => TensorVariable;
  readonly transpose: (...axes: readonly unknown[]) => TensorVariable;
  readonly swapaxes: (axis1: number, axis2: number) => TensorVariable;
  readonly reshape: (
    shape: ShapeLike,
    ...given: Given<{ readonly ndim?: number }, [ndim?: number]>
  ) => TensorVariable;
  readonly flatten: (
    ...given: Given<{ readonly ndim?: number }, [ndim?: number]>
  ) => TensorVariable;
  readonly diagonal: (
    ...given: Given<
      { readonly offset?: number; readonly axis1?: number; readonly axis2?: number },
      [offset?: number, axis1?: number, axis2?: number]
    >
  ) => TensorVariable;
  readonly get: (...items: readonly IndexItem[]) => TensorVariable;
  readonly set: (items: readonly IndexItem[], value: TensorLike) => TensorVariable;
  readonly inc: (items: readonly IndexItem[], value: TensorLike) => TensorVariable;
  readonly take: (
    indices: TensorLike,
    ...given: Given<
      { readonly axis?: number | null; readonly mode?: string },
      [axis?: number | null, mode?: string]
    >
  ) => TensorVariable;
  readonly repeat: (
    repeats: TensorLike,
    ...given: Given<{ readonly axis?: number | null }, [axis?: number | null]>
  ) => TensorVariable;
  readonly sort: (...given: readonly unknown[]) => TensorVariable;
  readonly argsort: (...given: readonly unknown[]) => TensorVariable;
  readonly searchsorted: (v: TensorLike, ...given: readonly unknown[]) => TensorVariable;
  readonly choose: (choices: TensorLike, ...given: readonly unknown[]) => TensorVariable;
  readonly compress: (condition: TensorLike, ...given: readonly unknown[]) => TensorVariable;
  readonly nonzero: (
    ...given: Given<{ readonly returnMatrix?: boolean }, [returnMatrix?: boolean]>
  ) => TensorVariable | TensorVariable[];
  readonly zerosLike: (...given: readonly unknown[]) => TensorVariable;
  readonly onesLike: (...given: readonly unknown[]) => TensorVariable;
  readonly transfer: (target: string | null) => TensorVariable;
  readonly getScalarConstantValue: () => NDArray;
}
