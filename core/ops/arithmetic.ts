/**
 * @file Arithmetic: sums, products, quotients, signs, minima and maxima, rounding.
 */

import { Complex, type DType, isComplex } from "../dtype/dtype.ts";
import { config } from "../config/config.ts";
import { raise } from "../errors.ts";
import * as fn from "../scalar/functions.ts";
import type { Builder, Expr } from "../scalar/expr.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { resolveDType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import {
  applyScalar,
  type Binary,
  binary,
  type Unary,
  unary,
  type Variadic,
  variadic,
} from "./elementwise.ts";
import type { ScalarOp } from "./scalar_op.ts";

const exact = { wasm: 0.5, wgsl: 0.5 } as const;

/** Sum `x + y + …`. */
export const add: Variadic = variadic({
  name: "add",
  dtype: "upcast",
  ref: (x, y) => x + y,
  big: (x, y) => x + y,
  complex: (x, y) => new Complex(x.re + y.re, x.im + y.im),
  body: (s, x, y) => x.dtype === "bool" ? s.or(x, y) : s.add(x, y),
  partials: (_y, xs, k) => one(xs[k]!),
  domain: [-1e3, 1e3],
  ulp: exact,
  facts: { commutative: true, associative: true, identity: 0 },
});

/** Product `x · y · …`. */
export const mul: Variadic = variadic({
  name: "mul",
  dtype: "upcast",
  ref: (x, y) => x * y,
  big: (x, y) => x * y,
  complex: (x, y) => new Complex(x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re),
  body: (s, x, y) => x.dtype === "bool" ? s.and(x, y) : s.mul(x, y),
  partials: (_y, xs, k) => {
    const others = xs.filter((_, i) => i !== k);
    return others.length === 0 ? one(xs[k]!) : others.length === 1 ? others[0]! : mul(...others);
  },
  domain: [-1e3, 1e3],
  ulp: exact,
  facts: { commutative: true, associative: true, identity: 1, absorbing: 0 },
});

/** Difference `x − y`. */
export const sub: Binary = binary({
  name: "sub",
  dtype: "upcastNoBool",
  ref: (x, y) => x - y,
  big: (x, y) => x - y,
  complex: (x, y) => new Complex(x.re - y.re, x.im - y.im),
  body: (s, x, y) => s.sub(x, y),
  partials: [(_z, x) => one(x), (_z, _x, y) => neg(one(y))],
  domain: [-1e3, 1e3],
  ulp: exact,
});

/** Opposite `−x`. */
export const neg: Unary = unary({
  name: "neg",
  dtype: "sameNoBool",
  ref: (x) => -x,
  big: (x) => -x,
  complex: (x) => new Complex(-x.re, -x.im),
  body: (s, x) => s.neg(x),
  partials: [(_y, x) => neg(one(x))],
  domain: [-1e3, 1e3],
  ulp: exact,
  facts: { odd: true, inverse: "neg" },
});

/** True quotient `x / y`: two integers give floatX. */
export const trueDiv: Binary = binary({
  name: "true_div",
  className: "TrueDiv",
  dtype: "trueDiv",
  ref: (x, y) => x / y,
  complex: complexQuotient,
  body: (s, x, y) => s.div(x, y),
  partials: [(_z, _x, y) => inv(y), (z, _x, y) => neg(trueDiv(z, y))],
  domain: [[-1e3, 1e3], [0.1, 1e3]],
  ulp: { wasm: 0.5, wgsl: 2.5 },
});

function complexQuotient(x: Complex, y: Complex): Complex {
  const d = y.re * y.re + y.im * y.im;
  return new Complex((x.re * y.re + x.im * y.im) / d, (x.im * y.re - x.re * y.im) / d);
}

