/**
 * @file What a tuner may choose from, and how it chooses. Nothing here decides the order of additions,
 * so whichever is chosen, results have the same bits.
 */

import { type GemmSchedule, gemmSchedule, type GemmTile } from "./gemm_schedule.ts";
import { type ReduceSchedule, reduceSchedule } from "./reduce_schedule.ts";
import type { Schedules } from "./schedules.ts";

const [large, middle, small] = gemmSchedule.tiles as [GemmTile, GemmTile, GemmTile];

/** The tiles that are tried, largest first; the default ones are among them. */
// deno-fmt-ignore
export const tileCandidates: readonly GemmTile[] = [
  large,
  { ...large, unroll: 8 },
  { rows: 128, columns: 64, depth: 16, threadRows: 8, threadColumns: 8, unroll: 4 },
  { rows: 128, columns: 64, depth: 16, threadRows: 8, threadColumns: 4, unroll: 4 },
  { rows: 64,  columns: 64, depth: 16, threadRows: 8, threadColumns: 8, unroll: 4 },
  middle,
  { rows: 64,  columns: 64, depth: 8,  threadRows: 8, threadColumns: 4, unroll: 4 },
  { rows: 64,  columns: 64, depth: 16, threadRows: 4, threadColumns: 4, unroll: 4 },
  { rows: 64,  columns: 32, depth: 16, threadRows: 4, threadColumns: 4, unroll: 4 },
  { rows: 32,  columns: 32, depth: 16, threadRows: 8, threadColumns: 4, unroll: 4 },
  small,
  { ...small, unroll: 8 },
];

/** The numbers of workgroups that may keep a device busy. */
const busyCandidates: readonly number[] = [32, 96, gemmSchedule.busy, 384, 768];

/** A schedule has so many tiles at most. */
const mostTiles = 3;

/** Every schedule of products: lists of tiles, largest first, and when a smaller one is taken. */
export function gemmCandidates(): GemmSchedule[] {
  const { order, slim } = gemmSchedule;
  // Of lists that take the same time the shortest is the best.
  const lists = listsOf(tileCandidates, mostTiles).sort((a, b) => a.length - b.length);
  return lists.flatMap((tiles) =>
    tiles.length === 1
      ? [{ order, tiles, slim, busy: gemmSchedule.busy }]
      : busyCandidates.map((busy) => ({ order, tiles, slim, busy }))
  );
}

/** The lists of some items, in their order, not empty and no longer than allowed. */
function listsOf<T>(items: readonly T[], most: number): T[][] {
  if (most === 0) return [];
  return items.flatMap((item, k) => [
    [item],
    ...listsOf(items.slice(k + 1), most - 1).map((rest) => [item, ...rest]),
  ]);
}

/** Every schedule of reductions; the default one is the first. */
export const reduceCandidates: readonly ReduceSchedule[] = [
  reduceSchedule,
  ...[256, 128, 64].flatMap((threads) =>
    [1, 2, 4].map((unroll) => ({ ...reduceSchedule, threads, unroll }))
  ).filter(({ threads, unroll }) =>
    threads !== reduceSchedule.threads || unroll !== reduceSchedule.unroll
  ),
];

/** What is kept of schedules: all that was chosen, and no more. */
export interface Choice {
  readonly gemm: Pick<GemmSchedule, "tiles" | "busy">;
  readonly reduce: Pick<ReduceSchedule, "threads" | "unroll">;
}

/** What was chosen, to be kept. */
export function choiceOf({ gemm, reduce }: Schedules): Choice {
  return {
    gemm: { tiles: gemm.tiles, busy: gemm.busy },
    reduce: { threads: reduce.threads, unroll: reduce.unroll },
  };
}

/**
 * The schedules that somebody chose.
 *
 * @param kept What was kept, of whatever form.
 * @returns The schedules; undefined where something in it is no candidate.
 */
export function schedulesOf(kept: unknown): Schedules | undefined {
  const { gemm, reduce } = fieldsOf(kept);
  const { tiles, busy } = fieldsOf(gemm);
  const known = Array.isArray(tiles) ? tiles.map((tile) => candidate(tileCandidates, tile)) : [];
  const isLegal = known.length > 0 && known.length <= mostTiles && !known.includes(undefined);
  const groups = busyCandidates.find((number) => number === busy);
  const reductions = candidate(reduceCandidates, {
    order: reduceSchedule.order,
    ...fieldsOf(reduce),
  });
  if (!isLegal || groups === undefined || reductions === undefined) return undefined;
  return {
    gemm: { ...gemmSchedule, tiles: known as GemmTile[], busy: groups },
    reduce: reductions,
  };
}

/** The candidate with the fields of a value. */
function candidate<T extends object>(all: readonly T[], value: unknown): T | undefined {
  const fields = fieldsOf(value);
  return all.find((one) => Object.entries(one).every(([name, field]) => fields[name] === field));
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

/** A tile in words. */
export function tileName(tile: GemmTile): string {
  const { rows, columns, depth, threadRows, threadColumns, unroll } = tile;
  const ofThread = `${threadRows} × ${threadColumns} a thread`;
  return `${rows} × ${columns}, ${depth} deep, ${ofThread}, ${unroll} a turn`;
}

/** A schedule of products in words. */
export function gemmName({ tiles, busy }: GemmSchedule): string {
  const names = tiles.map(tileName).join("; ");
  return tiles.length === 1 ? names : `${names}; the first that gives ${busy} workgroups`;
}

/** A schedule of reductions in words. */
export function reduceName({ threads, unroll }: ReduceSchedule): string {
  return `${threads} threads, ${unroll} a turn`;
}

/** What somebody chose, in words. */
export function choiceLines(kept: unknown): string[] {
  const schedules = schedulesOf(kept);
  if (schedules === undefined) return ["nothing that this version knows: the defaults are used"];
  return [
    `products of matrices: ${gemmName(schedules.gemm)}`,
    `reductions: ${reduceName(schedules.reduce)}`,
  ];
}

/** A gain smaller than this is no reason to leave the defaults. */
const leastGain = 0.03;

/**
 * The candidate that takes the least time, by the geometric mean over all that was measured.
 *
 * @param candidates The candidates.
 * @param fallback Which one to take unless another is clearly faster.
 * @param secondsOf The times of a candidate, infinite where it cannot be used.
 * @returns The candidate, and its time as a ratio to that of the fallback.
 */
export function fastest<T>(
  candidates: readonly T[],
  fallback: T,
  secondsOf: (candidate: T) => readonly number[],
): { readonly choice: T; readonly ratio: number } {
  const before = secondsOf(fallback);
  const ratioOf = (one: T): number => {
    const logs = secondsOf(one).map((seconds, k) => Math.log(seconds / before[k]!));
    return Math.exp(logs.reduce((sum, log) => sum + log, 0) / Math.max(logs.length, 1));
  };
  return candidates.reduce((best, choice) => {
    const ratio = ratioOf(choice);
    return ratio < best.ratio && ratio < 1 - leastGain ? { choice, ratio } : best;
  }, { choice: fallback, ratio: 1 });
}
