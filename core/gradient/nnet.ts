/**
 * @file Derivatives of softmax and of losses on classes.
 */

import { gradNotImplemented } from "../graph/special_types.ts";
import type { Apply } from "../graph/variable.ts";
import { add, mul, neg, sub, trueDiv } from "../ops/arithmetic.ts";
import {
  CrossentropyCategorical1Hot,
  CrossentropyCategorical1HotGrad,
  CrossentropySoftmax1HotWithBiasDx,
  CrossentropySoftmaxArgmax1HotWithBias,
} from "../ops/crossentropy.ts";
import { dimshuffle } from "../ops/dimshuffle.ts";
import { fill } from "../ops/fill.ts";
import { get, incSubtensor } from "../ops/indexing.ts";
import { arange } from "../ops/ranges.ts";
import { sum } from "../ops/reduce.ts";
import { shapeI } from "../ops/shape.ts";
import { LogSoftmax, softmax as softmaxOf, SoftmaxGrad, SoftmaxWithBias } from "../ops/softmax.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type {
  ConnectionPattern,
  Derivative,
  Gradient,
  OutputGradient,
  Tangent,
} from "./derivative.ts";
import { refuseGrad, refuseRop } from "./own.ts";
import { again, filledTangents, sumToPattern, tensorInputs } from "./structural.ts";
import { allConnected } from "./derivative.ts";
import { sumOf, zerosFor } from "./values.ts";

/** Derivatives of `Softmax`, `LogSoftmax`, `SoftmaxWithBias` and `SoftmaxGrad`. */
export const softmax: Derivative = { lop: softmaxLop, rop: softmaxRop };

function softmaxLop(node: Apply, [g]: readonly OutputGradient[]): readonly Gradient[] {
  const { op } = node;
  const [x, y] = tensorInputs(node);
  const result = node.outputs[0] as TensorVariable;
  if (op instanceof LogSoftmax) return [sub(g!, mul(rowSums(g!), softmaxOf(x!)))];
  if (op instanceof SoftmaxGrad) return softmaxGradLop(x!, y!, g!);
  const back = again(new SoftmaxGrad(), g!, result);
  return op instanceof SoftmaxWithBias ? [back, sum(back, { axis: [0] })] : [back];
}

function softmaxRop(
  node: Apply,
  points: readonly (TensorVariable | undefined)[],
): readonly Tangent[] {
  const { op } = node;
  const [point, other] = points;
  const result = node.outputs[0] as TensorVariable;
  if (op instanceof LogSoftmax) {
    const mean = rowSums(mul(softmaxOf(tensorInputs(node)[0]!), point!));
    return [sub(point!, mean)];
  }
  if (op instanceof SoftmaxGrad) return [softmaxGradRop(node, points)];
  if (op instanceof SoftmaxWithBias) {
    const row = other && dimshuffle(other, "x", 0);
    const moved = point && row ? add(point, row) : point ?? fill(result, row!);
    return [again(new SoftmaxGrad(), moved, result)];
  }
  return [again(new SoftmaxGrad(), point!, result)];
}

function rowSums(x: TensorVariable): TensorVariable {
  return sum(x, { axis: 1, keepdims: true });
}

/** The gradients of `s · (dy − Σ s · dy)` by `dy` and by `s`. */
function softmaxGradLop(
  dy: TensorVariable,
  s: TensorVariable,
  g: TensorVariable,
): readonly Gradient[] {
  const centred = sub(g, rowSums(mul(g, s)));
  return [mul(centred, s), sub(mul(centred, dy), mul(g, rowSums(mul(dy, s))))];
}

