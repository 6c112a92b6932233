import { assertEquals } from "@std/assert";
import { array } from "../../core/array/build.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { Dot, outer } from "../../core/ops/dot.ts";
import { BatchedDot } from "../../core/ops/batched_dot.ts";
import {
  batchedDot,
  batchedTensordot,
  dot,
  matmul,
  matrixDot,
  tensordot,
} from "../../core/ops/tensordot.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { at, check, flat, fromIndex, opName, pattern } from "./lists.ts";
import { Bench, messageOf, type Nest } from "./subtensor_helpers.ts";

/** Small integers in a shape, different at each place and for each seed. */
function numbers(shape: readonly number[], seed: number): Nest {
  let k = seed;
  return fromIndex(shape, () => ((k = (k * 5 + 3) % 16) - 7));
}

/** `Σ_k f(k)` for `k < n`. */
function total(n: number, f: (k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += f(k);
  return sum;
}

Deno.test("dot() of vectors, matrices and tensors sums the last axis with the last but one", () => {
  const ranks: readonly (readonly [number[], number[]])[] = [
    [[3], [3]],
    [[2, 3], [3]],
    [[3], [3, 4]],
    [[2, 3], [3, 4]],
    [[2, 5, 3], [3]],
    [[3], [2, 3, 4]],
    [[2, 3], [5, 3, 4]],
    [[2, 5, 3], [3, 4]],
    [[2, 2, 3], [2, 3, 2]],
    [[0, 3], [3, 2]],
    [[2, 0], [0, 2]],
  ];
  for (const [left, right] of ranks) {
    const bench = new Bench();
    const [a, b] = [numbers(left, 1), numbers(right, 2)];
    const [before, last] = [left.slice(0, -1), left.at(-1)!];
    const axis = Math.max(0, right.length - 2);
    const after = right.filter((_, i) => i !== axis);
    const expected = fromIndex([...before, ...after], (...index) => {
      const i = index.slice(0, before.length);
      const j = index.slice(before.length);
      return total(last, (k) => at(a, ...i, k) * at(b, ...j.slice(0, axis), k, ...j.slice(axis)));
    });
    const result = dot(shaped(bench, a, left), shaped(bench, b, right));
    assertEquals(bench.run(result).shape, [...before, ...after]);
    check(bench, result, expected);
  }
});

/** A variable with a value; nested lists alone lose the axes behind an empty one. */
function shaped(bench: Bench, list: Nest, shape: readonly number[]): TensorVariable {
  const x = tensor("float64", shape.map(() => false));
  bench.values.set(x, array(flat(list), { dtype: "float64" }).reshape(shape));
  return x;
}

Deno.test("dot() with a scalar multiplies", () => {
  const bench = new Bench();
  check(bench, dot(bench.input([1, 2]), 3), [3, 6]);
  check(bench, dot(2, bench.input([[1, 2]])), [[2, 4]]);
});

Deno.test("dot() upcasts, and integers wrap in their dtype", () => {
  const bench = new Bench();
  const i = bench.input([100, 100], "int8");
  check(bench, dot(i, i), 20000 % 256, "int8");
  check(bench, dot(i, bench.input([0.5, 1], "float32")), 150, "float32");
  const big = bench.input([2147483647, 2147483647], "int32");
  check(bench, dot(big, big), 2, "int32");
  assertEquals(dot(tensor("int32", [false]), tensor("float32", [false])).dtype, "float64");
});

Deno.test("dot() keeps axes of length one and is printed as in Theano", () => {
  const row = tensor("float64", [true, false]);
  const matrix = tensor("float64", [false, false]);
  assertEquals([pattern(dot(row, matrix)), opName(dot(row, matrix))], ["TF", "dot"]);
  const stack = tensor("float64", [true, false, false]);
  assertEquals(pattern(dot(stack, matrix)), "TFF");
});

Deno.test("dot() refuses factors that do not fit, in NumPy's words", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2, 3], [4, 5, 6]]);
  assertEquals(
    messageOf(() => bench.run(dot(x, bench.input([1, 2, 3, 4])))),
    "ValueError: shapes (2,3) and (4,) not aligned: 3 (dim 1) != 4 (dim 0)",
  );
  assertEquals(
    messageOf(() => bench.run(dot(x, x))),
    "ValueError: shapes (2,3) and (2,3) not aligned: 3 (dim 1) != 2 (dim 0)",
  );
  const cube = tensor("float64", [false, false, false]);
  assertEquals(
    messageOf(() => new Dot().call(cube, x)),
    "TypeError: theano.tensor.Dot: input 0 (0-indexed) must have ndim of 1 or 2, 3 given. " +
      "Consider calling theano.tensor.dot instead.",
  );
  assertEquals(
    messageOf(() => new Dot().call(x)),
    "TypeError: theano.tensor.Dot: 2 arguments required, 1 given ",
  );
});

