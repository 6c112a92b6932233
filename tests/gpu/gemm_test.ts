/** @file Products of matrices on a device. */

import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../core/dtype/dtype.ts";
import type { GemmKernel, Operand, ReduceKernel } from "../../core/kernel/kernel.ts";
import { Builder } from "../../core/scalar/expr.ts";
import { defaultLimits } from "../../gpu/code.ts";
import { gemmCode } from "../../gpu/gemm.ts";
import { kernelCode } from "../../gpu/kernels.ts";
import { defaultSchedules, type Schedules } from "../../gpu/schedules.ts";
import {
  type GemmOrder,
  type GemmSchedule,
  gemmSchedule,
  gemmShare,
  type GemmTile,
} from "../../gpu/gemm_schedule.ts";
import { TileWriter } from "../../gpu/gemm_tile.ts";
import { productOfGemm, productOfReduction } from "../../gpu/product.ts";
import { KernelCase } from "../helpers/kernel_case.ts";
import { Random } from "../helpers/random.ts";
import { checkCase } from "./cases.ts";
import { deviceTest, float16Test, testLimits } from "./device.ts";

/** How matrices lie; those of a batch one after the other, or all at the same place. */
type Layout = "rows" | "columns" | "strided" | "reversed" | "repeated";

const layouts: readonly Layout[] = ["rows", "columns", "strided", "reversed"];

/** Small integers, so that sums are exact in any order. */
const whole = (random: Random): number => random.below(17) - 8;

/** Matrices to read, as many as a batch has; null for one that is no batch. */
function matrix(
  kernelCase: KernelCase,
  random: Random,
  [count, rows, columns]: readonly [number | null, number, number],
  layout: Layout,
  element: (random: Random) => number,
): Operand {
  const [start, row, column] = {
    rows: [0, columns, 1],
    columns: [3, 1, rows],
    strided: [1, 2 * columns + 3, 2],
    reversed: [rows * columns, -columns, 1],
    repeated: [0, columns, 1],
  }[layout] as [number, number, number];
  const size = (x: number) => x < 2 && x >= 0 ? kernelCase.constant(x) : kernelCase.dynamic(x);
  const reach = rows * Math.abs(row) + columns * Math.abs(column) + 1;
  const step = count === null || layout === "repeated" ? 0 : reach;
  const length = 2 + start + reach + (count ?? 1) * step;
  return {
    buffer: kernelCase.input("float32", random.list(length, () => element(random))),
    dtype: "float32",
    offset: size(start),
    strides: [step, row, column].map(size),
  };
}

interface Factors {
  readonly alpha: number | "operand";
  readonly beta: number | "operand";
}

/** What products may be made with. */
interface ProductOptions {
  readonly sides?: readonly [Layout, Layout];
  readonly factors?: Factors;
  readonly element?: (random: Random) => number;
  /** How many products; null for one that is no batch. */
  readonly count?: number | null;
}

/** A product of `m` rows, `n` columns and inner length `k`, or a batch of them. */
function product(
  seed: number,
  [m, n, k]: readonly [number, number, number],
  options: ProductOptions = {},
): { readonly kernelCase: KernelCase; readonly kernel: GemmKernel } {
  const { sides: [left, right] = ["rows", "rows"], element = whole, count = null } = options;
  const { alpha, beta } = options.factors ?? { alpha: 1, beta: 0 };
  const kernelCase = new KernelCase();
  const random = new Random(seed);
  const a = matrix(kernelCase, random, [count, m, k], left, element);
  const b = matrix(kernelCase, random, [count, k, n], right, element);
  const pitch = n + random.below(3);
  const step = m * pitch + random.below(3);
  const old = random.list(2 + (count ?? 1) * step, () => beta === 0 ? NaN : whole(random));
  const zero = kernelCase.constant(0);
  const c: Operand = {
    buffer: kernelCase.output("float32", old),
    dtype: "float32",
    offset: kernelCase.dynamic(1),
    strides: [
      count === null ? zero : kernelCase.dynamic(step),
      kernelCase.dynamic(pitch),
      kernelCase.constant(1),
    ],
  };
  const scalar = (buffer: number, dtype: DType): Operand => ({
    buffer,
    dtype,
    offset: zero,
    strides: [],
  });
  const factor = (x: number | "operand"): Operand | number =>
    x === "operand" ? scalar(kernelCase.input("float32", [random.below(5) - 2]), "float32") : x;
  const kernel: GemmKernel = {
    kind: "gemm",
    dtype: "float32",
    dims: [
      count === null ? kernelCase.constant(1) : kernelCase.dynamic(count),
      kernelCase.dynamic(m),
      kernelCase.dynamic(n),
      kernelCase.dynamic(k),
    ],
    a,
    b,
    c,
    alpha: factor(alpha),
    beta: factor(beta),
    scratch: scalar(kernelCase.scratch("uint8", 0), "uint8"),
  };
  return { kernelCase, kernel };
}

