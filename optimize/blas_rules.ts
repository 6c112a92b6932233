/**
 * @file Products of the graph as the products of kernels: `Dot22`, `Dot22Scalar`, `Gemv`, `Ger`.
 */

import { isContinuous } from "../core/dtype/dtype.ts";
import { upcast } from "../core/dtype/promote.ts";
import { call } from "../core/graph/op.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import type { Apply } from "../core/graph/variable.ts";
import { AllocEmpty, allocItems } from "../core/ops/alloc.ts";
import { cast, mul } from "../core/ops/arithmetic.ts";
import { Dot22, Dot22Scalar, Gemm, Gemv, Ger } from "../core/ops/blas.ts";
import { Dot } from "../core/ops/dot.ts";
import type { ShapeItem } from "../core/ops/kind.ts";
import { axisSize } from "../core/ops/shape.ts";
import { itemVariable } from "../core/ops/shape_item.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { dimshuffleLift } from "./canonical_rules.ts";
import { equilibrium, RuleIndex, sweep } from "./engine.ts";
import { hasOneClient, inputsOf, like, recordOf, shuffled } from "./forms.ts";
import { asScalar, findGemm } from "./gemm.ts";
import { scalarValue } from "./match.ts";
import type { Pass } from "./pass.ts";
import { rewrite, type Rule } from "./rule.ts";
import { shapesOf } from "./shape_feature.ts";

const dot22Op = new Dot22();
const dot22ScalarOp = new Dot22Scalar();
const gemvOp = new Gemv();
const gerOp = new Ger();

function dot22(x: TensorVariable, y: TensorVariable): TensorVariable {
  return call(dot22Op, x, y) as TensorVariable;
}

/** Products of floats are products of matrices; vectors are their only row or column. */
export const dotToDot22: Rule = rewrite("local_dot_to_dot22", ["dot"], (node) => {
  const [x, y] = inputsOf(node);
  if (!(node.op instanceof Dot) || x!.dtype !== y!.dtype || !isContinuous(x!.dtype)) {
    return undefined;
  }
  const left = x!.ndim === 2 ? x! : shuffled(x!, ["x", 0]);
  const right = y!.ndim === 2 ? y! : shuffled(y!, [0, "x"]);
  const kept = [x!.ndim, y!.ndim].flatMap((ndim, axis) => ndim === 2 ? [axis] : []);
  return shuffled(dot22(left, right), kept);
});

/** A scaled product is one kernel. */
export const dot22ToDot22Scalar: Rule = rewrite(
  "local_dot22_to_dot22scalar",
  [mul],
  (node, graph) => {
    const factors = inputsOf(node);
    const at = factors.findIndex((x) => x.owner?.op instanceof Dot22 && hasOneClient(graph, x));
    if (at < 0) return undefined;
    const product = factors[at]!;
    const rest = factors.filter((_, i) => i !== at);
    const found = takenScalar(rest, product) ?? takenFromInner(graph, rest, product);
    if (found === undefined) return undefined;
    const [u, v] = inputsOf(product.owner!);
    const scaled = call(dot22ScalarOp, u!, v!, found.scale) as TensorVariable;
    return found.others.length === 0 ? scaled : mul(scaled, ...found.others);
  },
);

interface Taken {
  readonly scale: TensorVariable;
  readonly others: readonly TensorVariable[];
}

/** The first factor that is a scalar, and the others. */
function takenScalar(
  factors: readonly TensorVariable[],
  { dtype }: TensorVariable,
): Taken | undefined {
  for (const [i, x] of factors.entries()) {
    const scalar = upcast(x.dtype, dtype) === dtype ? asScalar(x) : undefined;
    if (scalar === undefined) continue;
    return { scale: cast(scalar, dtype), others: factors.filter((_, k) => k !== i) };
  }
  return undefined;
}

/** A scalar that is a factor of a factor. */
function takenFromInner(
  graph: FunctionGraph,
  factors: readonly TensorVariable[],
  product: TensorVariable,
): Taken | undefined {
  for (const [i, x] of factors.entries()) {
    if (recordOf(x.owner)?.name !== "mul" || !hasOneClient(graph, x)) continue;
    const found = takenScalar(inputsOf(x.owner!), product);
    if (found === undefined || x.dtype !== product.dtype) continue;
    const others = factors.filter((_, k) => k !== i);
    return { scale: found.scale, others: [...others, ...found.others] };
  }
  return undefined;
}

