import { assert, assertEquals } from "@std/assert";
import { dtypes } from "../../core/dtype/dtype.ts";
import { features } from "../../core/wasm/features.ts";
import { tileKernel } from "../../core/wasm/gemm_tile.ts";
import { numbersOf } from "../../core/wasm/gemm_width.ts";
import { funcToWat } from "../../core/wasm/wat.ts";
import { gemmModule, gemmNames, gemmScratchBytes, gemmSignature } from "../../core/wasm/gemm.ts";
import {
  type GemmDType,
  type GemmSchedules,
  gemmSchedules,
  readInPlace,
} from "../../core/wasm/gemm_schedule.ts";

type Gemm = (...args: number[]) => void;
type Numbers = Float32Array<ArrayBufferLike> | Float64Array<ArrayBufferLike>;

/** A matrix in memory: element (i, j) is at `start + i · row + j · column`, counted in elements. */
interface Matrix {
  readonly start: number;
  readonly row: number;
  readonly column: number;
}

interface Machine {
  readonly dtype: GemmDType;
  readonly memory: WebAssembly.Memory;
  readonly gemm: Gemm;
  readonly schedules: GemmSchedules;
}

function machine(
  dtype: GemmDType,
  relaxed: boolean,
  schedules: GemmSchedules = gemmSchedules,
): Machine {
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536, shared: true });
  const module = new WebAssembly.Module(gemmModule({ relaxed }, { schedules }));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { dtype, memory, gemm: exports[gemmNames[dtype]] as Gemm, schedules };
}

/** Small integers from a seed, so that sums are exact in any order. */
class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(n: number): number {
    this.#state = Math.imul(this.#state, 1664525) + 1013904223 >>> 0;
    return Math.floor(this.#state / 2 ** 32 * n);
  }

  integer(): number {
    return this.below(17) - 8;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

type Layout = "rows" | "columns" | "strided" | "reversed";

/** Where a matrix of `rows × columns` elements lies if it takes the elements from `start` on. */
function laid(layout: Layout, rows: number, columns: number, start: number): Matrix {
  switch (layout) {
    case "rows":
      return { start, row: columns, column: 1 };
    case "columns":
      return { start, row: 1, column: rows };
    case "strided":
      return { start, row: 2 * columns + 3, column: 2 };
    case "reversed":
      return { start: start + rows * columns, row: -columns, column: 1 };
  }
}

interface Case {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly left: Layout;
  readonly right: Layout;
  readonly alpha: number;
  readonly beta: number;
  readonly gap: number;
}

const sentinel = -77;

/** Runs one product on small integers and compares every element of `c` and of the gaps exactly. */
function check(on: Machine, draw: Draw, { m, n, k, left, right, alpha, beta, gap }: Case): void {
  const { bytes, array } = dtypes[on.dtype];
  const numbers = new array(on.memory.buffer) as Numbers;
  const [a, b] = [laid(left, m, k, 1024), laid(right, k, n, 1024 + 3 * (m + 1) * (k + 2))];
  const c = { start: b.start + 3 * (k + 2) * (n + 2), row: n + gap, column: 1 };
  const end = c.start + m * c.row + 8;
  for (let i = 1000; i < end; i++) numbers[i] = draw.integer();
  numbers.fill(beta === 0 ? NaN : 3, c.start, end);
  if (draw.below(8) === 0 && m * k > 0) numbers[a.start] = draw.pick([NaN, Infinity]);
  for (let i = 0; i < m; i++) {
    numbers.fill(sentinel, c.start + i * c.row + n, c.start + (i + 1) * c.row);
  }
  numbers.fill(sentinel, c.start + m * c.row, end);
  const wanted = new dtypes[on.dtype].array(end - c.start) as Numbers;
  wanted.fill(sentinel);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        sum += numbers[a.start + i * a.row + p * a.column]! *
          numbers[b.start + p * b.row + j * b.column]!;
      }
      const old = beta === 0 ? 0 : beta * numbers[c.start + i * c.row + j]!;
      wanted[i * c.row + j] = k === 0 ? old : alpha * sum + old;
    }
  }
  const scratch = Math.ceil((end + 8) * bytes / 8) * 8;
  const spare = gemmScratchBytes(on.dtype, m, n, k, on.schedules);
  new Uint8Array(on.memory.buffer, scratch, spare + 64).fill(0xab);
  on.gemm(
    ...[m, n, k],
    ...[a.start * bytes, a.row, a.column],
    ...[b.start * bytes, b.row, b.column],
    ...[c.start * bytes, c.row, alpha, beta, scratch],
  );
  const what = `${m}×${k}·${k}×${n} ${left} ${right} alpha ${alpha} beta ${beta}`;
  const found = numbers.slice(c.start, end);
  const at = found.findIndex((x, i) => !Object.is(x + 0, wanted[i]! + 0));
  assertEquals(at, -1, `${what}: element ${at} is ${found[at]}, not ${wanted[at]}`);
  const beyond = new Uint8Array(on.memory.buffer, scratch + spare, 64);
  assert(beyond.every((byte) => byte === 0xab), `${what}: writes behind its scratch`);
}

