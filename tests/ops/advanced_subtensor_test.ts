import { assertEquals } from "@std/assert";
import { array } from "../../core/array/build.ts";
import { Slice } from "../../core/array/slice.ts";
import { call } from "../../core/graph/op.ts";
import {
  AdvancedIncSubtensor,
  AdvancedIncSubtensor1,
  AdvancedSubtensor,
  AdvancedSubtensor1,
} from "../../core/ops/advanced_subtensor.ts";
import { add } from "../../core/ops/arithmetic.ts";
import { get, incSubtensor, set, setSubtensor } from "../../core/ops/indexing.ts";
import { gt } from "../../core/ops/logic.ts";
import { take } from "../../core/ops/take.ts";
import type { IndexItem } from "../../core/tensor/methods.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import { Bench, counting, messageOf, type Nest } from "./subtensor_helpers.ts";

const data = counting([3, 4, 2]) as number[][][];
const vector = (dtype: "int64" | "float64" = "int64"): TensorType => new TensorType(dtype, [false]);
const matrix = new TensorType("float64", [false, false]);
const row = new TensorType("float64", [true, false]);

Deno.test("get() with index arrays follows NumPy's rules, in the shape it infers", () => {
  const bench = new Bench();
  const x = bench.input(data);
  const i = [0, 2, -1, 0];
  const j = [3, 0, 1, 1];
  const k = [0, 1, 1, 0];
  const [I, J, K] = [i, j, k].map((list) => bench.input(list, "int64"));
  const column = bench.input([[0], [2]], "int32", [false, true]);
  const loose = bench.input([[0], [2]], "int64");
  const one = bench.input(1, "int8");
  const at = (a: number): number[][] => data.at(a)!;
  const cases: readonly (readonly [items: readonly IndexItem[], wanted: Nest])[] = [
    [[I!], i.map(at)],
    [[i], i.map(at)],
    [[Int32Array.from(i)], i.map(at)],
    [[":", J!], data.map((m) => j.map((b) => m[b]!))],
    [["...", K!], data.map((m) => m.map((v) => k.map((c) => v[c]!)))],
    [[[i, j.map((b) => b - 1)]], [i.map(at), j.map((b) => at(b - 1))]],
    [[":", [[3, 0], [1, 1]]], data.map((m) => [[m[3]!, m[0]!], [m[1]!, m[1]!]])],
    [[I!, J!], i.map((a, p) => at(a)[j[p]!]!)],
    [[I!, J!, K!], i.map((a, p) => at(a)[j[p]!]![k[p]!]!)],
    [[I!, ":", K!], i.map((a, p) => at(a).map((v) => v[k[p]!]!))],
    [[I!, 1], i.map((a) => at(a)[1]!)],
    [[I!, one], i.map((a) => at(a)[1]!)],
    [[0, ":", K!], k.map((c) => data[0]!.map((v) => v[c]!))],
    [[1, J!], j.map((b) => data[1]![b]!)],
    [["1:", J!], data.slice(1).map((m) => j.map((b) => m[b]!))],
    [["...", J!, "::-1"], data.map((m) => j.map((b) => m[b]!.toReversed()))],
    [[I!, null], i.map((a) => [at(a)])],
    [[I!, null, ":", K!], i.map((a, p) => [at(a).map((v) => v[k[p]!]!)])],
    [[column, J!], [0, 2].map((a) => j.map((b) => at(a)[b]!))],
    [[loose, J!], [0, 2].map((a) => j.map((b) => at(a)[b]!))],
    [[[]], []],
  ];
  for (const [items, wanted] of cases) {
    const part = get(x, ...items);
    assertEquals(bench.lists(part), wanted, String(part.owner));
    assertEquals(bench.shape(part), [...bench.run(part).shape], String(part.owner));
  }
});

