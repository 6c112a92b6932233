/** @file Reductions on a device: who adds up what, how exactly, and their text. */

import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../core/dtype/dtype.ts";
import type { Operand, ReduceKernel } from "../../core/kernel/kernel.ts";
import { Builder, type Expr } from "../../core/scalar/expr.ts";
import { defaultLimits } from "../../gpu/code.ts";
import { kernelCode } from "../../gpu/kernels.ts";
import { reduceCode } from "../../gpu/reduce.ts";
import { type ReduceSchedule, reduceSchedule, sharingOf } from "../../gpu/reduce_schedule.ts";
import { KernelCase } from "../helpers/kernel_case.ts";
import { Random } from "../helpers/random.ts";
import { type Bound, checkCase } from "./cases.ts";
import { deviceTest, float16Test } from "./device.ts";

const s = new Builder();

/** Sums over the axes after the first `kept`; memory goes along the last axis, or the first. */
function sums(
  dims: readonly number[],
  kept: number,
  order: "last" | "first",
  accumulator: DType,
  element: (random: Random, k: number) => number,
  dtype: "float16" | "float32" = "float32",
): { readonly kernelCase: KernelCase; readonly kernel: ReduceKernel } {
  const kernelCase = new KernelCase();
  const random = new Random(dims.length);
  const count = dims.reduce((n, length) => n * length, 1);
  const axes = order === "last" ? [...dims.keys()].reverse() : [...dims.keys()];
  const strides = new Array<number>(dims.length);
  axes.reduce((step, axis) => {
    strides[axis] = step;
    return step * dims[axis]!;
  }, 1);
  const size = (x: number) => x === 1 ? kernelCase.constant(1) : kernelCase.dynamic(x);
  const input: Operand = {
    buffer: kernelCase.input(dtype, random.list(count + 1, (k) => element(random, k))),
    dtype,
    offset: kernelCase.constant(1),
    strides: strides.map(size),
  };
  const ends = dims.slice(0, kept);
  const output: Operand = {
    buffer: kernelCase.output(dtype, new Array<number>(ends.reduce((n, k) => n * k, 1)).fill(7)),
    dtype,
    offset: kernelCase.constant(0),
    strides: ends.map((_, axis) => size(ends.slice(axis + 1).reduce((n, k) => n * k, 1))),
  };
  const sum = s.add(s.input(0, accumulator), s.input(1, accumulator));
  return {
    kernelCase,
    kernel: {
      kind: "reduce",
      dims: dims.map(size),
      kept,
      inputs: [input],
      params: [],
      counters: [],
      values: [s.convert(s.input(0, dtype), accumulator)],
      identity: [s.const(0, accumulator)],
      combine: [sum],
      reassociate: true,
      finish: [s.convert(s.input(0, accumulator), dtype)],
      extras: [],
      outputs: [output],
    },
  };
}

/** Small integers, of which no order rounds the sum. */
const whole = (random: Random): number => random.below(9) - 4;

const shapes: readonly (readonly [dims: readonly number[], kept: number])[] = [
  [[1], 0],
  [[0], 0],
  [[3, 0], 1],
  [[0, 3], 1],
  [[257], 0],
  [[100_003], 0],
  [[3, 20_011], 1],
  [[1009, 13], 1],
  [[5, 7, 11, 13], 2],
  [[17, 1], 1],
  [[2, 3000, 5], 2],
  [[2, 30, 4001], 1],
];

for (const order of ["last", "first"] as const) {
  for (const accumulator of ["float32", "float64"] as const) {
    deviceTest(
      `sums in ${accumulator} of memory along the ${order} axis are exact`,
      async (runner) => {
        for (const [dims, kept] of shapes) {
          const { kernelCase, kernel } = sums(dims, kept, order, accumulator, whole);
          assert(await checkCase(runner, kernelCase, kernel));
        }
      },
    );
  }
}