/** A tile that is compiled fast. */
const small: GemmTile = {
  rows: 16,
  columns: 16,
  depth: 4,
  threadRows: 4,
  threadColumns: 4,
  unroll: 1,
};
const inSmallTiles: Schedules = {
  ...defaultSchedules,
  gemm: inTile(small, { blocks: 20, part: 100 }),
};

/** A schedule of one tile, with its own order of additions. */
function inTile(tile: GemmTile, order: Partial<GemmOrder>): GemmSchedule {
  return {
    order: { ...gemmSchedule.order, narrow: 0, block: 16, ...order },
    tiles: [tile],
    busy: 1,
  };
}

/** Schedules that take one kind of tile, cut along the inner axis or not. */
const schedules: readonly GemmSchedule[] = gemmSchedule.tiles.flatMap((tile) =>
  [1, 8].map((blocks) => inTile(tile, { blocks, block: tile.rows, part: 5 }))
);

const shapes: readonly (readonly [number, number, number])[] = [
  [5, 3, 0],
  [33, 65, 17],
  [130, 7, 31],
  [64, 129, 40],
];

for (const schedule of schedules) {
  const [{ rows, columns }] = schedule.tiles as [GemmSchedule["tiles"][number]];
  const cut = schedule.order.blocks > 1 ? ", in parts" : "";
  deviceTest(`products in tiles of ${rows} × ${columns}${cut} are exact`, async (runner) => {
    for (const [k, shape] of shapes.entries()) {
      const sides = k % 2 === 0 ? ["columns", "rows"] as const : ["strided", "reversed"] as const;
      const { kernelCase, kernel } = product(k, shape, { sides });
      const code = gemmCode(kernel, defaultLimits, { ...defaultSchedules, gemm: schedule });
      assert(await checkCase(runner, kernelCase, kernel, { code }));
    }
  });
}

deviceTest("products of every layout and of every kind of factor are exact", async (runner) => {
  const all: readonly Factors[] = [
    { alpha: 1, beta: 1 },
    { alpha: 2, beta: 0 },
    { alpha: -1, beta: 3 },
    { alpha: "operand", beta: 1 },
    { alpha: 1, beta: "operand" },
    { alpha: "operand", beta: "operand" },
  ];
  for (const [k, factors] of all.entries()) {
    const sides = [layouts[k % 4]!, layouts[(3 * k + 1) % 4]!] as const;
    const { kernelCase, kernel } = product(k, [37, 41, 19], { sides, factors });
    const code = gemmCode(kernel, defaultLimits, inSmallTiles);
    assert(await checkCase(runner, kernelCase, kernel, { code }));
  }
});

deviceTest("products of few rows or columns, and long thin ones, are exact", async (runner) => {
  for (const shape of [[1, 300, 70], [300, 1, 70], [4, 9, 2000], [9, 9, 3000]]) {
    for (const sides of [["rows", "rows"], ["columns", "columns"]] as const) {
      const { kernelCase, kernel } = product(
        shape[0]!,
        shape as [number, number, number],
        { sides, factors: { alpha: 2, beta: 1 } },
      );
      assert(await checkCase(runner, kernelCase, kernel));
    }
  }
});

deviceTest("a product is as exact as its sums are long", async (runner) => {
  const [m, n, k] = [70, 50, 400];
  const any = (random: Random): number => Math.fround(random.next() * 2 - 1);
  const { kernelCase, kernel } = product(5, [m, n, k], {
    sides: ["rows", "columns"],
    element: any,
  });
  const bound = (): number => k * 2 ** -24 * k;
  assert(await checkCase(runner, kernelCase, kernel, { bound }));
});

deviceTest("more tiles than fit in a row of the grid go on in the next", async (runner) => {
  for (const shape of [[70, 60, 9], [20, 20, 900]] as const) {
    const { kernelCase, kernel } = product(6, shape, { factors: { alpha: 1, beta: 3 } });
    const code = gemmCode(kernel, { ...defaultLimits, groups: 7 }, inSmallTiles);
    assert(await checkCase(runner, kernelCase, kernel, { code }));
  }
});

