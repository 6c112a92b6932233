import { assertEquals, assertStrictEquals } from "@std/assert";
import { array } from "../../core/array/build.ts";
import { eq } from "../../core/ops/logic.ts";
import {
  addbroadcast,
  Assert,
  deepCopyOp,
  DisconnectedGrad,
  GradClip,
  GradScale,
  patternbroadcast,
  Rebroadcast,
  unbroadcast,
  UndefinedGrad,
  viewOp,
  ZeroGrad,
} from "../../core/ops/view.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { check, opName, pattern } from "./lists.ts";
import { Bench, messageOf } from "./subtensor_helpers.ts";

const identities = [
  viewOp,
  new DisconnectedGrad(),
  new ZeroGrad(),
  new UndefinedGrad(),
  new GradClip(-1, 2),
  new GradScale(3),
];

Deno.test("view ops pass the very array on, and say so", () => {
  for (const op of identities) {
    const bench = new Bench();
    const x = bench.input([[1, 2], [3, 4]]);
    const result = op.call(x) as TensorVariable;
    assertStrictEquals(bench.run(result), bench.run(x));
    assertEquals([...op.viewMap], [[0, 0]]);
    check(bench, result, [[1, 2], [3, 4]]);
  }
});

Deno.test("view ops are printed by their class and told apart by their parameters", () => {
  assertEquals(identities.map((op) => op.name), [
    "ViewOp",
    "DisconnectedGrad",
    "ZeroGrad",
    "UndefinedGrad",
    "GradClip",
    "GradScale",
  ]);
  assertEquals(new GradClip(0, 1).key === new GradClip(0, 2).key, false);
  assertEquals(new GradScale(1).key === new GradScale(2).key, false);
  assertEquals(new GradClip(0, 1).key, new GradClip(0, 1).key);
});

Deno.test("DeepCopyOp gives memory of its own", () => {
  const bench = new Bench();
  const x = bench.input([1, 2]);
  const copy = bench.run(deepCopyOp.call(x));
  bench.run(x).fill(9);
  assertEquals(copy.toArray(), [1, 2]);
  assertEquals(deepCopyOp.name, "DeepCopyOp");
});

Deno.test("Assert gives its first input while the conditions hold, else its message", () => {
  const bench = new Bench();
  const x = bench.input([1, 2]);
  const n = bench.input(1, "int64");
  const checked = new Assert("n must be 1").call(x, eq(n, 1)) as TensorVariable;
  check(bench, checked, [1, 2]);
  assertEquals(opName(checked), "Assert{msg='n must be 1'}");
  bench.values.set(n, array(2, { dtype: "int64" }));
  assertEquals(messageOf(() => bench.run(checked)), "AssertionError: n must be 1");
  assertEquals(
    messageOf(() => new Assert().call(x, tensor("bool", [false], "c"))),
    "TypeError: Assert: conditions must be scalars, not c (TensorType(bool, vector))",
  );
});

Deno.test("addbroadcast(), unbroadcast() and patternbroadcast() change the pattern alone", () => {
  const x = tensor("float64", [false, true, false]);
  assertEquals(pattern(addbroadcast(x, 0, -1)), "TTT");
  assertEquals(pattern(unbroadcast(x, 1)), "FFF");
  assertEquals(pattern(patternbroadcast(x, [true, false, false])), "TFF");
  assertStrictEquals(addbroadcast(x, 1), x);
  assertStrictEquals(unbroadcast(x, 0), x);
  const bench = new Bench();
  check(bench, addbroadcast(bench.input([[1], [2]]), 1), [[1], [2]]);
});

Deno.test("Rebroadcast is printed as in Theano", () => {
  const x = tensor("float64", [false, true]);
  assertEquals(opName(unbroadcast(x, 1)), "Rebroadcast{?,0}");
  assertEquals(opName(addbroadcast(x, 0)), "Rebroadcast{1}");
  assertEquals(new Rebroadcast([1, true], [0, false]).name, "Rebroadcast{0,1}");
});

Deno.test("Rebroadcast checks lengths when it runs, and axes when it is built", () => {
  const bench = new Bench();
  assertEquals(
    messageOf(() => bench.run(addbroadcast(bench.input([[1, 2]]), 1))),
    "ValueError: Dimension 1 in Rebroadcast's input was supposed to be 1 (got 2 instead)",
  );
  const x = tensor("float64", [false], "x");
  assertEquals(
    messageOf(() => addbroadcast(x, 1)),
    "ValueError: Trying to rebroadcast non-existent dimension",
  );
  assertEquals(
    messageOf(() => new Rebroadcast([2, true]).call(x)),
    "ValueError: Trying to rebroadcast non-existent dimension",
  );
  assertEquals(
    messageOf(() => patternbroadcast(x, [])),
    "ValueError: patternbroadcast: 0 flags for x with 1 axes",
  );
});
