/**
 * @file Derivatives of reading parts of a tensor and writing to them.
 */

import { isComplex } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { gradUndefined } from "../graph/special_types.ts";
import type { Apply } from "../graph/variable.ts";
import {
  AdvancedIncSubtensor,
  AdvancedIncSubtensor1,
  AdvancedSubtensor,
  AdvancedSubtensor1,
} from "../ops/advanced_subtensor.ts";
import { IncSubtensor, Subtensor } from "../ops/subtensor.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import {
  type Derivative,
  firstConnected,
  type Gradient,
  type OutputGradient,
  type Tangent,
} from "./derivative.ts";
import { again, filledTangents, sumToPattern, tensorInputs } from "./structural.ts";
import { zerosFor } from "./values.ts";

type Reading = Subtensor | AdvancedSubtensor1 | AdvancedSubtensor;
type Writing = IncSubtensor | AdvancedIncSubtensor1 | AdvancedIncSubtensor;

/** Reading: the gradient is added to zeros where the elements came from. */
export const subtensor: Derivative = {
  lop: (node, [g], wanted) => {
    const [x, ...index] = tensorInputs(node);
    const adding = writingLike(node.op as Reading, false);
    return [
      wanted[0] ? again(adding, zerosFor(x!), g!, ...index) : undefined,
      ...index.map(() => undefined),
    ];
  },
  rop: (node, [point]) => [point && again(node.op, point, ...tensorInputs(node).slice(1))],
  connectionPattern: firstConnected(1),
};

/** Writing: the tensor gets the gradient, but for what was replaced; the value gets its part. */
export const incSubtensor: Derivative = {
  lop: writingLop,
  rop: writingRop,
  connectionPattern: firstConnected(2),
};

function writingLop(
  node: Apply,
  [g]: readonly OutputGradient[],
  wanted: readonly boolean[],
): readonly Gradient[] {
  const [x, y, ...index] = tensorInputs(node);
  if (isComplex(x!.dtype)) raise("NotImplementedError", "No support for complex grad yet");
  const op = node.op as Writing;
  const reading = readingLike(op);
  const replacing = writingLike(reading, true);
  const ofTensor = op.setInsteadOfInc && wanted[0]
    ? again(replacing, g!, zerosFor(y!), ...index)
    : g;
  const ofValue = wanted[1] ? sumToPattern(again(reading, g!, ...index), y!) : undefined;
  return [ofTensor, ofValue, ...index.map(() => undefined)];
}

function writingRop(
  node: Apply,
  points: readonly (TensorVariable | undefined)[],
): readonly Tangent[] {
  const [, , ...index] = tensorInputs(node);
  const [x, y] = filledTangents(node, points);
  const op = node.op as Writing;
  return [again(writingLike(readingLike(op), op.setInsteadOfInc), x!, y!, ...index)];
}

/** The op that writes where another reads. */
function writingLike(op: Reading, setInsteadOfInc: boolean): Writing {
  if (op instanceof Subtensor) return new IncSubtensor(op.idxList, { setInsteadOfInc });
  if (op instanceof AdvancedSubtensor1) return new AdvancedIncSubtensor1({ setInsteadOfInc });
  return new AdvancedIncSubtensor(op.idxList, { setInsteadOfInc });
}

/** The op that reads where another writes. */
function readingLike(op: Writing): Reading {
  if (op instanceof IncSubtensor) return new Subtensor(op.idxList);
  if (op instanceof AdvancedIncSubtensor1) return new AdvancedSubtensor1();
  return new AdvancedSubtensor(op.idxList);
}

/** Where elements are not zero does not change smoothly. */
export const nonzero: Derivative = {
  lop: (node) => node.inputs.map((x, i) => gradUndefined(node.op, i, x)),
};
