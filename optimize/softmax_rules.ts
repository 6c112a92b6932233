/**
 * @file Softmax, its logarithm, and losses on classes: found in formulas, and made one op each.
 *
 * The classic loss `−mean(log(softmax(x · w + b))[arange(n), y])` becomes one op that computes loss and
 * softmax from the scores, and its gradient `(softmax − onehot) · g` one op as well, so that neither
 * loses digits where a probability is near 0.
 */

import { isFloat } from "../core/dtype/dtype.ts";
import { upcast } from "../core/dtype/promote.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { applyOp, call } from "../core/graph/op.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { AdvancedIncSubtensor, AdvancedSubtensor } from "../core/ops/advanced_subtensor.ts";
import { allocItems } from "../core/ops/alloc.ts";
import { Extremes } from "../core/ops/argmax.ts";
import { add, cast, mul, neg, sub, trueDiv } from "../core/ops/arithmetic.ts";
import {
  CrossentropyCategorical1Hot,
  CrossentropyCategorical1HotGrad,
  CrossentropySoftmax1HotWithBiasDx,
  CrossentropySoftmaxArgmax1HotWithBias,
} from "../core/ops/crossentropy.ts";
import { DimShuffle, dimshuffle } from "../core/ops/dimshuffle.ts";
import { Reduce, sum } from "../core/ops/reduce.ts";
import { axisSize } from "../core/ops/shape.ts";
import {
  LogSoftmax,
  Softmax,
  softmax,
  SoftmaxGrad,
  SoftmaxWithBias,
  softmaxWithBias,
} from "../core/ops/softmax.ts";
import { exp, log } from "../core/ops/transcendental.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { joinProducts, productsOf, type Simplifier } from "./canonizer.ts";
import { inputsOf, like, madeBy, outputOf, recordOf } from "./forms.ts";
import { isOneToEachRow } from "./rows.ts";
import { scalarValue } from "./match.ts";
import { type Replacement, rewrite, type Rule } from "./rule.ts";

const lossOp = new CrossentropySoftmaxArgmax1HotWithBias();
const lossGradOp = new CrossentropySoftmax1HotWithBiasDx();

/** `exp(x) / Σ exp(x)` along the rows is a softmax. Part of `local_mul_canonizer`. */
export const softmaxSimplifier: Simplifier = ({ above, below }) => {
  for (const [i, factor] of above.entries()) {
    const x = madeBy(factor, exp.record.name)?.inputs[0] as TensorVariable | undefined;
    if (x === undefined || x.ndim !== 2 || !isFloat(x.dtype)) continue;
    const at = below.findIndex((divisor) => rowSumOf(divisor) === factor);
    if (at < 0) continue;
    return { above: above.with(i, softmax(x)), below: below.toSpliced(at, 1) };
  }
  return undefined;
};

/** What a column holds the sums of the rows of, or undefined. */
function rowSumOf(column: TensorVariable): Variable | undefined {
  const shuffle = column.owner;
  if (!(shuffle?.op instanceof DimShuffle) || shuffle.op.order.join() !== "0,x") return undefined;
  const total = shuffle.inputs[0]!.owner;
  if (!(total?.op instanceof Reduce) || total.op.record.id !== "sum") return undefined;
  return total.op.axis?.join() === "1" ? total.inputs[0] : undefined;
}

/** Scores with the bias they contain: rows added to a matrix. */
function scoresOf(softmaxNode: Apply): [scores: TensorVariable, bias: TensorVariable] {
  const [x, given] = inputsOf(softmaxNode);
  if (given !== undefined) return [x!, given];
  return biasedScores(x!) ?? [x!, allocItems(like(0, x!), [axisSize(x!, 1)])];
}

