import { assertAlmostEquals, assertEquals } from "@std/assert";
import { choose } from "../../core/ops/choose.ts";
import {
  bartlett,
  bincount,
  compress,
  cpuContiguous,
  diff,
  toOneHot,
} from "../../core/ops/extra.ts";
import { ravelMultiIndex, unravelIndex } from "../../core/ops/flat_index.ts";
import { get } from "../../core/ops/indexing.ts";
import { inversePermutation, permuteRowElements } from "../../core/ops/permute.ts";
import { Unique } from "../../core/ops/unique.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { checkGradient } from "./library_helpers.ts";
import { Bench, counting, messageOf } from "./subtensor_helpers.ts";

const grid = [[1, 4, 9, 16], [2, 3, 5, 7], [0, -1, 8, 2]];

Deno.test("diff() takes differences of neighbours, several times over", () => {
  const bench = new Bench();
  const x = bench.input(grid);
  const once = (list: number[]): number[] => list.slice(1).map((e, i) => e - list[i]!);
  assertEquals(bench.lists(diff(x)), grid.map(once));
  assertEquals(bench.lists(diff(x, 2)), grid.map(once).map(once));
  assertEquals(
    bench.lists(diff(x, { axis: 0 })),
    grid.slice(1).map((row, i) => row.map((e, j) => e - grid[i]![j]!)),
  );
  assertEquals(bench.lists(diff(x, 0)), grid);
  assertEquals(bench.run(diff(bench.input([1, 1, 0], "bool"))).toArray(), [false, true]);
  assertEquals(
    messageOf(() => diff(x, -1)),
    "ValueError: Cannot take differences of order -1: it must be an integer, 0 or more",
  );
});

Deno.test("bincount() counts integers, or adds up weights", () => {
  const bench = new Bench();
  const list = [1, 4, 1, 0, 1];
  const x = bench.input(list, "int32");
  const weights = [0.5, 1, 2, 4, 8];
  const counts = [0, 1, 2, 3, 4].map((n) => list.filter((e) => e === n).length);
  assertEquals(bench.lists(bincount(x)), counts);
  assertEquals(bincount(x).dtype, "int32");
  assertEquals(bench.lists(bincount(x, { minlength: 7 })), [...counts, 0, 0]);
  assertEquals(bench.lists(bincount(x, { minlength: 2, assertNonneg: true })), counts);
  const sums = bincount(x, bench.input(weights, "float32"));
  assertEquals(bench.lists(sums), [4, 10.5, 0, 0, 1]);
  assertEquals(sums.dtype, "float32");
});

Deno.test("bincount() refuses matrices, fractions and, if asked, negative integers", () => {
  const bench = new Bench();
  assertEquals(
    messageOf(() => bincount(bench.input(grid))),
    "TypeError: Inputs must be of dimension 1.",
  );
  assertEquals(
    messageOf(() => bincount(bench.input([0.5]))),
    "TypeError: Inputs to bincount must be integers, not TensorType(float64, vector)",
  );
  const checked = bincount(bench.input([0, -1], "int64"), { assertNonneg: true });
  assertEquals(
    messageOf(() => bench.run(checked)),
    "AssertionError: Input to bincount has negative values!",
  );
});

Deno.test("compress() keeps the slices where the condition holds", () => {
  const bench = new Bench();
  const x = bench.input(grid);
  assertEquals(bench.lists(compress([0, 1, 1], x, 0)), grid.slice(1));
  assertEquals(
    bench.lists(compress([1, 0, 0, 1], x, { axis: 1 })),
    grid.map((r) => [r[0]!, r[3]!]),
  );
  assertEquals(bench.lists(compress([0, 0, 1, 0, 1], x)), [9, 2]);
});

