import { assertEquals } from "@std/assert";
import { array } from "../../core/array/build.ts";
import { flatnonzero, nonzero, nonzeroValues } from "../../core/ops/nonzero.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { Bench, counting, messageOf } from "./subtensor_helpers.ts";

const holes = (counting([2, 3, 2]) as number[][][])
  .map((m) => m.map((v) => v.map((e) => e % 3 === 0 ? 0 : e)));

Deno.test("nonzero() gives one index vector an axis, in C order", () => {
  const bench = new Bench();
  const x = bench.input(holes);
  const wanted: number[][] = [];
  holes.forEach((m, a) => m.forEach((v, b) => v.forEach((e, c) => e && wanted.push([a, b, c]))));
  const columns = [0, 1, 2].map((axis) => wanted.map((index) => index[axis]!));
  const indices = nonzero(x) as TensorVariable[];
  assertEquals(indices.map((index) => bench.lists(index)), columns);
  assertEquals(
    indices.map((index) => String(index.type)),
    Array(3).fill("TensorType(int64, vector)"),
  );
  assertEquals(bench.lists(nonzero(x, { returnMatrix: true }) as TensorVariable), columns);
  assertEquals(String(indices[1]), "Nonzero.1");
});

Deno.test("flatnonzero() and nonzeroValues() see the flattened tensor", () => {
  const bench = new Bench();
  const x = bench.input(holes);
  const flat = holes.flat(2);
  assertEquals(bench.lists(flatnonzero(x)), flat.flatMap((e, k) => e ? [k] : []));
  assertEquals(bench.lists(nonzeroValues(x)), flat.filter(Boolean));
});

Deno.test("nonzero() counts NaN and imaginary numbers, but not -0", () => {
  const bench = new Bench();
  assertEquals(bench.lists(flatnonzero(bench.input([NaN, -0, 0, 1]))), [0, 3]);
  const z = new TensorType("complex128", [false]).makeVariable();
  bench.values.set(z, array([0, 0], { dtype: "complex128" }));
  assertEquals(bench.lists(flatnonzero(z)), []);
});

Deno.test("nonzero() of an empty tensor is empty", () => {
  const bench = new Bench();
  const x = new TensorType("int32", [false, false]).makeVariable();
  bench.values.set(x, array([[], []], { dtype: "int32" }));
  assertEquals((nonzero(x) as TensorVariable[]).map((index) => bench.lists(index)), [[], []]);
});

Deno.test("nonzero() refuses scalars", () => {
  const text = "ValueError: Nonzero only supports non-scalar arrays.";
  assertEquals(messageOf(() => nonzero(3)), text);
  assertEquals(messageOf(() => flatnonzero(3)), text);
});
