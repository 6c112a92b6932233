/** @file Elementwise kernels on a device: where elements are read and written; and their text. */

import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../core/dtype/dtype.ts";
import { applyOp } from "../../core/graph/op.ts";
import type { MapKernel, Operand } from "../../core/kernel/kernel.ts";
import { Sizes } from "../../core/kernel/size.ts";
import { add, neg } from "../../core/ops/arithmetic.ts";
import { Gemm } from "../../core/ops/blas.ts";
import { ifelse } from "../../core/ops/if_else.ts";
import { sum } from "../../core/ops/reduce.ts";
import { Scan } from "../../core/ops/scan_op.ts";
import { Builder, type Expr } from "../../core/scalar/expr.ts";
import { exp, log } from "../../core/scalar/functions.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { programShaders } from "../../gpu/kernels.ts";
import { gridOf, threads } from "../../gpu/grid.ts";
import { mapCode, mapShader } from "../../gpu/map.ts";

import { lowered } from "../helpers/targets.ts";
import { deviceTest, wordsOf } from "./device.ts";

const sizes = new Sizes();
const s = new Builder();

/** A number known only at a call, so that nothing is specialised for it. */
const dynamic = sizes.value(99);

function size(value: number): ReturnType<Sizes["const"]> {
  return sizes.const(value);
}

function walk(buffer: number, dtype: DType, offset: number, ...strides: number[]): Operand {
  return { buffer, dtype, offset: size(offset), strides: strides.map(size) };
}

function kernelOf(
  dims: readonly number[],
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  bodies: readonly Expr[],
  rest: Partial<Pick<MapKernel, "params" | "counters">> = {},
): MapKernel {
  const [params, counters] = [rest.params ?? [], rest.counters ?? []];
  return { kind: "map", dims: dims.map(size), inputs, params, counters, outputs, bodies };
}

function floats(length: number, of: (k: number) => number): Uint32Array {
  return wordsOf(Float32Array.from({ length }, (_, k) => of(k)));
}

function asFloats(words: Uint32Array | undefined): number[] {
  return [...new Float32Array(words!.buffer)];
}

const [x, y] = [s.input(0, "float32"), s.input(1, "float32")];

deviceTest("a kernel of three axes reads and writes along any strides", async (runner) => {
  const [a, b, c] = [3, 4, 5];
  const inputs = [walk(0, "float32", 2, 20, 1, 4), walk(1, "float32", 4, 0, 0, -1)];
  const outputs = [walk(2, "float32", 1, 1, 3, 12), walk(3, "float32", 0, 20, 5, 1)];
  const kernel = kernelOf([a, b, c], inputs, outputs, [s.sub(x, y), s.sub(y, x)]);
  const given = [floats(70, (k) => k * k), floats(5, (k) => k / 2)];
  const out = [floats(62, () => -7), floats(60, () => -7)];
  const results = await runner.run(kernel, [...given, ...out]);
  const wanted = [new Array<number>(62).fill(-7), new Array<number>(60).fill(-7)];
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      for (let k = 0; k < c; k++) {
        const difference = (2 + 20 * i + j + 4 * k) ** 2 - (4 - k) / 2;
        wanted[0]![1 + i + 3 * j + 12 * k] = difference;
        wanted[1]![20 * i + 5 * j + k] = -difference;
      }
    }
  }
  assertEquals(results.slice(2).map(asFloats), wanted);
});

deviceTest("kernels without axes and without elements run", async (runner) => {
  const [one, two] = [walk(0, "float32", 1), walk(1, "float32", 2)];
  const scalar = kernelOf([], [one], [two], [s.add(x, 1)]);
  const buffers = [floats(2, (k) => k + 4), floats(4, () => 0)];
  assertEquals(asFloats((await runner.run(scalar, buffers))[1]), [0, 0, 6, 0]);
  const inputs = [walk(0, "float32", 0, 1, 1)];
  const empty = kernelOf([3, 0], inputs, [walk(1, "float32", 0, 1, 1)], [s.add(x, 1)]);
  assertEquals(asFloats((await runner.run(empty, buffers))[1]), [0, 0, 0, 0]);
});

