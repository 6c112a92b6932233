import { assertEquals } from "@std/assert";
import { config } from "../../core/config/config.ts";
import { alloc, AllocEmpty, ones, zeros } from "../../core/ops/alloc.ts";
import { fill, onesLike, tensorCopy, zerosLike } from "../../core/ops/fill.ts";
import { get } from "../../core/ops/indexing.ts";
import { shape } from "../../core/ops/shape.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { check, opName, pattern } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

Deno.test("alloc() repeats a value over leading axes and axes of length one", () => {
  const bench = new Bench();
  const n = bench.input(2, "int64");
  check(bench, alloc(7, 2, 3), [[7, 7, 7], [7, 7, 7]], "int8");
  check(bench, alloc(bench.input([1, 2, 3]), n, 3), [[1, 2, 3], [1, 2, 3]]);
  check(bench, alloc(bench.input([[1], [2]]), n, 2), [[1, 1], [2, 2]]);
  check(bench, alloc(3, 0, n), []);
  check(bench, alloc(bench.input(4)), 4);
  assertEquals(opName(alloc(1, 2)), "Alloc");
});

Deno.test("alloc() knows the sizes that are 1", () => {
  const row = tensor("float64", [true, false]);
  assertEquals(pattern(alloc(1, 3, 1)), "FT");
  assertEquals(pattern(alloc(1, get(shape(row), 0), get(shape(row), 1))), "TF");
});

Deno.test("alloc() gives memory of its own", () => {
  const bench = new Bench();
  const x = bench.input([1, 2]);
  bench.run(alloc(x, 2)).fill(0);
  assertEquals(bench.run(x).toArray(), [1, 2]);
});

Deno.test("alloc() refuses what is no size, too few sizes, and values that do not fit", () => {
  const bench = new Bench();
  const x = tensor("float64", [], "x");
  assertEquals(
    messageOf(() => alloc(1, x)),
    "TypeError: Shape arguments to Alloc must be integers, but argument x " +
      "(TensorType(float64, scalar)) is not",
  );
  assertEquals(
    messageOf(() => alloc(tensor("float64", [false, false]), 2)),
    "TypeError: The Alloc value to use has more dimensions than the specified dimensions: 2, 1",
  );
  assertEquals(
    messageOf(() => bench.run(alloc(bench.input([1, 2]), 3, 3))),
    "ValueError: could not broadcast input array from shape (2,) into shape (3, 3)",
  );
  assertEquals(
    messageOf(() => bench.run(alloc(1, bench.input(-1, "int64")))),
    "ValueError: negative dimensions are not allowed",
  );
});

Deno.test("AllocEmpty has the shape and dtype asked for", () => {
  const bench = new Bench();
  const op = new AllocEmpty("float32");
  const result = op.call(2, bench.input(3, "int64")) as TensorVariable;
  assertEquals(bench.run(result).shape, [2, 3]);
  assertEquals(bench.shape(result), [2, 3]);
  assertEquals([result.dtype, opName(result)], ["float32", "AllocEmpty{dtype='float32'}"]);
});

Deno.test("zeros() and ones() take a size, a list, a vector or another's shape", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2, 3]]);
  check(bench, zeros(2), [0, 0], config.floatX);
  check(bench, ones([1, 2], "int32"), [[1, 1]], "int32");
  check(bench, zeros(shape(x), { dtype: "float32" }), [[0, 0, 0]], "float32");
  check(bench, ones([get(shape(x), 1), 1]), [[1], [1], [1]]);
  check(bench, zeros(bench.input(2, "int64")), [0, 0]);
  assertEquals([pattern(zeros([3, 1])), pattern(zeros(shape(x)))], ["FT", "FF"]);
});

Deno.test("zerosLike() and onesLike() keep shape, pattern and dtype", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2]], "float32", [true, false]);
  check(bench, zerosLike(x), [[0, 0]], "float32");
  check(bench, onesLike(x, "int8"), [[1, 1]], "int8");
  assertEquals(pattern(zerosLike(x)), "TF");
  assertEquals(opName(zerosLike(x)), "Elemwise{second,no_inplace}");
  assertEquals(onesLike(tensor("int32", []), { opt: true }).toString(), "TensorConstant{1}");
});

Deno.test("fill() takes the shape of both and the value and dtype of the second", () => {
  const bench = new Bench();
  check(bench, fill(bench.input([[1], [2]], "int8", [false, true]), bench.input([3, 4])), [
    [3, 4],
    [3, 4],
  ], "float64");
  check(bench, fill(bench.input([1, 2]), constant(5)), [5, 5], "int8");
  check(bench, fill(bench.input([0.5, NaN]), bench.input(7, "int64")), [7, 7], "int64");
});

Deno.test("tensorCopy() is the identity", () => {
  const bench = new Bench();
  const x = bench.input([1, 2], "float32");
  check(bench, tensorCopy(x), [1, 2], "float32");
  assertEquals(opName(tensorCopy(x)), "Elemwise{identity}");
});
