/**
 * @file Special functions: error, gamma and Bessel functions.
 *
 * Those of two arguments have no lane: their series and continued fractions take as many steps as the
 * arguments want, and the scalar language has no loop. They are computed by their reference.
 */

import { raise } from "../errors.ts";
import * as fn from "../scalar/functions.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { add, cast, mul, neg, sqr, sub, trueDiv } from "./arithmetic.ts";
import { type Binary, binary, type Unary, unary } from "./elementwise.ts";
import type { Partial } from "./scalar_op.ts";
import * as integrals from "./special_integrals.ts";
import * as reference from "./special_reference.ts";
import { exp } from "./transcendental.ts";

const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/** A number in the dtype of another result. */
function like(x: TensorVariable, value: number): TensorVariable {
  return cast(value, x.dtype);
}

/** Error function `2/√π ∫₀ˣ e^(−t²) dt`. */
export const erf: Unary = unary({
  name: "erf",
  dtype: "floatUp",
  ref: reference.erf,
  body: fn.erf,
  partials: [(y, x) => mul(like(y, twoOverRootPi), exp(neg(sqr(x!))))],
  domain: [-3, 3],
  ulp: { wasm: 2, wgsl: 8 },
  facts: { odd: true, increasing: true, range: [-1, 1], inverse: "erfinv" },
});

/** Complementary error function `1 − erf x`. */
export const erfc: Unary = unary({
  name: "erfc",
  dtype: "floatUpNoComplex",
  ref: reference.erfc,
  body: fn.erfc,
  partials: [(y, x) => mul(like(y, -twoOverRootPi), exp(neg(sqr(x!))))],
  domain: [-3, 5],
  ulp: { wasm: 8, wgsl: 32 },
  facts: { range: [0, 2], inverse: "erfcinv" },
});

/** Scaled complementary error function `e^(x²)·erfc x`. */
export const erfcx: Unary = unary({
  name: "erfcx",
  dtype: "floatUpNoComplex",
  ref: reference.erfcx,
  body: fn.erfcx,
  partials: [(y, x) => add(like(y, -twoOverRootPi), mul(mul(2, x!), y))],
  domain: [-2, 20],
  ulp: { wasm: 8, wgsl: 32 },
  facts: { range: [0, Infinity] },
});

/** Inverse error function. */
export const erfinv: Unary = unary({
  name: "erfinv",
  dtype: "floatUpNoComplex",
  ref: reference.erfinv,
  body: fn.erfinv,
  partials: [(y) => mul(like(y, 1 / twoOverRootPi), exp(sqr(y)))],
  domain: [-0.9, 0.9],
  ulp: { wasm: 6, wgsl: 32 },
  facts: { odd: true, increasing: true, inverse: "erf" },
});

/** Inverse complementary error function. */
export const erfcinv: Unary = unary({
  name: "erfcinv",
  dtype: "floatUpNoComplex",
  ref: reference.erfcinv,
  body: fn.erfcinv,
  partials: [(y) => mul(like(y, -1 / twoOverRootPi), exp(sqr(y)))],
  domain: [0.01, 1.9],
  ulp: { wasm: 6, wgsl: 32 },
  facts: { inverse: "erfc" },
});

/** Gamma function. */
export const gamma: Unary = unary({
  name: "gamma",
  dtype: "floatUp",
  ref: reference.gamma,
  body: fn.gamma,
  partials: [(y, x) => mul(y, psi(x!))],
  domain: [0.1, 20],
  ulp: { wasm: 10, wgsl: 64 },
});

/** Logarithm of the size of the gamma function. */
export const gammaln: Unary = unary({
  name: "gammaln",
  className: "GammaLn",
  dtype: "floatUp",
  ref: reference.gammaln,
  body: fn.gammaln,
  partials: [(_y, x) => psi(x!)],
  domain: [0.1, 20],
  ulp: { wasm: 8, wgsl: 64 },
});

/** Digamma function, the derivative of {@linkcode gammaln}. */
export const psi: Unary = unary({
  name: "psi",
  dtype: "floatUp",
  ref: reference.psi,
  body: fn.psi,
  partials: [(_y, x) => triGamma(x!)],
  domain: [0.1, 20],
  ulp: { wasm: 10, wgsl: 64 },
});

/** Trigamma function, the derivative of {@linkcode psi}. It has no gradient. */
export const triGamma: Unary = unary({
  name: "tri_gamma",
  dtype: "floatUp",
  ref: reference.triGamma,
  body: fn.triGamma,
  domain: [0.1, 20],
  ulp: { wasm: 8, wgsl: 64 },
});