deviceTest("more workgroups than fit in a row go on in the next", async (runner) => {
  const n = 20 * threads + 3;
  const kernel = kernelOf([n], [walk(0, "float32", 0, 1)], [walk(1, "float32", 0, 1)], [
    s.add(x, 1),
  ]);
  const [, got] = await runner.run(kernel, [floats(n, (k) => k), floats(n + 1, () => -1)], 3);
  assertEquals(asFloats(got), Array.from({ length: n + 1 }, (_, k) => k < n ? k + 1 : -1));
});

deviceTest("a kernel works in place, and sees a buffer as two dtypes", async (runner) => {
  const [whole, bits] = [s.input(0, "float32"), s.input(1, "uint32")];
  const inputs = [walk(0, "float32", 0, 1), walk(0, "uint32", 0, 1)];
  const outputs = [walk(0, "float32", 0, 1), walk(1, "int32", 0, 1)];
  const bodies = [s.add(whole, 1), s.convert(s.shr(bits, 23), "int32")];
  const kernel = kernelOf([9], inputs, outputs, bodies);
  const results = await runner.run(kernel, [floats(9, (k) => 2 ** k), new Uint32Array(9)]);
  assertEquals(asFloats(results[0]), Array.from({ length: 9 }, (_, k) => 2 ** k + 1));
  assertEquals([...results[1]!], Array.from({ length: 9 }, (_, k) => k + 127));
});

deviceTest("bools are stored as 0 and 1, and any word that is not 0 is true", async (runner) => {
  const [p, q] = [s.input(0, "bool"), s.input(1, "bool")];
  const inputs = [walk(0, "bool", 0, 1), walk(0, "bool", 3, -1)];
  const outputs = [walk(1, "bool", 0, 1), walk(1, "bool", 4, 1)];
  const kernel = kernelOf([4], inputs, outputs, [s.and(p, q), s.not(p)]);
  const [, got] = await runner.run(kernel, [Uint32Array.of(1, 0, 7, 255), new Uint32Array(8)]);
  assertEquals([...got!], [1, 0, 0, 1, 0, 1, 0, 0]);
});

deviceTest("params and loop indices are numbers of the bodies", async (runner) => {
  const [param, row, column] = [0, 1, 2].map((k) => s.input(k, "uint32"));
  const body = s.add(s.mul(row!, 100), s.add(s.mul(column!, 10), param!));
  const outputs = [walk(0, "uint32", 0, 3, 1)];
  const rest = { params: [size(7)], counters: [0, 1] };
  const [got] = await runner.run(kernelOf([2, 3], [], outputs, [body], rest), [new Uint32Array(6)]);
  assertEquals([...got!], [7, 17, 27, 107, 117, 127]);
});

Deno.test("gridOf() has a thread for each element, and no row longer than allowed", () => {
  for (const count of [0, 1, 63, 64, 65, 65535 * 64, 65535 * 64 + 1, 2 ** 32 - 1]) {
    const { groups: [across, down], stride } = gridOf(count);
    assert(across <= 65535 && down <= 65535, `${across} × ${down}`);
    assertEquals(stride, across * threads);
    assert(stride * down >= count && stride * down < count + stride + threads);
  }
});

Deno.test("mapShader() gives nothing where a dtype has no form on devices", () => {
  const wide = (dtype: DType): MapKernel =>
    kernelOf([3], [walk(0, dtype, 0, 1)], [walk(1, dtype, 0, 1)], [s.neg(s.input(0, dtype))]);
  const dtypes = ["int8", "uint16", "int64", "float16", "float64", "int32", "float32"] as const;
  assertEquals(dtypes.filter((dtype) => mapShader(wide(dtype)) !== undefined), [
    "int64",
    "float16",
    "int32",
    "float32",
  ]);
  const inside = s.convert(s.mul(s.convert(x, "float64"), 2), "float32");
  const [from, to] = [walk(0, "float32", 0, 1), walk(1, "float32", 0, 1)];
  assertEquals(mapShader(kernelOf([3], [from], [to], [inside])), undefined);
  const counted = s.convert(s.shl(s.input(1, "int64"), 1), "int32");
  assertEquals(
    mapShader(kernelOf([3], [from], [walk(1, "int32", 0, 1)], [counted], { counters: [0] })),
    undefined,
  );
});

