import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { array } from "../../core/array/build.ts";
import { Slice } from "../../core/array/slice.ts";
import { canonicalSlice } from "../../core/ops/canonical_slice.ts";
import { get, inc, incSubtensor, set, setSubtensor } from "../../core/ops/indexing.ts";
import type { ShapeItem } from "../../core/ops/kind.ts";
import { lt, switch_ } from "../../core/ops/logic.ts";
import { IncSubtensor, Subtensor } from "../../core/ops/subtensor.ts";
import { slice } from "../../core/ops/subtensor_index.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import type { IndexItem } from "../../core/tensor/methods.ts";
import { Bench, counting, errorOf, messageOf, type Nest, sliced } from "./subtensor_helpers.ts";

const ends: readonly (number | null)[] = [null, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7];
const steps: readonly (number | null)[] = ends.filter((step) => step !== 0);
const matrix = new TensorType("float64", [false, false]);
const row = new TensorType("float64", [true, false]);
const int64 = new TensorType("int64", []);

function eachSlice(visit: (slice: Slice<number>, size: number) => void): void {
  for (let size = 0; size <= 5; size++) {
    for (const start of ends) {
      for (const stop of ends) {
        for (const step of steps) visit(new Slice(start, stop, step), size);
      }
    }
  }
}

Deno.test("canonicalSlice() of known ends agrees with Python for every slice of 0 to 5 elements", () => {
  eachSlice((ends, size) => {
    const { start, step, length } = canonicalSlice(ends, size);
    const taken = Array.from(
      { length: length as number },
      (_, i) => (start as number) + i * (step as number),
    );
    assertEquals(taken, sliced([...Array(size).keys()], ends), `${ends} of ${size}`);
  });
});

Deno.test("canonicalSlice() of known ends and a symbolic size agrees with Python", () => {
  const bench = new Bench();
  const sizes = [0, 1, 2, 3, 4, 5].map((n) => bench.input(n, "int64"));
  for (const start of ends) {
    for (const stop of [null, -7, -3, -1, 0, 1, 4, 7]) {
      for (const step of [null, -3, -1, 2]) {
        const size = int64.makeVariable();
        const ends = new Slice<ShapeItem>(start, stop, step);
        const { length } = canonicalSlice(ends, size);
        for (const known of sizes) {
          bench.values.set(size, bench.values.get(known)!);
          const n = bench.size(known);
          const wanted = sliced([...Array(n).keys()], ends as Slice<number>).length;
          assertEquals(bench.size(length), wanted, `${ends} of ${n}`);
        }
      }
    }
  }
});

Deno.test("canonicalSlice() of symbolic ends, step and size agrees with Python", () => {
  const [start, stop, step, size] = [0, 0, 0, 0].map(() => int64.makeVariable());
  const { start: first, length } = canonicalSlice(
    new Slice<ShapeItem>(start!, stop!, step!),
    size!,
  );
  const bench = new Bench();
  eachSlice((ends, n) => {
    if (ends.start === null || ends.stop === null || ends.step === null) return;
    [start, stop, step, size].forEach((variable, i) => {
      const value = [ends.start, ends.stop, ends.step, n][i]!;
      bench.values.set(variable!, array(value, { dtype: "int64" }));
    });
    const wanted = sliced([...Array(n).keys()], ends);
    assertEquals(bench.size(length), wanted.length, `${ends} of ${n}`);
    if (wanted.length > 0) assertEquals(bench.size(first), wanted[0], `${ends} of ${n}`);
  });
});

Deno.test("canonicalSlice() leaves no comparison where ends are absent or known", () => {
  const size = int64.makeVariable("n");
  const length = (...ends: (number | null)[]): ShapeItem =>
    canonicalSlice(new Slice<ShapeItem>(...ends), size).length;
  assertStrictEquals(length(null, null), size);
  assertStrictEquals(length(0, null), size);
  assertStrictEquals(length(null, null, -1), size);
  assertEquals(length(null, 0), 0);
  assertEquals(
    String((length(1, null) as TensorVariable).owner),
    "Elemwise{sub,no_inplace}(n, Elemwise{minimum,no_inplace}.0)",
  );
});

