/**
 * @file Standard normal numbers from uniform ones.
 *
 * Source: G. E. P. Box and M. E. Muller, "A note on the generation of random normal deviates",
 * Annals of Mathematical Statistics 29 (1958).
 */

import type { DType } from "../dtype/dtype.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { add, intDiv, mod, mul } from "./arithmetic.ts";
import { get } from "./indexing.ts";
import { join } from "./join.ts";
import { gt, invert, lt, or } from "./logic.ts";
import { flatnonzero } from "./nonzero.ts";
import type { Extent } from "./random_size.ts";
import { prod } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { shapeI } from "./shape.ts";
import { slice } from "./subtensor_index.ts";
import { cos, log, sin, sqrt } from "./transcendental.ts";

/** Makes so many uniform numbers, between other ends than 0 and 1 if said. */
export type UniformSource = (
  count: TensorVariable,
  ends: { readonly low?: TensorLike; readonly high?: TensorLike },
) => TensorVariable;

/** Numbers beyond this are drawn again where they are to be cut off. */
const bound = 2;

/**
 * Standard normal numbers.
 *
 * Shapes: `→ extent`.
 * Dtypes: the one given.
 *
 * @param extent How many.
 * @param how Their dtype, and whether those further than 2 from 0 are drawn again.
 * @param uniform Where uniform numbers come from.
 */
export function boxMuller(
  { size, ndim }: Extent,
  { dtype, truncate }: { readonly dtype: DType; readonly truncate: boolean },
  uniform: UniformSource,
): TensorVariable {
  const count = prod(size, { dtype: "int64" });
  const even = add(count, mod(count, 2));
  const half = intDiv(even, 2);
  const numbers = uniform(even, {});
  const radius = sqrt(mul(-2, log(get(numbers, slice(0, half)))));
  const angle = mul(constant(2 * Math.PI, { dtype }), get(numbers, slice(half, null)));
  const directions = [cos(angle), sin(angle)] as const;
  const parts = directions.map((direction) => mul(radius, direction));
  const made = truncate ? withinBound(parts, directions, dtype, uniform) : join(0, ...parts);
  return reshape(get(made, slice(0, count)), size, { ndim });
}

/** The numbers within the bound, and for each other one of the same direction and another radius. */
function withinBound(
  parts: readonly TensorVariable[],
  directions: readonly TensorVariable[],
  dtype: DType,
  uniform: UniformSource,
): TensorVariable {
  const isBeyond = parts.map((part) => or(lt(part, -bound), gt(part, bound)));
  const kept = parts.map((part, i) => get(part, flatnonzero(invert(isBeyond[i]!))));
  const places = isBeyond.map((beyond) => flatnonzero(beyond));
  const counts = places.map((place) => asTensorVariable(shapeI(place, 0)));
  // A radius of at most 2 in any direction: the uniform number is at least exp(-2).
  const low = constant(Math.exp(-2), { dtype });
  const radius = sqrt(mul(-2, log(uniform(add(...counts), { low }))));
  const radii = [get(radius, slice(0, counts[0]!)), get(radius, slice(counts[0]!, null))];
  const again = radii.map((r, i) => mul(r, get(directions[i]!, places[i]!)));
  return join(0, kept[0]!, again[0]!, kept[1]!, again[1]!);
}
