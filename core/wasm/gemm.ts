/**
 * @file The matrix product `c = alpha · a · b + beta · c`, for float32 and float64.
 *
 * ```
 * gemm(m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, alpha, beta, scratch)
 *   if k = 0: c = beta · c, and done
 *   cut k into equal parts of at most blockDepth
 *   for j0 in 0..n by blockColumns
 *     for p0 in 0..k by the part
 *       pack b[p0.., j0..] by columns
 *       for i0 in 0..m by blockRows
 *         pack a[i0.., p0..] by rows
 *         block(packed a, packed b, c[i0.., j0..])     beta counts at p0 = 0, then c is added to
 *
 * block(a, b, c, cRow, rows, columns, depth, alpha, beta, spare)
 *   for j in 0..columns by the tile's
 *     for i in 0..rows by the tile's
 *       if the whole tile lies inside: tile(a panel i, b panel j, c[i, j])
 *       else: tile(a panel i, b panel j, spare), merge(spare, c[i, j])
 * ```
 *
 * Packed panels are filled up with zeros, so every tile is a whole one. The additions for one
 * element of `c` come in an order that depends on `k` alone: the same bits however `m` and `n` are
 * cut up, by blocks or by threads. Addresses and counts are unsigned; addresses may pass 2³¹.
 *
 * Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
 */

import { Module } from "./encode.ts";
import type { Features } from "./features.ts";
import { minU, panelKernel, type PanelParts, panelsKernel, roundedUp } from "./gemm_pack.ts";
import {
  type GemmDType,
  type GemmSchedule,
  type GemmSchedules,
  gemmSchedules,
} from "./gemm_schedule.ts";
import { mergeKernel, tileKernel, type TileParts } from "./gemm_tile.ts";
import { numbersOf } from "./gemm_width.ts";
import {
  add,
  and,
  call,
  divU,
  eq,
  eqz,
  Func,
  geU,
  i32,
  ifElse,
  type Local,
  mul,
  type Node,
  type Operand,
  ret,
  select,
  type Signature,
  sub,
  type ValueType,
} from "./tree.ts";

/** What differs from the defaults. */
export interface GemmOptions {
  /** How the products are cut up; `gemmSchedules` if left out. */
  readonly schedules?: GemmSchedules;
  /** Whether the memory is shared; true if left out. */
  readonly shared?: boolean;
  /** Which products are in it; both if left out. */
  readonly dtypes?: readonly GemmDType[];
}

/** The name a product has among the exports of its module. */
export const gemmNames = {
  float32: "gemm_f32",
  float64: "gemm_f64",
} as const satisfies Readonly<Record<GemmDType, string>>;

/** The dtypes that have a product. */
export const gemmDtypes: readonly GemmDType[] = ["float32", "float64"];

/** The parameters up to `bColumn`. */
const factorParams: readonly ValueType[] = Array.from({ length: 9 }, () => "i32");

/**
 * What both products take, all but the last three i32: `m, n, k`; then for `a` and for `b` the
 * address in bytes, the stride of a row and the stride of a column in elements; for `c` the address
 * and the stride of a row, its columns being adjacent; `alpha` and `beta` as f64; the address of
 * `gemmScratchBytes` spare bytes. `c` must not overlap the factors.
 */
export const gemmSignature: Signature = {
  params: [...factorParams, "i32", "i32", "f64", "f64", "i32"],
  results: [],
};

/** Bytes a packed block starts at a multiple of: a line of the cache. */
const lineBytes = 64;

const itemBytes: Readonly<Record<GemmDType, number>> = { float32: 4, float64: 8 };

function upTo(x: number, multiple: number): number {
  return Math.ceil(x / multiple) * multiple;
}

function tileColumns(dtype: GemmDType, { vectors }: GemmSchedule): number {
  return vectors * 16 / itemBytes[dtype];
}

/**
 * How many spare bytes a product needs. Never more for a smaller product; sizes that are left out
 * are taken for unlimited, which gives the most any product needs.
 *
 * Units: bytes.
 *
 * @param dtype The dtype of all three matrices.
 * @param m Rows of the result.
 * @param n Columns of the result.
 * @param k Length of the axis that is summed over.
 * @param schedules How the products are cut up.
 * @returns The number of bytes.
 */