function biasedScores(
  x: TensorVariable,
): [scores: TensorVariable, bias: TensorVariable] | undefined {
  const total = madeBy(x, add.record.name);
  if (total === undefined) return undefined;
  const rows = inputsOf(total).map(rowVector);
  const biases = rows.filter((row) => row !== undefined);
  const rest = inputsOf(total).filter((_, i) => rows[i] === undefined);
  if (biases.length === 0 || rest.length === 0) return undefined;
  const scores = rest.length === 1 ? rest[0]! : add(...rest);
  const bias = biases.length === 1 ? biases[0]! : add(...biases);
  return scores.type.equals(x.type) && bias.dtype === x.dtype ? [scores, bias] : undefined;
}

/** The vector that a row repeats down a matrix, or undefined. */
function rowVector(x: TensorVariable): TensorVariable | undefined {
  const { owner } = x;
  if (!(owner?.op instanceof DimShuffle) || owner.op.order.join() !== "x,0") return undefined;
  const [vector] = inputsOf(owner);
  return vector!.ndim === 1 ? vector : undefined;
}

/** The softmax of a sum of a matrix and a row is a softmax with bias. */
export const softmaxWithBiasRule: Rule = rewrite("local_softmax_with_bias", ["softmax"], (node) => {
  if (!(node.op instanceof Softmax)) return undefined;
  const parts = biasedScores(inputsOf(node)[0]!);
  return parts && softmaxWithBias(...parts);
});

/** `log(softmax(x))` as one op. */
export const logSoftmax: Rule = rewrite("local_logsoftmax", [log], (node) => {
  const owner = node.inputs[0]!.owner;
  if (!(owner?.op instanceof Softmax)) return undefined;
  return call(new LogSoftmax(), owner.inputs[0]!);
});

/** The gradient through the logarithm of a softmax: `g − Σ g · softmax`. */
export const logSoftmaxGrad: Rule = rewrite("local_logsoftmax_grad", ["softmax"], (node) => {
  if (!(node.op instanceof SoftmaxGrad)) return undefined;
  const [quotient, result] = inputsOf(node);
  const owner = madeBy(quotient!, trueDiv.record.name);
  if (owner === undefined || owner.inputs[1] !== result) return undefined;
  if (!(result!.owner?.op instanceof Softmax)) return undefined;
  const [g] = inputsOf(owner);
  if (madeByWriting(g!) !== undefined) return undefined;
  return sub(g!, mul(sum(g!, { axis: 1, keepdims: true }), result!));
});

function madeByWriting(x: TensorVariable): Apply | undefined {
  return x.owner?.op instanceof AdvancedIncSubtensor ? x.owner : undefined;
}

function isSoftmax({ op }: Apply): boolean {
  return op instanceof Softmax || op instanceof SoftmaxWithBias;
}

/** A loss of classes from a softmax is computed from its scores; so is the softmax then. */
export const categoricalOfSoftmax: Rule = rewrite(
  "crossentropy_to_crossentropy_with_softmax_with_bias",
  ["crossentropy"],
  (node) => lossFromScores(node, (owner) => owner.op instanceof SoftmaxWithBias),
);

/** As {@linkcode categoricalOfSoftmax}, for any softmax. */
export const categoricalOfAnySoftmax: Rule = rewrite(
  "local_crossentropy_to_crossentropy_with_softmax",
  ["crossentropy"],
  (node) => lossFromScores(node, isSoftmax),
);

function lossFromScores(node: Apply, isWanted: (owner: Apply) => boolean): Replacement {
  if (!(node.op instanceof CrossentropyCategorical1Hot)) return undefined;
  const [probabilities, classes] = inputsOf(node);
  const { owner } = probabilities!;
  if (owner === null || !isWanted(owner)) return undefined;
  const [losses, result] = applyOp(lossOp, [...scoresOf(owner), classes!]).outputs;
  return new Map([[node.outputs[0]!, losses!], [probabilities!, result!]]);
}