Deno.test("outer() flattens both factors", () => {
  const bench = new Bench();
  const x = bench.input([1, 2]);
  check(bench, outer(x, bench.input([[3, 4], [5, 6]])), [[3, 4, 5, 6], [6, 8, 10, 12]]);
  check(bench, outer(2, x), [[2, 4]]);
  assertEquals(pattern(outer(tensor("float64", [false]), tensor("float64", [false]))), "FF");
});

Deno.test("tensordot() sums over a number of axes or over pairs of axes", () => {
  const bench = new Bench();
  const a = numbers([2, 3, 4], 3);
  const b = numbers([3, 4, 5], 4);
  const c = numbers([4, 3, 2], 5);
  const [x, y, z] = [a, b, c].map((list) => bench.input(list));
  const both = fromIndex(
    [2, 5],
    (i, l) => total(3, (j) => total(4, (k) => at(a, i, j, k) * at(b, j, k, l))),
  );
  check(bench, tensordot(x!, y!), both);
  check(bench, tensordot(x!, y!, 2), both);
  check(bench, tensordot(x!, y!, { axes: [[1, 2], [0, 1]] }), both);
  check(bench, tensordot(x!, y!, { axes: [[-1, 1], [1, -3]] }), both);
  const one = fromIndex(
    [2, 3, 3, 2],
    (i, j, m, n) => total(4, (k) => at(a, i, j, k) * at(c, k, m, n)),
  );
  check(bench, tensordot(x!, z!, { axes: 1 }), one);
  check(bench, tensordot(x!, z!, { axes: [2, 0] }), one);
  const product = fromIndex([2, 2], (i, j) => (i + 1) * (j + 3));
  check(bench, tensordot(bench.input([1, 2]), bench.input([3, 4]), { axes: 0 }), product);
});

Deno.test("tensordot() refuses axes that do not exist or match", () => {
  const v = tensor("float64", [false]);
  const m = tensor("float64", [false, false]);
  const refused: readonly (readonly [() => unknown, string])[] = [
    [() => tensordot(v, m), "axes can not be larger than the dimension of a (a.ndim=1, axes=2)"],
    [() => tensordot(m, v), "axes can not be larger than the dimension of b (b.ndim=1, axes=2)"],
    [
      () => tensordot(m, m, { axes: [[0], [0, 1]] }),
      "Axes elements must have the same length.",
    ],
    [
      () => tensordot(m, m, { axes: [[0, 2], [0, 1]] }),
      "axes[0] contains dimensions greater than or equal to a.ndim (a.ndim=2, max(axes[0])=2).",
    ],
    [
      () => tensordot(m, v, { axes: [[0, 1], [0, 1]] }),
      "axes[1] should be array_like with length less than the dimensions of b " +
      "(b.ndim=1, len(axes[0])=2).",
    ],
    [
      () => tensordot(m, m, { axes: [[0]] as never }),
      "Axes should be an integer or a list/tuple of len 2 (0 was provided)",
    ],
    [
      () => batchedTensordot(m, m, { axes: 2 }),
      "axes to sum over must not include the batch axis of a (a.ndim=2, axes=2)",
    ],
    [
      () => batchedTensordot(m, m, { axes: [[0], [1]] }),
      "axes to sum over must not contain the batch axis (axes[0]=0)",
    ],
  ];
  for (const [run, text] of refused) assertEquals(messageOf(run), `ValueError: ${text}`);
});

Deno.test("batchedDot() multiplies item by item, whatever the rank of the items", () => {
  const bench = new Bench();
  const a = numbers([4, 2, 3], 6);
  const b = numbers([4, 3, 5], 7);
  const v = numbers([4, 3], 8);
  const s = numbers([4], 9);
  const d = numbers([4, 2, 2, 3], 10);
  const [x, y, w, u, z] = [a, b, v, s, d].map((list) => bench.input(list));
  const full = fromIndex([4, 2, 5], (n, i, j) => total(3, (k) => at(a, n, i, k) * at(b, n, k, j)));
  check(bench, batchedDot(x!, y!), full);
  check(
    bench,
    batchedDot(x!, w!),
    fromIndex([4, 2], (n, i) => total(3, (k) => at(a, n, i, k) * at(v, n, k))),
  );
  check(
    bench,
    batchedDot(w!, y!),
    fromIndex([4, 5], (n, j) => total(3, (k) => at(v, n, k) * at(b, n, k, j))),
  );
  check(bench, batchedDot(w!, w!), fromIndex([4], (n) => total(3, (k) => at(v, n, k) ** 2)));
  check(bench, batchedDot(u!, x!), fromIndex([4, 2, 3], (n, i, k) => at(s, n) * at(a, n, i, k)));
  check(bench, batchedDot(x!, u!), fromIndex([4, 2, 3], (n, i, k) => at(s, n) * at(a, n, i, k)));
  check(
    bench,
    batchedDot(z!, y!),
    fromIndex([4, 2, 2, 5], (n, i, j, l) => total(3, (k) => at(d, n, i, j, k) * at(b, n, k, l))),
  );
  assertEquals(opName(batchedDot(x!, y!)), "BatchedDot");
});

