/**
 * @file Rounding to integers. Every gradient is zero.
 */

import { raise } from "../errors.ts";
import * as fn from "../scalar/functions.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { cast } from "./arithmetic.ts";
import { type Unary, unary } from "./elementwise.ts";

const exact = { wasm: 0, wgsl: 0 } as const;

/** The least integer not below `x`; integers become floats. */
export const ceil: Unary = unary({
  name: "ceil",
  dtype: "floatUpNoComplex",
  ref: (x) => Math.ceil(x),
  body: (s, x) => s.ceil(x),
  partials: "zero",
  domain: [-10, 10],
  ulp: exact,
  facts: { increasing: true, idempotent: true },
});

/** The greatest integer not above `x`; integers become floats. */
export const floor: Unary = unary({
  name: "floor",
  dtype: "floatUpNoComplex",
  ref: (x) => Math.floor(x),
  body: (s, x) => s.floor(x),
  partials: "zero",
  domain: [-10, 10],
  ulp: exact,
  facts: { increasing: true, idempotent: true },
});

/** `x` without its fraction; integers become floats. */
export const trunc: Unary = unary({
  name: "trunc",
  dtype: "floatUpNoComplex",
  ref: (x) => Math.trunc(x),
  body: (s, x) => s.trunc(x),
  partials: "zero",
  domain: [-10, 10],
  ulp: exact,
  facts: { odd: true, increasing: true, idempotent: true },
});

/** The nearest integer, halves to the even one; floats only. */
export const roundHalfToEven: Unary = unary({
  name: "round_half_to_even",
  dtype: "floatOnly",
  ref: halfToEven,
  body: (s, x) => s.nearest(x),
  partials: "zero",
  domain: [-10, 10],
  ulp: exact,
  facts: { odd: true, increasing: true, idempotent: true },
});

function halfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return x < 0 ? -Math.round(-x) : Math.round(x);
  const even = below % 2 === 0 ? below : below + 1;
  return even === 0 && x < 0 ? -0 : even;
}

/** The nearest integer, halves away from zero; floats only. */
export const roundHalfAwayFromZero: Unary = unary({
  name: "round_half_away_from_zero",
  dtype: "floatOnly",
  ref: (x) => Math.abs(x) < 2 ** 52 ? Math.sign(x) * wholeFrom(Math.abs(x)) : x,
  body: fn.roundHalfAwayFromZero,
  partials: "zero",
  domain: [-10, 10],
  ulp: exact,
  facts: { odd: true, increasing: true, idempotent: true },
});

/** The nearest integer to a size below 2⁵², halves up. */
function wholeFrom(size: number): number {
  const whole = size - size % 1;
  return size % 1 >= 0.5 ? whole + 1 : whole;
}

/** How halves are rounded. */
export type RoundMode = "half_to_even" | "half_away_from_zero";

/** Options of {@linkcode round} and {@linkcode iround}. */
export interface RoundOptions {
  readonly mode?: RoundMode | null;
}

type GivenRound = Given<RoundOptions, [mode?: RoundMode | null]>;

/**
 * The nearest integer, as a float.
 *
 * Shapes: unchanged.
 * Dtypes: floats only, kept.
 * Gradient: zero.
 * Theano: `theano.tensor.round`.
 *
 * @param a The tensor.
 * @param given How halves are rounded: to the even integer by default.
 * @returns The rounded tensor.
 * @throws {NotImplementedError} If the mode is unknown.
 */
export function round(a: TensorLike, ...given: GivenRound): TensorVariable {
  const { mode } = optional<RoundOptions>("round", ["mode"], given);
  if (mode === "half_away_from_zero") return roundHalfAwayFromZero(a);
  if ((mode ?? "half_to_even") === "half_to_even") return roundHalfToEven(a);
  return raise("NotImplementedError", `round mode ${mode} is not implemented.`);
}

/**
 * The nearest integer, as an int64.
 *
 * Shapes: unchanged.
 * Dtypes: floats to int64.
 * Gradient: zero.
 * Theano: `theano.tensor.iround`.
 *
 * @param a The tensor.
 * @param given How halves are rounded: to the even integer by default.
 * @returns The integers.
 * @throws {NotImplementedError} If the mode is unknown.
 */
export function iround(a: TensorLike, ...given: GivenRound): TensorVariable {
  return cast(round(a, ...given), "int64");
}
