import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  elu,
  hardSigmoid,
  relu,
  selu,
  sigmoidBinaryCrossentropy,
} from "../../core/ops/nnet.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

const points = [-40, -3, -2.5, -1, -0.1, 0, 0.1, 1, 2.5, 3, 40];

/** Checks a function of one tensor against a formula on numbers. */
function agrees(
  f: (x: TensorVariable) => TensorVariable,
  formula: (x: number) => number,
  tolerance: number = 1e-12,
): void {
  const bench = new Bench();
  const got = bench.lists(f(bench.input(points))) as number[];
  points.forEach((x, k) => assertAlmostEquals(got[k]!, formula(x), tolerance, `at ${x}`));
}

Deno.test("activations agree with their formulas", () => {
  agrees((x) => relu(x), (x) => x > 0 ? x : 0);
  agrees((x) => relu(x, 0.25), (x) => x > 0 ? x : 0.25 * x);
  agrees((x) => relu(x, { alpha: tensorOf(0.5) }), (x) => x > 0 ? x : 0.5 * x);
  agrees((x) => elu(x), (x) => x > 0 ? x : Math.E ** x - 1);
  agrees((x) => elu(x, 2), (x) => x > 0 ? x : 2 * (Math.E ** x - 1));
  agrees(
    (x) => selu(x),
    (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.E ** x - 1)),
  );
  agrees((x) => hardSigmoid(x), (x) => Math.min(1, Math.max(0, 0.2 * x + 0.5)));
});

function tensorOf(value: number): number[] {
  return points.map(() => value);
}

Deno.test("activations have the dtypes of Theano", () => {
  const of = (f: (x: TensorVariable) => TensorVariable): string[] =>
    (["int8", "int32", "float16", "float32", "float64"] as const).map((dtype) =>
      f(tensor(dtype, [false])).dtype
    );
  assertEquals(of((x) => relu(x)), ["float32", "float64", "float32", "float32", "float64"]);
  assertEquals(of(hardSigmoid), ["float32", "float64", "float16", "float32", "float64"]);
  assertEquals(of(selu), Array(5).fill("float64"));
});

Deno.test("binaryCrossentropy() and sigmoidBinaryCrossentropy() agree with their formulas", () => {
  const bench = new Bench();
  const [p, t] = [[0.1, 0.5, 0.9], [0, 0.25, 1]];
  const plain = p!.map((o, k) => -(t![k]! * Math.log(o) + (1 - t![k]!) * Math.log(1 - o)));
  const got = bench.lists(binaryCrossentropy(bench.input(p!), bench.input(t!))) as number[];
  plain.forEach((want, k) => assertAlmostEquals(got[k]!, want, 1e-14));
  const logits = p!.map((o) => Math.log(o / (1 - o)));
  const safe = bench.lists(
    sigmoidBinaryCrossentropy(bench.input(logits), bench.input(t!)),
  ) as number[];
  plain.forEach((want, k) => assertAlmostEquals(safe[k]!, want, 1e-14));
});

Deno.test("sigmoidBinaryCrossentropy() holds far from 0", () => {
  const bench = new Bench();
  const got = bench.lists(
    sigmoidBinaryCrossentropy(bench.input([1000, -1000, 1000, 20]), bench.input([1, 1, 0, 1])),
  ) as number[];
  const expected = [0, 1000, 1000, 2.061153620314381e-9];
  expected.forEach((want, k) => assertAlmostEquals(got[k]!, want, want * 1e-12));
  assertEquals(
    sigmoidBinaryCrossentropy(tensor("float32", []), tensor("int8", [])).dtype,
    "float32",
  );
});

Deno.test("categoricalCrossentropy() takes distributions or classes", () => {
  const bench = new Bench();
  const coding = [[0.2, 0.8], [0.5, 0.5]];
  const truth = [[0.25, 0.75], [1, 0]];
  const plain = coding.map((row, i) =>
    -row.reduce((sum, c, j) => sum + truth[i]![j]! * Math.log(c), 0)
  );
  const x = bench.input(coding);
  const got = bench.lists(categoricalCrossentropy(x, bench.input(truth))) as number[];
  plain.forEach((want, k) => assertAlmostEquals(got[k]!, want, 1e-14));
  const byClass = bench.lists(categoricalCrossentropy(x, bench.input([1, 0], "int64"))) as number[];
  [-Math.log(0.8), Math.LN2].forEach((want, k) => assertAlmostEquals(byClass[k]!, want, 1e-14));
  assertEquals(
    messageOf(() => categoricalCrossentropy(tensor("float64", [false]), x)),
    "TypeError: rank mismatch between coding and true distributions",
  );
});
