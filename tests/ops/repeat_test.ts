import { assertEquals } from "@std/assert";
import { array } from "../../core/array/build.ts";
import { repeat, roll, tile } from "../../core/ops/repeat.ts";
import { shape } from "../../core/ops/shape.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import { check, flat, fromIndex, pattern } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

const values = fromIndex([2, 3], (i, j) => 10 * i + j) as number[][];

/** The remainder that is never negative. */
function wrapped(k: number, n: number): number {
  return ((k % n) + n) % n;
}

Deno.test("roll() moves elements around the end, however far and in either direction", () => {
  for (const shift of [-7, -3, -1, 0, 1, 2, 3, 8]) {
    const bench = new Bench();
    const x = bench.input(values);
    const expected = fromIndex([2, 3], (i, j) => values[i]![wrapped(j - shift, 3)]!);
    check(bench, roll(x, shift, { axis: 1 }), expected);
    check(bench, roll(x, bench.input(shift, "int64"), -1), expected);
    const list = flat(values);
    check(bench, roll(x, shift), fromIndex([2, 3], (i, j) => list[wrapped(3 * i + j - shift, 6)]!));
  }
  assertEquals(pattern(roll(tensor("float64", [true, false]), 1, 0)), "FF");
  const bench = new Bench();
  check(bench, roll(bench.input([]), 2), []);
});

Deno.test("tile() lays copies along each axis, the shorter shape filled up with ones", () => {
  const bench = new Bench();
  const x = bench.input(values);
  const wide = fromIndex([2, 6], (i, j) => values[i]![j % 3]!);
  check(bench, tile(x, 2), wide);
  check(bench, tile(x, [1, 2]), wide);
  check(bench, tile(x, [2, 1]), [...values, ...values]);
  check(bench, tile(x, [2, 1, 1]), [values, values]);
  check(bench, tile(x, [bench.input(1, "int64"), 2]), wide);
  check(bench, tile(x, [1, 2], { ndim: 3 }), [wide]);
  check(bench, tile(x, array([1, 2])), wide);
  check(bench, tile(x, 0), [[], []]);
  assertEquals(pattern(tile(tensor("float64", [true, false]), [1, 2])), "TF");
});

Deno.test("tile() takes a vector of unknown length if told the number of axes", () => {
  const bench = new Bench();
  const x = bench.input([1, 2]);
  check(bench, tile(x, bench.input([3], "int64"), 2), [[1, 2, 1, 2, 1, 2]]);
  check(bench, tile(x, bench.input([2, 1], "int64"), { ndim: 2 }), [[1, 2], [1, 2]]);
  check(bench, tile(x, shape(bench.input([[0], [0]]))), [[1, 2], [1, 2]]);
  assertEquals(
    messageOf(() => bench.run(tile(x, bench.input([1, 1, 1], "int64"), { ndim: 2 }))),
    "AssertionError: reps must not be longer than ndim",
  );
});

Deno.test("tile() refuses repetitions that are no integers, too many, or of unknown number", () => {
  const x = tensor("float64", [false, false]);
  const refused: readonly (readonly [() => unknown, string])[] = [
    [() => tile(x, [1, 1], { ndim: 1 }), "ndim should be equal or larger than x.ndim"],
    [() => tile(x, [1, 1, 1], { ndim: 2 }), "len(reps) should be equal or less than ndim"],
    [() => tile(x, [1.5]), "elements of reps must be scalars of integer dtype"],
    [() => tile(x, 0.5), "elements of reps must be integer dtype"],
    [() => tile(x, array([[1]])), "the dimension of reps should not exceed 1"],
    [
      () => tile(x, tensor("int64", [false])),
      "if reps is tensor.vector, you should specify the ndim",
    ],
  ];
  for (const [run, text] of refused) assertEquals(messageOf(run), `ValueError: ${text}`);
});

Deno.test("repeat() repeats every element the same number of times", () => {
  const bench = new Bench();
  const x = bench.input(values);
  check(bench, repeat(x, 2), flat(values).flatMap((v) => [v, v]));
  check(bench, repeat(x, 2, { axis: 0 }), values.flatMap((row) => [row, row]));
  check(bench, repeat(x, bench.input(2, "int64"), -1), values.map((r) => r.flatMap((v) => [v, v])));
  check(bench, repeat(x, 0, 1), [[], []]);
  check(bench, repeat(x, [3], { axis: 0 }), values.flatMap((row) => [row, row, row]));
  assertEquals(pattern(repeat(tensor("float64", [true, false]), 1, { axis: 0 })), "TF");
});

Deno.test("repeat() repeats each element its own number of times, none included", () => {
  const lists = [[1, 0, 2], [0, 0, 3], [0, 0, 0], [2, 1, 0], [0, 4, 0]];
  for (const counts of lists) {
    const bench = new Bench();
    const x = bench.input(values);
    const expected = values.map((row) =>
      row.flatMap((v, j) => new Array<number>(counts[j]!).fill(v))
    );
    check(bench, repeat(x, counts, { axis: 1 }), expected);
    check(bench, repeat(x, bench.input(counts, "int32"), 1), expected);
  }
  const bench = new Bench();
  const x = bench.input([7, 8]);
  check(bench, repeat(x, [2, 1]), [7, 7, 8]);
});

Deno.test("repeat() refuses counts that do not fit", () => {
  const bench = new Bench();
  const x = bench.input([1, 2, 3]);
  const text = "AssertionError: repeats must be as many as elements, none of them negative";
  assertEquals(messageOf(() => bench.run(repeat(x, [1, 2]))), text);
  assertEquals(messageOf(() => bench.run(repeat(x, [1, -1, 2]))), text);
  assertEquals(
    messageOf(() => repeat(x, [[1]])),
    "ValueError: The dimension of repeats should not exceed 1.",
  );
  assertEquals(
    messageOf(() => repeat(x, 2, { axis: 1 })),
    "ValueError: Axis should not exceed x.ndim-1.",
  );
  assertEquals(
    messageOf(() => repeat(x, tensor("float64", [], "r"))),
    "TypeError: repeats must be integers, not r (TensorType(float64, scalar))",
  );
});
