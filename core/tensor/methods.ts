/**
 * @file The fluent methods of tensor variables: their signatures. What each does is documented at the
 * function of the same name in the `tensor` namespace, which the method calls with itself first.
 */

import type { NDArray, NestedArray } from "../array/ndarray.ts";
import type { Slice } from "../array/slice.ts";
import type { Complex, DType, TypedArray } from "../dtype/dtype.ts";
import type { Given } from "./arguments.ts";
import type { GpuVariable } from "./gpu_type.ts";
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

/** The same tensor elsewhere: on the host (`"cpu"`), or on the open device (`"gpu"`, null). */
export interface Transferring {
  (target: "cpu"): TensorVariable;
  (target: "gpu" | null): GpuVariable;
  (target: string | null): TensorVariable;
}

/** Options of `sum` and `prod`. */
export interface SumOptions {
  /** Over which axes: all by default. */
  readonly axis?: Axes;
  /** The dtype of the result. */
  readonly dtype?: DType;
  /** Whether axes that were reduced stay, with length one. */
  readonly keepdims?: boolean;
  /** The dtype in which it is accumulated. */
  readonly accDtype?: DType;
}

/** Options of `prod`. */
export interface ProdOptions extends SumOptions {
  /** Whether no element is zero, which makes the gradient simpler. */
  readonly noZerosInInput?: boolean;
}

/** Options of `mean`. */
export interface MeanOptions extends SumOptions {
  /** Whether one op computes it, without a gradient. */
  readonly op?: boolean;
}

/** Options of reductions that keep the dtype. */
export interface AxisOptions {
  /** Over which axes: all by default. */
  readonly axis?: Axes;
  /** Whether axes that were reduced stay, with length one. */
  readonly keepdims?: boolean;
}

/** Options of `var` and `std`. */
export interface VarOptions extends AxisOptions {
  /** What is subtracted from the count. */
  readonly ddof?: number;
  /** Whether the error of the mean is corrected. */
  readonly corrected?: boolean;
}

/** A method of a tensor alone. */
export type Unary = () => TensorVariable;
/** A method of a tensor and another. */
export type Binary = (y: TensorLike) => TensorVariable;
/** A method that reduces some axes. */
export type Reduction = (
  ...given: Given<AxisOptions, [axis?: Axes, keepdims?: boolean]>
) => TensorVariable;

