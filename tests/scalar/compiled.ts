/**
 * @file Scalar expressions as JavaScript functions: the interpreter's meaning at a speed that allows
 * thousands of points, and with `mulAdd` rounded once or twice. `compiled_test.ts` holds it against the
 * interpreter.
 */

import { type Expr, inOrder, type ScalarValue } from "../../core/scalar/expr.ts";
import { type Lane, laneOf, type Primitive } from "../../core/scalar/primitive.ts";
import { fusedMulAdd32, fusedMulAdd64 } from "./fused.ts";

/** A compiled expression. */
export type Compiled = (...xs: ScalarValue[]) => ScalarValue;

const cell = new DataView(new ArrayBuffer(8));

const viewNames: Readonly<Record<Exclude<Lane, "bool">, string>> = {
  int32: "Int32",
  uint32: "Uint32",
  int64: "BigInt64",
  uint64: "BigUint64",
  float32: "Float32",
  float64: "Float64",
};

/** The text of a value brought back into its lane. */
function wrapped(text: string, lane: Lane): string {
  switch (lane) {
    case "float32":
      return `Math.fround(${text})`;
    case "int32":
      return `((${text}) | 0)`;
    case "uint32":
      return `((${text}) >>> 0)`;
    case "int64":
      return `BigInt.asIntN(64, ${text})`;
    case "uint64":
      return `BigInt.asUintN(64, ${text})`;
    default:
      return `(${text})`;
  }
}

type Spelling = (args: readonly string[], lane: Lane, out: Lane) => string;

function infix(operator: string): Spelling {
  return ([x, y], lane) => wrapped(`${x} ${operator} ${y}`, lane);
}

function call(name: string): Spelling {
  return ([x], lane) => wrapped(`${name}(${x})`, lane);
}

function comparison(operator: string): Spelling {
  return ([x, y]) => `(${x} ${operator} ${y})`;
}

function chosen(operator: string): Spelling {
  return ([x, y], lane) =>
    lane.startsWith("float")
      ? `Math.${operator === "<" ? "min" : "max"}(${x}, ${y})`
      : `(${x} ${operator} ${y} ? ${x} : ${y})`;
}

function shift(operator: string): Spelling {
  return ([x, count], lane) => {
    if (lane.endsWith("64")) return wrapped(`${x} ${operator} (${count} & 63n)`, lane);
    const logical = operator === ">>" && lane === "uint32" ? ">>>" : operator;
    return wrapped(`${x} ${logical} (${count} & 31)`, lane);
  };
}

const select: Spelling = ([condition, x, y]) => `(${condition} ? ${x} : ${y})`;

const spellings: Readonly<Record<Primitive, Spelling>> = {
  add: infix("+"),
  sub: infix("-"),
  mul: ([x, y], lane) =>
    lane.endsWith("int32") ? wrapped(`Math.imul(${x}, ${y})`, lane) : wrapped(`${x} * ${y}`, lane),
  div: infix("/"),
  neg: ([x], lane) => wrapped(`-${x}`, lane),
  abs: ([x], lane) =>
    lane.startsWith("float") ? `Math.abs(${x})` : wrapped(`${x} < 0 ? -${x} : ${x}`, lane),
  min: chosen("<"),
  max: chosen(">"),
  sqrt: call("Math.sqrt"),
  floor: call("Math.floor"),
  ceil: call("Math.ceil"),
  trunc: call("Math.trunc"),
  nearest: call("nearest"),
  mulAdd: ([x, y, z], lane) => `mulAdd${lane === "float32" ? 32 : 64}(${x}, ${y}, ${z})`,
  quot: ([x, y], lane) => wrapped(`divide(${x}, ${y})`, lane),
  rem: ([x, y], lane) => wrapped(`remainder(${x}, ${y})`, lane),
  and: ([x, y], lane) => lane === "bool" ? `(${x} && ${y})` : wrapped(`${x} & ${y}`, lane),
  or: ([x, y], lane) => lane === "bool" ? `(${x} || ${y})` : wrapped(`${x} | ${y}`, lane),
  xor: ([x, y], lane) => lane === "bool" ? `(${x} !== ${y})` : wrapped(`${x} ^ ${y}`, lane),
  not: ([x], lane) => lane === "bool" ? `!${x}` : wrapped(`~${x}`, lane),
  shl: shift("<<"),
  shr: shift(">>"),
  eq: comparison("==="),
  ne: comparison("!=="),
  lt: comparison("<"),
  le: comparison("<="),
  select,
  rare: select,
  convert: ([x], lane, out) => converted(x!, lane, out),
  bitcast: ([x], lane, out) =>
    `(cell.set${viewNames[lane as "int32"]}(0, ${x}), cell.get${viewNames[out as "int32"]}(0))`,
};