Deno.test("get() with a slice gives Python's elements, in the shape it infers", () => {
  for (let size = 0; size <= 5; size++) {
    const list = [...Array(size).keys()];
    const bench = new Bench();
    const x = bench.input(list);
    for (const start of ends) {
      for (const stop of ends) {
        for (const step of steps) {
          const part = get(x, slice(start, stop, step));
          const wanted = sliced(list, new Slice(start, stop, step));
          assertEquals(bench.lists(part), wanted, `${start}:${stop}:${step} of ${size}`);
          assertEquals(bench.shape(part), [wanted.length]);
        }
      }
    }
  }
});

Deno.test("get() combines integers, slices, new axes and the ellipsis as nested lists do", () => {
  const bench = new Bench();
  const data = counting([2, 3, 4]) as number[][][];
  const x = bench.input(data);
  const cases: readonly (readonly [items: readonly IndexItem[], wanted: Nest])[] = [
    [[], data],
    [[1], data[1]!],
    [[-1, 2], data[1]![2]!],
    [[1, -3, 3], data[1]![0]![3]!],
    [[":", 1], data.map((m) => m[1]!)],
    [["...", 1], data.map((m) => m.map((v) => v[1]!))],
    [[0, "..."], data[0]!],
    [[0, "...", -1], data[0]!.map((v) => v[3]!)],
    [["::-1", "1:"], data.toReversed().map((m) => m.slice(1))],
    [[null], [data]],
    [[null, "..."], [data]],
    [["...", null], data.map((m) => m.map((v) => v.map((e) => [e])))],
    [[":", null, 1], data.map((m) => [m[1]!])],
    [[1, null, ":2"], [data[1]!.slice(0, 2)]],
    [[array(1, { dtype: "int64" }), 1n], data[1]![1]!],
  ];
  for (const [items, wanted] of cases) {
    const part = get(x, ...items);
    assertEquals(
      bench.lists(part),
      wanted,
      JSON.stringify(items, (_, v) => typeof v === "bigint" ? `${v}n` : v),
    );
    assertEquals(bench.shape(part), [...bench.run(part).shape]);
  }
});

Deno.test("get() with symbolic integers and ends takes a window", () => {
  const bench = new Bench();
  const list = [...Array(10).keys()];
  const x = bench.input(list);
  const i = new TensorType("int32", []).makeVariable("i");
  const part = get(x, slice(mul(i, 4), mul(add(i, 1), 4)));
  const at = get(x, i);
  for (const k of [0, 1, 2, 3, -1]) {
    bench.values.set(i, array(k, { dtype: "int32" }));
    const wanted = list.slice(k * 4, (k + 1) * 4);
    assertEquals(bench.lists(part), wanted, `window ${k}`);
    assertEquals(bench.shape(part), [wanted.length], `window ${k}`);
    assertEquals(bench.lists(at), list.at(k)!);
  }
});

Deno.test("Subtensor prints as in Theano", () => {
  const x = matrix.makeVariable("x");
  const i = new TensorType("int32", []).makeVariable("i");
  const texts: readonly (readonly [IndexItem[], string])[] = [
    [[0], "Subtensor{int64}(x, Constant{0})"],
    [["1:"], "Subtensor{int64::}(x, Constant{1})"],
    [[":", 0], "Subtensor{::, int64}(x, Constant{0})"],
    [["...", 0], "Subtensor{::, int64}(x, Constant{0})"],
    [["1:2"], "Subtensor{int64:int64:}(x, Constant{1}, Constant{2})"],
    [["::-1"], "Subtensor{::int64}(x, Constant{-1})"],
    [[i], "Subtensor{int32}(x, i)"],
    [[slice(i)], "Subtensor{:int32:}(x, i)"],
  ];
  for (const [items, text] of texts) assertEquals(String(get(x, ...items).owner), text);
});

Deno.test("IncSubtensor prints as in Theano", () => {
  const name = (...given: ConstructorParameters<typeof IncSubtensor>): string =>
    new IncSubtensor(...given).name;
  assertEquals(name(["int64"], { setInsteadOfInc: true }), "IncSubtensor{Set;int64}");
  assertEquals(name([new Slice("int64")]), "IncSubtensor{Inc;int64::}");
  assertEquals(
    name([new Slice(null, "int64")], { inplace: true, setInsteadOfInc: true }),
    "IncSubtensor{InplaceSet;:int64:}",
  );
  assertEquals([...new IncSubtensor(["int64"], { inplace: true }).destroyMap], [[0, 0]]);
  assertEquals([...new IncSubtensor(["int64"]).destroyMap], []);
});

