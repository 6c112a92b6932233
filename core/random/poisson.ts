/**
 * @file Poisson numbers, as NumPy's legacy generator draws them.
 *
 * Source: below a mean of 10, D. E. Knuth, "The Art of Computer Programming", volume 2, section
 * 3.4.1 (a product of uniforms); from there on W. Hörmann, "The transformed rejection method for
 * generating Poisson random variables", Insurance: Mathematics and Economics 12 (1993), algorithm
 * PTRS.
 */

import type { MersenneTwister } from "./mersenne_twister.ts";

/**
 * The next number of a Poisson distribution.
 *
 * @param twister Where random bits come from.
 * @param mean Its mean, 0 or more.
 */
export function nextPoisson(twister: MersenneTwister, mean: number): number {
  if (mean >= 10) return byRejection(twister, mean);
  return mean === 0 ? 0 : byProduct(twister, mean);
}

/** How many uniforms can be multiplied before the product falls to `exp(-mean)`. */
function byProduct(twister: MersenneTwister, mean: number): number {
  const end = Math.exp(-mean);
  let count = 0;
  for (let product = twister.nextFraction(); product > end; product *= twister.nextFraction()) {
    count++;
  }
  return count;
}

function byRejection(twister: MersenneTwister, mean: number): number {
  const logMean = Math.log(mean);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const sureBelow = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = twister.nextFraction() - 0.5;
    const v = twister.nextFraction();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= sureBelow) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const drawn = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b);
    if (drawn <= -mean + k * logMean - logGamma(k + 1)) return k;
  }
}

/** The coefficients `B(2k) / (2k (2k − 1))` of Stirling's series. */
const stirling: readonly number[] = [
  8.333333333333333e-02,
  -2.777777777777778e-03,
  7.936507936507937e-04,
  -5.952380952380952e-04,
  8.417508417508418e-04,
  -1.917526917526918e-03,
  6.410256410256410e-03,
  -2.955065359477124e-02,
  1.796443723688307e-01,
  -1.39243221690590e+00,
];
const logOfTwoPi = 1.8378770664093453;

/**
 * The logarithm of the gamma function of a whole number. It decides what is rejected, so it has the
 * accuracy of NumPy's and no better.
 *
 * Source: S. Zhang and J. Jin, "Computation of Special Functions", Wiley (1996), section 3.1.
 */
function logGamma(x: number): number {
  if (x === 1 || x === 2) return 0;
  const steps = x < 7 ? 7 - x : 0;
  const raised = x + steps;
  const square = (1 / raised) * (1 / raised);
  const series = stirling.reduceRight((sum, coefficient) => sum * square + coefficient);
  let result = series / raised + 0.5 * logOfTwoPi + (raised - 0.5) * Math.log(raised) - raised;
  for (let k = 1; k <= steps; k++) result -= Math.log(raised - k);
  return result;
}
