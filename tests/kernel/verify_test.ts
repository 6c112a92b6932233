import { assertThrows } from "@std/assert";
import type { DType } from "../../core/dtype/dtype.ts";
import { InternalError } from "../../core/errors.ts";
import type {
  CumulativeKernel,
  CustomKernel,
  GemmKernel,
  Kernel,
  MapKernel,
  Operand,
  RandomKernel,
  ReduceKernel,
  RowsKernel,
  ScatterKernel,
  SortKernel,
} from "../../core/kernel/kernel.ts";
import type { Program } from "../../core/kernel/program.ts";
import { type Size, Sizes } from "../../core/kernel/size.ts";
import { verifyProgram } from "../../core/kernel/verify.ts";
import { verifyKernel } from "../../core/kernel/verify_kernel.ts";
import { Builder } from "../../core/scalar/expr.ts";

const sizes = new Sizes();
const s = new Builder();
const n = sizes.dim(0, 0);
const zero = sizes.const(0);

function walk(buffer: number, dtype: DType, ...strides: (number | Size)[]): Operand {
  return {
    buffer,
    dtype,
    offset: zero,
    strides: strides.map((x) => typeof x === "number" ? sizes.const(x) : x),
  };
}

const map: MapKernel = {
  kind: "map",
  dims: [n],
  inputs: [walk(0, "float32", 1)],
  params: [n],
  counters: [0],
  outputs: [walk(1, "float32", 1)],
  bodies: [s.add(s.input(0, "float32"), s.convert(s.input(1, "int64"), "float32"))],
};

const reduce: ReduceKernel = {
  kind: "reduce",
  dims: [n, n],
  kept: 1,
  inputs: [walk(0, "int32", n, 1)],
  params: [],
  counters: [],
  values: [s.input(0, "int32")],
  identity: [s.const(0, "int32")],
  combine: [s.add(s.input(0, "int32"), s.input(1, "int32"))],
  reassociate: true,
  finish: [s.convert(s.input(0, "int32"), "int8")],
  extras: [],
  outputs: [walk(1, "int8", 1)],
};

const rows: RowsKernel = {
  kind: "rows",
  dims: [n, n],
  inputs: [walk(0, "float64", n, 1)],
  passes: [{
    value: s.input(0, "float64"),
    store: 0,
    accumulate: {
      identity: s.const(0, "float64"),
      combine: s.add(s.input(0, "float64"), s.input(1, "float64")),
    },
  }],
  outputs: [walk(1, "float64", n, 1)],
  ends: [{ value: s.input(1, "float64"), output: walk(2, "float64", 1) }],
};

const gemm: GemmKernel = {
  kind: "gemm",
  dtype: "float32",
  dims: [n, n, n, n],
  a: walk(0, "float32", n, n, 1),
  b: walk(0, "float32", n, 1, n),
  c: walk(1, "float32", n, n, 1),
  alpha: 1,
  beta: walk(2, "float32"),
  scratch: walk(3, "uint8"),
};

const scatter: ScatterKernel = {
  kind: "scatter",
  dims: [n],
  target: walk(1, "float32", 0),
  indices: [{
    index: walk(2, "int64", 1),
    length: n,
    stride: sizes.const(1),
    axis: 0,
    wraps: true,
  }],
  value: walk(0, "float32", 1),
  accumulate: true,
};

const random: RandomKernel = {
  kind: "random",
  draw: "normal",
  dims: [n, sizes.const(1)],
  state: walk(0, "uint32"),
  next: walk(1, "uint32"),
  output: walk(2, "float64"),
};

const cumulative: CumulativeKernel = {
  kind: "cumulative",
  dims: [n, n],
  input: walk(0, "float32", n, 1),
  output: walk(1, "float32", n, 1),
  combine: s.add(s.input(0, "float32"), s.input(1, "float32")),
};

const sort: SortKernel = {
  kind: "sort",
  dims: [n, n],
  input: walk(0, "float32", n, 1),
  values: walk(1, "float32", n, 1),
  places: walk(2, "int64", n, 1),
  scratch: walk(3, "uint8"),
};

const custom: CustomKernel = {
  kind: "custom",
  name: "Own",
  dims: [],
  inputs: [{ ...walk(0, "float64", 1), shape: [n] }],
  outputs: [{ ...walk(1, "float64", 1), shape: [n] }],
  code: { wasm: { bytes: new Uint8Array() } },
  scratch: walk(2, "uint8"),
  perform: (values) => values,
};

