import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Complex, type DType } from "../../core/dtype/dtype.ts";
import { arange, array, zeros } from "../../core/array/build.ts";
import { convertInput, type InputOptions } from "../../core/array/input.ts";
import { NDArray } from "../../core/array/ndarray.ts";

type Options = Partial<InputOptions>;

function convert(value: unknown, dtype: DType, ndim: number, options: Options = {}): NDArray {
  return convertInput(value, dtype, ndim, { floatX: "float64", ...options });
}

const f32 = NDArray.of(Float32Array.of(1.5, 2.5), [2], "float32");

const accepted: readonly (readonly [
  value: unknown,
  dtype: DType,
  ndim: number,
  options: Options,
  got: unknown,
])[] = [
  [0.1, "float64", 0, {}, 0.1],
  [0.1, "float32", 0, {}, Math.fround(0.1)],
  [0.1, "float16", 0, {}, Math.f16round(0.1)],
  [NaN, "float32", 0, {}, NaN],
  [5, "int64", 0, {}, 5],
  [2 ** 60, "int64", 0, {}, 2n ** 60n],
  [5, "int8", 0, {}, 5],
  [255, "uint8", 0, {}, 255],
  [1, "bool", 0, {}, true],
  [true, "bool", 0, {}, true],
  [true, "float64", 0, {}, 1],
  [3n, "float32", 0, {}, 3],
  [2n ** 64n - 1n, "uint64", 0, {}, 2n ** 64n - 1n],
  [2, "complex64", 0, {}, new Complex(2)],
  [new Complex(1, 0.1), "complex64", 0, {}, new Complex(1, Math.fround(0.1))],
  [[[0, 1], [-1, -2]], "float64", 2, {}, [[0, 1], [-1, -2]]],
  [[0.1], "float32", 1, {}, [Math.fround(0.1)]],
  [[1, 2], "int32", 1, {}, [1, 2]],
  [[], "int32", 1, {}, []],
  [Float32Array.of(1.5), "float64", 1, {}, [1.5]],
  [Int8Array.of(-1), "int64", 1, {}, [-1]],
  [Int16Array.of(-1), "float32", 1, {}, [-1]],
  [f32, "float64", 1, {}, [1.5, 2.5]],
  [[f32, f32], "float64", 2, {}, [[1.5, 2.5], [1.5, 2.5]]],
  [array(true), "float32", 0, {}, 1],
  [3.7, "int8", 0, { allowDowncast: true }, 3],
  [[300, -1.5], "int8", 1, { allowDowncast: true }, [44, -1]],
  [new Complex(2, 3), "float32", 0, { allowDowncast: true }, 2],
  [Float64Array.of(0.1), "float32", 1, { allowDowncast: true }, [Math.fround(0.1)]],
  [1.5, "float32", 0, { allowDowncast: false }, 1.5],
  [0.1, "float64", 0, { allowDowncast: false }, 0.1],
  [[NaN, -0], "float32", 1, { allowDowncast: false }, [NaN, -0]],
  [2n ** 24n, "float32", 0, { allowDowncast: false }, 2 ** 24],
  [new Complex(1.5, 2), "complex64", 0, { allowDowncast: false }, new Complex(1.5, 2)],
  [f32, "float32", 1, { strict: true }, [1.5, 2.5]],
  [Float32Array.of(2), "float32", 1, { strict: true }, [2]],
];

Deno.test("convertInput() makes an array of the dtype and number of dimensions asked for", () => {
  for (const [value, dtype, ndim, options, wanted] of accepted) {
    const got = convert(value, dtype, ndim, options);
    assertEquals([got.dtype, got.ndim], [dtype, ndim]);
    assertEquals(got.toArray<unknown>(), wanted, `${dtype} ${value}`);
  }
});

Deno.test("convertInput() returns a dense array of the right dtype itself", () => {
  assertStrictEquals(convert(f32, "float32", 1), f32);
  const data = Float64Array.of(1, 2);
  assertStrictEquals(convert(data, "float64", 1).data, data);
});

Deno.test("convertInput() copies a strided view anew each time", () => {
  const base = arange(4).reshape(2, 2);
  const view = base.T;
  const first = convert(view, "int64", 2);
  assert(first.isContiguous);
  assertEquals(first.toArray(), [[0, 2], [1, 3]]);
  base.fill(7);
  assertEquals(convert(view, "int64", 2).toArray(), [[7, 7], [7, 7]]);
});

const loss =
  "If you do not mind this precision loss, you can: 1) explicitly convert your data to " +
  "an array of dtype";
const risk = "without risking loss of precision. If you do not mind this loss, you can: " +
  "1) explicitly cast your data to";
const allow = 'or 2) set "allowInputDowncast: true" when calling "function".';