/** Bessel function `J₀`. */
export const j0: Unary = unary({
  name: "j0",
  dtype: "floatUp",
  ref: (x) => integrals.besselJ(0, x),
  body: fn.j0,
  partials: [(_y, x) => neg(j1(x!))],
  domain: [-20, 20],
  ulp: { wasm: 16, wgsl: 64 },
  facts: { even: true, range: [-1, 1] },
});

/** Bessel function `J₁`. */
export const j1: Unary = unary({
  name: "j1",
  dtype: "floatUp",
  ref: (x) => integrals.besselJ(1, x),
  body: fn.j1,
  partials: [(y, x) => sub(j0(x!), trueDiv(y, x!))],
  domain: [-20, 20],
  ulp: { wasm: 16, wgsl: 64 },
  facts: { odd: true, range: [-1, 1] },
});

/** Modified Bessel function `I₀`. */
export const i0: Unary = unary({
  name: "i0",
  dtype: "floatUp",
  ref: (x) => integrals.besselI(0, x),
  body: fn.i0,
  partials: [(_y, x) => i1(x!)],
  domain: [-20, 20],
  ulp: { wasm: 5, wgsl: 32 },
  facts: { even: true, range: [1, Infinity] },
});

/** Modified Bessel function `I₁`. */
export const i1: Unary = unary({
  name: "i1",
  dtype: "floatUp",
  ref: (x) => integrals.besselI(1, x),
  body: fn.i1,
  partials: [(y, x) => sub(i0(x!), trueDiv(y, x!))],
  domain: [-20, 20],
  ulp: { wasm: 5, wgsl: 32 },
  facts: { odd: true, increasing: true },
});

/** No derivative by the order of a Bessel function. */
function byOrder(name: string): Partial {
  return () =>
    raise(
      "NullTypeGradError",
      `tensor.grad encountered a NaN: no gradient of ${name} by its order`,
    );
}

/** Bessel function `J_v(x)` of order `v`. */
export const jv: Binary = binary({
  name: "jv",
  dtype: "floatUpcast",
  ref: integrals.besselJ,
  partials: [
    byOrder("jv"),
    (_z, v, x) => mul(like(x!, 0.5), sub(jv(sub(v!, 1), x!), jv(add(v!, 1), x!))),
  ],
  domain: [[0, 5], [0.1, 20]],
});

/** Modified Bessel function `I_v(x)` of order `v`. */
export const iv: Binary = binary({
  name: "iv",
  dtype: "floatUpcast",
  ref: integrals.besselI,
  partials: [
    byOrder("iv"),
    (_z, v, x) => mul(like(x!, 0.5), add(iv(sub(v!, 1), x!), iv(add(v!, 1), x!))),
  ],
  domain: [[0, 5], [0.1, 20]],
});

/** Regularised lower incomplete gamma function `P(k, x)`. It has no gradient. */
export const gammainc: Binary = binary({
  name: "gammainc",
  className: "GammaInc",
  dtype: "floatUpcast",
  ref: integrals.gammainc,
  domain: [[0.1, 10], [0.1, 10]],
});

/** Regularised upper incomplete gamma function `Q(k, x)`. It has no gradient. */
export const gammaincc: Binary = binary({
  name: "gammaincc",
  className: "GammaIncC",
  dtype: "floatUpcast",
  ref: integrals.gammaincc,
  domain: [[0.1, 10], [0.1, 10]],
});

/** Upper incomplete gamma function `Γ(k)·Q(k, x)`. It has no gradient. */
export const gammau: Binary = binary({
  name: "gammau",
  className: "GammaU",
  dtype: "floatUpcast",
  ref: (k, x) => integrals.gammaincc(k, x) * reference.gamma(k),
  domain: [[0.1, 10], [0.1, 10]],
});

/** Lower incomplete gamma function `Γ(k)·P(k, x)`. It has no gradient. */
export const gammal: Binary = binary({
  name: "gammal",
  className: "GammaL",
  dtype: "floatUpcast",
  ref: (k, x) => integrals.gammainc(k, x) * reference.gamma(k),
  domain: [[0.1, 10], [0.1, 10]],
});

/** Survival function of the χ² distribution: how likely is more than `x` with `k` degrees of freedom. */
export const chi2sf: Binary = binary({
  name: "chi2sf",
  className: "Chi2SF",
  dtype: () => "float64",
  ref: (x, k) => integrals.gammaincc(k / 2, x / 2),
  domain: [[0.1, 10], [0.1, 10]],
});