Deno.test("get() keeps length one only where a slice is known to be whole", () => {
  const r = row.makeVariable("r");
  const i = int64.makeVariable("i");
  const pattern = (...items: IndexItem[]): readonly boolean[] => get(r, ...items).broadcastable;
  assertEquals(pattern(0), [false]);
  assertEquals(pattern(":"), [true, false]);
  assertEquals(pattern("0:1"), [true, false]);
  assertEquals(pattern("::-1"), [true, false]);
  assertEquals(pattern("-3:"), [true, false]);
  assertEquals(pattern("1:"), [false, false]);
  assertEquals(pattern(":1:-1"), [false, false]);
  assertEquals(pattern(slice(i, null)), [false, false]);
  assertEquals(pattern(slice(null, null, i)), [true, false]);
  assertEquals(pattern(null, 0), [true, false]);
  assertEquals(get(matrix.makeVariable(), "0:1").broadcastable, [false, false]);
});

Deno.test("get() refuses what is no index, with Theano's texts", () => {
  const x = matrix.makeVariable("x");
  const message = (...items: unknown[]): string => messageOf(() => get(x, ...items as IndexItem[]));
  assertEquals(message(0, 0, 0), "IndexError: too many indices for array");
  assertEquals(
    message("...", "..."),
    "IndexError: an index can only have a single Ellipsis (`...`)",
  );
  assertEquals(message(1.5), "TypeError: index must be integers or a boolean mask");
  assertEquals(message([1.5]), "TypeError: index must be integers or a boolean mask");
  assertEquals(
    message(new TensorType("float64", []).makeVariable()),
    "TypeError: index must be integers or a boolean mask",
  );
  assertEquals(message(undefined), "TypeError: index must be integers or a boolean mask");
  assertEquals(
    message([[true, false]]),
    "TypeError: TensorType does not support Python bools for indexing, such as " +
      "tensor[[True, False]]. To use a boolean mask, convert the mask to an array first, e.g., " +
      "x.get(theano.array([true, false])).",
  );
  assertEquals(
    message(slice(1.5, 2)),
    "TypeError: index must be integers or a boolean mask",
  );
  assertEquals(
    message(slice("1", 2)),
    "TypeError: slice ends must be integers, symbolic integer scalars or null",
  );
  assertEquals(
    message("1-2"),
    'SyntaxError: Cannot index with "1-2": it is not a slice\n' +
      '  Write a slice as "start:stop" or "start:stop:step", any of them left out, or "..."',
  );
});

Deno.test("slice() counts its ends as Python does", () => {
  assertEquals(String(slice(3)), "slice(None, 3, None)");
  assertEquals(String(slice(3, null)), "slice(3, None, None)");
  assertEquals(errorOf(() => slice()).message, "slice expected 1 to 3 arguments, got 0");
});

Deno.test("Subtensor names the index, axis and size that do not fit at run time", () => {
  const bench = new Bench();
  const x = bench.input(counting([2, 3]));
  const part = get(x, 0, bench.input(3, "int64"));
  const error = errorOf(() => bench.run(part));
  assertEquals(error.name, "IndexError");
  assertEquals(error.message, "index 3 is out of bounds for axis 1 with size 3");
  assertEquals(
    errorOf(() => bench.run(get(x, -3))).message,
    "index -3 is out of bounds for axis 0 with size 2",
  );
});

Deno.test("setSubtensor() and incSubtensor() change the part and leave the input alone", () => {
  const bench = new Bench();
  const data = counting([3, 4]) as number[][];
  const x = bench.input(data);
  const y = bench.input([10, 20, 30, 40]);
  const replaced = setSubtensor(get(x, 1), y);
  const added = incSubtensor(get(x, "::2"), y);
  assertEquals(bench.lists(replaced), data.with(1, [10, 20, 30, 40]));
  const sums = (row: number[]): number[] => row.map((e, j) => e + 10 * (j + 1));
  assertEquals(bench.lists(added), [sums(data[0]!), data[1]!, sums(data[2]!)]);
  assertEquals(bench.lists(x), data);
  assertEquals(bench.shape(added), [3, 4]);
  assertEquals(bench.lists(set(x, [":", -1], 7)), data.map((row) => row.with(3, 7)));
  assertEquals(bench.lists(inc(x, [2, 0], 0.5)), data.with(2, data[2]!.with(0, 8.5)));
});