/** What a sum of n numbers up to 1 may lose: see `gpu/reduce.ts`. */
function ofSum(n: number, threads: number): Bound {
  const { block } = reduceSchedule.order;
  const roundings = block + n / (block * threads) + Math.log2(threads);
  return () => (roundings + 1) * 2 ** -24 * n;
}

deviceTest("sums of float32 lose as little as promised", async (runner) => {
  const any = (random: Random): number => Math.fround(random.next());
  for (const [dims, kept, threads] of [[[200_000], 0, 256], [[3, 50_000], 1, 1]] as const) {
    for (const order of ["last", "first"] as const) {
      const { kernelCase, kernel } = sums(dims, kept, order, "float64", any);
      const bound = ofSum(dims.at(-1)!, threads);
      assert(await checkCase(runner, kernelCase, kernel, { bound }));
    }
  }
});

float16Test("sums of float16 are those of float32, rounded once more", async (runner) => {
  for (const accumulator of ["float32", "float64"] as const) {
    const exact = sums([3, 10_001], 1, "last", accumulator, whole, "float16");
    assert(await checkCase(runner, exact.kernelCase, exact.kernel));
  }
  const any = (random: Random): number => Math.f16round(random.next());
  for (const [dims, kept, threads] of [[[100_000], 0, 256], [[3, 50_000], 1, 1]] as const) {
    const { kernelCase, kernel } = sums(dims, kept, "last", "float64", any, "float16");
    const before = ofSum(dims.at(-1)!, threads);
    const bound: Bound = (wanted, k) => before(wanted, k) + 2 ** -10 * Math.abs(wanted);
    assert(await checkCase(runner, kernelCase, kernel, { bound }));
  }
});

deviceTest("more workgroups than fit in a row of the grid go on in the next", async (runner) => {
  const { order } = reduceSchedule;
  const schedules: readonly ReduceSchedule[] = [
    reduceSchedule,
    { ...reduceSchedule, order: { ...order, busy: 1 } },
    { ...reduceSchedule, order: { ...order, turns: 1, block: 3 }, unroll: 2 },
  ];
  for (const schedule of schedules) {
    const { kernelCase, kernel } = sums([1300, 40], 1, "last", "float32", whole);
    const code = reduceCode(kernel, { ...defaultLimits, groups: 3 }, schedule);
    assert(await checkCase(runner, kernelCase, kernel, { code }));
  }
});

Deno.test("sharingOf() keeps a device busy, and cuts only what is long", () => {
  const of = (kept: number, reduced: number, isRow: boolean, isFree = true) =>
    Object.values(sharingOf(reduceSchedule.order, { kept, reduced, isRow, isFree }));
  assertEquals(of(1, 1_000_000, true), [128, 488]);
  assertEquals(of(1_000_000, 10, true), [8, 1]);
  assertEquals(of(60_000, 1000, true), [32, 1]);
  assertEquals(of(1_000_000, 1000, false), [1, 1]);
  assertEquals(of(500, 60_000, false), [4, 32]);
  assertEquals(of(1, 0, true), [1, 1]);
  assertEquals(of(1, 1_000_000, true, false), [1, 1]);
});

Deno.test("a reduction whose values are computed in float64 has no form on devices", () => {
  const { kernel } = sums([5], 0, "last", "float64", whole);
  const wide = s.convert(s.input(0, "float32"), "float64");
  const square = s.mul(wide, wide);
  const truncated = s.convert(s.convert(s.input(0, "float32"), "int32"), "float64");
  const values: readonly Expr[] = [
    square,
    s.convert(s.convert(square, "float32"), "float64"),
    truncated,
  ];
  for (const value of values) assertEquals(kernelCode({ ...kernel, values: [value] }), undefined);
});

Deno.test("the shaders of a sum read like the kernel", async (t) => {
  const { kernel } = sums([9, 5], 1, "last", "float64", whole);
  const [direct, first, second] = reduceCode(kernel, defaultLimits, reduceSchedule)!.shaders;
  for (const shader of [direct, first, second]) await t.assertSnapshot(shader!.text);
});
