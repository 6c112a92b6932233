/**
 * @file Crossentropy between distributions and classes given by number.
 */

import type { NDArray } from "../array/ndarray.ts";
import { type DType, isFloat, isInteger } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { applyOp, call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { allocItems } from "./alloc.ts";
import { maxAndArgmax } from "./argmax.ts";
import { arrayOf, numbersOf } from "./elements.ts";
import type { Shape } from "./kind.ts";
import { axisSize } from "./shape.ts";
import { biasedRows, checkBias, logSoftmaxOfRow, rowsOf, softmaxOfRow } from "./softmax.ts";
import { StructuralOp } from "./structural.ts";

function checkClasses(classes: TensorVariable): void {
  if (classes.ndim !== 1 || !isInteger(classes.dtype)) {
    raise("ValueError", `y_idx must be 1-d tensor of [u]ints, not ${classes} (${classes.type})`);
  }
}

/** The classes, if there is one for each row and each is a column. */
function checkedClasses(classes: NDArray, [rows, columns]: readonly number[]): number[] {
  if (classes.shape[0] !== rows) {
    raise("ValueError", "y_idx must have same number of rows as x");
  }
  const numbers = numbersOf(classes);
  if (numbers.some((k) => k < 0 || k >= columns!)) {
    raise("ValueError", "y_i value out of bounds");
  }
  return numbers;
}

/**
 * From `x`, a bias and classes: the negative log likelihood of each class under the softmax of its
 * row of `x + b`, that softmax, and the likeliest class of each row.
 */
export class CrossentropySoftmaxArgmax1HotWithBias extends StructuralOp {
  readonly kind = "crossentropy";
  readonly name = "CrossentropySoftmaxArgmax1HotWithBias";

  makeNode(x: TensorVariable, b: TensorVariable, classes: TensorVariable): Apply {
    checkBias(x, b);
    checkClasses(classes);
    const losses = new TensorType(x.dtype, classes.broadcastable).makeVariable();
    return new Apply(this, [x, b, classes], [
      losses,
      x.type.makeVariable(),
      classes.type.makeVariable(),
    ]);
  }

  inferShape(_: Apply, [x, , classes]: readonly Shape[]): readonly Shape[] {
    return [classes!, x!, classes!];
  }

  perform(_: Apply, [x, b, classes]: readonly NDArray[]): NDArray[] {
    const rows = biasedRows(x!, b!);
    const numbers = checkedClasses(classes!, x!.shape);
    const losses = rows.map((row, i) => -logSoftmaxOfRow(row)[numbers[i]!]!);
    const likeliest = rows.map((row) => row.indexOf(Math.max(...row)));
    return [
      arrayOf(losses, [rows.length], x!.dtype),
      arrayOf(rows.flatMap(softmaxOfRow), x!.shape, x!.dtype),
      arrayOf(likeliest, [rows.length], classes!.dtype),
    ];
  }
}

/**
 * The gradient of a {@linkcode CrossentropySoftmaxArgmax1HotWithBias} by `x`, from the gradient of
 * its losses (one a row, or a scalar for all), its softmax, and the classes.
 */
export class CrossentropySoftmax1HotWithBiasDx extends StructuralOp {
  readonly kind = "crossentropy";
  readonly name = "CrossentropySoftmax1HotWithBiasDx";

  makeNode(g: TensorVariable, softmax: TensorVariable, classes: TensorVariable): Apply {
    if (g.ndim > 1 || !isFloat(g.dtype)) {
      raise("ValueError", `dy must be {0,1}-d tensor of floats, not ${g} (${g.type})`);
    }
    if (softmax.ndim !== 2 || !isFloat(softmax.dtype)) {
      raise("ValueError", `sm must be 2-d tensor of floats, not ${softmax} (${softmax.type})`);
    }
    checkClasses(classes);
    return new Apply(this, [g, softmax, classes], [softmax.type.makeVariable()]);
  }

  inferShape(_: Apply, [, softmax]: readonly Shape[]): readonly Shape[] {
    return [softmax!];
  }

  perform(_: Apply, [g, softmax, classes]: readonly NDArray[]): NDArray[] {
    const numbers = checkedClasses(classes!, softmax!.shape);
    const gradients = numbersOf(g!);
    if (gradients.length !== 1 && gradients.length !== numbers.length) {
      raise("ValueError", "dy must have same number of rows as sm");
    }
    const elements = rowsOf(softmax!).flatMap((row, i) => {
      const scale = gradients.length === 1 ? gradients[0]! : gradients[i]!;
      return row.map((s, j) => scale * (s - Number(j === numbers[i])));
    });
    return [arrayOf(elements, softmax!.shape, softmax!.dtype)];
  }
}

const classDtypes: readonly DType[] = ["int8", "int16", "int32", "int64"];

function checkCategorical(coding: TensorVariable, classes: TensorVariable): void {
  if (coding.ndim !== 2) {
    raise("TypeError", `matrix required for argument: coding_dist, got ${coding.type}`);
  }
  if (classes.ndim !== 1 || !classDtypes.includes(classes.dtype)) {
    raise(
      "TypeError",
      `integer vector required for argument: true_one_of_n (got type: ${classes.type})`,
    );
  }
}

/** The negative logarithm of each row's element in the column of its class. */
export class CrossentropyCategorical1Hot extends StructuralOp {
  readonly kind = "crossentropy";
  readonly name = "CrossentropyCategorical1Hot";

  makeNode(coding: TensorVariable, classes: TensorVariable): Apply {
    checkCategorical(coding, classes);
    const type = new TensorType(coding.dtype, [false]);
    return new Apply(this, [coding, classes], [type.makeVariable()]);
  }

  inferShape(_: Apply, [coding]: readonly Shape[]): readonly Shape[] {
    return [[coding![0]!]];
  }

  perform(_: Apply, [coding, classes]: readonly NDArray[]): NDArray[] {
    const numbers = checkedClasses(classes!, coding!.shape);
    const losses = rowsOf(coding!).map((row, i) => -Math.log(row[numbers[i]!]!));
    return [arrayOf(losses, [losses.length], coding!.dtype)];
  }
}

/** The gradient of a {@linkcode CrossentropyCategorical1Hot} by its first input. */
export class CrossentropyCategorical1HotGrad extends StructuralOp {
  readonly kind = "crossentropy";
  readonly name = "CrossentropyCategorical1HotGrad";

  makeNode(g: TensorVariable, coding: TensorVariable, classes: TensorVariable): Apply {
    checkCategorical(coding, classes);
    return new Apply(this, [g, coding, classes], [coding.type.makeVariable()]);
  }

  inferShape(_: Apply, [, coding]: readonly Shape[]): readonly Shape[] {
    return [coding!];
  }

  perform(_: Apply, [g, coding, classes]: readonly NDArray[]): NDArray[] {
    const numbers = checkedClasses(classes!, coding!.shape);
    const gradients = numbersOf(g!);
    const elements = rowsOf(coding!).flatMap((row, i) =>
      row.map((c, j) => j === numbers[i] ? -gradients[i]! / c : 0)
    );
    return [arrayOf(elements, coding!.shape, coding!.dtype)];
  }
}

const softmaxLossOp = new CrossentropySoftmaxArgmax1HotWithBias();
const categoricalOp = new CrossentropyCategorical1Hot();

/**
 * The loss of a softmax against classes given by number: `-log softmax(x + b)[i, y_i]`.
 *
 * Shapes: `(n, m), (m), (n) → (n), (n, m), (n)`.
 * Dtypes: floats that of `x`; the likeliest class that of `y`.
 * Gradient: of `x` and `b`.
 * Theano: `theano.tensor.nnet.crossentropy_softmax_argmax_1hot_with_bias`.
 *
 * @param x A matrix of floats.
 * @param b A vector of floats.
 * @param yIdx The class of each row.
 * @returns Losses, softmax, and the likeliest class of each row.
 */
export function crossentropySoftmaxArgmax1hotWithBias(
  x: TensorLike,
  b: TensorLike,
  yIdx: TensorLike,
): [losses: TensorVariable, softmax: TensorVariable, argmax: TensorVariable] {
  const inputs = [x, b, yIdx].map((input) => asTensorVariable(input));
  return applyOp(softmaxLossOp, inputs).outputs as readonly TensorVariable[] as [
    TensorVariable,
    TensorVariable,
    TensorVariable,
  ];
}

/**
 * As {@linkcode crossentropySoftmaxArgmax1hotWithBias}, without the likeliest classes.
 *
 * Shapes: `(n, m), (m), (n) → (n), (n, m)`.
 * Dtypes: those of `x`.
 * Gradient: of `x` and `b`.
 * Theano: `theano.tensor.nnet.crossentropy_softmax_1hot_with_bias`.
 *
 * @param x A matrix of floats.
 * @param b A vector of floats.
 * @param yIdx The class of each row.
 * @returns Losses and softmax.
 */
export function crossentropySoftmax1hotWithBias(
  x: TensorLike,
  b: TensorLike,
  yIdx: TensorLike,
): [losses: TensorVariable, softmax: TensorVariable] {
  const [losses, softmax] = crossentropySoftmaxArgmax1hotWithBias(x, b, yIdx);
  return [losses, softmax];
}

/**
 * As {@linkcode crossentropySoftmax1hotWithBias}, without a bias.
 *
 * Shapes: `(n, m), (n) → (n), (n, m)`.
 * Dtypes: those of `x`.
 * Gradient: of `x`.
 * Theano: `theano.tensor.nnet.crossentropy_softmax_1hot`.
 *
 * @param x A matrix of floats.
 * @param yIdx The class of each row.
 * @returns Losses and softmax.
 */
export function crossentropySoftmax1hot(
  x: TensorLike,
  yIdx: TensorLike,
): [losses: TensorVariable, softmax: TensorVariable] {
  return crossentropySoftmax1hotWithBias(x, noBias(x), yIdx);
}

function noBias(x: TensorLike): TensorVariable {
  const matrix = asTensorVariable(x);
  return allocItems(constant(0, { dtype: matrix.dtype }), [axisSize(matrix, 1)]);
}

/** Losses, softmax, and the largest element of each row of it with its class. */
export type LossAndPrediction = [
  losses: TensorVariable,
  softmax: TensorVariable,
  max: TensorVariable,
  argmax: TensorVariable,
];

/**
 * As {@linkcode crossentropySoftmax1hotWithBias}, with each row's likeliest class and likelihood.
 *
 * Shapes: `(n, m), (m), (n) → (n), (n, m), (n), (n)`.
 * Dtypes: those of `x`; the class int64.
 * Gradient: of `x` and `b`.
 * Theano: `theano.tensor.nnet.crossentropy_softmax_max_and_argmax_1hot_with_bias`.
 *
 * @param x A matrix of floats.
 * @param b A vector of floats.
 * @param yIdx The class of each row.
 */
export function crossentropySoftmaxMaxAndArgmax1hotWithBias(
  x: TensorLike,
  b: TensorLike,
  yIdx: TensorLike,
): LossAndPrediction {
  const [losses, softmax] = crossentropySoftmax1hotWithBias(x, b, yIdx);
  return [losses, softmax, ...maxAndArgmax(softmax, { axis: -1 })];
}

/**
 * As {@linkcode crossentropySoftmaxMaxAndArgmax1hotWithBias}, without a bias.
 *
 * Shapes: `(n, m), (n) → (n), (n, m), (n), (n)`.
 * Dtypes: those of `x`; the class int64.
 * Gradient: of `x`.
 * Theano: `theano.tensor.nnet.crossentropy_softmax_max_and_argmax_1hot`.
 *
 * @param x A matrix of floats.
 * @param yIdx The class of each row.
 */
export function crossentropySoftmaxMaxAndArgmax1hot(
  x: TensorLike,
  yIdx: TensorLike,
): LossAndPrediction {
  return crossentropySoftmaxMaxAndArgmax1hotWithBias(x, noBias(x), yIdx);
}

/**
 * The loss of distributions against classes given by number: `-log coding[i, y_i]`.
 *
 * Shapes: `(n, m), (n) → (n)`.
 * Dtypes: floats, unchanged.
 * Gradient: of the distributions.
 * Theano: `theano.tensor.nnet.crossentropy_categorical_1hot`.
 *
 * @param codingDist One distribution a row.
 * @param trueOneOfN The class of each row.
 */
export function crossentropyCategorical1hot(
  codingDist: TensorLike,
  trueOneOfN: TensorLike,
): TensorVariable {
  return call(
    categoricalOp,
    asTensorVariable(codingDist),
    asTensorVariable(trueOneOfN),
  ) as TensorVariable;
}