/** A product with a sum of which the result is a row or a column. */
export const gemmToGemv: Rule = rewrite("local_gemm_to_gemv", ["gemm"], (node) => {
  if ((node.op as Gemm).inplace) return undefined;
  const [z, a, x, y, b] = inputsOf(node);
  const isRow = (m: TensorVariable): boolean => m.broadcastable[0]! && !m.broadcastable[1]!;
  const isColumn = (m: TensorVariable): boolean => !m.broadcastable[0]! && m.broadcastable[1]!;
  if (isRow(z!) && isRow(x!)) {
    const made = gemv(shuffled(z!, [1]), a!, shuffled(y!, [1, 0]), shuffled(x!, [1]), b!);
    return shuffled(made, ["x", 0]);
  }
  if (isColumn(z!) && isColumn(y!)) {
    const made = gemv(shuffled(z!, [0]), a!, x!, shuffled(y!, [0]), b!);
    return shuffled(made, [0, "x"]);
  }
  return undefined;
});

function gemv(...inputs: readonly TensorVariable[]): TensorVariable {
  return call(gemvOp, ...inputs) as TensorVariable;
}

/** A product with a sum of a column and a row. */
export const gemmToGer: Rule = rewrite("local_gemm_to_ger", ["gemm"], (node, graph) => {
  if ((node.op as Gemm).inplace) return undefined;
  const [z, a, x, y, b] = inputsOf(node);
  if (!x!.broadcastable[1] || !y!.broadcastable[0]) return undefined;
  const keep = scalarValue(b!);
  if (keep !== 0 && keep !== 1) return undefined;
  const start = keep === 1 ? z! : zerosFor(graph, x!, y!);
  return call(gerOp, start, a!, shuffled(x!, [0]), shuffled(y!, [1]));
});

/** Zeros in the shape of a product. */
function zerosFor(graph: FunctionGraph, x: TensorVariable, y: TensorVariable): TensorVariable {
  return allocItems(like(0, x), [sizeOf(graph, x, 0), sizeOf(graph, y, 1)]);
}

function sizeOf(graph: FunctionGraph, x: TensorVariable, axis: number): ShapeItem {
  return shapesOf(graph)?.getShape(x, axis) ?? axisSize(x, axis);
}

/** A product of which one factor is a vector, or both. */
export const dot22ToGerOrGemv: Rule = rewrite(
  "local_dot22_to_ger_or_gemv",
  ["dot"],
  (node, graph) => {
    if (!(node.op instanceof Dot22)) return undefined;
    const [x, y] = inputsOf(node) as [TensorVariable, TensorVariable];
    const [rowX, columnX] = x.broadcastable;
    const [rowY, columnY] = y.broadcastable;
    const one = like(1, x);
    const zero = like(0, x);
    if (columnX && rowY) {
      return call(gerOp, zerosFor(graph, x, y), one, shuffled(x, [0]), shuffled(y, [1]));
    }
    if (rowX && (columnY || !rowY)) {
      const memory = emptyVector(x, sizeOf(graph, y, 1));
      const made = gemv(memory, one, shuffled(y, [1, 0]), shuffled(x, [1]), zero);
      return shuffled(made, ["x", 0]);
    }
    if (!rowX && !columnX && columnY) {
      const memory = emptyVector(x, sizeOf(graph, x, 0));
      return shuffled(gemv(memory, one, x, shuffled(y, [0]), zero), [0, "x"]);
    }
    return undefined;
  },
);

function emptyVector({ dtype }: TensorVariable, size: ShapeItem): TensorVariable {
  return call(new AllocEmpty(dtype), itemVariable(size)) as TensorVariable;
}

const vectorRules = [gemmToGemv, gemmToGer, dot22ToGerOrGemv, dimshuffleLift];
const allRules = [dotToDot22, dot22ToDot22Scalar, ...vectorRules];

/** All of it, in Theano's order. Theano: `BlasOpt`. */
export const blasPass: Pass = {
  name: "BlasOpt",
  position: 1.7,
  tags: ["fast_run", "fast_compile"],
  rules: allRules.map((rule) => ({
    ...rule,
    tags: ["fast_run", "fast_compile", "BlasOpt", ...rule.tags],
  })),
  run: (graph, { rewriter, index, query }) => {
    if (!graph.applyNodes.values().some(isProduct)) return;
    const only = (rules: readonly Rule[]): RuleIndex =>
      new RuleIndex(index.rules.filter(({ name }) => rules.some((rule) => rule.name === name)));
    sweep(rewriter, only([dotToDot22]), "in2out");
    if (query.selects("gemm_optimizer", ["fast_run", "fast_compile"])) findGemm(graph, rewriter);
    sweep(rewriter, only([dot22ToDot22Scalar]), "in2out");
    equilibrium(rewriter, only(vectorRules), "local_gemm_to_gemv");
  },
};

function isProduct({ op }: Apply): boolean {
  return op instanceof Dot || op instanceof Dot22 || op instanceof Gemm;
}