export function gemmScratchBytes(
  dtype: GemmDType,
  m: number = Infinity,
  n: number = Infinity,
  k: number = Infinity,
  schedules: GemmSchedules = gemmSchedules,
): number {
  const schedule = schedules[dtype];
  const columns = tileColumns(dtype, schedule);
  const size = itemBytes[dtype];
  const depth = Math.min(upTo(k, schedule.unroll), schedule.blockDepth);
  const left = Math.min(upTo(m, schedule.rows), schedule.blockRows) * depth * size;
  const right = Math.min(upTo(n, columns), schedule.blockColumns) * depth * size;
  const spare = schedule.rows * columns * size;
  return upTo(spare, lineBytes) + upTo(right, lineBytes) + left + lineBytes;
}

/**
 * The module of the products. It imports `env.memory` and exports `gemm_f32` and `gemm_f64`, whose
 * parameters {@linkcode gemmSignature} describes.
 *
 * Shapes: `(m, k), (k, n) → (m, n)`, any strides; the columns of the result are adjacent.
 * Dtypes: all three matrices float32, or all three float64.
 * Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
 *
 * @param features What the engine can do.
 * @param options What differs from the defaults.
 * @returns The bytes of the module.
 */
export function gemmModule(
  features: Features,
  { schedules = gemmSchedules, shared = true, dtypes = gemmDtypes }: GemmOptions = {},
): Uint8Array<ArrayBuffer> {
  const module = new Module("gemm").importMemory({ shared });
  for (const dtype of dtypes) {
    addGemm(module, gemmNames[dtype], {
      numbers: numbersOf(dtype, features),
      schedule: schedules[dtype],
    });
  }
  return module.encode();
}

/** The functions a product is made of, and their sizes. */
interface GemmParts extends TileParts {
  readonly columns: number;
  readonly packLeft: Func;
  readonly packRight: Func;
  readonly block: Func;
  readonly scaled: Func;
}

function addGemm(module: Module, name: string, parts: TileParts): void {
  const { numbers, schedule: { rows, vectors, unroll } } = parts;
  const columns = vectors * numbers.vector.lanes;
  const pack = (side: string, panelWidth: number): Func => {
    const sizes: PanelParts = { numbers, panelWidth, unroll };
    const panel = module.add(panelKernel(`${name} ${side} panel`, sizes));
    return module.add(panelsKernel(`${name} ${side} panels`, panel, sizes));
  };
  const [packLeft, packRight] = [pack("left", rows), pack("right", columns)];
  const tile = module.add(tileKernel(`${name} tile`, parts));
  const merge = module.add(mergeKernel(`${name} merge`, parts));
  const block = module.add(blockKernel(`${name} block`, { ...parts, columns, tile, merge }));
  const scaled = module.add(scaledKernel(`${name} scaled`, parts));
  module.add(gemmKernel(name, { ...parts, columns, packLeft, packRight, block, scaled }), name);
}

interface BlockParts extends TileParts {
  readonly columns: number;
  readonly tile: Func;
  readonly merge: Func;
}

/** The function `block` of the head comment. */
function blockKernel(name: string, parts: BlockParts): Func {
  const { numbers: { size, scalar }, schedule, columns: width, tile, merge } = parts;
  const height = schedule.rows;
  const f = new Func(name);
  const [a, b] = [f.param("i32", "a"), f.param("i32", "b")];
  const [c, cRow] = [f.param("i32", "c"), f.param("i32", "cRow")];
  const [rows, columns] = [f.param("i32", "rows"), f.param("i32", "columns")];
  const depth = f.param("i32", "depth");
  const [alpha, beta] = [f.param(scalar.type, "alpha"), f.param(scalar.type, "beta")];
  const spare = f.param("i32", "spare");
  const [i, j] = [f.local("i32", "i"), f.local("i32", "j")];
  const [left, corner] = [f.local("i32", "left"), f.local("i32", "corner")];
  const panelBytes = (count: number): Node => f.constant(mul(depth, count * size));
  const inside = and(geU(sub(rows, i), height), geU(sub(columns, j), width));
  return f.body(
    f.for(j, 0, columns, width, [
      left.set(a),
      corner.set(add(c, mul(j, size))),
      f.for(i, 0, rows, height, [
        ifElse(
          inside,
          call(tile, left, b, corner, cRow, depth, alpha, beta),
          [
            call(tile, left, b, spare, width * size, depth, alpha, 0),
            call(
              merge,
              spare,
              corner,
              cRow,
              minU(i32(height), sub(rows, i)),
              minU(i32(width), sub(columns, j)),
              beta,
            ),
          ],
        ),
        left.set(add(left, panelBytes(height))),
        corner.set(add(corner, f.constant(mul(cRow, height)))),
      ]),
      b.set(add(b, panelBytes(width))),
    ]),
  );
}

