import { assertEquals } from "@std/assert";
import { Complex } from "../../core/dtype/dtype.ts";
import { mgrid, ogrid } from "../../core/ops/grids.ts";
import { slice } from "../../core/ops/subtensor_index.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { check, fromIndex, pattern } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

Deno.test("mgrid gives the coordinates of every point", () => {
  const bench = new Bench();
  const [rows, columns] = mgrid("0:2", "1:7:3") as TensorVariable[];
  check(bench, rows!, fromIndex([2, 2], (i) => i), "int64");
  check(bench, columns!, fromIndex([2, 2], (_i, j) => 1 + 3 * j), "int64");
  const cube = mgrid.get("0:2", "0:1", "5:3:-1") as TensorVariable[];
  check(bench, cube[2]!, fromIndex([2, 1, 2], (_i, _j, k) => 5 - k));
});

Deno.test("ogrid gives each axis apart, so that they broadcast", () => {
  const bench = new Bench();
  const n = bench.input(3, "int64");
  const [rows, columns] = ogrid("0:5", slice(0, n)) as TensorVariable[];
  check(bench, rows!, [[0], [1], [2], [3], [4]]);
  check(bench, columns!, [[0, 1, 2]]);
  assertEquals([pattern(rows!), pattern(columns!)], ["FT", "TF"]);
  assertEquals((mgrid("0:5", "0:3") as TensorVariable[]).map(pattern), ["FF", "FF"]);
});

Deno.test("mgrid and ogrid of one axis are vectors", () => {
  const bench = new Bench();
  check(bench, mgrid("1:4") as TensorVariable, [1, 2, 3]);
  check(bench, ogrid(slice(0, 1, 0.5)) as TensorVariable, [0, 0.5], "float32");
});

Deno.test("mgrid refuses slices without an end, and a number of points for a step", () => {
  assertEquals(
    messageOf(() => mgrid("1:")),
    'ValueError: Cannot make a grid of "1:": the slice has no end\n  Write both ends: "0:5"',
  );
  assertEquals(
    messageOf(() => mgrid(slice(0, 1, new Complex(0, 5)))),
    "NotImplementedError: Not implemented for slices whose step is complex",
  );
});
