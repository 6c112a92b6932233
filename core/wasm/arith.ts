/**
 * @file Arithmetic spelled by what it does: the operand types pick the instruction.
 *
 * A number takes the type of the other operand. Constants that meet are folded, and `x + 0`, `x ·
 * 1` and `x << 0` are `x`, for i32 only: addresses are built by unrolling, and their zeros say
 * nothing.
 */

import { internal } from "../errors.ts";
import { asNode, constant, type Node, op, type Operand, typeOf, vector } from "./node.ts";
import type { ValueType } from "./opcode.ts";
import type { OpName } from "./opcodes.ts";

/** An i32 constant, given signed or unsigned. */
export function i32(value: number): Node {
  return constant("i32", value);
}

/** An i64 constant, given signed or unsigned. */
export function i64(value: number | bigint): Node {
  return constant("i64", value);
}

/** An f32 constant. */
export function f32(value: number): Node {
  return constant("f32", value);
}

/** An f64 constant. */
export function f64(value: number): Node {
  return constant("f64", value);
}

/** A constant of 16 bytes; one value fills all lanes. */
export function i8x16(...lanes: readonly number[]): Node {
  return vector("i8x16", ...lanes);
}

/** A constant of eight 16-bit lanes; one value fills all lanes. */
export function i16x8(...lanes: readonly number[]): Node {
  return vector("i16x8", ...lanes);
}

/** A constant of four i32 lanes; one value fills all lanes. */
export function i32x4(...lanes: readonly number[]): Node {
  return vector("i32x4", ...lanes);
}

/** A constant of two i64 lanes; one value fills all lanes. */
export function i64x2(...lanes: readonly (number | bigint)[]): Node {
  return vector("i64x2", ...lanes);
}

/** A constant of four f32 lanes; one value fills all lanes. */
export function f32x4(...lanes: readonly number[]): Node {
  return vector("f32x4", ...lanes);
}

/** A constant of two f64 lanes; one value fills all lanes. */
export function f64x2(...lanes: readonly number[]): Node {
  return vector("f64x2", ...lanes);
}

type Scalar = Exclude<ValueType, "v128">;

function shared(name: string, a: Operand, b: Operand): Scalar {
  const type = typeOf(a) ?? typeOf(b) ?? "none";
  if (type === "none" || type === "never" || type === "v128") {
    return internal(`build ${name}`, `it has no form for ${type}`, "a kernel generator");
  }
  return type;
}

function integer(name: string, a: Operand, b: Operand): "i32" | "i64" {
  const type = shared(name, a, b);
  return type === "i32" || type === "i64"
    ? type
    : internal(`build ${name}`, `it has no form for ${type}`, "a kernel generator");
}

function floating(name: string, a: Operand, b: Operand): "f32" | "f64" {
  const type = shared(name, a, b);
  return type === "f32" || type === "f64"
    ? type
    : internal(`build ${name}`, `it has no form for ${type}`, "a kernel generator");
}

function isConst(node: Node, value?: number): node is Node & { kind: "const"; value: number } {
  return node.kind === "const" && node.type === "i32" &&
    (value === undefined || node.value === value);
}

function folded(
  name: "add" | "sub" | "mul" | "shl",
  a: Operand,
  b: Operand,
  neutral: number,
  fold: (a: number, b: number) => number,
): Node {
  const type = name === "shl" ? integer(name, a, b) : shared(name, a, b);
  const [x, y] = [asNode(a, type, name), asNode(b, type, name)];
  if (isConst(x) && isConst(y)) return i32(fold(x.value, y.value) | 0);
  if (isConst(y, neutral)) return x;
  if (isConst(x, neutral) && (name === "add" || name === "mul")) return y;
  return op(`${type}.${name}` as OpName, x, y);
}

/** `a + b`. */
export function add(a: Operand, b: Operand): Node {
  return folded("add", a, b, 0, (x, y) => x + y);
}

/** `a − b`. */
export function sub(a: Operand, b: Operand): Node {
  return folded("sub", a, b, 0, (x, y) => x - y);
}

/** `a · b`. */
export function mul(a: Operand, b: Operand): Node {
  return folded("mul", a, b, 1, Math.imul);
}

/** `a << b`, integers. */
export function shl(a: Operand, b: Operand): Node {
  return folded("shl", a, b, 0, (x, y) => x << y);
}

