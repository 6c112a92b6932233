import { assertEquals } from "@std/assert";
import { call } from "../../core/graph/op.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import type { Kernel, Operand, RowsKernel, WholeOperand } from "../../core/kernel/kernel.ts";
import { printKernel, printProgram, sizeFormula } from "../../core/kernel/print.ts";
import { Sizes } from "../../core/kernel/size.ts";
import { add, mul } from "../../core/ops/arithmetic.ts";
import { argmax } from "../../core/ops/argmax.ts";
import { Dot } from "../../core/ops/dot.ts";
import { get, incSubtensor } from "../../core/ops/indexing.ts";
import { nonzeroValues } from "../../core/ops/nonzero.ts";
import { sum } from "../../core/ops/reduce.ts";
import { Builder } from "../../core/scalar/expr.ts";
import { shared } from "../../core/tensor/shared.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { type GraphSpec, lowered } from "../helpers/targets.ts";

function variable(dtype: DType, ndim: number, name: string): TensorVariable {
  return new TensorType(dtype, new Array<boolean>(ndim).fill(false)).makeVariable(name);
}

const x = variable("float32", 2, "x");
const y = variable("float32", 2, "y");
const rows = variable("int64", 1, "rows");
const i = variable("int64", 0, "i");

function text(spec: GraphSpec): string {
  return `\n${printProgram(lowered(spec).program)}`;
}

/** The kernels of a program alone. */
function kernels(spec: GraphSpec): string {
  const { steps } = lowered(spec).program;
  return `\n${steps.map((s) => s.kind === "run" ? printKernel(s.kernel) : "").join("")}`;
}

Deno.test("printProgram() of a sum of matrices shows nodes, buffers, checks and loops", () => {
  assertEquals(
    text({ inputs: [x, y], outputs: [add(x, y)] }),
    `
nodes
  0 Elemwise{add,no_inplace}(x, y)
buffers
  b0 argument 0: float32 (b0.0, b0.1)
  b1 argument 1: float32 (b1.0, b1.1)
  b2 workspace: float32 (b0.0, b0.1)
steps
  check b0.0 == b1.0
    else ValueError: Input dimension mis-match. (input[0].shape[0] = {b0.0}, input[1].shape[0] = {b1.0})
  check b0.1 == b1.1
    else ValueError: Input dimension mis-match. (input[0].shape[1] = {b0.1}, input[1].shape[1] = {b1.1})
  map of node 0
    for i < (b0.0 * b0.1)
      x0 = b0[i]
      x1 = b1[i]
      b2[i] = add(x0, x1)
results
  b2: float32 (b0.0, b0.1) strides (b0.1, 1)
`,
  );
});

Deno.test("printProgram() shows host steps, lent results and new values of shared variables", () => {
  const state = shared([1, 2], "state");
  assertEquals(
    text({
      inputs: [state, i],
      outputs: [nonzeroValues(state), get(state, i)],
      borrowed: [0],
      updates: [[state, mul(state, state)]],
    }),
    `
nodes
  0 Reshape{1}(state, TensorConstant{(1,) of -1})
  1 Nonzero(Reshape{1}.0)
  2 Reshape{1}(state, TensorConstant{(1,) of -1})
  3 AdvancedSubtensor1(Reshape{1}.0, Nonzero.0)
  4 Subtensor{int64}(state, i)
  5 Elemwise{mul,no_inplace}(state, state)
buffers
  b0 shared 0: int64 (b0.0)
  b1 argument 0: int64 ()
  b2 workspace: int64 (b2.0)
  b3 borrowed 0: int64 (b2.0)
  b4 update 0: int64 (b0.0)
steps
  host node 1
    b0: int64 (b0.0) strides (1)
    gives b2
  gather of node 3
    for i < b2.0
      p0 = b2[i] within b0.0, axis 0
      b3[i] = b0[p0]
    else IndexError: index {index} is out of bounds for axis {axis} with size {size}
  check min(0 <= select(*b1 < 0, *b1 + b0.0, *b1), select(*b1 < 0, *b1 + b0.0, *b1) < b0.0)
    else IndexError: index {*b1} is out of bounds for axis 0 with size {b0.0}
  map of node 5
    for i < b0.0
      x0 = b0[i]
      b4[i] = mul(x0, x0)
results
  b3: int64 (b2.0) strides (1)
  b0 from select(*b1 < 0, *b1 + b0.0, *b1): int64 () strides ()
commits
  shared 0 = b4: int64 (b0.0) strides (1)
`,
  );
});

Deno.test("printKernel() of a reduction shows accumulators and what may be reordered", () => {
  assertEquals(
    kernels({ inputs: [x], outputs: [sum(mul(x, x), 0)] }),
    `
reduce
  for i < b0.1
    a0 = 0:float64
    in any order
    for j < b0.0
      x0 = b0[i + j*b0.1]
      a0 = add(a0, float64(mul(x0, x0)))
    b1[i] = float32(a0)
`,
  );
});

