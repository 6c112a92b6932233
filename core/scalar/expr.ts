/**
 * @file Scalar expressions: what one lane computes, as a shared, immutable graph.
 *
 * Invariants:
 * - A {@linkcode Builder} makes each distinct expression once, so equal subexpressions are the same
 *   object, and an expression's `id` is larger than those of its arguments.
 * - Operands of a primitive have one dtype (conditions and shift counts aside); the builder checks it
 *   where the expression is made, so a backend never has to.
 * - Results of narrow dtypes (see {@linkcode isNarrow}) are wrapped or rounded by the builder after
 *   each operation; a backend sees the primitive on the lane and then a `convert`.
 * - Nothing here knows arrays: the inputs are numbered, a kernel says where they come from.
 */

import { type DType, isFloat, toElement } from "../dtype/dtype.ts";
import { internal } from "../errors.ts";
import { isLaneOf, isNarrow, laneOf, type Primitive, primitives } from "./primitive.ts";

/** A constant of the scalar language: a bigint for 64-bit integers, a boolean for bool. */
export type ScalarValue = number | bigint | boolean;

/** The value of one numbered input. */
export interface InputExpr {
  /** An input. */
  readonly kind: "input";
  /** Its number in its builder. */
  readonly id: number;
  /** The dtype of the value. */
  readonly dtype: DType;
  /** Which input. */
  readonly index: number;
}

/** A constant. */
export interface ConstExpr {
  /** A constant. */
  readonly kind: "const";
  /** Its number in its builder. */
  readonly id: number;
  /** The dtype of the value. */
  readonly dtype: DType;
  /** The value, as the dtype holds it. */
  readonly value: ScalarValue;
}

/** A primitive applied to arguments. */
export interface CallExpr {
  /** A primitive applied. */
  readonly kind: "call";
  /** Its number in its builder, larger than those of its arguments. */
  readonly id: number;
  /** The dtype of the result. */
  readonly dtype: DType;
  /** What is applied. */
  readonly primitive: Primitive;
  /** What it is applied to. */
  readonly args: readonly Expr[];
}

/** A scalar expression. */
export type Expr = InputExpr | ConstExpr | CallExpr;

/** What a builder's methods take: an expression, or a number that becomes a constant beside one. */
export type Operand = Expr | ScalarValue;

/** Whether an operand is an expression already. */
export function isExpr(x: Operand): x is Expr {
  return typeof x === "object";
}

/** Makes expressions, each distinct one once. */
export class Builder {
  readonly #made = new Map<string, Expr>();

  /** The numbered input. */
  input(index: number, dtype: DType): Expr {
    return this.#intern(`i${index}:${dtype}`, (id) => ({ kind: "input", id, dtype, index }));
  }

  /** A constant of a dtype; numbers are converted to what the dtype's lane holds. */
  const(value: ScalarValue, dtype: DType): Expr {
    const held = constantOf(value, dtype);
    const text = Object.is(held, -0) ? "-0" : String(held);
    return this.#intern(`c${text}:${dtype}`, (id) => ({ kind: "const", id, dtype, value: held }));
  }

