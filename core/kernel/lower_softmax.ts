/**
 * @file Softmax, its logarithm, its gradient and its losses: each row walked two or three times.
 *
 * All of this is computed in float32 for float16, and rounded in the end: rows have no float16.
 */

import type { DType } from "../dtype/dtype.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import {
  CrossentropyCategorical1Hot,
  CrossentropyCategorical1HotGrad,
  CrossentropySoftmax1HotWithBiasDx,
} from "../ops/crossentropy.ts";
import { LogSoftmax, SoftmaxGrad } from "../ops/softmax.ts";
import { Builder, type Expr } from "../scalar/expr.ts";
import { log } from "../scalar/functions.ts";
import { raisedExp, raiseOf } from "../scalar/functions_exp.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { operand } from "./index_map.ts";
import type { Operand, RowPass } from "./kernel.ts";
import type { Readers } from "./lower_elementwise.ts";
import { searchExtremes } from "./lower_extremes.ts";
import { converted } from "./converted.ts";
import type { Lowering } from "./lowering.ts";
import type { View } from "./program.ts";
import type { Size } from "./size.ts";

/** Softmax of rows, with a bias or as a logarithm, and the gradient of the first. */
export function lowerSoftmax(l: Lowering, node: Apply): void {
  if (node.op instanceof SoftmaxGrad) return lowerSoftmaxGrad(l, node);
  const [output] = node.outputs as [TensorVariable];
  const rows = logits(l, node, working(output));
  const out = l.allocate(rows.dtype, rows.dims);
  const passes = node.op instanceof LogSoftmax ? logPasses(rows) : powerPasses(rows);
  emitRows(l, rows, passes, out, []);
  setRounded(l, output, out);
}

/** The dtype that a result is computed in. */
function working({ dtype }: TensorVariable): DType {
  return dtype === "float16" ? "float32" : dtype;
}

/** An input as kernels of rows read it. */
function readable(l: Lowering, x: Variable): View {
  const view = l.view(x);
  return view.dtype === "float16" ? converted(l, view, "float32") : view;
}

/** Gives a result its value, in its own dtype. */
function setRounded(l: Lowering, output: TensorVariable, value: View): void {
  l.set(output, converted(l, value, output.dtype));
}

/** The rows a softmax is taken of, as operands and the sum of them. */
interface Rows {
  readonly dims: readonly [Size, Size];
  readonly dtype: DType;
  readonly inputs: readonly Operand[];
  readonly s: Builder;
  /** The logit at a place. */
  readonly logit: Expr;
}

function logits(l: Lowering, node: Apply, dtype: DType): Rows {
  const x = readable(l, node.inputs[0]!);
  const s = new Builder();
  const dims = x.shape as [Size, Size];
  const first = s.convert(s.input(0, x.dtype), dtype);
  const bias = node.inputs.length > 1 ? readable(l, node.inputs[1]!) : undefined;
  if (!bias) return { dims, dtype, inputs: [operand(x)], s, logit: first };
  l.checkEqual(
    bias.shape[0]!,
    dims[1],
    "ValueError",
    "b must have same number of columns as x",
    [],
  );
  const inputs = [operand(x), operand(bias, [l.sizes.const(0), bias.strides[0]!])];
  const logit = s.add(first, s.convert(s.input(1, bias.dtype), dtype));
  return { dims, dtype, inputs, s, logit };
}

/** The result of pass `k`, where the kernel has `inputs` operands. */
function result({ s, inputs, dtype }: Rows, k: number, stored = 0): Expr {
  return s.input(inputs.length + stored + k, dtype);
}

/** The highest logit, NaN left out: what is then taken of such a row is NaN for its sum is. */
function highest({ s, dtype, logit }: Rows): RowPass {
  const [known, next] = [s.input(0, dtype), s.input(1, dtype)];
  const combine = s.select(s.lt(known, next), next, known);
  return {
    value: logit,
    store: null,
    accumulate: { identity: s.const(-Infinity, dtype), combine },
  };
}

/** The logarithm of the sum of powers that pass 1 found. */
function logOfTotal(rows: Rows): Expr {
  const sum = result(rows, 1, 1);
  return log(rows.s, rows.s.mul(sum, 1 / raiseOf(sum)));
}

function total({ s, dtype }: Rows, value: Expr, store: number | null): RowPass {
  const combine = s.add(s.input(0, dtype), s.input(1, dtype));
  return { value, store, accumulate: { identity: s.const(0, dtype), combine } };
}

/**
 * `exp(x − max)`, raised, stored while it is added up, then multiplied by the sum's reciprocal: that
 * is a rounding more than a division, and a fraction of its time. The stored output is the last
 * operand.
 */
