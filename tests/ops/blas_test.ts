import { assertEquals } from "@std/assert";
import { Dot22, Dot22Scalar, Gemm, Gemv, Ger } from "../../core/ops/blas.ts";
import type { StructuralOp } from "../../core/ops/structural.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { check, opName } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

function apply(op: StructuralOp, ...inputs: TensorVariable[]): TensorVariable {
  return op.call(...inputs) as TensorVariable;
}

Deno.test("Dot22 and Dot22Scalar multiply matrices", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2], [3, 4]]);
  const y = bench.input([[5, 6, 7], [8, 9, 1]]);
  check(bench, apply(new Dot22(), x, y), [[21, 24, 9], [47, 54, 25]]);
  check(bench, apply(new Dot22Scalar(), x, y, bench.input(2)), [[42, 48, 18], [94, 108, 50]]);
});

Deno.test("Gemm adds a scaled product to a scaled matrix", () => {
  const bench = new Bench();
  const z = bench.input([[1, 2], [3, 4]], "float32");
  const x = bench.input([[1], [2]], "float32");
  const y = bench.input([[3, 4]], "float32");
  const [a, b] = [bench.input(2, "float32"), bench.input(-1, "float32")];
  check(bench, apply(new Gemm(), z, a, x, y, b), [[5, 6], [9, 12]], "float32");
});

Deno.test("Gemv adds a scaled product to a scaled vector", () => {
  const bench = new Bench();
  const y = bench.input([10, 20]);
  const matrix = bench.input([[1, 2, 3], [4, 5, 6]]);
  const x = bench.input([1, 0, -1]);
  check(bench, apply(new Gemv(), y, bench.input(3), matrix, x, bench.input(0.5)), [-1, 4]);
});

Deno.test("Ger adds a scaled outer product", () => {
  const bench = new Bench();
  const matrix = bench.input([[1, 2, 3], [4, 5, 6]]);
  const [x, y] = [bench.input([1, 2]), bench.input([1, 0, -1])];
  check(bench, apply(new Ger(), matrix, bench.input(10), x, y), [[11, 2, -7], [24, 5, -14]]);
});

Deno.test("Gemm and Gemv with b = 0 do not read what they add to", () => {
  const bench = new Bench();
  const zero = bench.input(0);
  const one = bench.input(1);
  const x = bench.input([[2]]);
  check(bench, apply(new Gemm(), bench.input([[NaN]]), one, x, x, zero), [[4]]);
  check(bench, apply(new Gemv(), bench.input([NaN]), one, x, bench.input([3]), zero), [6]);
});

Deno.test("BLAS ops in place say which input they overwrite, and are printed so", () => {
  const ops = [new Gemm(), new Gemm(true), new Gemv(), new Gemv(true), new Ger(), new Ger(true)];
  assertEquals(ops.map((op) => op.name), [
    "Gemm{no_inplace}",
    "Gemm{inplace}",
    "Gemv{no_inplace}",
    "Gemv{inplace}",
    "Ger{non-destructive}",
    "Ger{destructive}",
  ]);
  assertEquals(ops.map((op) => [...op.destroyMap]), [[], [[0, 0]], [], [[0, 0]], [], [[0, 0]]]);
  assertEquals(new Set(ops.map((op) => op.key)).size, 6);
  const m = tensor("float64", [false, false]);
  assertEquals(opName(apply(new Dot22(), m, m)), "Dot22");
});

Deno.test("BLAS ops refuse integers, mixed dtypes and wrong numbers of axes", () => {
  const x = tensor("float64", [false, false], "x");
  const i = tensor("int64", [false, false], "i");
  const f = tensor("float32", [false, false], "f");
  const v = tensor("float64", [false], "v");
  const why = "it wants float or complex inputs of one dtype with 2, 2 axes";
  for (const y of [i, f, v]) {
    assertEquals(
      messageOf(() => new Dot22().call(x, y)),
      `TypeError: Cannot apply Dot22 to x (TensorType(float64, matrix)), ${y} (${y.type}): ${why}`,
    );
  }
});

Deno.test("BLAS ops refuse shapes that do not fit when they run", () => {
  const bench = new Bench();
  const one = bench.input(1);
  const [x, y] = [bench.input([[1, 2]]), bench.input([[1], [2]])];
  assertEquals(
    messageOf(() => bench.run(apply(new Gemm(), bench.input([[1, 2]]), one, x, y, one))),
    "ValueError: the accumulator has shape (1, 2), the product (1, 1)",
  );
  assertEquals(
    messageOf(() => bench.run(apply(new Dot22(), x, x))),
    "ValueError: shapes (1,2) and (1,2) not aligned: 2 (dim 1) != 1 (dim 0)",
  );
});