Deno.test("get() with masks takes what is true, in C order", () => {
  const bench = new Bench();
  const x = bench.input(data);
  const first = [1, 0, 1];
  const second = [0, 1, 1, 0];
  const both = [[1, 0, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0]];
  const [F, S, B] = [first, second, both].map((mask) => bench.input(mask, "bool"));
  const some = (list: number[]): number[] => list.flatMap((on, i) => on ? [i] : []);
  const flat = data.flat(2);
  const cases: readonly (readonly [items: readonly IndexItem[], wanted: Nest])[] = [
    [[F!], data.filter((_, a) => first[a])],
    [[array([true, false, true])], data.filter((_, a) => first[a])],
    [[":", S!], data.map((m) => m.filter((_, b) => second[b]))],
    [[B!], data.flatMap((m, a) => m.filter((_, b) => both[a]![b]))],
    [[gt(x, 20)], flat.filter((e) => e > 20)],
    [[F!, 1], some(first).map((a) => data[a]![1]!)],
    [
      [B!, "::-1"],
      data.flatMap((m, a) => m.filter((_, b) => both[a]![b])).map((v) => v.toReversed()),
    ],
    [[F!, [1, 2]], some(first).map((a, p) => data[a]![[1, 2][p]!]!)],
  ];
  for (const [items, wanted] of cases) {
    const part = get(x, ...items);
    assertEquals(bench.lists(part), wanted);
    assertEquals(bench.shape(part), null);
    assertEquals(part.owner!.op.name, "AdvancedBooleanSubtensor");
  }
});

Deno.test("get() takes the list of nonzero() as Python's tuple", () => {
  const bench = new Bench();
  const x = bench.input(data);
  const tuple = [[2, 0], [1, 3]].map((list) => bench.input(list, "int64"));
  assertEquals(bench.lists(get(x, tuple)), [data[2]![1]!, data[0]![3]!]);
});

Deno.test("get() knows the patterns of advanced parts", () => {
  const pattern = (type: TensorType, ...items: IndexItem[]): readonly boolean[] =>
    get(type.makeVariable(), ...items).broadcastable;
  const i = vector().makeVariable();
  assertEquals(pattern(row, [0]), [true, false]);
  assertEquals(pattern(matrix, [0]), [true, false]);
  assertEquals(pattern(matrix, i), [false, false]);
  assertEquals(pattern(row, ":", i), [true, false]);
  assertEquals(pattern(matrix, i, null), [false, true, false]);
  assertEquals(pattern(matrix, [0], [1]), [true]);
  assertEquals(pattern(matrix, [0], i), [false]);
  assertEquals(pattern(row, new TensorType("bool", [false]).makeVariable()), [false, false]);
});

Deno.test("advanced ops print as in Theano", () => {
  const x = matrix.makeVariable("x");
  const i = vector().makeVariable("i");
  assertEquals(String(get(x, i).owner), "AdvancedSubtensor1(x, i)");
  assertEquals(
    String(get(x, ":", i)),
    "InplaceDimShuffle{1,0}.0",
  );
  assertEquals(String(get(x, i, i).owner), "AdvancedSubtensor(x, i, i)");
  assertEquals(String(get(x, i, 1).owner), "AdvancedSubtensor(x, i, TensorConstant{1})");
  const set = { setInsteadOfInc: true };
  const inplace = { inplace: true };
  assertEquals(new AdvancedIncSubtensor1().name, "AdvancedIncSubtensor1{no_inplace,inc}");
  assertEquals(
    new AdvancedIncSubtensor1({ ...set, ...inplace }).name,
    "AdvancedIncSubtensor1{inplace,set}",
  );
  const list = [{ dtype: "int64", ndim: 1 }] as const;
  assertEquals(
    new AdvancedIncSubtensor(list, set).name,
    "AdvancedIncSubtensor{inplace=False,  set_instead_of_inc=True}",
  );
  assertEquals(
    new AdvancedIncSubtensor([{ dtype: "bool", ndim: 1 }], inplace).name,
    "AdvancedBooleanIncSubtensor{inplace=True,  set_instead_of_inc=False}",
  );
  assertEquals([...new AdvancedIncSubtensor(list, inplace).destroyMap], [[0, 0]]);
  assertEquals([...new AdvancedIncSubtensor1(inplace).destroyMap], [[0, 0]]);
});

