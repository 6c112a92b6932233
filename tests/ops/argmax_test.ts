import { assertEquals } from "@std/assert";
import type { DType } from "../../core/dtype/dtype.ts";
import { argmax, argmin, maxAndArgmax } from "../../core/ops/argmax.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import { check, opName } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

const values = [[3, 9, 9], [7, 1, 1]];

Deno.test("argmax() and argmin() give the first place, along each choice of axes", () => {
  const bench = new Bench();
  const x = bench.input(values);
  check(bench, argmax(x), 1, "int64");
  check(bench, argmax(x, { axis: 0 }), [1, 0, 0], "int64");
  check(bench, argmax(x, { axis: -1, keepdims: true }), [[1], [0]], "int64");
  check(bench, argmin(x), 4, "int64");
  check(bench, argmin(x, 1), [0, 1], "int64");
  check(bench, argmin(x, { axis: [0, 1], keepdims: true }), [[4]], "int64");
});

Deno.test("argmax() over two of three axes numbers the group in C order", () => {
  const bench = new Bench();
  const x = bench.input([[[0, 5], [1, 2]], [[3, 4], [9, 7]]]);
  check(bench, argmax(x, { axis: [0, 2] }), [1, 2]);
  check(bench, argmax(x, { axis: [2, 0] }), [1, 2]);
});

Deno.test("argmax() takes the first NaN for the largest", () => {
  const bench = new Bench();
  check(bench, argmax(bench.input([1, NaN, 9, NaN])), 1);
  check(bench, argmin(bench.input([1, NaN, 0])), 1);
});

Deno.test("argmin() holds at the ends of each integer dtype", () => {
  const ends: readonly (readonly [DType, number[], number])[] = [
    ["int8", [127, -128, 0], 1],
    ["uint8", [255, 3, 0], 2],
    ["int32", [0, -2147483648, 2147483647], 1],
    ["uint32", [4294967295, 0], 1],
    ["bool", [1, 0, 1], 1],
  ];
  for (const [dtype, list, where] of ends) {
    const bench = new Bench();
    check(bench, argmin(bench.input(list, dtype)), where);
  }
});

Deno.test("maxAndArgmax() gives both, named and printed as in Theano", () => {
  const bench = new Bench();
  const x = bench.input(values, "float32");
  const [largest, where] = maxAndArgmax(x, { axis: 0 });
  check(bench, largest, [7, 9, 9], "float32");
  check(bench, where, [1, 0, 0], "int64");
  assertEquals([largest.name, where.name], ["max", "argmax"]);
  assertEquals(opName(where), "MaxAndArgmax{axis=(0,)}");
  assertEquals(opName(maxAndArgmax(x)[0]), "MaxAndArgmax{axis=(0, 1)}");
  assertEquals(opName(argmax(x, { axis: 0 })), "Argmax{axis=(0,)}");
  const [kept, at] = maxAndArgmax(x, { axis: 1, keepdims: true });
  check(bench, kept, [[9], [7]]);
  check(bench, at, [[1], [0]]);
});

Deno.test("argmax() refuses missing axes, complex numbers and empty groups", () => {
  const x = tensor("float64", [false], "x");
  assertEquals(
    messageOf(() => argmax(x, { axis: 3 })),
    "ValueError: Computation needs a valid axis number for 1-D tensor. Got 3",
  );
  assertEquals(
    messageOf(() => argmax(tensor("complex64", [false], "z"))),
    "TypeError: Cannot apply Argmax{axis=(0,)} to z (TensorType(complex64, vector)): complex " +
      "numbers have no order",
  );
  const bench = new Bench();
  assertEquals(
    messageOf(() => bench.run(argmax(bench.input([])))),
    "ValueError: attempt to get argmax of an empty sequence",
  );
});
