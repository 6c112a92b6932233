/**
 * @file Python's numbers, and arithmetic among them: what a formula computes before there is a
 *   graph.
 *
 * An int is a bigint, a bool a boolean, and a float a {@linkcode Float}, because JavaScript cannot
 * tell `1.` from `1`.
 *
 * Source: the Python language reference, section 6, "Expressions".
 */

import type { BinaryOperator, UnaryOperator } from "./syntax.ts";

/** Python's float. */
export class Float {
  /**
   * Makes a float.
   *
   * @param value Its value.
   */
  constructor(readonly value: number) {}
}

/** Python's int, bool or float. */
export type Numeric = bigint | boolean | Float;

/** Whether a value is one of Python's real numbers. */
export function isNumeric(value: unknown): value is Numeric {
  return typeof value === "bigint" || typeof value === "boolean" || value instanceof Float;
}

/** Why numbers cannot be combined, in Python's words. */
export class NumericFault {
  /**
   * Makes a fault.
   *
   * @param why Python's message.
   * @param kind The class of error it is to the user.
   */
  constructor(readonly why: string, readonly kind: "TypeError" | "ValueError") {}
}

/** Bits of the largest power that is computed: more is a slip, and would take for ever. */
const largestPowerBits = 65536;

/**
 * Combines two numbers as Python does.
 *
 * @param operator The operator.
 * @param left Left operand.
 * @param right Right operand.
 * @returns The number, or why there is none.
 */
export function combine(
  operator: BinaryOperator,
  left: Numeric,
  right: Numeric,
): Numeric | NumericFault {
  const comparison = comparisons[operator];
  if (comparison !== undefined) return comparison(plain(left), plain(right));
  if (typeof left === "boolean" && typeof right === "boolean") {
    if (operator === "&") return left && right;
    if (operator === "|") return left || right;
    if (operator === "^") return left !== right;
  }
  const result = left instanceof Float || right instanceof Float
    ? floats[operator]?.(Number(plain(left)), Number(plain(right)))
    : integers[operator]?.(BigInt(left), BigInt(right));
  if (result === undefined) {
    return new NumericFault(unsupported(operator, left, right), "TypeError");
  }
  return typeof result === "number" ? new Float(result) : result;
}

/**
 * Applies a sign or `~` to a number as Python does.
 *
 * @param operator The operator.
 * @param operand The number.
 */
export function applySign(operator: UnaryOperator, operand: Numeric): Numeric | NumericFault {
  if (operand instanceof Float) {
    if (operator === "~") {
      return new NumericFault("bad operand type for unary ~: 'float'", "TypeError");
    }
    return operator === "-" ? new Float(-operand.value) : operand;
  }
  const whole = BigInt(operand);
  return operator === "-" ? -whole : operator === "~" ? ~whole : whole;
}

function plain(value: Numeric): number | bigint {
  return value instanceof Float ? value.value : BigInt(value);
}

function unsupported(operator: BinaryOperator, left: Numeric, right: Numeric): string {
  return `unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${
    typeName(right)
  }'`;
}

function typeName(value: Numeric): string {
  return value instanceof Float ? "float" : typeof value === "boolean" ? "bool" : "int";
}

type Comparison = (a: number | bigint, b: number | bigint) => boolean;

const comparisons: Readonly<Partial<Record<BinaryOperator, Comparison>>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  // Loose equality compares a bigint with a number by value.
  "==": (a, b) => a <= b && a >= b,
  "!=": (a, b) => !(a <= b && a >= b),
};

const divisionByZero = new NumericFault("division by zero", "ValueError");

type Fold<T> = (a: T, b: T) => bigint | number | NumericFault;

const integers: Readonly<Partial<Record<BinaryOperator, Fold<bigint>>>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => b === 0n ? divisionByZero : Number(a) / Number(b),
  "//": (a, b) => b === 0n ? divisionByZero : (a - floorRest(a, b)) / b,
  "%": (a, b) => b === 0n ? divisionByZero : floorRest(a, b),
  "**": integerPower,
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
};

/** The rest of a division that rounds down: it has the sign of the divisor. */
function floorRest(a: bigint, b: bigint): bigint {
  const rest = a % b;
  return rest !== 0n && (rest < 0n) !== (b < 0n) ? rest + b : rest;
}

function integerPower(a: bigint, b: bigint): bigint | number | NumericFault {
  if (b < 0n) {
    return a === 0n
      ? new NumericFault("0.0 cannot be raised to a negative power", "ValueError")
      : Number(a) ** Number(b);
  }
  if (a > 1n || a < -1n) {
    const bits = BigInt(a.toString(2).length) * b;
    if (bits > largestPowerBits) {
      return new NumericFault("the power is too large", "ValueError");
    }
  }
  return a ** b;
}

const floats: Readonly<Partial<Record<BinaryOperator, Fold<number>>>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => b === 0 ? divisionByZero : a / b,
  "//": (a, b) => b === 0 ? divisionByZero : floorQuotient(a, b),
  "%": (a, b) => b === 0 ? divisionByZero : floorRestOfFloats(a, b),
  "**": floatPower,
};

function floorRestOfFloats(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0) return b < 0 ? -0 : 0;
  return (rest < 0) !== (b < 0) ? rest + b : rest;
}

/** The quotient is made of the exact rest, since `a / b` may round up to a whole number. */
function floorQuotient(a: number, b: number): number {
  const quotient = (a - floorRestOfFloats(a, b)) / b;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function floatPower(a: number, b: number): number | NumericFault {
  if (a === 0 && b < 0) {
    return new NumericFault("0.0 cannot be raised to a negative power", "ValueError");
  }
  if (a < 0 && Number.isFinite(a) && Number.isFinite(b) && !Number.isInteger(b)) {
    return new NumericFault("the power of a negative number is not real", "ValueError");
  }
  // Python says that 1 to any power is 1, NaN and infinities included.
  return a === 1 || (a === -1 && !Number.isFinite(b) && !Number.isNaN(b)) ? 1 : a ** b;
}
