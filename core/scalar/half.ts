/**
 * @file float16 in 32-bit lanes: its bits to a float32 and back, rounding to even.
 */

import type { Builder, Expr } from "./expr.ts";
import { inOrder } from "./expr.ts";

/** Moves the exponent bias of float16 (15) to that of float32 (127): 2^(127 − 15). */
const rebias = 2 ** 112;

/**
 * The float32 that float16 bits stand for.
 *
 * Source: exponent and fraction moved to float32's place and scaled, so that subnormals need no case.
 *
 * @param s Where the expression is made.
 * @param bits The 16 bits, as uint32.
 * @returns Their value, as float32.
 */
export function halfToFloat(s: Builder, bits: Expr): Expr {
  const magnitude = s.and(bits, 0x7fff);
  const finite = s.mul(s.bitcast(s.shl(magnitude, 13), "float32"), rebias);
  const special = s.or(s.bitcast(finite, "uint32"), 0x7f800000);
  const value = s.select(s.ge(magnitude, 0x7c00), special, s.bitcast(finite, "uint32"));
  return s.bitcast(s.or(value, s.shl(s.and(bits, 0x8000), 16)), "float32");
}

/**
 * The float16 bits nearest to a float32, ties to even.
 *
 * Source: adding a power of two sixteen binades up lets the addition itself round a subnormal; a
 * normal number is rounded by adding half a unit less one, plus the last kept bit.
 *
 * @param s Where the expression is made.
 * @param x A float32.
 * @returns 16 bits, as uint32.
 */
export function floatToHalf(s: Builder, x: Expr): Expr {
  const bits = s.bitcast(x, "uint32");
  const sign = s.and(s.shr(bits, 16), 0x8000);
  const magnitude = s.and(bits, 0x7fffffff);
  const absolute = s.bitcast(magnitude, "float32");
  const subnormal = s.sub(s.bitcast(s.add(absolute, 0.5), "uint32"), 0x3f000000);
  const last = s.and(s.shr(magnitude, 13), 1);
  const normal = s.shr(s.add(s.add(s.sub(magnitude, 112 << 23), 0xfff), last), 13);
  const finite = s.select(s.lt(magnitude, 113 << 23), subnormal, normal);
  const bounded = s.min(finite, 0x7c00);
  const special = s.select(s.gt(magnitude, 0x7f800000), s.const(0x7e00, "uint32"), bounded);
  return s.or(s.select(s.ge(magnitude, 0x7f800000), s.max(special, 0x7c00), bounded), sign);
}

/**
 * Bodies without float16: inputs and results of that dtype become uint16 bits, and roundings between
 * become a way there and back.
 *
 * @param s Where the expressions are made.
 * @param bodies Expressions of any builder.
 * @returns The same computations; a float16 result is uint16.
 */
export function withoutHalf(s: Builder, bodies: readonly Expr[]): Expr[] {
  const done = new Map<Expr, Expr>();
  for (const e of inOrder(bodies)) done.set(e, rewritten(s, e, done));
  return bodies.map((e) => {
    const value = done.get(e)!;
    return e.dtype === "float16" ? s.convert(floatToHalf(s, value), "uint16") : value;
  });
}

/** The expression with float16 lanes held as float32. */
function rewritten(s: Builder, e: Expr, done: ReadonlyMap<Expr, Expr>): Expr {
  if (e.kind === "input") {
    if (e.dtype !== "float16") return s.input(e.index, e.dtype);
    return halfToFloat(s, s.convert(s.input(e.index, "uint16"), "uint32"));
  }
  if (e.kind === "const") return s.const(e.value, e.dtype === "float16" ? "float32" : e.dtype);
  const args = e.args.map((a) => done.get(a)!);
  if (e.primitive === "bitcast") return s.bitcast(args[0]!, e.dtype);
  if (e.primitive !== "convert") return s.call(e.primitive, ...args);
  if (e.dtype !== "float16") return s.convert(args[0]!, e.dtype);
  return halfToFloat(s, floatToHalf(s, s.convert(args[0]!, "float32")));
}
