/**
 * @file Special functions in double, by series, continued fractions and integrals: the references of
 * the ops in `special.ts`. None shares a coefficient or an approximation with the lanes of
 * `core/scalar`; they are slower and good to about 1e-14.
 *
 * Source: M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions", chapters 6, 7 and 9;
 * C. Lanczos, "A precision approximation of the gamma function", 1964.
 */

const { abs, exp, floor, log, PI, sin, sqrt } = Math;
const twoOverRootPi = 2 / sqrt(PI);

/** Error function: its power series, or one less the complement. */
export function erf(x: number): number {
  if (Number.isNaN(x) || x === 0) return x;
  if (abs(x) > 2) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  let [term, sum] = [x, x];
  for (let n = 1; abs(term) > 1e-18 * abs(sum); n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return twoOverRootPi * exp(-x * x) * sum;
}

/** Complementary error function. */
export function erfc(x: number): number {
  if (x < 0.5 || Number.isNaN(x)) return 1 - erf(x);
  return exp(-x * x) * erfcx(x);
}

/** Scaled complementary error function: a continued fraction, or by the complement near 0. */
export function erfcx(x: number): number {
  if (x === Infinity) return 0;
  if (x < 2 || Number.isNaN(x)) return exp(x * x) * (x < 0.5 ? 1 - erf(x) : erfcOfMiddle(x));
  let tail = x;
  for (let n = 200; n > 0; n--) tail = x + n / 2 / tail;
  return 1 / (sqrt(PI) * tail);
}

/** `erfc x` between ½ and 2 by `e^(−x²)·2x/π ∫₀^∞ e^(−t²)/(x² + t²) dt`, with the trapezoidal rule. */
function erfcOfMiddle(x: number): number {
  const step = 0.2;
  let sum = 1 / (x * x) / 2;
  for (let t = step; t < 7; t += step) sum += exp(-t * t) / (x * x + t * t);
  const pole = 2 / (exp(2 * PI * x / step) - 1);
  return exp(-x * x) * 2 * x / PI * step * sum - pole;
}

/** Inverse error function: Newton's steps on {@linkcode erf}. */
export function erfinv(x: number): number {
  if (abs(x) >= 1 || Number.isNaN(x)) return abs(x) === 1 ? x * Infinity : NaN;
  if (abs(x) > 0.5) return x > 0 ? erfcinv(1 - x) : -erfcinv(1 + x);
  let y = x / twoOverRootPi;
  for (let i = 0; i < 8; i++) y -= halley((erf(y) - x) / (twoOverRootPi * exp(-y * y)), y);
  return y;
}

/** Inverse complementary error function: Newton's steps on {@linkcode erfcx}. */
export function erfcinv(x: number): number {
  if (!(x > 0 && x < 2)) return x === 0 ? Infinity : x === 2 ? -Infinity : NaN;
  if (x > 1.5) return -erfcinv(2 - x);
  if (x > 0.5) return erfinv(1 - x);
  let y = sqrt(-log(x));
  for (let i = 0; i < 12; i++) {
    const ratio = x < 1e-300 ? exp(y * y + log(x)) : x * exp(y * y);
    y -= halley((ratio - erfcx(y)) / twoOverRootPi, y);
  }
  return y;
}

/** Newton's step made a third-order one for functions with `f″ = −2y·f′`. */
function halley(step: number, y: number): number {
  return step / (1 + y * step);
}

const lanczos: readonly number[] = [
  0.99999999999980993,
  676.5203681218851,
  -1259.1392167224028,
  771.32342877765313,
  -176.61502916214059,
  12.507343278686905,
  -0.13857109526572012,
  9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/** `log Γ(x)` for `x > 0` by Stirling's series after the recurrence. */
function logGammaOfPositive(x: number): number {
  if (abs(x - 1) < 0.3 || abs(x - 2) < 0.3) return logGammaNearOneAndTwo(x);
  let [shift, z] = [0, x];
  while (z < 15) shift += log(z++);
  const u = 1 / (z * z);
  const series = ((-1 / 1680 * u + 1 / 1260) * u - 1 / 360) * u + 1 / 12;
  const more = series + ((-691 / 360360 * u + 1 / 1188) * u ** 4);
  return (z - 0.5) * log(z) - z + log(2 * PI) / 2 + more / z - shift;
}

/** The power series of `log Γ` around 1, whose coefficients are values of the zeta function. */
function logGammaNearOneAndTwo(x: number): number {
  const t = x < 1.5 ? x - 1 : x - 2;
  let [sum, power] = [x < 1.5 ? 0 : Math.log1p(t), t * t];
  for (let n = 2; n < 60; n++, power *= -t) sum += zeta(n) * power / n;
  return sum - 0.57721566490153286061 * t;
}

/** Riemann's zeta function of an integer of at least 2, by Euler and Maclaurin. */
function zeta(n: number): number {
  const m = 40;
  let sum = 0;
  for (let k = m - 1; k > 0; k--) sum += k ** -n;
  const tail = m ** (1 - n) / (n - 1) + m ** -n / 2;
  const first = n * m ** (-n - 1) / 12;
  const second = n * (n + 1) * (n + 2) * m ** (-n - 3) / 720;
  const third = n * (n + 1) * (n + 2) * (n + 3) * (n + 4) * m ** (-n - 5) / 30240;
  return sum + tail + first - second + third;
}

/** Sine of `πx`, exact at integers. */
function sinPi(x: number): number {
  const r = x - 2 * Math.round(x / 2);
  return abs(r) > 0.5 ? sin(PI * (r > 0 ? 1 - r : -1 - r)) : sin(PI * r);
}

/** `log |Γ(x)|`. */
export function gammaln(x: number): number {
  if (abs(x) === Infinity) return Infinity;
  if (x > 0 || Number.isNaN(x)) return x > 0 ? logGammaOfPositive(x) : x;
  if (x === floor(x)) return Infinity;
  return log(PI / abs(x * sinPi(x))) - logGammaOfPositive(-x);
}

/** Gamma function by Lanczos' sum. */
export function gamma(x: number): number {
  if (x === 0) return 1 / x;
  if (x < 0.5) return x === floor(x) ? NaN : PI / (sinPi(x) * gamma(1 - x));
  if (x > 172) return Infinity;
  if (x === floor(x)) return factorial(x - 1);
  const z = x - 1;
  const sum = lanczos.slice(1).reduce((a, c, i) => a + c / (z + i + 1), lanczos[0]!);
  const t = z + 7.5;
  const half = t ** ((z + 0.5) / 2);
  return sqrt(2 * PI) * half * exp(-t) * half * sum;
}

function factorial(n: number): number {
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return product;
}

/** Digamma function: the recurrence, then the asymptotic series. */
export function psi(x: number): number {
  if (x === 0) return -1 / x;
  if (x < 0) return x === floor(x) ? NaN : psi(1 - x) - PI / Math.tan(PI * (x - Math.round(x)));
  let [sum, z] = [0, x];
  while (z < 15) sum -= 1 / z++;
  const u = 1 / (z * z);
  const series = ((((1 / 132 * u - 1 / 240) * u + 1 / 252) * u - 1 / 120) * u + 1 / 12) * u;
  return x === Infinity ? x : sum + log(z) - 0.5 / z - series + 691 / 32760 * u ** 6;
}

/** Trigamma function: the recurrence, then the asymptotic series. */
export function triGamma(x: number): number {
  if (x <= 0) {
    return x === floor(x)
      ? (x === -Infinity ? NaN : Infinity)
      : (PI / sinPi(x)) ** 2 - triGamma(1 - x);
  }
  let [sum, z] = [0, x];
  while (z < 15) sum += 1 / z ** 2, z++;
  const u = 1 / (z * z);
  const series = ((((5 / 66 * u - 1 / 30) * u + 1 / 42) * u - 1 / 30) * u + 1 / 6) * u / z;
  return sum + 1 / z + u / 2 + series - 691 / 2730 * u ** 6 / z;
}
