import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ValueError } from "../../core/errors.ts";
import { Complex, type DType } from "../../core/dtype/dtype.ts";
import {
  arange,
  array,
  type ArrayOptions,
  empty,
  eye,
  full,
  inferDType,
  ones,
  zeros,
} from "../../core/array/build.ts";
import { NDArray } from "../../core/array/ndarray.ts";

const f32 = NDArray.of(Float32Array.of(1, 2), [2], "float32");
const c64 = NDArray.of(Float32Array.of(1, 2), [1], "complex64");

const inferred: readonly (readonly [value: unknown, dtype: DType])[] = [
  [true, "bool"],
  [[true, false], "bool"],
  [1, "int64"],
  [1.5, "float64"],
  [NaN, "float64"],
  [[1, 2], "int64"],
  [[1, 2.5], "float64"],
  [[1, Infinity], "float64"],
  [[true, 2], "int64"],
  [[], "float64"],
  [[[], []], "float64"],
  [5n, "int64"],
  [2n ** 63n, "uint64"],
  [[2n ** 63n, -1n], "float64"],
  [2 ** 60, "int64"],
  [1e20, "float64"],
  [[1, new Complex(1, 2)], "complex128"],
  [Uint8Array.of(1), "uint8"],
  [Uint8ClampedArray.of(1), "uint8"],
  [Float16Array.of(1), "float16"],
  [BigUint64Array.of(1n), "uint64"],
  [f32, "float32"],
  [[f32, f32], "float32"],
  [[f32, Int32Array.of(1, 2)], "float64"],
  [[f32, [1, 2.5]], "float32"],
  [[Int8Array.of(1), [1.5]], "float64"],
  [[Int8Array.of(1), [1]], "int8"],
  [[array(true), 3], "int64"],
  [[c64, c64], "complex64"],
  [[Int32Array.of(1), [new Complex(1)]], "complex128"],
];

Deno.test("inferDType() and array() agree on the dtype of a value", () => {
  for (const [value, dtype] of inferred) {
    assertEquals(inferDType(value), dtype);
    assertEquals(array(value).dtype, dtype);
  }
});

Deno.test("array() keeps nesting as shape and elements in order", () => {
  const a = array([[[1, 2], [3, 4]], [[5, 6], [7, 8.5]]]);
  assertEquals(a.shape, [2, 2, 2]);
  assertEquals(Array.from(a.data as Float64Array), [1, 2, 3, 4, 5, 6, 7, 8.5]);
  assertEquals(array([[], []]).shape, [2, 0]);
  assertEquals(array(3).shape, []);
  assertEquals(array([f32, [3, 4]]).toArray(), [[1, 2], [3, 4]]);
  assertEquals(array([f32.get(0), 5]).toArray(), [1, 5]);
});

Deno.test("array() of a typed array copies nothing, and neither does a shape", () => {
  const data = Float32Array.of(1, 2, 3, 4);
  assertStrictEquals(array(data).data, data);
  const m = array(data, { shape: [2, -1], dtype: "float32" });
  assertEquals(m.shape, [2, 2]);
  assertStrictEquals(m.data, data);
  assertStrictEquals(array(m), m);
});

Deno.test("array() of a typed array with a dtype casts, or reads pairs for a complex one", () => {
  assertEquals(array(Float64Array.of(1.5, -2), { dtype: "int32" }).toArray(), [1, -2]);
  const pairs = Float64Array.of(1, 2, 3, 4);
  const z = array(pairs, { dtype: "complex128" });
  assertStrictEquals(z.data, pairs);
  assertEquals(z.toArray(), [new Complex(1, 2), new Complex(3, 4)]);
  assertEquals(array(Int8Array.of(3), { dtype: "complex64" }).toArray(), [new Complex(3)]);
  assertEquals(array(Uint8Array.of(0, 7), { dtype: "bool" }).data, Uint8Array.of(0, 1));
});

Deno.test("array() of a clamped array has data that is not clamped", () => {
  const a = array(Uint8ClampedArray.of(1, 2));
  assert(a.data instanceof Uint8Array);
  assertEquals(a.toArray(), [1, 2]);
});

Deno.test("array() with a dtype rounds to floats", () => {
  assertEquals(array([0.1, 1], { dtype: "float32" }).toArray(), [Math.fround(0.1), 1]);
  assertEquals(array([0, 1, true], { dtype: "bool" }).toArray(), [false, true, true]);
  assertEquals(array([1, 2n ** 40n], { dtype: "int64" }).toArray(), [1, 2 ** 40]);
  assertEquals(array(0.1, { dtype: "float16" }).item(), Math.f16round(0.1));
  assertEquals(array([2], { dtype: "complex64" }).toArray(), [new Complex(2)]);
});

const keepHint =
  '\n  Give a dtype that holds every element, or cast: array(value).astype("float64")';

