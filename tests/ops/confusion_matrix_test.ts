import { assertEquals } from "@std/assert";
import {
  confusionMatrix,
  prepend0ToEachRow,
  prepend1ToEachRow,
  prependScalarToEachRow,
} from "../../core/ops/confusion_matrix.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import { check } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

Deno.test("confusionMatrix() counts predictions of the classes that occur", () => {
  const bench = new Bench();
  const [actual, pred] = [[2, 0, 2, 2, 0, 5], [0, 0, 2, 2, 0, 2]];
  const [counts, classes] = confusionMatrix(
    bench.input(actual, "int64"),
    bench.input(pred, "int64"),
  );
  const order = [0, 2, 5];
  const expected = order.map((a) =>
    order.map((p) => actual.filter((x, k) => x === a && pred[k] === p).length)
  );
  check(bench, counts, expected, "int64");
  check(bench, classes, order, "int64");
  const matrix = tensor("int64", [false, false]);
  const vector = tensor("int64", [false]);
  assertEquals(
    messageOf(() => confusionMatrix(matrix, vector)),
    "ValueError: actual must be 1-d tensor variable",
  );
  assertEquals(
    messageOf(() => confusionMatrix(vector, matrix)),
    "ValueError: pred must be 1-d tensor variable",
  );
});

Deno.test("prependScalarToEachRow() adds a first column in the dtype of the matrix", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2], [3, 4]], "float32");
  check(bench, prependScalarToEachRow(bench.input(5), x), [[5, 1, 2], [5, 3, 4]], "float32");
  check(bench, prepend0ToEachRow(x), [[0, 1, 2], [0, 3, 4]], "float32");
  check(bench, prepend1ToEachRow(x), [[1, 1, 2], [1, 3, 4]], "float32");
  const v = tensor("float32", [false], "v");
  assertEquals(
    messageOf(() => prependScalarToEachRow(v, x)),
    "TypeError: scalar expected, not v (TensorType(float32, vector))",
  );
  assertEquals(
    messageOf(() => prepend1ToEachRow(v)),
    "TypeError: matrix expected, not v (TensorType(float32, vector))",
  );
});
