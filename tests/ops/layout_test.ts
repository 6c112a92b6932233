import { assertEquals } from "@std/assert";
import {
  makeKeepDims,
  shapePadaxis,
  shapePadleft,
  shapePadright,
  squeeze,
  swapaxes,
  transpose,
} from "../../core/ops/layout.ts";
import { sum } from "../../core/ops/reduce.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import { at, check, fromIndex, opName, pattern } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

const values = fromIndex([2, 3, 4], (i, j, k) => 100 * i + 10 * j + k);

Deno.test("transpose() reverses the axes, or puts them in the order given in any form", () => {
  const bench = new Bench();
  const x = bench.input(values);
  check(bench, transpose(x), fromIndex([4, 3, 2], (k, j, i) => at(values, i, j, k)));
  const turned = fromIndex([3, 4, 2], (j, k, i) => at(values, i, j, k));
  check(bench, transpose(x, [1, 2, 0]), turned);
  check(bench, transpose(x, { axes: [1, 2, 0] }), turned);
  check(bench, transpose(x, 1, -1, 0), turned);
  check(bench, transpose(x, null), fromIndex([4, 3, 2], (k, j, i) => at(values, i, j, k)));
});

Deno.test("transpose() names its result after its input", () => {
  assertEquals(transpose(tensor("float64", [false, false], "w")).name, "w.T");
  assertEquals(transpose(tensor("float64", [false, false])).name, undefined);
  assertEquals(opName(transpose(tensor("float64", [false, false]))), "InplaceDimShuffle{1,0}");
});

Deno.test("transpose() refuses axes that are not each axis once", () => {
  const x = tensor("float64", [false, false]);
  assertEquals(
    messageOf(() => transpose(x, [0])),
    "ValueError: axes don't match array: 0 for 2 axes",
  );
  assertEquals(
    messageOf(() => transpose(x, 0, 2)),
    "ValueError: axis 2 is out of bounds for array of dimension 2",
  );
});

Deno.test("swapaxes() exchanges two axes, counted from either end", () => {
  const bench = new Bench();
  const x = bench.input(values);
  const swapped = fromIndex([4, 3, 2], (k, j, i) => at(values, i, j, k));
  check(bench, swapaxes(x, 0, 2), swapped);
  check(bench, swapaxes(x, -1, 0), swapped);
});

Deno.test("shapePadleft(), shapePadright() and shapePadaxis() add axes that broadcast", () => {
  const bench = new Bench();
  const x = bench.input([1, 2]);
  check(bench, shapePadleft(x), [[1, 2]]);
  check(bench, shapePadleft(x, 2), [[[1, 2]]]);
  check(bench, shapePadright(x, { nOnes: 2 }), [[[1]], [[2]]]);
  check(bench, shapePadaxis(x, 0), [[1, 2]]);
  check(bench, shapePadaxis(x, 1), [[1], [2]]);
  check(bench, shapePadaxis(x, -1), [[1], [2]]);
  check(bench, shapePadaxis(x, -2), [[1, 2]]);
  assertEquals(pattern(shapePadright(x, 2)), "FTT");
  assertEquals(
    messageOf(() => shapePadaxis(x, 2)),
    "IndexError: axis 2 is out of bounds [-2, 2)",
  );
});

Deno.test("squeeze() drops the axes that are known to have length one, and no others", () => {
  const bench = new Bench();
  check(bench, squeeze(bench.input([[[1], [2]]], "float64", [true, false, true])), [1, 2]);
  check(bench, squeeze(bench.input([[1, 2]])), [[1, 2]]);
});

Deno.test("makeKeepDims() puts reduced axes back", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2], [3, 4]]);
  check(bench, makeKeepDims(x, sum(x, { axis: 1 }), 1), [[3], [7]]);
  check(bench, makeKeepDims(x, sum(x), null), [[10]]);
  check(bench, makeKeepDims(x, sum(x, 0), [-2]), [[4, 6]]);
});
