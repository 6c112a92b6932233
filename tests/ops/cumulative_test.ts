import { assertEquals } from "@std/assert";
import { cumprod, cumsum } from "../../core/ops/cumulative.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import { at, check, fromIndex, opName, pattern } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

const shape = [2, 3, 2];
const values = fromIndex(shape, (i, j, k) => i - 2 * j + 3 * k + 1);

Deno.test("cumsum() and cumprod() agree with loops along every axis", () => {
  const bench = new Bench();
  const x = bench.input(values);
  for (const axis of [0, 1, 2, -1, -3]) {
    const along = (axis + 3) % 3;
    const upTo = (start: number, combine: (a: number, b: number) => number): unknown =>
      fromIndex(shape, (...index) => {
        let total = start;
        for (let n = 0; n <= index[along]!; n++) {
          total = combine(total, at(values, ...index.with(along, n)));
        }
        return total;
      });
    check(bench, cumsum(x, { axis }), upTo(0, (a, b) => a + b) as number[]);
    check(bench, cumprod(x, axis), upTo(1, (a, b) => a * b) as number[]);
  }
});

Deno.test("cumsum() without an axis runs through all elements, into a vector", () => {
  const bench = new Bench();
  check(bench, cumsum(bench.input([[1, 2], [3, 4]])), [1, 3, 6, 10]);
  check(bench, cumprod(bench.input(3)), [3]);
  assertEquals(pattern(cumsum(tensor("float64", [true, false]))), "F");
});

Deno.test("cumsum() and cumprod() keep the dtype and wrap in it", () => {
  const bench = new Bench();
  check(bench, cumsum(bench.input([100, 100], "int8")), [100, -56], "int8");
  check(bench, cumprod(bench.input([2147483647, 2147483647], "int32")), [2147483647, 1], "int32");
  check(bench, cumsum(bench.input([[], []], "float32"), { axis: 1 }), [[], []], "float32");
});

Deno.test("CumOp is printed as in Theano and refuses missing axes", () => {
  const x = tensor("float64", [false, false]);
  assertEquals(opName(cumsum(x)), "CumOp{None, add}");
  assertEquals(opName(cumprod(x, { axis: 1 })), "CumOp{1, mul}");
  assertEquals(messageOf(() => cumsum(x, { axis: 2 })), "ValueError: axis(=2) out of bounds");
  assertEquals(messageOf(() => cumsum(x, { axis: -3 })), "ValueError: axis(=-3) out of bounds");
});
