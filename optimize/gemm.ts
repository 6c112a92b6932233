/**
 * @file Sums of scaled matrices of which one is a product become one product with a sum: `Gemm`.
 *
 * A sum, difference, negative or scaled matrix is read as a list of terms, each a scale and a matrix.
 * Equal matrices become one term. A pair of a matrix of any kind and a product that nobody else reads,
 * of the same type, is `beta · L + alpha · dot(u, v)`; what is left is added to it.
 *
 * Theano: `GemmOptimizer`.
 */

import { Complex, type DType, type Element, isContinuous } from "../core/dtype/dtype.ts";
import { upcast } from "../core/dtype/promote.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { call } from "../core/graph/op.ts";
import type { Apply } from "../core/graph/variable.ts";
import { add, cast, mul, neg } from "../core/ops/arithmetic.ts";
import { Dot22, Gemm } from "../core/ops/blas.ts";
import { type AxisOrNew, DimShuffle } from "../core/ops/dimshuffle.ts";
import { constant } from "../core/tensor/constructors.ts";
import { TensorConstant, type TensorVariable } from "../core/tensor/tensor_variable.ts";
import type { Rewriter } from "./engine.ts";
import { hasOneClient, inputsOf, outputOf, recordOf, shuffled } from "./forms.ts";

/** A factor: a number, or a 0-d variable of an unknown value. */
type Scale = number | TensorVariable;

/** A matrix or vector times a scale. */
interface Term {
  readonly scale: Scale;
  readonly x: TensorVariable;
}

const linear: ReadonlySet<string> = new Set(["add", "sub", "neg", "mul"]);

/**
 * Makes `Gemm` of sums with a `Dot22` in them, until there are no more.
 *
 * @param graph The graph.
 * @param rewriter Its rewriter.
 */
export function findGemm(graph: FunctionGraph, rewriter: Rewriter): void {
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    const nodes = graph.toposort();
    if (!nodes.some(({ op }) => op instanceof Dot22)) return;
    for (const node of nodes.toReversed()) {
      if (!graph.applyNodes.has(node) || !linear.has(recordOf(node)?.name ?? "")) continue;
      const found = gemmOf(graph, node);
      if (found === undefined) continue;
      const old = outputOf(node);
      found.name = old.name;
      if (node.tag.trace !== undefined) found.owner!.tag.trace = node.tag.trace;
      if (rewriter.replace("gemm_optimizer", [[old, found]])) isChanged = true;
    }
  }
}

function gemmOf(graph: FunctionGraph, node: Apply): TensorVariable | undefined {
  const output = outputOf(node);
  if (!isVectorOrMatrix(output)) return undefined;
  const terms: Term[] = [];
  collect(graph, output, 1, terms, true);
  const distinct = factored(terms);
  if (distinct.length < 2) return undefined;
  for (let i = 0; i < distinct.length; i++) {
    for (let j = i + 1; j < distinct.length; j++) {
      const found = pairOf(graph, distinct[i]!, distinct[j]!);
      if (found === undefined) continue;
      const rest = distinct.filter((_, k) => k !== i && k !== j).map(termVariable);
      const sum = rest.length === 0 ? found : add(...rest, found);
      if (sum.type.equals(output.type)) return sum;
    }
  }
  return undefined;
}

function isVectorOrMatrix({ ndim, dtype }: TensorVariable): boolean {
  return (ndim === 1 || ndim === 2) && isContinuous(dtype);
}

/** Adds the terms of a variable, times a scale, to a list. */
function collect(
  graph: FunctionGraph,
  x: TensorVariable,
  scale: Scale,
  terms: Term[],
  isTop: boolean = false,
): void {
  const node = x.owner;
  const name = recordOf(node)?.name;
  const isOpen = node !== null && name !== undefined && linear.has(name) &&
    (isTop || hasOneClient(graph, x)) && isVectorOrMatrix(x) &&
    inputsOf(node).every(({ dtype }) => upcast(dtype, x.dtype) === x.dtype);
  if (!isOpen) {
    terms.push({ scale, x });
    return;
  }
  const [first, second] = inputsOf(node);
  switch (name) {
    case "add":
      for (const input of inputsOf(node)) collect(graph, input, scale, terms);
      break;
    case "sub":
      collect(graph, first!, scale, terms);
      collect(graph, second!, negative(scale), terms);
      break;
    case "neg":
      collect(graph, first!, negative(scale), terms);
      break;
    default:
      collectProduct(graph, x, node, scale, terms);
  }
}

/** A matrix times scalars is a term; any other product is one as a whole. */
function collectProduct(
  graph: FunctionGraph,
  x: TensorVariable,
  node: Apply,
  scale: Scale,
  terms: Term[],
): void {
  const scalars: TensorVariable[] = [];
  const others: TensorVariable[] = [];
  for (const input of inputsOf(node)) {
    const scalar = asScalar(input);
    if (scalar === undefined) others.push(input);
    else scalars.push(scalar);
  }
  const [matrix] = others;
  if (others.length !== 1 || !matrix!.type.equals(x.type)) {
    terms.push({ scale, x });
    return;
  }
  const product = scalars.reduce<Scale>((s, scalar) => times(s, scaleOf(scalar, x.dtype)), scale);
  collect(graph, matrix!, product, terms);
}