/** The gradient of a loss of classes through a softmax is one op. */
export const softmaxGradOfCategorical: Rule = rewrite(
  "local_softmax_grad_to_crossentropy_with_softmax_grad",
  ["softmax"],
  (node) => {
    if (!(node.op instanceof SoftmaxGrad)) return undefined;
    const [back, result] = inputsOf(node);
    const { owner } = back!;
    if (!(owner?.op instanceof CrossentropyCategorical1HotGrad)) return undefined;
    const [g, coding, classes] = owner.inputs;
    return coding === result ? call(lossGradOp, g!, result!, classes!) : undefined;
  },
);

/** `log(softmax(x))[arange(n), y]`, and the logarithm after the index, are losses of classes. */
export const indexedLoss: Rule = rewrite(
  "local_advanced_indexing_crossentropy_onehot",
  ["advancedSubtensor", log],
  (node, graph) => {
    const reading = recordOf(node) === log.record ? node.inputs[0]!.owner : node;
    if (!(reading?.op instanceof AdvancedSubtensor)) return undefined;
    const [table, rows, labels] = inputsOf(reading);
    const source = recordOf(node) === log.record ? table!.owner : scoresBelowLog(table!);
    if (!source || reading.inputs.length !== 3) return undefined;
    const isScores = isSoftmax(source) || source.op instanceof LogSoftmax;
    const isLogged = recordOf(node) === log.record && source.op instanceof LogSoftmax;
    if (!isScores || isLogged || !isOneToEachRow(graph, reading.op, rows!, labels!)) {
      return undefined;
    }
    return neg(applyOp(lossOp, [...scoresOf(source), labels!]).outputs[0] as TensorVariable);
  },
);

/** The softmax below a logarithm, or the op that is both. */
function scoresBelowLog(table: TensorVariable): Apply | null | undefined {
  if (table.owner?.op instanceof LogSoftmax) return table.owner;
  const logarithm = madeBy(table, log.record.name);
  return logarithm && logarithm.inputs[0]!.owner;
}

/** The gradient of {@linkcode indexedLoss}: a table of zeros with one value a row, through a softmax. */
export const indexedLossGrad: Rule = rewrite(
  "local_advanced_indexing_crossentropy_onehot_grad",
  ["softmax"],
  (node, graph) => {
    if (!(node.op instanceof SoftmaxGrad)) return undefined;
    const [back, result] = inputsOf(node);
    const g = gradientOfRows(graph, back!, result!);
    return g && call(lossGradOp, neg(g.values), result!, g.labels);
  },
);

interface RowGradient {
  readonly values: TensorVariable;
  readonly labels: TensorVariable;
}

/**
 * What flows back to the logarithm of the one element of each row that was read, if the gradient of a
 * softmax is: a table of zeros with `v` written to those elements, divided by the softmax; or such a
 * table with `v` divided by the elements read.
 */
function gradientOfRows(
  graph: FunctionGraph,
  back: TensorVariable,
  result: TensorVariable,
): RowGradient | undefined {
  const { above, below } = productsOf(back);
  const writing = above.map(madeByWriting).find((node) => node !== undefined);
  if (writing === undefined || writing.inputs.length !== 4) return undefined;
  const [zeros, value, rows, labels] = inputsOf(writing);
  const { op } = writing;
  if (!(op instanceof AdvancedIncSubtensor) || scalarValue(zeros!) !== 0) return undefined;
  if (zeros!.dtype !== result.dtype) return undefined;
  if (value!.ndim > 1 || !isOneToEachRow(graph, op, rows!, labels!)) return undefined;
  const isDivided = below.includes(result);
  const inner = productsOf(value!);
  const read = inner.below.findIndex((factor) => isReadFrom(factor, result, rows!, labels!));
  if (!isDivided && read < 0) return undefined;
  const ups = above.filter((factor) => factor.owner !== writing);
  const downs = isDivided ? below.toSpliced(below.indexOf(result), 1) : below;
  if (![...ups, ...downs].every((factor) => factor.broadcastable.every(Boolean))) return undefined;
  const flat = (x: TensorVariable): TensorVariable => x.ndim === 0 ? x : dimshuffle(x);
  const terms = {
    above: [...ups.map(flat), ...inner.above],
    below: [...downs.map(flat), ...(isDivided ? inner.below : inner.below.toSpliced(read, 1))],
  };
  const values = joinProducts(terms, value!);
  return upcast(values.dtype, result.dtype) === result.dtype && values.ndim <= 1
    ? { values: cast(values, result.dtype), labels: labels! }
    : undefined;
}

