/**
 * @file Exponentials, logarithms, powers, trigonometric and hyperbolic functions and their inverses.
 */

import { isDiscrete } from "../dtype/dtype.ts";
import * as fn from "../scalar/functions.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { add, cast, inv, mul, neg, sqr, sub, trueDiv } from "./arithmetic.ts";
import * as complex from "./complex_reference.ts";
import { type Binary, binary, type Unary, unary } from "./elementwise.ts";
import { eq, switch_ } from "./logic.ts";

const within = (ulp: number): Readonly<Record<"wasm" | "wgsl", number>> => ({
  wasm: ulp,
  wgsl: 4 * ulp,
});

/** `1 − x²`. */
function oneMinusSquare(x: TensorVariable): TensorVariable {
  return sub(1, sqr(x));
}

/** Exponential `eˣ`. */
export const exp: Unary = unary({
  name: "exp",
  dtype: "floatUp",
  ref: (x) => Math.exp(x),
  complex: complex.exp,
  body: (s, x) => fn.exp(s, x),
  partials: [(y) => y],
  domain: [-20, 20],
  ulp: within(2),
  facts: { inverse: "log", increasing: true, range: [0, Infinity] },
});

/** `2ˣ`. */
export const exp2: Unary = unary({
  name: "exp2",
  dtype: "floatUp",
  ref: (x) => 2 ** x,
  complex: (x) => complex.exp(complex.scaled(x, Math.LN2)),
  body: (s, x) => fn.exp2(s, x),
  partials: [(y) => mul(y, cast(Math.LN2, y.dtype))],
  domain: [-20, 20],
  ulp: within(2),
  facts: { inverse: "log2", increasing: true, range: [0, Infinity] },
});

/** `eˣ − 1`, right for small `x`. */
export const expm1: Unary = unary({
  name: "expm1",
  dtype: "floatUp",
  ref: (x) => Math.expm1(x),
  complex: complex.expm1,
  body: (s, x) => fn.expm1(s, x),
  partials: [(_y, x) => exp(x!)],
  domain: [-20, 20],
  ulp: within(2),
  facts: { inverse: "log1p", increasing: true, range: [-1, Infinity] },
});

/** Natural logarithm. */
export const log: Unary = unary({
  name: "log",
  dtype: "floatUp",
  ref: (x) => Math.log(x),
  complex: complex.log,
  body: (s, x) => fn.log(s, x),
  partials: [(_y, x) => inv(x!)],
  domain: [0.01, 100],
  ulp: within(2),
  facts: { inverse: "exp", increasing: true },
});

/** Logarithm to base 2. */
export const log2: Unary = unary({
  name: "log2",
  dtype: "floatUp",
  ref: (x) => Math.log2(x),
  complex: (x) => complex.scaled(complex.log(x), Math.LOG2E),
  body: (s, x) => fn.log2(s, x),
  partials: [(y, x) => trueDiv(cast(Math.LOG2E, y.dtype), x!)],
  domain: [0.01, 100],
  ulp: within(2),
  facts: { inverse: "exp2", increasing: true },
});

/** Logarithm to base 10. */
export const log10: Unary = unary({
  name: "log10",
  dtype: "floatUp",
  ref: (x) => Math.log10(x),
  complex: (x) => complex.scaled(complex.log(x), Math.LOG10E),
  body: (s, x) => fn.log10(s, x),
  partials: [(y, x) => trueDiv(cast(Math.LOG10E, y.dtype), x!)],
  domain: [0.01, 100],
  ulp: within(2),
  facts: { increasing: true },
});

/** `log(1 + x)`, right for small `x`. */
export const log1p: Unary = unary({
  name: "log1p",
  dtype: "floatUp",
  ref: (x) => Math.log1p(x),
  complex: complex.log1p,
  body: (s, x) => fn.log1p(s, x),
  partials: [(_y, x) => inv(add(1, x!))],
  domain: [-0.9, 100],
  ulp: within(2),
  facts: { inverse: "expm1", increasing: true },
});

/** Square root. */
export const sqrt: Unary = unary({
  name: "sqrt",
  dtype: "floatUp",
  ref: (x) => Math.sqrt(x),
  complex: complex.sqrt,
  body: (s, x) => s.sqrt(x),
  partials: [(y) => trueDiv(cast(0.5, y.dtype), y)],
  domain: [0.01, 100],
  ulp: { wasm: 0.5, wgsl: 2.5 },
  facts: { increasing: true, range: [0, Infinity] },
});

