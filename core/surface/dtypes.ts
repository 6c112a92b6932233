/**
 * @file Theano's lists of dtypes: `tensor.allDtypes`, `tensor.floatDtypes`, …
 */

import { allDtypes, type DType, dtypes, isContinuous, isDiscrete } from "../dtype/dtype.ts";

export { allDtypes };

function ofKind(...kinds: readonly string[]): readonly DType[] {
  return allDtypes.filter((dtype) => kinds.includes(dtypes[dtype].kind));
}

/** Booleans and integers. */
export const discreteDtypes: readonly DType[] = allDtypes.filter(isDiscrete);
/** Floats and complex numbers. */
export const continuousDtypes: readonly DType[] = allDtypes.filter(isContinuous);
/** Integers, signed or not. */
export const integerDtypes: readonly DType[] = ofKind("int", "uint");
/** Signed integers. */
export const intDtypes: readonly DType[] = ofKind("int");
/** Unsigned integers. */
export const uintDtypes: readonly DType[] = ofKind("uint");
/** Floats. */
export const floatDtypes: readonly DType[] = ofKind("float");
/** Complex numbers. */
export const complexDtypes: readonly DType[] = ofKind("complex");
