import { assertEquals } from "@std/assert";
import type { DType } from "../../core/dtype/dtype.ts";
import { Builder, type Expr, type ScalarValue } from "../../core/scalar/expr.ts";
import {
  floorDiv,
  floorMod,
  powInteger,
  roundHalfAwayFromZero,
} from "../../core/scalar/functions.ts";
import { interpret } from "../../core/scalar/interpret.ts";
import { Random } from "../helpers/random.ts";

type Binary = (s: Builder, x: Expr, y: Expr) => Expr;

/** One body on two values. */
function run(f: Binary, dtype: DType): (x: ScalarValue, y: ScalarValue) => ScalarValue {
  const s = new Builder();
  const expr = f(s, s.input(0, dtype), s.input(1, dtype));
  return (x, y) => interpret(expr, [x, y]);
}

/** Wraps an integer into a dtype. */
function wrap(x: bigint, dtype: DType): bigint {
  const bits = parseInt(dtype.replace(/\D+/, ""));
  return dtype.startsWith("u") ? BigInt.asUintN(bits, x) : BigInt.asIntN(bits, x);
}

function floorQuotient(x: bigint, y: bigint): bigint {
  if (y === 0n) return 0n;
  const q = x / y;
  return q * y !== x && (x < 0n) !== (y < 0n) ? q - 1n : q;
}

function power(x: bigint, y: bigint, dtype: DType): bigint {
  if (y < 0n) return x === 1n ? 1n : x === -1n ? (y % 2n === 0n ? 1n : -1n) : 0n;
  let [result, base] = [1n, x];
  for (let rest = y; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = wrap(result * base, dtype);
    base = wrap(base * base, dtype);
  }
  return result;
}

const wholes = [0n, 1n, -1n, 2n, -2n, 3n, 7n, -7n, 63n, 64n, 100n, 127n, -128n, 2n ** 31n - 1n]
  .concat([-(2n ** 31n), 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n]);

for (const dtype of ["int8", "uint8", "int16", "int32", "uint32", "int64", "uint64"] as const) {
  Deno.test(`integer functions of ${dtype} agree with whole-number arithmetic, for all pairs`, () => {
    const held = (x: bigint): ScalarValue => dtype.endsWith("64") ? x : Number(x);
    const [quotient, remainder, pow] = [floorDiv, floorMod, powInteger].map((f) => run(f, dtype));
    const values = [...new Set(wholes.map((x) => wrap(x, dtype)))];
    for (const x of values) {
      for (const y of values) {
        const q = floorQuotient(x, y);
        const got = [quotient!, remainder!, pow!].map((f) => BigInt(f(held(x), held(y))));
        const wanted = [q, y === 0n ? 0n : x - q * y, power(x, y, dtype)];
        assertEquals([x, y, ...got], [x, y, ...wanted.map((w) => wrap(w, dtype))]);
      }
    }
  });
}

/** Python's `x % y` of floats: JavaScript's remainder is exact. */
function pythonMod(x: number, y: number): number {
  if (Math.abs(y) === Infinity && Number.isFinite(x)) {
    return x === 0 ? (y < 0 ? -0 : 0) : (x < 0) === (y < 0) ? x : y;
  }
  const r = x % y;
  if (r === 0) return y < 0 ? -0 : 0;
  return (r < 0) !== (y < 0) ? r + y : r;
}

const floats = [0, -0, 1, -1, 2.5, -2.5, 1e-45, 1e38, -1e38, 1e-38, 3, -3, 0.1, -0.1, 1e10]
  .concat([Infinity, -Infinity, NaN, 5e-324, 1e-310, 1.7e308, 1.797e308, 3.4e38, 7]);

for (const dtype of ["float32", "float64"] as const) {
  Deno.test(`floorMod() of ${dtype} is Python's remainder, rounded once`, () => {
    const random = new Random(3);
    const rounded = (x: number): number => dtype === "float32" ? Math.fround(x) : x;
    const mod = run(floorMod, dtype);
    const limit = dtype === "float32" ? 2 ** 127.9 : 2 ** 318;
    const check = (x: number, y: number): void => {
      if (Math.abs(x / y) > limit && y !== 0 && Number.isFinite(x)) return;
      assertEquals([x, y, mod(x, y)], [x, y, rounded(pythonMod(x, y))]);
    };
    for (const x of floats.map(rounded)) for (const y of floats.map(rounded)) check(x, y);
    for (let i = 0; i < 400; i++) {
      const float = (): number => rounded((random.next() - 0.5) * 2 ** (random.below(160) - 80));
      check(float(), float());
      const y = rounded((random.next() - 0.5) * 10);
      check(rounded(y * random.below(1000)), y);
    }
  });
}

Deno.test("floorDiv() of floats is the floor of the rounded quotient", () => {
  const quotient = run(floorDiv, "float64");
  const cases = [[7, 2, 3], [-7, 2, -4], [7, -2, -4], [-7, -2, 3], [1, 0, Infinity], [6, 3, 2]];
  for (const [x, y, wanted] of cases) assertEquals(quotient(x!, y!), wanted!);
});

Deno.test("integer functions of bool divide by True only", () => {
  assertEquals(run(floorDiv, "bool")(true, true), true);
  assertEquals(run(floorDiv, "bool")(true, false), false);
  assertEquals(run(floorMod, "bool")(true, true), false);
});

Deno.test("roundHalfAwayFromZero() takes halves up in size and keeps the rest", () => {
  const s = new Builder();
  const expr = roundHalfAwayFromZero(s, s.input(0, "float64"));
  const rows = [[0.5, 1], [-0.5, -1], [2.5, 3], [-2.5, -3], [0.49999999999999994, 0], [-0.2, -0]]
    .concat([[-0, -0], [3.3, 3], [2 ** 52 + 1, 2 ** 52 + 1], [Infinity, Infinity], [NaN, NaN]]);
  for (const [x, wanted] of rows) assertEquals([x, interpret(expr, [x!])], [x, wanted]);
});

Deno.test("functions of float16 compute in float32 and round once", () => {
  const s = new Builder();
  const mod = interpret(floorMod(s, s.input(0, "float16"), s.input(1, "float16")), [5.5, -2]);
  assertEquals(mod, -0.5);
});
