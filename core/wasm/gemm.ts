/**
 * @file The matrix product `c = alpha · a · b + beta · c`, for float32 and float64.
 *
 * ```
 * gemm(m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, alpha, beta, scratch)
 *   if k = 0: c = beta · c, and done
 *   cut k into equal parts of at most blockDepth
 *   for j0 in 0..n by blockColumns
 *     whole = as many columns as b is read in place for: whole tiles, or none
 *     for p0 in 0..k by the part
 *       pack b[p0.., j0 + whole..] by columns
 *       for i0 in 0..m by blockRows
 *         for the rows i in tiles of full height, then for those in tiles that lack one
 *           pack a[i.., p0..] by rows
 *           block(packed a, b[p0.., j0..], packed b, c[i.., j0..])   beta counts at p0 = 0,
 *                                                                    then c is added to
 * block(a, b, bRow, packed, c, cRow, rows, columns, whole, depth, alpha, beta, spare)
 *   for j in 0..columns by the tile's
 *     if j = whole: b = packed from here on
 *     for i in 0..rows by the tile's
 *       if the whole tile lies inside: tile(a panel i, b panel j, c[i, j])
 *       else: tile(a panel i, b panel j, spare), merge(spare, c[i, j])
 * ```
 *
 * Packed panels are filled up with zeros, so every tile is a whole one. Two heights of tiles leave
 * next to no rows that are only filled up: 16 rows are four tiles of four and not four of five. The
 * additions for one element of `c` come in an order that depends on `k` alone: the same bits however
 * `m` and `n` are cut up, by blocks or by threads, and wherever `b` is read. Addresses and counts are
 * unsigned; addresses may pass 2³¹.
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
  readInPlace,
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
  leU,
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

/** The functions for tiles of one height. */
interface Height {
  readonly pack: Func;
  readonly block: Func;
}

/** The functions a product is made of, and their sizes. */
interface GemmParts extends TileParts {
  readonly columns: number;
  readonly full: Height;
  readonly lacking: Height;
  readonly packRight: Func;
  readonly scaled: Func;
}

function addGemm(module: Module, name: string, parts: TileParts): void {
  const { numbers, schedule } = parts;
  const { rows, vectors, unroll } = schedule;
  const columns = vectors * numbers.vector.lanes;
  const pack = (side: string, panelWidth: number): Func => {
    const sizes: PanelParts = { numbers, panelWidth, unroll };
    const panel = module.add(panelKernel(`${name} ${side} panel`, sizes));
    return module.add(panelsKernel(`${name} ${side} panels`, panel, sizes));
  };
  const packRight = pack("right", columns);
  const merge = module.add(mergeKernel(`${name} merge`, parts));
  const ofHeight = (rows: number): Height => {
    const those = { numbers, schedule: { ...schedule, rows } };
    const tile = module.add(tileKernel(`${name} tile of ${rows}`, those));
    const block = blockKernel(`${name} block of ${rows}`, { ...those, columns, tile, merge });
    return { pack: pack(`left of ${rows}`, rows), block: module.add(block) };
  };
  const [full, lacking] = [ofHeight(rows), ofHeight(rows - 1)];
  const scaled = module.add(scaledKernel(`${name} scaled`, parts));
  module.add(gemmKernel(name, { ...parts, columns, full, lacking, packRight, scaled }), name);
}

interface BlockParts extends TileParts {
  readonly columns: number;
  readonly tile: Func;
  readonly merge: Func;
}

