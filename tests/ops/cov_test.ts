import { assertAlmostEquals, assertEquals } from "@std/assert";
import { array } from "../../core/array/build.ts";
import { Complex } from "../../core/dtype/dtype.ts";
import { cov } from "../../core/ops/cov.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

const grid = [[1, 4, 9, 16], [2, 3, 5, 7], [0, -1, 8, 2]];

Deno.test("cov() is the mean product of deviations", () => {
  const bench = new Bench();
  const x = bench.input(grid);
  const counts = [1, 2, 1, 3];
  const expected = (rows: number[][], weights: number[], ddof: number): number[][] => {
    const total = weights.reduce((a, b) => a + b);
    const means = rows.map((row) => row.reduce((sum, e, k) => sum + weights[k]! * e, 0) / total);
    return rows.map((a, i) =>
      rows.map((b, j) =>
        a.reduce((sum, e, k) => sum + weights[k]! * (e - means[i]!) * (b[k]! - means[j]!), 0) /
        (total - ddof)
      )
    );
  };
  const same = (found: TensorVariable, wanted: number[][]): void => {
    const value = bench.lists(found) as number[][];
    assertEquals(value.length, wanted.length);
    wanted.forEach((row, i) => row.forEach((e, j) => assertAlmostEquals(value[i]![j]!, e, 1e-12)));
  };
  const ones = [1, 1, 1, 1];
  same(cov(x), expected(grid, ones, 1));
  same(cov(x, { bias: true }), expected(grid, ones, 0));
  same(cov(x, { ddof: 2 }), expected(grid, ones, 2));
  same(cov(x, { fweights: counts }), expected(grid, counts, 1));
  same(cov(x, { aweights: counts, ddof: 0 }), expected(grid, counts, 0));
  const columns = grid[0]!.map((_, j) => grid.map((row) => row[j]!));
  same(cov(x, { rowvar: false }), expected(columns, [1, 1, 1], 1));
  same(cov(x, bench.input([1, 0, 0, 2])), expected([...grid, [1, 0, 0, 2]], ones, 1));
  assertAlmostEquals(bench.lists(cov(bench.input([1, 2, 4]))) as number, 7 / 3, 1e-12);
});

Deno.test("cov() of complex numbers multiplies deviations by conjugates", () => {
  const observations = array([new Complex(0, 1), new Complex(0, -1)]);
  assertEquals(new Bench().run(cov(observations)).item<Complex>(), new Complex(2, 0));
});

Deno.test("cov() refuses fractions as frequencies, and more than two axes", () => {
  const x = new TensorType("float64", [false, false]).makeVariable("x");
  assertEquals(
    messageOf(() => cov(x, { fweights: [0.5, 1] })),
    "TypeError: fweights must be an integer vector, not TensorType(float64, vector)",
  );
  assertEquals(messageOf(() => cov([[[1]]])), "ValueError: m has more than 2 dimensions");
  assertEquals(messageOf(() => cov(x, { ddof: 0.5 })), "ValueError: ddof must be integer");
});