function converted(x: string, lane: Lane, out: Lane): string {
  if (out === "bool") return `(${x} != 0)`;
  const number = lane.endsWith("64") && !lane.startsWith("float") ? `Number(${x})` : `+${x}`;
  if (out.startsWith("float")) return wrapped(number, out);
  if (lane.startsWith("float")) return `saturate(${x}, "${out}")`;
  if (out.endsWith("64")) return wrapped(`BigInt(${x})`, out);
  return wrapped(`Number(BigInt.asIntN(32, BigInt(${x})))`, out);
}

const helpers = {
  cell,
  nearest: (x: number): number => {
    const magic = 2 ** 52;
    if (!(Math.abs(x) < magic)) return x;
    const size = Math.abs(x) + magic - magic;
    return x < 0 || Object.is(x, -0) ? -size : size;
  },
  divide: (x: number | bigint, y: number | bigint): number | bigint =>
    typeof x === "bigint"
      ? (y === 0n ? 0n : x / (y as bigint))
      : y === 0
      ? 0
      : Math.trunc(x / (y as number)),
  remainder: (x: number | bigint, y: number | bigint): number | bigint =>
    typeof x === "bigint" ? (y === 0n ? 0n : x % (y as bigint)) : y === 0 ? 0 : x % (y as number),
  saturate: (x: number, lane: Lane): number | bigint => {
    const [low, high] = lane === "int32"
      ? [-(2 ** 31), 2 ** 31 - 1]
      : lane === "uint32"
      ? [0, 2 ** 32 - 1]
      : [0, 0];
    if (lane === "int32" || lane === "uint32") {
      return Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high);
    }
    const limits = lane === "int64" ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n];
    if (Number.isNaN(x)) return 0n;
    if (x <= Number(limits[0])) return limits[0]!;
    return x >= Number(limits[1]) ? limits[1]! : BigInt(Math.trunc(x));
  },
};

/** The text of a constant. */
function literal(value: ScalarValue): string {
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/**
 * Compiles an expression.
 *
 * @param expr The expression, of dtypes that are not narrow.
 * @param fused Whether `mulAdd` rounds once.
 * @returns A function of the inputs in the form their lanes take.
 */
export function compiled(expr: Expr, fused: boolean): Compiled {
  const names = new Map<Expr, string>();
  const lines: string[] = [];
  let arity = 0;
  for (const e of inOrder([expr])) {
    if (e.kind === "const") names.set(e, literal(e.value));
    else if (e.kind === "input") {
      arity = Math.max(arity, e.index + 1);
      names.set(e, `x${e.index}`);
    } else {
      const lane = laneOf(e.args.at(-1)!.dtype);
      const text = spellings[e.primitive](e.args.map((a) => names.get(a)!), lane, laneOf(e.dtype));
      names.set(e, `t${lines.length}`);
      lines.push(`const t${lines.length} = ${text.replaceAll("--", "- -")};`);
    }
  }
  const inputs = Array.from({ length: arity }, (_, i) => `x${i}`).join();
  const body = `${lines.join("\n")}\nreturn ${names.get(expr)};`;
  const environment = { ...helpers, ...mulAdds(fused) };
  const make = new Function(...Object.keys(environment), `return (${inputs}) => {\n${body}\n};`);
  return make(...Object.values(environment)) as Compiled;
}

function mulAdds(
  fused: boolean,
): Record<"mulAdd32" | "mulAdd64", (x: number, y: number, z: number) => number> {
  if (fused) return { mulAdd32: fusedMulAdd32, mulAdd64: fusedMulAdd64 };
  return {
    mulAdd32: (x, y, z) => Math.fround(Math.fround(x * y) + z),
    mulAdd64: (x, y, z) => x * y + z,
  };
}
