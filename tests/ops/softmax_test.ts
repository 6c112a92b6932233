import { assertAlmostEquals, assertEquals } from "@std/assert";
import { cast } from "../../core/ops/arithmetic.ts";
import {
  crossentropyCategorical1hot,
  CrossentropyCategorical1HotGrad,
  crossentropySoftmax1hot,
  crossentropySoftmax1hotWithBias,
  CrossentropySoftmax1HotWithBiasDx,
  crossentropySoftmaxArgmax1hotWithBias,
  crossentropySoftmaxMaxAndArgmax1hot,
} from "../../core/ops/crossentropy.ts";
import {
  logsoftmax,
  softmax,
  SoftmaxGrad,
  softmaxGraph,
  softmaxWithBias,
} from "../../core/ops/softmax.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { check, flat, opName, pattern } from "./lists.ts";
import { Bench, messageOf, type Nest } from "./subtensor_helpers.ts";

const values = [[0.5, -1, 2], [3, 3, -4]];
const bias = [0.25, -0.5, 1];
const classes = [2, 0];

/** Softmax without a shift: fine for small numbers. */
function plainSoftmax(row: readonly number[]): number[] {
  const total = row.reduce((sum, x) => sum + Math.E ** x, 0);
  return row.map((x) => Math.E ** x / total);
}

const biased = values.map((row) => row.map((x, j) => x + bias[j]!));

function close(
  bench: Bench,
  result: TensorVariable,
  expected: Nest,
  tolerance: number = 1e-14,
): void {
  const got = bench.lists(result);
  assertEquals(flat(got).length, flat(expected).length);
  flat(expected).forEach((want, k) => assertAlmostEquals(flat(got)[k]!, want, tolerance));
  assertEquals(bench.shape(result), bench.run(result).shape);
}

Deno.test("softmax(), logsoftmax(), softmaxWithBias() and softmaxGraph() agree with their formula", () => {
  const bench = new Bench();
  const x = bench.input(values);
  const expected = values.map(plainSoftmax);
  close(bench, softmax(x), expected);
  close(bench, softmaxGraph(x), expected);
  close(bench, logsoftmax(x), expected.map((row) => row.map(Math.log)));
  close(bench, softmaxWithBias(x, bench.input(bias)), biased.map(plainSoftmax));
  const names = [softmax(x), logsoftmax(x), softmaxWithBias(x, bench.input(bias))].map(opName);
  assertEquals(names, ["Softmax", "LogSoftmax", "SoftmaxWithBias"]);
});

Deno.test("softmax() takes a vector for one row", () => {
  const bench = new Bench();
  close(bench, softmax(bench.input(values[0]!)), [plainSoftmax(values[0]!)]);
  assertEquals(pattern(softmax(tensor("float32", [false]))), "TF");
  assertEquals(logsoftmax(tensor("float32", [false])).dtype, "float32");
});

Deno.test("softmax() and logsoftmax() hold where exp overflows or vanishes", () => {
  const bench = new Bench();
  const x = bench.input([[1000, 1000, -1000], [-1000, -1001, -1000]]);
  const e = Math.exp(-1);
  close(bench, softmax(x), [[0.5, 0.5, 0], [1 / (2 + e), e / (2 + e), 1 / (2 + e)]]);
  const log = Math.log(2 + e);
  close(bench, logsoftmax(x), [
    [-Math.LN2, -Math.LN2, -2000 - Math.LN2],
    [-log, -1 - log, -log],
  ], 1e-12);
});

Deno.test("softmax() refuses integers and more than two axes", () => {
  assertEquals(
    messageOf(() => softmax(tensor("int32", [false, false]))),
    "ValueError: x must be 1-d or 2-d tensor of floats. Got TensorType(int32, matrix)",
  );
  assertEquals(
    messageOf(() => logsoftmax(tensor("float64", [false, false, false]))),
    "ValueError: x must be 1-d or 2-d tensor of floats. Got TensorType(float64, 3D)",
  );
  const bench = new Bench();
  assertEquals(
    messageOf(() => bench.run(softmaxWithBias(bench.input(values), bench.input([1])))),
    "ValueError: b must have same number of columns as x",
  );
});

/** The derivative of `Σ weights · f(x)` by each element, by central differences. */
function derivative(
  f: (x: number[][]) => number[][],
  weights: number[][],
  x: number[][],
): number[][] {
  const step = 1e-6;
  const cost = (at: number[][]): number =>
    f(at).flat().reduce((sum, y, k) => sum + y * weights.flat()[k]!, 0);
  return x.map((row, i) =>
    row.map((value, j) => {
      const moved = (by: number): number[][] =>
        x.map((r, n) => n === i ? r.with(j, value + by) : r);
      return (cost(moved(step)) - cost(moved(-step))) / (2 * step);
    })
  );
}

