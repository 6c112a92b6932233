/**
 * @file Whole numbers between ends that users give: which dtype holds them, and what is drawn.
 */

import { NDArray } from "../array/ndarray.ts";
import { sizeOf } from "../array/shape.ts";
import { type DType, dtypes, type Element, isDType } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { randomIntegers, type Range } from "./integers.ts";
import type { MersenneTwister } from "./mersenne_twister.ts";
import { broadcastParameters, type Parameter, shapeOfSize, type Size } from "./parameters.ts";

/** How {@linkcode integersBetween} draws. */
export interface IntegerOptions {
  /** The size asked for. */
  readonly size: Size | undefined;
  /** The dtype of the numbers. */
  readonly dtype: DType;
  /** How far below the upper end the largest number lies. */
  readonly excluded: bigint;
}

/**
 * Uniform whole numbers between two ends.
 *
 * Shapes: `low, high → size`.
 * Dtypes: bool or an integer.
 *
 * @param twister Where random bits come from.
 * @param ends The smallest number, and the upper end.
 * @param options Size, dtype and whether the upper end is included.
 * @returns An array, or a plain number without a size.
 * @throws {ValueError} If there is no number in a range, or the dtype cannot hold its ends.
 */
export function integersBetween(
  twister: MersenneTwister,
  ends: readonly [low: Parameter, high: Parameter],
  { size, dtype, excluded }: IntegerOptions,
): Element | NDArray {
  if (!isDType(dtype) || dtypes[dtype].limits === undefined) {
    raise("TypeError", `Unsupported dtype ${dtype} for randint`);
  }
  const [low, high] = ends;
  if (isWhole(low) && isWhole(high)) {
    const shape = shapeOfSize(size);
    const range = checkedRange(BigInt(low), BigInt(high) - excluded, dtype);
    return madeOf(twister, shape, dtype, range);
  }
  const parameters = broadcastParameters(ends, size);
  const rangeAt = (rank: number): Range => {
    const [from, to] = parameters.at(rank);
    return checkedRange(wholePart(from!), wholePart(to!) - excluded, dtype);
  };
  // All ranges are checked first, so that an error leaves the generator as it was.
  for (let rank = 0; rank < parameters.count; rank++) rangeAt(rank);
  return madeOf(twister, parameters.shape, dtype, rangeAt);
}

function madeOf(
  twister: MersenneTwister,
  shape: readonly number[] | undefined,
  dtype: DType,
  rangeAt: Range | ((rank: number) => Range),
): Element | NDArray {
  const data = randomIntegers(twister, sizeOf(shape ?? []), dtype, rangeAt);
  const made = NDArray.of(data, shape ?? [], dtype);
  return shape === undefined ? made.item<Element>() : made;
}

function isWhole(value: Parameter): value is number | bigint {
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
}

function wholePart(value: number): bigint {
  if (Number.isFinite(value)) return BigInt(Math.trunc(value));
  return fail("ValueError", "draw whole numbers", `an end of the range is ${value}`);
}

/** A range that has a number in it and that the dtype holds. */
function checkedRange(low: bigint, high: bigint, dtype: DType): Range {
  const [min, max] = dtypes[dtype].limits!;
  if (low < min) raise("ValueError", `low is out of bounds for ${dtype}`);
  if (high > max) raise("ValueError", `high is out of bounds for ${dtype}`);
  if (low > high) raise("ValueError", "low >= high");
  return { low, high };
}
