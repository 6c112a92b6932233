import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ValueError } from "../../core/errors.ts";
import { allDtypes, Complex, type DType, dtypes } from "../../core/dtype/dtype.ts";
import { arange, array, zeros } from "../../core/array/build.ts";
import { NDArray } from "../../core/array/ndarray.ts";

Deno.test("NDArray.of() keeps the typed array", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const a = NDArray.of(data, [2, 3], "float32");
  assertStrictEquals(a.data, data);
  assertEquals([a.dtype, a.shape, a.ndim, a.size, a.strides], ["float32", [2, 3], 2, 6, [3, 1]]);
  assert(a.isContiguous);
});

Deno.test("NDArray.of() with an offset has data of exactly its size, in the same memory", () => {
  const data = Float64Array.of(0, 1, 2, 3, 4, 5);
  const a = NDArray.of(data, [2], "float64", undefined, 3);
  assertEquals(Array.from(a.data as Float64Array), [3, 4]);
  data[3] = -1;
  assertEquals(a.toArray(), [-1, 4]);
  const z = NDArray.of(data, [1], "complex128", undefined, 2);
  assertEquals(z.item<Complex>(), new Complex(4, 5));
});

Deno.test("NDArray.data of a strided view is one dense copy", () => {
  const a = arange(6).reshape(2, 3);
  const view = a.T;
  assert(!view.isContiguous);
  assertEquals(view.strides, [1, 3]);
  assertEquals(Array.from(view.data as BigInt64Array, Number), [0, 3, 1, 4, 2, 5]);
  assertStrictEquals(view.data, view.data);
  a.fill(7);
  assertEquals(view.toArray(), [[7, 7], [7, 7], [7, 7]], "elements are read through the view");
  assertEquals(view.dense().data.length, 6);
  assertEquals(view.dense().toArray(), view.toArray());
});

Deno.test("NDArray.dense() of a dense array is the array", () => {
  const a = arange(4);
  assertStrictEquals(a.dense(), a);
});

Deno.test("NDArray.scalar() makes storage only when asked, and then keeps it", () => {
  const values: Partial<Record<DType, number | bigint | boolean | Complex>> = {
    bool: true,
    int64: 5,
    uint64: 2n ** 64n - 1n,
    complex64: new Complex(1, 2),
  };
  for (const dtype of allDtypes) {
    const value = values[dtype] ?? (dtypes[dtype].kind === "complex" ? new Complex(3) : 3);
    const a = NDArray.scalar(value, dtype);
    assertEquals([a.ndim, a.size, a.shape, a.strides], [0, 1, [], []]);
    assertEquals(a.item(), value as number, dtype);
    assert(a.data instanceof dtypes[dtype].array, dtype);
    assertStrictEquals(a.data, a.data);
    assertEquals(a.item(), value as number, dtype);
  }
});

Deno.test("NDArray.scalar() sees what is written to its data", () => {
  const a = NDArray.scalar(1.5, "float64");
  a.data[0] = 2.5;
  assertEquals(a.item(), 2.5);
});

Deno.test("NDArray.item() gives a number where it is exact, a bigint where not", () => {
  const a = NDArray.of(BigInt64Array.of(2n ** 53n - 1n, 2n ** 53n, -5n), [3], "int64");
  assertEquals(a.toArray(), [2 ** 53 - 1, 2n ** 53n, -5]);
  assertEquals(a.get(1).item<bigint>(), 2n ** 53n);
  assertEquals(NDArray.scalar(7n, "int64").item(), 7);
  assertEquals(array([[2.5]]).item(), 2.5);
});

Deno.test("NDArray.item() refuses all but one element", () => {
  for (const a of [arange(2), zeros([0])]) {
    const error = assertThrows(() => a.item(), ValueError);
    assertEquals(error.message, "can only convert an array of size 1 to a Python scalar");
  }
});

Deno.test("NDArray.item() and toArray() give booleans for bool and Complex for complex", () => {
  assertEquals(array([true, false]).toArray(), [true, false]);
  assertEquals(array([new Complex(1, 2)]).toArray(), [new Complex(1, 2)]);
  assertEquals(zeros([2, 0]).toArray(), [[], []]);
});

Deno.test("NDArray.valueOf() of a 0-d array makes it compare and compute as its number", () => {
  const a: unknown = NDArray.scalar(2.5, "float32");
  assertEquals(Number(a), 2.5);
  assertEquals(Math.max(a as number, 1), 2.5);
  assertEquals((a as number) < 3, true);
  assertEquals(`${a}`, "2.5");
  const v = arange(2);
  assertStrictEquals(v.valueOf(), v);
});

Deno.test("NDArray.reshape() is a view of dense arrays and a copy of others", () => {
  const a = arange(6);
  const m = a.reshape([2, -1]);
  assertEquals(m.toArray(), [[0, 1, 2], [3, 4, 5]]);
  m.fill(1);
  assertEquals(a.toArray(), [1, 1, 1, 1, 1, 1]);
  const t = arange(4).reshape(2, 2).T;
  assertEquals(t.reshape(-1).toArray(), [0, 2, 1, 3]);
  assertEquals(arange(1).reshape([]).shape, []);
  const error = assertThrows(() => a.reshape(4), ValueError);
  assertEquals(error.message, "cannot reshape array of size 6 into shape (4,)");
});

