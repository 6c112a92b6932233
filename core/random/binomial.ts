/**
 * @file Binomial numbers, as NumPy's legacy generator draws them.
 *
 * Source: V. Kachitvichyanukul and B. W. Schmeiser, "Binomial random variate generation",
 * Communications of the ACM 31 (1988): inversion up to a mean of 30, algorithm BTPE beyond.
 */

import type { MersenneTwister } from "./mersenne_twister.ts";

/** Draws the next number of one distribution. */
export type Sampler = (twister: MersenneTwister) => number;

/**
 * What draws numbers of a binomial distribution.
 *
 * @param n Number of trials, a whole number.
 * @param p Probability of a success, from 0 to 1.
 */
export function binomialSampler(n: number, p: number): Sampler {
  if (p <= 0.5) return samplerOfHalf(n, p);
  const failures = samplerOfHalf(n, 1 - p);
  return (twister) => n - failures(twister);
}

/** For probabilities up to one half. */
function samplerOfHalf(n: number, p: number): Sampler {
  return p * n <= 30 ? inversion(n, p) : btpe(n, p);
}

/** The probability of no success in `n` trials that fail with probability `q`. */
function chanceOfNone(n: number, q: number): number {
  return Math.exp(n * Math.log(q));
}

/** The largest number that {@linkcode MersenneTwister.nextFraction} gives. */
const largestFraction = 1 - 2 ** -53;

/**
 * What decides one trial by one uniform number: above it is a success.
 *
 * @param p Probability of a success, up to one half.
 * @returns The bound; undefined where rounding may leave a number that is drawn again.
 */
export function boundOfTrial(p: number): number | undefined {
  const q = 1 - p;
  const none = chanceOfNone(1, q);
  return largestFraction - none <= p * none / q ? none : undefined;
}

/** Subtracts the probabilities of 0, 1, 2 … successes from a uniform number until it is used up. */
function inversion(n: number, p: number): Sampler {
  const q = 1 - p;
  const none = chanceOfNone(n, q);
  const mean = n * p;
  const bound = Math.trunc(Math.min(n, mean + 10 * Math.sqrt(mean * q + 1)));
  return (twister) => {
    let count = 0;
    let probability = none;
    let left = twister.nextFraction();
    while (left > probability) {
      count++;
      if (count > bound) {
        count = 0;
        probability = none;
        left = twister.nextFraction();
      } else {
        left -= probability;
        probability = (n - count + 1) * p * probability / (count * q);
      }
    }
    return count;
  };
}

/** The constants of BTPE, named as in the paper. */
interface Shape {
  readonly n: number;
  readonly r: number;
  readonly q: number;
  readonly m: number;
  readonly xm: number;
  readonly nrq: number;
}

/**
 * Triangle, parallelograms and exponential tails over the distribution: a point below them is drawn
 * and taken if it also lies below the distribution.
 */
function btpe(n: number, r: number): Sampler {
  const q = 1 - r;
  const fm = n * r + r;
  const m = Math.floor(fm);
  const nrq = n * r * q;
  const p1 = Math.floor(2.195 * Math.sqrt(nrq) - 4.6 * q) + 0.5;
  const xm = m + 0.5;
  const xl = xm - p1;
  const xr = xm + p1;
  const c = 0.134 + 20.5 / (15.3 + m);
  const left = (fm - xl) / (fm - xl * r);
  const right = (xr - fm) / (xr * q);
  const lambdaLeft = left * (1 + left / 2);
  const lambdaRight = right * (1 + right / 2);
  const p2 = p1 * (1 + 2 * c);
  const p3 = p2 + c / lambdaLeft;
  const p4 = p3 + c / lambdaRight;
  const shape: Shape = { n, r, q, m, xm, nrq };
  return (twister) => {
    for (;;) {
      const u = twister.nextFraction() * p4;
      const v = twister.nextFraction();
      if (u <= p1) return Math.floor(xm - p1 * v + u);
      if (u <= p2) {
        const x = xl + (u - p1) / c;
        const height = v * c + 1 - Math.abs(m - x + 0.5) / p1;
        const y = Math.floor(x);
        if (height <= 1 && isBelow(y, height, shape)) return y;
      } else if (u <= p3) {
        const y = Math.floor(xl + Math.log(v) / lambdaLeft);
        if (y >= 0 && v !== 0 && isBelow(y, v * (u - p2) * lambdaLeft, shape)) return y;
      } else {
        const y = Math.floor(xr - Math.log(v) / lambdaRight);
        if (y <= n && v !== 0 && isBelow(y, v * (u - p3) * lambdaRight, shape)) return y;
      }
    }
  };
}

/** Whether a height is at most that of the distribution over `y`, the mode's being 1. */
function isBelow(y: number, height: number, shape: Shape): boolean {
  const { m, nrq } = shape;
  const k = Math.abs(y - m);
  if (k <= 20 || k >= nrq / 2 - 1) return height <= ratioToMode(y, shape);
  const log = Math.log(height);
  const rho = (k / nrq) * ((k * (k / 3 + 0.625) + 0.16666666666666666) / nrq + 0.5);
  const t = -k * k / (2 * nrq);
  if (log < t - rho) return true;
  return log <= t + rho && log <= logRatioToMode(y, shape);
}

/** The probability of `y` over that of the mode, by the recurrence between neighbours. */
function ratioToMode(y: number, { n, r, q, m }: Shape): number {
  const s = r / q;
  const a = s * (n + 1);
  let ratio = 1;
  for (let i = m + 1; i <= y; i++) ratio *= a / i - s;
  for (let i = y + 1; i <= m; i++) ratio /= a / i - s;
  return ratio;
}

/** The logarithm of {@linkcode ratioToMode}, by Stirling's series. */
function logRatioToMode(y: number, { n, r, q, m, xm }: Shape): number {
  const x1 = y + 1;
  const f1 = m + 1;
  const z = n + 1 - m;
  const w = n - y + 1;
  return xm * Math.log(f1 / x1) + (n - m + 0.5) * Math.log(z / w) +
    (y - m) * Math.log(w * r / (x1 * q)) +
    stirlingRest(f1) + stirlingRest(z) + stirlingRest(x1) + stirlingRest(w);
}

function stirlingRest(x: number): number {
  const square = x * x;
  return (13680 - (462 - (132 - (99 - 140 / square) / square) / square) / square) / x / 166320;
}
