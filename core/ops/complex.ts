/**
 * @file Complex numbers and their parts.
 */

import { Complex, type DType, isComplex } from "../dtype/dtype.ts";
import * as fn from "../scalar/functions.ts";
import { cast } from "./arithmetic.ts";
import { type Binary, binary, type Unary, unary } from "./elementwise.ts";

const exact = { wasm: 0, wgsl: 0 } as const;

/** The real part. */
export const real: Unary = unary({
  name: "real",
  dtype: "real",
  operands: "own",
  ref: (x) => x,
  big: (x) => x,
  complex: (z) => z.re,
  body: (_s, x) => x,
  partials: [(y) => cast(1, y.dtype)],
  domain: [-10, 10],
  ulp: exact,
});

/** The imaginary part, 0 for real numbers. */
export const imag: Unary = unary({
  name: "imag",
  dtype: "real",
  operands: "own",
  ref: () => 0,
  big: () => 0n,
  complex: (z) => z.im,
  body: (s, x) => s.const(0, x.dtype),
  partials: "zero",
  domain: [-10, 10],
  ulp: exact,
});

/** The angle with the positive real axis, in (−π, π], always as a float64. */
export const angle: Unary = unary({
  name: "angle",
  dtype: "angle",
  operands: ([x]: readonly DType[], output: DType) => [isComplex(x!) ? x! : output],
  ref: (x) => Math.atan2(0, x),
  complex: (z) => Math.atan2(z.im, z.re),
  body: (s, x) => fn.arctan2(s, s.const(0, x.dtype), x),
  partials: "zero",
  domain: [-10, 10],
  ulp: { wasm: 3, wgsl: 8 },
});

/** The number with a real and an imaginary part. */
export const complex: Binary = binary({
  name: "complex",
  dtype: "complexPair",
  ref: (re) => re,
  complex: (re, im) => new Complex(re.re, im.re),
  domain: [-10, 10],
});

/** The number of a size and an angle in radians. */
export const complexFromPolar: Binary = binary({
  name: "complex_from_polar",
  dtype: "complexPair",
  ref: (size, angle) => size * Math.cos(angle),
  complex: (size, { re }) => new Complex(size.re * Math.cos(re), size.re * Math.sin(re)),
  domain: [-10, 10],
});

/** The conjugate: the imaginary part negated. */
export const conj: Unary = unary({
  name: "conj",
  dtype: "conj",
  ref: (x) => x,
  big: (x) => x,
  complex: (z) => new Complex(z.re, -z.im),
  body: (_s, x) => x,
  partials: [(y) => cast(1, y.dtype)],
  domain: [-10, 10],
  ulp: exact,
  facts: { inverse: "conj" },
});