Deno.test("mapShader() gives equal texts for kernels that differ in sizes only", () => {
  const inputs = [walk(0, "float32", 0, 7, 1)];
  const of = (n: number, offset: number): MapKernel =>
    kernelOf([n, 4], inputs, [walk(1, "float32", offset, 4, 1)], [s.sqrt(x)]);
  assertEquals(mapShader(of(3, 0)), mapShader(of(5, 8)));
  const moved = { ...of(3, 0), inputs: [{ ...inputs[0]!, strides: [dynamic, size(1)] }] };
  assertEquals(mapShader(moved), mapShader(of(3, 0)));
});

const [from, other, to] = [0, 1, 2].map((k) => walk(k, "float32", 0, 1));
const shown: Readonly<Record<string, MapKernel>> = {
  "a sum of a row and a matrix": kernelOf(
    [2, 3],
    [walk(0, "float32", 0, 3, 1), walk(1, "float32", 0, 0, 1)],
    [walk(2, "float32", 0, 3, 1)],
    [s.add(x, y)],
  ),
  "an exponential": kernelOf([5], [from!], [to!], [exp(s, x)]),
  "a logarithm where positive, and whether it is": kernelOf(
    [5],
    [from!, other!],
    [to!, walk(3, "bool", 0, 1)],
    [s.select(s.lt(x, y), log(s, x), 0), s.lt(x, y)],
  ),
};

for (const [what, kernel] of Object.entries(shown)) {
  Deno.test(`mapShader() of ${what} reads like the kernel`, async (t) => {
    await t.assertSnapshot(mapCode(kernel)!.text);
  });
}

Deno.test("programShaders() names each shader after its kernel, and leaves out what has no form", () => {
  const [a, b] = ["float32", "float64"].map((dtype) =>
    new TensorType(dtype as DType, [false]).makeVariable()
  );
  const spec = { inputs: [b!, a!], outputs: [neg(b!), neg(a!)] };
  const shaders = programShaders(lowered(spec));
  assertEquals(shaders.map(({ name }) => name), ["map_1.wgsl"]);
  assert(String(shaders[0]!.content).startsWith("// map float32 → float32\n"));
});

Deno.test("a product of doubles, scaled and added to, has no shader and no error", () => {
  const [c, x, y] = [0, 1, 2].map(() => new TensorType("float64", [false, false]).makeVariable());
  const scale = new TensorType("float64", []).makeVariable();
  const { outputs } = new Gemm().makeNode(c!, scale, x!, y!, scale);
  const program = lowered({ inputs: [c!, scale, x!, y!], outputs: outputs as TensorVariable[] });
  const { steps } = program.program;
  assert(steps.some((step) => step.kind === "run" && step.kernel.kind === "gemm"));
  assertEquals(programShaders(program), []);
});

Deno.test("programShaders() has the kernels of loops and choices too, in order", () => {
  const variable = (dtype: DType, ndim: number) =>
    new TensorType(dtype, new Array<boolean>(ndim).fill(false)).makeVariable();
  const [turns, row, last, first, rows] = [
    variable("int64", 0),
    variable("float32", 1),
    variable("float32", 1),
    variable("float32", 2),
    variable("float32", 2),
  ];
  const form = {
    sequences: 1,
    states: [{ taps: [-1], keep: null }],
    maps: [],
    carried: 0,
    hasCondition: false,
    truncate: -1,
    label: "sums",
    inner: null,
  };
  const sums = applyOp(new Scan(form, [row, last], [add(row, neg(last))]), [turns, rows, first]);
  const chosen = ifelse(turns, neg(sum(first, 0)), sum(rows, 0));
  const program = lowered({ inputs: [turns, rows, first], outputs: [...sums.outputs, chosen] });
  const numbered = new Set(programShaders(program).map(({ name }) => /^[a-z]+_\d+/.exec(name)![0]));
  const ofLoop = ["map_0", "map_1", "map_2"];
  assertEquals([...numbered], [...ofLoop, "reduce_3", "map_4", "reduce_5"]);
});