/** Floored quotient, Python's `x // y`. A zero divisor of integers gives 0. */
export const intDiv: Binary = binary({
  name: "int_div",
  className: "IntDiv",
  dtype: "upcastNoComplex",
  ref: (x, y) => Math.floor(x / y),
  truth: (x, y) => x && y,
  big: floorDivBig,
  body: (s, x, y) => fn.floorDiv(s, x, y),
  partials: "zero",
  domain: [[-1e3, 1e3], [1, 1e2]],
  ulp: { wasm: 0.5, wgsl: 0.5 },
});

function floorDivBig(x: bigint, y: bigint): bigint {
  if (y === 0n) return 0n;
  const q = x / y;
  return x % y !== 0n && (x < 0n) !== (y < 0n) ? q - 1n : q;
}

/** Remainder of {@linkcode intDiv}, Python's `x % y`: it has the sign of `y`. */
export const mod: Binary = binary({
  name: "mod",
  dtype: "upcastNoComplex",
  ref: floorMod,
  truth: () => false,
  big: (x, y) => y === 0n ? 0n : x - floorDivBig(x, y) * y,
  body: (s, x, y) => fn.floorMod(s, x, y),
  partials: [(_z, x) => one(x), (_z, x, y) => neg(intDiv(x, y))],
  domain: [[-1e3, 1e3], [1, 1e2]],
  ulp: { wasm: 0.5, wgsl: 0.5 },
});

function floorMod(x: number, y: number): number {
  const r = x % y;
  if (r === 0) return y < 0 ? -0 : 0;
  return (r < 0) !== (y < 0) ? r + y : r;
}

/** Reciprocal `1 / x`. */
export const inv: Unary = unary({
  name: "inv",
  dtype: "floatUp",
  ref: (x) => 1 / x,
  complex: (x) => complexQuotient(new Complex(1), x),
  body: (s, x) => s.div(1, x),
  partials: [(_y, x) => neg(trueDiv(one(x), mul(x, x)))],
  domain: [0.1, 1e3],
  ulp: { wasm: 0.5, wgsl: 2.5 },
  facts: { inverse: "inv", odd: true },
});

/** Absolute value `|x|`. */
export const abs: Unary = unary({
  name: "abs_",
  className: "Abs",
  dtype: "real",
  operands: "own",
  ref: (x) => Math.abs(x),
  big: (x) => x < 0n ? -x : x,
  complex: (x) => Math.hypot(x.re, x.im),
  body: (s, x) => x.dtype === "bool" ? x : s.abs(x),
  partials: [(_y, x) => sgn(x)],
  domain: [-1e3, 1e3],
  ulp: exact,
  facts: { even: true, idempotent: true, range: [0, Infinity] },
});

/** Sign of `x`: −1, 0 or 1. */
export const sgn: Unary = unary({
  name: "sgn",
  dtype: "sameNoBoolNoComplex",
  ref: (x) => Math.sign(x),
  big: (x) => x > 0n ? 1n : x < 0n ? -1n : 0n,
  body: signLane,
  partials: "zero",
  domain: [-1e3, 1e3],
  ulp: exact,
  facts: { odd: true, idempotent: true, range: [-1, 1] },
});

function signLane(s: Builder, x: Expr): Expr {
  const one = s.const(1, x.dtype);
  const below = x.dtype.startsWith("u") ? x : s.select(s.lt(x, 0), s.const(-1, x.dtype), x);
  return s.select(s.gt(x, 0), one, below);
}

/** Square `x²`. */
export const sqr: Unary = unary({
  name: "sqr",
  dtype: "same",
  ref: (x) => x * x,
  big: (x) => x * x,
  complex: (x) => new Complex(x.re * x.re - x.im * x.im, 2 * x.re * x.im),
  body: (s, x) => x.dtype === "bool" ? x : s.mul(x, x),
  partials: [(_y, x) => mul(2, x)],
  domain: [-1e2, 1e2],
  ulp: exact,
  facts: { even: true },
});