Deno.test("printKernel() of a search shows both accumulators", () => {
  assertEquals(
    kernels({ inputs: [x], outputs: [argmax(x, 1)] }),
    `
reduce
  for i < b0.0
    a0, a1 = -Infinity:float32, 4294967295:uint32
    in any order
    for j < b0.1
      x0 = b0[i*b0.1 + j]
      u0 = ne(x0, x0)
      u1 = ne(a0, a0)
      u2 = or(or(lt(a0, x0), and(u0, not(u1))), and(or(eq(a0, x0), and(u0, u1)), lt(j, a1)))
      a0, a1 = select(u2, x0, a0), select(u2, j, a1)
    b2[i] = a1
map
  for i < b0.0
    x0 = b2[i]
    b1[i] = int64(x0)
`,
  );
});

Deno.test("printKernel() of indexed copies shows what is checked", () => {
  assertEquals(
    kernels({ inputs: [x, rows], outputs: [get(x, rows), incSubtensor(get(x, rows), x)] }),
    `
gather
  for i < b1.0
    for j < b0.1
      p0 = b1[i] within b0.0, axis 0
      b2[i*b0.1 + j] = b0[j + p0*b0.1]
map
  for i < (b0.0 * b0.1)
    x0 = b0[i]
    b3[i] = x0
scatter
  for i < b1.0
    for j < b0.1
      p0 = b1[i] within b0.0, axis 0
      b3[j + p0*b0.1] += b0[i*select(b0.0 == 1, 0, b0.1) + j]
`,
  );
});

Deno.test("printKernel() of a product shows its strides", () => {
  assertEquals(
    kernels({ inputs: [x, y], outputs: [call(new Dot(), x, y) as TensorVariable] }),
    `
gemm
  for i < b0.0
    for j < b1.1
      b2[i*b1.1 + j] = 1 * sum over k < b0.1 of b0[i*b0.1 + k] * b1[j + k*b1.1]
`,
  );
});

Deno.test("printKernel() of rows shows each walk and what it leaves", () => {
  const [sizes, s] = [new Sizes(), new Builder()];
  const walk = (buffer: number, ...strides: number[]): Operand => ({
    buffer,
    dtype: "float64",
    offset: sizes.const(0),
    strides: strides.map((n) => sizes.const(n)),
  });
  const [value, result] = [s.input(0, "float64"), s.input(1, "float64")];
  const kernel: RowsKernel = {
    kind: "rows",
    dims: [sizes.dim(0, 0), sizes.const(3)],
    inputs: [walk(0, 3, 1)],
    passes: [
      {
        value,
        store: null,
        accumulate: { identity: s.const(0, "float64"), combine: s.add(value, result) },
      },
      { value: s.div(value, result), store: 0, accumulate: null },
    ],
    outputs: [walk(1, 3, 1)],
    ends: [{ value: s.neg(result), output: walk(2, 1) }],
  };
  assertEquals(
    `\n${printKernel(kernel)}`,
    `
rows
  for i < b0.0
    r0 = 0:float64
    for j < 3
      x0 = b0[i*3 + j]
      v = x0
      r0 = add(r0, v)
    for j < 3
      x0 = b0[i*3 + j]
      v = div(x0, r0)
      b1[i*3 + j] = v
    b2[i] = neg(r0)
`,
  );
});

Deno.test("printKernel() shows params, counters, and values used twice", () => {
  const [sizes, s] = [new Sizes(), new Builder()];
  const [from, at] = [s.input(0, "int64"), s.input(1, "int64")];
  const place = s.add(from, at);
  const kernel: Kernel = {
    kind: "map",
    dims: [sizes.const(5)],
    inputs: [],
    params: [sizes.value(1)],
    counters: [0],
    outputs: [{
      buffer: 0,
      dtype: "int64",
      offset: sizes.const(2),
      strides: [sizes.const(-1)],
    }],
    bodies: [s.mul(place, place)],
  };
  assertEquals(
    `\n${printKernel(kernel)}`,
    `
map
  for i < 5
    t0 = add((*b1), i)
    b0[2 + i*-1] = mul(t0, t0)
`,
  );
});

Deno.test("printKernel() shows the axis of a batch of products", () => {
  const sizes = new Sizes();
  const walk = (buffer: number, ...strides: number[]): Operand => ({
    buffer,
    dtype: "float32",
    offset: sizes.const(0),
    strides: strides.map((n) => sizes.const(n)),
  });
  const kernel: Kernel = {
    kind: "gemm",
    dtype: "float32",
    dims: [sizes.dim(0, 0), sizes.const(2), sizes.const(3), sizes.const(4)],
    a: walk(0, 8, 4, 1),
    b: walk(1, 0, 3, 1),
    c: walk(2, 6, 3, 1),
    alpha: 1,
    beta: 0,
    scratch: walk(3),
  };
  assertEquals(
    `\n${printKernel(kernel)}`,
    `
gemm
  for i < b0.0
    for j < 2
      for k < 3
        b2[i*6 + j*3 + k] = 1 * sum over l < 4 of b0[i*8 + j*4 + l] * b1[k + l*3]
`,
  );
});