Deno.test("advanced ops with other index lists are other ops", () => {
  const key = (...list: ConstructorParameters<typeof AdvancedSubtensor>[0]): string =>
    new AdvancedSubtensor(list).key;
  const keys = [
    key({ dtype: "int64", ndim: 1 }),
    key({ dtype: "int64", ndim: 2 }),
    key({ dtype: "int32", ndim: 1 }),
    key(null, { dtype: "int64", ndim: 1 }),
    key(new Slice(), { dtype: "int64", ndim: 1 }),
    key(new Slice("int64"), { dtype: "int64", ndim: 1 }),
    new AdvancedSubtensor1().key,
    new AdvancedSubtensor1(true).key,
  ];
  assertEquals(new Set(keys).size, keys.length);
});

Deno.test("advanced indices are checked when they run", () => {
  const bench = new Bench();
  const x = bench.input(data);
  assertEquals(
    messageOf(() => bench.run(get(x, [0, 3]))),
    "IndexError: index 3 is out of bounds for axis 0 with size 3",
  );
  assertEquals(
    messageOf(() => bench.run(get(x, ":", [-5], [0]))),
    "IndexError: index -5 is out of bounds for axis 1 with size 4",
  );
  assertEquals(
    messageOf(() => bench.run(get(x, bench.input([1, 0], "bool")))),
    "IndexError: boolean index did not match indexed array along axis 0; size of axis is 3 but " +
      "size of corresponding boolean axis is 2",
  );
  assertEquals(
    messageOf(() => bench.run(get(x, [0, 1, 2], [0, 1]))),
    "IndexError: shape mismatch: indexing arrays could not be broadcast together with shapes " +
      "(3,) (2,)",
  );
});

Deno.test("advanced ops refuse wrong inputs when they are applied", () => {
  const x = matrix.makeVariable("x");
  const rows = new AdvancedSubtensor1();
  assertEquals(
    messageOf(() => call(rows, x, vector("float64").makeVariable())),
    "TypeError: index must be integers",
  );
  assertEquals(
    messageOf(() => call(rows, x, new TensorType("int64", []).makeVariable())),
    "TypeError: index must be vector",
  );
  assertEquals(
    messageOf(() =>
      call(rows, new TensorType("int64", []).makeVariable(), vector().makeVariable())
    ),
    "TypeError: cannot index into a scalar",
  );
  const i = vector().makeVariable("i");
  assertEquals(messageOf(() => get(x, i, i, i)), "IndexError: too many indices for array");
  assertEquals(
    messageOf(() => get(x, new TensorType("bool", [false, false, false]).makeVariable())),
    "IndexError: too many indices for array",
  );
  assertEquals(
    messageOf(() => incSubtensor(get(x, i, i), x)),
    "TypeError: Trying to increment a 1-dimensional subtensor with a 2-dimensional value.",
  );
});

Deno.test("incSubtensor() counts every occurrence of an index, setSubtensor() keeps the last", () => {
  const bench = new Bench();
  const x = bench.input([10, 20, 30]);
  const rows = bench.input([0, 2, 0, -1], "int64");
  const y = bench.input([1, 2, 3, 4]);
  assertEquals(bench.lists(incSubtensor(get(x, rows), y)), [14, 20, 36]);
  assertEquals(bench.lists(setSubtensor(get(x, rows), y)), [3, 20, 4]);
  assertEquals(bench.lists(incSubtensor(get(x, rows), 1)), [12, 20, 32]);
  const grid = bench.input(counting([2, 3]));
  const [a, b] = [[0, 1, 0], [1, 2, 1]].map((list) => bench.input(list, "int64"));
  const ones = bench.input([100, 200, 300]);
  assertEquals(bench.lists(incSubtensor(get(grid, a!, b!), ones)), [[0, 401, 2], [3, 4, 205]]);
  assertEquals(bench.lists(setSubtensor(get(grid, a!, b!), ones)), [[0, 300, 2], [3, 4, 200]]);
});

