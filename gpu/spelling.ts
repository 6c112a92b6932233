/**
 * @file Every scalar primitive in WGSL, on lanes of bool, int32, uint32, int64 and float32.
 *
 * A float16 is a float32 that float16 has: it is widened where it is loaded, and rounded by the
 * conversion that ends each operation.
 *
 * Comparisons, extremes, signs and choices look at the bits, so they hold for every value; sums,
 * products, quotients and roots are the machine's, which may take subnormal numbers for zero. See
 * `README.md`.
 */

import type { DType } from "../core/dtype/dtype.ts";
import { shortestExponential } from "../core/dtype/number_text.ts";
import { internal } from "../core/errors.ts";
import type { CallExpr, ConstExpr, Expr } from "../core/scalar/expr.ts";
import { inOrder } from "../core/scalar/expr.ts";
import { type Lane, laneOf, type Primitive } from "../core/scalar/primitive.ts";
import type { Helper } from "./helpers.ts";
import { callText } from "./text.ts";

/** A dtype that lanes of devices have. */
export type DeviceLane = "bool" | "int32" | "uint32" | "int64" | "float16" | "float32";

/**
 * What WGSL calls a lane, and an element of it in a buffer: a bool is stored as 0 or 1, an int64 is
 * two words, the lower one first. Not every device has arrays of `f16`, see `DeviceLimits`.
 */
export const laneTypes: Readonly<Record<DeviceLane, { value: string; stored: string }>> = {
  bool: { value: "bool", stored: "u32" },
  int32: { value: "i32", stored: "i32" },
  uint32: { value: "u32", stored: "u32" },
  int64: { value: "vec2<u32>", stored: "vec2<u32>" },
  float16: { value: "f32", stored: "f16" },
  float32: { value: "f32", stored: "f32" },
};

/** Whether devices hold elements of a dtype. */
export function isDeviceDType(dtype: DType): dtype is DeviceLane {
  return Object.hasOwn(laneTypes, dtype);
}

/** Whether all that some expressions compute has a form on devices. */
export function hasDeviceForm(exprs: readonly Expr[]): boolean {
  return inOrder(exprs).every((e) => isDeviceDType(e.dtype) && (e.kind !== "call" || hasForm(e)));
}

/** Whether a primitive has a form on the lane of its operands, which devices have. */
function hasForm({ primitive, dtype, args }: CallExpr): boolean {
  const [from, to] = [laneOf(args.at(-1)!.dtype), laneOf(dtype)];
  if (primitive === "convert") return from === to || `${from} ${to}` in conversions;
  return from !== "int64" || primitive in wideSpellings;
}

/** A primitive applied to operands. */
export function spelled(x: readonly string[], s: Spelled): string {
  const { primitive } = s.expr;
  const isWide = s.lane === "int64" && primitive !== "convert";
  return (isWide ? wideSpellings[primitive]! : spellings[primitive])(x, s);
}

/** What a spelling may know beside its operands. */
export interface Spelled {
  /** The lane of the operands. */
  readonly lane: Lane;
  /** The expression. */
  readonly expr: CallExpr;
  /** Calls a function, which the shader then contains. */
  readonly call: (helper: Helper, ...args: readonly string[]) => string;
}

type Spelling = (x: readonly string[], s: Spelled) => string;

const isFloat = (lane: Lane): boolean => lane === "float32";

function infix(operator: string): Spelling {
  return ([x, y]) => `(${x} ${operator} ${y})`;
}

/** A rounding to whole numbers. */
function rounding(name: string): Spelling {
  return ([x], s) => s.call("whole", x!, callText(name, [x!]));
}

function extreme(name: "min" | "max"): Spelling {
  return ([x, y], s) => isFloat(s.lane) ? s.call(`${name}Float`, x!, y!) : callText(name, [x!, y!]);
}

function division(name: "quot" | "rem"): Spelling {
  return ([x, y], s) => s.call(s.lane === "int32" ? `${name}Int` : `${name}Uint`, x!, y!);
}

