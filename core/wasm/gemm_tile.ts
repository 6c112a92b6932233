/**
 * @file The innermost part of the matrix product: one tile of the result, kept in registers.
 *
 * ```
 * tile(a, b, bRow, c, cRow, depth, alpha, beta)     a: panel [depth][rows], b: [depth][columns]
 *   sum[rows][vectors] = 0
 *   for p in 0..depth, unrolled
 *     for r in 0..rows, for v in 0..vectors
 *       sum[r][v] += a[p][r] · b[p][v]
 *   for r in 0..rows, for v in 0..vectors
 *     c[r][v] = alpha · sum[r][v]                  if beta = 0: c is not read
 *     c[r][v] = alpha · sum[r][v] + beta · c[r][v] otherwise
 * ```
 *
 * Each tile is a call of its own, and short: the engine swaps slow code for fast at the next call.
 * Where the engine checks the bounds of each memory access, accesses are what limits the speed,
 * so a vector of the left panel is loaded once and its lanes are spread by shuffles;
 * displacements are added to the address, because each different offset would cost a limit of its
 * own.
 */

import type { GemmSchedule } from "./gemm_schedule.ts";
import type { Numbers, Width } from "./gemm_width.ts";
import { add, and, br, eq, Func, ifElse, type Local, loop, mul, type Node, sub } from "./tree.ts";

/** What a tile is made from. */
export interface TileParts {
  /** How its numbers are held. */
  readonly numbers: Numbers;
  /** Its size. */
  readonly schedule: GemmSchedule;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/**
 * The function `tile(a, b, bRow, c, cRow, depth, alpha, beta)` of the head comment. `bRow` and `cRow`
 * are in bytes, `depth` is a multiple of the unrolling and not 0.
 *
 * @param name The function's name.
 * @param parts What it is made from.
 * @returns The function.
 */
export function tileKernel(name: string, { numbers, schedule }: TileParts): Func {
  const { vector, scalar, size } = numbers;
  const { rows, vectors, unroll } = schedule;
  const f = new Func(name);
  const [a, b, bRow] = [f.param("i32", "a"), f.param("i32", "b"), f.param("i32", "bRow")];
  const c = f.param("i32", "c");
  const [cRow, depth] = [f.param("i32", "cRow"), f.param("i32", "depth")];
  const [alpha, beta] = [f.param(scalar.type, "alpha"), f.param(scalar.type, "beta")];
  const sums = range(rows).map((r) => range(vectors).map((v) => f.local("v128", `sum${r}${v}`)));
  const right = range(vectors).map((v) => f.local("v128", `b${v}`));
  const spread = f.local("v128", "spread");
  const left = leftFactor(f, a, { numbers, schedule });
  const turn = range(unroll).flatMap((p) => [
    ...right.map((bv, v) => bv.set(vector.load(add(b, v * 16)))),
    b.set(add(b, bRow)),
    ...sums.flatMap((row, r) => [
      ...left(p * rows + r, spread),
      ...row.map((sum, v) => sum.set(numbers.madd(spread, right[v]!, sum))),
    ]),
  ]);
  return f.body(
    loop((again) => [
      turn,
      a.set(add(a, unroll * rows * size)),
      br(again, depth.tee(sub(depth, unroll))),
    ]),
    storeTile({ f, c, cRow, sums, alpha, beta }, numbers),
  );
}

/** For element `e` of a turn in the left panel: what puts it in all lanes of a local. */
function leftFactor(
  f: Func,
  a: Local,
  { numbers, schedule }: TileParts,
): (e: number, into: Local) => Node[] {
  const { size, vector: { lanes, load } } = numbers;
  if (schedule.feed === "splat") {
    return (e, into) => [into.set(numbers.loadSplat(add(a, e * size)))];
  }
  const group = f.local("v128", "a");
  return (e, into) => [
    ...(e % lanes === 0 ? [group.set(load(add(a, e * size)))] : []),
    into.set(numbers.spread(group, e % lanes)),
  ];
}

interface TileStore {
  readonly f: Func;
  readonly c: Local;
  readonly cRow: Local;
  readonly sums: readonly (readonly Local[])[];
  readonly alpha: Local;
  readonly beta: Local;
}

function storeTile({ f, c, cRow, sums, alpha, beta }: TileStore, { vector }: Numbers): Node {
  const [scale, keep] = [f.local("v128", "scale"), f.local("v128", "keep")];
  const rowsOf = (value: (sum: Node, at: Node) => Node): Node[] =>
    sums.flatMap((row, r) => [
      ...(r > 0 ? [c.set(add(c, cRow))] : []),
      ...row.map((sum, v) => {
        const at = add(c, v * 16);
        return vector.store(at, value(vector.mul(sum, scale), at));
      }),
    ]);
  return ifElse(
    eq(beta, 0),
    [scale.set(vector.splat(alpha)), rowsOf((sum) => sum)],
    [
      scale.set(vector.splat(alpha)),
      keep.set(vector.splat(beta)),
      rowsOf((sum, at) => vector.add(sum, vector.mul(keep, vector.load(at)))),
    ],
  );
}

/**
 * The function `merge(t, c, cRow, rows, columns, beta)`: the part of a tile that lies inside the
 * result, from a whole tile `t` of its own to `c`.
 *
 * ```
 * for r in 0..rows, for j in 0..columns
 *   c[r][j] = t[r][j]                  if beta = 0
 *   c[r][j] = t[r][j] + beta · c[r][j] otherwise
 * ```
 *
 * @param name The function's name.
 * @param parts What it is made from.
 * @returns The function.
 */
export function mergeKernel(name: string, { numbers, schedule }: TileParts): Func {
  const { vector, scalar, size } = numbers;
  const f = new Func(name);
  const [t, c, cRow] = [f.param("i32", "t"), f.param("i32", "c"), f.param("i32", "cRow")];
  const [rows, columns] = [f.param("i32", "rows"), f.param("i32", "columns")];
  const beta = f.param(scalar.type, "beta");
  const [r, j] = [f.local("i32", "r"), f.local("i32", "j")];
  const whole = f.constant(mul(and(columns, -vector.lanes), size));
  const end = f.constant(mul(columns, size));
  const tileRow = schedule.vectors * vector.lanes * size;
  const along = (value: (width: Width) => Node): Node[] => [
    f.for(j, 0, whole, vector.lanes * size, value(vector)),
    f.for(j, whole, end, size, value(scalar)),
  ];
  const each = (value: (width: Width) => Node): Node =>
    f.for(r, 0, rows, 1, [along(value), t.set(add(t, tileRow)), c.set(add(c, cRow))]);
  const [from, to] = [add(t, j), add(c, j)];
  return f.body(ifElse(
    eq(beta, 0),
    each((w) => w.store(to, w.load(from))),
    each((w) => w.store(to, w.add(w.load(from), w.mul(w.splat(beta), w.load(to))))),
  ));
}