const layouts: readonly Layout[] = ["rows", "columns", "strided", "reversed"];
const scales = [1, -1, 2, 0.5] as const;

function randomCase(draw: Draw, m: number, n: number, k: number): Case {
  const beta = draw.pick([0, 0, 1, -1, 0.5]);
  const [left, right] = [draw.pick(layouts), draw.pick(layouts)];
  return { m, n, k, left, right, alpha: draw.pick(scales), beta, gap: draw.pick([0, 0, 3]) };
}

const kinds = [
  { dtype: "float32", relaxed: true },
  { dtype: "float64", relaxed: true },
  { dtype: "float32", relaxed: false },
  { dtype: "float64", relaxed: false },
] as const;

for (const { dtype, relaxed } of kinds) {
  const name = `${gemmNames[dtype]} ${relaxed ? "relaxed" : "plain"}`;
  const ignore = relaxed && !features().relaxed;

  Deno.test({
    name: `${name} is the product for all sizes from 0 to 17`,
    ignore,
    fn(): void {
      const on = machine(dtype, relaxed);
      const draw = new Draw(1);
      for (let m = 0; m <= 17; m++) {
        for (let n = 0; n <= 17; n++) {
          for (let k = 0; k <= 17; k++) check(on, draw, randomCase(draw, m, n, k));
        }
      }
    },
  });

  Deno.test({
    name: `${name} is the product for larger sizes, all layouts, alphas and betas`,
    ignore,
    fn(): void {
      const on = machine(dtype, relaxed);
      const draw = new Draw(2);
      const sizes = [19, 23, 41, 64, 65, 79, 80, 81, 97, 127, 128, 129, 130];
      for (const m of sizes) {
        check(on, draw, randomCase(draw, m, draw.pick(sizes), draw.pick(sizes)));
        check(on, draw, randomCase(draw, draw.pick(sizes), m, draw.pick(sizes)));
        check(on, draw, randomCase(draw, draw.pick(sizes), draw.pick(sizes), m));
      }
      for (const left of layouts) {
        for (const right of layouts) {
          for (const alpha of scales) {
            for (const beta of [0, 1, -2]) {
              check(on, draw, { m: 23, n: 29, k: 31, left, right, alpha, beta, gap: 1 });
            }
          }
        }
      }
    },
  });

  Deno.test({
    name: `${name} crosses its blocks: 161 rows, 257 and 600 deep, thin and flat`,
    ignore,
    fn(): void {
      const on = machine(dtype, relaxed);
      const draw = new Draw(3);
      const shapes = [[161, 30, 257], [3, 40, 600], [170, 3, 513], [1, 2100, 5], [200, 1, 1]];
      for (const [m, n, k] of shapes) check(on, draw, randomCase(draw, m!, n!, k!));
    },
  });

  Deno.test({
    name: `${name} stays within the error bound of its sums`,
    ignore,
    fn(): void {
      const on = machine(dtype, relaxed);
      const { bytes, array } = dtypes[dtype];
      const [m, n, k] = [37, 43, 700];
      const at = [65536, 65536 + m * k * bytes, 65536 + (m + n) * k * bytes] as const;
      const [a, b, c] = [m * k, k * n, m * n].map((size, i) =>
        new array(on.memory.buffer, at[i]!, size) as Numbers
      ) as [Numbers, Numbers, Numbers];
      const draw = new Draw(4);
      for (const x of [a, b]) x.forEach((_, i) => x[i] = draw.below(2 ** 30) / 2 ** 29 - 1);
      on.gemm(m, n, k, at[0], k, 1, at[1], n, 1, at[2], n, 1, 0, 1 << 22);
      const unit = dtype === "float32" ? 2 ** -24 : 2 ** -53;
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let [sum, size] = [0, 0];
          for (let p = 0; p < k; p++) {
            sum += a[i * k + p]! * b[p * n + j]!;
            size += Math.abs(a[i * k + p]! * b[p * n + j]!);
          }
          const error = Math.abs(c[i * n + j]! - sum);
          assert(error <= 2 * k * unit * size, `element ${i}, ${j} is off by ${error}`);
        }
      }
    },
  });
}

