/** @file float16 on a device: every number of it, its rounding, its primitives, and kernels of it. */

import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../core/dtype/dtype.ts";
import { type MapKernel, type Operand, operandsOf } from "../../core/kernel/kernel.ts";
import { type Size, Sizes } from "../../core/kernel/size.ts";
import { lane } from "../../core/ops/scalar_op.ts";
import { exp, expm1, log, log1p, sin, sqrt, tanh } from "../../core/ops/transcendental.ts";
import { Builder, type Expr } from "../../core/scalar/expr.ts";
import { interpreter } from "../../core/scalar/interpret.ts";
import { isLaneOf, type Primitive, primitives } from "../../core/scalar/primitive.ts";
import { defaultLimits } from "../../gpu/code.ts";
import { kernelCode } from "../../gpu/kernels.ts";
import { mapShader } from "../../gpu/map.ts";
import { cumulativeCase } from "../helpers/cumulative_case.ts";
import { KernelCase } from "../helpers/kernel_case.ts";
import { Random } from "../helpers/random.ts";
import { sortCase } from "../helpers/sort_case.ts";
import { ulpError } from "../helpers/ulp.ts";
import { checkCase } from "./cases.ts";
import { columnOf, type DeviceRunner, float16Test, wordsOf } from "./device.ts";

const sizes = new Sizes();

function walk(buffer: number, dtype: DType, offset: number = 0): Operand {
  return { buffer, dtype, offset: sizes.const(offset), strides: [sizes.const(1)] };
}

/** One body from columns of a length to a column. */
function kernelOf(n: number, inputs: readonly DType[], bodies: readonly Expr[]): MapKernel {
  return {
    kind: "map",
    dims: [sizes.const(n)],
    inputs: inputs.map((dtype, k) => walk(k, dtype)),
    params: [],
    counters: [],
    outputs: bodies.map((e, k) => walk(inputs.length + k, e.dtype)),
    bodies,
  };
}

/** The bits of float16, two a word. */
function halvesOf(values: readonly number[]): Uint32Array {
  const words = new Uint32Array(Math.ceil(values.length / 2));
  new Float16Array(words.buffer).set(values);
  return words;
}

function numbersOf(words: Uint32Array<ArrayBuffer>, dtype: DType, n: number): number[] {
  const types = { float16: Float16Array, float32: Float32Array, int32: Int32Array };
  const type = types[dtype as keyof typeof types] ?? Uint32Array;
  return [...new type(words.buffer, 0, n)];
}

/** What a body makes of columns. */
async function run(
  runner: DeviceRunner,
  columns: readonly Uint32Array[],
  dtypes: readonly DType[],
  body: Expr,
  n: number,
): Promise<number[]> {
  const result = new Uint32Array(body.dtype === "float16" ? Math.ceil(n / 2) : n);
  const results = await runner.run(kernelOf(n, dtypes, [body]), [...columns, result]);
  return numbersOf(results.at(-1)!, body.dtype, n);
}

/** All numbers of float16: from the smallest to the largest, zeros, infinities and NaN. */
const every = [...new Float16Array(Uint16Array.from({ length: 65536 }, (_, k) => k).buffer)];

float16Test(
  "every float16 is what it was after a copy, and the same as a float32",
  async (runner) => {
    const s = new Builder();
    const x = s.input(0, "float16");
    const given = halvesOf(every);
    for (const body of [x, s.convert(x, "float32"), s.neg(s.neg(x))]) {
      assertEquals(await run(runner, [given], ["float16"], body, every.length), every);
    }
  },
);

/** Numbers at, between and beside those of float16, and any others. */
function nearHalves(): number[] {
  const random = new Random(5);
  const cell = new DataView(new ArrayBuffer(4));
  const moved = (x: number, by: number): number => {
    cell.setFloat32(0, x);
    cell.setUint32(0, cell.getUint32(0) + by);
    return cell.getFloat32(0);
  };
  const numbers = every.filter(Number.isFinite);
  const middles = numbers.map((x, k) => {
    const next = numbers[k + 1] ?? x;
    return Math.fround((x + next) / 2);
  });
  const ends = [65504, 65519, 65519.99609375, 65520, 65536, 1e10, 3.4e38, Infinity, NaN, 1e-40];
  const tiny = [2 ** -24, 2 ** -25, 2 ** -26, 2 ** -14, 2 ** -14 - 2 ** -25, 2 ** -149];
  const special = [...ends, ...tiny].flatMap((x) => [x, moved(x, 1), moved(x, -1)]);
  const any = random.list(20000, () => moved(0, Math.floor(random.next() * 2 ** 32)));
  return [
    ...middles.flatMap((x) => [x, moved(x, 1), moved(x, -1)]),
    ...special.flatMap((x) => [x, -x]),
    ...any,
  ];
}

