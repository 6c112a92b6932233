import { assertEquals, assertStrictEquals } from "@std/assert";
import { alloc } from "../../core/ops/alloc.ts";
import { add, cast, mul } from "../../core/ops/arithmetic.ts";
import {
  extractConstant,
  getScalarConstantValue,
  getVectorLength,
  vectorItems,
} from "../../core/ops/constant_value.ts";
import { second } from "../../core/ops/fill.ts";
import { get } from "../../core/ops/indexing.ts";
import { join } from "../../core/ops/join.ts";
import { eq } from "../../core/ops/logic.ts";
import { makeVector, shapeVector } from "../../core/ops/make_vector.ts";
import { axisSize, shape, shapeI, specifyShape } from "../../core/ops/shape.ts";
import { Assert } from "../../core/ops/view.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import { TensorConstant, type TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { check, opName, pattern } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

Deno.test("shape() and shapeI() give int64 lengths", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2, 3], [4, 5, 6]]);
  check(bench, shape(x), [2, 3], "int64");
  check(bench, shapeI(x, 1), 3, "int64");
  check(bench, shapeI(x, -2), 2, "int64");
  assertEquals([opName(shape(x)), opName(shapeI(x, -1))], ["Shape", "Shape_i{1}"]);
  assertEquals(pattern(shape(tensor("float64", [false]))), "T");
  assertEquals(
    messageOf(() => shapeI(tensor("float64", [false], "x"), 1)),
    "TypeError: Shape_i{1}: x has only 1 axes",
  );
});

Deno.test("axisSize() is a number where the length is known", () => {
  const row = tensor("float64", [true, false]);
  assertEquals(axisSize(row, 0), 1);
  assertEquals(opName(axisSize(row, 1) as TensorVariable), "Shape_i{1}");
  assertEquals(axisSize(constant([[1, 2, 3]]), 1), 3);
});

Deno.test("specifyShape() passes an array of the shape promised", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2, 3], [4, 5, 6]]);
  check(bench, specifyShape(x, [2, 3]), [[1, 2, 3], [4, 5, 6]]);
  const n = bench.input(2, "int64");
  check(bench, specifyShape(x, [n, 3]), [[1, 2, 3], [4, 5, 6]]);
  assertEquals(pattern(specifyShape(x, [1, 3])), "FF");
});

Deno.test("specifyShape() states the axis that differs, and a wrong number of axes", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2, 3], [4, 5, 6]]);
  assertEquals(
    messageOf(() => bench.run(specifyShape(x, [2, 4]))),
    "AssertionError: SpecifyShape: dim 1 of input has shape 3, expected 4.",
  );
  assertEquals(
    messageOf(() => specifyShape(x, [2])),
    "AssertionError: SpecifyShape: vector of shape has 1 elements, but the input has 2 dimensions.",
  );
  assertEquals(
    messageOf(() => specifyShape(x, constant([0.5, 1], { name: "s" }))),
    "TypeError: SpecifyShape: the shape must be integers, not s (TensorType(float64, vector))",
  );
});

Deno.test("makeVector() upcasts its scalars and is printed with its dtype", () => {
  const bench = new Bench();
  const i = bench.input(2, "int8");
  const x = bench.input(0.5, "float32");
  check(bench, makeVector([i, x]), [2, 0.5], "float32");
  assertEquals(opName(makeVector([i, i])), "MakeVector{dtype='int8'}");
  assertEquals([pattern(makeVector([i])), pattern(makeVector([i, i]))], ["T", "F"]);
});

Deno.test("shapeVector() is a constant where all sizes are numbers", () => {
  const n = tensor("int64", []);
  assertEquals(shapeVector([2, -1]).toString(), "TensorConstant{[ 2 -1]}");
  assertEquals(shapeVector(3).toString(), "TensorConstant{(1,) of 3}");
  assertEquals(opName(shapeVector([n, -1])), "MakeVector{dtype='int64'}");
  const v = tensor("int32", [false]);
  assertStrictEquals(shapeVector(v), v);
});

