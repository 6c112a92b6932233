/**
 * @file `verifyGrad` with compiled functions.
 */

import { type Compile, type VerifyGrad, verifyGradWith } from "../gradient/verify.ts";
import { compileFunction } from "./function.ts";
import type { Mode } from "./mode.ts";

const compile: Compile = (inputs, outputs, { mode, isReference }) =>
  compileFunction(inputs, outputs, {
    mode: isReference ? "FAST_RUN" : mode as Mode | string | null,
    allowInputDowncast: true,
    onUnusedInput: "ignore",
  });

/**
 * Compares the symbolic gradient of a function with finite differences.
 *
 * Theano: `theano.gradient.verify_grad`.
 *
 * @throws {GradientError} If they differ by more than the tolerance.
 */
export const verifyGrad: VerifyGrad = verifyGradWith(compile);