function powerPasses(rows: Rows): RowPass[] {
  const { s, logit, dtype, inputs } = rows;
  const power = raisedExp(s, s.sub(logit, result(rows, 0, 1)));
  const stored = s.input(inputs.length, dtype);
  return [
    highest(rows),
    total(rows, power, 0),
    { value: s.mul(stored, s.div(1, result(rows, 1, 1))), store: 0, accumulate: null },
  ];
}

/** `x − max − log Σ exp(x − max)`. */
function logPasses(rows: Rows): RowPass[] {
  const { s, logit } = rows;
  const above = s.sub(logit, result(rows, 0, 1));
  return [
    highest(rows),
    total(rows, raisedExp(s, above), null),
    { value: s.sub(above, logOfTotal(rows)), store: 0, accumulate: null },
  ];
}

function emitRows(
  l: Lowering,
  { dims, inputs }: Rows,
  passes: readonly RowPass[],
  out: View,
  ends: readonly { value: Expr; output: Operand }[],
): void {
  l.run({
    kind: "rows",
    dims,
    inputs: [...inputs, operand(out)],
    passes,
    outputs: [operand(out)],
    ends,
  });
}

/** `(g − Σ g·y) · y` for the softmax `y`. */
function lowerSoftmaxGrad(l: Lowering, node: Apply): void {
  const [g, y] = node.inputs.map((x) => readable(l, x)) as [View, View];
  const [output] = node.outputs as [TensorVariable];
  const dtype = working(output);
  const s = new Builder();
  const [dy, sm] = [g, y].map((v, k) => s.convert(s.input(k, v.dtype), dtype)) as [Expr, Expr];
  const dims = y.shape as [Size, Size];
  g.shape.forEach((n, axis) =>
    l.checkEqual(n, dims[axis]!, "ValueError", "dy and sm must have the same shape", [])
  );
  const rows: Rows = { dims, dtype, inputs: [operand(g), operand(y)], s, logit: dy };
  const out = l.allocate(dtype, dims);
  const spread = s.mul(s.sub(dy, result(rows, 0, 1)), sm);
  emitRows(
    l,
    rows,
    [total(rows, s.mul(dy, sm), null), { value: spread, store: 0, accumulate: null }],
    out,
    [],
  );
  setRounded(l, output, out);
}

const classRange = "y_i value out of bounds";

/** Losses of distributions against classes given by number, and their gradients. */
export function lowerCrossentropy(l: Lowering, node: Apply, readers: Readers): void {
  const { op } = node;
  if (op instanceof CrossentropyCategorical1Hot) return lowerCategorical(l, node);
  if (op instanceof CrossentropyCategorical1HotGrad) return lowerCategoricalGrad(l, node);
  if (op instanceof CrossentropySoftmax1HotWithBiasDx) return lowerSoftmaxDx(l, node);
  return lowerSoftmaxLoss(l, node, readers);
}

/** Softmax of `x + b` with each row's loss and likeliest class; what nobody reads is left out. */
function lowerSoftmaxLoss(l: Lowering, node: Apply, readers: Readers): void {
  const [losses, softmax, likeliest] = node.outputs as [
    TensorVariable,
    TensorVariable,
    TensorVariable,
  ];
  const rows = logits(l, node, working(softmax));
  const { dtype } = rows;
  const [n, m] = rows.dims;
  const classes = l.view(node.inputs[2]!);
  checkRows(l, classes, n, "y_idx must have same number of rows as x");
  const out = l.allocate(dtype, rows.dims);
  const logTotal = l.allocate(dtype, [n]);
  const ended = rows.s.add(result(rows, 0, 1), logOfTotal(rows));
  emitRows(l, rows, powerPasses(rows), out, [{ value: ended, output: operand(logTotal) }]);
  setRounded(l, softmax, out);
  if (readers.isRead(losses)) {
    const chosen = rows.inputs.map((walk) => chosenBy(l, walk, classes, [n, m]));
    const view = l.allocate(dtype, [n]);
    const s = new Builder();
    const terms = chosen.map((v, k) => s.convert(s.input(k + 1, v.dtype), dtype));
    const loss = terms.reduce((sum, term) => s.sub(sum, term), s.input(0, dtype));
    l.map([n], [logTotal, ...chosen].map((v) => operand(v)), [view], [loss]);
    setRounded(l, losses, view);
  }
  if (readers.isRead(likeliest)) {
    const sums = l.allocate(dtype, rows.dims);
    l.map(rows.dims, rows.inputs, [sums], [rows.logit]);
    const where = l.allocate("int64", [n]);
    searchExtremes(l, sums, [1], null, where);
    l.set(likeliest, converted(l, where, likeliest.dtype));
  }
}

function checkRows(l: Lowering, classes: View, n: Size, text: string): void {
  l.checkEqual(classes.shape[0]!, n, "ValueError", text, []);
}

