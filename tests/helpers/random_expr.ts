/**
 * @file Random scalar expressions and random elements, special values often.
 */

import { type DType, dtypes, isComplex, isDiscrete, isFloat } from "../../core/dtype/dtype.ts";
import { Complex, type Element, toElement } from "../../core/dtype/dtype.ts";
import { type Builder, type Expr, inOrder, type ScalarValue } from "../../core/scalar/expr.ts";
import type { Random } from "./random.ts";

/** The dtypes a lane holds. */
export const laneDTypes: readonly DType[] = [
  "bool",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float16",
  "float32",
  "float64",
];

const specialFloats: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  Infinity,
  -Infinity,
  NaN,
  5e-324,
  1e-40,
  6e-8,
  1e300,
  -1e20,
  65504,
  2147483647,
  2147483648,
  -2147483649,
  4294967296,
  9223372036854775807,
  -255.5,
  300.5,
  1e10,
];

/** An element of a dtype: a special value, a small one, or any. */
export function randomElement(random: Random, dtype: DType): Element {
  if (isComplex(dtype)) return toElement(new Complex(random.below(9), random.below(9)), dtype);
  if (dtype === "bool") return random.chance(0.5);
  if (isFloat(dtype)) return toElement(randomNumber(random), dtype);
  const [low, high] = dtypes[dtype].limits!;
  if (random.chance(0.3)) return toElement(random.pick([low, high, low + 1n, 0n, 1n]), dtype);
  if (random.chance(0.5)) return toElement(random.below(41) - 20, dtype);
  const bits = BigInt(random.below(2 ** 32)) << 32n | BigInt(random.below(2 ** 32));
  return toElement(bits, dtype);
}

function randomNumber(random: Random): number {
  if (random.chance(0.25)) return random.pick(specialFloats);
  if (random.chance(0.4)) return random.below(41) / 2 - 10;
  return (random.next() - 0.5) * 10 ** (random.below(12) - 4);
}

/** What random expressions may be made of. */
export interface ExprChoice {
  /** The dtype of each numbered input. */
  readonly inputs: readonly DType[];
  /** Whether `mulAdd` may occur: its value depends on the machine. */
  readonly mulAdd: boolean;
}

/** A random expression of a dtype. */
export function randomExpr(
  random: Random,
  s: Builder,
  choice: ExprChoice,
  dtype: DType,
  depth: number,
): Expr {
  const below = (of: DType): Expr => randomExpr(random, s, choice, of, depth - 1);
  if (depth <= 0) return leaf(random, s, choice, dtype);
  if (random.chance(0.12)) return s.select(below("bool"), below(dtype), below(dtype));
  if (random.chance(0.08)) return s.rare(below("bool"), below(dtype), below(dtype));
  if (random.chance(0.15)) return s.convert(below(random.pick(laneDTypes)), dtype);
  if (dtype === "bool") return truth(random, s, below);
  if (random.chance(0.1)) {
    const cast = castBits(random, s, dtype, below);
    if (cast) return cast;
  }
  const x = below(dtype);
  return isDiscrete(dtype)
    ? integerCall(random, s, x, () => below(dtype))
    : floatCall(random, s, x, () => below(dtype), choice.mulAdd);
}

function leaf(random: Random, s: Builder, { inputs }: ExprChoice, dtype: DType): Expr {
  const fitting = [...inputs.keys()].filter((k) => inputs[k] === dtype);
  if (fitting.length > 0 && random.chance(0.75)) return s.input(random.pick(fitting), dtype);
  if (inputs.length > 0 && random.chance(0.6)) {
    const k = random.below(inputs.length);
    return s.convert(s.input(k, inputs[k]!), dtype);
  }
  return s.const(randomElement(random, dtype) as ScalarValue, dtype);
}

function truth(random: Random, s: Builder, below: (of: DType) => Expr): Expr {
  const of = random.pick(laneDTypes);
  const numbers = of === "bool" ? "float32" : of;
  switch (random.below(8)) {
    case 0:
      return s.and(below("bool"), below("bool"));
    case 1:
      return s.or(below("bool"), below("bool"));
    case 2:
      return s.xor(below("bool"), below("bool"));
    case 3:
      return s.not(below("bool"));
    case 4:
      return s.eq(below(of), below(of));
    case 5:
      return s.ne(below(of), below(of));
    case 6:
      return s.lt(below(numbers), below(numbers));
    default:
      return s.le(below(numbers), below(numbers));
  }
}

function integerCall(random: Random, s: Builder, x: Expr, other: () => Expr): Expr {
  const unary = ["neg", "abs", "not"] as const;
  if (random.chance(0.2)) return s.call(random.pick(unary), x);
  if (random.chance(0.15)) return s.call(random.pick(["shl", "shr"]), x, random.below(40));
  const binary = ["add", "sub", "mul", "min", "max", "quot", "rem", "and", "or", "xor"] as const;
  return s.call(random.pick([...binary, "shl", "shr"]), x, other());
}

function floatCall(
  random: Random,
  s: Builder,
  x: Expr,
  other: () => Expr,
  mulAdd: boolean,
): Expr {
  const unary = ["neg", "abs", "sqrt", "floor", "ceil", "trunc", "nearest"] as const;
  if (random.chance(0.35)) return s.call(random.pick(unary), x);
  if (mulAdd && random.chance(0.2)) return s.mulAdd(x, other(), other());
  return s.call(random.pick(["add", "sub", "mul", "div", "min", "max"]), x, other());
}

const sameWidth: Readonly<Partial<Record<DType, readonly DType[]>>> = {
  int32: ["uint32", "float32"],
  uint32: ["int32", "float32"],
  float32: ["int32", "uint32"],
  int64: ["uint64", "float64"],
  uint64: ["int64", "float64"],
  float64: ["int64", "uint64"],
};

/** The same bits; the bits of a NaN are the machine's, so none is taken. */
function castBits(
  random: Random,
  s: Builder,
  dtype: DType,
  below: (of: DType) => Expr,
): Expr | undefined {
  const from = sameWidth[dtype];
  if (!from) return undefined;
  const x = below(random.pick(from));
  return s.bitcast(isFloat(x.dtype) ? s.select(s.isNaN(x), 1.5, x) : x, dtype);
}

/** Whether the value of an expression is the same on every machine. */
export function isExact(roots: readonly Expr[]): boolean {
  return !inOrder(roots).some((e) => e.kind === "call" && e.primitive === "mulAdd");
}