Deno.test("every shape of tile gives the product", () => {
  const draw = new Draw(5);
  const tiles = [
    { rows: 6, vectors: 2, feed: "splat", unroll: 1 },
    { rows: 4, vectors: 2, feed: "shuffle", unroll: 2 },
    { rows: 3, vectors: 3, feed: "splat", unroll: 2 },
    { rows: 8, vectors: 1, feed: "shuffle", unroll: 8 },
  ] as const;
  for (const tile of tiles) {
    const blocks = { blockRows: 2 * tile.rows, blockColumns: 4 * tile.vectors, blockDepth: 16 };
    const schedule = { ...tile, ...blocks };
    for (const dtype of ["float32", "float64"] as const) {
      const on = machine(dtype, false, { float32: schedule, float64: schedule });
      for (let i = 0; i < 40; i++) {
        const [m, n, k] = [draw.below(40), draw.below(40), draw.below(60)];
        check(on, draw, randomCase(draw, m, n, k));
      }
    }
  }
});

Deno.test("gemm gives the same bits however rows and columns are cut up", () => {
  const on = machine("float32", features().relaxed);
  const [m, n, k] = [50, 60, 300];
  const x = new Float32Array(on.memory.buffer, 65536, m * k + k * n);
  x.forEach((_, i) => x[i] = Math.fround(Math.sin(i)));
  const b = 65536 + 4 * m * k;
  const c = 1 << 20;
  const scratch = 1 << 22;
  const result = (): Float32Array => new Float32Array(on.memory.buffer, c, m * n).slice();
  on.gemm(m, n, k, 65536, k, 1, b, n, 1, c, n, 1, 0, scratch);
  const whole = result();
  for (
    const [i, j, rows, columns] of [[0, 0, 13, 60], [13, 0, 37, 17], [13, 17, 37, 43]] as const
  ) {
    const at = [65536 + 4 * i * k, b + 4 * j, c + 4 * (i * n + j)] as const;
    on.gemm(rows, columns, k, at[0], k, 1, at[1], n, 1, at[2], n, 1, 0, scratch);
  }
  assertEquals(result(), whole);
});

Deno.test("gemm gives the same bits where it reads the right factor in place and where it packs", () => {
  for (const dtype of ["float32", "float64"] as const) {
    const { bytes, array } = dtypes[dtype];
    const on = machine(dtype, features().relaxed);
    const [m, n, k] = [readInPlace.rows + 1, 61, 300];
    const at = [65536, 1 << 19, 1 << 20, 1 << 21] as const;
    const [a, b, turned] = [m * k, k * n, k * n].map((size, i) =>
      new array(on.memory.buffer, at[i]!, size) as Numbers
    ) as [Numbers, Numbers, Numbers];
    a.forEach((_, e) => a[e] = Math.sin(e));
    b.forEach((_, e) => b[e] = Math.cos(e));
    turned.forEach((_, e) => turned[e] = b[e % k * n + Math.floor(e / k)]!);
    const product = (rows: number, right: readonly number[]): Numbers => {
      on.gemm(rows, n, k, at[0], k, 1, ...right, at[3], n, 1, 0, 1 << 22);
      return new array(on.memory.buffer, at[3], (m - 1) * n).slice() as Numbers;
    };
    assert(n * bytes <= readInPlace.rowBytes);
    const packed = product(m, [at[1], n, 1]);
    assertEquals(product(m - 1, [at[1], n, 1]), packed, `${dtype}, in place`);
    assertEquals(product(m - 1, [at[2], 1, k]), packed, `${dtype}, transposed`);
  }
});

