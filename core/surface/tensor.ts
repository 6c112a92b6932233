/**
 * @file The namespace `tensor`: Theano's names in camelCase. A name that Theano writes with a trailing
 * underscore is there with and without it.
 */

export * from "../tensor/typed.ts";
export * from "./dtypes.ts";
export { asTensorVariable, constant, tensor } from "../tensor/constructors.ts";
export { asTensorVariable as asTensor } from "../tensor/constructors.ts";
export { TensorType } from "../tensor/tensor_type.ts";
export { TensorConstant, TensorVariable } from "../tensor/tensor_variable.ts";
export { TensorSharedVariable } from "../tensor/shared.ts";
export {
  abs,
  abs as abs_,
  add,
  cast,
  intDiv,
  intDiv as floorDiv,
  inv,
  maximum,
  minimum,
  mod,
  mul,
  neg,
  sgn,
  sqr,
  sqr as square,
  sub,
  trueDiv,
  trueDiv as div,
} from "../ops/arithmetic.ts";
export {
  allclose,
  and,
  and as and_,
  and as bitwiseAnd,
  clip,
  eq,
  ge,
  gt,
  invert,
  invert as bitwiseNot,
  isclose,
  isinf,
  isnan,
  le,
  lt,
  neq,
  or,
  or as bitwiseOr,
  or as or_,
  switch_ as switch,
  switch_ as where,
  xor,
  xor as bitwiseXor,
} from "../ops/logic.ts";
export {
  ceil,
  floor,
  iround,
  round,
  roundHalfAwayFromZero,
  roundHalfToEven,
  trunc,
} from "../ops/rounding.ts";
export {
  arccos,
  arccosh,
  arcsin,
  arcsinh,
  arctan,
  arctan2,
  arctanh,
  cos,
  cosh,
  deg2rad,
  exp,
  exp2,
  expm1,
  log,
  log10,
  log1p,
  log2,
  pow,
  pow as power,
  rad2deg,
  sin,
  sinh,
  sqrt,
  tan,
  tanh,
} from "../ops/transcendental.ts";
export { angle, complex, complexFromPolar, conj, imag, real } from "../ops/complex.ts";
export {
  chi2sf,
  erf,
  erfc,
  erfcinv,
  erfcx,
  erfinv,
  gamma,
  gammainc,
  gammaincc,
  gammal,
  gammaln,
  gammau,
  i0,
  i1,
  iv,
  j0,
  j1,
  jv,
  psi,
  triGamma,
} from "../ops/special.ts";
export { Elementwise as Elemwise } from "../ops/elementwise.ts";
export { Alloc, alloc, AllocEmpty, ones, zeros } from "../ops/alloc.ts";
export { transfer } from "../ops/transfer.ts";
export { argmax, argmin, maxAndArgmax } from "../ops/argmax.ts";
export { BatchedDot } from "../ops/batched_dot.ts";
export { Choose, choose } from "../ops/choose.ts";
export { extractConstant, getScalarConstantValue, getVectorLength } from "../ops/constant_value.ts";
export { cov } from "../ops/cov.ts";
export { CumOp, cumprod, cumsum } from "../ops/cumulative.ts";
export { AllocDiag, diag, diagonal, ExtractDiag, trace } from "../ops/diagonal.ts";
export { DimShuffle } from "../ops/dimshuffle.ts";
export { Dot, outer } from "../ops/dot.ts";
export { fill, onesLike, second, tensorCopy, zerosLike } from "../ops/fill.ts";
export { mgrid, ogrid } from "../ops/grids.ts";
export { incSubtensor, setSubtensor } from "../ops/indexing.ts";
export {
  concatenate,
  horizontalStack,
  Join,
  join,
  stack,
  stacklists,
  verticalStack,
} from "../ops/join.ts";
export {
  makeKeepDims,
  shapePadaxis,
  shapePadleft,
  shapePadright,
  squeeze,
  swapaxes,
  transpose,
} from "../ops/layout.ts";
export { MakeVector } from "../ops/make_vector.ts";
export { flatnonzero, Nonzero, nonzero, nonzeroValues } from "../ops/nonzero.ts";
export { inversePermutation, PermuteRowElements, permuteRowElements } from "../ops/permute.ts";
export { ceilIntdiv, divmod, modCheck } from "../ops/quotient.ts";
export { ARange, arange, Eye, eye, identityLike, tri, tril, triu } from "../ops/ranges.ts";
export { all, any, max, min, prod, Reduce as CAReduce, sum } from "../ops/reduce.ts";
export { roll, tile } from "../ops/repeat.ts";
export { flatten, isFlat, Reshape, reshape } from "../ops/reshape.ts";
export { Shape, shape, ShapeI, SpecifyShape, specifyShape } from "../ops/shape.ts";
export { argsort, ArgSortOp, sort, SortOp } from "../ops/sort.ts";
export { Split, split } from "../ops/split.ts";
export { largest, mean, norm, ptp, smallest, std, variance as var } from "../ops/statistics.ts";
export { IncSubtensor, Subtensor } from "../ops/subtensor.ts";
export {
  AdvancedIncSubtensor,
  AdvancedIncSubtensor1,
  AdvancedSubtensor,
  AdvancedSubtensor1,
} from "../ops/advanced_subtensor.ts";
export { slice } from "../ops/subtensor_index.ts";
export { take } from "../ops/take.ts";
export { putAlongAxis, takeAlongAxis } from "../ops/along_axis.ts";
export { batchedDot, batchedTensordot, dot, matmul, tensordot } from "../ops/tensordot.ts";
export { argtopk, topk, topkAndArgtopk, TopKOp } from "../ops/topk.ts";
export {
  addbroadcast,
  Assert,
  assertOp,
  patternbroadcast,
  Rebroadcast,
  unbroadcast,
} from "../ops/view.ts";
export {
  bincount,
  compress,
  diff,
  fillDiagonal,
  fillDiagonalOffset,
  ravelMultiIndex,
  repeat,
  searchsorted,
  unravelIndex,
} from "./extra_ops.ts";
export { expr } from "../formula/expr.ts";
/** More functions, as NumPy has them. */
export * as extraOps from "./extra_ops.ts";
/** Linear algebra, as in NumPy's `linalg`. */
export * as nlinalg from "./nlinalg.ts";
/** Functions of neural networks. */
export * as nnet from "./nnet.ts";
/** The products that the optimiser finds. */
export * as blas from "./blas.ts";
export { MRG_RandomStreams } from "../ops/random_mrg_streams.ts";
export { RandomStreams } from "../ops/random_streams.ts";
/** Random variables, each with a stream of its own. */
export * as sharedRandomstreams from "./shared_randomstreams.ts";
/** Random numbers drawn from a state that is given. */
export * as rawRandom from "./raw_random.ts";
/** `x · log(y)`, with zero where `x` is zero. */
export * as xlogx from "./xlogx.ts";
export { grad, subgraphGrad } from "../gradient/grad.ts";
export { Lop, Lop as lop, Rop, Rop as rop } from "../gradient/derivatives.ts";
export { hessian, jacobian } from "../gradient/jacobian.ts";
export { considerConstant } from "../gradient/controls.ts";
export { numericGrad } from "../gradient/numeric.ts";
export { verifyGrad } from "../compile/verify.ts";
