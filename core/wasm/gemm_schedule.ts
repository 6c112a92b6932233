/**
 * @file The decisions a matrix product is generated from: tile, feed, unrolling, blocks.
 */

/** How a matrix product is cut up. Sizes in elements. */
export interface GemmSchedule {
  /** Rows of the tile that is kept in registers. */
  readonly rows: number;
  /** Vectors in a row of the tile. */
  readonly vectors: number;
  /**
   * How the left factor reaches the tile: whole vectors whose lanes are spread by shuffles, or one
   * load that fills all lanes for each element. The first makes fewer memory accesses.
   */
  readonly feed: "shuffle" | "splat";
  /** Steps of the inner axis a turn; with `rows` a whole number of vectors for the shuffle feed. */
  readonly unroll: number;
  /** Rows of a packed block of the left factor; a multiple of `rows`. */
  readonly blockRows: number;
  /** Columns of a packed block of the right factor; a multiple of the tile's. */
  readonly blockColumns: number;
  /** Steps of the inner axis in a packed block; a multiple of `unroll`. */
  readonly blockDepth: number;
}

/** The dtypes a matrix product is generated for. */
export type GemmDType = "float32" | "float64";

/** A schedule for each dtype. */
export type GemmSchedules = Readonly<Record<GemmDType, GemmSchedule>>;

/**
 * The default schedules.
 *
 * A tile takes `rows · vectors` registers for sums, `vectors` for the right factor, one for the
 * left and one for the spread lane, out of 15. A panel of the right factor stays in the
 * first-level cache, a block of the left one in the second. `blockDepth` decides the order of
 * additions, and so the last bits of the result; the other numbers do not.
 *
 * Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
 */
export const gemmSchedules: GemmSchedules = {
  float32: {
    rows: 5,
    vectors: 2,
    feed: "shuffle",
    unroll: 4,
    blockRows: 160,
    blockColumns: 1024,
    blockDepth: 256,
  },
  float64: {
    rows: 4,
    vectors: 2,
    feed: "shuffle",
    unroll: 4,
    blockRows: 128,
    blockColumns: 512,
    blockDepth: 256,
  },
};

/**
 * The products that read their right factor where it lies, if its columns are neighbours: packing it
 * would take a good part of the time where few rows share the cost. Not where its rows are far
 * apart: those of a tile would fall into a few sets of the first-level cache and into many pages.
 */
export const readInPlace = {
  /** Rows of the result, at most. */
  rows: 64,
  /** Bytes from a row of the right factor to the next, at most. */
  rowBytes: 2048,
} as const;