/** Counts are taken modulo 32. */
function shift(operator: "<<" | ">>"): Spelling {
  return ([x, count], s) => {
    const by = s.expr.args[1]!;
    const bits = by.kind === "const"
      ? `${Number(by.value) & 31}u`
      : `(${callText("u32", [count!])} & 31u)`;
    return `(${x} ${operator} ${bits})`;
  };
}

/** Bits of integers, or the same of bools. */
function bitwise(operator: string, ofBool = operator): Spelling {
  return (x, s) => infix(s.lane === "bool" ? ofBool : operator)(x, s);
}

function comparison(operator: "<" | "<=", helper: Helper): Spelling {
  return (x, s) => isFloat(s.lane) ? s.call(helper, ...x) : infix(operator)(x, s);
}

/** Equality of a float with itself says that it is a number. */
function equality(isEqual: boolean): Spelling {
  return (x, s) => {
    if (!isFloat(s.lane)) return infix(isEqual ? "==" : "!=")(x, s);
    if (s.expr.args[0] !== s.expr.args[1]) return not(s.call("eqFloat", ...x), isEqual);
    return not(s.call("isNan", x[0]!), !isEqual);
  };
}

function not(truth: string, isKept: boolean): string {
  return isKept ? truth : `!${truth}`;
}

/** A difference; of a number with itself too, which is NaN where the number is not finite. */
const difference: Spelling = ([x, y], s) => {
  const isSame = isFloat(s.lane) && s.expr.args[0] === s.expr.args[1];
  return `(${x} - ${isSame ? s.call("held", y!) : y})`;
};

const choose: Spelling = ([condition, x, y]) => callText("select", [y!, x!, condition!]);

/** Each pair of lanes that are not the same and have a form. */
const conversions: Readonly<Record<string, (x: string, s: Spelled) => string>> = {
  "bool int32": (x) => callText("select", ["0i", "1i", x]),
  "bool uint32": (x) => callText("select", ["0u", "1u", x]),
  "bool float32": (x) => callText("select", ["0.0f", "1.0f", x]),
  "int32 bool": (x) => `(${x} != 0)`,
  "uint32 bool": (x) => `(${x} != 0u)`,
  "float32 bool": (x, s) => `(${s.call("sizeOf", x)} != 0u)`,
  "int32 uint32": (x) => callText("bitcast<u32>", [x]),
  "uint32 int32": (x) => callText("bitcast<i32>", [x]),
  "int32 float32": (x) => callText("f32", [x]),
  "uint32 float32": (x) => callText("f32", [x]),
  "float32 int32": (x, s) => s.call("intOfFloat", x),
  "float32 uint32": (x, s) => s.call("uintOfFloat", x),
  "bool int64": (x) => `vec2<u32>(${callText("select", ["0u", "1u", x])}, 0u)`,
  "int32 int64": (x) => `bitcast<vec2<u32>>(vec2<i32>(${x}, ${x} >> 31u))`,
  "uint32 int64": (x) => `vec2<u32>(${x}, 0u)`,
  "int64 bool": (x) => `any(${x} != vec2<u32>(0u, 0u))`,
  "int64 int32": (x) => `bitcast<i32>(${x}.x)`,
  "int64 uint32": (x) => `${x}.x`,
};

/** The bits of a float with a change of its sign. */
function signBits(operator: "^" | "&", mask: string): (x: string) => string {
  return (x) => `bitcast<f32>(${callText("bitcast<u32>", [x])} ${operator} ${mask})`;
}

const negated = signBits("^", "0x80000000u");
const absolute = signBits("&", "0x7fffffffu");