/** For each row, the element of an operand in the column of its class. */
function chosenBy(l: Lowering, walk: Operand, classes: View, [n, m]: readonly [Size, Size]): View {
  const view = l.allocate(walk.dtype, [n]);
  l.run({
    kind: "gather",
    dims: [n],
    source: { ...walk, strides: [walk.strides[0]!] },
    indices: [classAxis(classes, m, walk.strides[1]!)],
    output: operand(view),
  }, l.failure("ValueError", classRange));
  return view;
}

function classAxis(classes: View, m: Size, stride: Size): {
  index: Operand;
  length: Size;
  stride: Size;
  axis: number;
  wraps: boolean;
} {
  return { index: operand(classes), length: m, stride, axis: 1, wraps: false };
}

/** `g · (softmax − one hot)`. */
function lowerSoftmaxDx(l: Lowering, node: Apply): void {
  const [g, softmax, classes] = node.inputs.map((x) => l.view(x)) as [View, View, View];
  const [output] = node.outputs as [TensorVariable];
  const dtype = working(output);
  const dims = softmax.shape as [Size, Size];
  checkRows(l, classes, dims[0], "y_idx must have same number of rows as x");
  const scale = rowOperand(l, g, dims[0]);
  const out = l.allocate(dtype, dims);
  const s = new Builder();
  const [sm, dy] = [softmax, g].map((v, k) => s.convert(s.input(k, v.dtype), dtype)) as [
    Expr,
    Expr,
  ];
  l.map(dims, [operand(softmax), scale], [out], [s.mul(dy, sm)]);
  const minus = l.allocate(dtype, [dims[0]]);
  l.map([dims[0]], [{ ...scale, strides: [scale.strides[0]!] }], [minus], [
    s.neg(s.convert(s.input(0, g.dtype), dtype)),
  ]);
  scatterAtClasses(l, out, classes, minus);
  setRounded(l, output, out);
}

/** A scalar, or a number a row, walking rows and standing still along columns. */
function rowOperand(l: Lowering, g: View, n: Size): Operand {
  const zero = l.sizes.const(0);
  if (g.shape.length === 0) return operand(g, [zero, zero]);
  const { sizes } = l;
  const isOne = sizes.call("eq", g.shape[0]!, sizes.const(1));
  const fits = sizes.call("max", isOne, sizes.call("eq", g.shape[0]!, n));
  l.check(fits, "ValueError", "dy must have same number of rows as sm", []);
  const stride = sizes.call("select", isOne, zero, g.strides[0]!);
  return operand(g, [stride, zero]);
}

function scatterAtClasses(l: Lowering, target: View, classes: View, value: View): void {
  l.run({
    kind: "scatter",
    dims: [target.shape[0]!],
    target: operand(target, [target.strides[0]!]),
    indices: [classAxis(classes, target.shape[1]!, target.strides[1]!)],
    value: operand(value),
    accumulate: true,
  }, l.failure("ValueError", classRange));
}

/** `−log coding[i, y_i]`. */
function lowerCategorical(l: Lowering, node: Apply): void {
  const [coding, classes] = node.inputs.map((x) => l.view(x)) as [View, View];
  const [output] = node.outputs as [TensorVariable];
  const dtype = working(output);
  const dims = coding.shape as [Size, Size];
  checkRows(l, classes, dims[0], "y_idx must have same number of rows as x");
  const chosen = chosenBy(l, operand(coding), classes, dims);
  const view = l.allocate(dtype, [dims[0]]);
  const s = new Builder();
  const loss = s.neg(log(s, s.convert(s.input(0, coding.dtype), dtype)));
  l.map([dims[0]], [operand(chosen)], [view], [loss]);
  setRounded(l, output, view);
}

/** `−g_i / coding[i, y_i]` in the column of the class, zero elsewhere. */
function lowerCategoricalGrad(l: Lowering, node: Apply): void {
  const [g, coding, classes] = node.inputs.map((x) => l.view(x)) as [View, View, View];
  const [output] = node.outputs as [TensorVariable];
  const dtype = working(output);
  const dims = coding.shape as [Size, Size];
  checkRows(l, classes, dims[0], "y_idx must have same number of rows as x");
  checkRows(l, g, dims[0], "dy must have same number of rows as the distribution");
  const chosen = chosenBy(l, operand(coding), classes, dims);
  const out = l.allocate(dtype, dims);
  const s = new Builder();
  l.map(dims, [], [out], [s.const(0, dtype)]);
  const value = l.allocate(dtype, [dims[0]]);
  const [dy, c] = [g, chosen].map((v, k) => s.convert(s.input(k, v.dtype), dtype)) as [Expr, Expr];
  l.map([dims[0]], [operand(g), operand(chosen)], [value], [s.neg(s.div(dy, c))]);
  scatterAtClasses(l, out, classes, value);
  setRounded(l, output, out);
}