Deno.test("batchedTensordot() sums over axes behind the batch axis", () => {
  const bench = new Bench();
  const a = numbers([2, 3, 4], 11);
  const b = numbers([2, 4, 3, 5], 12);
  const [x, y] = [bench.input(a), bench.input(b)];
  const expected = fromIndex(
    [2, 5],
    (n, l) => total(3, (j) => total(4, (k) => at(a, n, j, k) * at(b, n, k, j, l))),
  );
  check(bench, batchedTensordot(x, y, { axes: [[1, 2], [2, 1]] }), expected);
  check(
    bench,
    batchedTensordot(x, y, 1),
    fromIndex([2, 3, 3, 5], (n, j, m, l) => total(4, (k) => at(a, n, j, k) * at(b, n, k, m, l))),
  );
});

Deno.test("batchedDot() refuses scalars and items that do not fit", () => {
  const bench = new Bench();
  const [x, y] = [bench.input(numbers([2, 2, 3], 1)), bench.input(numbers([3, 3, 2], 2))];
  assertEquals(
    messageOf(() => batchedDot(tensor("float64", []), x)),
    "TypeError: a must have at least one (batch) axis",
  );
  assertEquals(
    messageOf(() => bench.run(batchedDot(x, x))),
    "ValueError: shapes (2,3) and (2,3) not aligned: 3 (dim 1) != 2 (dim 0)",
  );
  const named = tensor("float64", [false, false, false], "x");
  bench.values.set(named, bench.run(x));
  const other = tensor("float64", [false, false, false], "y");
  bench.values.set(other, bench.run(y));
  assertEquals(
    messageOf(() => bench.run(batchedDot(named, other))),
    "ValueError: theano.tensor.blas.BatchedDot: inputs [x, y] must have the same size in axis 0, " +
      "but have sizes [2, 3].",
  );
  assertEquals(
    messageOf(() => new BatchedDot().call(tensor("float64", [false]), x)),
    "TypeError: theano.tensor.blas.BatchedDot: input 0 (0-indexed) must have ndim of 2 or 3, 1 " +
      "given. Consider calling theano.tensor.batched_dot instead.",
  );
});

Deno.test("matmul() broadcasts leading axes, a vector being a row or a column", () => {
  const bench = new Bench();
  const a = numbers([2, 1, 2, 3], 13);
  const b = numbers([4, 3, 2], 14);
  const v = numbers([3], 15);
  const x = bench.input(a, "float64", [false, true, false, false]);
  const [y, w] = [bench.input(b), bench.input(v)];
  check(
    bench,
    matmul(x, y),
    fromIndex([2, 4, 2, 2], (n, m, i, j) => total(3, (k) => at(a, n, 0, i, k) * at(b, m, k, j))),
  );
  check(
    bench,
    matmul(w, y),
    fromIndex([4, 2], (m, j) => total(3, (k) => at(v, k) * at(b, m, k, j))),
  );
  check(
    bench,
    matmul(x, w),
    fromIndex([2, 1, 2], (n, m, i) => total(3, (k) => at(a, n, m, i, k) * at(v, k))),
  );
  check(bench, matmul(w, w), total(3, (k) => at(v, k) ** 2));
  assertEquals(
    messageOf(() => matmul(2, y)),
    "ValueError: matmul: Input operand does not have enough dimensions",
  );
});

Deno.test("matrixDot() multiplies from left to right", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2], [3, 4]]);
  check(bench, matrixDot(x, x, x), [[37, 54], [81, 118]]);
  check(bench, matrixDot(x), [[1, 2], [3, 4]]);
});

Deno.test("dot() of complex numbers does not conjugate", () => {
  const bench = new Bench();
  const x = tensor("complex128" as DType, [false]);
  const value = bench.run(bench.input([1, 2])).astype("complex128");
  value.data.set([1, 2, 3, -1] as never);
  bench.values.set(x, value);
  assertEquals(String(bench.run(dot(x, x))), "(5-2j)");
});
