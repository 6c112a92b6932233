/**
 * @file The namespace `scanModule.scanUtils`.
 */

export { cloneReplace as clone } from "../graph/clone.ts";
export {
  equalComputations,
  expandEmpty,
  inferShape,
  reconstructGraph,
  safeNew,
} from "../ops/scan_utils.ts";
