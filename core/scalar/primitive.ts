/**
 * @file The closed set of scalar primitives: what one lane of a kernel can do.
 *
 * Every backend spells each of these (`Record<Primitive, …>`), the interpreter gives its meaning,
 * and everything else that is elementwise is written in them. There are no loops, no memory and no
 * shapes here.
 *
 * Dtypes: a lane holds bool, int32, uint32, int64, uint64, float32 or float64. The narrow integers
 * live in an int32 or uint32 lane and are wrapped after each operation; float16 lives in a float32
 * lane and is rounded when it is converted. Complex numbers are two lanes.
 */

import { type DType, dtypes } from "../dtype/dtype.ts";

/** What a register holds: the dtype whose arithmetic is used for a {@linkcode DType}. */
export type Lane = "bool" | "int32" | "uint32" | "int64" | "uint64" | "float32" | "float64";

/** The name of a primitive. */
export type Primitive =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "neg"
  | "abs"
  | "min"
  | "max"
  | "sqrt"
  | "floor"
  | "ceil"
  | "trunc"
  | "nearest"
  | "mulAdd"
  | "quot"
  | "rem"
  | "and"
  | "or"
  | "xor"
  | "not"
  | "shl"
  | "shr"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "select"
  | "rare"
  | "convert"
  | "bitcast";

/** How the dtype of a primitive's result follows from its operands. */
export type ResultRule = "same" | "bool" | "branches" | "stated";

/** The lanes a primitive is defined on. */
export type LaneFamily = "number" | "float" | "integer" | "bits" | "any";

/** What is true of one primitive. */
export interface PrimitiveFacts {
  /** Number of operands. */
  readonly arity: 1 | 2 | 3;
  /** The lanes its operands may be. */
  readonly on: LaneFamily;
  /** The dtype of its result. */
  readonly result: ResultRule;
}

/**
 * The facts of every primitive.
 *
 * Special values: `min` and `max` give NaN if either operand is; `nearest` rounds halves to even;
 * `mulAdd` is `x·y + z`, rounded once or twice as the machine likes; `quot` and `rem` truncate, give
 * 0 for a zero divisor and wrap for the smallest integer over −1; shifts take their count modulo the
 * width, and `shr` keeps the sign of signed lanes; `select(c, x, y)` computes both branches;
 * `rare(c, x, y)` is `select` with `c` almost never true, so that a target may branch around `x`;
 * `convert` truncates floats towards zero, saturates at the limits of 32 and 64 bits, wraps into
 * narrower integers, gives 0 for NaN, and `x ≠ 0` for bool; `bitcast` keeps the bits.
 */
// deno-fmt-ignore
export const primitives: Readonly<Record<Primitive, PrimitiveFacts>> = {
  add:     { arity: 2, on: "number",  result: "same" },
  sub:     { arity: 2, on: "number",  result: "same" },
  mul:     { arity: 2, on: "number",  result: "same" },
  div:     { arity: 2, on: "float",   result: "same" },
  neg:     { arity: 1, on: "number",  result: "same" },
  abs:     { arity: 1, on: "number",  result: "same" },
  min:     { arity: 2, on: "number",  result: "same" },
  max:     { arity: 2, on: "number",  result: "same" },
  sqrt:    { arity: 1, on: "float",   result: "same" },
  floor:   { arity: 1, on: "float",   result: "same" },
  ceil:    { arity: 1, on: "float",   result: "same" },
  trunc:   { arity: 1, on: "float",   result: "same" },
  nearest: { arity: 1, on: "float",   result: "same" },
  mulAdd:  { arity: 3, on: "float",   result: "same" },
  quot:    { arity: 2, on: "integer", result: "same" },
  rem:     { arity: 2, on: "integer", result: "same" },
  and:     { arity: 2, on: "bits",    result: "same" },
  or:      { arity: 2, on: "bits",    result: "same" },
  xor:     { arity: 2, on: "bits",    result: "same" },
  not:     { arity: 1, on: "bits",    result: "same" },
  shl:     { arity: 2, on: "integer", result: "same" },
  shr:     { arity: 2, on: "integer", result: "same" },
  eq:      { arity: 2, on: "any",     result: "bool" },
  ne:      { arity: 2, on: "any",     result: "bool" },
  lt:      { arity: 2, on: "number",  result: "bool" },
  le:      { arity: 2, on: "number",  result: "bool" },
  select:  { arity: 3, on: "any",     result: "branches" },
  rare:    { arity: 3, on: "any",     result: "branches" },
  convert: { arity: 1, on: "any",     result: "stated" },
  bitcast: { arity: 1, on: "any",     result: "stated" },
};

/** Whether a lane belongs to a family. */
export function isLaneOf(lane: Lane, family: LaneFamily): boolean {
  switch (family) {
    case "any":
      return true;
    case "number":
      return lane !== "bool";
    case "float":
      return lane.startsWith("float");
    case "integer":
      return lane.includes("int");
    case "bits":
      return !lane.startsWith("float");
  }
}

/**
 * The lane that computes with a dtype.
 *
 * @param dtype Any dtype that is not complex (a complex number is two lanes of its part's dtype).
 * @returns The lane.
 */
export function laneOf(dtype: DType): Lane {
  const { kind, bytes } = dtypes[dtype];
  if (kind === "bool") return "bool";
  if (kind === "int") return bytes === 8 ? "int64" : "int32";
  if (kind === "uint") return bytes === 8 ? "uint64" : "uint32";
  return dtype === "float64" ? "float64" : "float32";
}

/** Whether a dtype lives in a lane wider than itself, so that results must be narrowed. */
export function isNarrow(dtype: DType): boolean {
  return dtype !== "bool" && dtype !== laneOf(dtype);
}