/** A variable of which every axis has length one as a scalar, dimshuffles taken off. */
export function asScalar(x: TensorVariable): TensorVariable | undefined {
  if (!x.broadcastable.every(Boolean)) return undefined;
  let inner = x;
  while (inner.owner?.op instanceof DimShuffle) inner = inner.owner.inputs[0] as TensorVariable;
  if (inner.ndim === 0) return inner;
  return inner instanceof TensorConstant ? constant(inner.data.reshape([])) : shuffled(inner, []);
}

/** A scalar as a factor of matrices of a dtype. */
function scaleOf(scalar: TensorVariable, dtype: DType): Scale {
  if (!(scalar instanceof TensorConstant)) return cast(scalar, dtype);
  const value = scalar.data.item<Element>();
  return value instanceof Complex ? scalar : Number(value);
}

function negative(scale: Scale): Scale {
  return typeof scale === "number" ? -scale : neg(scale);
}

function times(a: Scale, b: Scale): Scale {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (a === 1) return b;
  if (b === 1) return a;
  if (a === -1) return negative(b);
  if (b === -1) return negative(a);
  const dtype = (typeof a === "number" ? b as TensorVariable : a).dtype;
  return mul(scalarOf(a, dtype), scalarOf(b, dtype));
}

function plus(a: Scale, b: Scale): Scale {
  if (typeof a === "number" && typeof b === "number") return a + b;
  const dtype = (typeof a === "number" ? b as TensorVariable : a).dtype;
  return add(scalarOf(a, dtype), scalarOf(b, dtype));
}

/** A scale as a scalar; a number gets the dtype, a variable keeps its own. */
function scalarOf(scale: Scale, dtype: DType): TensorVariable {
  return typeof scale === "number" ? constant(scale, { dtype }) : scale;
}

/** The terms, those of one matrix put together. */
function factored(terms: readonly Term[]): Term[] {
  const scales = new Map<TensorVariable, Scale>();
  for (const { scale, x } of terms) {
    const known = scales.get(x);
    scales.set(x, known === undefined ? scale : plus(known, scale));
  }
  return [...scales].map(([x, scale]) => ({ scale, x }));
}

function termVariable({ scale, x }: Term): TensorVariable {
  if (scale === 1) return x;
  if (scale === -1) return neg(x);
  return mul(scalarOf(scale, x.dtype), x);
}

/** Two terms of one type of which one is a product. */
function pairOf(graph: FunctionGraph, one: Term, other: Term): TensorVariable | undefined {
  if (!one.x.type.equals(other.x.type)) return undefined;
  return withProduct(graph, one, other) ?? withProduct(graph, other, one);
}

/** `beta · L + alpha · dot(u, v)`, if the second term is a product that nobody else reads. */
function withProduct(
  graph: FunctionGraph,
  term: Term,
  factor: Term,
): TensorVariable | undefined {
  const { dtype } = term.x;
  const scales = [factor.scale, term.scale].map((scale) => scalarOf(scale, dtype));
  if (scales.some((s) => upcast(s.dtype, dtype) !== dtype)) return undefined;
  const [alpha, beta] = scales.map((s) => cast(s, dtype)) as [TensorVariable, TensorVariable];
  const found = productOf(graph, factor.x);
  if (found === undefined) return undefined;
  const { node, intoMatrix, back } = found;
  const [u, v] = inputsOf(node);
  const z = intoMatrix === undefined ? term.x : shuffled(term.x, intoMatrix);
  const made = call(new Gemm(), z, alpha, u!, v!, beta) as TensorVariable;
  return back === undefined ? made : shuffled(made, back);
}

interface ProductTerm {
  readonly node: Apply;
  /** How an addend becomes a matrix like the product's; undefined where it is one. */
  readonly intoMatrix?: readonly AxisOrNew[];
  /** How the result becomes a vector again. */
  readonly back?: readonly number[];
}

const asColumn: Omit<ProductTerm, "node"> = { intoMatrix: [0, "x"], back: [0] };
const asRow: Omit<ProductTerm, "node"> = { intoMatrix: ["x", 0], back: [1] };

/** The product that a variable is, or that a vector is the only row or column of. */
function productOf(graph: FunctionGraph, x: TensorVariable): ProductTerm | undefined {
  const { owner } = x;
  if (owner === null || !hasOneClient(graph, x)) return undefined;
  if (owner.op instanceof Dot22) return { node: owner };
  if (!(owner.op instanceof DimShuffle) || x.ndim !== 1) return undefined;
  const [inner] = inputsOf(owner);
  const node = inner!.owner;
  if (!(node?.op instanceof Dot22) || !hasOneClient(graph, inner!)) return undefined;
  return { node, ...(owner.op.order[0] === 0 ? asColumn : asRow) };
}