float16Test("a float32 becomes the nearest float16, ties to even", async (runner) => {
  const s = new Builder();
  const numbers = nearHalves();
  const given = wordsOf(columnOf(numbers, "float32"));
  const body = s.convert(s.input(0, "float32"), "float16");
  const got = await run(runner, [given], ["float32"], body, numbers.length);
  const wrong = numbers.flatMap((x, k) =>
    Object.is(got[k], Math.f16round(x)) ? [] : [[x, got[k], Math.f16round(x)]]
  );
  assertEquals(wrong.slice(0, 5), []);
});

float16Test(
  "integers and bools become float16 and back as the interpreter says",
  async (runner) => {
    const s = new Builder();
    const whole = [0, 1, -1, 2047, 2049, 2051, -4099, 65503, 65519, 65520, 123456, 2 ** 31 - 1];
    for (const dtype of ["int32", "uint32", "bool"] as const) {
      const column = columnOf(dtype === "bool" ? [false, true] : whole, dtype);
      const narrow = s.convert(s.input(0, dtype), "float16");
      const halves = await run(runner, [wordsOf(column)], [dtype], narrow, column.length);
      const toHalf = interpreter([narrow]);
      assertEquals(halves, [...column].map((x) => toHalf([dtype === "bool" ? x !== 0 : x])[0]));
      const wide = s.convert(s.input(0, "float16"), dtype);
      const back = await run(runner, [halvesOf(every)], ["float16"], wide, every.length);
      const fromHalf = interpreter([wide]);
      assertEquals(back, every.map((x) => Number(fromHalf([x])[0])));
    }
  },
);

const some: readonly number[] = [
  [0, 1, 2, 3, 0.5, 1.5, 2.5, 0.1, 1 / 3, 1023.5, 2047, 2049, 65504, 65472, 2 ** -14],
  [2 ** -24, 3 * 2 ** -24, 1023 * 2 ** -24, 1e-3, 7.25, 100, 255.5, Infinity],
].flat().flatMap((x) => [x, -x]).map(Math.f16round).concat(NaN);

/** What is not rounded correctly before it is rounded to float16. */
const loose: ReadonlySet<Primitive> = new Set<Primitive>(["div", "sqrt"]);

float16Test(
  "every primitive of float16 is the interpreter's, at special values",
  async (runner) => {
    const s = new Builder();
    const random = new Random(3);
    const [x, y, z] = [0, 1, 2].map((k) => s.input(k, "float16")) as [Expr, Expr, Expr];
    const rows = some.flatMap((a) => some.map((b) => [a, b, random.pick(some)]));
    const columns = [0, 1, 2].map((k) => halvesOf(rows.map((row) => row[k]!)));
    const dtypes = ["float16", "float16", "float16"] as const;
    const names = (Object.keys(primitives) as Primitive[]).filter((p) =>
      isLaneOf("float32", primitives[p].on) && p !== "convert" && p !== "bitcast"
    );
    for (const name of names) {
      const isChoice = primitives[name].result === "branches";
      const args = isChoice ? [s.lt(x, y), y, z] : [x, y, z].slice(0, primitives[name].arity);
      const body = s.call(name, ...args);
      const got = await run(runner, columns, dtypes, body, rows.length);
      const value = interpreter([body]);
      const wrong = rows.flatMap((row, k) => {
        const wanted = Number(value(row)[0]);
        const isNear = loose.has(name) && ulpError(got[k]!, wanted, "float16") <= 1;
        return Object.is(got[k], wanted) || isNear ? [] : [[row, got[k], wanted]];
      });
      assertEquals([name, wrong.slice(0, 5)], [name, []]);
    }
  },
);

const functions = { exp, expm1, log, log1p, sin, sqrt, tanh };

