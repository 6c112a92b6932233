import { assert, assertEquals } from "@std/assert";
import { Builder, type Expr } from "../../core/scalar/expr.ts";
import * as functions from "../../core/scalar/functions.ts";
import { interpret } from "../../core/scalar/interpret.ts";
import { Random } from "../helpers/random.ts";
import { ulpError } from "../helpers/ulp.ts";
import { compiled } from "./compiled.ts";
import { fusedMulAdd32, fusedMulAdd64 } from "./fused.ts";

/** A finite float of any size. */
function anyFloat(random: Random, dtype: "float32" | "float64"): number {
  const [low, high] = dtype === "float32" ? [-149, 127] : [-1074, 1023];
  const x = (1 + random.next()) * 2 ** (low + random.below(high - low));
  const signed = random.chance(0.5) ? x : -x;
  return dtype === "float32" ? Math.fround(signed) : signed;
}

Deno.test("compiled() gives what interpret() gives, for each function", () => {
  const random = new Random(11);
  const names = Object.keys(functions).filter((name) =>
    !/^(floorDiv|floorMod|powInteger)$/.test(name)
  );
  for (const name of names) {
    for (const dtype of ["float32", "float64"] as const) {
      const s = new Builder();
      const arity = ["pow", "arctan2"].includes(name) ? 2 : 1;
      const inputs = Array.from({ length: arity }, (_, i) => s.input(i, dtype));
      const f = functions[name as "exp"] as (s: Builder, ...xs: Expr[]) => Expr;
      const expr = f(s, ...inputs);
      const fast = compiled(expr, false);
      for (let i = 0; i < 12; i++) {
        const args = inputs.map(() =>
          i % 3 === 0 ? anyFloat(random, dtype) : Math.fround(random.next() * 20 - 8)
        );
        assertEquals([name, args, fast(...args)], [name, args, interpret(expr, args)]);
      }
    }
  }
});

/** `x·y + z` exactly, as an integer and a power of two. */
function exactMulAdd(x: number, y: number, z: number): readonly [bigint, number] {
  const scale = (v: number): bigint => BigInt(v * 2 ** 30) << 0n;
  return [scale(x) * scale(y) + (scale(z) << 30n), -60];
}

Deno.test("fusedMulAdd64() rounds the exact value once", () => {
  const random = new Random(5);
  for (let i = 0; i < 2000; i++) {
    const whole = (bits: number): number => Math.floor((random.next() - 0.5) * 2 ** bits);
    const [x, y] = [whole(53) + 1, whole(40) + 0.5];
    const z = i % 3 === 0 ? -(x * y) : i % 3 === 1 ? whole(52) : x * 2 ** 10;
    const [integer, exponent] = exactMulAdd(x, y, z);
    const wanted = Number(integer) * 2 ** exponent;
    assertEquals(fusedMulAdd64(x, y, z), wanted === 0 ? 0 : wanted);
  }
});

Deno.test("fusedMulAdd64() holds at the ends of the range", () => {
  assertEquals(fusedMulAdd64(2 ** -600, 2 ** -600, 1), 1);
  assertEquals(fusedMulAdd64(2 ** 600, 2 ** 600, -Infinity), -Infinity);
  assertEquals(fusedMulAdd64(2 ** 1000, 2 ** 100, -(2 ** 1023)), Infinity);
  assertEquals(fusedMulAdd64(2 ** 1023, 2, -(2 ** 1023)), 2 ** 1023);
  assertEquals(fusedMulAdd64(2 ** -537, 2 ** -537, 2 ** -1074), 2 ** -1073);
  assertEquals(fusedMulAdd64(3 * 2 ** -538, 2 ** -537, 0), 2 ** -1073);
  assertEquals(fusedMulAdd64(1 + 2 ** -52, 2 ** -1074, 0), 2 ** -1074);
  assert(Number.isNaN(fusedMulAdd64(Infinity, 0, 1)));
});

Deno.test("fusedMulAdd32() rounds the exact value once", () => {
  const random = new Random(6);
  let differs = 0;
  for (let i = 0; i < 5000; i++) {
    const float = (): number => Math.fround((random.next() - 0.5) * 2 ** (random.below(20) - 10));
    const [x, y] = [float(), float()];
    const z = i % 2 === 0 ? Math.fround(-x * y) : float();
    const once = fusedMulAdd32(x, y, z);
    const double = fusedMulAdd64(x, y, z);
    assert(ulpError(once, double, "float32") <= 0.5);
    if (once !== Math.fround(Math.fround(x * y) + z)) differs++;
  }
  assert(differs > 100, "one rounding should differ from two");
});
