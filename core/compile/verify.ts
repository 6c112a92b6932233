/**
 * @file `verifyGrad` with compiled functions, and the mode of those that are the measure.
 */

import { type Compile, type VerifyGrad, verifyGradWith } from "../gradient/verify.ts";
import { DebugMode } from "./debug_mode.ts";
import { compileFunction } from "./function.ts";
import { Mode } from "./mode.ts";
import { getMode } from "./modes.ts";

type GivenMode = string | Mode | null | undefined;

const compile: Compile = (inputs, outputs, { mode, isReference }) =>
  compileFunction(inputs, outputs, {
    mode: (isReference ? modeNotSlow(mode as GivenMode) : mode as GivenMode) ?? null,
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

/**
 * A mode that computes the same as another, fast: FAST_RUN in place of FAST_COMPILE, and no checks of
 * DebugMode.
 *
 * Theano: `theano.gradient.mode_not_slow`.
 *
 * @param mode A mode, its name, or nothing for the default one.
 * @returns A name, or a mode.
 * @throws {ValueError} If there is no such mode.
 */
export function modeNotSlow(mode?: GivenMode): string | Mode {
  if (mode === "FAST_COMPILE") return "FAST_RUN";
  const meant = getMode(mode);
  return meant instanceof DebugMode ? new Mode({ optimizer: meant.providedOptimizer }) : meant;
}
