/**
 * @file What `MRG_RandomStreams` refuses, with Theano's messages.
 */

import { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import type { MrgChoiceOptions, MrgSize } from "./random_options.ts";
import { listOf } from "./random_size.ts";

/**
 * Refuses a size with a length that is not positive, and what is no size.
 *
 * @param size What the user gave.
 * @throws {ValueError} If a length is not positive.
 * @throws {TypeError} If it is no list and no vector.
 */
export function checkSize(size: unknown): void {
  const isVector = size instanceof TensorVariable && size.ndim === 1;
  const isList = Array.isArray(size) || size instanceof NDArray || ArrayBuffer.isView(size);
  if (!isVector && !isList) {
    raise(
      "TypeError",
      `size must be a tuple of int or a Theano Variable with 1 dimension, got ${size}`,
    );
  }
  if (isVector) return;
  const lengths = listOf(size as Exclude<MrgSize, TensorVariable>);
  if (lengths.some((length) => !(length instanceof TensorVariable) && !(Number(length) > 0))) {
    raise(
      "ValueError",
      `The specified size contains a dimension with value <= 0: (${lengths.join(", ")})`,
    );
  }
}

/**
 * Refuses an argument that is there for symmetry only.
 *
 * @param name The argument.
 * @param value What the user gave, if anything.
 * @throws {ValueError} If there is something.
 */
export function refuseArgument(name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  raise(
    "ValueError",
    `Provided ${name === "ndim" ? "an" : "a"} ${name} argument to MRG_RandomStreams.multinomial, ` +
      `which does not use the ${name} argument.`,
  );
}

/**
 * Refuses what `MRG_RandomStreams.choice` cannot do.
 *
 * @param options What the user gave.
 * @returns The probabilities.
 * @throws {NotImplementedError} If outcomes may occur twice.
 * @throws {TypeError} If `a` is given or `p` is not.
 * @throws {ValueError} If a number of axes is given.
 */
export function checkChoice({ replace = true, a, p, ndim }: MrgChoiceOptions): TensorLike {
  if (replace) {
    raise(
      "NotImplementedError",
      "MRG_RandomStreams.choice only works without replacement for now.",
    );
  }
  if (a !== undefined && a !== null) {
    raise(
      "TypeError",
      "For now, a has to be None in MRG_RandomStreams.choice. Sampled values are between 0 and " +
        "p.shape[1]-1",
    );
  }
  if (p === undefined || p === null) {
    raise("TypeError", "For now, p has to be specified in MRG_RandomStreams.choice.");
  }
  if (ndim !== undefined && ndim !== null) {
    raise("ValueError", "ndim argument to MRG_RandomStreams.choice is not used.");
  }
  return p;
}
