import { assertEquals } from "@std/assert";
import { flatten, isFlat, ravel, reshape } from "../../core/ops/reshape.ts";
import { get } from "../../core/ops/indexing.ts";
import { shape } from "../../core/ops/shape.ts";
import { sub } from "../../core/ops/arithmetic.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import { check, flat, fromIndex, opName, pattern } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

const values = fromIndex([2, 3, 4], (i, j, k) => 100 * i + 10 * j + k);
const list = flat(values);

Deno.test("reshape() keeps the elements in C order", () => {
  const bench = new Bench();
  const x = bench.input(values);
  check(bench, reshape(x, [24]), list);
  check(bench, reshape(x, [4, 6]), fromIndex([4, 6], (i, j) => list[6 * i + j]!));
  check(bench, reshape(x, [3, -1]), fromIndex([3, 8], (i, j) => list[8 * i + j]!));
  check(bench, reshape(x, -1), list);
  check(bench, reshape(bench.input(5), [1, 1]), [[5]]);
  check(bench, reshape(bench.input([5]), []), 5);
  check(bench, reshape(bench.input([[], []]), [0, 3]), []);
});

Deno.test("reshape() takes symbolic sizes, one of which may turn out to be -1", () => {
  const bench = new Bench();
  const x = bench.input(values);
  const n = bench.input(4, "int64");
  const minus = sub(bench.input(3, "int64"), n);
  const rows = fromIndex([4, 6], (i, j) => list[6 * i + j]!);
  check(bench, reshape(x, [n, -1]), rows);
  check(bench, reshape(x, [n, minus]), rows);
  check(bench, reshape(x, [minus, 6]), rows);
  check(bench, reshape(x, shape(bench.input(rows))), rows);
  check(bench, reshape(x, bench.input([4, 6], "int64"), { ndim: 2 }), rows);
  check(bench, reshape(x, [get(shape(x), 0), -1]), fromIndex([2, 12], (i, j) => list[12 * i + j]!));
});

Deno.test("reshape() knows the sizes that are 1", () => {
  const x = tensor("float64", [false, false]);
  const row = tensor("float64", [true, false]);
  assertEquals(pattern(reshape(x, [1, 4])), "TF");
  assertEquals(pattern(reshape(x, [-1, 1])), "FT");
  assertEquals(pattern(reshape(x, [get(shape(x), 0), 1])), "FT");
  assertEquals(pattern(reshape(x, shape(row))), "TF");
  assertEquals(opName(reshape(x, [2, 2])), "Reshape{2}");
});

Deno.test("reshape() refuses shapes that do not fit when it runs", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2, 3], [4, 5, 6]]);
  const refused: readonly (readonly [number[], string])[] = [
    [[4, 2], "[4 2]"],
    [[4, -1], "[4 -1]"],
    [[-1, -1], "[-1 -1]"],
    [[0, -1], "[0 -1]"],
  ];
  for (const [wanted, text] of refused) {
    assertEquals(
      messageOf(() => bench.run(reshape(x, wanted))),
      `ValueError: Cannot reshape input of shape (2, 3) to shape ${text}`,
    );
  }
  const vector = bench.input([6], "int64");
  assertEquals(
    messageOf(() => bench.run(reshape(x, vector, 2))),
    "ValueError: shape argument to Reshape.perform has incorrect length 1, should be 2",
  );
});

Deno.test("reshape() refuses shapes that are no integer vectors, or of unknown length", () => {
  const x = tensor("float64", [false], "x");
  const v = tensor("int64", [false], "v");
  assertEquals(
    messageOf(() => reshape(x, v)),
    "ValueError: The length of the provided shape (v) cannot be automatically determined, so " +
      "Theano is not able to know what the number of dimensions of the reshaped variable will be. " +
      "You can provide the 'ndim' keyword argument to 'reshape' to avoid this problem.",
  );
  assertEquals(
    messageOf(() => reshape(x, tensor("int64", [false, false], "m"))),
    "TypeError: New shape in reshape must be a vector or a list/tuple of scalar. Got m after " +
      "conversion to a vector.",
  );
  assertEquals(
    messageOf(() => reshape(x, constant([1.5], { name: "c" }))),
    "TypeError: Shape must be integers: c (TensorType(float64, (True,)))",
  );
});

Deno.test("flatten() merges the last axes", () => {
  const bench = new Bench();
  const x = bench.input(values);
  check(bench, flatten(x), list);
  check(bench, flatten(x, 2), fromIndex([2, 12], (i, j) => list[12 * i + j]!));
  check(bench, flatten(x, { ndim: 3 }), values);
  check(bench, flatten(bench.input(7)), [7]);
  check(bench, ravel(x), list);
  assertEquals(pattern(flatten(tensor("float64", [true, false]), 2)), "TF");
  assertEquals(pattern(flatten(tensor("float64", [true, true]))), "T");
  const bad = tensor("float64", [false, false]);
  assertEquals(messageOf(() => flatten(bad, 3)), "ValueError: ndim 3 out of bound [1, 3)");
  assertEquals(messageOf(() => flatten(bad, 0)), "ValueError: ndim 0 out of bound [1, 3)");
});

Deno.test("isFlat() compares the number of axes", () => {
  const x = tensor("float64", [false, false]);
  assertEquals([isFlat(x), isFlat(x, 2), isFlat(flatten(x))], [false, true, true]);
});