/** Larger of two; NaN if either is. Ties give the gradient to `x`. */
export const maximum: Binary = binary({
  name: "maximum",
  dtype: "upcastNoComplex",
  ref: (x, y) => Math.max(x, y),
  big: (x, y) => x > y ? x : y,
  body: (s, x, y) => x.dtype === "bool" ? s.or(x, y) : s.max(x, y),
  partials: [(z, x) => chosen(z, x, true), (z, x) => chosen(z, x, false)],
  domain: [-1e3, 1e3],
  ulp: exact,
  facts: { commutative: true, associative: true, idempotent: true },
});

/** Smaller of two; NaN if either is. Ties give the gradient to `x`. */
export const minimum: Binary = binary({
  name: "minimum",
  dtype: "upcastNoComplex",
  ref: (x, y) => Math.min(x, y),
  big: (x, y) => x < y ? x : y,
  body: (s, x, y) => x.dtype === "bool" ? s.and(x, y) : s.min(x, y),
  partials: [(z, x) => chosen(z, x, true), (z, x) => chosen(z, x, false)],
  domain: [-1e3, 1e3],
  ulp: exact,
  facts: { commutative: true, associative: true, idempotent: true },
});

/** 1 where the result is `x` (or is not, if `first` is false), in the result's dtype. */
function chosen(z: TensorVariable, x: TensorVariable, first: boolean): TensorVariable {
  return cast(applyScalar(first ? sameRecord : otherRecord, z, x), z.dtype);
}

const sameRecord: ScalarOp = {
  name: "eq",
  className: "EQ",
  arity: 2,
  dtype: "bool",
  operands: "common",
  ref: (x, y) => x === y,
  big: (x, y) => x === y,
  complex: (x, y) => x.re === y.re && x.im === y.im,
  body: (s, x, y) => s.eq(x, y),
  partials: "zero",
};

const otherRecord: ScalarOp = {
  name: "neq",
  className: "NEQ",
  arity: 2,
  dtype: "bool",
  operands: "common",
  ref: (x, y) => x !== y,
  big: (x, y) => x !== y,
  complex: (x, y) => x.re !== y.re || x.im !== y.im,
  body: (s, x, y) => s.ne(x, y),
  partials: "zero",
};

/** Whether two are equal: the record of `eq`. */
export const equal: ScalarOp = sameRecord;
/** Whether two differ: the record of `neq`. */
export const different: ScalarOp = otherRecord;

function one(x: TensorVariable): TensorVariable {
  return constant(1, { dtype: x.dtype });
}

function castRecord(dtype: DType): ScalarOp {
  return {
    name: `Cast{${dtype}}`,
    className: `Cast{${dtype}}`,
    label: `Elemwise{Cast{${dtype}}}`,
    arity: 1,
    dtype: () => dtype,
    operands: "own",
    ref: (x) => x,
    big: (x) => x,
    complex: (x) => x,
    body: (s, x) => s.convert(x, dtype),
    partials: [(_y, x) => one(x)],
  };
}

/**
 * The tensor in another dtype, as a C cast does: floats truncate towards zero, integers wrap.
 *
 * Shapes: unchanged.
 * Dtypes: any to any but complex to real; `"floatX"` is the configured one.
 * Gradient: passes to float inputs.
 * Theano: `theano.tensor.cast`.
 *
 * @param x The tensor.
 * @param dtype The dtype wanted.
 * @returns `x` itself if it has that dtype.
 * @throws {TypeError} If `x` is complex and the dtype is not.
 */
export function cast(x: TensorLike, dtype: DType | "floatX"): TensorVariable {
  const variable = asTensorVariable(x);
  const wanted = resolveDType(dtype === "floatX" ? config.floatX : dtype);
  if (variable.dtype === wanted) return variable;
  if (isComplex(variable.dtype) && !isComplex(wanted)) {
    raise(
      "TypeError",
      "Casting from complex to real is ambiguous: consider real(), imag(), angle() or abs()",
    );
  }
  return applyScalar(castRecord(wanted), variable);
}
