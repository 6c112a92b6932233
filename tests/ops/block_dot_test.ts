import { assertAlmostEquals, assertEquals } from "@std/assert";
import { hSoftmax, sparseBlockDot } from "../../core/ops/block_dot.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import { at, check, flat, fromIndex } from "./lists.ts";
import { Bench, messageOf, type Nest } from "./subtensor_helpers.ts";

function numbers(shape: readonly number[], seed: number): Nest {
  let k = seed;
  return fromIndex(shape, () => ((k = (k * 5 + 3) % 16) - 7) / 4);
}

function total(n: number, f: (k: number) => number): number {
  return Array.from({ length: n }, (_, k) => f(k)).reduce((a, b) => a + b, 0);
}

Deno.test("sparseBlockDot() adds up the products with the chosen blocks", () => {
  const bench = new Bench();
  const [W, h, b] = [numbers([3, 4, 2, 3], 1), numbers([2, 2, 2], 5), numbers([4, 3], 9)];
  const [from, to] = [[[0, 2], [1, 1]], [[3], [0]]];
  const expected = fromIndex(
    [2, 1, 3],
    (n, o, j) =>
      at(b, to[n]![o]!, j) +
      total(2, (c) => total(2, (i) => at(h, n, c, i) * at(W, from[n]![c]!, to[n]![o]!, i, j))),
  );
  const [blocks, inputs, bias] = [W, h, b].map((list) => bench.input(list));
  const [chosen, wanted] = [from, to].map((list) => bench.input(list, "int64"));
  check(bench, sparseBlockDot(blocks!, inputs!, chosen!, bias!, wanted!), expected);
  const single = sparseBlockDot(blocks!, bench.input((h as Nest[])[0]!), [0, 2], bias!, [3]);
  check(bench, single, [(expected as Nest[])[0]!]);
});

Deno.test("sparseBlockDot() refuses numbers of axes that do not fit", () => {
  const x = tensor("float64", [false, false, false], "x");
  const i = tensor("int64", [false], "i");
  assertEquals(
    messageOf(() => sparseBlockDot(x, x, i, x, i)),
    "AssertionError: Cannot apply sparseBlockDot to x (TensorType(float64, 3D)), i " +
      "(TensorType(int64, vector)), i (TensorType(int64, vector)): the numbers of axes do not fit",
  );
});

function softmaxOf(row: readonly number[]): number[] {
  const sum = row.reduce((s, x) => s + Math.E ** x, 0);
  return row.map((x) => Math.E ** x / sum);
}

Deno.test("hSoftmax() is the product of the class's and the output's probability", () => {
  const [batch, features, classes, perClass] = [3, 2, 2, 3];
  const bench = new Bench();
  const [x, W1, b1] = [
    numbers([batch, features], 2),
    numbers([features, classes], 3),
    numbers([classes], 4),
  ];
  const [W2, b2] = [numbers([classes, features, perClass], 5), numbers([classes, perClass], 6)];
  const probabilities = Array.from({ length: batch }, (_, n) => {
    const byClass = softmaxOf(
      Array.from(
        { length: classes },
        (_, c) => at(b1, c) + total(features, (f) => at(x, n, f) * at(W1, f, c)),
      ),
    );
    return byClass.flatMap((p, c) =>
      softmaxOf(
        Array.from({ length: perClass }, (_, o) =>
          at(b2, c, o) + total(features, (f) => at(x, n, f) * at(W2, c, f, o))),
      ).map((q) =>
        p * q
      )
    );
  });
  const [vx, v1, vb1, v2, vb2] = [x, W1, b1, W2, b2].map((list) => bench.input(list));
  const all = bench.lists(hSoftmax(vx!, batch, 5, classes, perClass, v1!, vb1!, v2!, vb2!));
  const expected = probabilities.map((row) => row.slice(0, 5));
  flat(expected).forEach((p, k) => assertAlmostEquals(flat(all)[k]!, p, 1e-14));
  assertEquals(flat(all).length, 15);
  const target = [4, 0, 2];
  const chosen = bench.lists(hSoftmax(vx!, batch, 5, classes, perClass, v1!, vb1!, v2!, vb2!, {
    target: bench.input(target, "int64"),
  })) as number[];
  target.forEach((t, n) => assertAlmostEquals(chosen[n]!, probabilities[n]![t]!, 1e-14));
});
