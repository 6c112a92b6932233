/**
 * @file Speed of the matrix product, in GFLOP/s by size and dtype, one thread.
 *
 * `deno run tests/bench/gemm_bench.ts [size…]`; a size is `n` or `m,k,n`.
 */

import { features } from "../../core/wasm/features.ts";
import { gemmModule, gemmNames, gemmScratchBytes } from "../../core/wasm/gemm.ts";
import { dtypes } from "../../core/dtype/dtype.ts";

type Gemm = (...args: number[]) => void;

const sizes: [number, number, number][] = Deno.args.length > 0
  ? Deno.args.map((text) => {
    const [m, k = m, n = m] = text.split(",").map(Number);
    return [m!, k!, n!];
  })
  : [8, 16, 32, 64, 128, 240, 256, 512, 1000, 1024, 2048].map((n) => [n, n, n]);

const memory = new WebAssembly.Memory({ initial: 4096, maximum: 65536, shared: true });
const start = performance.now();
const module = new WebAssembly.Module(gemmModule(features()));
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const built = performance.now() - start;

/** The first call and the best of the later ones, in ms. */
function time(run: () => void): [first: number, best: number] {
  const timed = (repeats: number): number => {
    const before = performance.now();
    for (let i = 0; i < repeats; i++) run();
    return (performance.now() - before) / repeats;
  };
  const first = timed(1);
  const repeats = Math.max(1, Math.floor(1 / Math.max(first, 1e-4)));
  let best = first;
  for (const end = performance.now() + 1000; performance.now() < end;) {
    best = Math.min(best, timed(repeats));
  }
  return [first, best];
}

function measure(dtype: "float32" | "float64", [m, k, n]: [number, number, number]): string {
  const { bytes, array } = dtypes[dtype];
  const gemm = exports[gemmNames[dtype]] as Gemm;
  const a = 65536;
  const b = a + m * k * bytes;
  const c = b + k * n * bytes;
  const scratch = c + m * n * bytes;
  const missing = scratch + gemmScratchBytes(dtype) - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  const factors = new array(memory.buffer, a, m * k + k * n);
  for (let i = 0; i < factors.length; i++) factors[i] = (i * 7919 % 1000) / 1000 - 0.5;
  const [first, best] = time(() => gemm(m, n, k, a, k, 1, b, n, 1, c, n, 1, 0, scratch));
  const rate = (ms: number): string => (2 * m * n * k / ms / 1e6).toFixed(1).padStart(6);
  return `${dtype} ${rate(best)} GFLOP/s, first call ${rate(first)} (${first.toFixed(2)} ms)`;
}

const lines = [`module built in ${built.toFixed(1)} ms`];
for (const size of sizes) {
  for (const dtype of ["float32", "float64"] as const) {
    lines.push(`${size.join("×").padStart(14)} ${measure(dtype, size)}`);
  }
}
await new Blob([lines.join("\n") + "\n"]).stream().pipeTo(Deno.stdout.writable);
