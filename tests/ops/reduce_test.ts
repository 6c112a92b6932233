import { assertEquals } from "@std/assert";
import type { DType } from "../../core/dtype/dtype.ts";
import { add } from "../../core/ops/arithmetic.ts";
import { all, any, caReduce, max, min, prod, reduceWith, sum } from "../../core/ops/reduce.ts";
import { reductions } from "../../core/ops/reduce_record.ts";
import type { Axes, AxisOptions, TensorLike } from "../../core/tensor/methods.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { at, check, fromIndex, opName, pattern } from "./lists.ts";
import { Bench, messageOf, type Nest } from "./subtensor_helpers.ts";

const shape = [2, 3, 4];
const values = fromIndex(shape, (i, j, k) => ((i * 7 + j * 5 + k * 3) % 11) - 4);

type Reduction = (x: TensorLike, options?: AxisOptions) => TensorVariable;

const cases: readonly (readonly [string, Reduction, (group: number[]) => number, DType])[] = [
  ["sum", (x, o) => sum(x, o ?? {}), (group) => group.reduce((a, b) => a + b, 0), "float64"],
  ["prod", (x, o) => prod(x, o ?? {}), (group) => group.reduce((a, b) => a * b, 1), "float64"],
  ["max", (x, o) => max(x, o ?? {}), (group) => Math.max(...group), "float64"],
  ["min", (x, o) => min(x, o ?? {}), (group) => Math.min(...group), "float64"],
];

const subsets: readonly Axes[] = [null, 0, 1, 2, -1, [0], [0, 1], [2, 0], [1, 2], [0, 1, 2], [
  -3,
  -1,
]];

/** A reduction of the values by loops over indices. */
function reduced(axis: Axes, keep: boolean, of: (group: number[]) => number): Nest {
  const gone = axis === null ? [0, 1, 2] : [axis].flat().map((a) => (a + 3) % 3);
  const outer = shape.map((n, i) => gone.includes(i) ? 1 : n);
  const inner = shape.map((n, i) => gone.includes(i) ? n : 1);
  const whole = fromIndex(outer, (...o) => {
    const group: number[] = [];
    fromIndex(inner, (...i) => group.push(at(values, ...o.map((a, d) => a + i[d]!))));
    return of(group);
  });
  return keep ? whole : dropped(whole, gone, 0);
}

function dropped(list: Nest, gone: readonly number[], axis: number): Nest {
  if (!Array.isArray(list)) return list;
  const inner = list.map((item) => dropped(item, gone, axis + 1));
  return gone.includes(axis) ? inner[0]! : inner;
}

for (const [name, reduction, of, dtype] of cases) {
  Deno.test(`${name}() agrees with loops over indices for every choice of axes`, () => {
    const bench = new Bench();
    const x = bench.input(values);
    for (const axis of subsets) {
      for (const keepdims of [false, true]) {
        check(bench, reduction(x, { axis, keepdims }), reduced(axis, keepdims, of), dtype);
      }
    }
  });
}

Deno.test("any() and all() are bool and tell truth from zero, NaN being true", () => {
  const bench = new Bench();
  const x = bench.input([[0, 2, NaN], [0, 0, 1]]);
  const value = (result: TensorVariable): unknown => bench.run(result).toArray();
  assertEquals(value(any(x, 0)), [false, true, true]);
  assertEquals(value(all(x, { axis: 0 })), [false, false, true]);
  assertEquals([any(x).dtype, all(x, { axis: 1, keepdims: true }).dtype], ["bool", "bool"]);
  assertEquals(value(all(x, { axis: 1, keepdims: true })), [[false], [false]]);
});

Deno.test("max() and min() pass NaN on", () => {
  const bench = new Bench();
  const x = bench.input([[1, NaN], [3, 2]]);
  assertEquals(bench.lists(max(x, { axis: 1 })), [NaN, 3]);
  assertEquals(bench.lists(min(x, { axis: 1 })), [NaN, 2]);
});

Deno.test("sum() and prod() of integers are 64 bits wide and wrap there", () => {
  const bench = new Bench();
  const x = bench.input([100, 100, 100], "int8");
  check(bench, sum(x), 300, "int64");
  check(bench, prod(x), 1000000, "int64");
  check(bench, sum(bench.input([200, 200], "uint8")), 400, "uint64");
  const big = bench.input([2 ** 40, 2 ** 40], "int64");
  check(bench, prod(big), 0, "int64");
});

Deno.test("a reduction by mul() of 32-bit integers wraps exactly", () => {
  const bench = new Bench();
  const x = bench.input([2147483647, 2147483647], "int32");
  const record = { ...reductions.prod, dtypes: "same" as const };
  check(bench, reduceWith(record, x), 1, "int32");
});

Deno.test("sum() of float16 accumulates in float64", () => {
  const bench = new Bench();
  const x = bench.input([60000, 60000, -60000], "float16");
  check(bench, sum(x), 60000, "float16");
  assertEquals(opName(sum(x)), "Sum{acc_dtype=float64}");
});

