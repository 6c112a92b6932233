/**
 * @file Elementary functions of complex numbers: the oracle of elementwise ops on complex dtypes.
 *
 * Source: the formulas by parts of Abramowitz and Stegun, chapter 4; inverse functions through
 * logarithms, on the branches of C99's Annex G.
 */

import { Complex } from "../dtype/dtype.ts";

const one = new Complex(1);
const i = new Complex(0, 1);

function plus(x: Complex, y: Complex): Complex {
  return new Complex(x.re + y.re, x.im + y.im);
}

function minus(x: Complex, y: Complex): Complex {
  return new Complex(x.re - y.re, x.im - y.im);
}

function times(x: Complex, y: Complex): Complex {
  return new Complex(x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re);
}

/** A complex number times a real one. */
export function scaled(x: Complex, factor: number): Complex {
  return new Complex(x.re * factor, x.im * factor);
}

function over(x: Complex, y: Complex): Complex {
  const d = y.re * y.re + y.im * y.im;
  return scaled(times(x, new Complex(y.re, -y.im)), 1 / d);
}

/** `e^x`. */
export function exp(x: Complex): Complex {
  const size = Math.exp(x.re);
  return new Complex(size * Math.cos(x.im), size * Math.sin(x.im));
}

/** Natural logarithm, its imaginary part in (−π, π]. */
export function log(x: Complex): Complex {
  return new Complex(Math.log(Math.hypot(x.re, x.im)), Math.atan2(x.im, x.re));
}

/** `log(1 + x)`, right for small `x`. */
export function log1p(x: Complex): Complex {
  const size = 0.5 * Math.log1p(2 * x.re + x.re * x.re + x.im * x.im);
  return new Complex(size, Math.atan2(x.im, 1 + x.re));
}

/** `e^x − 1`, right for small `x`. */
export function expm1(x: Complex): Complex {
  const half = Math.sin(x.im / 2);
  const re = Math.expm1(x.re) * Math.cos(x.im) - 2 * half * half;
  return new Complex(re, Math.exp(x.re) * Math.sin(x.im));
}

/** Square root with a real part that is not negative. */
export function sqrt(x: Complex): Complex {
  const size = Math.hypot(x.re, x.im);
  const re = Math.sqrt((size + x.re) / 2);
  const im = Math.sqrt((size - x.re) / 2);
  return new Complex(re, x.im < 0 || Object.is(x.im, -0) ? -im : im);
}

/** `x^y`; `0^0` is 1, and 0 to any other power that is not a positive real number is NaN. */
export function pow(x: Complex, y: Complex): Complex {
  if (y.re === 0 && y.im === 0) return one;
  if (x.re === 0 && x.im === 0) {
    return y.im === 0 && y.re > 0 ? new Complex(0) : new Complex(NaN, NaN);
  }
  return exp(times(y, log(x)));
}

/** Hyperbolic sine. */
export function sinh(x: Complex): Complex {
  return new Complex(Math.sinh(x.re) * Math.cos(x.im), Math.cosh(x.re) * Math.sin(x.im));
}

/** Hyperbolic cosine. */
export function cosh(x: Complex): Complex {
  return new Complex(Math.cosh(x.re) * Math.cos(x.im), Math.sinh(x.re) * Math.sin(x.im));
}

/** Hyperbolic tangent. */
export function tanh(x: Complex): Complex {
  const bottom = Math.cosh(2 * x.re) + Math.cos(2 * x.im);
  if (!Number.isFinite(bottom)) return new Complex(Math.sign(x.re));
  return new Complex(Math.sinh(2 * x.re) / bottom, Math.sin(2 * x.im) / bottom);
}

/** Sine. */
export function sin(x: Complex): Complex {
  return new Complex(Math.sin(x.re) * Math.cosh(x.im), Math.cos(x.re) * Math.sinh(x.im));
}

/** Cosine. */
export function cos(x: Complex): Complex {
  return new Complex(Math.cos(x.re) * Math.cosh(x.im), -Math.sin(x.re) * Math.sinh(x.im));
}

/** Tangent. */
export function tan(x: Complex): Complex {
  const turned = tanh(new Complex(-x.im, x.re));
  return new Complex(turned.im, -turned.re);
}

/** Inverse hyperbolic sine. */
export function arcsinh(x: Complex): Complex {
  return log(plus(x, sqrt(plus(times(x, x), one))));
}

/** Inverse hyperbolic cosine. */
export function arccosh(x: Complex): Complex {
  return log(plus(x, times(sqrt(plus(x, one)), sqrt(minus(x, one)))));
}

/** Inverse hyperbolic tangent. */
export function arctanh(x: Complex): Complex {
  return scaled(minus(log1p(x), log1p(scaled(x, -1))), 0.5);
}

/** Inverse sine. */
export function arcsin(x: Complex): Complex {
  const turned = arcsinh(times(i, x));
  return new Complex(turned.im, -turned.re);
}

/** Inverse cosine. */
export function arccos(x: Complex): Complex {
  const { re, im } = arcsin(x);
  return new Complex(Math.PI / 2 - re, -im);
}

/** Inverse tangent. */
export function arctan(x: Complex): Complex {
  const turned = arctanh(times(i, x));
  return new Complex(turned.im, -turned.re);
}

/** `1 / x`. */
export function reciprocal(x: Complex): Complex {
  return over(one, x);
}
