/**
 * @file Products of matrices of float32 on devices: `c = alpha · a·b + beta · c`.
 *
 * ```text
 * few rows or columns        a reduction over the inner axis, see reduce.ts
 * many                       tiles, a workgroup each, see gemm_tile.ts
 * few tiles, long inner axis tiles of several parts, then a reduction over the parts
 * ```
 *
 * Accuracy: each element is a sum of k products in the order of the inner axis, so it is off by at
 * most k·2^−24·Σ|a·b|, and less where parts are added up. Which way is taken depends on sizes alone.
 */

import type { GemmKernel, Operand, ReduceKernel } from "../core/kernel/kernel.ts";
import { type Size, Sizes } from "../core/kernel/size.ts";
import { Builder, type Expr } from "../core/scalar/expr.ts";
import {
  type DeviceLimits,
  joined,
  type KernelCode,
  type Plan,
  type Shader,
  type SizeOf,
  withResources,
} from "./code.ts";
import { type GemmSchedule, gemmSchedule, type GemmShare, gemmShare } from "./gemm_schedule.ts";
import { type Ending, endingOf, TileWriter } from "./gemm_tile.ts";
import { reduceCode } from "./reduce.ts";
import { isDeviceDType } from "./spelling.ts";

/**
 * The code of a product; undefined where something in it has no form on devices.
 *
 * @param kernel The kernel.
 * @param limits What the device allows.
 * @param schedule Tiles.
 */
export function gemmCode(
  kernel: GemmKernel,
  limits: DeviceLimits,
  schedule: GemmSchedule = gemmSchedule,
): KernelCode | undefined {
  const { a, b, c, dims } = kernel;
  const ending = endingOf(kernel);
  if (![a, b, c, ...ending.operands].every((o) => isDeviceDType(o.dtype))) return undefined;
  const tiles = new Tiles(kernel, schedule);
  const [few, many] = [false, true].map((isTall) =>
    reduceCode(new Reductions(kernel, ending).overInner(isTall), limits)
  );
  const { count, kernel: sum } = new Reductions(kernel, ending).overParts();
  const total = reduceCode(sum, limits);
  if (!few || !many || !total) return undefined;
  const code = joined([tiles, few, many, total], (sizeOf) => {
    const [m, n, k] = dims.map(sizeOf) as [number, number, number];
    if (n <= schedule.narrow) return [undefined, undefined, many.plan(sizeOf)];
    if (m <= schedule.narrow) return [undefined, few.plan(sizeOf)];
    const share = gemmShare(schedule, m, n, k);
    const products = tiles.planOf(share, sizeOf, limits);
    if (share.parts === 1) return [products];
    const known = (size: Size): number => size === count ? share.parts : sizeOf(size);
    return [products, undefined, undefined, total.plan(known)];
  });
  return {
    ...code,
    shaders: withResources(
      code.shaders,
      (r) =>
        r.kind === "buffer" && r.buffer === partials
          ? { kind: "workspace", workspace: 0, isWritten: true }
          : r,
    ),
  };
}

/** Stands for the tiles' workspace among the buffers of what adds up parts. */
const partials = -1;

/** The shaders of tiles: for each kind of tile one that ends, and one that leaves partials. */
class Tiles {
  readonly shaders: readonly Shader[];
  readonly #writers: readonly TileWriter[];
  readonly #kernel: GemmKernel;

  constructor(kernel: GemmKernel, { tiles }: GemmSchedule) {
    this.#kernel = kernel;
    this.#writers = tiles.flatMap((tile) =>
      [false, true].map((isPartial) => new TileWriter(kernel, tile, isPartial))
    );
    this.shaders = this.#writers.map((writer) => ({
      text: writer.text(),
      resources: writer.bindings.resources,
    }));
  }

  planOf(share: GemmShare, sizeOf: SizeOf, limits: DeviceLimits): Plan {
    const shader = 2 * share.tile + Number(share.parts > 1);
    const [m, n] = this.#kernel.dims.map(sizeOf) as [number, number];
    return {
      launches: [this.#writers[shader]!.launch(shader, share, sizeOf, limits.groups)],
      workspaces: [share.parts > 1 ? share.parts * m * n : 0],
    };
  }
}

/** Reductions that a product is, or ends in. */
class Reductions {
  readonly #s = new Builder();
  readonly #sizes = new Sizes();
  readonly #kernel: GemmKernel;
  readonly #ending: Ending;

  constructor(kernel: GemmKernel, ending: Ending) {
    this.#kernel = kernel;
    this.#ending = ending;
  }

  /** The product as sums over the inner axis; of few columns, or of few rows. */
  overInner(isTall: boolean): ReduceKernel {
    const { a, b, dims: [m, n, k] } = this.#kernel;
    const zero = this.#sizes.const(0);
    const swapped = <T>([i, j]: readonly [T, T]): [T, T] => isTall ? [j, i] : [i, j];
    const [row, down] = a.strides as [Size, Size];
    const [across, column] = b.strides as [Size, Size];
    const inputs = [
      { ...a, strides: [...swapped([row, zero]), down] },
      { ...b, strides: [...swapped([zero, column]), across] },
    ];
    const s = this.#s;
    const product = s.mul(s.input(0, "float32"), s.input(1, "float32"));
    return this.#sum([...swapped([m, n]), k], inputs, product, swapped);
  }

  /** The sum of the parts of products; their count is a size that only a plan knows. */
  overParts(): { readonly kernel: ReduceKernel; readonly count: Size } {
    const { dims: [m, n] } = this.#kernel;
    const sizes = this.#sizes;
    const count = sizes.value(partials);
    const strides = [n, sizes.const(1), sizes.mul(m, n)];
    const input = { buffer: partials, dtype: "float32", offset: sizes.const(0), strides } as const;
    const value = this.#s.input(0, "float32");
    return { kernel: this.#sum([m, n, count], [input], value, ([i, j]) => [i, j]), count };
  }

  #sum(
    dims: readonly Size[],
    inputs: readonly Operand[],
    value: Expr,
    swapped: (axes: readonly [Size, Size]) => readonly Size[],
  ): ReduceKernel {
    const s = this.#s;
    const { c } = this.#kernel;
    const onKept = (o: Operand): Operand => ({
      ...o,
      strides: swapped(o.strides as [Size, Size]),
    });
    return {
      kind: "reduce",
      dims,
      kept: 2,
      inputs,
      params: [],
      counters: [],
      values: [value],
      identity: [s.const(0, "float32")],
      combine: [s.add(s.input(0, "float32"), s.input(1, "float32"))],
      reassociate: true,
      finish: [this.#ending.body],
      extras: this.#ending.operands.map(onKept),
      outputs: [onKept(c)],
    };
  }
}