function isReadFrom(
  x: TensorVariable,
  table: TensorVariable,
  rows: TensorVariable,
  labels: TensorVariable,
): boolean {
  const { owner } = x;
  if (!(owner?.op instanceof AdvancedSubtensor) || owner.inputs.length !== 3) return false;
  return owner.inputs[0] === table && owner.inputs[1] === rows && owner.inputs[2] === labels;
}

/** A softmax of scores whose loss is computed anyway comes from there. */
export const mergeSoftmaxWithLoss: Rule = rewrite(
  "graph_merge_softmax_with_crossentropy_softmax",
  ["softmax"],
  (node, graph) => {
    if (!isSoftmax(node)) return undefined;
    const [x, b] = inputsOf(node);
    const loss = graph.clients(x!).map((client) => client.node).find((client) =>
      client !== "output" && client.op instanceof CrossentropySoftmaxArgmax1HotWithBias &&
      client.inputs[0] === x &&
      (b === undefined ? scalarValue(client.inputs[1]!) === 0 : client.inputs[1] === b)
    );
    return loss === undefined || loss === "output" ? undefined : loss.outputs[1];
  },
);

const monotone = new Set(["softplus", "exp", "log", "tanh", "sigmoid"]);

/** Where the largest element is does not change under functions that keep the order. */
export const argmaxPushdown: Rule = rewrite("local_argmax_pushdown", ["argmax"], (node, graph) => {
  const { axis, results } = node.op as Extremes;
  const [x] = inputsOf(node);
  const { owner } = x!;
  const isAlone = results === "argmax" || graph.clients(node.outputs[0]!).length === 0;
  if (owner === null || !isAlone) return undefined;
  const inner = keptOrder(owner, axis);
  if (inner === undefined) return undefined;
  const made = call(new Extremes(axis, "argmax"), inner);
  return results === "argmax" ? made : [undefined, made];
});

/** What an op that keeps the order along some axes is applied to. */
function keptOrder(node: Apply, axis: readonly number[]): TensorVariable | undefined {
  const [x, b] = inputsOf(node);
  if (monotone.has(recordOf(node)?.name ?? "")) return x;
  if (axis.join() !== "1" || !isSoftmax(node)) return undefined;
  return b === undefined ? x : add(x!, dimshuffle(b, "x", 0));
}

/** The gradient of a loss takes one value for all rows as it is. */
export const uselessGradAlloc: Rule = rewrite(
  "local_useless_crossentropy_softmax_1hot_with_bias_dx_alloc",
  ["crossentropy"],
  (node) => {
    if (!(node.op instanceof CrossentropySoftmax1HotWithBiasDx)) return undefined;
    const [g, result, labels] = inputsOf(node);
    const value = repeatedScalar(g!);
    return value && call(node.op, value, result!, labels!);
  },
);

/** The scalar that a vector repeats, or undefined. */
function repeatedScalar(x: TensorVariable): TensorVariable | undefined {
  const owner = x.owner;
  if (x.ndim !== 1 || owner === null) return undefined;
  const isFill = recordOf(owner)?.name === "second";
  const isAlloc = outputOf(owner) === x && owner.op.name === "Alloc";
  if (!isFill && !isAlloc) return undefined;
  const value = inputsOf(owner)[isFill ? 1 : 0]!;
  if (!value.broadcastable.every(Boolean)) return undefined;
  return value.ndim === 0 ? value : dimshuffle(value);
}
