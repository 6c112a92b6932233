/**
 * @file The interpreter of kernels against results worked out by hand.
 */

import { assertEquals, assertThrows } from "@std/assert";
import { NDArray } from "../../core/array/ndarray.ts";
import type { DType, TypedArray } from "../../core/dtype/dtype.ts";
import { interpretKernel, type KernelMemory } from "../../core/kernel/interpret.ts";
import type { CustomKernel, IndexedAxis, Operand } from "../../core/kernel/kernel.ts";
import { mrgState } from "../../core/random/mrg.ts";
import { RandomState } from "../../core/random/random_state.ts";
import { stateLength, wordsOf } from "../../core/random/words.ts";
import { evaluateSize, type Size, Sizes } from "../../core/kernel/size.ts";
import { Builder } from "../../core/scalar/expr.ts";

const sizes = new Sizes();
const s = new Builder();
const size = (value: number): Size => sizes.const(value);

function walk(buffer: number, dtype: DType, strides: readonly number[], offset = 0): Operand {
  return { buffer, dtype, offset: size(offset), strides: strides.map(size) };
}

function memory(...buffers: readonly TypedArray[]): KernelMemory {
  const none = { dim: (): number => NaN, value: (): number => NaN };
  return { data: (k) => buffers[k]!, size: (x) => evaluateSize(x, none) };
}

Deno.test("a map walks its operands by their strides, params and counters beside them", () => {
  const out = new Int32Array(6);
  const x = new Int32Array([1, 2, 3]);
  const body = s.add(
    s.convert(s.add(s.input(1, "int64"), s.mul(s.input(2, "int64"), 10)), "int32"),
    s.input(0, "int32"),
  );
  const fault = interpretKernel({
    kind: "map",
    dims: [size(2), size(3)],
    inputs: [walk(0, "int32", [0, -1], 2)],
    params: [size(100)],
    counters: [0],
    outputs: [walk(1, "int32", [1, 2])],
    bodies: [body],
  }, memory(x, out));
  assertEquals([fault, [...out]], [null, [103, 113, 102, 112, 101, 111]]);
});

Deno.test("a map over no elements, and one without loops", () => {
  const out = new Float64Array([7]);
  const kernel = {
    kind: "map",
    inputs: [],
    params: [],
    counters: [],
    bodies: [s.const(1.5, "float64")],
  } as const;
  const none = { ...kernel, dims: [size(0)], outputs: [walk(0, "float64", [1])] };
  interpretKernel(none, memory(out));
  assertEquals([...out], [7]);
  interpretKernel({ ...kernel, dims: [], outputs: [walk(0, "float64", [])] }, memory(out));
  assertEquals([...out], [1.5]);
});

Deno.test("a reduction accumulates in order and finishes with extras and params", () => {
  const x = new Float32Array([3, 1, 2, 9, 8, 7]);
  const extra = new Float32Array([0.5, 0.25]);
  const out = new Float32Array(2);
  const [acc, next] = [s.input(0, "float32"), s.input(1, "float32")];
  interpretKernel({
    kind: "reduce",
    dims: [size(2), size(3)],
    kept: 1,
    inputs: [walk(0, "float32", [3, 1])],
    params: [size(1000)],
    counters: [],
    values: [s.input(0, "float32")],
    identity: [s.const(0, "float32")],
    combine: [s.add(s.mul(acc, 10), next)],
    reassociate: false,
    finish: [s.add(s.add(acc, next), s.convert(s.input(2, "int64"), "float32"))],
    extras: [walk(1, "float32", [1])],
    outputs: [walk(2, "float32", [1])],
  }, memory(x, extra, out));
  assertEquals([...out], [1312.5, 1987.25]);
});

Deno.test("a reduction of nothing is its identity", () => {
  const out = new Int8Array([1, 1]);
  const [acc, next] = [s.input(0, "int8"), s.input(1, "int8")];
  interpretKernel({
    kind: "reduce",
    dims: [size(2), size(0)],
    kept: 1,
    inputs: [walk(0, "int8", [0, 1])],
    params: [],
    counters: [],
    values: [s.input(0, "int8")],
    identity: [s.const(-7, "int8")],
    combine: [s.max(acc, next)],
    reassociate: true,
    finish: [acc],
    extras: [],
    outputs: [walk(1, "int8", [1])],
  }, memory(new Int8Array(0), out));
  assertEquals([...out], [-7, -7]);
});

