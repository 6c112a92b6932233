/** @file Kernels of every kind on a device: indices out of range, limits, sizes, texts. */

import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../core/dtype/dtype.ts";
import type {
  GatherKernel,
  IndexedAxis,
  Kernel,
  Operand,
  RowsKernel,
  ScatterKernel,
} from "../../core/kernel/kernel.ts";
import { Builder } from "../../core/scalar/expr.ts";
import { Sizes } from "../../core/kernel/size.ts";
import { defaultLimits } from "../../gpu/code.ts";
import { kernelCode } from "../../gpu/kernels.ts";
import { KernelCase } from "../helpers/kernel_case.ts";
import { Random } from "../helpers/random.ts";
import { checkCase } from "./cases.ts";
import { deviceTest } from "./device.ts";

const s = new Builder();

/** Rows of a table of 40 rows and `columns` columns, chosen by a list of indices. */
function onRows(
  kind: "gather" | "set" | "add",
  dtype: "int32" | "uint32" | "int64",
  indices: readonly number[],
  columns: number,
  wraps = true,
): { readonly kernelCase: KernelCase; readonly kernel: GatherKernel | ScatterKernel } {
  const kernelCase = new KernelCase();
  const random = new Random(columns);
  const [zero, one] = [kernelCase.constant(0), kernelCase.constant(1)];
  const pitch = kernelCase.dynamic(columns);
  const elements = (count: number) => random.list(count, () => Math.fround(random.next() - 0.5));
  const walk = (buffer: number, isTable: boolean): Operand => ({
    buffer,
    dtype: "float32",
    offset: zero,
    strides: [isTable ? zero : pitch, one],
  });
  const [table, list] = [elements(40 * columns), elements(indices.length * columns)];
  const given = dtype === "int64" ? indices.map(BigInt) : [...indices];
  const index = kernelCase.input(dtype, given);
  const axis: IndexedAxis = {
    index: { buffer: index, dtype, offset: zero, strides: [one, zero] },
    length: kernelCase.dynamic(40),
    stride: pitch,
    axis: 0,
    wraps,
  };
  const dims = [indices.length, columns].map((n) => kernelCase.dynamic(n));
  const kernel: GatherKernel | ScatterKernel = kind === "gather"
    ? {
      kind,
      dims,
      indices: [axis],
      source: walk(kernelCase.input("float32", table), true),
      output: walk(kernelCase.output("float32", list), false),
    }
    : {
      kind: "scatter",
      dims,
      indices: [axis],
      target: walk(kernelCase.output("float32", table), true),
      value: walk(kernelCase.input("float32", list), false),
      accumulate: kind === "add",
    };
  return { kernelCase, kernel };
}

for (const kind of ["gather", "set", "add"] as const) {
  deviceTest(`rows at repeated indices of every dtype: ${kind}`, async (runner) => {
    const random = new Random(3);
    for (const dtype of ["int32", "uint32", "int64"] as const) {
      for (const [count, columns] of [[1, 1], [0, 3], [255, 7], [257, 1], [1500, 3]] as const) {
        const low = dtype === "uint32" ? 0 : -40;
        const indices = random.list(count, () => low + random.below(40 - low));
        const { kernelCase, kernel } = onRows(kind, dtype, indices, columns);
        assert(await checkCase(runner, kernelCase, kernel));
      }
    }
  });

  deviceTest(`the first index out of range is told: ${kind}`, async (runner) => {
    const bad = [
      ["int32", -41, true],
      ["int32", 40, true],
      ["int32", -1, false],
      ["uint32", 2 ** 32 - 1, true],
      ["int64", 2 ** 32, true],
      ["int64", -(2 ** 40) - 1, true],
      ["int64", -1, false],
    ] as const;
    for (const [dtype, index, wraps] of bad) {
      const indices = Array.from({ length: 900 }, (_, k) => k % 37 === 36 ? index : k % 40);
      for (const columns of [2, 0]) {
        const { kernelCase, kernel } = onRows(kind, dtype, indices, columns, wraps);
        assert(await checkCase(runner, kernelCase, kernel));
      }
    }
  });
}

const [low, high] = [-(2n ** 63n), 2n ** 63n - 1n];

/** Values of int64: halves that carry, signs, limits. */
const longs = [
  0n,
  1n,
  -1n,
  2n,
  7n,
  -7n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  -(2n ** 32n),
  low,
  high,
]
  .concat(123456789012345n, -987654321098765n);

