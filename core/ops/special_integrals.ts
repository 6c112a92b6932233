/**
 * @file Incomplete gamma functions and Bessel functions of any order in double, by series, continued
 * fractions and integrals: references, and all there is of the functions of two arguments.
 *
 * Source: M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions", 6.5.29 and 6.5.31,
 * 9.1.10, 9.1.21, 9.2.5, 9.6.10; W. J. Lentz's evaluation of continued fractions, 1976; H. Takahasi and
 * M. Mori, "Double exponential formulas for numerical integration", 1974; Schläfli's integral, DLMF
 * 10.9.6.
 */

import { gamma, gammaln } from "./special_reference.ts";

const { abs, cos, exp, log, PI, sin, sinh, sqrt } = Math;

/** Regularised lower incomplete gamma function `P(k, x)`. */
export function gammainc(k: number, x: number): number {
  if (!(k > 0) || !(x >= 0)) return k === 0 && x > 0 ? 1 : NaN;
  if (x === 0 || x === Infinity) return x === 0 ? 0 : 1;
  return x < k + 1 ? lowerSeries(k, x) : 1 - upperFraction(k, x);
}

/** Regularised upper incomplete gamma function `Q(k, x)`. */
export function gammaincc(k: number, x: number): number {
  if (!(k > 0) || !(x >= 0)) return k === 0 && x > 0 ? 0 : NaN;
  if (x === 0 || x === Infinity) return x === 0 ? 1 : 0;
  return x < k + 1 ? 1 - lowerSeries(k, x) : upperFraction(k, x);
}

/** `x^k e^−x / Γ(k + 1)`. */
function weight(k: number, x: number): number {
  return exp(k * log(x) - x - gammaln(k + 1));
}

function lowerSeries(k: number, x: number): number {
  let [term, sum] = [1, 1];
  for (let n = 1; term > 1e-17 * sum; n++) {
    term *= x / (k + n);
    sum += term;
  }
  return weight(k, x) * sum;
}

function upperFraction(k: number, x: number): number {
  let b = x + 1 - k;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 100_000; n++) {
    const a = -n * (n - k);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    const change = c * d;
    value *= change;
    if (abs(change - 1) < 1e-16) break;
  }
  return weight(k, x) * k * value;
}

/** Modified Bessel function `I_v(x)`: its power series, all of whose terms have one sign for `v ≥ 0`. */
export function besselI(v: number, x: number): number {
  if (Number.isNaN(v) || Number.isNaN(x)) return NaN;
  if (x < 0) return Number.isInteger(v) ? (v % 2 === 0 ? 1 : -1) * besselI(v, -x) : NaN;
  if (v < 0 && Number.isInteger(v)) return besselI(-v, x);
  if (x > 800) return Infinity;
  return powerSeries(v, x, 1);
}

/** `Σ (x/2)^(2n + v) sign^n / (n! Γ(n + v + 1))`, scaled by its largest term so that none overflows. */
function powerSeries(v: number, x: number, sign: 1 | -1): number {
  if (x === 0) return v === 0 ? 1 : v > 0 ? 0 : Infinity;
  const quarter = x * x / 4;
  let [term, sum] = [1, 1];
  let scale = 0;
  for (let n = 1; n < 20 || abs(term) > 1e-18 * abs(sum); n++) {
    term *= sign * quarter / (n * (n + v));
    sum += term;
    if (abs(sum) > 1e200) [term, sum, scale] = [term * 1e-200, sum * 1e-200, scale + 200];
  }
  const start = abs(v) < 30
    ? (x / 2) ** v / gamma(v + 1)
    : signOfGamma(v + 1) * exp(v * log(x / 2) - gammaln(v + 1));
  return sum * start * 10 ** (scale / 2) * 10 ** (scale / 2);
}

function signOfGamma(x: number): number {
  return x > 0 || Math.floor(x) % 2 === 0 ? 1 : -1;
}

/** Bessel function of the first kind `J_v(x)`. */
export function besselJ(v: number, x: number): number {
  if (Number.isNaN(v) || Number.isNaN(x)) return NaN;
  if (abs(x) === Infinity) return 0;
  const parity = v % 2 === 0 ? 1 : -1;
  if (x < 0) return Number.isInteger(v) ? parity * besselJ(v, -x) : NaN;
  if (v < 0 && Number.isInteger(v)) return parity * besselJ(-v, x);
  if (x < 4 || x * x < v) return powerSeries(v, x, -1);
  if (x > 60 + v * v) return hankel(v, x);
  return Number.isInteger(v) ? circleIntegral(v, x) : schlaefliIntegral(v, x);
}

/** The mean of `cos(nθ − x sin θ)` over a circle; the trapezoidal rule converges exponentially. */
function circleIntegral(n: number, x: number): number {
  const count = 2 * Math.ceil(x / 2 + n + 30);
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const angle = 2 * PI * k / count;
    sum += cos(n * angle - x * sin(angle));
  }
  return sum / count;
}

function schlaefliIntegral(v: number, x: number): number {
  const wave = integral((t) => cos(v * t - x * sin(t)), PI, 8 * (x + abs(v) + 30));
  const end = Math.asinh((45 + 10 * abs(v)) / x);
  const decay = integral((t) => exp(-x * sinh(t) - v * t), end, 400);
  return (wave - sin(v * PI) * decay) / PI;
}

/** Integral from 0 to `end` by the double exponential formula. */
function integral(f: (t: number) => number, end: number, points: number): number {
  const step = 7 / points;
  let sum = 0;
  for (let k = -points / 2; k <= points / 2; k++) {
    const s = PI / 2 * sinh(k * step);
    const [position, density] = [1 / (1 + exp(-2 * s)), 1 / Math.cosh(s) ** 2];
    sum += f(end * position) * density * Math.cosh(k * step);
  }
  return sum * step * end * PI / 4;
}

/** Hankel's expansion for large `x`. */
function hankel(v: number, x: number): number {
  const mu = 4 * v * v;
  let [p, q, term] = [1, 0, 1];
  for (let k = 1; k < 30; k++) {
    const next = term * (mu - (2 * k - 1) ** 2) / (k * 8 * x);
    if (abs(next) > abs(term) || abs(next) < 1e-18) break;
    term = next;
    const sign = k % 4 < 2 ? 1 : -1;
    if (k % 2 === 1) q += sign * term;
    else p += (k % 4 === 0 ? 1 : -1) * term;
  }
  const phase = (v / 2 + 0.25) * PI;
  const [c, s] = [
    cos(x) * cos(phase) + sin(x) * sin(phase),
    sin(x) * cos(phase) - cos(x) * sin(phase),
  ];
  return sqrt(2 / (PI * x)) * (p * c - q * s);
}
