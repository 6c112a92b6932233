import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  concatenate,
  horizontalStack,
  join,
  stack,
  stacklists,
  verticalStack,
} from "../../core/ops/join.ts";
import { split } from "../../core/ops/split.ts";
import { tensor } from "../../core/tensor/constructors.ts";
import { check, fromIndex, opName, pattern } from "./lists.ts";
import { Bench, messageOf, type Nest } from "./subtensor_helpers.ts";

const a = fromIndex([2, 3], (i, j) => 10 * i + j) as number[][];
const b = fromIndex([1, 3], (i, j) => 100 + 10 * i + j) as number[][];
const c = fromIndex([2, 1], (i, j) => 200 + 10 * i + j) as number[][];

Deno.test("join() puts rows below rows and columns beside columns", () => {
  const bench = new Bench();
  const [x, y, z] = [a, b, c].map((values) => bench.input(values));
  check(bench, join(0, x!, y!), [...a, ...b]);
  check(bench, join(-2, y!, x!, y!), [...b, ...a, ...b]);
  check(bench, join(1, x!, z!), a.map((row, i) => [...row, ...c[i]!]));
  check(bench, concatenate([x!, z!], { axis: -1 }), a.map((row, i) => [...row, ...c[i]!]));
  check(bench, concatenate([x!, y!]), [...a, ...b]);
});

Deno.test("join() takes a symbolic axis", () => {
  const bench = new Bench();
  const x = bench.input(a);
  for (const axis of [0, 1, -1, -2]) {
    const result = join(bench.input(axis, "int64"), x, x);
    const rows = axis === 0 || axis === -2 ? [...a, ...a] : a.map((row) => [...row, ...row]);
    check(bench, result, rows);
    assertEquals(pattern(result), "FF");
  }
});

Deno.test("join() upcasts and keeps axes of length one but the joined one", () => {
  const bench = new Bench();
  const x = bench.input([1, 2], "int8");
  check(bench, join(0, x, bench.input([0.5], "float32")), [1, 2, 0.5], "float32");
  const row = tensor("float64", [true, false]);
  const matrix = tensor("float64", [false, false]);
  assertEquals([pattern(join(0, row, row)), pattern(join(1, row, row))], ["FF", "TF"]);
  assertEquals(pattern(join(1, matrix, row)), "TF");
  assertStrictEquals(join(0, row), row);
  assertEquals(opName(join(0, row, row)), "Join");
});

Deno.test("join() refuses what cannot be joined", () => {
  const bench = new Bench();
  const x = bench.input(a);
  const v = tensor("float64", [false], "v");
  const s = tensor("float64", [], "s");
  assertEquals(messageOf(() => join(0)), "ValueError: Cannot join an empty list of tensors");
  assertEquals(
    messageOf(() => join(0, s, s)),
    "TypeError: Join cannot handle arguments of dimension 0. For joining scalar values, see @stack",
  );
  assertEquals(
    messageOf(() => join(0, x, v)),
    "TypeError: Join() can only join tensors with the same number of dimensions.",
  );
  assertEquals(messageOf(() => join(-3, x, x)), "IndexError: Join axis -3 out of bounds [0, 2)");
  assertEquals(
    messageOf(() => join(2, x, x)),
    'ValueError: Join argument "axis" is out of range (given input dimensions)',
  );
  assertEquals(
    messageOf(() => join(s, x, x)),
    "TypeError: Axis could not be cast to an integer type: s (TensorType(float64, scalar))",
  );
  assertEquals(
    messageOf(() => bench.run(join(0, x, bench.input(c)))),
    "ValueError: all the input array dimensions except for the concatenation axis must match exactly",
  );
  assertEquals(
    messageOf(() => bench.run(join(bench.input(2, "int64"), x, x))),
    "IndexError: Join axis 2 out of bounds [0, 2)",
  );
  assertEquals(
    messageOf(() => concatenate(x as never)),
    "TypeError: The 'tensors' argument must be either a tuple or a list, make sure you did not " +
      "forget () or [] around arguments of concatenate.",
  );
});