deviceTest("int64 does what the interpreter does", async (runner) => {
  const [x, y] = [s.input(0, "int64"), s.input(1, "int64")];
  const word = s.input(2, "int32");
  const bodies = [
    ...(["add", "sub", "mul", "min", "max", "and", "or", "xor"] as const).map((p) =>
      s.call(p, x, y)
    ),
    ...[s.neg(x), s.not(x), s.select(s.lt(x, y), x, y), s.const(low, "int64")],
    ...(["eq", "ne", "lt", "le"] as const).map((p) => s.call(p, x, y)),
    ...(["int32", "uint32", "bool"] as const).map((dtype) => s.convert(x, dtype)),
    ...[word, s.convert(word, "uint32"), s.lt(word, 0)].map((e) => s.convert(e, "int64")),
  ];
  const pairs = longs.flatMap((a) => longs.map((b) => [a, b] as const));
  for (const body of bodies) {
    const kernelCase = new KernelCase();
    const [zero, one] = [kernelCase.constant(0), kernelCase.constant(1)];
    const walk = (buffer: number, dtype: DType): Operand => ({
      buffer,
      dtype,
      offset: zero,
      strides: [one],
    });
    const given = [0, 1].map((k) => kernelCase.input("int64", pairs.map((pair) => pair[k]!)));
    const words = kernelCase.input("int32", pairs.map(([a]) => Number(BigInt.asIntN(32, a))));
    const out = kernelCase.output(body.dtype, pairs.map(() => body.dtype === "int64" ? 0n : 0));
    const kernel: Kernel = {
      kind: "map",
      dims: [kernelCase.dynamic(pairs.length)],
      inputs: [...given.map((buffer) => walk(buffer, "int64")), walk(words, "int32")],
      params: [],
      counters: [],
      outputs: [walk(out, body.dtype)],
      bodies: [body],
    };
    assert(await checkCase(runner, kernelCase, kernel));
  }
});

const sizes = new Sizes();

function walk(buffer: number, dtype: DType, ...strides: number[]): Operand {
  const [offset, ...steps] = [0, ...strides].map((n) => sizes.const(n));
  return { buffer, dtype, offset: offset!, strides: steps };
}

deviceTest("a kernel has more than 65,535 workgroups", async (runner) => {
  const n = 65535 * 64 + 200;
  const kernel: Kernel = {
    kind: "map",
    dims: [sizes.const(n)],
    inputs: [],
    params: [],
    counters: [0],
    outputs: [walk(0, "uint32", 1)],
    bodies: [s.mul(s.input(0, "uint32"), 3)],
  };
  const [got] = await runner.run(kernel, [new Uint32Array(n + 1)]);
  for (let k = 0; k < n; k++) if (got![k] !== 3 * k) assertEquals([k, got![k]], [k, 3 * k]);
  assertEquals(got![n], 0);
});

Deno.test("a kernel of more buffers than a device binds has no form", () => {
  const of = (count: number): Kernel => ({
    kind: "map",
    dims: [sizes.const(3)],
    inputs: Array.from({ length: count }, (_, k) => walk(k + 1, "float32", 1)),
    params: [],
    counters: [],
    outputs: [walk(0, "float32", 1)],
    bodies: [
      Array.from({ length: count }, (_, k) => s.input(k, "float32")).reduce((x, y) => s.add(x, y)),
    ],
  });
  assert(kernelCode(of(7)) !== undefined);
  assertEquals(kernelCode(of(8)), undefined);
  assert(kernelCode(of(8), { ...defaultLimits, storageBuffers: 10 }) !== undefined);
});

Deno.test("shaders do not depend on sizes, and what they bind is read or written", () => {
  for (const kind of ["gather", "set", "add"] as const) {
    const [small, large] = [3, 3000].map((count) =>
      kernelCode(onRows(kind, "int64", new Array<number>(count).fill(1), 5).kernel)!
    );
    const texts = small!.shaders.map(({ text }) => text);
    assertEquals(texts, large!.shaders.map(({ text }) => text));
    for (const { text, resources } of small!.shaders) {
      const bound = text.match(/@binding\((\d+)\)/g)!.length - 1;
      assertEquals(bound, resources.length);
    }
  }
});

/** Each row less its largest element. */
const lessLargest: RowsKernel = {
  kind: "rows",
  dims: [sizes.value(0), sizes.value(1)],
  inputs: [walk(2, "float32", 5, 1)],
  passes: [
    {
      value: s.input(0, "float32"),
      store: null,
      accumulate: {
        identity: s.const(-Infinity, "float32"),
        combine: s.max(s.input(0, "float32"), s.input(1, "float32")),
      },
    },
    {
      value: s.sub(s.input(0, "float32"), s.input(1, "float32")),
      store: 0,
      accumulate: null,
    },
  ],
  outputs: [walk(3, "float32", 5, 1)],
  ends: [{ value: s.input(1, "float32"), output: walk(4, "float32", 1) }],
};

const shown: Readonly<Record<string, Kernel>> = {
  "each row less its largest element": lessLargest,
  "rows at indices": onRows("gather", "int32", [1], 5).kernel,
  "rows at indices added to": onRows("add", "int64", [1], 5).kernel,
};

for (const [what, kernel] of Object.entries(shown)) {
  Deno.test(`the shaders of ${what} read like the kernel`, async (t) => {
    const texts = new Set(kernelCode(kernel)!.shaders.map(({ text }) => text));
    for (const text of texts) {
      if (!text.startsWith("// reduce")) await t.assertSnapshot(text);
    }
  });
}
