/**
 * @file What users give a distribution: parameters that may be arrays, and the size of the result.
 */

import { array } from "../array/build.ts";
import { NDArray } from "../array/ndarray.ts";
import { broadcastShapes, broadcastStrides, sameShape, shapeText, sizeOf } from "../array/shape.ts";
import { type DType, makeStorage, type TypedArray } from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { halvesOf, storeWhole } from "./integers.ts";

/** The length of each axis of the result, one length for one axis, or null for a single number. */
export type Size = number | readonly number[] | NDArray | null;

/** A parameter of a distribution: a number, or (nested) numbers that broadcast with the others. */
export type Parameter = number | bigint | readonly unknown[] | TypedArray | NDArray;

/** Arguments that ask for one number: parameters that are numbers, and no size. */
export type Single<Options, Positions extends readonly unknown[]> =
  | readonly [...Positions, size?: null]
  | readonly [options: Options & { readonly size?: null }];

/** The option that all distributions have. */
export interface Sized {
  /** Length of each axis, one length, or null for a single number. */
  readonly size?: Size;
}

/** Options of `RandomState.uniform`. */
export interface UniformOptions<P = Parameter> {
  /** The smallest number; 0 if left out. */
  readonly low?: P;
  /** The end, not included; 1 if left out. */
  readonly high?: P;
}

/** Options of `RandomState.normal`. */
export interface NormalOptions<P = Parameter> {
  /** The mean; 0 if left out. */
  readonly loc?: P;
  /** The standard deviation; 1 if left out. */
  readonly scale?: P;
}

/** Options of `RandomState.randint`. */
export interface RandintOptions<P = Parameter> extends Sized {
  /** The end, not included; without it `low` is the end, and numbers start at 0. */
  readonly high?: P | null;
  /** The dtype of the numbers; int64 if left out. */
  readonly dtype?: DType;
}

/** Options of `RandomState.choice`. */
export interface ChoiceOptions extends Sized {
  /** Whether an element may be chosen again; true if left out. */
  readonly replace?: boolean;
  /** The probability of each element; all the same if left out. */
  readonly p?: Parameter | null;
}

/**
 * A size as the shape of an array; undefined if a single number is wanted.
 *
 * @param size What the user gave.
 * @throws {ValueError} If a length is negative.
 */
export function shapeOfSize(size: Size | undefined): readonly number[] | undefined {
  if (size === null || size === undefined) return undefined;
  const shape = size instanceof NDArray
    ? Array.from(size.data, Number)
    : typeof size === "number"
    ? [size]
    : size.map(Number);
  if (!shape.every(Number.isInteger)) {
    fail("TypeError", `draw numbers of size ${shapeText(shape)}`, "lengths are whole numbers");
  }
  if (shape.some((length) => length < 0)) {
    raise("ValueError", "negative dimensions are not allowed");
  }
  return shape;
}

/** Parameters ready to be drawn with. */
export interface Parameters {
  /** Shape of the result; undefined for a single number. */
  readonly shape: readonly number[] | undefined;
  /** How many numbers that is. */
  readonly count: number;
  /** The values of all parameters for one rank; the same list for each where all are numbers. */
  at(rank: number): readonly number[];
  /** Whether no parameter is an array with elements of its own. */
  readonly areNumbers: boolean;
}

/**
 * Broadcasts parameters with each other and to the size.
 *
 * Shapes: `a, b, … → size`, or their broadcast shape without a size.
 *
 * @param given The parameters, as numbers in double.
 * @param size The size asked for.
 * @throws {ValueError} If the parameters do not broadcast to the size.
 */
export function broadcastParameters(
  given: readonly Parameter[],
  size: Size | undefined,
): Parameters {
  const asked = shapeOfSize(size);
  if (given.every((value) => typeof value === "number")) {
    return { shape: asked, count: sizeOf(asked ?? []), at: () => given, areNumbers: true };
  }
  const arrays = given.map((value) => array(value, { dtype: "float64" }).dense());
  const shared = broadcastShapes(...arrays.map(({ shape }) => shape));
  const shape = asked ?? (shared.length === 0 ? undefined : shared);
  if (asked !== undefined && !isBroadcastOf(shared, asked)) {
    raise(
      "ValueError",
      `Output size ${shapeText(asked)} is not compatible with broadcast dimensions of inputs ` +
        `${shapeText(shared)}.`,
    );
  }
  const target = shape ?? [];
  const walks = arrays.map((values) => walkOf(values, target));
  return {
    shape,
    count: sizeOf(target),
    at: (rank) => walks.map((walk) => walk(rank)),
    areNumbers: shared.length === 0,
  };
}

function isBroadcastOf(shape: readonly number[], target: readonly number[]): boolean {
  const shift = target.length - shape.length;
  return shift >= 0 && shape.every((length, i) => length === 1 || length === target[i + shift]);
}

/** Reads an array as if it had the target shape, by rank in C order. */
function walkOf(values: NDArray, target: readonly number[]): (rank: number) => number {
  const data = values.data as Float64Array;
  if (values.size === 1) return () => data[0]!;
  if (sameShape(values.shape, target)) return (rank) => data[rank]!;
  const strides = broadcastStrides(values.shape, values.strides, target);
  return (rank) => {
    let position = 0;
    let left = rank;
    for (let axis = target.length - 1; axis >= 0; axis--) {
      const length = target[axis]!;
      position += (left % length) * strides[axis]!;
      left = Math.floor(left / length);
    }
    return data[position]!;
  };
}

/**
 * Refuses parameters that no distribution has.
 *
 * @param parameters The parameters.
 * @param isRight Whether one set of values may be drawn with.
 * @param text NumPy's message.
 * @throws {ValueError} If a set may not.
 */
export function checkParameters(
  parameters: Parameters,
  isRight: (...values: (number | undefined)[]) => boolean,
  text: string,
): void {
  const ranks = parameters.areNumbers ? 1 : parameters.count;
  for (let rank = 0; rank < ranks; rank++) {
    if (!isRight(...parameters.at(rank))) raise("ValueError", text);
  }
}

/**
 * Draws so many numbers: one as a plain number, several as an array.
 *
 * @param parameters The parameters, checked.
 * @param dtype The dtype of the result: float64 or int64.
 * @param samplerOf What draws with one set of parameters.
 */
export function draw(
  parameters: Parameters,
  dtype: "float64" | "int64",
  samplerOf: (...values: number[]) => () => number,
): number | NDArray {
  const { shape, count, at, areNumbers } = parameters;
  const first: ((rank: number) => number) | undefined = areNumbers
    ? samplerOf(...at(0))
    : undefined;
  if (shape === undefined) return first!(0);
  const out = makeStorage(dtype, count);
  const next = first ?? samplerByRank(parameters, samplerOf);
  if (dtype === "int64") {
    const halves = halvesOf(out);
    for (let rank = 0; rank < count; rank++) storeWhole(halves, rank, next(rank));
  } else {
    for (let rank = 0; rank < count; rank++) out[rank] = next(rank);
  }
  return NDArray.of(out, shape, dtype);
}

function samplerByRank(
  { at }: Parameters,
  samplerOf: (...values: number[]) => () => number,
): (rank: number) => number {
  return (rank) => samplerOf(...at(rank))();
}