const refused: readonly (readonly [value: unknown, options: ArrayOptions, message: string])[] = [
  [
    [[1, 2], [3]],
    {},
    "Cannot make an array: the rows are ragged: the element at [1] has shape (1,), " +
    "the one at [0] has shape (2,)",
  ],
  [
    [[1, 2], [3, [4]]],
    {},
    "Cannot make an array: the rows are ragged: the element at [1][1] has shape (1,), " +
    "the one at [1][0] has shape ()",
  ],
  [
    [[1, 2], 3],
    {},
    "Cannot make an array: the rows are ragged: the element at [1] has shape (), " +
    "the one at [0] has shape (2,)",
  ],
  [
    [1, "2"],
    {},
    'Cannot make an array: the element at [1] is "2", which is no number',
  ],
  [[[1], [null]], {}, "Cannot make an array: the element at [1][0] is null, which is no number"],
  [undefined, {}, "Cannot make an array: undefined, which is no number"],
  [new Map(), {}, "Cannot make an array: a Map, which is no number"],
  [
    [[1, 2], [3, 2.5]],
    { dtype: "int32" },
    `Cannot make an array of int32: 2.5 at [1][1] would not keep its value${keepHint}`,
  ],
  [300, { dtype: "int8" }, `Cannot make an array of int8: 300 would not keep its value${keepHint}`],
  [
    [2],
    { dtype: "bool" },
    `Cannot make an array of bool: 2 at [0] would not keep its value${keepHint}`,
  ],
  [
    [-1n],
    { dtype: "uint64" },
    `Cannot make an array of uint64: -1 at [0] would not keep its value${keepHint}`,
  ],
  [
    new Complex(1, 2),
    { dtype: "float64" },
    `Cannot make an array of float64: (1+2j) would not keep its value${keepHint}`,
  ],
  [
    1,
    { dtype: "float" as DType },
    'Cannot make an array: "float" is no dtype\n' +
    "  Known dtypes: bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, " +
    "float32, float64, complex64, complex128",
  ],
];

Deno.test("array() refuses ragged rows, what is no number, and numbers the dtype cannot hold", () => {
  for (const [value, options, message] of refused) {
    assertEquals(assertThrows(() => array(value, options), TypeError).message, message);
  }
});

Deno.test("array() refuses a shape of another size", () => {
  const error = assertThrows(() => array([1, 2, 3], { shape: [2, 2] }), ValueError);
  assertEquals(error.message, "cannot reshape array of size 3 into shape (2, 2)");
});

Deno.test("zeros(), ones(), empty() and full() have the shape and dtype asked for", () => {
  assertEquals(zeros([2, 1]).toArray(), [[0], [0]]);
  assertEquals(zeros(2, "int8").toArray(), [0, 0]);
  assertEquals(ones([2], "bool").toArray(), [true, true]);
  assertEquals(ones([1], "complex64").toArray(), [new Complex(1)]);
  assertEquals(ones([1], "int64").data, BigInt64Array.of(1n));
  assertEquals([empty([3, 0]).shape, empty(4).dtype], [[3, 0], "float64"]);
  assertEquals([full([2], 7).dtype, full([2], 7).toArray()], ["int64", [7, 7]]);
  assertEquals(full([], 0.5, "float32").item(), 0.5);
  assertEquals(full([1], f32.get(1)).dtype, "float32");
  assertEquals(
    assertThrows(() => zeros([2, -1]), ValueError).message,
    "negative dimensions are not allowed",
  );
  assertEquals(
    assertThrows(() => zeros([1.5]), TypeError).message,
    "Cannot make an array of shape (1.5,): lengths are whole numbers",
  );
});

Deno.test("arange() is NumPy's", () => {
  assertEquals([arange(3).dtype, arange(3).toArray()], ["int64", [0, 1, 2]]);
  assertEquals(arange(5, 1, -2).toArray(), [5, 3]);
  assertEquals(arange(0, 1, 0.25).toArray(), [0, 0.25, 0.5, 0.75]);
  assertEquals(arange(2, 2).shape, [0]);
  assertEquals(arange(3, 0).shape, [0]);
  assertEquals(arange(3, null, 1, "float32").dtype, "float32");
  assertEquals(
    assertThrows(() => arange(0, 3, 0), ValueError).message,
    "Cannot make a range: the step is 0",
  );
});

Deno.test("eye() has ones on one diagonal", () => {
  assertEquals(eye(2).toArray(), [[1, 0], [0, 1]]);
  assertEquals(eye(2, 3, 1, "int8").toArray(), [[0, 1, 0], [0, 0, 1]]);
  assertEquals(eye(3, 2, -2).toArray(), [[0, 0], [0, 0], [1, 0]]);
  assertEquals(eye(1, 1, 0, "complex64").toArray(), [[new Complex(1)]]);
  assertEquals(eye(2, 2, 5).sum(), 0);
});