const legal: readonly Kernel[] = [
  map,
  reduce,
  rows,
  gemm,
  scatter,
  random,
  cumulative,
  sort,
  custom,
];

Deno.test("verifyKernel() accepts legal kernels", () => legal.forEach((k) => verifyKernel(k)));

const [x, y] = [s.input(0, "float32"), s.input(9, "float32")];

const illegal: readonly (readonly [why: string, kernel: Kernel])[] = [
  ["an operand of 0 axes has 1 strides", {
    ...custom,
    outputs: [{ ...walk(1, "float64", 1), shape: [] }],
  }],
  ["it has no code", { ...custom, code: {} }],
  ["its workspace is float64", { ...custom, scratch: walk(2, "float64") }],
  ["its code reads buffer 1 while it writes it", { ...custom, inputs: custom.outputs }],
  ["an operand has 2 strides for 1 loops", { ...map, inputs: [walk(0, "float32", 1, 1)] }],
  ["a body reads input 9 of 3", { ...map, bodies: [s.add(x, y)] }],
  ["a body reads input 1 as float32, it is int64", { ...map, bodies: [s.input(1, "float32")] }],
  ["a body of float64 makes a float32 of the outputs", { ...map, bodies: [s.const(1, "float64")] }],
  ["2 bodies make 1 outputs", { ...map, bodies: [x, x] }],
  ["it counts loop 1 of 1", { ...map, counters: [1] }],
  ["a lane cannot hold complex64", { ...map, inputs: [walk(0, "complex64", 1)] }],
  ["an output stands still along loop 0", { ...map, outputs: [walk(1, "float32", 0)] }],
  ["it reads buffer 1 otherwise than it writes it", {
    ...map,
    inputs: [{ ...walk(1, "float32", 1), offset: n }],
  }],
  ["two outputs lie in buffer 1", {
    ...map,
    outputs: [walk(1, "float32", 1), walk(1, "float32", 1)],
    bodies: [x, x],
  }],
  ["it keeps 3 loops", { ...reduce, kept: 3 }],
  ["an extra or output has 2 strides for 1 loops", {
    ...reduce,
    outputs: [walk(1, "int8", 1, 1)],
  }],
  ["it adds int32,int32 to int32 in any order", {
    ...reduce,
    values: [s.input(0, "int32"), s.input(0, "int32")],
  }],
  ["a body of int32 makes a int64 of the accumulators", {
    ...reduce,
    identity: [s.const(0, "int64")],
    combine: [s.input(1, "int32")],
  }],
  ["rows of float16 have no code", { ...rows, inputs: [walk(0, "float16", n, 1)] }],
  ["no such output", { ...rows, passes: [{ ...rows.passes[0]!, store: 1 }] }],
  ["the end of a row reads an element", {
    ...rows,
    ends: [{ value: s.input(0, "float64"), output: walk(2, "float64", 1) }],
  }],
  ["it adds float32 to float64 in any order", {
    ...rows,
    passes: [{
      value: s.convert(s.input(0, "float64"), "float32"),
      store: null,
      accumulate: {
        identity: s.const(0, "float64"),
        combine: s.add(s.input(0, "float64"), s.convert(s.input(1, "float32"), "float64")),
      },
    }],
  }],
  ["a matrix is float64, not float32", { ...gemm, a: walk(0, "float64", n, n, 1) }],
  ["a factor is int64", { ...gemm, alpha: walk(2, "int64") }],
  ["the columns of its result are not neighbours", { ...gemm, c: walk(1, "float32", n, n, 2) }],
  ["its workspace is float32", { ...gemm, scratch: walk(3, "float32") }],
  ["it copies float64 to float32", { ...scatter, value: walk(0, "float64", 1) }],
  ["an index is bool", {
    ...scatter,
    indices: [{ ...scatter.indices[0]!, index: walk(2, "bool", 1) }],
  }],
  ["an operand of a draw has 1 strides for 0 loops", { ...random, output: walk(2, "float64", 1) }],
  ["its state is uint32", { ...random, draw: "mrgUniform" }],
  ["it draws int64", { ...random, output: walk(2, "int64") }],
  ["a twister has one stream", { ...random, dims: [n, n] }],
  ["its state is overwritten", { ...random, next: walk(0, "uint32") }],
  ["it has no columns", { ...cumulative, dims: [] }],
  ["an operand has 1 strides for 2 loops", { ...cumulative, input: walk(0, "float32", 1) }],
  ["an output stands still along loop 0", { ...cumulative, output: walk(1, "float32", 0, 1) }],
  ["a body reads input 1 as float32, it is float64", {
    ...cumulative,
    input: walk(0, "float64", n, 1),
  }],
  ["a body of float64 makes a float32 of the outputs", {
    ...cumulative,
    combine: s.convert(s.input(0, "float32"), "float64"),
  }],
  ["it starts float32 with float64", {
    ...cumulative,
    input: walk(0, "float64", n, 1),
    combine: s.input(0, "float32"),
  }],
  ["it has no columns", { ...sort, dims: [] }],
  ["it gives nothing", { ...sort, values: null, places: null }],
  ["an operand has 1 strides for 2 loops", { ...sort, places: walk(2, "int64", 1) }],
  ["a lane cannot hold complex64", { ...sort, input: walk(0, "complex64", n, 1) }],
  ["an output stands still along loop 1", { ...sort, values: walk(1, "float32", n, 0) }],
  ["it sorts float32 to int64", { ...sort, values: walk(1, "int64", n, 1) }],
  ["its places are int32", { ...sort, places: walk(2, "int32", n, 1) }],
  ["its input is overwritten", { ...sort, values: walk(0, "float32", n, 1) }],
  ["its workspace is int8", { ...sort, scratch: walk(3, "int8") }],
];