Deno.test("rows know in later walks what earlier walks found and stored", () => {
  const x = new Float64Array([1, 2, 5, 2, 2, 4]);
  const [out, end] = [new Float64Array(6), new Float64Array(2)];
  const stored = s.input(1, "float64");
  const total = s.input(2, "float64");
  const largest = s.input(3, "float64");
  const pair = [s.input(0, "float64"), s.input(1, "float64")] as const;
  interpretKernel({
    kind: "rows",
    dims: [size(2), size(3)],
    inputs: [walk(0, "float64", [3, 1]), walk(1, "float64", [3, 1])],
    passes: [
      {
        value: s.mul(s.input(0, "float64"), 2),
        store: 0,
        accumulate: { identity: s.const(0, "float64"), combine: s.add(...pair) },
      },
      {
        value: s.div(stored, total),
        store: 0,
        accumulate: { identity: s.const(-Infinity, "float64"), combine: s.max(...pair) },
      },
    ],
    outputs: [walk(1, "float64", [3, 1])],
    ends: [{ value: s.mul(total, largest), output: walk(2, "float64", [1]) }],
  }, memory(x, out, end));
  assertEquals([...out], [0.125, 0.25, 0.625, 0.25, 0.25, 0.5]);
  assertEquals([...end], [10, 8]);
});

Deno.test("a product of matrices scales the sum and what was there", () => {
  const [a, b] = [new Float32Array([1, 2, 3, 4]), new Float32Array([5, 6, 7, 8])];
  const c = new Float32Array([1, 1, 1, 1]);
  const factor = new Float64Array([0.5]);
  const kernel = {
    kind: "gemm",
    dtype: "float32",
    dims: [size(1), size(2), size(2), size(2)],
    a: walk(0, "float32", [0, 2, 1]),
    b: walk(1, "float32", [0, 1, 2]),
    c: walk(2, "float32", [0, 2, 1]),
    alpha: 2,
    beta: walk(3, "float64", []),
    scratch: walk(4, "uint8", []),
  } as const;
  interpretKernel(kernel, memory(a, b, c, factor));
  assertEquals([...c], [34.5, 46.5, 78.5, 106.5]);
  c.fill(NaN);
  interpretKernel({ ...kernel, alpha: 1, beta: 0 }, memory(a, b, c));
  assertEquals([...c], [17, 23, 39, 53]);
});

Deno.test("a batch of products goes from matrix to matrix", () => {
  const a = new Float64Array([1, 2, 3, 4]);
  const b = new Float64Array([10, 100, 1000]);
  const c = new Float64Array(4);
  interpretKernel({
    kind: "gemm",
    dtype: "float64",
    dims: [size(2), size(1), size(2), size(2)],
    a: walk(0, "float64", [2, 0, 1]),
    b: walk(1, "float64", [0, 1, 1]),
    c: walk(2, "float64", [2, 2, 1]),
    alpha: 1,
    beta: 0,
    scratch: walk(3, "uint8", []),
  }, memory(a, b, c));
  assertEquals([...c], [210, 2100, 430, 4300]);
});

function axis(buffer: number, length: number, wraps: boolean): IndexedAxis {
  return {
    index: walk(buffer, "int64", [1]),
    length: size(length),
    stride: size(2),
    axis: 3,
    wraps,
  };
}

Deno.test("a gather follows its indices, complex numbers too, and stops at one out of range", () => {
  const x = new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]);
  const out = new Float32Array(4);
  const kernel = {
    kind: "gather",
    dims: [size(2)],
    source: walk(0, "complex64", [0]),
    output: walk(1, "complex64", [1]),
  } as const;
  const at = new BigInt64Array([-1n, 0n]);
  const fault = interpretKernel({ ...kernel, indices: [axis(2, 2, true)] }, memory(x, out, at));
  assertEquals([fault, [...out]], [null, [5, 6, 1, 2]]);
  assertEquals(
    interpretKernel({ ...kernel, indices: [axis(2, 2, false)] }, memory(x, out, at)),
    { index: -1n, size: 2, axis: 3 },
  );
});

Deno.test("a scatter adds at repeated indices, and with one out of range changes nothing", () => {
  const target = new Uint8Array([250, 0, 1, 0]);
  const value = new Uint8Array([10, 20, 30]);
  const kernel = {
    kind: "scatter",
    dims: [size(3)],
    target: walk(0, "uint8", [0]),
    indices: [axis(2, 2, true)],
    value: walk(1, "uint8", [1]),
    accumulate: true,
  } as const;
  const run = (...at: bigint[]): unknown =>
    interpretKernel(kernel, memory(target, value, new BigInt64Array(at)));
  assertEquals(run(0n, 1n, 2n), { index: 2n, size: 2, axis: 3 });
  assertEquals([...target], [250, 0, 1, 0]);
  assertEquals(run(0n, -1n, 0n), null);
  assertEquals([...target], [(250 + 10 + 30) % 256, 0, 21, 0]);
});

