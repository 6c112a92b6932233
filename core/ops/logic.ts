/**
 * @file Comparisons, bitwise logic, and choosing between values.
 */

import { type DType, isDiscrete } from "../dtype/dtype.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { abs, add, cast, different, equal, mul, sub } from "./arithmetic.ts";
import {
  type Binary,
  binary,
  type Ternary,
  ternary,
  type Unary,
  unary,
  type Variadic,
  variadic,
} from "./elementwise.ts";
import { all } from "./reduce.ts";

const exact = { wasm: 0.5, wgsl: 0.5 } as const;

/** Whether `x = y`, element by element. */
export const eq: Binary = binary({
  ...equal,
  domain: [-3, 3],
  ulp: exact,
  facts: { commutative: true },
});

/** Whether `x ≠ y`, element by element. */
export const neq: Binary = binary({
  ...different,
  domain: [-3, 3],
  ulp: exact,
  facts: { commutative: true },
});

/** Whether `x < y`, element by element. Complex numbers have no order. */
export const lt: Binary = binary({
  name: "lt",
  className: "LT",
  dtype: "bool",
  operands: "common",
  ref: (x, y) => x < y,
  big: (x, y) => x < y,
  body: (s, x, y) => x.dtype === "bool" ? s.and(s.not(x), y) : s.lt(x, y),
  partials: "zero",
  domain: [-3, 3],
  ulp: exact,
});

/** Whether `x ≤ y`, element by element. */
export const le: Binary = binary({
  name: "le",
  className: "LE",
  dtype: "bool",
  operands: "common",
  ref: (x, y) => x <= y,
  big: (x, y) => x <= y,
  body: (s, x, y) => x.dtype === "bool" ? s.or(s.not(x), y) : s.le(x, y),
  partials: "zero",
  domain: [-3, 3],
  ulp: exact,
});

/** Whether `x > y`, element by element. */
export const gt: Binary = binary({
  name: "gt",
  className: "GT",
  dtype: "bool",
  operands: "common",
  ref: (x, y) => x > y,
  big: (x, y) => x > y,
  body: (s, x, y) => x.dtype === "bool" ? s.and(x, s.not(y)) : s.gt(x, y),
  partials: "zero",
  domain: [-3, 3],
  ulp: exact,
});

/** Whether `x ≥ y`, element by element. */
export const ge: Binary = binary({
  name: "ge",
  className: "GE",
  dtype: "bool",
  operands: "common",
  ref: (x, y) => x >= y,
  big: (x, y) => x >= y,
  body: (s, x, y) => x.dtype === "bool" ? s.or(x, s.not(y)) : s.ge(x, y),
  partials: "zero",
  domain: [-3, 3],
  ulp: exact,
});

/** Whether `x` is not a number. */
export const isnan: Unary = unary({
  name: "isnan",
  className: "IsNan",
  dtype: "bool",
  operands: "own",
  ref: (x) => Number.isNaN(x),
  big: () => false,
  complex: (x) => Number.isNaN(x.re) || Number.isNaN(x.im),
  body: (s, x) => x.dtype.startsWith("float") ? s.isNaN(x) : s.const(false, "bool"),
  partials: "zero",
  domain: [-3, 3],
  ulp: exact,
});

/** Whether `x` is plus or minus infinity. */
export const isinf: Unary = unary({
  name: "isinf",
  className: "IsInf",
  dtype: "bool",
  operands: "own",
  ref: (x) => x === Infinity || x === -Infinity,
  big: () => false,
  complex: (x) => [x.re, x.im].some((part) => Math.abs(part) === Infinity),
  body: (s, x) => x.dtype.startsWith("float") ? s.eq(s.abs(x), Infinity) : s.const(false, "bool"),
  partials: "zero",
  domain: [-3, 3],
  ulp: exact,
});

/** Bits set in all: of bools the conjunction. */
export const and: Variadic = variadic({
  name: "and_",
  className: "AND",
  dtype: "bits",
  ref: (x, y) => x & y,
  big: (x, y) => x & y,
  body: (s, x, y) => s.and(x, y),
  partials: "zero",
  domain: [0, 100],
  ulp: exact,
  facts: { commutative: true, associative: true, identity: -1, absorbing: 0 },
});

/** Bits set in any: of bools the disjunction. */
export const or: Variadic = variadic({
  name: "or_",
  className: "OR",
  dtype: "bits",
  ref: (x, y) => x | y,
  big: (x, y) => x | y,
  body: (s, x, y) => s.or(x, y),
  partials: "zero",
  domain: [0, 100],
  ulp: exact,
  facts: { commutative: true, associative: true, identity: 0 },
});

/** Bits set in an odd number. */
export const xor: Variadic = variadic({
  name: "xor",
  className: "XOR",
  dtype: "bits",
  ref: (x, y) => x ^ y,
  big: (x, y) => x ^ y,
  body: (s, x, y) => s.xor(x, y),
  partials: "zero",
  domain: [0, 100],
  ulp: exact,
  facts: { commutative: true, associative: true, identity: 0 },
});

