/**
 * @file The elementary and special functions, each written once in scalar primitives.
 *
 * Every function takes a builder and operands of one float dtype and gives an expression of that
 * dtype. The bounds stated hold for all finite arguments, whether `mulAdd` is fused or not.
 */

export { exp, exp2, expm1 } from "./functions_exp.ts";
export { log, log10, log1p, log2 } from "./functions_log.ts";
export { cos, sin, tan } from "./functions_trig.ts";
export {
  arccosh,
  arcsinh,
  arctanh,
  cosh,
  sigmoid,
  sinh,
  softplus,
  tanh,
} from "./functions_hyperbolic.ts";
export { arccos, arcsin, arctan, arctan2 } from "./functions_arc.ts";
export { pow } from "./functions_power.ts";
export { floorDiv, floorMod, powInteger, roundHalfAwayFromZero } from "./functions_whole.ts";
export { erf, erfc, erfcinv, erfcx, erfinv } from "./special_erf.ts";
export { gamma, gammaln, psi, triGamma } from "./special_gamma.ts";
export { i0, i1, j0, j1 } from "./special_bessel.ts";
