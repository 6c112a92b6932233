import { assert, assertEquals } from "@std/assert";
import { Builder, inOrder } from "../../core/scalar/expr.ts";
import * as functions from "../../core/scalar/functions.ts";
import { ulpError, unitOf } from "../helpers/ulp.ts";
import { type Compiled, compiled } from "./compiled.ts";
import { type PointDType, readPoints } from "./points.ts";

/** The promise of each function in units in the last place, in 32 and in 64 bits. */
// deno-fmt-ignore
const bounds: Readonly<Record<string, readonly [number, number]>> = {
  exp: [2, 2],      exp2: [2, 2],     expm1: [2, 2],    log: [2, 2],      log2: [2, 2],
  log10: [2, 2],    log1p: [2, 2],    sin: [2, 2],      cos: [2, 2],      tan: [4, 4],
  arcsin: [3, 3],   arccos: [2, 2],   arctan: [2, 2],   arctan2: [3, 3],  sinh: [2, 2],
  cosh: [2, 2],     tanh: [2, 2],     arcsinh: [3, 3],  arccosh: [3, 3],  arctanh: [3, 3],
  sigmoid: [3, 3],  softplus: [3, 3], pow: [2, 2],      erf: [2, 2],      erfc: [8, 8],
  erfcx: [8, 8],    erfinv: [6, 6],   erfcinv: [6, 6],  gamma: [10, 10],  gammaln: [8, 8],
  psi: [10, 10],    triGamma: [8, 8], j0: [16, 16],     j1: [16, 16],     i0: [5, 5],
  i1: [5, 5],
};

type Lane = (s: Builder, ...xs: ReturnType<Builder["input"]>[]) => ReturnType<Builder["input"]>;

function laneOf(name: string, dtype: PointDType, fused: boolean): Compiled {
  const s = new Builder();
  const f = (functions as unknown as Record<string, Lane>)[name]!;
  const arity = ["pow", "arctan2"].includes(name) ? 2 : 1;
  return compiled(f(s, ...Array.from({ length: arity }, (_, i) => s.input(i, dtype))), fused);
}

/**
 * The number in whose last place an error counts: the value, but for Bessel functions the amplitude of
 * the wave where that is larger, since a zero has no relative accuracy.
 */
function measure(name: string, x: number, value: number): number {
  if (!/^j[01]$/.test(name)) return value;
  const amplitude = Math.min(1, Math.sqrt(2 / (Math.PI * Math.abs(x))));
  return name === "j1" && Math.abs(x) < 1 ? value : Math.max(Math.abs(value), amplitude);
}

const pointsOf = readPoints();

for (const [name, bound] of Object.entries(bounds)) {
  for (const [k, dtype] of (["float32", "float64"] as const).entries()) {
    for (const fused of [false, true]) {
      const how = fused ? "with" : "without";
      Deno.test(`${name}() of ${dtype} is within ${bound[k]} ulp ${how} fused multiply-add`, () => {
        const f = laneOf(name, dtype, fused);
        const { xs, values, rests } = pointsOf(name, dtype);
        let [worst, at] = [0, ""];
        for (let i = 0; i < values.length; i++) {
          const args = xs.map((x) => x[i]!);
          const value = values[i]!;
          const error = ulpError(f(...args) as number, value, dtype, rests[i]! / 100);
          const scale = unitOf(value, dtype) / unitOf(measure(name, args[0]!, value), dtype);
          if (!(error * scale <= worst)) [worst, at] = [error * scale, args.join()];
        }
        assert(values.length >= 2000, `only ${values.length} points`);
        assert(worst <= bound[k]!, `${worst} ulp at ${at}`);
      });
    }
  }
}

const [inf, nan] = [Infinity, NaN];