Deno.test("NDArray.astype() casts as C does and always copies", () => {
  const a = array([1.9, -1.9, 300]);
  assertEquals(a.astype("int8").toArray(), [1, -1, 44]);
  assertEquals(a.astype("int64").toArray(), [1, -1, 300]);
  assertEquals(a.astype("bool").toArray(), [true, true, true]);
  assertEquals(a.astype("complex64").get(0).item<Complex>(), new Complex(Math.fround(1.9), 0));
  const same = a.astype("float64");
  assert(same.data !== a.data);
  assertEquals(array([3, 2 ** 60]).astype("float32").toArray(), [3, 2 ** 60]);
  assertEquals(arange(4).reshape(2, 2).T.astype("float64").toArray(), [[0, 2], [1, 3]]);
});

Deno.test("NDArray.astype() between all dtypes keeps small whole numbers", () => {
  for (const from of allDtypes) {
    for (const to of allDtypes) {
      const got = array([0, 1], { dtype: from }).astype(to);
      assertEquals(got.dtype, to);
      assert(got.data instanceof dtypes[to].array);
      assertEquals(got.astype("int8").toArray(), [0, 1], `${from} to ${to}`);
    }
  }
});

Deno.test("NDArray.T and transpose() reorder axes without copying", () => {
  const a = arange(24).reshape(2, 3, 4);
  assertEquals(a.T.shape, [4, 3, 2]);
  assertEquals(a.T.get(3, 2, 1).item(), 23);
  assertEquals(a.transpose(1, 0, 2).get(2, 1, 0).item(), 20);
  assertEquals(a.transpose([-1, 0, 1]).get(3, 0, 2).item(), 11);
  a.T.get(0, 0, 0, "...").fill(-1);
  assertEquals(a.get(0, 0, 0).item(), -1);
  assertEquals(
    assertThrows(() => a.transpose(0, 1), ValueError).message,
    "axes don't match array",
  );
});

Deno.test("NDArray iterates over axis 0", () => {
  assertEquals([...arange(3)].map((x) => x.item()), [0, 1, 2]);
  assertEquals([...arange(4).reshape(2, 2)].map((x) => x.toArray()), [[0, 1], [2, 3]]);
  const error = assertThrows(() => [...NDArray.scalar(1, "int8")], TypeError);
  assertEquals(error.message, "iteration over a 0-d array");
});

Deno.test("NDArray.map() keeps the dtype unless another is named", () => {
  const a = arange(4).reshape(2, 2).T;
  assertEquals(a.map((x, rank) => 10 * x + rank).toArray(), [[0, 21], [12, 33]]);
  const half = a.map((x) => x / 2, "float32");
  assertEquals([half.dtype, half.toArray()], ["float32", [[0, 1], [0.5, 1.5]]]);
  const error = assertThrows(() => a.map((x) => x / 2), TypeError);
  assertEquals(
    error.message,
    "Cannot store 0.5 in an array of int64: it would not keep its value\n" +
      '  Give another dtype, or convert the array first: astype("float64")',
  );
});

Deno.test("NDArray.fill() writes through views and returns the array", () => {
  const a = zeros([2, 3]);
  const view = a.get(":", 1);
  assertStrictEquals(view.fill(2.5), view);
  assertEquals(a.toArray(), [[0, 2.5, 0], [0, 2.5, 0]]);
  assertEquals(NDArray.scalar(1, "float64").fill(4).item(), 4);
  assertThrows(() => zeros([2], "uint8").fill(256), TypeError);
});

Deno.test("NDArray.sum() and mean() are plain numbers", () => {
  assertEquals(array([[1, 2], [3, 4.5]]).sum(), 10.5);
  assertEquals(arange(5).reshape(5, 1).T.mean(), 2);
  assertEquals(array([true, true, false]).sum(), 2);
  assertEquals(array([2 ** 53, 1]).sum<bigint>(), 2n ** 53n + 1n);
  assertEquals(array([new Complex(1, 2), 3]).mean<Complex>(), new Complex(2, 1));
  assertEquals(zeros([0]).sum(), 0);
  assertEquals(zeros([0]).mean(), NaN);
  assertEquals(array([1, NaN]).sum(), NaN);
});

Deno.test("NDArray.slice() takes rows as an array's own slice does", () => {
  const a = arange(5);
  for (const [start, stop] of [[0, 2], [1, 9], [-2, 5], [3, 1], [-9, -1]] as const) {
    assertEquals(a.slice(start, stop).toArray(), [0, 1, 2, 3, 4].slice(start, stop));
  }
  assertEquals(a.slice(3).toArray(), [3, 4]);
  assertEquals(a.slice().shape, [5]);
  assertEquals(arange(6).reshape(3, 2).slice(1, 2).toArray(), [[2, 3]]);
});

Deno.test("NDArray.copy() is dense and its own", () => {
  const a = arange(4).reshape(2, 2);
  const copy = a.T.copy();
  assert(copy.isContiguous);
  a.fill(0);
  assertEquals(copy.toArray(), [[0, 2], [1, 3]]);
});

Deno.test("NDArray.copy() of shared memory has ordinary memory", () => {
  const shared = NDArray.of(new Float32Array(new SharedArrayBuffer(8)), [2], "float32");
  assert(shared.copy().data.buffer instanceof ArrayBuffer);
});
