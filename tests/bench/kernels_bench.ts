/**
 * @file Loop kernels at the size of a million elements, beside the memory they touch.
 *
 * Each case runs a program of one kernel on arrays that lie in the target's memory and lends its
 * results, so that nothing but the kernel takes time.
 */

import type { NDArray } from "../../core/array/ndarray.ts";
import { type DType, isFloat } from "../../core/dtype/dtype.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import { argmax } from "../../core/ops/argmax.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { get } from "../../core/ops/indexing.ts";
import { max, sum } from "../../core/ops/reduce.ts";
import { softmax } from "../../core/ops/softmax.ts";
import { cast } from "../../core/ops/arithmetic.ts";
import { Slice } from "../../core/array/slice.ts";
import { exp, tanh } from "../../core/ops/transcendental.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { lowered, wasmTarget } from "../helpers/targets.ts";

const n = 1000;
const target = wasmTarget();

function variable(dtype: DType, ndim: number): TensorVariable {
  return new TensorType(dtype, new Array<boolean>(ndim).fill(false)).makeVariable();
}

function filled(shape: readonly number[], dtype: DType): NDArray {
  const value = target.empty(shape, dtype);
  const data = value.data as Float32Array;
  for (let k = 0; k < data.length; k++) data[k] = isFloat(dtype) ? Math.sin(k * 0.37) : k % 97;
  return value;
}

/** What is measured: a graph of inputs of some shapes and dtypes. */
const cases: Readonly<
  Record<string, {
    readonly inputs: readonly (readonly [dtype: DType, ...shape: number[]])[];
    readonly graph: (...x: readonly TensorVariable[]) => TensorVariable;
  }>
> = {
  "add f32 1e6": { inputs: [["float32", n * n], ["float32", n * n]], graph: (x, y) => add(x!, y!) },
  "add f64 1e6": { inputs: [["float64", n * n], ["float64", n * n]], graph: (x, y) => add(x!, y!) },
  "add int8 1e6": { inputs: [["int8", n * n], ["int8", n * n]], graph: (x, y) => add(x!, y!) },
  "add f32 row to 1000x1000": {
    inputs: [["float32", n, n], ["float32", n]],
    graph: (x, y) => add(x!, dimshuffle(y!, "x", 0)),
  },
  "add f32 column to 1000x1000": {
    inputs: [["float32", n, n], ["float32", n]],
    graph: (x, y) => add(x!, dimshuffle(y!, 0, "x")),
  },
  "exp f32 1e6": { inputs: [["float32", n * n]], graph: (x) => exp(x!) },
  "tanh f32 1e6": { inputs: [["float32", n * n]], graph: (x) => tanh(x!) },
  "cast f32 to f64 1e6": { inputs: [["float32", n * n]], graph: (x) => cast(x!, "float64") },
  "cast uint8 to f32 1e6": { inputs: [["uint8", n * n]], graph: (x) => cast(x!, "float32") },
  "transpose f32 1000x1000": {
    inputs: [["float32", n, n]],
    graph: (x) => mul(dimshuffle(x!, 1, 0), 1),
  },
  "transpose f64 1000x1000": {
    inputs: [["float64", n, n]],
    graph: (x) => mul(dimshuffle(x!, 1, 0), 1),
  },
  "add f32 transposed 1000x1000": {
    inputs: [["float32", n, n], ["float32", n, n]],
    graph: (x, y) => add(x!, dimshuffle(y!, 1, 0)),
  },
  "every second of f32 2e6": {
    inputs: [["float32", 2 * n * n]],
    graph: (x) => mul(get(x!, new Slice<TensorVariable>(null, null, constantTwo())), 1),
  },
  "sum f32 all": { inputs: [["float32", n, n]], graph: (x) => sum(x!) },
  "sum f32 axis 0": { inputs: [["float32", n, n]], graph: (x) => sum(x!, 0) },
  "sum f32 axis 1": { inputs: [["float32", n, n]], graph: (x) => sum(x!, 1) },
  "sum f64 axis 0": { inputs: [["float64", n, n]], graph: (x) => sum(x!, 0) },
  "sum f64 axis 1": { inputs: [["float64", n, n]], graph: (x) => sum(x!, 1) },
  "sum f32 axis 1 of 100000x10": { inputs: [["float32", 100000, 10]], graph: (x) => sum(x!, 1) },
  "sum f32 axis 0 of 100000x10": { inputs: [["float32", 100000, 10]], graph: (x) => sum(x!, 0) },
  "max f32 axis 0": { inputs: [["float32", n, n]], graph: (x) => max(x!, 0) },
  "max f32 axis 1": { inputs: [["float32", n, n]], graph: (x) => max(x!, 1) },
  "argmax f32 axis 0": { inputs: [["float32", n, n]], graph: (x) => argmax(x!, 0) },
  "argmax f32 axis 1": { inputs: [["float32", n, n]], graph: (x) => argmax(x!, 1) },
  "argmax f32 axis 1 of 100000x10": {
    inputs: [["float32", 100000, 10]],
    graph: (x) => argmax(x!, 1),
  },
  "softmax f32 1000x1000": { inputs: [["float32", n, n]], graph: (x) => softmax(x!) },
  "softmax f32 100000x10": { inputs: [["float32", 100000, 10]], graph: (x) => softmax(x!) },
};

function constantTwo(): TensorVariable {
  return add(0, 2);
}

for (const [name, { inputs, graph }] of Object.entries(cases)) {
  const variables = inputs.map(([dtype, ...shape]) => variable(dtype, shape.length));
  const spec = { inputs: variables, outputs: [graph(...variables)], borrowed: [0] };
  const { executable } = target.build(lowered(spec));
  const args = inputs.map(([dtype, ...shape]) => filled(shape, dtype));
  Deno.bench(name, () => {
    executable.run(args, []);
  });
}
