/**
 * @file Every scalar primitive in vector instructions, and lane by lane where there are none.
 */

import type { DType } from "../dtype/dtype.ts";
import type { CallExpr, Expr } from "../scalar/expr.ts";
import { type Lane, laneOf, type Primitive } from "../scalar/primitive.ts";
import {
  eqz,
  i32,
  i32x4,
  i64x2,
  type Node,
  op,
  opLane,
  type OpName,
  select,
  shuffle,
  sub,
} from "./tree.ts";
import type { Lanes } from "./width.ts";

/** What a spelling may know beside its operands. */
export interface Spelled {
  /** Elements in a register. */
  readonly lanes: Lanes;
  /** Whether relaxed multiply-add is there. */
  readonly relaxed: boolean;
  /** The lane of the operands. */
  readonly lane: Lane;
  /** The expression. */
  readonly expr: CallExpr;
  /** Keeps a value that is used more than once. */
  readonly keep: (value: Node) => Node;
}

type Spelling = (x: readonly Node[], s: Spelled) => Node;

/**
 * The vector shape of each lane. Bool is a mask, whose lanes are as wide as the register's split.
 */
const shapes: Readonly<Record<Exclude<Lane, "bool">, string>> = {
  int32: "i32x4",
  uint32: "i32x4",
  int64: "i64x2",
  uint64: "i64x2",
  float32: "f32x4",
  float64: "f64x2",
};

function shape(s: Spelled, lane: Lane = s.lane): string {
  return lane === "bool" ? (s.lanes === 4 ? "i32x4" : "i64x2") : shapes[lane];
}

const isFloat = (lane: Lane): boolean => lane.startsWith("float");
const isUnsigned = (lane: Lane): boolean => lane.startsWith("u");
const isWide = (lane: Lane): boolean => lane.endsWith("64");

function vector(name: string): Spelling {
  return (x, s) => op(`${shape(s)}.${name}` as OpName, ...x);
}

function bitwise(name: OpName): Spelling {
  return (x) => op(name, ...x);
}

/** The bool that a 32-bit comparison's mask stands for: at width 2 its lanes are 64 bits. */
function asBool(mask: Node, s: Spelled): Node {
  return s.lanes === 2 && !isWide(s.lane) && s.lane !== "bool"
    ? op("i64x2.extend_low_i32x4_s", mask)
    : mask;
}

/** The mask that selects in lanes of a dtype. */
function asMask(condition: Node, s: Spelled, lane: Lane): Node {
  return s.lanes === 2 && !isWide(lane) && lane !== "bool" ? lowDwords(condition) : condition;
}

function lowDwords(x: Node): Node {
  return shuffle(x, x, [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11]);
}

const signBit = i64x2(-(2n ** 63n));

/** Comparison of 64-bit unsigned lanes, which has no instruction: signs flipped. */
function lessWide(name: "lt_s" | "le_s", x: readonly Node[], unsigned: boolean): Node {
  const [a, b] = unsigned ? x.map((n) => op("v128.xor", n, signBit)) : x;
  return op(`i64x2.${name}`, a!, b!);
}

function less(strict: boolean): Spelling {
  return (x, s) => {
    if (isWide(s.lane) && !isFloat(s.lane)) {
      return lessWide(strict ? "lt_s" : "le_s", x, isUnsigned(s.lane));
    }
    const suffix = isFloat(s.lane) ? "" : isUnsigned(s.lane) ? "_u" : "_s";
    return asBool(op(`${shape(s)}.${strict ? "lt" : "le"}${suffix}` as OpName, ...x), s);
  };
}

function extreme(name: "min" | "max"): Spelling {
  return (x, s) => {
    if (isFloat(s.lane)) {
      const isSimple = isNonzeroNumber(s.expr.args[1]!);
      return op(`${shape(s)}.${isSimple ? "p" : ""}${name}` as OpName, ...x);
    }
    if (!isWide(s.lane)) return op(`i32x4.${name}_${isUnsigned(s.lane) ? "u" : "s"}`, ...x);
    const [a, b] = [s.keep(x[0]!), s.keep(x[1]!)];
    const smaller = lessWide("lt_s", [a, b], isUnsigned(s.lane));
    return name === "min"
      ? op("v128.bitselect", a, b, smaller)
      : op("v128.bitselect", b, a, smaller);
  };
}

/**
 * Whether an operand is a constant beside which `pmin(x, c)` is `min(x, c)`: it gives the first
 * operand where nothing is less, so NaN stays, and only zeros of different signs would be told
 * apart. It is one instruction where `min` is eight.
 */
function isNonzeroNumber(e: Expr): boolean {
  return e.kind === "const" && e.value !== 0 && !Number.isNaN(e.value);
}