Deno.test("getScalarConstantValue() looks through what repeats or computes a constant", () => {
  const x = tensor("float64", [false, true]);
  const known: readonly (readonly [unknown, number])[] = [
    [3, 3],
    [constant([[2, 2], [2, 2]]), 2],
    [alloc(4, 2, 3), 4],
    [second(x, 5), 5],
    [cast(constant(2.5), "int32"), 2],
    [add(constant(2), mul(constant(3), constant(4))), 14],
    [eq(constant(1), constant(1)), 1],
    [get(shape(x), 1), 1],
    [shapeI(x, 1), 1],
    [shapeI(constant([1, 2, 3]), 0), 3],
    [get(makeVector([tensor("int64", []), constant(7)]), 1), 7],
    [get(join(0, shape(x), constant([8, 9])), -1), 9],
    [new Assert().call(constant(6), constant(true)), 6],
  ];
  for (const [value, number] of known) {
    assertEquals(Number(getScalarConstantValue(value).item()), number);
  }
});

Deno.test("getScalarConstantValue() refuses what is not known, and keeps dtypes", () => {
  const x = tensor("float64", [], "x");
  assertEquals(
    messageOf(() => getScalarConstantValue(x)),
    "NotScalarConstantError: x is not a constant scalar",
  );
  const sum = add(constant(1), constant(2));
  assertEquals(
    messageOf(() => getScalarConstantValue(sum, { elemwise: false })),
    "NotScalarConstantError: Elemwise{add,no_inplace}.0 is not a constant scalar",
  );
  assertEquals(
    messageOf(() => getScalarConstantValue(constant([1, 2], { name: "c" }))),
    "NotScalarConstantError: c is not a constant scalar",
  );
  assertEquals(
    messageOf(() => getScalarConstantValue(constant([]))),
    "EmptyConstantError: the constant has no element",
  );
  assertEquals(getScalarConstantValue(constant(2)).dtype, "int8");
  assertStrictEquals(extractConstant(x), x);
});

Deno.test("getScalarConstantValue() of items of a constant takes the very item", () => {
  const c = constant([4, 5, 6]);
  assertEquals(getScalarConstantValue(get(c, 1)).item(), 5);
  assertEquals(getScalarConstantValue(get(get(c, "1:"), -1)).item(), 6);
});

Deno.test("getVectorLength() knows constants, lists, shapes, parts of them and length one", () => {
  const x = tensor("float64", [false, false, false]);
  const v = tensor("int64", [false], "v");
  assertEquals(getVectorLength([1, 2]), 2);
  assertEquals(getVectorLength(shape(x)), 3);
  assertEquals(getVectorLength(get(shape(x), "1:")), 2);
  assertEquals(getVectorLength(get(shape(x), "::-1")), 3);
  assertEquals(getVectorLength(makeVector([tensor("int64", [])])), 1);
  assertEquals(getVectorLength(tensor("int64", [true])), 1);
  assertEquals(getVectorLength(join(0, shape(x), [5])), 4);
  assertEquals(messageOf(() => getVectorLength(v)), "ValueError: length not known: v");
  assertEquals(
    messageOf(() => getVectorLength(x)),
    "TypeError: argument must be symbolic vector, got '<TensorType(float64, 3D)>' " +
      "(TensorType(float64, 3D))",
  );
});

Deno.test("vectorItems() gives the scalars that a vector is made of", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2, 3]]);
  const n = bench.input(5, "int64");
  const vector = join(0, get(shape(x), "::-1"), mul(makeVector([n, n]), 2), constant([7]));
  assertEquals(vectorItems(vector).map((item) => bench.run(item).item()), [3, 1, 10, 10, 7]);
  assertEquals(vectorItems(constant([1, 2])).every((item) => item instanceof TensorConstant), true);
});