Deno.test("reductions of no elements give the identity, or an error that names the axis", () => {
  const bench = new Bench();
  const x = bench.input([[], []]);
  check(bench, sum(x, { axis: 1 }), [0, 0]);
  check(bench, prod(x, { axis: 1 }), [1, 1]);
  check(bench, max(x, { axis: 0 }), []);
  assertEquals(
    messageOf(() => bench.run(max(bench.input([[], []]), { axis: 1 }))).replace(/<.*>/, "x"),
    "ValueError: Input (x) has zero-size on axis 1, but self.scalar_op (maximum) has no attribute " +
      "'identity'",
  );
});

Deno.test("ProdWithoutZeros leaves zeros out, and starts from 1", () => {
  const bench = new Bench();
  const x = bench.input([[2, 0, 3], [0, 0, 0]]);
  check(bench, reduceWith(reductions.prodWithoutZeros, x, { axis: 1 }), [6, 1]);
});

Deno.test("reduction ops are printed as Theano prints them", () => {
  const x = tensor("float64", [false, false]);
  const i = tensor("int32", [false, false]);
  const names: readonly (readonly [TensorVariable, string])[] = [
    [sum(x), "Sum{acc_dtype=float64}"],
    [sum(x, { axis: 1 }), "Sum{axis=[1], acc_dtype=float64}"],
    [sum(i, { axis: [1, 0] }), "Sum{axis=[0, 1], acc_dtype=int64}"],
    [prod(x), "Prod{axis=None, dtype='float64', acc_dtype='float64'}"],
    [prod(x, { axis: -1 }), "Prod{axis=(1,), dtype='float64', acc_dtype='float64'}"],
    [max(x), "Reduce{maximum}"],
    [max(x, { axis: 0 }), "Reduce{maximum}{0}"],
    [min(x, { axis: [0, 1] }), "Reduce{minimum}{0, 1}"],
    [any(x), "Any"],
    [all(x, { axis: 0 }), "All{0}"],
    [caReduce(add.record, 1).call(x) as TensorVariable, "Reduce{add}{1}"],
  ];
  for (const [result, name] of names) assertEquals(opName(result), name);
});

Deno.test("reductions drop or keep the broadcast pattern", () => {
  const row = tensor("float64", [true, false]);
  assertEquals(pattern(sum(row, { axis: 1 })), "T");
  assertEquals(pattern(sum(row, { axis: 1, keepdims: true })), "TT");
  assertEquals(pattern(sum(row, { axis: 0 })), "F");
});

Deno.test("ops of one reduction are told apart by axes and dtypes", () => {
  const x = tensor("float32", [false]);
  const key = (r: TensorVariable): string => r.owner!.op.key;
  assertEquals(key(sum(x)), key(sum(x)));
  const distinct = [
    sum(x),
    sum(x, 0),
    sum(x, { dtype: "float64" }),
    prod(x),
    prod(x, {
      noZerosInInput: true,
    }),
    max(x),
  ];
  assertEquals(new Set(distinct.map(key)).size, distinct.length);
});

Deno.test("sum() refuses dtypes that lose precision, in Theano's words", () => {
  const x = tensor("float32", [false], "x");
  assertEquals(
    messageOf(() => sum(x, { dtype: "int32" })),
    "TypeError: Cannot build Sum{acc_dtype=None} node with input dtype float32 and output dtype " +
      "int32, as precision would be lost. To correct this error, you can:\n" +
      "  - not specify dtype, or\n" +
      "  - use a dtype at least as precise as float64.\n" +
      'If you are expecting the precision loss, you can use tensor.cast(..., dtype="int32"), on ' +
      "your input.",
  );
  assertEquals(
    messageOf(() => sum(tensor("float64", [false]), { accDtype: "float32" })),
    "TypeError: Cannot build Sum{acc_dtype=float32} node with input dtype float64 and acc_dtype " +
      "float32, as precision would be lost. To correct this error, you can:\n" +
      "  - not specify acc_dtype, or\n" +
      "  - use an acc_dtype at least as precise as float64.\n" +
      'If you are expecting the precision loss, you can use tensor.cast(..., dtype="float32"), on ' +
      "your input.",
  );
  assertEquals(sum(tensor("int8", [false]), { dtype: "float32" }).dtype, "float32");
});

Deno.test("reductions refuse axes that do not exist and what is no axis", () => {
  const x = tensor("float64", [false], "x");
  assertEquals(
    messageOf(() => sum(x, { axis: 1 })),
    "ValueError: Not enough dimensions on x to reduce on axis 1",
  );
  assertEquals(
    messageOf(() => max(x, { axis: [-2] })),
    "ValueError: Not enough dimensions on x to reduce on axis -2",
  );
  assertEquals(
    messageOf(() => sum(x, { axis: 0.5 })),
    "TypeError: Axis must be an integer, tuple, list of integers or a constant. Got 0.5",
  );
  check(new Bench(), sum(constant([1.5, 2]), { axis: 0 }), 3.5);
});

Deno.test("max() and min() refuse complex numbers", () => {
  const x = tensor("complex64", [false], "x");
  assertEquals(
    messageOf(() => max(x)),
    "TypeError: Cannot reduce complex64 with maximum: complex numbers have no order",
  );
  assertEquals(
    messageOf(() => min(x)),
    "NotImplementedError: Cannot take min of x (TensorType(complex64, vector)): it is complex",
  );
});
