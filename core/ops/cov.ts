/**
 * @file Covariances.
 */

import { isComplex, isFloat, isInteger } from "../dtype/dtype.ts";
import { config } from "../config/config.ts";
import { fail, raise } from "../errors.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { cast, maximum, mul, sub, trueDiv } from "./arithmetic.ts";
import { conj } from "./complex.ts";
import { padLeft } from "./dimshuffle.ts";
import { concatenate } from "./join.ts";
import { squeeze, transpose } from "./layout.ts";
import { dot } from "./tensordot.ts";
import { sum } from "./reduce.ts";
import { axisSize } from "./shape.ts";
import { itemVariable } from "./shape_item.ts";
import { mean } from "./statistics.ts";

/** Options of {@linkcode cov}. */
export interface CovOptions {
  /** More variables, in the form of `m`. */
  readonly y?: TensorLike | null;
  /** Whether rows are variables and columns observations, as by default, or the reverse. */
  readonly rowvar?: boolean;
  /** Whether to divide by the number of observations, not by one less. */
  readonly bias?: boolean;
  /** What to take from the number of observations; overrides `bias`. */
  readonly ddof?: number | null;
  /** How often each observation counts: integers. */
  readonly fweights?: TensorLike | null;
  /** The relative weight of each observation. */
  readonly aweights?: TensorLike | null;
}

const names = ["y", "rowvar", "bias", "ddof", "fweights", "aweights"] as const;

/**
 * The covariances of variables, from observations.
 *
 * Shapes: `(k, n) → (k, k)`; a vector is one variable and gives a scalar.
 * Dtypes: integers are computed in float64; without weights the number of observations, an int64,
 *   takes part in the upcast.
 * Gradient: to all floats.
 * Theano: `theano.tensor.cov`.
 *
 * @param m The observations, a matrix or vector.
 * @param given More variables, the meaning of rows, the divisor and weights.
 * @returns The covariances.
 * @throws {ValueError} If there are more than two axes, or `ddof` is not an integer.
 * @throws {TypeError} If the weights are not vectors, or `fweights` are not integers.
 */
export function cov(
  m: TensorLike,
  ...given: Given<
    CovOptions,
    [
      y?: TensorLike | null,
      rowvar?: boolean,
      bias?: boolean,
      ddof?: number | null,
      fweights?: TensorLike | null,
      aweights?: TensorLike | null,
    ]
  >
): TensorVariable {
  const options = optional<CovOptions>("cov", names, given);
  const { y = null, rowvar = true, bias = false, ddof = null } = options;
  if (ddof !== null && !Number.isInteger(ddof)) raise("ValueError", "ddof must be integer");
  const first = variablesInRows(m, rowvar);
  const x = y === null ? first : concatenate([first, variablesInRows(y, rowvar)]);
  const less = ddof ?? (bias ? 0 : 1);
  const { fweights = null, aweights = null } = options;
  const weights = weightsOf(x, fweights, aweights);
  const centred = sub(x, weights === null ? rowMeans(x) : weightedMeans(x, weights));
  const weighted = weights === null ? centred : mul(centred, weights);
  const turned = transpose(weighted);
  const products = dot(centred, isComplex(turned.dtype) ? conj(turned) : turned);
  return squeeze(trueDiv(products, divisor(x, weights, aweights, less)));
}

function variablesInRows(m: TensorLike, rowvar: boolean): TensorVariable {
  const given = asTensorVariable(m);
  if (given.ndim > 2) raise("ValueError", "m has more than 2 dimensions");
  const x = padLeft(isInteger(given.dtype) ? cast(given, "float64") : given, 2);
  return rowvar || x.broadcastable[0] ? x : transpose(x);
}

function rowMeans(x: TensorVariable): TensorVariable {
  return mean(x, { axis: 1, keepdims: true });
}

function weightedMeans(x: TensorVariable, weights: TensorVariable): TensorVariable {
  return trueDiv(sum(mul(x, weights), { axis: 1, keepdims: true }), sum(weights));
}

/** The weight of each observation, or null if all are 1. */
function weightsOf(
  x: TensorVariable,
  fweights: TensorLike | null,
  aweights: TensorLike | null,
): TensorVariable | null {
  const frequencies = fweights === null ? null : asTensorVariable(fweights);
  if (frequencies && (frequencies.ndim !== 1 || !isInteger(frequencies.dtype))) {
    raise("TypeError", `fweights must be an integer vector, not ${frequencies.type}`);
  }
  const weights = aweights === null ? null : asTensorVariable(aweights);
  if (weights && weights.ndim !== 1) {
    fail("TypeError", `weigh observations by ${weights} (${weights.type})`, "it is not a vector");
  }
  const dtype = isFloat(x.dtype) ? x.dtype : config.floatX;
  const both = [frequencies, weights].flatMap((w) => w === null ? [] : [cast(w, dtype)]);
  return both.length === 2 ? mul(both[0]!, both[1]!) : both[0] ?? null;
}

/** Source: NumPy's reference, `numpy.cov`, "Notes". A divisor below 0 counts as 0. */
function divisor(
  x: TensorVariable,
  weights: TensorVariable | null,
  aweights: TensorLike | null,
  ddof: number,
): TensorVariable {
  if (weights === null) return maximum(sub(itemVariable(axisSize(x, 1)), ddof), 0);
  const total = sum(weights);
  if (ddof === 0) return total;
  const share = aweights === null
    ? ddof
    : trueDiv(mul(ddof, sum(mul(weights, asTensorVariable(aweights)))), total);
  return maximum(sub(total, share), 0);
}