Deno.test("SoftmaxGrad is the derivative of softmax", () => {
  const bench = new Bench();
  const weights = [[1, -2, 0.5], [0.25, 3, 1]];
  const result = new SoftmaxGrad().call(bench.input(weights), softmax(bench.input(values)));
  const expected = derivative((x) => x.map(plainSoftmax), weights, values);
  close(bench, result as TensorVariable, expected, 1e-8);
});

Deno.test("crossentropySoftmaxArgmax1hotWithBias() gives losses, softmax and likeliest classes", () => {
  const bench = new Bench();
  const inputs = [bench.input(values), bench.input(bias), bench.input(classes, "int32")] as const;
  const [losses, probabilities, likeliest] = crossentropySoftmaxArgmax1hotWithBias(...inputs);
  const expected = biased.map(plainSoftmax);
  close(bench, losses, expected.map((row, i) => -Math.log(row[classes[i]!]!)));
  close(bench, probabilities, expected);
  check(bench, likeliest, expected.map((row) => row.indexOf(Math.max(...row))), "int32");
  assertEquals(crossentropySoftmax1hotWithBias(...inputs).length, 2);
});

Deno.test("crossentropySoftmax1hot() holds for unlikely classes", () => {
  const bench = new Bench();
  const x = bench.input([[0, 1000]]);
  const [losses] = crossentropySoftmax1hot(x, bench.input([0], "int64"));
  close(bench, losses, [1000]);
});

Deno.test("crossentropySoftmaxMaxAndArgmax1hot() adds the likeliest class and its likelihood", () => {
  const bench = new Bench();
  const results = crossentropySoftmaxMaxAndArgmax1hot(
    bench.input(values),
    bench.input(classes, "int8"),
  );
  const expected = values.map(plainSoftmax);
  close(bench, results[1], expected);
  close(bench, results[2], expected.map((row) => Math.max(...row)));
  check(bench, results[3], [2, 0], "int64");
});

Deno.test("CrossentropySoftmax1HotWithBiasDx is the derivative of the losses", () => {
  const bench = new Bench();
  const losses = (x: number[][]): number[][] =>
    x.map((row, i) => [-Math.log(plainSoftmax(row)[classes[i]!]!)]);
  const softmaxed = softmax(bench.input(values));
  const y = bench.input(classes, "int64");
  const op = new CrossentropySoftmax1HotWithBiasDx();
  const each = op.call(bench.input([2, -3]), softmaxed, y) as TensorVariable;
  close(bench, each, derivative(losses, [[2], [-3]], values), 1e-8);
  const all = op.call(bench.input(0.5), softmaxed, y) as TensorVariable;
  close(bench, all, derivative(losses, [[0.5], [0.5]], values), 1e-8);
});

Deno.test("crossentropyCategorical1hot() takes the logarithm of the true class, and its gradient", () => {
  const bench = new Bench();
  const coding = [[0.2, 0.3, 0.5], [0.9, 0.05, 0.05]];
  const [x, y] = [bench.input(coding), bench.input(classes, "int64")];
  close(bench, crossentropyCategorical1hot(x, y), [-Math.log(0.5), -Math.log(0.9)]);
  const op = new CrossentropyCategorical1HotGrad();
  const gradient = op.call(bench.input([2, 3]), x, y) as TensorVariable;
  const losses = (c: number[][]): number[][] => c.map((row, i) => [-Math.log(row[classes[i]!]!)]);
  close(bench, gradient, derivative(losses, [[2], [3]], coding), 1e-6);
});

Deno.test("losses refuse classes that are out of bounds, too few, or no integers", () => {
  const bench = new Bench();
  const [x, b] = [bench.input(values), bench.input(bias)];
  const loss = (y: number[]): TensorVariable =>
    crossentropySoftmax1hotWithBias(x, b, bench.input(y, "int64"))[0];
  for (const wrong of [[0, 3], [-1, 0]]) {
    assertEquals(messageOf(() => bench.run(loss(wrong))), "ValueError: y_i value out of bounds");
  }
  assertEquals(
    messageOf(() => bench.run(loss([0]))),
    "ValueError: y_idx must have same number of rows as x",
  );
  const floats = tensor("float64", [false], "y");
  assertEquals(
    messageOf(() => crossentropySoftmax1hot(x, floats)),
    "ValueError: y_idx must be 1-d tensor of [u]ints, not y (TensorType(float64, vector))",
  );
  assertEquals(
    messageOf(() => crossentropyCategorical1hot(x, floats)),
    "TypeError: integer vector required for argument: true_one_of_n " +
      "(got type: TensorType(float64, vector))",
  );
  assertEquals(
    messageOf(() => softmaxWithBias(cast(floats, "int32"), b)),
    "ValueError: x must be 2-d tensor of floats, not Elemwise{Cast{int32}}.0 " +
      "(TensorType(int32, vector))",
  );
});