/** One lane after the other, by a scalar instruction. */
function laneByLane(
  x: readonly Node[],
  s: Spelled,
  result: Lane,
  scalar: (...args: Node[]) => Node,
): Node {
  const operands = x.map(s.keep);
  const splat = `${shape(s, result)}.splat` as OpName;
  const replace = `${shape(s, result)}.replace_lane` as OpName;
  const extract = `${shape(s)}.extract_lane` as OpName;
  const at = (k: number): Node => scalar(...operands.map((v) => opLane(extract, k, v)));
  let all = op(splat, at(0));
  for (let k = 1; k < s.lanes; k++) all = opLane(replace, k, all, at(k));
  return all;
}

/**
 * Truncated quotient or remainder, total: 0 for a zero divisor, wrapping for the smallest over −1.
 */
function division(remainder: boolean): Spelling {
  return (x, s) =>
    laneByLane(x, s, s.lane, (a, b) => {
      const type = isWide(s.lane) ? "i64" : "i32";
      const sign = isUnsigned(s.lane) ? "u" : "s";
      const zero = eqz(b);
      const name = `${type}.${remainder ? "rem" : "div"}_${sign}` as OpName;
      return dividing(type, a, b, zero, name, sign === "s", remainder);
    });
}

function dividing(
  type: "i32" | "i64",
  a: Node,
  b: Node,
  zero: Node,
  name: OpName,
  signed: boolean,
  remainder: boolean,
): Node {
  const one = op(`${type}.extend8_s` as OpName, constantOne(type));
  const nought = op(`${type}.xor` as OpName, one, one);
  const safe = select(zero, one, b);
  if (!signed) return select(zero, nought, op(name, a, safe));
  const minusOne = op(`${type}.eq` as OpName, b, sub(nought, one));
  const divisor = select(minusOne, one, safe);
  const negated = remainder ? nought : sub(nought, a);
  return select(zero, nought, select(minusOne, negated, op(name, a, divisor)));
}

function constantOne(type: "i32" | "i64"): Node {
  return type === "i32" ? i32(1) : op("i64.extend_i32_u", i32(1));
}

function shift(right: boolean): Spelling {
  return ([x, count], s) => {
    const name = right ? `shr_${isUnsigned(s.lane) ? "u" : "s"}` : "shl";
    const by = s.expr.args[1]!;
    const type = isWide(s.lane) ? "i64" : "i32";
    if (by.kind === "const") {
      const bits = BigInt.asUintN(isWide(s.lane) ? 6 : 5, BigInt(by.value));
      return op(`${shape(s)}.${name}` as OpName, x!, i32(Number(bits)));
    }
    return laneByLane([x!, count!], s, s.lane, (a, b) => op(`${type}.${name}` as OpName, a, b));
  };
}

/** Keeps the low bits of a 32-bit lane, with the sign of a signed dtype. */
function narrowed(x: Node, dtype: DType, bits: number): Node {
  const up = op("i32x4.shl", x, i32(32 - bits));
  return op(dtype.startsWith("u") ? "i32x4.shr_u" : "i32x4.shr_s", up, i32(32 - bits));
}

const narrowBits: Readonly<Partial<Record<DType, number>>> = {
  int8: 8,
  uint8: 8,
  int16: 16,
  uint16: 16,
};

function convert([x]: readonly Node[], s: Spelled): Node {
  const { dtype } = s.expr;
  const bits = narrowBits[dtype];
  if (bits) return narrowed(convertLane(x!, s, "int32"), dtype, bits);
  return convertLane(x!, s, laneOf(dtype));
}

function convertLane(x: Node, s: Spelled, to: Lane): Node {
  const from = s.lane;
  if (from === to) return x;
  if (to === "bool") return notZero(x, s);
  if (from === "bool") return fromBool(x, s, to);
  const direct = conversions[`${from} ${to}`];
  return direct ? direct(x, s) : x;
}

function notZero(x: Node, s: Spelled): Node {
  const zero = isWide(s.lane) ? i64x2(0) : i32x4(0);
  return asBool(op(`${shape(s)}.ne` as OpName, x, zero), s);
}

function fromBool(x: Node, s: Spelled, to: Lane): Node {
  const mask = asMask(x, s, to);
  const ones: Readonly<Record<Exclude<Lane, "bool">, Node>> = {
    int32: i32x4(1),
    uint32: i32x4(1),
    int64: i64x2(1),
    uint64: i64x2(1),
    float32: i32x4(0x3f800000),
    float64: i64x2(0x3ff0000000000000n),
  };
  return op("v128.and", mask, ones[to as Exclude<Lane, "bool">]);
}

function scalarConversion(name: OpName, to: Lane): (x: Node, s: Spelled) => Node {
  return (x, s) => laneByLane([x], s, to, (a) => op(name, a));
}