Deno.test("bartlett() is a triangle with its ends at 0", () => {
  const bench = new Bench();
  for (const m of [0, 1, 2, 3, 4, 7]) {
    const window = bench.run(bartlett(bench.input(m, "int8"))).toArray<number[]>();
    assertEquals(window.length, m);
    const half = (m - 1) / 2;
    window.forEach((e, i) =>
      assertAlmostEquals(e, m === 1 ? 1 : 1 - Math.abs(i - half) / half, 1e-15)
    );
  }
  assertEquals(bartlett(3).dtype, "float64");
  assertEquals(messageOf(() => bartlett(0.5)), "TypeError: Bartlett only works on integer input");
  assertEquals(messageOf(() => bartlett([1])), "TypeError: Bartlett only works on scalar input");
});

Deno.test("toOneHot() marks one place a row", () => {
  const bench = new Bench();
  const y = bench.input([2, 0, 1], "uint8");
  assertEquals(bench.lists(toOneHot(y, 4)), [[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0]]);
  assertEquals(toOneHot(y, 4).dtype, "float64");
  assertEquals(toOneHot(y, 4, "int32").dtype, "int32");
});

Deno.test("Unique gives distinct elements, where they are and how many", () => {
  const bench = new Bench();
  const list = [3, 1, 3, 2, 1, 3];
  const op = new Unique({ returnIndex: true, returnInverse: true, returnCounts: true });
  const [values, index, inverse, counts] = op.call(bench.input(list)) as TensorVariable[];
  const distinct = [...new Set(list)].toSorted();
  assertEquals(bench.lists(values!), distinct);
  assertEquals(bench.lists(index!), distinct.map((e) => list.indexOf(e)));
  assertEquals(bench.lists(inverse!), list.map((e) => distinct.indexOf(e)));
  assertEquals(bench.lists(counts!), distinct.map((e) => list.filter((f) => f === e).length));
  assertEquals(bench.shape(inverse!), [6]);
  assertEquals(bench.shape(values!), null);
  assertEquals(
    op.name,
    "Unique{return_index=True, return_inverse=True, return_counts=True, axis=None}",
  );
});

Deno.test("Unique compares slices along an axis", () => {
  const bench = new Bench();
  const rows = [[1, 2, 1], [0, 5, 0], [1, 2, 1]];
  const x = bench.input(rows);
  assertEquals(bench.lists(new Unique({ axis: 0 }).call(x) as TensorVariable), [[0, 5, 0], [
    1,
    2,
    1,
  ]]);
  const [columns, counts] = new Unique(false, false, true, 1).call(x) as TensorVariable[];
  assertEquals(bench.lists(columns!), [[1, 2], [0, 5], [1, 2]]);
  assertEquals(bench.lists(counts!), [2, 1]);
});

Deno.test("unravelIndex() and ravelMultiIndex() are inverse to each other", () => {
  const bench = new Bench();
  const positions = [[0, 23], [7, 13]];
  const axes = unravelIndex(bench.input(positions, "int32"), [2, 3, 4]);
  const parts = axes.map((axis) => bench.lists(axis) as number[][]);
  parts[0]!.forEach((line, i) =>
    line.forEach((_, j) => {
      const [a, b, c] = parts.map((part) => part[i]![j]!);
      assertEquals((counting([2, 3, 4]) as number[][][])[a!]![b!]![c!], positions[i]![j]);
    })
  );
  assertEquals(bench.lists(ravelMultiIndex(axes, [2, 3, 4])), positions);
  assertEquals(bench.shape(axes[1]!), [2, 2]);
  const dims = bench.input([2, 3, 4], "int64");
  assertEquals(bench.lists(unravelIndex(13, dims, { ndim: 3 })[1]!), 0);
});

Deno.test("ravelMultiIndex() minds the order and the mode", () => {
  const bench = new Bench();
  const [i, j] = [[-1, 2, 4], [1, -2, 0]].map((list) => bench.input(list, "int64"));
  assertEquals(bench.lists(ravelMultiIndex([i!, j!], [3, 4], "wrap")), [9, 10, 4]);
  assertEquals(bench.lists(ravelMultiIndex([i!, j!], [3, 4], { mode: "clip" })), [1, 8, 8]);
  assertEquals(bench.lists(ravelMultiIndex([1, 2], [3, 4], { order: "F" })), 1 + 2 * 3);
});

