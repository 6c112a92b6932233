/**
 * @file How kernels are cut up for a device: plain numbers, which a tuner may replace.
 */

import { type GemmSchedule, gemmSchedule } from "./gemm_schedule.ts";
import { type ReduceSchedule, reduceSchedule } from "./reduce_schedule.ts";

/** A schedule for each way of cutting. */
export interface Schedules {
  /** Reductions and rows. */
  readonly reduce: ReduceSchedule;
  /** Matrix products. */
  readonly gemm: GemmSchedule;
}

/** For devices of which nothing is known. */
export const defaultSchedules: Schedules = { reduce: reduceSchedule, gemm: gemmSchedule };
