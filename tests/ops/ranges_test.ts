import { assertEquals } from "@std/assert";
import { config } from "../../core/config/config.ts";
import { arange, eye, identityLike, tri, tril, triu } from "../../core/ops/ranges.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import { check, fromIndex, opName, pattern } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

/** Python's `range`, by counting. */
function range(start: number, stop: number, step: number): number[] {
  const numbers: number[] = [];
  for (let x = start; step > 0 ? x < stop : x > stop; x += step) numbers.push(x);
  return numbers;
}

Deno.test("arange() counts as Python's range does, with constant and symbolic ends", () => {
  for (const start of [-3, 0, 4]) {
    for (const stop of [-5, 0, 4, 9]) {
      for (const step of [-3, -1, 1, 2, 5]) {
        const bench = new Bench();
        const expected = range(start, stop, step);
        check(bench, arange(start, stop, step), expected, "int64");
        const [a, b, c] = [start, stop, step].map((n) => bench.input(n, "int32"));
        check(bench, arange(a!, b!, c!), expected, "int64");
      }
    }
  }
});

Deno.test("arange() of one number counts from 0", () => {
  const bench = new Bench();
  check(bench, arange(3), [0, 1, 2]);
  check(bench, arange(bench.input(3, "int64")), [0, 1, 2]);
  check(bench, arange(bench.input(-3, "int64")), []);
  check(bench, arange(2, null), [0, 1]);
});

Deno.test("arange() of floats rounds the length up", () => {
  const bench = new Bench();
  check(bench, arange(0, 1, 0.25), [0, 0.25, 0.5, 0.75], "float32");
  check(bench, arange(0, 1.1, 0.5), [0, 0.5, 1], "float64");
  const end = bench.input(1.5, "float32");
  check(bench, arange(end), [0, 1], "float32");
});

Deno.test("arange() widens integers, keeps floats and takes a dtype", () => {
  const bench = new Bench();
  check(bench, arange(bench.input(2, "uint8"), bench.input(4, "uint8"), bench.input(1, "uint8")), [
    2,
    3,
  ], "uint64");
  check(bench, arange(0, 3, { dtype: "float32" }), [0, 1, 2], "float32");
  assertEquals(arange(constant(0.5), 3).dtype, "float32");
  assertEquals(opName(arange(4)), "ARange{dtype='int64'}");
  assertEquals(pattern(arange(1)), "F");
});

Deno.test("arange() refuses a step of 0 and what is no scalar", () => {
  const bench = new Bench();
  const zero = bench.input(0, "int64");
  assertEquals(
    messageOf(() => bench.run(arange(0, 3, zero))),
    "ValueError: Maximum allowed size exceeded",
  );
  assertEquals(
    messageOf(() => arange(tensor("int64", [false], "v"))),
    "TypeError: arange: wants scalars, not v (TensorType(int64, vector))",
  );
});

Deno.test("eye() has ones on one diagonal", () => {
  for (const [n, m, k] of [[3, 3, 0], [2, 4, 1], [3, 2, -1], [2, 2, 5]] as const) {
    const bench = new Bench();
    const expected = fromIndex([n, m], (i, j) => Number(j - i === k));
    check(bench, eye(n, m, k), expected, config.floatX);
    check(bench, eye(bench.input(n, "int64"), { m, k, dtype: "int8" }), expected, "int8");
  }
  assertEquals([opName(eye(2)), pattern(eye(1))], ["Eye{dtype='float64'}", "FF"]);
});

Deno.test("identityLike() takes shape and dtype of a matrix", () => {
  const bench = new Bench();
  check(bench, identityLike(bench.input([[5, 6, 7], [8, 9, 1]], "float32")), [
    [1, 0, 0],
    [0, 1, 0],
  ], "float32");
});

Deno.test("tri(), tril() and triu() divide along one diagonal", () => {
  const bench = new Bench();
  const values = fromIndex([3, 4], (i, j) => 10 * i + j + 1) as number[][];
  const x = bench.input(values);
  for (const k of [-2, -1, 0, 1, 3]) {
    check(bench, tri(3, 4, k), fromIndex([3, 4], (i, j) => Number(j <= i + k)), config.floatX);
    check(bench, tril(x, k), fromIndex([3, 4], (i, j) => j <= i + k ? values[i]![j]! : 0));
    check(bench, triu(x, { k }), fromIndex([3, 4], (i, j) => j >= i + k ? values[i]![j]! : 0));
  }
  check(bench, tri(2, { dtype: "bool" }), [[true, false], [true, true]] as never, "bool");
  assertEquals(pattern(tri(1)), "FF");
});
