/**
 * @file Normal numbers in pairs, by the polar method.
 *
 * Source: G. Marsaglia and T. A. Bray, "A convenient method for generating normal variables", SIAM
 * Review 6 (1964), in the order of NumPy's legacy generator: the second of a pair is given out
 * first.
 */

import type { MersenneTwister } from "./mersenne_twister.ts";

/**
 * The next number of the standard normal distribution.
 *
 * @param twister Where random bits come from; it keeps the other number of a pair.
 */
export function nextNormal(twister: MersenneTwister): number {
  const kept = twister.keptNormal;
  if (kept !== undefined) {
    twister.keptNormal = undefined;
    return kept;
  }
  let x = 0;
  let y = 0;
  let radius = 0;
  do {
    x = 2 * twister.nextFraction() - 1;
    y = 2 * twister.nextFraction() - 1;
    radius = x * x + y * y;
  } while (radius >= 1 || radius === 0);
  const scale = Math.sqrt(-2 * Math.log(radius) / radius);
  twister.keptNormal = scale * x;
  return scale * y;
}
