/**
 * @file The namespace `tensor.nlinalg`.
 */

export {
  AllocDiag,
  allocDiag,
  diag,
  diagonal as extractDiag,
  ExtractDiag,
  trace,
} from "../ops/diagonal.ts";
export { matrixDot } from "../ops/tensordot.ts";