Deno.test("setSubtensor() casts the value to the dtype of the tensor", () => {
  const bench = new Bench();
  const x = bench.input([1, 2, 3], "int32");
  const part = setSubtensor(get(x, "1:"), bench.input([2.9, -2.9]));
  assertEquals(part.dtype, "int32");
  assertEquals(bench.lists(part), [1, 2, -2]);
});

Deno.test("incSubtensor() of bool is a disjunction", () => {
  const bench = new Bench();
  const x = bench.input([1, 0], "bool");
  assertEquals(bench.run(incSubtensor(get(x, ":"), true)).toArray(), [true, true]);
});

Deno.test("setSubtensor() refuses wholes, values with too many axes and complex values", () => {
  const x = matrix.makeVariable("x");
  const whole = "TypeError: x must be the result of a subtensor operation";
  assertEquals(messageOf(() => setSubtensor(x, 1)), whole);
  assertEquals(messageOf(() => setSubtensor(add(x, 1), 1)), whole);
  assertEquals(
    messageOf(() => incSubtensor(get(x, 0), x)),
    "TypeError: Trying to increment a 1-dimensional subtensor with a 2-dimensional value.",
  );
  const z = new TensorType("complex128", []).makeVariable("z");
  assertEquals(
    messageOf(() => setSubtensor(get(x, 0), z)),
    "TypeError: Cannot write z (TensorType(complex128, scalar)) to a part of x " +
      "(TensorType(float64, matrix)): a complex number cannot become a real one\n" +
      "  Consider real(), imag(), angle() or abs()",
  );
});

Deno.test("setSubtensor() names the shapes of a value that does not fit", () => {
  const bench = new Bench();
  const x = bench.input([1, 2, 3]);
  const written = setSubtensor(get(x, ":"), bench.input([1, 2]));
  const error = errorOf(() => bench.run(written));
  assertEquals(error.name, "ValueError");
  assertEquals(
    error.message,
    "could not broadcast input array from shape (2,) into shape (3,)",
  );
});

Deno.test("setSubtensor() checks a value where the part is known to have length one", () => {
  const bench = new Bench();
  const r = bench.input([[1, 2, 3]], "float64", [true, false]);
  const y = bench.input([[5, 6, 7]]);
  assertEquals(bench.lists(setSubtensor(get(r, ":"), y)), [[5, 6, 7]]);
  const two = setSubtensor(get(r, ":"), bench.input(counting([2, 3])));
  assertEquals(
    errorOf(() => bench.run(two)).message,
    "Dimension 0 in Rebroadcast's input was supposed to be 1 (got 2 instead)",
  );
});

Deno.test("Subtensor is one op for equal index lists", () => {
  const one = new Subtensor(["int64", new Slice("int64")]);
  const same = get(matrix.makeVariable(), 1, "2:").owner!.op;
  assertEquals(one.key, same.key);
  assert(one.key !== new Subtensor(["int32", new Slice("int64")]).key);
  const a = get(matrix.makeVariable(), 1).owner!.inputs[1]!;
  const b = get(matrix.makeVariable(), 1).owner!.inputs[1]!;
  assertEquals(String(a.clone()), "Constant{1}");
  assert(a !== b);
});

Deno.test("ifNegative and its kind build switches only over what is unknown", () => {
  const n = int64.makeVariable("n");
  const { length } = canonicalSlice(new Slice<ShapeItem>(n, null), 5);
  const names = new Set<string>();
  const walk = (x: TensorVariable): void => {
    if (!x.owner) return;
    names.add(x.owner.op.name);
    for (const input of x.owner.inputs) walk(input as TensorVariable);
  };
  walk(length as TensorVariable);
  assert(names.has(switch_.op.name) && names.has(lt.op.name));
});