/** The methods of a tensor variable. */
export interface TensorMethods {
  /** `x + y`. */
  readonly add: Binary;
  /** `x - y`. */
  readonly sub: Binary;
  /** `x * y`, element by element. */
  readonly mul: Binary;
  /** `x / y`, true division. */
  readonly div: Binary;
  /** `x / y`, true division. */
  readonly trueDiv: Binary;
  /** `x // y`, rounded down. */
  readonly intDiv: Binary;
  /** `x // y`, rounded down. */
  readonly floordiv: Binary;
  /** `x // y`, rounded down. */
  readonly floorDiv: Binary;
  /** `x % y`, with the sign of `y`. */
  readonly mod: Binary;
  /** `x ** y`. */
  readonly pow: Binary;
  /** Product of vectors, matrices and tensors. */
  readonly dot: Binary;
  /** `x @ y`: product over the last two axes. */
  readonly matmul: Binary;
  /** `x < y`. */
  readonly lt: Binary;
  /** `x <= y`. */
  readonly le: Binary;
  /** `x > y`. */
  readonly gt: Binary;
  /** `x >= y`. */
  readonly ge: Binary;
  /** Whether elements are equal. */
  readonly eq: Binary;
  /** Whether elements differ. */
  readonly neq: Binary;
  /** `x & y`, bit by bit. */
  readonly and: Binary;
  /** `x | y`, bit by bit. */
  readonly or: Binary;
  /** `x ^ y`, bit by bit. */
  readonly xor: Binary;
  /** Elements of `y` in the shape of this tensor. */
  readonly fill: Binary;
  /** `~x`, bit by bit. */
  readonly invert: Unary;
  /** `-x`. */
  readonly neg: Unary;
  /** Absolute value. */
  readonly abs: Unary;
  /** `e ** x`. */
  readonly exp: Unary;
  /** `2 ** x`. */
  readonly exp2: Unary;
  /** `e ** x - 1`, exact near zero. */
  readonly expm1: Unary;
  /** Natural logarithm. */
  readonly log: Unary;
  /** Logarithm to base 2. */
  readonly log2: Unary;
  /** Logarithm to base 10. */
  readonly log10: Unary;
  /** `log(1 + x)`, exact near zero. */
  readonly log1p: Unary;
  /** Square root. */
  readonly sqrt: Unary;
  /** Sine. */
  readonly sin: Unary;
  /** Cosine. */
  readonly cos: Unary;
  /** Tangent. */
  readonly tan: Unary;
  /** Inverse sine. */
  readonly arcsin: Unary;
  /** Inverse cosine. */
  readonly arccos: Unary;
  /** Inverse tangent. */
  readonly arctan: Unary;
  /** Hyperbolic sine. */
  readonly sinh: Unary;
  /** Hyperbolic cosine. */
  readonly cosh: Unary;
  /** Hyperbolic tangent. */
  readonly tanh: Unary;
  /** Inverse hyperbolic sine. */
  readonly arcsinh: Unary;
  /** Inverse hyperbolic cosine. */
  readonly arccosh: Unary;
  /** Inverse hyperbolic tangent. */
  readonly arctanh: Unary;
  /** Rounded up. */
  readonly ceil: Unary;
  /** Rounded down. */
  readonly floor: Unary;
  /** Rounded toward zero. */
  readonly trunc: Unary;
  /** Degrees as radians. */
  readonly deg2rad: Unary;
  /** Radians as degrees. */
  readonly rad2deg: Unary;
  /** Complex conjugate. */
  readonly conj: Unary;
  /** Complex conjugate. */
  readonly conjugate: Unary;
  /** Real part. */
  readonly real: Unary;
  /** Imaginary part. */
  readonly imag: Unary;
  /** Without the axes that broadcast. */
  readonly squeeze: Unary;
  /** All elements in one axis. */
  readonly ravel: Unary;
  /** Sum of the main diagonal. */
  readonly trace: Unary;
  /** The elements that are not zero, in one axis. */
  readonly nonzeroValues: Unary;
  /** Rounded to whole numbers; halves to even ones unless `mode` says otherwise. */
  readonly round: (...given: Given<{ readonly mode?: string }, [mode?: string]>) => TensorVariable;
  /** Between two bounds. */
  readonly clip: (min: TensorLike, max: TensorLike) => TensorVariable;
  /** In another dtype. */
  readonly astype: (dtype: DType | "floatX") => TensorVariable;
  /** A copy. */
  readonly copy: (...given: Given<{ readonly name?: string }, [name?: string]>) => TensorVariable;
  /** Sum over axes. */
  readonly sum: (
    ...given: Given<SumOptions, [axis?: Axes, dtype?: DType, keepdims?: boolean, accDtype?: DType]>
  ) => TensorVariable;
  /** Product over axes. */
  readonly prod: (
    ...given: Given<ProdOptions, [axis?: Axes, dtype?: DType, keepdims?: boolean, accDtype?: DType]>
  ) => TensorVariable;
  /** Mean over axes. */
  readonly mean: (
    ...given: Given<MeanOptions, [axis?: Axes, dtype?: DType, keepdims?: boolean, accDtype?: DType]>
  ) => TensorVariable;
  /** Variance over axes. */
  readonly var: (
    ...given: Given<
      VarOptions,
      [axis?: Axes, ddof?: number, keepdims?: boolean, corrected?: boolean]
    >
  ) => TensorVariable;
  /** Standard deviation over axes. */
  readonly std: (
    ...given: Given<
      VarOptions,
      [axis?: Axes, ddof?: number, keepdims?: boolean, corrected?: boolean]
    >
  ) => TensorVariable;
  /** Largest element over axes. */
  readonly max: Reduction;
  /** Smallest element over axes. */
  readonly min: Reduction;
  /** Where the largest element is. */
  readonly argmax: Reduction;
  /** Where the smallest element is. */
  readonly argmin: Reduction;
  /** Whether any element is true. */
  readonly any: Reduction;
  /** Whether all elements are true. */
  readonly all: Reduction;
  /** Largest minus smallest element. */
  readonly ptp: (...given: Given<{ readonly axis?: Axes }, [axis?: Axes]>) => TensorVariable;
  /** `sum(|x| ** L) ** (1 / L)` over axes. */
  readonly norm: (
    L: number | "inf",
    ...given: Given<AxisOptions, [axis?: Axes, keepdims?: boolean]>
  ) => TensorVariable;
  /** Running sum. */
  readonly cumsum: (
    ...given: Given<{ readonly axis?: number | null }, [axis?: number | null]>
  ) => TensorVariable;
  /** Running product. */
  readonly cumprod: (
    ...given: Given<{ readonly axis?: number | null }, [axis?: number | null]>
  ) => TensorVariable;
  /** Axes in another order, with new ones where `"x"` stands. */
  readonly dimshuffle: (...pattern: readonly unknown[]) => TensorVariable;
  /** Axes in another order; reversed by default. */
  readonly transpose: (...axes: readonly unknown[]) => TensorVariable;
  /** Two axes exchanged. */
  readonly swapaxes: (axis1: number, axis2: number) => TensorVariable;
  /** The same elements in another shape. */
  readonly reshape: (
    shape: ShapeLike,
    ...given: Given<{ readonly ndim?: number }, [ndim?: number]>
  ) => TensorVariable;
  /** The last axes made one, so that `ndim` are left. */
  readonly flatten: (
    ...given: Given<{ readonly ndim?: number }, [ndim?: number]>
  ) => TensorVariable;
  /** The elements of a diagonal. */
  readonly diagonal: (
    ...given: Given<
      { readonly offset?: number; readonly axis1?: number; readonly axis2?: number },
      [offset?: number, axis1?: number, axis2?: number]
    >
  ) => TensorVariable;
  /** Part of the tensor: see `get` of the manual's indexing. */
  readonly get: (...items: readonly IndexItem[]) => TensorVariable;
  /** The tensor with a part set to a value. */
  readonly set: (items: readonly IndexItem[], value: TensorLike) => TensorVariable;
  /** The tensor with a part increased by a value. */
  readonly inc: (items: readonly IndexItem[], value: TensorLike) => TensorVariable;
  /** Elements at indices along an axis. */
  readonly take: (
    indices: TensorLike,
    ...given: Given<
      { readonly axis?: number | null; readonly mode?: string },
      [axis?: number | null, mode?: string]
    >
  ) => TensorVariable;
  /** Elements repeated along an axis. */
  readonly repeat: (
    repeats: TensorLike,
    ...given: Given<{ readonly axis?: number | null }, [axis?: number | null]>
  ) => TensorVariable;
  /** Sorted along an axis. */
  readonly sort: (...given: readonly unknown[]) => TensorVariable;
  /** Indices that sort along an axis. */
  readonly argsort: (...given: readonly unknown[]) => TensorVariable;
  /** Where values would be inserted in this sorted vector. */
  readonly searchsorted: (v: TensorLike, ...given: readonly unknown[]) => TensorVariable;
  /** Elements of several arrays, chosen by this one. */
  readonly choose: (choices: TensorLike, ...given: readonly unknown[]) => TensorVariable;
  /** Slices along an axis where a condition holds. */
  readonly compress: (condition: TensorLike, ...given: readonly unknown[]) => TensorVariable;
  /** Indices of the elements that are not zero. */
  readonly nonzero: (
    ...given: Given<{ readonly returnMatrix?: boolean }, [returnMatrix?: boolean]>
  ) => TensorVariable | TensorVariable[];
  /** Zeros in the same shape. */
  readonly zerosLike: (...given: readonly unknown[]) => TensorVariable;
  /** Ones in the same shape. */
  readonly onesLike: (...given: readonly unknown[]) => TensorVariable;
  /** The same value on the device or on the host. */
  readonly transfer: Transferring;
  /** The value, where it is a constant scalar. */
  readonly getScalarConstantValue: () => NDArray;
}