Deno.test("a scatter of booleans accumulates by or", () => {
  const target = new Uint8Array([0, 0, 1, 0]);
  interpretKernel({
    kind: "scatter",
    dims: [size(2)],
    target: walk(0, "bool", [0]),
    indices: [axis(2, 2, true)],
    value: walk(1, "bool", [1]),
    accumulate: true,
  }, memory(target, new Uint8Array([1, 0]), new BigInt64Array([0n, 1n])));
  assertEquals([...target], [1, 0, 1, 0]);
});

Deno.test("a user's code means what perform gives, in the shape that is inferred", () => {
  const out = new Float64Array(4);
  const kernel: CustomKernel = {
    kind: "custom",
    name: "Doubled",
    dims: [],
    inputs: [{ ...walk(0, "float64", [2], 1), shape: [size(2)] }],
    outputs: [{ ...walk(1, "float64", [1], 1), shape: [size(2)] }],
    code: { wasm: { bytes: new Uint8Array() } },
    scratch: walk(2, "uint8", []),
    perform: ([x]) => [NDArray.of((x!.data as Float64Array).map((v) => 2 * v), [2], "float64")],
  };
  const buffers = memory(Float64Array.of(0, 1, 2, 3), out);
  interpretKernel(kernel, buffers);
  assertEquals([...out], [0, 2, 6, 0]);
  const wrong = { ...kernel, outputs: [{ ...kernel.outputs[0]!, shape: [size(3)] }] };
  const { message } = assertThrows(() => interpretKernel(wrong, buffers), RangeError);
  assertEquals(
    message,
    "Cannot use what Doubled.perform gives output 0: its shape is (2), inferShape says (3)",
  );
});

Deno.test("a cumulative kernel starts each row with its first element", () => {
  const x = new Int8Array([100, 100, 3, 1, -1, 2]);
  const out = new Int8Array(7);
  const kernel = {
    kind: "cumulative",
    dims: [size(2), size(3)],
    input: walk(0, "int8", [3, 1]),
    output: walk(1, "int8", [1, 2], 1),
    combine: s.add(s.input(0, "int8"), s.input(1, "int8")),
  } as const;
  interpretKernel(kernel, memory(x, out));
  assertEquals([...out], [0, 100, 1, -56, 0, -53, 2]);
  interpretKernel({ ...kernel, output: kernel.input, dims: [size(1), size(3)] }, memory(x));
  assertEquals([...x], [100, -56, -53, 1, -1, 2]);
});

Deno.test("a sort puts NaN last, and what is equal keeps its order", () => {
  const x = new Float32Array([9, 0, NaN, -1, -0, 0, 2, NaN, 1, -2]);
  const values = new Float32Array(11);
  const places = new BigInt64Array(10);
  const kernel = {
    kind: "sort",
    dims: [size(2), size(5)],
    input: walk(0, "float32", [5, 1]),
    values: walk(1, "float32", [1, 2], 1),
    places: walk(2, "int64", [5, 1]),
    scratch: walk(3, "uint8", []),
  } as const;
  interpretKernel(kernel, memory(x, values, places));
  assertEquals([...values], [0, -1, -2, 0, 0, -0, 1, 9, 2, NaN, NaN]);
  assertEquals([...places], [3n, 1n, 4n, 0n, 2n, 4n, 0n, 3n, 1n, 2n]);
  interpretKernel({ ...kernel, values: null, dims: [size(1), size(2)] }, memory(x, values, places));
  assertEquals([...places.slice(0, 2)], [1n, 0n]);
});

Deno.test("a draw gives NumPy's and Theano's numbers, and the state after them", () => {
  const words = wordsOf(new RandomState(0).twister);
  const next = new Uint32Array(stateLength);
  const out = new Float64Array(3);
  const kernel = {
    kind: "random",
    draw: "uniform",
    dims: [size(2), size(1)],
    state: walk(0, "uint32", []),
    next: walk(1, "uint32", []),
    output: walk(2, "float64", [], 1),
  } as const;
  interpretKernel(kernel, memory(words, next, out));
  assertEquals([...out], [0, 0.5488135039273248, 0.7151893663724195]);
  assertEquals([words[624], next[624]], [624, 4]);
  interpretKernel({ ...kernel, draw: "normal" }, memory(words, next, out));
  assertEquals([...out], [0, 1.764052345967664, 0.4001572083672233]);
  const streams = mrgState(12345);
  const after = new Int32Array(6);
  interpretKernel({
    ...kernel,
    draw: "mrgUniform",
    state: walk(0, "int32", []),
    next: walk(1, "int32", []),
  }, memory(streams, after, out));
  assertEquals(
    out.map((x) => Math.round(x * 1e8) / 1e8),
    Float64Array.of(0, 0.73532445, 0.61420744),
  );
  assertEquals([after[2], after[5]], [streams[0], streams[3]]);
});
