/**
 * @file Products with chosen blocks of a matrix, and the softmax in two levels made of them.
 */

import { fail } from "../errors.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { Size, TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { add, intDiv, mod, mul } from "./arithmetic.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { get } from "./indexing.ts";
import { arange } from "./ranges.ts";
import { sum } from "./reduce.ts";
import { flatten, reshape } from "./reshape.ts";
import { softmax } from "./softmax.ts";
import { slice } from "./subtensor_index.ts";
import { take } from "./take.ts";
import { dot, tensordot } from "./tensordot.ts";
import { zeros } from "./alloc.ts";

/**
 * For each example a product with chosen blocks: `b[out] + Σ_in h[in] · W[in, out]`.
 *
 * Shapes: `W (inBlocks, outBlocks, in, out)`, `h (batch, inChosen, in)`, `inputIdx (batch, inChosen)`,
 * `b (outBlocks, out)`, `outputIdx (batch, outChosen)` → `(batch, outChosen, out)`. Without the batch
 * axis in `h` and the indices, one example.
 * Dtypes: upcast of all; integers for the indices.
 * Gradient: of `W`, `h` and `b`.
 * Theano: `theano.tensor.nnet.blocksparse.sparse_block_dot`.
 *
 * @param W The blocks.
 * @param h The inputs of each example, block by block.
 * @param inputIdx Which blocks they belong to.
 * @param b The bias of each output block.
 * @param outputIdx Which output blocks are wanted.
 */
export function sparseBlockDot(
  W: TensorLike,
  h: TensorLike,
  inputIdx: TensorLike,
  b: TensorLike,
  outputIdx: TensorLike,
): TensorVariable {
  const given = [h, inputIdx, outputIdx].map((x) => asTensorVariable(x));
  const [x, from, to] = given as [TensorVariable, TensorVariable, TensorVariable];
  if (from.ndim !== x.ndim - 1 || to.ndim !== from.ndim || (x.ndim !== 2 && x.ndim !== 3)) {
    const types = given.map((v) => `${v} (${v.type})`).join(", ");
    fail("AssertionError", `apply sparseBlockDot to ${types}`, "the numbers of axes do not fit");
  }
  if (x.ndim === 2) {
    const one = (v: TensorVariable): TensorVariable =>
      dimshuffle(v, "x", ...v.broadcastable.keys());
    return sparseBlockDot(W, one(x), one(from), b, one(to));
  }
  const blocks = get(W, dimshuffle(from, 0, 1, "x"), dimshuffle(to, 0, "x", 1));
  const products = mul(dimshuffle(x, 0, 1, "x", 2, "x"), blocks);
  return add(take(b, to, { axis: 0 }), sum(products, { axis: [1, 3] }));
}

/**
 * Softmax in two levels: over classes, then over the outputs within a class.
 *
 * Shapes: `x (batch, features)`, `W1 (features, classes)`, `b1 (classes)`,
 * `W2 (classes, features, perClass)`, `b2 (classes, perClass)` → `(batch, outputs)`; with targets
 * `(batch)`.
 * Dtypes: floats, upcast of all.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.h_softmax`.
 * Source: J. Goodman, "Classes for fast maximum entropy training" (2001).
 *
 * @param x The inputs.
 * @param batchSize Number of examples.
 * @param nOutputs Number of outputs.
 * @param nClasses Number of classes.
 * @param nOutputsPerClass Number of outputs a class.
 * @param weights `W1`, `b1`, `W2` and `b2`, then the output wanted for each example; without it the
 *   probabilities of all outputs.
 */
export function hSoftmax(
  x: TensorLike,
  batchSize: Size,
  nOutputs: Size,
  nClasses: Size,
  nOutputsPerClass: Size,
  ...weights: readonly [
    W1: TensorLike,
    b1: TensorLike,
    W2: TensorLike,
    b2: TensorLike,
    ...target: Given<{ readonly target?: TensorLike | null }, [target?: TensorLike | null]>,
  ]
): TensorVariable {
  const [W1, b1, W2, b2, ...given] = weights;
  const { target } = optional<{ target?: TensorLike | null }>("hSoftmax", ["target"], given);
  const classes = softmax(add(dot(x, W1), b1));
  if (target !== undefined && target !== null) {
    const outputs = flatten(target);
    const chosen = intDiv(outputs, nOutputsPerClass);
    const within = mod(outputs, nOutputsPerClass);
    const inputs = dimshuffle(asTensorVariable(x), 0, "x", 1);
    const blocks = dimshuffle(asTensorVariable(W2), "x", 0, 1, 2);
    const first = zeros([batchSize, 1], { dtype: "int32" });
    const activations = sparseBlockDot(blocks, inputs, first, b2, dimshuffle(chosen, 0, "x"));
    const rows = arange(batchSize);
    return mul(
      get(classes, rows, chosen),
      get(softmax(dimshuffle(activations, 0, 2)), rows, within),
    );
  }
  const activations = add(tensordot(x, W2, { axes: [[1], [1]] }), b2);
  const each = reshape(softmax(reshape(activations, [-1, nOutputsPerClass])), [
    batchSize,
    nClasses,
    -1,
  ]);
  const all = reshape(mul(dimshuffle(classes, 0, 1, "x"), each), [batchSize, -1]);
  return get(all, ":", slice(null, nOutputs));
}
