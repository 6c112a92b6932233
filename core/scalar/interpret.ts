/**
 * @file The meaning of every primitive, in plain JavaScript: slow, obvious, the oracle of the backends.
 *
 * A lane's value is a boolean for bool, a bigint for 64-bit integers and a number otherwise; float32
 * values are always rounded.
 */

import { type DType, dtypes, isInteger, toElement } from "../dtype/dtype.ts";
import { type Expr, inOrder, type ScalarValue } from "./expr.ts";
import { isNarrow, type Lane, laneOf, type Primitive } from "./primitive.ts";

/** A primitive on values of one lane. The lane is that of the operands. */
type Meaning = (args: readonly ScalarValue[], lane: Lane, dtype: DType) => ScalarValue;

type Binary<T> = (x: T, y: T) => T;

/** Numbers and bigints by two spellings of one formula. */
function both(numbers: Binary<number>, bigs: Binary<bigint>): Meaning {
  return ([x, y], lane) =>
    wrap(typeof x === "bigint" ? bigs(x, y as bigint) : numbers(x as number, y as number), lane);
}

function float(f: (...xs: number[]) => number): Meaning {
  return (args, lane) => wrap(f(...args as number[]), lane);
}

function compare(f: (x: ScalarValue, y: ScalarValue) => boolean): Meaning {
  return ([x, y]) => f(x!, y!);
}

/** The value a lane keeps of a result. */
function wrap(x: ScalarValue, lane: Lane): ScalarValue {
  return toElement(x, lane) as ScalarValue;
}

/** Bits as bigint, whatever the lane: bool is one bit. */
function bits(f: Binary<bigint>): Meaning {
  return ([x, y], lane) => wrap(f(BigInt(x!), BigInt(y!)), lane);
}

function shift(f: (x: bigint, count: bigint) => bigint): Meaning {
  return ([x, count], lane) =>
    wrap(f(BigInt(x!), BigInt(count!) & BigInt(dtypes[lane].bytes * 8 - 1)), lane);
}

function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return Object.is(x, -0) ? x : signed(Math.round(x), x);
  return signed(below % 2 === 0 ? below : below + 1, x);
}

/** Keeps the sign of `x` on a zero. */
function signed(rounded: number, x: number): number {
  return rounded === 0 && x < 0 ? -0 : rounded;
}

function minimum(x: number, y: number): number {
  return Math.min(x, y);
}

function quotient(x: bigint, y: bigint): bigint {
  return y === 0n ? 0n : x / y;
}

function remainder(x: bigint, y: bigint): bigint {
  return y === 0n ? 0n : x % y;
}

/**
 * Converts. Integers wrap; floats saturate at the limits of 32 and 64 bits, and a narrower integer,
 * signed or not, is the low bits of an int32, as where C is compiled for today's processors.
 */
function convert(x: ScalarValue, from: Lane, dtype: DType): ScalarValue {
  const limits = limitsOf(from, dtype);
  if (!limits || typeof x !== "number") return toElement(x, dtype) as ScalarValue;
  if (Number.isNaN(x)) return toElement(0, dtype) as ScalarValue;
  const [low, high] = limits;
  const whole = x <= Number(low) ? low : x >= Number(high) ? high : BigInt(Math.trunc(x));
  return toElement(whole, dtype) as ScalarValue;
}

/** Where a conversion saturates: nowhere but from floats to integers. */
function limitsOf(from: Lane, dtype: DType): readonly [min: bigint, max: bigint] | undefined {
  if (!from.startsWith("float") || !isInteger(dtype)) return undefined;
  return dtypes[isNarrow(dtype) ? "int32" : laneOf(dtype)].limits;
}

function bitcast(x: ScalarValue, from: Lane, to: DType): ScalarValue {
  const cell = new DataView(new ArrayBuffer(8));
  writers[from](cell, x);
  return readers[laneOf(to)](cell);
}

const writers: Readonly<Record<Lane, (cell: DataView, x: ScalarValue) => void>> = {
  bool: (cell, x) => cell.setUint8(0, Number(x)),
  int32: (cell, x) => cell.setInt32(0, x as number),
  uint32: (cell, x) => cell.setUint32(0, x as number),
  int64: (cell, x) => cell.setBigInt64(0, x as bigint),
  uint64: (cell, x) => cell.setBigUint64(0, x as bigint),
  float32: (cell, x) => cell.setFloat32(0, x as number),
  float64: (cell, x) => cell.setFloat64(0, x as number),
};

