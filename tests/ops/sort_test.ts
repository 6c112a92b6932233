import { assertEquals } from "@std/assert";
import { Complex } from "../../core/dtype/dtype.ts";
import { argsort, compareElements, sort, type SortKind } from "../../core/ops/sort.ts";
import { argtopk, topk, topkAndArgtopk, TopKOp } from "../../core/ops/topk.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import { checkGradient } from "./library_helpers.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

const grid = [[3, -1, 2, 0], [0.5, 7, -2, 4], [9, 8, -5, 6]];
const columnsOf = (rows: readonly (readonly number[])[]): number[][] =>
  rows[0]!.map((_, j) => rows.map((row) => row[j]!));
const ascending = (list: readonly number[]): number[] => list.toSorted((a, b) => a - b);
/** Positions by counting what is smaller, or equal and before: no sorting. */
const ranks = (list: readonly number[]): number[] => {
  const rank = list.map((e, i) => list.filter((f, j) => f < e || (f === e && j < i)).length);
  return list.map((_, place) => rank.indexOf(place));
};

Deno.test("sort() and argsort() work along each axis, and on the flattened tensor", () => {
  const bench = new Bench();
  const x = bench.input(grid);
  assertEquals(bench.lists(sort(x)), grid.map(ascending));
  assertEquals(bench.lists(sort(x, 0)), columnsOf(columnsOf(grid).map(ascending)));
  assertEquals(bench.lists(sort(x, { axis: null })), ascending(grid.flat()));
  assertEquals(bench.lists(argsort(x, 1)), grid.map(ranks));
  assertEquals(bench.lists(argsort(x, { axis: -2 })), columnsOf(columnsOf(grid).map(ranks)));
  assertEquals(bench.lists(argsort(x, null)), ranks(grid.flat()));
  assertEquals(argsort(x).dtype, "int64");
});

Deno.test("argsort() keeps the order of equal elements", () => {
  const bench = new Bench();
  const list = [2, 1, 2, 1, 0, 2];
  assertEquals(bench.lists(argsort(bench.input(list, "int8"))), ranks(list));
});

Deno.test("sort() puts NaN last and orders infinities and 64-bit integers exactly", () => {
  const bench = new Bench();
  assertEquals(
    bench.lists(sort(bench.input([NaN, 1, -Infinity, NaN, Infinity, -2]))),
    [-Infinity, -2, 1, Infinity, NaN, NaN],
  );
  assertEquals(compareElements(2n ** 62n + 1n, 2n ** 62n), 1);
});

Deno.test("compareElements() orders complex numbers by real part, then by imaginary part", () => {
  const [a, b, c, n] = [[1, 2], [1, 3], [2, 0], [NaN, 0]].map(([re, im]) => new Complex(re!, im));
  assertEquals([c!, n!, b!, a!].toSorted(compareElements), [a!, b!, c!, n!]);
});

Deno.test("sort() passes gradients back to where the elements came from", () => {
  const bench = new Bench();
  const x = bench.input(grid);
  checkGradient(bench, sort(x));
  checkGradient(bench, sort(x, 0));
});

Deno.test("SortOp and ArgSortOp print as in Theano", () => {
  const x = new TensorType("float64", [false, false]).makeVariable("x");
  assertEquals(String(sort(x).owner), "SortOp{quicksort, None}(x, TensorConstant{-1})");
  assertEquals(
    String(argsort(x, 0, "mergesort").owner),
    "ArgSortOp{mergesort, None}(x, TensorConstant{0})",
  );
  assertEquals(sort(new TensorType("float64", [true, false]).makeVariable()).broadcastable, [
    true,
    false,
  ]);
});

Deno.test("sort() refuses axes and algorithms that do not exist", () => {
  const x = new TensorType("float64", [false]).makeVariable("x");
  assertEquals(
    messageOf(() => sort(x, 1)),
    "ValueError: axis 1 is out of bounds for array of dimension 1",
  );
  assertEquals(
    messageOf(() => sort(x, 0, "bogosort" as SortKind)),
    "ValueError: sort kind must be one of 'quicksort', 'mergesort', 'heapsort', 'stable'",
  );
});

Deno.test("topk() takes the largest, or for a negative count the smallest, along an axis", () => {
  const bench = new Bench();
  const x = bench.input(grid);
  const options = { sorted: false } as const;
  const sortedRows = (rows: number[][]): number[][] => rows.map(ascending);
  for (const k of [1, 2, 4, -1, -3]) {
    const picked = (list: readonly number[]): number[] =>
      k > 0 ? ascending(list).slice(-k) : ascending(list).slice(0, -k);
    const values = topk(x, k, options);
    assertEquals(sortedRows(bench.lists(values) as number[][]), grid.map(picked), `k = ${k}`);
    assertEquals(bench.shape(values), [3, Math.abs(k)]);
    const where = bench.lists(argtopk(x, k, options)) as number[][];
    assertEquals(
      where.map((places, i) => ascending(places.map((j) => grid[i]![j]!))),
      grid.map(picked),
    );
  }
  const [values, places] = topkAndArgtopk(x, 2, { axis: 0, sorted: false, idxDtype: "int32" });
  const tops = bench.lists(values!) as number[][];
  assertEquals(columnsOf(tops).map(ascending), columnsOf(grid).map((c) => ascending(c).slice(-2)));
  assertEquals(
    (bench.lists(places!) as number[][]).map((line) => line.map((i, j) => grid[i]![j]!)),
    tops,
  );
  assertEquals(places!.dtype, "int32");
  assertEquals(ascending(bench.lists(topk(x, 2, null, false)) as number[]), [8, 9]);
});

Deno.test("topk() of a symbolic count infers its shape", () => {
  const bench = new Bench();
  const part = topk(bench.input(grid), bench.input(-2, "int64"), { axis: 0, sorted: false });
  assertEquals(bench.shape(part), [2, 4]);
  assertEquals(bench.run(part).shape, [2, 4]);
});

Deno.test("topk() passes gradients to the elements it chose", () => {
  const bench = new Bench();
  checkGradient(bench, topk(bench.input(grid), 2, { sorted: false }));
  checkGradient(bench, topk(bench.input(grid), -1, { axis: 0, sorted: false }));
});

Deno.test("topk() refuses what Theano refuses", () => {
  const x = new TensorType("float64", [false, false]).makeVariable("x");
  assertEquals(
    messageOf(() => topk(x, 1)),
    "NotImplementedError: The sorted parameter is not yet implemented. Use sorted=False for now.",
  );
  assertEquals(
    messageOf(() => topk(x, 1, 2, false)),
    'IndexError: "axis" parameter out of range, expected integer within [-2, 1]',
  );
  assertEquals(
    messageOf(() => topk(x, 0, 0, false)),
    "ValueError: topk: kth cannot be zero",
  );
  const bench = new Bench();
  assertEquals(
    messageOf(() => bench.run(topk(bench.input([1, 2]), 3, 0, false))),
    "ValueError: topk: kth cannot be larger than the size of specified axis 0",
  );
  assertEquals(new TopKOp({ sorted: false }).name, "TopKOp{axis=-1, sorted=False}");
});
