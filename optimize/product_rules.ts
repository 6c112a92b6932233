/**
 * @file Products that are known, or that stand for something slower.
 */

import { allocItems } from "../core/ops/alloc.ts";
import { sqr } from "../core/ops/arithmetic.ts";
import { Dot, dotMatrices } from "../core/ops/dot.ts";
import { DimShuffle } from "../core/ops/dimshuffle.ts";
import type { Shape } from "../core/ops/kind.ts";
import { eq } from "../core/ops/logic.ts";
import { type Reduce, sum } from "../core/ops/reduce.ts";
import { itemVariable } from "../core/ops/shape_item.ts";
import { Assert } from "../core/ops/view.ts";
import { TensorConstant, type TensorVariable } from "../core/tensor/tensor_variable.ts";
import { inputsOf, like, madeBy, outputOf } from "./forms.ts";
import { scalarValue } from "./match.ts";
import { rewrite, type Rule } from "./rule.ts";
import { sameSize, shapesOf } from "./shape_feature.ts";

const aligned = new Assert("The inner sizes of a product with zeros differ");

/** A product with zeros is zeros. */
export const zeroDot: Rule = rewrite("local_0_dot_x", ["dot"], (node, graph) => {
  const [x, y] = inputsOf(node);
  const isZero = (v: TensorVariable): boolean =>
    v instanceof TensorConstant && scalarValue(v) === 0;
  if (!(node.op instanceof Dot) || !(isZero(x!) || isZero(y!))) return undefined;
  const shapes = shapesOf(graph);
  if (shapes === undefined) return undefined;
  const [left, right] = [shapes.shapeOf(x!), shapes.shapeOf(y!)] as [Shape, Shape];
  const [n, m] = [left.at(-1)!, right.at(-2) ?? right[0]!];
  const zero = like(0, outputOf(node));
  const value = sameSize(n, m)
    ? zero
    : aligned.call(zero, eq(itemVariable(n), itemVariable(m))) as TensorVariable;
  const shape = shapes.shapeOf(outputOf(node));
  return shape.length === 0 ? value : allocItems(value, shape);
});

/**
 * `Σ_jk (W_jk · G_ik)²` for each `i` is a product of squares: no tensor with three axes is made.
 * Theano: `local_sumsqr2dot`.
 */
export const sumsqrToDot: Rule = rewrite("local_sumsqr2dot", ["reduce"], (node) => {
  const { record, axis, dtype } = node.op as Reduce;
  const [x] = inputsOf(node);
  if (record.id !== "sum" || axis?.join() !== "1,2" || x!.ndim !== 3) return undefined;
  const product = squared(x!)?.owner;
  const factors = product && madeBy(outputOf(product), "mul") && inputsOf(product);
  if (factors?.length !== 2) return undefined;
  const found = matched(factors[0]!, factors[1]!) ?? matched(factors[1]!, factors[0]!);
  if (found === undefined) return undefined;
  const { w, g } = found;
  const result = dotMatrices(sqr(g), sum(sqr(w), { axis: 0 }));
  return result.dtype === dtype ? result : undefined;
});

function squared(x: TensorVariable): TensorVariable | undefined {
  const node = madeBy(x, "sqr");
  return node && inputsOf(node)[0];
}

/** `W.dimshuffle("x", 0, 1)` and `G.dimshuffle(0, "x", 1)`. */
function matched(
  first: TensorVariable,
  second: TensorVariable,
): { w: TensorVariable; g: TensorVariable } | undefined {
  const w = turned(first, "x,0,1");
  const g = turned(second, "0,x,1");
  return w && g && w.dtype === g.dtype ? { w, g } : undefined;
}

function turned({ owner }: TensorVariable, order: string): TensorVariable | undefined {
  const isTurned = owner?.op instanceof DimShuffle && owner.op.order.join() === order;
  return isTurned ? inputsOf(owner)[0] : undefined;
}