deviceTest("a batch of products is exact, in tiles, parts or neither", async (runner) => {
  const shapes = [[3, 40, 35, 20], [2, 3, 70, 9], [2, 9, 4, 30], [0, 9, 9, 9], [1, 7, 6, 900]];
  const all: readonly Factors[] = [{ alpha: 1, beta: 0 }, { alpha: "operand", beta: "operand" }];
  for (const [seed, [count, m, n, k]] of shapes.entries()) {
    for (const sides of [["columns", "rows"], ["repeated", "reversed"]] as const) {
      for (const factors of all) {
        const options = { sides, factors, count: count! };
        const { kernelCase, kernel } = product(seed, [m!, n!, k!], options);
        for (const [narrow, groups] of [[0, 5], [4, 65535]] as const) {
          const gemm = inTile(small, { blocks: 20, part: 100, narrow });
          const schedules = { ...inSmallTiles, gemm };
          const code = gemmCode(kernel, { ...defaultLimits, groups }, schedules);
          assert(await checkCase(runner, kernelCase, kernel, { code }));
        }
      }
    }
  }
});

/** A reduction that adds up products, of matrices one of which is the same for all, plus a row. */
function batch(
  seed: number,
  [count, m, n, k]: readonly [number, number, number, number],
  dtype: "float16" | "float32" = "float32",
): { readonly kernelCase: KernelCase; readonly kernel: ReduceKernel } {
  const kernelCase = new KernelCase();
  const random = new Random(seed);
  const s = new Builder();
  const walk = (buffer: number, ...strides: readonly number[]): Operand => ({
    buffer,
    dtype,
    offset: kernelCase.constant(0),
    strides: strides.map((x) => x < 2 ? kernelCase.constant(x) : kernelCase.dynamic(x)),
  });
  const input = (size: number) => kernelCase.input(dtype, random.list(size, () => whole(random)));
  const [x, y] = [s.input(0, "float32"), s.input(1, "float32")];
  const [left, right] = [0, 1].map((side) => s.convert(s.input(side, dtype), "float32"));
  const kernel: ReduceKernel = {
    kind: "reduce",
    dims: [count, m, n, k].map((length) => kernelCase.dynamic(length)),
    kept: 3,
    inputs: [walk(input(k * n), 0, 0, 1, n), walk(input(count * m * k), m * k, k, 0, 1)],
    params: [],
    counters: [],
    values: [s.mul(right!, left!)],
    identity: [s.const(0, "float32")],
    combine: [s.add(x, y)],
    reassociate: true,
    finish: [s.convert(s.add(s.mul(x, 2), right!), dtype)],
    extras: [walk(input(n), 0, 0, 1)],
    outputs: [
      walk(kernelCase.output(dtype, new Array<number>(count * m * n).fill(5)), m * n, 1, m),
    ],
  };
  return { kernelCase, kernel };
}

for (const dtype of ["float32", "float16"] as const) {
  const test = dtype === "float16" ? float16Test : deviceTest;
  test(`reductions that are products of ${dtype} are exact, in tiles or not`, async (runner) => {
    const lengths = [[3, 40, 35, 20], [2, 3, 70, 9], [2, 9, 4, 30], [0, 9, 9, 9], [2, 7, 6, 900]];
    for (const [seed, shape] of lengths.entries()) {
      const given = batch(seed, shape as [number, number, number, number], dtype);
      assert(productOfReduction(given.kernel) !== undefined);
      const code = kernelCode(given.kernel, testLimits, inSmallTiles);
      assert(await checkCase(runner, given.kernelCase, given.kernel, { code }));
    }
  });
}

Deno.test("gemmShare() takes large tiles for large products, and parts for long thin ones", () => {
  const of = (m: number, n: number, k: number) => gemmShare(gemmSchedule, [m, n, k]);
  assertEquals(of(4096, 4096, 4096), {
    tile: 0,
    across: 32,
    tiles: 1024,
    items: 1,
    parts: 1,
    part: 4096,
    steps: 4096,
  });
  assertEquals(of(1024, 1024, 1024), {
    tile: 1,
    across: 16,
    tiles: 256,
    items: 1,
    parts: 1,
    part: 1024,
    steps: 1024,
  });
  assertEquals(of(100, 100, 100), {
    tile: 2,
    across: 4,
    tiles: 16,
    items: 1,
    parts: 1,
    part: 112,
    steps: 112,
  });
  assertEquals(of(64, 64, 100000), {
    tile: 2,
    across: 2,
    tiles: 4,
    items: 1,
    parts: 48,
    part: 2096,
    steps: 100000,
  });
});

Deno.test("the shader of a tile reads like the product", async (t) => {
  const { kernel } = product(0, [8, 8, 8], {
    sides: ["rows", "columns"],
    factors: { alpha: 2, beta: 1 },
  });
  await t.assertSnapshot(new TileWriter(productOfGemm(kernel)!, small, false).text());
});