/** The tangent of `s · (dy − Σ s · dy)`. */
function softmaxGradRop(
  node: Apply,
  points: readonly (TensorVariable | undefined)[],
): TensorVariable {
  const [dy, s] = tensorInputs(node);
  const [dyPoint, sPoint] = filledTangents(node, points);
  const inner = sub(dy!, rowSums(mul(s!, dy!)));
  const innerPoint = sub(dyPoint!, rowSums(add(mul(sPoint!, dy!), mul(s!, dyPoint!))));
  return add(mul(sPoint!, inner), mul(s!, innerPoint));
}

/** Derivatives of losses on classes, and of their gradients. Classes are integers and have none. */
export const crossentropy: Derivative = {
  lop: crossentropyLop,
  rop: (node) => refuseRop(node.op),
  connectionPattern: crossentropyPattern,
};

function crossentropyPattern(node: Apply): ConnectionPattern {
  const onlyLast = [false, false, true];
  const isLoss = node.op instanceof CrossentropySoftmaxArgmax1HotWithBias;
  return isLoss ? allConnected(node).map((row, i) => i === 2 ? onlyLast : row) : allConnected(node);
}

function crossentropyLop(node: Apply, grads: readonly OutputGradient[]): readonly Gradient[] {
  const { op } = node;
  if (op instanceof CrossentropySoftmaxArgmax1HotWithBias) return softmaxLossLop(node, grads);
  const [first, second, classes] = tensorInputs(node);
  const g = grads[0]!;
  if (op instanceof CrossentropySoftmax1HotWithBiasDx) {
    return [
      ...softmaxLossDxLop(first!, second!, classes!, g),
      gradNotImplemented(op, 2, classes!),
    ];
  }
  if (op instanceof CrossentropyCategorical1Hot) {
    const back = again(new CrossentropyCategorical1HotGrad(), g, first!, second!);
    return [back, gradNotImplemented(op, 1, second!)];
  }
  if (op instanceof CrossentropyCategorical1HotGrad) {
    return [
      ...categoricalGradLop(first!, second!, classes!, g),
      gradNotImplemented(op, 2, classes!),
    ];
  }
  return refuseGrad(op);
}

function softmaxLossLop(
  node: Apply,
  [byLosses, bySoftmax]: readonly OutputGradient[],
): readonly Gradient[] {
  const [x, b, classes] = tensorInputs(node);
  const result = node.outputs[1] as TensorVariable;
  const terms: TensorVariable[] = [];
  if (byLosses) {
    terms.push(again(new CrossentropySoftmax1HotWithBiasDx(), byLosses, result, classes!));
  }
  if (bySoftmax) terms.push(again(new SoftmaxGrad(), bySoftmax, result));
  if (terms.length === 0) return [zerosFor(x!), zerosFor(b!), zerosFor(classes!)];
  const total = sumOf(terms);
  return [total, sum(total, { axis: [0] }), undefined];
}

/** Each row's element in the column of its class. */
function atClasses(x: TensorVariable, classes: TensorVariable): TensorVariable {
  return get(x, arange(shapeI(x, 0)), classes);
}

/** The gradients of `dy · (s − oneHot(classes))` by `dy` and by `s`. */
function softmaxLossDxLop(
  dy: TensorVariable,
  s: TensorVariable,
  classes: TensorVariable,
  g: TensorVariable,
): TensorVariable[] {
  const byRow = sub(sum(mul(g, s), { axis: 1 }), atClasses(g, classes));
  const column = dy.ndim === 0 ? dy : dimshuffle(dy, 0, "x");
  return [sumToPattern(byRow, dy), mul(column, g)];
}

/** The gradients of `−dy / c` in the columns of the classes, by `dy` and by `c`. */
function categoricalGradLop(
  dy: TensorVariable,
  coding: TensorVariable,
  classes: TensorVariable,
  g: TensorVariable,
): TensorVariable[] {
  const chosen = atClasses(coding, classes);
  const ratio = trueDiv(atClasses(g, classes), chosen);
  const place = atClasses(zerosFor(coding), classes);
  return [neg(ratio), incSubtensor(place, trueDiv(mul(ratio, dy), chosen))];
}