/** The exported function: the head comment's `gemm`. */
function gemmKernel(name: string, kernel: GemmParts): Func {
  const { numbers: { size, fromDouble }, schedule, columns, packLeft, packRight } = kernel;
  const { rows, unroll, blockRows, blockColumns, blockDepth } = schedule;
  const f = new Func(name);
  const int = (label: string): Local => f.param("i32", label);
  const [m, n, k] = [int("m"), int("n"), int("k")];
  const [a, aRow, aColumn] = [int("a"), int("aRow"), int("aColumn")];
  const [b, bRow, bColumn] = [int("b"), int("bRow"), int("bColumn")];
  const [c, cRow] = [int("c"), int("cRow")];
  const [alpha, beta] = [f.param("f64", "alpha"), f.param("f64", "beta")];
  const scratch = int("scratch");
  const [i0, j0, p0] = [f.local("i32", "i0"), f.local("i32", "j0"), f.local("i32", "p0")];
  const [jn, pn] = [f.local("i32", "jn"), f.local("i32", "pn")];

  const head: Node[] = [aRow, aColumn, bRow, bColumn, cRow].map((s) => s.set(mul(s, size)));
  const keep = (label: string, node: Node): Node => f.let(head, node, label);
  const scale = keep("scale", fromDouble(alpha));
  const spare = keep("spare", and(add(scratch, lineBytes - 1), -lineBytes));
  const packedB = keep("packedB", add(spare, upTo(rows * columns * size, lineBytes)));
  const parts = keep("parts", divU(add(k, blockDepth - 1), blockDepth));
  const part = keep("part", roundedUp(divU(add(k, sub(parts, 1)), parts), unroll));
  const width = keep("width", minU(roundedUp(n, columns), i32(blockColumns)));
  const bytesB = and(add(mul(mul(width, part), size), lineBytes - 1), -lineBytes);
  const packedA = keep("packedA", add(packedB, bytesB));

  const at = (base: Local, i: Local, row: Local, j: Local, column: Operand): Node =>
    add(base, add(mul(i, row), mul(j, column)));
  const kept = select(eqz(p0), fromDouble(beta), 1);
  const blockLeft = (mn: Node): Node[] => [
    call(packLeft, packedA, at(a, i0, aRow, p0, aColumn), aRow, aColumn, mn, pn),
    call(
      kernel.block,
      ...[packedA, packedB, at(c, i0, cRow, j0, size), cRow, mn, jn],
      ...[roundedUp(pn, unroll), scale, kept, spare],
    ),
  ];
  return f.body(
    ifElse(eqz(k), [call(kernel.scaled, m, n, c, mul(cRow, size), fromDouble(beta)), ret()]),
    head,
    f.for(j0, 0, n, blockColumns, [
      jn.set(minU(sub(n, j0), i32(blockColumns))),
      f.for(p0, 0, k, part, [
        pn.set(minU(sub(k, p0), part)),
        call(packRight, packedB, at(b, p0, bRow, j0, bColumn), bColumn, bRow, jn, pn),
        f.for(i0, 0, m, blockRows, blockLeft(minU(sub(m, i0), i32(blockRows)))),
      ]),
    ]),
  );
}

/** The function `scaled(m, n, c, cRow, beta)`: `c = beta · c`; `c` is not read if `beta = 0`. */
function scaledKernel(name: string, { numbers: { scalar, size } }: TileParts): Func {
  const f = new Func(name);
  const [m, n] = [f.param("i32", "m"), f.param("i32", "n")];
  const [c, cRow] = [f.param("i32", "c"), f.param("i32", "cRow")];
  const beta = f.param(scalar.type, "beta");
  const [i, j] = [f.local("i32", "i"), f.local("i32", "j")];
  const at = add(c, mul(j, size));
  const each = (value: Operand): Node =>
    f.for(i, 0, m, 1, [f.for(j, 0, n, 1, scalar.store(at, value)), c.set(add(c, cRow))]);
  return f.body(ifElse(eq(beta, 0), each(0), each(scalar.mul(beta, scalar.load(at)))));
}