Deno.test("stack() adds an axis anywhere", () => {
  const bench = new Bench();
  const x = bench.input(a);
  const y = bench.input(fromIndex([2, 3], (i, j) => -10 * i - j));
  const sign = (k: number): number => k === 0 ? 1 : -1;
  const at = (k: number, i: number, j: number): number => sign(k) * (10 * i + j) + 0;
  check(bench, stack([x, y]), fromIndex([2, 2, 3], at));
  check(bench, stack([x, y], 1), fromIndex([2, 2, 3], (i, k, j) => at(k, i, j)));
  check(bench, stack([x, y], { axis: -1 }), fromIndex([2, 3, 2], (i, j, k) => at(k, i, j)));
});

Deno.test("stack() of scalars is a vector of their common dtype", () => {
  const bench = new Bench();
  const result = stack([1, bench.input(2.5), bench.input(3, "int32")]);
  check(bench, result, [1, 2.5, 3], "float64");
  assertEquals(opName(result), "MakeVector{dtype='float64'}");
  const v = tensor("float64", [false]);
  assertEquals([pattern(stack([v])), pattern(stack([v, v]))], ["TF", "FF"]);
});

Deno.test("stack() refuses an empty list and tensors without brackets", () => {
  assertEquals(
    messageOf(() => stack([])),
    "ValueError: tensors is empty. You should at least provide one tensor to " +
      "theano.tensor.stack(tensors, axis).",
  );
  assertEquals(
    messageOf(() => stack(tensor("float64", []) as never)),
    "TypeError: Cannot stack tensors: the first argument is not a list\n" +
      "  Put the tensors in brackets: stack([x, y])",
  );
});

Deno.test("stacklists() follows the nesting", () => {
  const bench = new Bench();
  const [w, x, y, z] = [1, 2, 3, 4].map((n) => bench.input(n));
  check(bench, stacklists([[w!, x!], [y!, z!]]), [[1, 2], [3, 4]]);
  check(bench, stacklists([bench.input([1, 2])]), [[1, 2]]);
});

Deno.test("horizontalStack() and verticalStack() take two or more matrices", () => {
  const bench = new Bench();
  const [x, y, z] = [a, b, c].map((values) => bench.input(values));
  check(bench, horizontalStack(x!, z!), a.map((row, i) => [...row, ...c[i]!]));
  check(bench, verticalStack(x!, y!), [...a, ...b]);
  assertEquals(
    messageOf(() => verticalStack(tensor("float64", [false, false], "m"))),
    "AssertionError: Cannot apply verticalStack to m (TensorType(float64, matrix)): it wants two " +
      "or more matrices",
  );
});

Deno.test("split() cuts along an axis, symbolic sizes included", () => {
  const bench = new Bench();
  const values = fromIndex([6, 2], (i, j) => 10 * i + j) as number[][];
  const x = bench.input(values);
  const columns = bench.input(fromIndex([2, 6], (i, j) => 10 * j + i));
  const n = bench.input(2, "int64");
  const parts: Nest[] = [values.slice(0, 1), values.slice(1, 3), values.slice(3)];
  split(x, [1, n, 3], 3).forEach((part, k) => check(bench, part, parts[k]!));
  split(x, [1, 2, 3], 3, -2).forEach((part, k) => check(bench, part, parts[k]!));
  const [none, whole] = split(columns, [0, 6], 2, { axis: 1 });
  check(bench, none!, [[], []]);
  check(bench, whole!, fromIndex([2, 6], (i, j) => 10 * j + i));
  assertEquals(opName(none!), "Split{2}");
});

Deno.test("split() gives memory of its own", () => {
  const bench = new Bench();
  const x = bench.input([1, 2, 3]);
  bench.run(split(x, [1, 2], 2)[0]!).fill(9);
  assertEquals(bench.run(x).toArray(), [1, 2, 3]);
});

Deno.test("split() refuses sizes that do not add up", () => {
  const bench = new Bench();
  const x = bench.input([1, 2, 3]);
  assertEquals(
    messageOf(() => bench.run(split(x, [1, 1], 2)[0]!)),
    "ValueError: The splits sum to 2, expected 3",
  );
  assertEquals(
    messageOf(() => bench.run(split(x, [4, -1], 2)[0]!)),
    "ValueError: Split: you tried to make an ndarray with a negative number of elements.",
  );
  assertEquals(
    messageOf(() => bench.run(split(x, [3], 2)[0]!)),
    "ValueError: In Split.perform(), len(splits) != len_splits: 1 != 2",
  );
  assertEquals(
    messageOf(() => split(tensor("float64", [], "s"), [1], 1)),
    "TypeError: Split: cannot split a scalar, s",
  );
});