/** Power `xʸ`. Integers stay integers, by repeated squaring. */
export const pow: Binary = binary({
  name: "pow",
  dtype: "pow",
  ref: (x, y) => power(x, y),
  big: (x, y) => bigPower(x, y),
  complex: complex.pow,
  body: (s, x, y) => isDiscrete(x.dtype) ? fn.powInteger(s, x, y) : fn.pow(s, x, y),
  partials: [
    (_z, x, y) => mul(y!, pow(x!, sub(y!, 1))),
    (z, x) => switch_(eq(x!, 0), 0, mul(log(x!), z)),
  ],
  domain: [[0.1, 10], [-3, 3]],
  ulp: within(4),
});

/** `xʸ` by C's rules, which give 1 where JavaScript gives NaN: `1^∞`, `(−1)^∞`, `1^NaN`. */
function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1;
  return x ** y;
}

/** Integer power; a negative exponent truncates towards zero. */
function bigPower(x: bigint, y: bigint): bigint {
  if (y >= 0n) return BigInt.asIntN(128, x === 0n && y === 0n ? 1n : modularPower(x, y));
  if (x === 1n) return 1n;
  if (x === -1n) return y % 2n === 0n ? 1n : -1n;
  return 0n;
}

/** A power of which only the low 128 bits matter. */
function modularPower(x: bigint, y: bigint): bigint {
  let [result, base, left] = [1n, x, y];
  while (left > 0n) {
    if (left & 1n) result = BigInt.asIntN(128, result * base);
    base = BigInt.asIntN(128, base * base);
    left >>= 1n;
  }
  return result;
}

/** Sine. */
export const sin: Unary = unary({
  name: "sin",
  dtype: "floatUp",
  ref: (x) => Math.sin(x),
  complex: complex.sin,
  body: (s, x) => fn.sin(s, x),
  partials: [(_y, x) => cos(x!)],
  domain: [-10, 10],
  ulp: within(2),
  facts: { odd: true, range: [-1, 1] },
});

/** Cosine. */
export const cos: Unary = unary({
  name: "cos",
  dtype: "floatUp",
  ref: (x) => Math.cos(x),
  complex: complex.cos,
  body: (s, x) => fn.cos(s, x),
  partials: [(_y, x) => neg(sin(x!))],
  domain: [-10, 10],
  ulp: within(2),
  facts: { even: true, range: [-1, 1] },
});

/** Tangent. */
export const tan: Unary = unary({
  name: "tan",
  dtype: "floatUp",
  ref: (x) => Math.tan(x),
  complex: complex.tan,
  body: (s, x) => fn.tan(s, x),
  partials: [(y) => add(1, sqr(y))],
  domain: [-1.5, 1.5],
  ulp: within(4),
  facts: { odd: true },
});

/** Inverse sine, in [−π/2, π/2]. */
export const arcsin: Unary = unary({
  name: "arcsin",
  className: "ArcSin",
  dtype: "floatUp",
  ref: (x) => Math.asin(x),
  complex: complex.arcsin,
  body: (s, x) => fn.arcsin(s, x),
  partials: [(_y, x) => inv(sqrt(oneMinusSquare(x!)))],
  domain: [-0.95, 0.95],
  ulp: within(4),
  facts: { odd: true, increasing: true },
});

/** Inverse cosine, in [0, π]. */
export const arccos: Unary = unary({
  name: "arccos",
  className: "ArcCos",
  dtype: "floatUp",
  ref: (x) => Math.acos(x),
  complex: complex.arccos,
  body: (s, x) => fn.arccos(s, x),
  partials: [(_y, x) => neg(inv(sqrt(oneMinusSquare(x!))))],
  domain: [-0.95, 0.95],
  ulp: within(4),
});

/** Inverse tangent, in (−π/2, π/2). */
export const arctan: Unary = unary({
  name: "arctan",
  className: "ArcTan",
  dtype: "floatUp",
  ref: (x) => Math.atan(x),
  complex: complex.arctan,
  body: (s, x) => fn.arctan(s, x),
  partials: [(_y, x) => inv(add(1, sqr(x!)))],
  domain: [-10, 10],
  ulp: within(4),
  facts: { odd: true, increasing: true, range: [-Math.PI / 2, Math.PI / 2] },
});

/** Angle of the point `(x, y)`, in (−π, π]: the arguments are `y, x`. */
export const arctan2: Binary = binary({
  name: "arctan2",
  className: "ArcTan2",
  dtype: "floatUpcast",
  ref: (y, x) => Math.atan2(y, x),
  body: (s, y, x) => fn.arctan2(s, y, x),
  partials: [
    (_z, y, x) => trueDiv(x!, add(sqr(x!), sqr(y!))),
    (_z, y, x) => trueDiv(neg(y!), add(sqr(x!), sqr(y!))),
  ],
  domain: [[-10, 10], [0.1, 10]],
  ulp: within(4),
});