float16Test("functions of every float16 are within a unit in the last place", async (runner) => {
  const s = new Builder();
  const given = halvesOf(every);
  for (const [name, { record }] of Object.entries(functions)) {
    const body = lane(s, record, [s.input(0, "float16")], "float16");
    const got = await run(runner, [given], ["float16"], body, every.length);
    const wrong = every.flatMap((x, k) => {
      const wanted = Math.f16round(record.ref(x) as number);
      return ulpError(got[k]!, wanted, "float16") <= 1 ? [] : [[x, got[k], wanted]];
    });
    assertEquals([name, wrong.slice(0, 5)], [name, []]);
  }
});

/** A case of arrays of float16 that are walked one by one. */
function casesOf(n: number): {
  readonly given: KernelCase;
  readonly count: Size;
  readonly walk: (buffer: number) => Operand;
} {
  const given = new KernelCase();
  const [count, zero, one] = [n, 0, 1].map((value) => given.constant(value)) as [Size, Size, Size];
  return {
    given,
    count,
    walk: (buffer) => ({ buffer, dtype: "float16", offset: zero, strides: [one] }),
  };
}

float16Test("a scatter adds up float16 in loop order, each sum rounded", async (runner) => {
  const random = new Random(9);
  const n = 301;
  const { given, count, walk } = casesOf(n);
  const value = given.input("float16", random.list(n, () => random.next() * 100));
  const index = given.input("int32", random.list(n, () => random.below(7)));
  const target = given.output("float16", random.list(7, () => random.next()));
  const [zero, one, seven] = [0, 1, 7].map((x) => given.constant(x)) as [Size, Size, Size];
  const kernel = {
    kind: "scatter",
    dims: [count],
    target: { ...walk(target), strides: [zero] },
    indices: [{
      index: { ...walk(index), dtype: "int32" },
      length: seven,
      stride: one,
      axis: 0,
      wraps: false,
    }],
    value: walk(value),
    accumulate: true,
  } as const;
  assert(await checkCase(runner, given, kernel));
});

float16Test("a kernel works in place on an odd number of float16", async (runner) => {
  const s = new Builder();
  const { given, count, walk } = casesOf(33);
  const array = given.output("float16", Array.from({ length: 35 }, (_, k) => k / 8));
  const at = { ...walk(array), offset: given.constant(1) };
  const kernel: MapKernel = {
    kind: "map",
    dims: [count],
    inputs: [at],
    params: [],
    counters: [],
    outputs: [at],
    bodies: [s.mul(s.input(0, "float16"), -2)],
  };
  assert(await checkCase(runner, given, kernel));
});

Deno.test("a device without float16 has no form of its arrays, but rounds to it on the way", () => {
  const s = new Builder();
  const x = s.input(0, "float32");
  const rounded = s.convert(s.convert(x, "float16"), "float32");
  const within = kernelOf(3, ["float32"], [rounded]);
  const at = kernelOf(3, ["float16"], [s.neg(s.input(0, "float16"))]);
  const allows = (kernel: MapKernel, hasFloat16: boolean): boolean =>
    kernelCode(kernel, { ...defaultLimits, hasFloat16 }) !== undefined;
  assertEquals([allows(within, false), allows(at, false), allows(at, true)], [true, false, true]);
  const asWords = { ...at, inputs: [walk(0, "float16"), walk(0, "uint32")] };
  assertEquals(operandsOf(asWords).reads.length, 2);
  assertEquals(allows(asWords, true), false);
});

Deno.test("the shader of a sum of float16 says what it sees and how it rounds", async (t) => {
  const s = new Builder();
  const body = s.add(s.input(0, "float16"), s.input(1, "float16"));
  await t.assertSnapshot(mapShader(kernelOf(5, ["float16", "float16"], [body])));
});

float16Test("float16 is put in order, and added up one by one", async (runner) => {
  const limits = { ...defaultLimits, hasFloat16: true };
  const random = new Random(8);
  const shuffled = random.shuffled(every).slice(0, 6000);
  for (const [rows, columns] of [[1, 6000], [60, 100]] as const) {
    const { kernelCase, kernel } = sortCase({
      dtype: "float16",
      rows,
      columns,
      elements: shuffled,
    });
    assert(await checkCase(runner, kernelCase, kernel, { code: kernelCode(kernel, limits) }));
    const whole = random.list(rows * columns, () => random.chance(0.1) ? 1 : 0);
    const sums = cumulativeCase({ dtype: "float16", rows, columns, elements: whole });
    const code = kernelCode(sums.kernel, limits);
    assert(await checkCase(runner, sums.kernelCase, sums.kernel, { code }));
  }
});