/** The function `block` of the head comment. */
function blockKernel(name: string, parts: BlockParts): Func {
  const { numbers: { size, scalar }, schedule: { rows: height }, columns: width } = parts;
  const f = new Func(name);
  const [a, b] = [f.param("i32", "a"), f.param("i32", "b")];
  const [bRow, packed] = [f.param("i32", "bRow"), f.param("i32", "packed")];
  const [c, cRow] = [f.param("i32", "c"), f.param("i32", "cRow")];
  const [rows, columns] = [f.param("i32", "rows"), f.param("i32", "columns")];
  const [whole, depth] = [f.param("i32", "whole"), f.param("i32", "depth")];
  const [alpha, beta] = [f.param(scalar.type, "alpha"), f.param(scalar.type, "beta")];
  const spare = f.param("i32", "spare");
  const [i, j, bNext] = [f.local("i32", "i"), f.local("i32", "j"), f.local("i32", "bNext")];
  const [left, corner] = [f.local("i32", "left"), f.local("i32", "corner")];
  const panelBytes = (count: number): Node => f.constant(mul(depth, count * size));
  const inside = and(geU(sub(rows, i), height), geU(sub(columns, j), width));
  const tile = (to: Local, toRow: Operand, kept: Operand): Node =>
    call(parts.tile, left, b, bRow, to, toRow, depth, alpha, kept);
  return f.body(
    bNext.set(i32(width * size)),
    f.for(j, 0, columns, width, [
      ifElse(eq(j, whole), [
        b.set(packed),
        bRow.set(i32(width * size)),
        bNext.set(panelBytes(width)),
      ]),
      left.set(a),
      corner.set(add(c, mul(j, size))),
      f.for(i, 0, rows, height, [
        ifElse(
          inside,
          tile(corner, cRow, beta),
          [
            tile(spare, width * size, 0),
            call(
              parts.merge,
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
      b.set(add(b, bNext)),
    ]),
  );
}

/** How many of `rows` rows lie in tiles of full height, where the others lack as few as can be. */
function rowsInFullTiles(rows: Local, height: number): Node {
  const tiles = divU(add(rows, height - 1), height);
  const missing = sub(mul(tiles, height), rows);
  return mul(sub(tiles, minU(tiles, missing)), height);
}

/** A factor as `gemm` is given it. */
interface Factor {
  readonly row: Local;
  readonly column: Local;
}

/** Whether whole tiles read the right factor where it lies. Strides are in bytes. */
function isReadInPlace(m: Local, k: Local, { row, column }: Factor, parts: TileParts): Node {
  const { numbers: { size }, schedule: { unroll } } = parts;
  const isSmall = and(leU(m, readInPlace.rows), leU(row, readInPlace.rowBytes));
  const isEven = eq(roundedUp(k, unroll), k);
  return and(eq(column, size), and(isSmall, isEven));
}

/** The longest part of `k`, and where in the spare bytes a tile, `a` and `b` are put. */
function laidOut(
  keep: (label: string, node: Node) => Node,
  { n, k, scratch }: Readonly<Record<"n" | "k" | "scratch", Local>>,
  { numbers: { size }, schedule, columns }: GemmParts,
): Readonly<Record<"part" | "spare" | "packedA" | "packedB", Node>> {
  const { rows, unroll, blockColumns, blockDepth } = schedule;
  const spare = keep("spare", and(add(scratch, lineBytes - 1), -lineBytes));
  const packedB = keep("packedB", add(spare, upTo(rows * columns * size, lineBytes)));
  const parts = keep("parts", divU(add(k, blockDepth - 1), blockDepth));
  const part = keep("part", roundedUp(divU(add(k, sub(parts, 1)), parts), unroll));
  const width = keep("width", minU(roundedUp(n, columns), i32(blockColumns)));
  const bytesB = and(add(mul(mul(width, part), size), lineBytes - 1), -lineBytes);
  const packedA = keep("packedA", add(packedB, bytesB));
  return { part, spare, packedA, packedB };
}

/** The exported function: the head comment's `gemm`. */
function gemmKernel(name: string, kernel: GemmParts): Func {
  const { numbers: { size, fromDouble }, schedule, columns, full, lacking, packRight } = kernel;
  const { rows, unroll, blockRows, blockColumns } = schedule;
  const f = new Func(name);
  const int = (label: string): Local => f.param("i32", label);
  const [m, n, k] = [int("m"), int("n"), int("k")];
  const [a, aRow, aColumn] = [int("a"), int("aRow"), int("aColumn")];
  const [b, bRow, bColumn] = [int("b"), int("bRow"), int("bColumn")];
  const [c, cRow] = [int("c"), int("cRow")];
  const [alpha, beta] = [f.param("f64", "alpha"), f.param("f64", "beta")];
  const scratch = int("scratch");
  const [i0, j0, p0] = [f.local("i32", "i0"), f.local("i32", "j0"), f.local("i32", "p0")];
  const [mn, jn, pn] = [f.local("i32", "mn"), f.local("i32", "jn"), f.local("i32", "pn")];
  const [i, whole, fullRows] = [
    f.local("i32", "i"),
    f.local("i32", "whole"),
    f.local("i32", "fullRows"),
  ];

  const head: Node[] = [aRow, aColumn, bRow, bColumn, cRow].map((s) => s.set(mul(s, size)));
  const keep = (label: string, node: Node): Node => f.let(head, node, label);
  const scale = keep("scale", fromDouble(alpha));
  const { part, spare, packedA, packedB } = laidOut(keep, { n, k, scratch }, kernel);
  const inPlace = keep("inPlace", isReadInPlace(m, k, { row: bRow, column: bColumn }, kernel));

  const at = (base: Local, i: Local, row: Local, j: Local, column: Operand): Node =>
    add(base, add(mul(i, row), mul(j, column)));
  const bAt = at(b, p0, bRow, j0, bColumn);
  const kept = select(eqz(p0), fromDouble(beta), 1);
  const across = ({ pack, block }: Height, rows: Node): Node[] => [
    call(pack, packedA, at(a, i, aRow, p0, aColumn), aRow, aColumn, rows, pn),
    call(
      block,
      ...[packedA, bAt, bRow, packedB, at(c, i, cRow, j0, size), cRow, rows, jn, whole],
      ...[roundedUp(pn, unroll), scale, kept, spare],
    ),
    i.set(add(i, rows)),
  ];
  const restAt = add(bAt, mul(whole, bColumn));
  return f.body(
    ifElse(eqz(k), [call(kernel.scaled, m, n, c, mul(cRow, size), fromDouble(beta)), ret()]),
    head,
    f.for(j0, 0, n, blockColumns, [
      jn.set(minU(sub(n, j0), i32(blockColumns))),
      whole.set(select(inPlace, mul(divU(jn, columns), columns), 0)),
      f.for(p0, 0, k, part, [
        pn.set(minU(sub(k, p0), part)),
        call(packRight, packedB, restAt, bColumn, bRow, sub(jn, whole), pn),
        i.set(0),
        f.for(i0, 0, m, blockRows, [
          mn.set(minU(sub(m, i0), i32(blockRows))),
          fullRows.set(rowsInFullTiles(mn, rows)),
          across(full, fullRows.get),
          across(lacking, sub(mn, fullRows)),
        ]),
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