Deno.test("setSubtensor() reaches through the axes and shapes that take() goes through", () => {
  const bench = new Bench();
  const grid = counting([2, 4]) as number[][];
  const x = bench.input(grid);
  const columns = bench.input([3, 0], "int64");
  const y = bench.input([[-1, -2], [-3, -4]]);
  assertEquals(bench.lists(setSubtensor(get(x, ":", columns), y)), [[-2, 1, 2, -1], [
    -4,
    5,
    6,
    -3,
  ]]);
  const line = bench.input([-1, -2]);
  assertEquals(
    bench.lists(setSubtensor(get(x, ":", columns), line)),
    [[-2, 1, 2, -1], [-2, 5, 6, -1]],
  );
  const square = bench.input([[0, 1], [1, 0]], "int64");
  const part = get(x, square);
  assertEquals(
    bench.lists(
      incSubtensor(part, bench.input([[[1], [2]], [[3], [4]]], "float64", [false, false, true])),
    ),
    grid.map((row, r) => row.map((e) => e + [5, 5][r]!)),
  );
  assertEquals(bench.lists(setSubtensor(part, 7)), [[7, 7, 7, 7], [7, 7, 7, 7]]);
  assertEquals(bench.lists(set(x, [":", [[3, 0], [1, 2]]], 5)), [[5, 5, 5, 5], [5, 5, 5, 5]]);
});

Deno.test("setSubtensor() and incSubtensor() write where a mask is true", () => {
  const bench = new Bench();
  const x = bench.input([[1, 2, 3], [4, 5, 6]]);
  const mask = bench.input([[1, 0, 0], [1, 0, 1]], "bool");
  assertEquals(bench.lists(setSubtensor(get(x, mask), 0)), [[0, 2, 3], [0, 5, 0]]);
  assertEquals(
    bench.lists(incSubtensor(get(x, mask), bench.input([10, 20, 30]))),
    [[11, 2, 3], [24, 5, 36]],
  );
  const rows = bench.input([0, 1], "bool");
  assertEquals(
    bench.lists(setSubtensor(get(x, rows, "1:"), bench.input([[7, 8]]))),
    [[1, 2, 3], [4, 7, 8]],
  );
});

Deno.test("take() replaces the axis by the axes of the indices, in each mode", () => {
  const bench = new Bench();
  const grid = counting([3, 4]) as number[][];
  const x = bench.input(grid);
  const wild = [-9, 5, 1];
  const index = bench.input(wild, "int64");
  const wrap = (i: number, n: number): number => ((i % n) + n) % n;
  const clip = (i: number, n: number): number => Math.max(0, Math.min(i, n - 1));
  for (const [mode, inside] of [["wrap", wrap], ["clip", clip]] as const) {
    assertEquals(
      bench.lists(take(x, index, { axis: 0, mode })),
      wild.map((i) => grid[inside(i, 3)]!),
    );
    assertEquals(
      bench.lists(take(x, index, -1, mode)),
      grid.map((line) => wild.map((i) => line[inside(i, 4)]!)),
    );
    assertEquals(
      bench.lists(take(x, index, { mode })),
      wild.map((i) => grid.flat()[inside(i, 12)]!),
    );
  }
  assertEquals(bench.lists(take(x, [[0, 11], [5, -1]])), [[0, 11], [5, 11]]);
  assertEquals(bench.lists(take(x, 2, { axis: 1 })), grid.map((line) => line[2]!));
  assertEquals(bench.shape(take(x, [[0, 1]], 1)), [3, 1, 2]);
});

Deno.test("take() refuses fractions, and axes and modes that do not exist", () => {
  const x = matrix.makeVariable("x");
  assertEquals(messageOf(() => take(x, [0.5])), "TypeError: index must be integers");
  assertEquals(
    messageOf(() => take(x, [0], 2)),
    "ValueError: axis 2 is out of bounds for array of dimension 2",
  );
  assertEquals(
    messageOf(() => take(x, [0], 0, "loop" as "wrap")),
    'ValueError: Cannot take with mode "loop": there is no such mode\n' +
      '  Use "raise", "clip" or "wrap"',
  );
});

Deno.test("get() of a computed index evaluates the computation", () => {
  const bench = new Bench();
  const x = bench.input([5, 6, 7, 8]);
  const i = bench.input([0, 1, 2], "int64");
  assertEquals(bench.lists(get(x, add(i, 1))), [6, 7, 8]);
});