for (const [why, kernel] of illegal) {
  Deno.test(`verifyKernel() refuses a ${kernel.kind}: ${why}`, () => {
    assertThrows(
      () => verifyKernel(kernel, "the test"),
      InternalError,
      `Cannot run a ${kernel.kind} kernel: ${why}; this is a bug in the test`,
    );
  });
}

const program: Program = {
  buffers: [
    { role: "argument", dtype: "float32", index: 0, shape: null, ndim: 1 },
    { role: "update", dtype: "float32", index: 2, shape: [n], ndim: 1 },
  ],
  steps: [{ kind: "run", node: 0, kernel: map }],
  outputs: [],
  commits: [{
    shared: 2,
    value: { buffer: 1, dtype: "float32", offset: zero, shape: [n], strides: [sizes.const(1)] },
  }],
  nodes: ["the node"],
};

Deno.test("verifyProgram() accepts a legal program", () => verifyProgram(program));

const view = program.commits[0]!.value;
const [argument, update] = program.buffers as [
  Program["buffers"][number],
  Program["buffers"][number],
];

const illegalPrograms: readonly (readonly [why: string, program: Program])[] = [
  ["there is no buffer 1", { ...program, buffers: [argument] }],
  ["an operand of float32 walks a buffer of int32", {
    ...program,
    buffers: [{ ...argument, dtype: "int32" }, update],
  }],
  ["a kernel writes to shared buffer 1", {
    ...program,
    commits: [],
    buffers: [argument, { ...update, role: "shared" }],
  }],
  ["a step comes from node 0 of 0", { ...program, nodes: [] }],
  ["shared variable 1 gets a update buffer", { ...program, commits: [{ shared: 1, value: view }] }],
  ["a buffer of 2 axes has 1 lengths", { ...program, buffers: [argument, { ...update, ndim: 2 }] }],
  ["axis 3 of buffer 0 is not brought", {
    ...program,
    outputs: [{ ...view, offset: sizes.dim(0, 3) }],
  }],
  ["buffer 0 is no integer", { ...program, outputs: [{ ...view, offset: sizes.value(0) }] }],
  ["a view has 0 lengths, 1 strides", { ...program, outputs: [{ ...view, shape: [] }] }],
  ["a view of int8 shows a buffer of float32", {
    ...program,
    outputs: [{ ...view, dtype: "int8" }],
  }],
  ["a scatter says no failure", {
    ...program,
    buffers: [argument, update, { ...argument, dtype: "int64" }],
    steps: [{ kind: "run", node: 0, kernel: scatter }],
  }],
];

for (const [why, wrong] of illegalPrograms) {
  Deno.test(`verifyProgram() refuses a program: ${why}`, () => {
    assertThrows(
      () => verifyProgram(wrong, "the test"),
      InternalError,
      `Cannot run a program: ${why}; this is a bug in the test`,
    );
  });
}