/** Values that are exact: argument, result. */
const specials: Readonly<Record<string, readonly (readonly [...number[]])[]>> = {
  exp: [[0, 1], [-0, 1], [inf, inf], [-inf, 0], [nan, nan], [1e4, inf], [-1e4, 0]],
  exp2: [[0, 1], [-0, 1], [3, 8], [-5, 1 / 32], [inf, inf], [-inf, 0], [nan, nan], [128.5e3, inf]],
  expm1: [[0, 0], [-0, -0], [inf, inf], [-inf, -1], [nan, nan], [1e-30, 1e-30]],
  log: [[1, 0], [0, -inf], [-0, -inf], [-1, nan], [-inf, nan], [inf, inf], [nan, nan]],
  log2: [[1, 0], [8, 3], [2 ** -126, -126], [0, -inf], [-1, nan], [inf, inf], [nan, nan]],
  log10: [[1, 0], [1000, 3], [1e10, 10], [0, -inf], [-1, nan], [inf, inf], [nan, nan]],
  log1p: [[0, 0], [-0, -0], [-1, -inf], [-2, nan], [inf, inf], [-inf, nan], [nan, nan]],
  sin: [[0, 0], [-0, -0], [inf, nan], [-inf, nan], [nan, nan]],
  cos: [[0, 1], [-0, 1], [inf, nan], [-inf, nan], [nan, nan]],
  tan: [[0, 0], [-0, -0], [inf, nan], [-inf, nan], [nan, nan]],
  arcsin: [[0, 0], [-0, -0], [2, nan], [-inf, nan], [nan, nan]],
  arccos: [[1, 0], [2, nan], [-1.5, nan], [inf, nan], [nan, nan]],
  arctan: [[0, 0], [-0, -0], [nan, nan]],
  arctan2: [[0, 1, 0], [-0, 1, -0], [1, inf, 0], [-1, inf, -0], [nan, 1, nan], [1, nan, nan]],
  sinh: [[0, 0], [-0, -0], [inf, inf], [-inf, -inf], [nan, nan]],
  cosh: [[0, 1], [-0, 1], [inf, inf], [-inf, inf], [nan, nan]],
  tanh: [[0, 0], [-0, -0], [inf, 1], [-inf, -1], [30, 1], [nan, nan]],
  arcsinh: [[0, 0], [-0, -0], [inf, inf], [-inf, -inf], [nan, nan]],
  arccosh: [[1, 0], [0.5, nan], [-5, nan], [inf, inf], [-inf, nan], [nan, nan]],
  arctanh: [[0, 0], [-0, -0], [1, inf], [-1, -inf], [2, nan], [-inf, nan], [nan, nan]],
  sigmoid: [[0, 0.5], [inf, 1], [-inf, 0], [nan, nan]],
  softplus: [[inf, inf], [-inf, 0], [nan, nan], [200, 200]],
  pow: [
    [nan, 0, 1],
    [1, nan, 1],
    [1, inf, 1],
    [-1, inf, 1],
    [-1, -inf, 1],
    [0, -1, inf],
    [-0, -1, -inf],
    [-0, -3, -inf],
    [-0, -2, inf],
    [-0, 3, -0],
    [-0, 2, 0],
    [-0, 0.5, 0],
    [-2, 3, -8],
    [-2, 2, 4],
    [-2, 0.5, nan],
    [2, inf, inf],
    [0.5, inf, 0],
    [2, -inf, 0],
    [inf, -1, 0],
    [-inf, 3, -inf],
    [-inf, -3, -0],
    [-inf, 2, inf],
    [nan, 1, nan],
    [2, nan, nan],
    [3, 4, 81],
  ],
  erf: [[0, 0], [-0, -0], [inf, 1], [-inf, -1], [nan, nan]],
  erfc: [[0, 1], [inf, 0], [-inf, 2], [nan, nan]],
  erfcx: [[inf, 0], [-inf, inf], [nan, nan]],
  erfinv: [[0, 0], [-0, -0], [1, inf], [-1, -inf], [2, nan], [nan, nan]],
  erfcinv: [[1, 0], [0, inf], [2, -inf], [-1, nan], [3, nan], [nan, nan]],
  gamma: [[0, inf], [-0, -inf], [-1, nan], [-inf, nan], [inf, inf], [nan, nan]],
  gammaln: [[1, 0], [2, 0], [0, inf], [-3, inf], [inf, inf], [-inf, inf], [nan, nan]],
  psi: [[0, -inf], [-0, inf], [-1, nan], [inf, inf], [nan, nan]],
  triGamma: [[0, inf], [-2, inf], [inf, 0], [-inf, nan], [nan, nan]],
  j0: [[inf, 0], [-inf, 0], [nan, nan]],
  j1: [[0, 0], [-0, -0], [inf, 0], [nan, nan]],
  i0: [[0, 1], [inf, inf], [-inf, inf], [nan, nan]],
  i1: [[0, 0], [-0, -0], [inf, inf], [-inf, -inf], [nan, nan]],
};

for (const [name, rows] of Object.entries(specials)) {
  for (const dtype of ["float32", "float64"] as const) {
    Deno.test(`${name}() of ${dtype} keeps its promises at special values`, () => {
      for (const fused of [false, true]) {
        const f = laneOf(name, dtype, fused);
        for (const row of rows) {
          const args = row.slice(0, -1);
          const wanted = row.at(-1)!;
          const exact = dtype === "float32" ? Math.fround(wanted) : wanted;
          const got = f(...args.map((x) => dtype === "float32" ? Math.fround(x) : x));
          assertEquals([args, got], [args, exact]);
        }
      }
    });
  }
}

/** Primitives that common functions may take in 32 and in 64 bits, bit casts included. */
const budgets: Readonly<Record<string, readonly [number, number]>> = {
  exp: [21, 26],
  log: [37, 41],
  tanh: [32, 44],
  sigmoid: [27, 32],
  erf: [40, 76],
};

Deno.test("common functions stay small, because every kernel repeats them for each register", () => {
  for (const [name, most] of Object.entries(budgets)) {
    const counts = (["float32", "float64"] as const).map((dtype) => {
      const s = new Builder();
      const expr = (functions as unknown as Record<string, Lane>)[name]!(s, s.input(0, dtype));
      return inOrder([expr]).filter((e) => e.kind === "call").length;
    });
    assert(counts.every((n, i) => n <= most[i]!), `${name} takes ${counts} primitives`);
  }
});
