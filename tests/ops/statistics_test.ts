import { assertAlmostEquals, assertEquals } from "@std/assert";
import { largest, mean, norm, ptp, smallest, std, variance } from "../../core/ops/statistics.ts";
import { methodTable } from "../../core/surface/methods.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { check, flat, pattern } from "./lists.ts";
import { Bench, messageOf, type Nest } from "./subtensor_helpers.ts";

const values = [[1.5, -2, 4], [0.25, 8, -3]];
const columns = values[0]!.map((_, j) => values.map((row) => row[j]!));

function average(list: readonly number[]): number {
  return list.reduce((a, b) => a + b, 0) / list.length;
}

function spread(list: readonly number[], ddof: number = 0): number {
  const middle = average(list);
  return list.reduce((total, x) => total + (x - middle) ** 2, 0) / (list.length - ddof);
}

function close(
  bench: Bench,
  result: TensorVariable,
  expected: Nest,
  tolerance: number = 1e-14,
): void {
  const got = bench.lists(result);
  flat(expected).forEach((want, k) => assertAlmostEquals(flat(got)[k]!, want, tolerance));
  assertEquals(bench.shape(result), bench.run(result).shape);
  assertEquals(flat(got).length, flat(expected).length);
}

Deno.test("mean(), variance() and std() agree with their definitions along each axis", () => {
  const bench = new Bench();
  const x = bench.input(values);
  close(bench, mean(x), average(flat(values)));
  close(bench, mean(x, { axis: 1 }), values.map(average));
  close(bench, mean(x, 0), columns.map(average));
  close(bench, mean(x, { axis: [0, -1], keepdims: true }), [[average(flat(values))]]);
  for (const ddof of [0, 1]) {
    // The count of several axes is the product of what is left of each.
    close(bench, variance(x, { ddof }), spread(flat(values)) * 6 / ((2 - ddof) * (3 - ddof)));
    close(bench, variance(x, 1, ddof), values.map((row) => spread(row, ddof)));
    close(bench, std(x, { axis: 0, ddof: 0 }), columns.map((c) => Math.sqrt(spread(c))));
    close(bench, variance(x, { axis: 1, ddof, keepdims: true, corrected: true }), [
      [spread(values[0]!, ddof)],
      [spread(values[1]!, ddof)],
    ]);
  }
});

Deno.test("variance() corrected takes the rounding of the mean away", () => {
  const bench = new Bench();
  const x = bench.input([16777216, 16777217, 16777219], "float32");
  const exact = spread([16777216, 16777216, 16777220]);
  const error = (result: TensorVariable): number =>
    Math.abs(Number(bench.run(result).item()) - exact);
  assertEquals(error(variance(x, { corrected: true })) <= error(variance(x)), true);
});

Deno.test("mean(), variance() and std() give float64 for integers and else keep the dtype", () => {
  for (
    const [dtype, result] of [["int8", "float64"], ["bool", "float64"], [
      "float32",
      "float32",
    ]] as const
  ) {
    const x = tensor(dtype, [false, false]);
    assertEquals(mean(x).dtype, result);
    assertEquals(std(x, { ddof: 1 }).dtype, result);
    assertEquals(variance(x, { ddof: 1, corrected: true }).dtype, result);
  }
  const half = tensor("float16", [false]);
  assertEquals([mean(half).dtype, variance(half).dtype], ["float16", "float16"]);
});

Deno.test("mean() of float16 does not overflow on the way", () => {
  const bench = new Bench();
  check(bench, mean(bench.input([60000, 60000, 60000], "float16")), 60000, "float16");
});

Deno.test("mean(), variance() and std() name their results", () => {
  const x = tensor("float64", [false]);
  assertEquals([mean(x).name, variance(x).name, std(x).name], ["mean", "var", "std"]);
  assertEquals(pattern(mean(tensor("float64", [true, false]), { axis: 1, keepdims: true })), "TT");
});

Deno.test("mean() with op sums in float64 and refuses another dtype", () => {
  const bench = new Bench();
  check(bench, mean(bench.input([1, 2], "float32"), { op: true }), 1.5, "float64");
  assertEquals(
    messageOf(() => mean(tensor("float32", [false]), { op: true, dtype: "float32" })),
    "NotImplementedError: The Mean op does not support the dtype argument, and will always use " +
      "float64. If you want to specify the dtype, call tensor.mean(..., op=False). float32",
  );
});

Deno.test("the mean method takes keepdims third, the function op", () => {
  const method = methodTable().mean!.value as (...given: unknown[]) => TensorVariable;
  const bench = new Bench();
  const x = bench.input([[1, 2], [3, 6]], "float32");
  check(bench, method.call(x, 1, undefined, true), [[1.5], [4.5]], "float32");
  check(bench, mean(x, 1, "float64", true), [1.5, 4.5], "float64");
});

Deno.test("variance() refuses a boolean for ddof, as Theano does", () => {
  assertEquals(
    messageOf(() => variance(tensor("float64", [false]), { ddof: true as never })),
    "ValueError: Parameter keepdims is now at index 3: (input, axis=None, ddof=0, keepdims=False, " +
      "corrected=False)",
  );
});

Deno.test("ptp() is the distance from smallest to largest", () => {
  const bench = new Bench();
  const x = bench.input(values);
  check(bench, ptp(x), 11);
  check(bench, ptp(x, { axis: 0 }), [1.25, 10, 7]);
  check(bench, ptp(x, -1), [6, 11]);
  check(bench, ptp(bench.input([3, 9], "uint8")), 6, "uint8");
});

Deno.test("norm() is the root of the sum of powers", () => {
  const bench = new Bench();
  const x = bench.input([[3, -4], [6, 8]]);
  close(bench, norm(x, 2, { axis: 1 }), [5, 10]);
  close(bench, norm(x, 1), 21);
  close(bench, norm(x, 3, 0, true), [[Math.cbrt(27 + 216), Math.cbrt(64 + 512)]], 1e-12);
  assertEquals(norm(tensor("float32", [false]), 2).dtype, "float32");
  for (const L of [0, "inf"] as const) {
    assertEquals(
      messageOf(() => norm(tensor("float64", [false], "x"), L)),
      `NotImplementedError: Cannot take the norm of x: the exponent is ${L}\n` +
        "  Use sum(neq(x, 0)) for 0, max(abs(x)) for infinity",
    );
  }
});

Deno.test("smallest() and largest() compare any number of tensors", () => {
  const bench = new Bench();
  const [x, y, z] = [[1, 5, 3], [4, 2, 3], [0, 9, 1]].map((list) => bench.input(list));
  check(bench, smallest(x!, y!), [1, 2, 3]);
  check(bench, largest(x!, y!), [4, 5, 3]);
  check(bench, smallest(x!, y!, z!), [0, 2, 1]);
  check(bench, largest(x!, y!, z!), [4, 9, 3]);
});