  /** The sum. */
  add(x: Operand, y: Operand): Expr {
    return this.call("add", x, y);
  }
  /** The difference `x − y`. */
  sub(x: Operand, y: Operand): Expr {
    return this.call("sub", x, y);
  }
  /** The product. */
  mul(x: Operand, y: Operand): Expr {
    return this.call("mul", x, y);
  }
  /** Quotient of floats. Integers use {@linkcode quot}. */
  div(x: Operand, y: Operand): Expr {
    return this.call("div", x, y);
  }
  /** The negation. */
  neg(x: Expr): Expr {
    return this.call("neg", x);
  }
  /** The absolute value. */
  abs(x: Expr): Expr {
    return this.call("abs", x);
  }
  /** The smaller operand; NaN where either is. */
  min(x: Operand, y: Operand): Expr {
    return this.call("min", x, y);
  }
  /** The larger operand; NaN where either is. */
  max(x: Operand, y: Operand): Expr {
    return this.call("max", x, y);
  }
  /** The correctly rounded square root. */
  sqrt(x: Expr): Expr {
    return this.call("sqrt", x);
  }
  /** The nearest integer below. */
  floor(x: Expr): Expr {
    return this.call("floor", x);
  }
  /** The nearest integer above. */
  ceil(x: Expr): Expr {
    return this.call("ceil", x);
  }
  /** The nearest integer towards zero. */
  trunc(x: Expr): Expr {
    return this.call("trunc", x);
  }
  /** The nearest integer, halves to even. */
  nearest(x: Expr): Expr {
    return this.call("nearest", x);
  }
  /** `x·y + z`, rounded once or twice. */
  mulAdd(x: Operand, y: Operand, z: Operand): Expr {
    return this.call("mulAdd", x, y, z);
  }
  /** Truncated quotient of integers. */
  quot(x: Operand, y: Operand): Expr {
    return this.call("quot", x, y);
  }
  /** Remainder of {@linkcode quot}. */
  rem(x: Operand, y: Operand): Expr {
    return this.call("rem", x, y);
  }
  /** Both, bit by bit. */
  and(x: Operand, y: Operand): Expr {
    return this.call("and", x, y);
  }
  /** Either, bit by bit. */
  or(x: Operand, y: Operand): Expr {
    return this.call("or", x, y);
  }
  /** Exactly one, bit by bit. */
  xor(x: Operand, y: Operand): Expr {
    return this.call("xor", x, y);
  }
  /** The complement, bit by bit. */
  not(x: Expr): Expr {
    return this.call("not", x);
  }
  /** The bits moved up by a count. */
  shl(x: Expr, count: Operand): Expr {
    return this.call("shl", x, count);
  }
  /** The bits moved down by a count, the sign kept for signed integers. */
  shr(x: Expr, count: Operand): Expr {
    return this.call("shr", x, count);
  }
  /** Whether the operands are equal: a bool. */
  eq(x: Operand, y: Operand): Expr {
    return this.call("eq", x, y);
  }
  /** Whether they differ; true where either is NaN. */
  ne(x: Operand, y: Operand): Expr {
    return this.call("ne", x, y);
  }
  /** Whether `x < y`. */
  lt(x: Operand, y: Operand): Expr {
    return this.call("lt", x, y);
  }
  /** Whether `x ≤ y`. */
  le(x: Operand, y: Operand): Expr {
    return this.call("le", x, y);
  }
  /** Whether `x > y`. */
  gt(x: Operand, y: Operand): Expr {
    return this.call("lt", y, x);
  }
  /** Whether `x ≥ y`. */
  ge(x: Operand, y: Operand): Expr {
    return this.call("le", y, x);
  }
  /** `x` where the bool is true, else `y`; both are computed. */
  select(condition: Expr, x: Operand, y: Operand): Expr {
    return this.call("select", condition, x, y);
  }
  /** {@linkcode select} where the condition is almost never true and `x` is expensive. */
  rare(condition: Expr, x: Operand, y: Operand): Expr {
    return this.call("rare", condition, x, y);
  }
  /** Whether `x` is not a number. */
  isNaN(x: Expr): Expr {
    return this.ne(x, x);
  }

  /** The value in another dtype. */
  convert(x: Expr, dtype: DType): Expr {
    if (x.dtype === dtype) return x;
    if (x.kind === "const" && isKept(x.value, dtype)) return this.const(x.value, dtype);
    return this.#make("convert", dtype, [x]);
  }

  /** The same bits in another dtype of the same width. */
  bitcast(x: Expr, dtype: DType): Expr {
    return this.#make("bitcast", dtype, [x]);
  }

  /** A polynomial by Horner's rule, coefficients from the highest power down. */
  polynomial(x: Expr, coefficients: readonly number[]): Expr {
    const [first, ...rest] = coefficients;
    return rest.reduce<Expr>((sum, c) => this.mulAdd(sum, x, c), this.const(first!, x.dtype));
  }

  /** Any primitive but `convert` and `bitcast`, whose result dtype must be stated. */
  call(primitive: Primitive, ...operands: readonly Operand[]): Expr {
    const { result } = primitives[primitive];
    const args = this.#lift(primitive, operands);
    const last = args.at(-1)!;
    const dtype = result === "bool" ? "bool" : result === "branches" ? last.dtype : args[0]!.dtype;
    checkOperands(primitive, args);
    if (!isNarrow(dtype) || result === "branches") return this.#make(primitive, dtype, args);
    const lane = laneOf(dtype);
    const wide = args.map((a) => this.#make("convert", lane, [a]));
    return this.#make("convert", dtype, [this.#make(primitive, lane, wide)]);
  }

  /** Rebuilds an expression of any builder here, its inputs replaced. */
  substitute(expr: Expr, inputs: (input: InputExpr) => Expr): Expr {
    const done = new Map<Expr, Expr>();
    for (const e of inOrder([expr])) done.set(e, this.#copy(e, done, inputs));
    return done.get(expr)!;
  }

  #copy(e: Expr, done: ReadonlyMap<Expr, Expr>, inputs: (input: InputExpr) => Expr): Expr {
    if (e.kind === "input") return inputs(e);
    if (e.kind === "const") return this.const(e.value, e.dtype);
    return this.#make(e.primitive, e.dtype, e.args.map((a) => done.get(a)!));
  }

  #lift(primitive: Primitive, operands: readonly Operand[]): Expr[] {
    const { result } = primitives[primitive];
    const first = operands.find((x, i): x is Expr => isExpr(x) && (result !== "branches" || i > 0));
    if (first === undefined) {
      return internal(`build ${primitive}`, "no operand says the dtype", "a scalar body");
    }
    return operands.map((x) => isExpr(x) ? x : this.const(x, first.dtype));
  }