Deno.test("printKernel() of a draw shows both states", () => {
  const sizes = new Sizes();
  const walk = (buffer: number, dtype: "int32" | "float32", offset = 0): Operand => ({
    buffer,
    dtype,
    offset: sizes.const(offset),
    strides: [],
  });
  const kernel: Kernel = {
    kind: "random",
    draw: "mrgUniform",
    dims: [sizes.const(5), sizes.dim(0, 0)],
    state: walk(0, "int32"),
    next: walk(1, "int32", 6),
    output: walk(2, "float32"),
  };
  assertEquals(
    `\n${printKernel(kernel)}`,
    `
random
  b2, b1 from 6 = 5 of mrgUniform(b0), b0.0 streams
`,
  );
});

Deno.test("printKernel() of a cumulative kernel shows what becomes of the one before", () => {
  const sizes = new Sizes();
  const s = new Builder();
  const [n, one] = [sizes.dim(0, 0), sizes.const(1)];
  const walk = (buffer: number): Operand => ({
    buffer,
    dtype: "float32",
    offset: sizes.const(0),
    strides: [n, one],
  });
  const kernel: Kernel = {
    kind: "cumulative",
    dims: [sizes.const(3), n],
    input: walk(0),
    output: walk(1),
    combine: s.mul(s.input(0, "float32"), s.input(1, "float32")),
  };
  assertEquals(
    `\n${printKernel(kernel)}`,
    `
cumulative
  for i < 3
    for j < b0.0
      x0 = b0[i*b0.0 + j]
      b1[i*b0.0 + j] = mul(the one before, x0), or x0 at j = 0
`,
  );
});

Deno.test("printKernel() of a sort shows what is in order of what", () => {
  const sizes = new Sizes();
  const [n, one] = [sizes.dim(0, 0), sizes.const(1)];
  const walk = (buffer: number, dtype: "int8" | "int64" | "uint8"): Operand => ({
    buffer,
    dtype,
    offset: sizes.const(0),
    strides: [n, one],
  });
  const kernel: Kernel = {
    kind: "sort",
    dims: [sizes.const(3), n],
    input: walk(0, "int8"),
    values: walk(1, "int8"),
    places: walk(2, "int64"),
    scratch: walk(3, "uint8"),
  };
  assertEquals(
    `\n${printKernel(kernel)}${printKernel({ ...kernel, values: null })}`,
    `
sort
  for i < 3
    in order of b0[i*b0.0 + j] along j < b0.0
      b1[i*b0.0 + j] = the element
      b2[i*b0.0 + j] = its j
sort
  for i < 3
    in order of b0[i*b0.0 + j] along j < b0.0
      b2[i*b0.0 + j] = its j
`,
  );
});

Deno.test("printKernel() of a user's code shows what it is called with", () => {
  const sizes = new Sizes();
  const n = sizes.dim(0, 0);
  const whole = (buffer: number, offset: number, stride: number): WholeOperand => ({
    buffer,
    dtype: "float64",
    offset: sizes.const(offset),
    strides: [sizes.const(stride)],
    shape: [n],
  });
  const kernel: Kernel = {
    kind: "custom",
    name: "Doubled",
    dims: [],
    inputs: [whole(0, 0, 1), whole(1, 4, 2)],
    outputs: [whole(2, 0, 1)],
    code: { wasm: { bytes: new Uint8Array() } },
    scratch: { buffer: 3, dtype: "uint8", offset: sizes.const(0), strides: [] },
    perform: (values) => values,
  };
  assertEquals(
    `\n${printKernel(kernel)}`,
    `
custom
  b2(b0.0) strides (1) = Doubled(b0(b0.0) strides (1), b1 from 4(b0.0) strides (2)) in wasm
`,
  );
});

Deno.test("sizeFormula() keeps the order of operations", () => {
  const sizes = new Sizes();
  const [n, m] = [sizes.dim(0, 0), sizes.value(1)];
  const formulas = [
    sizes.mul(sizes.add(n, m), sizes.const(3)),
    sizes.sub(n, sizes.sub(m, sizes.const(1))),
    sizes.call("max", sizes.call("floorDiv", n, m), sizes.call("floorMod", n, m)),
    sizes.call("select", sizes.call("lt", n, m), n, sizes.call("le", m, n)),
  ];
  assertEquals(formulas.map(sizeFormula), [
    "(b0.0 + *b1) * 3",
    "b0.0 - (*b1 - 1)",
    "max(b0.0 // *b1, b0.0 % *b1)",
    "select(b0.0 < *b1, b0.0, *b1 <= b0.0)",
  ]);
});