/** Bits exchanged: of a bool the opposite. */
export const invert: Unary = unary({
  name: "invert",
  dtype: "bitsUnary",
  ref: (x) => ~x,
  truth: (x) => !x,
  big: (x) => ~x,
  body: (s, x) => s.not(x),
  partials: "zero",
  domain: [0, 100],
  ulp: exact,
  facts: { inverse: "invert" },
});

/**
 * `x` where the condition is not zero, else `y`. Both are computed.
 *
 * Shapes: all three broadcast.
 * Dtypes: upcast of the branches.
 * Gradient: of the branches; the condition's is zero.
 * Theano: `theano.tensor.switch`, `where`.
 */
export const switch_: Ternary = ternary({
  name: "switch",
  dtype: "switch",
  operands: (_inputs: readonly DType[], output: DType) => ["bool", output, output],
  ref: (c, x, y) => c ? x : y,
  big: (c, x, y) => c ? x : y,
  complex: (c, x, y) => c.re !== 0 || c.im !== 0 ? x : y,
  body: (s, c, x, y) => s.select(c, x, y),
  partials: [
    "zero",
    (z, c) => switch_(c, cast(1, z.dtype), cast(0, z.dtype)),
    (z, c) => switch_(c, cast(0, z.dtype), cast(1, z.dtype)),
  ],
  domain: [[0, 1], [-1e3, 1e3], [-1e3, 1e3]],
  ulp: exact,
});

/**
 * `x` moved into `min … max`: below gives `min` first, above `max`.
 *
 * Shapes: all three broadcast.
 * Dtypes: upcast of all.
 * Gradient: to `x` inside and on the bounds, to a bound beyond it.
 * Theano: `theano.tensor.clip`.
 */
export const clip: Ternary = ternary({
  name: "clip",
  dtype: "clip",
  ref: (x, low, high) => x < low ? low : x > high ? high : x,
  big: (x, low, high) => x < low ? low : x > high ? high : x,
  body: (s, x, low, high) =>
    x.dtype === "bool"
      ? s.and(s.or(x, low), s.or(high, s.and(s.not(x), low)))
      : s.select(s.lt(x, low), low, s.select(s.gt(x, high), high, x)),
  partials: [
    (z, x, low, high) => cast(and(ge(x, low), le(x, high)), z.dtype),
    (z, x, low) => cast(lt(x, low), z.dtype),
    (z, x, _low, high) => cast(gt(x, high), z.dtype),
  ],
  domain: [[-10, 10], [-5, -1], [1, 5]],
  ulp: exact,
});

/** Options of {@linkcode isclose} and {@linkcode allclose}. */
export interface CloseOptions {
  readonly rtol?: number;
  readonly atol?: number;
  readonly equalNan?: boolean;
}

type GivenClose = Given<CloseOptions, [rtol?: number, atol?: number, equalNan?: boolean]>;

/**
 * Whether `|a − b| ≤ atol + rtol · |b|`, element by element; infinities are close to themselves.
 *
 * Shapes: both broadcast.
 * Dtypes: any → bool.
 * Theano: `theano.tensor.isclose`.
 *
 * @param a The value.
 * @param b The reference.
 * @param given Tolerances 1e-5 and 1e-8, and whether NaN is close to NaN: it is not by default.
 * @returns A bool tensor.
 */
export function isclose(a: TensorLike, b: TensorLike, ...given: GivenClose): TensorVariable {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = optional<CloseOptions>(
    "isclose",
    ["rtol", "atol", "equalNan"],
    given,
  );
  const [x, y] = [asTensorVariable(a), asTensorVariable(b)];
  const difference = abs(sub(x, y));
  const near = le(difference, add(atol, mul(rtol, abs(y))));
  const finite = invert(or(isnan(x), isnan(y), isinf(x), isinf(y)));
  const sameInfinity = and(isinf(x), isinf(y), eq(x, y));
  const close = or(and(near, finite), sameInfinity);
  return equalNan ? or(close, and(isnan(x), isnan(y))) : close;
}

/**
 * Whether all elements are close: see {@linkcode isclose}.
 *
 * Shapes: both broadcast; the result is a scalar.
 * Dtypes: any → bool.
 * Theano: `theano.tensor.allclose`.
 *
 * @param a The value.
 * @param b The reference.
 * @param given Tolerances, and whether NaN is close to NaN.
 * @returns A bool scalar.
 */
export function allclose(a: TensorLike, b: TensorLike, ...given: GivenClose): TensorVariable {
  return all(isclose(a, b, ...given));
}

/** A scalar of which zero is false as an integer or bool. */
export function asCondition(x: TensorVariable): TensorVariable {
  return isDiscrete(x.dtype) ? x : neq(x, 0);
}
