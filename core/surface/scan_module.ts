/**
 * @file The namespace `scanModule`: loops.
 */

export { scan } from "../ops/scan.ts";
export { scanCheckpoints } from "../ops/scan_checkpoints.ts";
export { foldl, foldr, map, reduce } from "../ops/scan_variants.ts";
export { until } from "../ops/scan_result.ts";
/** Helpers for those who build graphs of their own. */
export * as scanUtils from "./scan_utils.ts";