Deno.test("gemm reaches addresses above 2³¹ and across it", () => {
  const memory = new WebAssembly.Memory({ initial: 49152, maximum: 65536, shared: true });
  const module = new WebAssembly.Module(gemmModule(features()));
  const gemm = new WebAssembly.Instance(module, { env: { memory } }).exports.gemm_f32 as Gemm;
  const [m, n, k] = [20, 30, 40];
  const place = (at: number, size: number): Float32Array =>
    new Float32Array(memory.buffer, at, size);
  const at = [2 ** 31 - 1600, 2 ** 31 + 2 ** 20, 2 ** 31 + 2 ** 21, 2 ** 31 + 2 ** 22] as const;
  const [a, b] = [place(at[0], m * k), place(at[1], k * n)];
  a.forEach((_, i) => a[i] = i % 7 - 3);
  b.forEach((_, i) => b[i] = i % 5 - 2);
  gemm(m, n, k, at[0], k, 1, at[1], n, 1, at[2], n, 1, 0, at[3]);
  const wanted = Float32Array.from({ length: m * n }, (_, e) => {
    const [i, j] = [Math.floor(e / n), e % n];
    let sum = 0;
    for (let p = 0; p < k; p++) sum += a[i * k + p]! * b[p * n + j]!;
    return sum;
  });
  assertEquals(place(at[2], m * n).slice(), wanted);
});

Deno.test("gemmScratchBytes never grows past its bound", () => {
  for (const dtype of ["float32", "float64"] as const) {
    const most = gemmScratchBytes(dtype);
    for (const size of [0, 1, 7, 100, 2 ** 20]) {
      assert(gemmScratchBytes(dtype, size, size, size) <= most);
    }
    assertEquals(gemmScratchBytes(dtype, 2 ** 20, 2 ** 20, 2 ** 20), most);
  }
});

Deno.test("gemmModule exports what gemmSignature says", () => {
  const module = new WebAssembly.Module(gemmModule({ relaxed: false }, { shared: false }));
  assertEquals(WebAssembly.Module.exports(module).map(({ name }) => name), [
    "gemm_f32",
    "gemm_f64",
  ]);
  assertEquals(gemmSignature.params.length, 14);
  const one = gemmModule({ relaxed: false }, { dtypes: ["float64"] });
  const [only, ...more] = WebAssembly.Module.exports(new WebAssembly.Module(one));
  assertEquals([only?.name, more.length], ["gemm_f64", 0]);
});

Deno.test("the tile of gemm_f32 makes 13 memory accesses for 40 vector multiply-adds", () => {
  const numbers = numbersOf("float32", { relaxed: true });
  const tile = tileKernel("tile", { numbers, schedule: gemmSchedules.float32 });
  const counts: Record<string, number> = {};
  for (const [, name] of funcToWat(tile).matchAll(/\((?!local)(\w+\.\w+)/g)) {
    counts[name!] = (counts[name!] ?? 0) + 1;
  }
  const [left, right, stored] = [5, 8, 10];
  assertEquals(counts, {
    "v128.load": left + right + stored,
    "i8x16.shuffle": 20,
    "f32x4.relaxed_madd": 40,
    "i32.add": (left - 1) + 4 + (4 + 1) + (4 + 5) + (4 + 10),
    "i32.sub": 1,
    "i32.const": (left - 1) + 4 + 2 + 5 + 10,
    "f32.eq": 1,
    "f32.const": 1,
    "f32x4.splat": 3,
    "f32x4.mul": 30,
    "f32x4.add": 10,
    "v128.store": 2 * stored,
  });
});
