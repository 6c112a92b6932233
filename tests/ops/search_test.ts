import { assertEquals } from "@std/assert";
import { searchsorted, type Side } from "../../core/ops/search.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

Deno.test("searchsorted() counts the elements before each value", () => {
  const bench = new Bench();
  const list = [-2, 0, 0, 1, 5];
  const values = [[-3, -2, -1], [0, 0.5, 1], [5, 6, NaN]];
  const x = bench.input(list);
  const v = bench.input(values);
  const before = (value: number, also: boolean): number =>
    list.filter((e) => Number.isNaN(value) || e < value || (also && e === value)).length;
  for (const side of ["left", "right"] as const) {
    const places = searchsorted(x, v, { side });
    assertEquals(
      bench.lists(places),
      values.map((line) => line.map((value) => before(value, side === "right"))),
    );
    assertEquals(bench.shape(places), [3, 3]);
    assertEquals(places.dtype, "int64");
  }
});

Deno.test("searchsorted() gives the results of Theano's manual", () => {
  const bench = new Bench();
  const x = bench.input([1, 2, 3, 4, 5], "int64");
  assertEquals(bench.lists(searchsorted(x, 3)), 2);
  assertEquals(bench.lists(searchsorted(x, 3, "right")), 3);
  assertEquals(bench.lists(searchsorted(x, [-10, 10, 2, 3])), [0, 5, 1, 2]);
});

Deno.test("searchsorted() sees an unsorted vector through its sorter", () => {
  const bench = new Bench();
  const x = bench.input([30, 10, 20]);
  const sorter = bench.input([1, 2, 0], "int64");
  assertEquals(bench.lists(searchsorted(x, [5, 20, 35], { sorter })), [0, 1, 3]);
});

Deno.test("searchsorted() prints as in Theano and refuses wrong sides and sorters", () => {
  const x = new TensorType("float64", [false]).makeVariable("x");
  assertEquals(searchsorted(x, 1).owner!.op.name, "SearchsortedOp{side='left'}");
  assertEquals(
    messageOf(() => searchsorted(x, 1, "middle" as Side)),
    "ValueError: 'middle' is an invalid value for keyword 'side'",
  );
  assertEquals(
    messageOf(() => searchsorted(x, 1, "left", x)),
    "TypeError: sorter must be an integer vector, not TensorType(float64, vector)",
  );
});
