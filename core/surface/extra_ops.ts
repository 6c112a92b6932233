/**
 * @file The namespace `tensor.extraOps`.
 */

export {
  bartlett,
  bincount,
  compress,
  CpuContiguous,
  cpuContiguous,
  diff,
  toOneHot,
} from "../ops/extra.ts";
export { CumOp, cumprod, cumsum } from "../ops/cumulative.ts";
export { fillDiagonal, fillDiagonalOffset } from "../ops/fill_diagonal.ts";
export { RavelMultiIndex, ravelMultiIndex, UnravelIndex, unravelIndex } from "../ops/flat_index.ts";
export { repeat } from "../ops/repeat.ts";
export { searchsorted, SearchsortedOp } from "../ops/search.ts";
export { squeeze } from "../ops/layout.ts";
export { Unique } from "../ops/unique.ts";
