/**
 * @file The namespace `gradient`.
 */

export { grad, subgraphGrad } from "../gradient/grad.ts";
export { Lop, Lop as lop, Rop, Rop as rop } from "../gradient/derivatives.ts";
export { hessian, jacobian } from "../gradient/jacobian.ts";
export {
  considerConstant,
  disconnectedGrad,
  gradClip,
  gradScale,
  undefinedGrad,
  zeroGrad,
} from "../gradient/controls.ts";
export { NumericGrad, numericGrad } from "../gradient/numeric.ts";
export { GradientError } from "../gradient/verify.ts";
export { formatAs } from "../gradient/format_as.ts";
export { modeNotSlow, verifyGrad } from "../compile/verify.ts";
export {
  DisconnectedType,
  disconnectedType,
  gradNotImplemented,
  gradUndefined,
  NullType,
} from "../graph/special_types.ts";
export { DisconnectedInputError, NullTypeGradError } from "../errors.ts";