Deno.test("unravelIndex() and ravelMultiIndex() refuse what is out of bounds or unknown", () => {
  const bench = new Bench();
  assertEquals(
    messageOf(() => bench.run(unravelIndex([12], [3, 4])[0]!)),
    "ValueError: index 12 is out of bounds for array with size 12",
  );
  assertEquals(
    messageOf(() => bench.run(ravelMultiIndex([3, 0], [3, 4]))),
    "ValueError: invalid entry in coordinates array",
  );
  const dims = new TensorType("int64", [false]).makeVariable("dims");
  assertEquals(
    messageOf(() => unravelIndex(1, dims)),
    "ValueError: The length of the provided dimension list (dims) cannot be automatically " +
      "determined, so Theano is not able to know what the number of dimensions of the unraveled " +
      "index will be. You can provide the 'ndim' keyword argument to 'unravel_index' to avoid " +
      "this problem.",
  );
  assertEquals(
    messageOf(() => unravelIndex(0.5, [3, 4])),
    "TypeError: 'float32' object cannot be interpreted as an index",
  );
});

Deno.test("choose() takes each element from the tensor of its number", () => {
  const bench = new Bench();
  const choices = [[[1, 2, 3]], [[10, 20, 30]]];
  const c = bench.input(choices, "int32");
  const a = bench.input([[0, 1, 1], [1, 0, 0]], "int64");
  const chosen = choose(a, c);
  assertEquals(bench.lists(chosen), [[1, 20, 30], [10, 2, 3]]);
  assertEquals(bench.shape(chosen), [2, 3]);
  assertEquals(chosen.dtype, "int32");
  const wild = bench.input([[-1, 2, 3]], "int64");
  assertEquals(bench.lists(choose(wild, c, { mode: "wrap" })), [[10, 2, 30]]);
  assertEquals(bench.lists(choose(wild, c, null, "clip")), [[1, 20, 30]]);
  assertEquals(
    messageOf(() => bench.run(choose(wild, c))),
    "ValueError: invalid entry in choice array",
  );
  assertEquals(
    messageOf(() => choose(0.5, c)),
    "TypeError: choose first argument must have an [u]int* dtype. Got float32.",
  );
});

Deno.test("permuteRowElements() reorders each row, and back", () => {
  const bench = new Bench();
  const x = bench.input(grid);
  const orders = [[2, 0, 3, 1], [0, 1, 2, 3], [3, 2, 1, 0]];
  const y = bench.input(orders, "int64");
  const moved = permuteRowElements(x, y);
  assertEquals(bench.lists(moved), grid.map((row, i) => orders[i]!.map((j) => row[j]!)));
  assertEquals(bench.lists(permuteRowElements(moved, y, true)), grid);
  assertEquals(
    bench.lists(permuteRowElements(x, bench.input(orders[0]!, "int64"))),
    grid.map((row) => orders[0]!.map((j) => row[j]!)),
  );
  const line = bench.input(grid[0]!);
  assertEquals(
    bench.lists(permuteRowElements(line, y)),
    orders.map((order) => order.map((j) => grid[0]![j]!)),
  );
  checkGradient(bench, moved);
  checkGradient(bench, permuteRowElements(line, y));
  checkGradient(bench, permuteRowElements(x, y, 1));
});

Deno.test("inversePermutation() of a vector or of rows puts things back", () => {
  const bench = new Bench();
  assertEquals(bench.lists(inversePermutation(bench.input([2, 0, 3, 1], "int32"))), [1, 3, 0, 2]);
  const rows = bench.input([[1, 0, 2], [2, 0, 1]], "int64");
  assertEquals(bench.lists(inversePermutation(rows)), [[1, 0, 2], [1, 2, 0]]);
});

Deno.test("cpuContiguous() gives dense copies", () => {
  const bench = new Bench();
  const x = bench.input(grid);
  const copy = bench.run(cpuContiguous(get(x, ":", "::-1")));
  assertEquals(copy.isContiguous, true);
  assertEquals(copy.toArray(), grid.map((row) => row.toReversed()));
});
