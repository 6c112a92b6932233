/**
 * @file Counts of predicted against actual classes, and matrices with a leading column.
 */

import { raise } from "../errors.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { allocItems } from "./alloc.ts";
import { cast } from "./arithmetic.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { concatenate, join } from "./join.ts";
import { transpose } from "./layout.ts";
import { eq } from "./logic.ts";
import { axisSize } from "./shape.ts";
import { dot } from "./tensordot.ts";
import { Unique } from "./unique.ts";

/**
 * How often each class was predicted for each class.
 *
 * Shapes: `(n), (n) → (k, k), (k)` with `k` the number of classes that occur.
 * Dtypes: counts are int64; the classes upcast of both.
 * Theano: `theano.tensor.nnet.confusion_matrix`.
 *
 * @param actual The class of each example.
 * @param pred The class predicted for it.
 * @returns Counts, a row for each actual and a column for each predicted class; and the classes.
 * @throws {ValueError} If one is no vector.
 */
export function confusionMatrix(
  actual: TensorLike,
  pred: TensorLike,
): [counts: TensorVariable, classes: TensorVariable] {
  const [truth, guess] = [asTensorVariable(actual), asTensorVariable(pred)];
  if (truth.ndim !== 1) raise("ValueError", "actual must be 1-d tensor variable");
  if (guess.ndim !== 1) raise("ValueError", "pred must be 1-d tensor variable");
  const classes = new Unique().call(concatenate([truth, guess])) as TensorVariable;
  const marks = (x: TensorVariable): TensorVariable =>
    cast(eq(dimshuffle(x, 0, "x"), classes), "int64");
  return [dot(transpose(marks(truth)), marks(guess)), classes];
}

/**
 * A matrix with a new first column of one value.
 *
 * Shapes: `(), (n, m) → (n, m + 1)`.
 * Dtypes: the matrix's.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.prepend_scalar_to_each_row`.
 *
 * @param val The value.
 * @param mat The matrix.
 * @throws {TypeError} If `val` is no scalar or `mat` no matrix.
 */
export function prependScalarToEachRow(val: TensorLike, mat: TensorLike): TensorVariable {
  const [value, matrix] = [asTensorVariable(val), asTensorVariable(mat)];
  if (value.ndim !== 0) raise("TypeError", `scalar expected, not ${value} (${value.type})`);
  if (matrix.ndim !== 2) raise("TypeError", `matrix expected, not ${matrix} (${matrix.type})`);
  const column = allocItems(cast(value, matrix.dtype), [axisSize(matrix, 0), 1]);
  return join(1, column, matrix);
}

/**
 * A matrix with a new first column of zeros.
 *
 * Shapes: `(n, m) → (n, m + 1)`.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.prepend_0_to_each_row`.
 *
 * @param mat The matrix.
 */
export function prepend0ToEachRow(mat: TensorLike): TensorVariable {
  return prependScalarToEachRow(0, mat);
}

/**
 * A matrix with a new first column of ones.
 *
 * Shapes: `(n, m) → (n, m + 1)`.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.nnet.prepend_1_to_each_row`.
 *
 * @param mat The matrix.
 */
export function prepend1ToEachRow(mat: TensorLike): TensorVariable {
  return prependScalarToEachRow(1, mat);
}
