/**
 * @file The fluent methods: which function each calls with the variable first.
 */

import type { NDArray } from "../array/ndarray.ts";
import { evaluate } from "../compile/evaluate.ts";
import { raise } from "../errors.ts";
import * as arithmetic from "../ops/arithmetic.ts";
import { argmax, argmin } from "../ops/argmax.ts";
import { choose } from "../ops/choose.ts";
import { conj, imag, real } from "../ops/complex.ts";
import { getScalarConstantValue, getVectorLength } from "../ops/constant_value.ts";
import { cumprod, cumsum } from "../ops/cumulative.ts";
import { diagonal, trace } from "../ops/diagonal.ts";
import { dimshuffle } from "../ops/dimshuffle.ts";
import { compress } from "../ops/extra.ts";
import { fill, onesLike, tensorCopy, zerosLike } from "../ops/fill.ts";
import { get, inc, set } from "../ops/indexing.ts";
import { squeeze, swapaxes, transpose } from "../ops/layout.ts";
import * as logic from "../ops/logic.ts";
import { nonzero, nonzeroValues } from "../ops/nonzero.ts";
import * as reduce from "../ops/reduce.ts";
import { repeat } from "../ops/repeat.ts";
import { flatten, ravel, reshape } from "../ops/reshape.ts";
import { ceil, floor, round, trunc } from "../ops/rounding.ts";
import { searchsorted } from "../ops/search.ts";
import { shape } from "../ops/shape.ts";
import { argsort, sort } from "../ops/sort.ts";
import { mean, norm, ptp, std, variance } from "../ops/statistics.ts";
import { take } from "../ops/take.ts";
import { transfer } from "../ops/transfer.ts";
import { dot, matmul } from "../ops/tensordot.ts";
import * as transcendental from "../ops/transcendental.ts";
import type { EvalInputs, TensorVariable } from "../tensor/tensor_variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import type { MeanOptions, TensorLike } from "../tensor/methods.ts";

/** What a method calls. */
type Callee = (...args: never) => unknown;

/** The functions that methods call, by the method's name. */
const functions: Readonly<Record<string, Callee>> = {
  add: arithmetic.add,
  sub: arithmetic.sub,
  mul: arithmetic.mul,
  div: arithmetic.trueDiv,
  trueDiv: arithmetic.trueDiv,
  intDiv: arithmetic.intDiv,
  floordiv: arithmetic.intDiv,
  floorDiv: arithmetic.intDiv,
  mod: arithmetic.mod,
  pow: transcendental.pow,
  neg: arithmetic.neg,
  abs: arithmetic.abs,
  dot,
  matmul,
  lt: logic.lt,
  le: logic.le,
  gt: logic.gt,
  ge: logic.ge,
  eq: logic.eq,
  neq: logic.neq,
  and: logic.and,
  or: logic.or,
  xor: logic.xor,
  invert: logic.invert,
  clip: logic.clip,
  fill,
  exp: transcendental.exp,
  exp2: transcendental.exp2,
  expm1: transcendental.expm1,
  log: transcendental.log,
  log2: transcendental.log2,
  log10: transcendental.log10,
  log1p: transcendental.log1p,
  sqrt: transcendental.sqrt,
  sin: transcendental.sin,
  cos: transcendental.cos,
  tan: transcendental.tan,
  arcsin: transcendental.arcsin,
  arccos: transcendental.arccos,
  arctan: transcendental.arctan,
  sinh: transcendental.sinh,
  cosh: transcendental.cosh,
  tanh: transcendental.tanh,
  arcsinh: transcendental.arcsinh,
  arccosh: transcendental.arccosh,
  arctanh: transcendental.arctanh,
  deg2rad: transcendental.deg2rad,
  rad2deg: transcendental.rad2deg,
  ceil,
  floor,
  trunc,
  round,
  conj,
  conjugate: conj,
  real,
  imag,
  squeeze,
  ravel,
  trace,
  nonzero,
  nonzeroValues,
  astype: arithmetic.cast,
  copy: copied,
  sum: reduce.sum,
  prod: reduce.prod,
  mean: meanMethod,
  var: variance,
  std,
  max: reduce.max,
  min: reduce.min,
  argmax,
  argmin,
  any: reduce.any,
  all: reduce.all,
  ptp,
  norm,
  cumsum,
  cumprod,
  dimshuffle,
  transpose: transposed,
  swapaxes,
  reshape,
  flatten,
  diagonal,
  get,
  set,
  inc,
  take,
  transfer,
  repeat,
  sort,
  argsort,
  searchsorted,
  choose,
  compress: compressed,
  zerosLike,
  onesLike,
  getScalarConstantValue,
};

function copied(x: TensorVariable, ...given: readonly unknown[]): TensorVariable {
  const { name } = optional<{ readonly name?: string }>("copy", ["name"], given);
  const copy = tensorCopy(x);
  if (name !== undefined) copy.name = name;
  return copy;
}

function compressed(
  x: TensorVariable,
  condition: TensorLike,
  ...given: Given<{ readonly axis?: number | null }, [axis?: number | null]>
): TensorVariable {
  return compress(condition, x, ...given);
}

/** Theano's method has no place for `op`, which stands before `keepdims` in the function. */
function meanMethod(x: TensorVariable, ...given: readonly unknown[]): TensorVariable {
  return mean(x, optional<MeanOptions>("mean", ["axis", "dtype", "keepdims", "accDtype"], given));
}

/** Axes one by one, in an array, or none to reverse them. */
function transposed(x: TensorVariable, ...axes: readonly unknown[]): TensorVariable {
  if (axes.length === 0) return transpose(x);
  const list = axes.length === 1 && (Array.isArray(axes[0]) || axes[0] === null) ? axes[0] : axes;
  return transpose(x, list as number[]);
}

/** The number of elements: the first length of a vector, else the product of all. */
function size(x: TensorVariable): TensorVariable {
  return x.ndim === 1 ? get(shape(x), 0) : reduce.prod(shape(x));
}

function* elements(x: TensorVariable): IterableIterator<TensorVariable> {
  for (let i = 0; i < lengthOf(x); i++) yield get(x, i);
}

function lengthOf(x: TensorVariable): number {
  try {
    return getVectorLength(x);
  } catch {
    return raise(
      "TypeError",
      "TensorType does not support iteration. Maybe you are using a built-in function that iterates, " +
        "where a function of theano.tensor is meant (for example Math.max(...x) for T.max(x))?",
    );
  }
}

/** The methods, getters and the iterator of tensor variables. */
export function methodTable(): PropertyDescriptorMap {
  const table: PropertyDescriptorMap = {};
  for (const [name, callee] of Object.entries(functions)) {
    const method = function (this: TensorVariable, ...rest: unknown[]): unknown {
      return (callee as (...args: unknown[]) => unknown)(this, ...rest);
    };
    Object.defineProperty(method, "name", { value: name });
    table[name] = { value: method, writable: true, configurable: true };
  }
  return {
    ...table,
    T: getter((x) => transpose(x)),
    shape: getter((x) => shape(x)),
    size: getter(size),
    eval: {
      value(this: TensorVariable, inputs?: EvalInputs): NDArray {
        return evaluate(this, inputs);
      },
      configurable: true,
    },
    [Symbol.iterator]: {
      value(this: TensorVariable): IterableIterator<TensorVariable> {
        return elements(this);
      },
      configurable: true,
    },
  };
}

function getter(read: (x: TensorVariable) => TensorVariable): PropertyDescriptor {
  return {
    get(this: TensorVariable): TensorVariable {
      return read(this);
    },
    configurable: true,
  };
}