/** Lane to lane; a pair that is missing keeps its bits. */
const conversions: Readonly<Record<string, (x: Node, s: Spelled) => Node>> = {
  "int32 float32": (x) => op("f32x4.convert_i32x4_s", x),
  "uint32 float32": (x) => op("f32x4.convert_i32x4_u", x),
  "int32 float64": (x) => op("f64x2.convert_low_i32x4_s", x),
  "uint32 float64": (x) => op("f64x2.convert_low_i32x4_u", x),
  "int32 int64": (x) => op("i64x2.extend_low_i32x4_s", x),
  "int32 uint64": (x) => op("i64x2.extend_low_i32x4_s", x),
  "uint32 int64": (x) => op("i64x2.extend_low_i32x4_u", x),
  "uint32 uint64": (x) => op("i64x2.extend_low_i32x4_u", x),
  "int64 int32": lowDwords,
  "int64 uint32": lowDwords,
  "uint64 int32": lowDwords,
  "uint64 uint32": lowDwords,
  "float32 int32": (x) => op("i32x4.trunc_sat_f32x4_s", x),
  "float32 uint32": (x) => op("i32x4.trunc_sat_f32x4_u", x),
  "float64 int32": (x) => op("i32x4.trunc_sat_f64x2_s_zero", x),
  "float64 uint32": (x) => op("i32x4.trunc_sat_f64x2_u_zero", x),
  "float32 float64": (x) => op("f64x2.promote_low_f32x4", x),
  "float64 float32": (x) => op("f32x4.demote_f64x2_zero", x),
  "int64 float64": scalarConversion("f64.convert_i64_s", "float64"),
  "uint64 float64": scalarConversion("f64.convert_i64_u", "float64"),
  "int64 float32": scalarConversion("f32.convert_i64_s", "float32"),
  "uint64 float32": scalarConversion("f32.convert_i64_u", "float32"),
  "float64 int64": scalarConversion("i64.trunc_sat_f64_s", "int64"),
  "float64 uint64": scalarConversion("i64.trunc_sat_f64_u", "uint64"),
  "float32 int64": scalarConversion("i64.trunc_sat_f32_s", "int64"),
  "float32 uint64": scalarConversion("i64.trunc_sat_f32_u", "uint64"),
};

/**
 * `select(a < b, b, a)` and `select(b < a, b, a)` of floats, which have an instruction each: NaN and
 * zeros of both signs included.
 */
function chosenExtreme({ args: [condition, x, y] }: CallExpr): "pmax" | "pmin" | undefined {
  if (condition!.kind !== "call" || condition!.primitive !== "lt") return undefined;
  const [a, b] = condition!.args;
  if (!isFloat(laneOf(x!.dtype)) || x === y) return undefined;
  return a === y && b === x ? "pmax" : a === x && b === y ? "pmin" : undefined;
}

function choose([condition, x, y]: readonly Node[], s: Spelled): Node {
  const lane = laneOf(s.expr.dtype);
  const extreme = chosenExtreme(s.expr);
  if (extreme) return op(`${shape(s, lane)}.${extreme}` as OpName, y!, x!);
  const mask = asMask(condition!, s, lane);
  if (!s.relaxed || lane === "bool") return op("v128.bitselect", x!, y!, mask);
  return op(isWide(lane) ? "i64x2.relaxed_laneselect" : "i32x4.relaxed_laneselect", x!, y!, mask);
}

/** Every primitive; operands of one lane, whole registers. */
export const spellings: Readonly<Record<Primitive, Spelling>> = {
  add: vector("add"),
  sub: vector("sub"),
  mul: vector("mul"),
  div: vector("div"),
  neg: vector("neg"),
  abs: (x, s) => isUnsigned(s.lane) ? x[0]! : vector("abs")(x, s),
  min: extreme("min"),
  max: extreme("max"),
  sqrt: vector("sqrt"),
  floor: vector("floor"),
  ceil: vector("ceil"),
  trunc: vector("trunc"),
  nearest: vector("nearest"),
  mulAdd: ([x, y, z], s) =>
    s.relaxed
      ? op(`${shape(s)}.relaxed_madd` as OpName, x!, y!, z!)
      : op(`${shape(s)}.add` as OpName, op(`${shape(s)}.mul` as OpName, x!, y!), z!),
  quot: division(false),
  rem: division(true),
  and: bitwise("v128.and"),
  or: bitwise("v128.or"),
  xor: bitwise("v128.xor"),
  not: bitwise("v128.not"),
  shl: shift(false),
  shr: shift(true),
  eq: (x, s) => asBool(vector("eq")(x, s), s),
  ne: (x, s) => asBool(vector("ne")(x, s), s),
  lt: less(true),
  le: less(false),
  select: choose,
  rare: choose,
  convert,
  bitcast: ([x]) => x!,
};

/** Whether an expression computes in 64 bits, so that a register holds two. */
export function needsTwoLanes(exprs: readonly Expr[]): boolean {
  return exprs.some((e) => isWide(laneOf(e.dtype)));
}
