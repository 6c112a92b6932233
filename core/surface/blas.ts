/**
 * @file The namespace `tensor.blas`: the products that the optimiser finds.
 */

export { BatchedDot } from "../ops/batched_dot.ts";
export { Dot22, Dot22Scalar, Gemm, Gemv, Ger } from "../ops/blas.ts";