  #make(primitive: Primitive, dtype: DType, args: readonly Expr[]): Expr {
    const key = `${primitive}:${dtype}(${args.map((a) => a.id).join()})`;
    return this.#intern(key, (id) => ({ kind: "call", id, dtype, primitive, args }));
  }

  #intern(key: string, make: (id: number) => Expr): Expr {
    const known = this.#made.get(key);
    if (known) return known;
    const made = make(this.#made.size);
    this.#made.set(key, made);
    return made;
  }
}

/** Whether a constant is the same number in another dtype, so that its conversion needs no code. */
function isKept(value: ScalarValue, dtype: DType): boolean {
  const number = Number(value);
  if (isNarrow(dtype)) return false;
  if (isFloat(dtype)) return typeof value !== "bigint" || Number.isSafeInteger(number);
  return Number.isInteger(number) && number < 2 ** 31 &&
    number >= (dtype[0] === "i" ? -(2 ** 31) : 0);
}

function constantOf(value: ScalarValue, dtype: DType): ScalarValue {
  const lane = laneOf(dtype);
  if (lane === "bool") return Boolean(value);
  if (lane === "int64" || lane === "uint64") {
    const whole = typeof value === "bigint" ? value : BigInt(Math.trunc(Number(value)));
    return lane === "int64" ? BigInt.asIntN(64, whole) : BigInt.asUintN(64, whole);
  }
  if (lane === "int32") return Number(value) | 0;
  if (lane === "uint32") return Number(value) >>> 0;
  return isFloat(dtype) ? toElement(value, dtype) as number : Number(value);
}

function checkOperands(primitive: Primitive, args: readonly Expr[]): void {
  const { arity, on, result } = primitives[primitive];
  const operands = result === "branches" ? args.slice(1) : args;
  const dtype = operands[0]!.dtype;
  const wrong = args.length !== arity
    ? `it takes ${arity} operands, not ${args.length}`
    : operands.some((a) => a.dtype !== dtype)
    ? `its operands are ${operands.map((a) => a.dtype).join(" and ")}`
    : !isLaneOf(laneOf(dtype), on)
    ? `it is not defined on ${dtype}`
    : result === "branches" && args[0]!.dtype !== "bool"
    ? `its condition is ${args[0]!.dtype}`
    : undefined;
  if (wrong) internal(`build ${primitive}`, wrong, "a scalar body");
}

/** Every expression below the roots once, arguments before what uses them. */
export function inOrder(roots: readonly Expr[]): Expr[] {
  return ordered(roots, (e) => e.args, new Set());
}

/**
 * What is computed whether or not a rare branch is taken: everything below the roots, in order, but
 * what is known already and what only a rare branch needs.
 */
export function commonOrder(roots: readonly Expr[], known: Known): Expr[] {
  return ordered(roots, commonArgs, known);
}

/** A rare branch's own part is computed inside it; the rest of its inputs must be there before. */
export function commonArgs(e: CallExpr): readonly Expr[] {
  return e.primitive === "rare" ? [e.args[0]!, e.args[2]!] : e.args;
}

/** Tells which expressions have a value already: a map or a set of them. */
type Known = Pick<ReadonlySet<Expr>, "has">;

function ordered(
  roots: readonly Expr[],
  argsOf: (e: CallExpr) => readonly Expr[],
  known: Known,
): Expr[] {
  const order: Expr[] = [];
  const seen = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e) || known.has(e)) return;
    seen.add(e);
    if (e.kind === "call") argsOf(e).forEach(visit);
    order.push(e);
  };
  roots.forEach(visit);
  return order;
}

/** One line of text, fully parenthesised: for printing kernels and for keys. */
export function exprText(e: Expr): string {
  if (e.kind === "input") return `x${e.index}`;
  if (e.kind === "const") return `${Object.is(e.value, -0) ? "-0" : e.value}:${e.dtype}`;
  const name = primitives[e.primitive].result === "stated"
    ? `${e.primitive}<${e.dtype}>`
    : e.primitive;
  return `${name}(${e.args.map(exprText).join(", ")})`;
}