/** Hyperbolic sine. */
export const sinh: Unary = unary({
  name: "sinh",
  dtype: "floatUp",
  ref: (x) => Math.sinh(x),
  complex: complex.sinh,
  body: (s, x) => fn.sinh(s, x),
  partials: [(_y, x) => cosh(x!)],
  domain: [-10, 10],
  ulp: within(4),
  facts: { odd: true, increasing: true, inverse: "arcsinh" },
});

/** Hyperbolic cosine. */
export const cosh: Unary = unary({
  name: "cosh",
  dtype: "floatUp",
  ref: (x) => Math.cosh(x),
  complex: complex.cosh,
  body: (s, x) => fn.cosh(s, x),
  partials: [(_y, x) => sinh(x!)],
  domain: [-10, 10],
  ulp: within(4),
  facts: { even: true, range: [1, Infinity] },
});

/** Hyperbolic tangent. */
export const tanh: Unary = unary({
  name: "tanh",
  dtype: "floatUp",
  ref: (x) => Math.tanh(x),
  complex: complex.tanh,
  body: (s, x) => fn.tanh(s, x),
  partials: [(y) => oneMinusSquare(y)],
  domain: [-10, 10],
  ulp: within(2),
  facts: { odd: true, increasing: true, range: [-1, 1], inverse: "arctanh" },
});

/** Inverse hyperbolic sine. */
export const arcsinh: Unary = unary({
  name: "arcsinh",
  className: "ArcSinh",
  dtype: "floatUp",
  ref: (x) => Math.asinh(x),
  complex: complex.arcsinh,
  body: (s, x) => fn.arcsinh(s, x),
  partials: [(_y, x) => inv(sqrt(add(sqr(x!), 1)))],
  domain: [-10, 10],
  ulp: within(4),
  facts: { odd: true, increasing: true, inverse: "sinh" },
});

/** Inverse hyperbolic cosine. */
export const arccosh: Unary = unary({
  name: "arccosh",
  className: "ArcCosh",
  dtype: "floatUp",
  ref: (x) => Math.acosh(x),
  complex: complex.arccosh,
  body: (s, x) => fn.arccosh(s, x),
  partials: [(_y, x) => inv(sqrt(sub(sqr(x!), 1)))],
  domain: [1.1, 10],
  ulp: within(4),
  facts: { increasing: true, range: [0, Infinity] },
});

/** Inverse hyperbolic tangent. */
export const arctanh: Unary = unary({
  name: "arctanh",
  className: "ArcTanh",
  dtype: "floatUp",
  ref: (x) => Math.atanh(x),
  complex: complex.arctanh,
  body: (s, x) => fn.arctanh(s, x),
  partials: [(_y, x) => inv(oneMinusSquare(x!))],
  domain: [-0.95, 0.95],
  ulp: within(4),
  facts: { odd: true, increasing: true, inverse: "tanh" },
});

/** Degrees to radians. */
export const deg2rad: Unary = unary({
  name: "deg2rad",
  className: "Deg2Rad",
  dtype: "floatUp",
  ref: (x) => x * (Math.PI / 180),
  body: (s, x) => s.mul(x, Math.PI / 180),
  partials: [(y) => cast(Math.PI / 180, y.dtype)],
  domain: [-360, 360],
  ulp: within(1),
  facts: { odd: true, increasing: true, inverse: "rad2deg" },
});

/** Radians to degrees. */
export const rad2deg: Unary = unary({
  name: "rad2deg",
  className: "Rad2Deg",
  dtype: "floatUp",
  ref: (x) => x * (180 / Math.PI),
  body: (s, x) => s.mul(x, 180 / Math.PI),
  partials: [(y) => cast(180 / Math.PI, y.dtype)],
  domain: [-7, 7],
  ulp: within(1),
  facts: { odd: true, increasing: true, inverse: "deg2rad" },
});

/** Logistic function `1 / (1 + e⁻ˣ)`. */
export const sigmoid: Unary = unary({
  name: "sigmoid",
  className: "ScalarSigmoid",
  label: "sigmoid",
  dtype: "floatUp",
  ref: (x) => 1 / (1 + Math.exp(-x)),
  body: (s, x) => fn.sigmoid(s, x),
  partials: [(y) => mul(y, sub(1, y))],
  domain: [-30, 30],
  ulp: within(4),
  facts: { increasing: true, range: [0, 1] },
});

/** `log(1 + eˣ)`. */
export const softplus: Unary = unary({
  name: "softplus",
  className: "ScalarSoftplus",
  label: "softplus",
  dtype: "floatUp",
  ref: (x) => x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)),
  body: (s, x) => fn.softplus(s, x),
  partials: [(_y, x) => sigmoid(x!)],
  domain: [-30, 30],
  ulp: within(4),
  facts: { increasing: true, range: [0, Infinity] },
});
