/**
 * @file Products of matrices of float32 or float16 on devices, one or a batch; all that is computed
 * in between is float32.
 *
 * ```text
 * few rows or columns        a reduction over the inner axis, see reduce.ts
 * many                       tiles, a workgroup each, see gemm_tile.ts
 * few tiles, long inner axis tiles of several parts, then a reduction over the parts
 * ```
 *
 * Accuracy: each element is a sum of k products in the order of the inner axis, so it is off by at
 * most k·2^−24·Σ|a·b|, and less where parts are added up. Which way is taken depends on sizes alone,
 * and so do all bits: tiles, which do not, have no say in the order of additions.
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
  shaderOf,
  type SizeOf,
  withResources,
} from "./code.ts";
import { type GemmSchedule, type GemmShare, gemmShare } from "./gemm_schedule.ts";
import { TileWriter } from "./gemm_tile.ts";
import { countOf } from "./grid.ts";
import { factorInput, type Product, productOfGemm, productOfReduction } from "./product.ts";
import { reduceCode } from "./reduce.ts";
import type { Schedules } from "./schedules.ts";

/**
 * The code of a matrix product; undefined where something in it has no form on devices.
 *
 * @param kernel The kernel.
 * @param limits What the device allows.
 * @param schedules Tiles, and how reductions are shared out.
 */
export function gemmCode(
  kernel: GemmKernel,
  limits: DeviceLimits,
  schedules: Schedules,
): KernelCode | undefined {
  const product = productOfGemm(kernel);
  return product && productCode(product, limits, schedules);
}

/** The code of a reduction, which may be a product of matrices, or of a batch of them. */
export function reduceOrProductCode(
  kernel: ReduceKernel,
  limits: DeviceLimits,
  schedules: Schedules,
): KernelCode | undefined {
  const product = productOfReduction(kernel);
  if (product) return productCode(product, limits, schedules);
  return reduceCode(kernel, limits, schedules.reduce);
}

function productCode(
  product: Product,
  limits: DeviceLimits,
  { gemm: schedule, reduce }: Schedules,
): KernelCode | undefined {
  const tiles = new Tiles(product, schedule);
  const reductions = new Reductions(product);
  const [few, many] = [false, true].map((isTall) =>
    reduceCode(reductions.overInner(isTall), limits, reduce)
  );
  const { count, kernel: sum } = reductions.overParts();
  const total = reduceCode(sum, limits, reduce);
  if (!few || !many || !total) return undefined;
  const code = joined([tiles, few, many, total], (sizeOf) => {
    const [m, n, k] = product.dims.map(sizeOf) as [number, number, number];
    const items = countOf(product.batch, sizeOf);
    if (items === 0) return [];
    if (n <= schedule.order.narrow) return [undefined, undefined, many.plan(sizeOf)];
    if (m <= schedule.order.narrow) return [undefined, few.plan(sizeOf)];
    const share = gemmShare(schedule, [m, n, k], items);
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
  readonly #product: Product;

  constructor(product: Product, { tiles }: GemmSchedule) {
    this.#product = product;
    this.#writers = tiles.flatMap((tile) =>
      [false, true].map((isPartial) => new TileWriter(product, tile, isPartial))
    );
    this.shaders = this.#writers.map((writer) =>
      shaderOf(writer.bindings.resources, () => writer.text())
    );
  }

  planOf(share: GemmShare, sizeOf: SizeOf, limits: DeviceLimits): Plan {
    const shader = 2 * share.tile + Number(share.parts > 1);
    const [m, n] = this.#product.dims.map(sizeOf) as [number, number];
    const words = share.parts > 1 ? share.parts * share.items * m * n : 0;
    return {
      launches: [this.#writers[shader]!.launch(shader, share, sizeOf, limits.groups)],
      workspaces: [words],
    };
  }
}

/** Reductions that a product is, or ends in. */
class Reductions {
  readonly #s = new Builder();
  readonly #sizes = new Sizes();
  readonly #product: Product;

  constructor(product: Product) {
    this.#product = product;
  }

  /** The product as sums over the inner axis; of few columns, or of few rows. */
  overInner(isTall: boolean): ReduceKernel {
    const { a, b, batch, dims: [m, n, k] } = this.#product;
    const zero = this.#sizes.const(0);
    const first = batch.length;
    const swapped = (sizes: readonly Size[]): Size[] => {
      const [i, j] = sizes.slice(first) as [Size, Size];
      return [...sizes.slice(0, first), ...isTall ? [j, i] : [i, j]];
    };
    const walk = (o: Operand, [i, j]: readonly [Size, Size], inner: Size): Operand => ({
      ...o,
      strides: [...swapped([...o.strides.slice(0, first), i, j]), inner],
    });
    const [row, down] = a.strides.slice(first) as [Size, Size];
    const [across, column] = b.strides.slice(first) as [Size, Size];
    const s = this.#s;
    const value = s.mul(factorInput(s, 0, a), factorInput(s, 1, b));
    const inputs = [walk(a, [row, zero], down), walk(b, [zero, column], across)];
    return this.#sum([...swapped([...batch, m, n]), k], inputs, value, swapped);
  }

  /** The sum of the parts of products; their count is a size that only a plan knows. */
  overParts(): { readonly kernel: ReduceKernel; readonly count: Size } {
    const { batch, dims: [m, n] } = this.#product;
    const sizes = this.#sizes;
    const kept = [...batch, m, n];
    const count = sizes.value(partials);
    const strides = [...kept, count].map((_, axis) =>
      sizes.product(axis < kept.length ? kept.slice(axis + 1) : kept)
    );
    const input = { buffer: partials, dtype: "float32", offset: sizes.const(0), strides } as const;
    const value = this.#s.input(0, "float32");
    return { kernel: this.#sum([...kept, count], [input], value, (strides) => strides), count };
  }

  #sum(
    dims: readonly Size[],
    inputs: readonly Operand[],
    value: Expr,
    ordered: (strides: readonly Size[]) => readonly Size[],
  ): ReduceKernel {
    const s = this.#s;
    const { c, ending } = this.#product;
    const onKept = (o: Operand): Operand => ({ ...o, strides: ordered(o.strides) });
    return {
      kind: "reduce",
      dims,
      kept: dims.length - 1,
      inputs,
      params: [],
      counters: [],
      values: [value],
      identity: [s.const(0, "float32")],
      combine: [s.add(s.input(0, "float32"), s.input(1, "float32"))],
      reassociate: true,
      finish: [ending.body],
      extras: ending.operands.map(onKept),
      outputs: [onKept(c)],
    };
  }
}
