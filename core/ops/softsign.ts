/**
 * @file Small relatives of the sigmoid and the logarithm.
 */

import * as fn from "../scalar/functions.ts";
import type { Builder, Expr } from "../scalar/expr.ts";
import { abs, add, inv, sqr, trueDiv } from "./arithmetic.ts";
import { type Binary, binary, type Unary, unary } from "./elementwise.ts";
import { log } from "./transcendental.ts";

/** `x / (1 + |x|)`, a sigmoid without an exponential. */
export const softsign: Unary = unary({
  name: "scalar_softsign",
  className: "ScalarSoftsign",
  dtype: "floatUp",
  ref: (x) => x / (1 + Math.abs(x)),
  body: (s, x) => s.div(x, s.add(s.abs(x), 1)),
  partials: [(_y, x) => inv(sqr(add(1, abs(x!))))],
  domain: [-10, 10],
  ulp: { wasm: 1.5, wgsl: 4 },
  facts: { odd: true, increasing: true, range: [-1, 1] },
});

/** An approximation of the logistic function by a hyperbola and two straight pieces. No gradient. */
export const ultraFastSigmoid: Unary = unary({
  name: "ultra_fast_sigmoid",
  className: "UltraFastScalarSigmoid",
  label: "ultra_fast_sigmoid",
  dtype: "floatUp",
  ref: ultraFast,
  body: ultraFastLane,
  domain: [-10, 10],
  // At the lower end the value is a difference of neighbours of 1.
  ulp: { wasm: 128, wgsl: 256 },
  facts: { increasing: true, range: [0, 1] },
});

/** The pieces, in half of `x`. Source: the formula in Theano's manual. */
const slope = 0.0458812946797165;
const start = 0.935409070603099;
const end = 0.99505475368673;

function ultraFast(x: number): number {
  const half = Math.abs(x) / 2;
  if (Number.isNaN(x)) return x;
  const curve = 1.5 * half / (1 + half);
  const size = half < 1.7 ? curve : half < 3 ? start + slope * (half - 1.7) : end;
  return 0.5 * (x < 0 ? 1 - size : 1 + size);
}

function ultraFastLane(s: Builder, x: Expr): Expr {
  const half = s.mul(s.abs(x), 0.5);
  const curve = s.div(s.mul(half, 1.5), s.add(half, 1));
  const line = s.mulAdd(s.sub(half, 1.7), slope, start);
  const far = s.select(s.lt(half, 3), line, s.const(end, x.dtype));
  const size = s.select(s.lt(half, 1.7), curve, far);
  const signed = s.select(s.lt(x, 0), s.neg(size), size);
  return s.select(s.isNaN(x), x, s.mul(s.add(signed, 1), 0.5));
}

/** `x · log x`, 0 at 0. */
export const xlogx: Unary = unary({
  name: "xlogx",
  className: "XlogX",
  dtype: "floatUp",
  ref: (x) => x === 0 ? 0 : x * Math.log(x),
  body: (s, x) => s.select(s.eq(x, 0), s.const(0, x.dtype), s.mul(x, fn.log(s, x))),
  partials: [(_y, x) => add(1, log(x!))],
  domain: [0.01, 10],
  ulp: { wasm: 3, wgsl: 6 },
});

/** `x · log y`, 0 where `x` is 0. */
export const xlogy0: Binary = binary({
  name: "xlogy0",
  className: "XlogY0",
  dtype: "floatUpcast",
  ref: (x, y) => x === 0 ? 0 : x * Math.log(y),
  body: (s, x, y) => s.select(s.eq(x, 0), s.const(0, x.dtype), s.mul(x, fn.log(s, y))),
  partials: [(_z, _x, y) => log(y!), (_z, x, y) => trueDiv(x!, y!)],
  domain: [[-3, 3], [0.01, 10]],
  ulp: { wasm: 3, wgsl: 6 },
});