/** Every primitive; operands of one lane. */
export const spellings: Readonly<Record<Primitive, Spelling>> = {
  add: infix("+"),
  sub: difference,
  mul: infix("*"),
  div: (x, s) => s.call("divFloat", ...x),
  neg: ([x], s) =>
    isFloat(s.lane) ? negated(x!) : s.lane === "uint32" ? `(0u - ${x})` : `(0 - ${x})`,
  abs: ([x], s) =>
    isFloat(s.lane) ? absolute(x!) : s.lane === "uint32" ? x! : callText("abs", [x!]),
  min: extreme("min"),
  max: extreme("max"),
  sqrt: ([x], s) => s.call("sqrtFloat", x!),
  floor: rounding("floor"),
  ceil: rounding("ceil"),
  trunc: rounding("trunc"),
  nearest: rounding("round"),
  mulAdd: (x) => callText("fma", x),
  quot: division("quot"),
  rem: division("rem"),
  and: bitwise("&"),
  or: bitwise("|"),
  xor: bitwise("^", "!="),
  not: ([x], s) => s.lane === "bool" ? `!${x}` : `~${x}`,
  shl: shift("<<"),
  shr: shift(">>"),
  eq: equality(true),
  ne: equality(false),
  lt: comparison("<", "ltFloat"),
  le: comparison("<=", "leFloat"),
  select: choose,
  rare: choose,
  convert: ([x], s) => {
    const value = conversions[`${s.lane} ${laneOf(s.expr.dtype)}`]?.(x!, s) ?? x!;
    return s.expr.dtype === "float16" ? s.call("halfOf", value) : value;
  },
  bitcast: ([x], s) =>
    s.lane === s.expr.dtype
      ? x!
      : callText(`bitcast<${laneTypes[s.expr.dtype as DeviceLane].value}>`, [x!]),
};

/** What 64-bit integers can do. */
const wideSpellings: Readonly<Partial<Record<Primitive, Spelling>>> = {
  add: (x, s) => s.call("addWide", ...x),
  sub: (x, s) => s.call("subWide", ...x),
  mul: (x, s) => s.call("mulWide", ...x),
  neg: ([x], s) => s.call("subWide", "vec2<u32>(0u, 0u)", x!),
  min: ([x, y], s) => callText("select", [y!, x!, s.call("ltWide", x!, y!)]),
  max: ([x, y], s) => callText("select", [y!, x!, s.call("ltWide", y!, x!)]),
  and: infix("&"),
  or: infix("|"),
  xor: infix("^"),
  not: ([x]) => `~${x}`,
  eq: ([x, y]) => `all(${x} == ${y})`,
  ne: ([x, y]) => `any(${x} != ${y})`,
  lt: (x, s) => s.call("ltWide", ...x),
  le: ([x, y], s) => `!${s.call("ltWide", y!, x!)}`,
  select: choose,
  rare: choose,
};

/** The smallest normal float32. */
const smallestNormal = 2 ** -126;

/**
 * A constant. A float that a compiler could wrongly reason with (zero, subnormal, not finite) is given
 * by its bits.
 */
export function constantText({ dtype, value }: ConstExpr, call: Spelled["call"]): string {
  switch (dtype) {
    case "bool":
      return String(value);
    case "int32":
      return value === -(2 ** 31) ? "bitcast<i32>(0x80000000u)" : `${value}i`;
    case "uint32":
      return `${value}u`;
    case "int64": {
      const bits = BigInt.asUintN(64, value as bigint);
      return `vec2<u32>(${bits & 0xffffffffn}u, ${bits >> 32n}u)`;
    }
    case "float16":
    case "float32":
      return floatText(value as number, call);
    default:
      return internal("spell a constant", `devices have no ${dtype}`, "a shader");
  }
}

function floatText(value: number, call: Spelled["call"]): string {
  const size = Math.abs(value);
  if (size >= smallestNormal && size < Infinity) {
    const plain = Math.abs(Math.log10(size)) < 7;
    const text = shortestExponential(value, "float32");
    const digits = plain ? String(Number(text)) : text.replace("e+", "e");
    return `${/[.e]/.test(digits) ? digits : `${digits}.0`}f`;
  }
  const cell = new DataView(new ArrayBuffer(4));
  cell.setFloat32(0, value);
  const bits = Number.isNaN(value) ? 0x7fc00000 : cell.getUint32(0);
  return call("floatOf", `0x${bits.toString(16).padStart(8, "0")}u`);
}