const readers: Readonly<Record<Lane, (cell: DataView) => ScalarValue>> = {
  bool: (cell) => cell.getUint8(0) !== 0,
  int32: (cell) => cell.getInt32(0),
  uint32: (cell) => cell.getUint32(0),
  int64: (cell) => cell.getBigInt64(0),
  uint64: (cell) => cell.getBigUint64(0),
  float32: (cell) => cell.getFloat32(0),
  float64: (cell) => cell.getFloat64(0),
};

const meanings: Readonly<Record<Primitive, Meaning>> = {
  add: both((x, y) => x + y, (x, y) => x + y),
  sub: both((x, y) => x - y, (x, y) => x - y),
  mul: ([x, y], lane) =>
    lane.startsWith("float")
      ? wrap((x as number) * (y as number), lane)
      : wrap(BigInt(x!) * BigInt(y!), lane),
  div: float((x, y) => x! / y!),
  neg: ([x], lane) => wrap(typeof x === "bigint" ? -x : -(x as number), lane),
  abs: ([x], lane) => wrap(typeof x === "bigint" ? (x < 0n ? -x : x) : Math.abs(x as number), lane),
  min: both(minimum, (x, y) => x < y ? x : y),
  max: both((x, y) => Math.max(x, y), (x, y) => x > y ? x : y),
  sqrt: float((x) => Math.sqrt(x!)),
  floor: float((x) => Math.floor(x!)),
  ceil: float((x) => Math.ceil(x!)),
  trunc: float((x) => Math.trunc(x!)),
  nearest: float((x) => roundHalfToEven(x!)),
  mulAdd: ([x, y, z], lane) => {
    const product = wrap((x as number) * (y as number), lane) as number;
    return wrap(product + (z as number), lane);
  },
  quot: bits(quotient),
  rem: bits(remainder),
  and: bits((x, y) => x & y),
  or: bits((x, y) => x | y),
  xor: bits((x, y) => x ^ y),
  not: ([x], lane) => lane === "bool" ? !x : wrap(~BigInt(x!), lane),
  shl: shift((x, count) => x << count),
  shr: shift((x, count) => x >> count),
  eq: compare((x, y) => x === y),
  ne: compare((x, y) => x !== y),
  lt: compare((x, y) => x < y),
  le: compare((x, y) => x <= y),
  select: ([condition, x, y]) => condition ? x! : y!,
  rare: ([condition, x, y]) => condition ? x! : y!,
  convert: ([x], lane, dtype) => convert(x!, lane, dtype),
  bitcast: ([x], lane, dtype) => bitcast(x!, lane, dtype),
};

/**
 * The value of an expression.
 *
 * @param expr The expression.
 * @param inputs The value of each numbered input, in the form its dtype's lane takes.
 * @returns The value, in the form of the expression's dtype.
 */
export function interpret(expr: Expr, inputs: readonly ScalarValue[]): ScalarValue {
  return interpreter([expr])(inputs)[0]!;
}

/**
 * Expressions made ready to be evaluated many times.
 *
 * @param roots The expressions.
 * @returns A function from the value of each numbered input to the value of each expression.
 */
export function interpreter(
  roots: readonly Expr[],
): (inputs: readonly ScalarValue[]) => ScalarValue[] {
  const order = inOrder(roots);
  const values = new Map<Expr, ScalarValue>();
  return (inputs) => {
    for (const e of order) values.set(e, step(e, values, inputs));
    return roots.map((e) => values.get(e)!);
  };
}

function step(
  e: Expr,
  values: ReadonlyMap<Expr, ScalarValue>,
  inputs: readonly ScalarValue[],
): ScalarValue {
  if (e.kind === "input") return inputs[e.index]!;
  if (e.kind === "const") return e.value;
  const lane = laneOf(e.args.at(-1)!.dtype);
  return meanings[e.primitive](e.args.map((a) => values.get(a)!), lane, e.dtype);
}