const refused: readonly (readonly [
  value: unknown,
  dtype: DType,
  ndim: number,
  options: Options,
  message: string,
])[] = [
  [
    0.5,
    "int64",
    0,
    {},
    "TensorType(int64, scalar) cannot store accurately value 0.5, it would be represented as 0. " +
    `${loss} int64, ${allow}`,
  ],
  [
    300,
    "int8",
    0,
    {},
    "TensorType(int8, scalar) cannot store accurately value 300, it would be represented as 44. " +
    `${loss} int8, ${allow}`,
  ],
  [
    [[1, 2], [3, -1]],
    "uint8",
    2,
    {},
    "TensorType(uint8, matrix) cannot store accurately value -1 at [1][1], it would be " +
    `represented as 255. ${loss} uint8, ${allow}`,
  ],
  [
    NaN,
    "int32",
    0,
    {},
    "TensorType(int32, scalar) cannot store accurately value NaN, it would be represented as 0. " +
    `${loss} int32, ${allow}`,
  ],
  [
    2,
    "bool",
    0,
    {},
    "TensorType(bool, scalar) cannot store accurately value 2, it would be represented as true. " +
    `${loss} bool, ${allow}`,
  ],
  [
    new Complex(1, 2),
    "float64",
    0,
    { typeName: "TensorType(float64, scalar)" },
    "TensorType(float64, scalar) cannot store accurately value (1+2j), it would be represented " +
    `as 1. ${loss} float64, ${allow}`,
  ],
  [
    [1.5, 0.1],
    "float32",
    1,
    { allowDowncast: false },
    "TensorType(float32, vector) cannot store accurately value 0.1 at [1], it would be " +
    `represented as 0.10000000149011612. ${loss} float32, ${allow}`,
  ],
  [
    2n ** 53n + 1n,
    "float64",
    0,
    { allowDowncast: false },
    "TensorType(float64, scalar) cannot store accurately value 9007199254740993, it would be " +
    `represented as 9007199254740992. ${loss} float64, ${allow}`,
  ],
  [
    new Complex(0.1, 0),
    "complex64",
    0,
    { allowDowncast: false },
    "TensorType(complex64, scalar) cannot store accurately value (0.1+0j), it would be " +
    `represented as (0.10000000149011612+0j). ${loss} complex64, ${allow}`,
  ],
  [
    Float64Array.of(1),
    "float32",
    1,
    {},
    `TensorType(float32, vector) cannot store a value of dtype float64 ${risk} float32, ` +
    `or 2) set "allowInputDowncast: true" when calling "function". Value: "array([1.])"`,
  ],
  [
    NDArray.of(Int32Array.of(1), [], "int32"),
    "float32",
    0,
    { typeName: "fscalar" },
    `fscalar cannot store a value of dtype int32 ${risk} float32, ` +
    'or 2) set "allowInputDowncast: true" when calling "function". ' +
    'Value: "array(1, dtype=int32)"',
  ],
  [
    [Int32Array.of(1), [1.5]],
    "int32",
    2,
    {},
    `TensorType(int32, matrix) cannot store a value of dtype float64 ${risk} int32, ` +
    'or 2) set "allowInputDowncast: true" when calling "function". ' +
    'Value: "array([[1. ],\n       [1.5]])"',
  ],
  [
    [1, 2, 3],
    "float64",
    2,
    {},
    "Wrong number of dimensions: expected 2, got 1 with shape (3,).",
  ],
  [1, "float64", 1, {}, "Wrong number of dimensions: expected 1, got 0 with shape ()."],
  [
    zeros([2, 1]),
    "float64",
    0,
    {},
    "Wrong number of dimensions: expected 0, got 2 with shape (2, 1).",
  ],
  [
    Float64Array.of(1),
    "float64",
    2,
    {},
    "Wrong number of dimensions: expected 2, got 1 with shape (1,).",
  ],
  [
    [[1, 2], [3]],
    "float64",
    2,
    {},
    "Cannot make an array: the rows are ragged: the element at [1] has shape (1,), " +
    "the one at [0] has shape (2,)",
  ],
  [["a"], "float64", 1, {}, 'Cannot make an array: the element at [0] is "a", which is no number'],
  [
    "1",
    "float64",
    0,
    {},
    'TensorType(float64, scalar) expected a number or an array-like object, but found "1".',
  ],
  [
    undefined,
    "int8",
    3,
    {},
    "TensorType(int8, 3D) expected a number or an array-like object, but found undefined.",
  ],
  [
    new Map(),
    "int8",
    0,
    {},
    "TensorType(int8, scalar) expected a number or an array-like object, but found a Map.",
  ],
  [
    1,
    "float64",
    0,
    { strict: true },
    "TensorType(float64, scalar) expected an array with a dtype (got 1).",
  ],
  [
    [1],
    "float64",
    1,
    { strict: true },
    "TensorType(float64, vector) expected an array with a dtype (got an Array).",
  ],
  [
    f32,
    "float64",
    1,
    { strict: true },
    "TensorType(float64, vector) expected an array with dtype = float64 (got float32).",
  ],
];

Deno.test("convertInput() refuses, with Theano's texts", () => {
  for (const [value, dtype, ndim, options, message] of refused) {
    const error = assertThrows(() => convert(value, dtype, ndim, options), TypeError);
    assertEquals(error.message, message);
  }
});