/** `a >> b` with the sign kept, integers. */
export function shrS(a: Operand, b: Operand): Node {
  return op(`${integer("shrS", a, b)}.shr_s`, a, b);
}

/** `a >> b` with zeros put in, integers. */
export function shrU(a: Operand, b: Operand): Node {
  return op(`${integer("shrU", a, b)}.shr_u`, a, b);
}

/** `a / b`, floating point. */
export function div(a: Operand, b: Operand): Node {
  return op(`${floating("div", a, b)}.div`, a, b);
}

/** `a / b` towards zero, signed integers. Traps on `b = 0` and on overflow. */
export function divS(a: Operand, b: Operand): Node {
  return op(`${integer("divS", a, b)}.div_s`, a, b);
}

/** `a / b` towards zero, unsigned integers. Traps on `b = 0`. */
export function divU(a: Operand, b: Operand): Node {
  return op(`${integer("divU", a, b)}.div_u`, a, b);
}

/** The remainder of {@linkcode divS}. */
export function remS(a: Operand, b: Operand): Node {
  return op(`${integer("remS", a, b)}.rem_s`, a, b);
}

/** The remainder of {@linkcode divU}. */
export function remU(a: Operand, b: Operand): Node {
  return op(`${integer("remU", a, b)}.rem_u`, a, b);
}

/** Bits set in both. */
export function and(a: Operand, b: Operand): Node {
  return op(`${integer("and", a, b)}.and`, a, b);
}

/** Bits set in either. */
export function or(a: Operand, b: Operand): Node {
  return op(`${integer("or", a, b)}.or`, a, b);
}

/** Bits set in one of both. */
export function xor(a: Operand, b: Operand): Node {
  return op(`${integer("xor", a, b)}.xor`, a, b);
}

/** `a = b`, as an i32. */
export function eq(a: Operand, b: Operand): Node {
  return op(`${shared("eq", a, b)}.eq`, a, b);
}

/** `a ≠ b`, as an i32. */
export function ne(a: Operand, b: Operand): Node {
  return op(`${shared("ne", a, b)}.ne`, a, b);
}

/** `a = 0`, as an i32, integers. */
export function eqz(a: Operand): Node {
  return op(`${integer("eqz", a, a)}.eqz`, a);
}

/** `a < b`, as an i32, floating point. */
export function lt(a: Operand, b: Operand): Node {
  return op(`${floating("lt", a, b)}.lt`, a, b);
}

/** `a ≤ b`, as an i32, floating point. */
export function le(a: Operand, b: Operand): Node {
  return op(`${floating("le", a, b)}.le`, a, b);
}

/** `a > b`, as an i32, floating point. */
export function gt(a: Operand, b: Operand): Node {
  return op(`${floating("gt", a, b)}.gt`, a, b);
}

/** `a ≥ b`, as an i32, floating point. */
export function ge(a: Operand, b: Operand): Node {
  return op(`${floating("ge", a, b)}.ge`, a, b);
}

/** `a < b`, as an i32, signed integers. */
export function ltS(a: Operand, b: Operand): Node {
  return op(`${integer("ltS", a, b)}.lt_s`, a, b);
}

/** `a < b`, as an i32, unsigned integers. */
export function ltU(a: Operand, b: Operand): Node {
  return op(`${integer("ltU", a, b)}.lt_u`, a, b);
}

/** `a ≤ b`, as an i32, signed integers. */
export function leS(a: Operand, b: Operand): Node {
  return op(`${integer("leS", a, b)}.le_s`, a, b);
}

/** `a ≤ b`, as an i32, unsigned integers. */
export function leU(a: Operand, b: Operand): Node {
  return op(`${integer("leU", a, b)}.le_u`, a, b);
}

/** `a > b`, as an i32, signed integers. */
export function gtS(a: Operand, b: Operand): Node {
  return op(`${integer("gtS", a, b)}.gt_s`, a, b);
}

/** `a > b`, as an i32, unsigned integers. */
export function gtU(a: Operand, b: Operand): Node {
  return op(`${integer("gtU", a, b)}.gt_u`, a, b);
}

/** `a ≥ b`, as an i32, signed integers. */
export function geS(a: Operand, b: Operand): Node {
  return op(`${integer("geS", a, b)}.ge_s`, a, b);
}

/** `a ≥ b`, as an i32, unsigned integers. */
export function geU(a: Operand, b: Operand): Node {
  return op(`${integer("geU", a, b)}.ge_u`, a, b);
}
