/**
 * @file How the threads of a reduction are shared out, decided from its sizes before anything runs.
 */

/**
 * What decides the order of additions, and with it the last bits of a sum: facts of sizes alone. They
 * are the same on every device, so no choice of a schedule changes a bit.
 */
export interface ReduceOrder {
  /** The most threads that share an element: a power of two, and what a workgroup may have. */
  readonly lanes: number;
  /** Turns after which a thread starts a new total, which keeps rounding errors small. */
  readonly block: number;
  /** Threads that keep a device busy; where elements are fewer, several share one. */
  readonly busy: number;
  /** Threads next to each other that read what lies next to each other: a line of memory. */
  readonly line: number;
  /** Turns of a thread that are worth a second pass. */
  readonly turns: number;
}

/** How reductions and rows are computed. */
export interface ReduceSchedule {
  readonly order: ReduceOrder;
  /** Threads in a workgroup, unless more share an element: a power of two. */
  readonly threads: number;
  /** Elements that a thread reads a turn of its loop. */
  readonly unroll: number;
}

/** For devices of which nothing is known. */
export const reduceSchedule: ReduceSchedule = {
  order: { lanes: 128, block: 64, busy: 65536, line: 32, turns: 16 },
  threads: 128,
  unroll: 4,
};

/** The sizes of workgroups that a schedule asks for; which one, {@linkcode groupFor} says. */
export function groupSizes({ order, threads }: ReduceSchedule): readonly number[] {
  return [...new Set([Math.min(threads, order.lanes), order.lanes])];
}

/** Which of a schedule's workgroups, where so many threads share an element. */
export function groupFor(schedule: ReduceSchedule, along: number): number {
  return groupSizes(schedule).findIndex((threads) => along <= threads);
}

/** How threads are shared out. */
export interface Sharing {
  /** Threads of a workgroup that share a kept element: a power of two. */
  readonly along: number;
  /** Parts that the reduced elements are cut into, each a workgroup's. */
  readonly parts: number;
}

/** A reduction as far as it matters to who does what. */
export interface Reduction {
  readonly kept: number;
  readonly reduced: number;
  /** Whether reduced elements lie next to each other, not kept ones. */
  readonly isRow: boolean;
  /** Whether one total may be several put together. */
  readonly isFree: boolean;
}

/**
 * Shares out the threads. Depends on sizes alone, so that a result has the same bits each time.
 *
 * @param order The numbers.
 * @param reduction The reduction.
 */
export function sharingOf(
  { lanes, busy, line, turns }: ReduceOrder,
  { kept, reduced, isRow, isFree }: Reduction,
): Sharing {
  if (!isFree) return { along: 1, parts: 1 };
  const fewest = isRow ? Math.min(line, powerBelow(reduced)) : 1;
  const most = isRow ? lanes : lanes / Math.min(line, powerAbove(kept));
  let along = fewest;
  while (2 * along <= most && 2 * along <= reduced && kept * along < busy) along *= 2;
  const wanted = Math.floor(busy / (Math.max(kept, 1) * along));
  const worth = Math.floor(reduced / (along * turns));
  return { along, parts: Math.max(1, Math.min(wanted, worth)) };
}

/** The largest power of two that is not above a number; 1 for less. */
function powerBelow(x: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(x, 1)));
}

/** The smallest power of two that is not below a number. */
function powerAbove(x: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(x, 1)));
}
