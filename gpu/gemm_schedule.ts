/**
 * @file The decisions a matrix product on devices is generated from: tiles, and who has which.
 */

/** How a matrix product is cut up. Sizes in elements; all are powers of two. */
export interface GemmTile {
  /** Rows and columns of the result that a workgroup computes. */
  readonly rows: number;
  readonly columns: number;
  /** Steps of the inner axis that a workgroup holds in its memory; they divide those of an order. */
  readonly depth: number;
  /** Rows and columns of the result that a thread keeps in registers: multiples of four. */
  readonly threadRows: number;
  readonly threadColumns: number;
  /** Steps of the inner axis a turn. */
  readonly unroll: number;
}

/**
 * What decides the order of additions, and with it the last bits of a product: facts of sizes alone.
 * They are the same on every device, so no choice of tiles changes a bit.
 */
export interface GemmOrder {
  /** Up to so many rows or columns a product is a reduction. */
  readonly narrow: number;
  /** A result of fewer blocks than `blocks`, squares of so many rows, is cut along the inner axis. */
  readonly block: number;
  readonly blocks: number;
  /** Steps of the inner axis that are worth a part of their own. */
  readonly part: number;
  /** Each part, the last one too, is filled up with zeros to whole times so many steps. */
  readonly step: number;
}

/** How matrix products are computed. */
export interface GemmSchedule {
  readonly order: GemmOrder;
  /** Largest first: the first one that keeps a device busy is taken, or else the last. */
  readonly tiles: readonly GemmTile[];
  /** For results with no more columns, or no more rows, than the shorter side of one of these. */
  readonly slim: readonly GemmTile[];
  /** Workgroups that keep a device busy. */
  readonly busy: number;
}

/**
 * For devices of which nothing is known.
 *
 * A large tile makes four reads of 16 bytes from the workgroup's memory for 64 products, and two
 * tiles of it fit in 16 KiB.
 *
 * Source: Volkov and Demmel, "Benchmarking GPUs to tune dense linear algebra", 2008.
 */
export const gemmSchedule: GemmSchedule = {
  order: { narrow: 4, block: 32, blocks: 192, part: 256, step: 16 },
  tiles: [
    { rows: 128, columns: 128, depth: 8, threadRows: 8, threadColumns: 8, unroll: 4 },
    { rows: 64, columns: 64, depth: 16, threadRows: 8, threadColumns: 4, unroll: 4 },
    { rows: 32, columns: 32, depth: 16, threadRows: 4, threadColumns: 4, unroll: 4 },
  ],
  slim: [
    { rows: 64, columns: 16, depth: 16, threadRows: 4, threadColumns: 4, unroll: 4 },
    { rows: 16, columns: 64, depth: 16, threadRows: 4, threadColumns: 4, unroll: 4 },
  ],
  busy: 192,
};

/** All tiles of a schedule; shares name them by number. */
export function tilesOf({ tiles, slim }: GemmSchedule): readonly GemmTile[] {
  return [...tiles, ...slim];
}

/** Threads of a workgroup. */
export function threadsOf({ rows, columns, threadRows, threadColumns }: GemmTile): number {
  return (rows / threadRows) * (columns / threadColumns);
}

/** How a product of some size is shared out. */
export interface GemmShare {
  /** Which tile. */
  readonly tile: number;
  /** Tiles in a row of a result, and in all of it. */
  readonly across: number;
  readonly tiles: number;
  /** How many products there are. */
  readonly items: number;
  /** Parts that the inner axis is cut into, and the length of one. */
  readonly parts: number;
  readonly part: number;
  /** The length of the inner axis, filled up with zeros to whole steps. */
  readonly steps: number;
}

/** Shares out products of m rows, n columns and inner length k; it depends on nothing else. */
export function gemmShare(
  schedule: GemmSchedule,
  [m, n, k]: readonly [number, number, number],
  items: number = 1,
): GemmShare {
  const { order, tiles, slim, busy } = schedule;
  const all = tilesOf(schedule);
  const countOf = (rows: number, columns: number): number =>
    Math.ceil(m / rows) * Math.ceil(n / columns);
  const filled = (steps: number): number => Math.ceil(steps / order.step) * order.step;
  const counts = all.map(({ rows, columns }) => countOf(rows, columns));
  const large = tiles.findIndex((_, tile) => counts[tile]! * items >= busy);
  const fitting = slim.findIndex(({ rows, columns }) => columns < rows ? n <= columns : m <= rows);
  const wide = large < 0 ? tiles.length - 1 : large;
  const tile = fitting < 0 ? wide : tiles.length + fitting;
  const across = Math.ceil(n / all[tile]!.columns);
  const few = Math.floor(order.blocks / (countOf(order.block, order.block) * items));
  const parts = Math.max(1, Math.min(few, Math.floor(k / order.part)));
  const part = filled(Math.ceil(k / parts));
  return { tile, across, tiles: counts[tile]!, items, parts, part, steps: filled(k) };
}
