/**
 * @file Sums and products in one form: terms over terms, the constant first.
 *
 * A tree of `add`, `sub` and `neg` (or `mul`, `true_div` and `inv`) is a list of terms above and a list
 * below: `a + b − c` is `[a, b] over [c]`, `a · b / c` is `[a, b] over [c]`. What is in both lists goes,
 * constants become one, and the lists become nodes again. If the lists did not change, the tree is left
 * as it is, so that a canonical tree is canonical.
 *
 * Special values, as in Theano: `x / x` is 1 and `x − x` is 0 also where `x` is 0, infinite or NaN.
 * Constants are merged only if that neither overflows nor vanishes.
 */

import { Complex, type DType, type Element, isBig, isComplex } from "../core/dtype/dtype.ts";
import { upcast } from "../core/dtype/promote.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { abs, add, cast, inv, mul, neg, sgn, sub, trueDiv } from "../core/ops/arithmetic.ts";
import type { DimShuffle } from "../core/ops/dimshuffle.ts";
import { arrayOf } from "../core/ops/elements.ts";
import type { Binary, Unary, Variadic } from "../core/ops/elementwise.ts";
import type { TensorType } from "../core/tensor/tensor_type.ts";
import { constant } from "../core/tensor/constructors.ts";
import { TensorConstant, type TensorVariable } from "../core/tensor/tensor_variable.ts";
import { inputsOf, madeBy, outputOf, recordOf } from "./forms.ts";
import { scalarElement } from "./match.ts";
import { rewrite, type Rule, trackOf } from "./rule.ts";

/** Terms above and below the line. */
export interface Terms {
  readonly above: readonly TensorVariable[];
  readonly below: readonly TensorVariable[];
}

/** A further simplification of terms; undefined if there is none. */
export type Simplifier = (terms: Terms) => Terms | undefined;

/** A group of ops in which terms can be cancelled. */
interface Group {
  readonly main: Variadic;
  readonly inverse: Binary;
  readonly reciprocal: Unary;
  /** What no terms are: 0 or 1. */
  readonly neutral: number;
  /** Whether terms below alone are `reciprocal(…)`; else `inverse(neutral, …)`. */
  readonly usesReciprocal: boolean;
  /** What numbers amount to. */
  readonly real: (above: readonly number[], below: readonly number[]) => number;
  /** What whole numbers of 64 bits amount to, if that is whole. */
  readonly whole: (above: readonly bigint[], below: readonly bigint[]) => bigint | undefined;
  readonly simplifiers: readonly Simplifier[];
}

const sums: Group = {
  main: add,
  inverse: sub,
  reciprocal: neg,
  neutral: 0,
  usesReciprocal: true,
  real: (above, below) => below.reduce((sum, x) => sum - x, above.reduce((sum, x) => sum + x, 0)),
  whole: (above, below) => below.reduce((sum, x) => sum - x, above.reduce((sum, x) => sum + x, 0n)),
  simplifiers: [],
};

const products: Group = {
  main: mul,
  inverse: trueDiv,
  reciprocal: inv,
  neutral: 1,
  usesReciprocal: false,
  real: (above, below) =>
    above.reduce((product, x) => product * x, 1) / below.reduce((product, x) => product * x, 1),
  whole: (above, below) =>
    below.length === 0 ? above.reduce((product, x) => product * x, 1n) : undefined,
  simplifiers: [signOf],
};

/** The terms of a sum. */
export function sumsOf(x: TensorVariable): Terms {
  return termsOf(sums, x);
}

/** The factors of a product. */
export function productsOf(x: TensorVariable): Terms {
  return termsOf(products, x);
}

/** Factors with what cancels gone and constants merged. */
export function simplifiedProducts(terms: Terms, type: TensorType): Terms {
  return simplified(products, terms, type);
}

/** Factors as nodes; `out` gives the dtype of a 1. */
export function joinProducts(terms: Terms, out: TensorVariable): TensorVariable {
  return merged(products, terms, out);
}

/** Terms as nodes; `out` gives the dtype of a 0. */
export function joinSums(terms: Terms, out: TensorVariable): TensorVariable {
  return merged(sums, terms, out);
}

/** Sums in canonical form. Theano: `local_add_canonizer`. */
export const addCanonizer: Rule = canonizer("local_add_canonizer", sums);

/**
 * Products in canonical form. Theano: `local_mul_canonizer`.
 *
 * @param simplifiers What else may be done with factors.
 */
export function mulCanonizer(...simplifiers: readonly Simplifier[]): Rule {
  const group = { ...products, simplifiers: [...products.simplifiers, ...simplifiers] };
  return canonizer("local_mul_canonizer", group);
}

function canonizer(name: string, group: Group): Rule {
  const tracks = [group.main, group.inverse, group.reciprocal];
  return rewrite(name, tracks, (node, graph) => canonized(group, node, graph), { cast: true });
}

function canonized(group: Group, node: Apply, graph: FunctionGraph): Variable | undefined {
  const out = outputOf(node);
  if (isReadByGroup(group, graph, out)) return undefined;
  const terms = termsOf(group, out);
  const simple = simplified(group, terms, out.type);
  if (isSame(terms.above, simple.above) && isSame(terms.below, simple.below)) return undefined;
  return merged(group, simple, out);
}

/** Whether a client is part of the same tree, and will see to this node. */
function isReadByGroup(group: Group, graph: FunctionGraph, variable: Variable): boolean {
  return graph.clients(variable).some(({ node }) => {
    let client = node;
    while (client !== "output" && trackOf(client.op) === "dimshuffle") {
      const readers = graph.clients(client.outputs[0]!);
      if (readers.length !== 1) break;
      client = readers[0]!.node;
    }
    return client !== "output" && isOfGroup(group, client);
  });
}

function isOfGroup({ main, inverse, reciprocal }: Group, node: Apply): boolean {
  const record = recordOf(node);
  return record === main.record || record === inverse.record || record === reciprocal.record;
}

/**
 * The terms of a tree. Axes added on the left are left out: broadcasting adds them again. Unsigned
 * integers that are widened later are terms as a whole, since they wrap before.
 */
function termsOf(group: Group, x: TensorVariable, dtype: DType = x.dtype): Terms {
  const { owner } = x;
  if (owner === null) return { above: [x], below: [] };
  const record = recordOf(owner);
  if (record === undefined) {
    return padsLeft(owner) ? termsOf(group, inputsOf(owner)[0]!, dtype) : leaf(x);
  }
  const wraps = x.dtype !== dtype && x.dtype.startsWith("uint");
  if (wraps || !isOfGroup(group, owner)) return leaf(x);
  const [first, ...rest] = inputsOf(owner).map((input) => termsOf(group, input, dtype));
  if (record === group.reciprocal.record) return { above: first!.below, below: first!.above };
  if (record === group.main.record) {
    return {
      above: [first!, ...rest].flatMap((terms) => terms.above),
      below: [first!, ...rest].flatMap((terms) => terms.below),
    };
  }
  const [second] = rest;
  return {
    above: [...first!.above, ...second!.below],
    below: [...first!.below, ...second!.above],
  };
}

function leaf(x: TensorVariable): Terms {
  return { above: [x], below: [] };
}

function padsLeft(node: Apply): boolean {
  if (trackOf(node.op) !== "dimshuffle") return false;
  const { order } = node.op as DimShuffle;
  const [x] = inputsOf(node);
  const added = order.length - x!.ndim;
  return added >= 0 && order.every((axis, i) => axis === (i < added ? "x" : i - added));
}

function simplified(group: Group, terms: Terms, type: TensorType): Terms {
  let result = withConstant(group, cancelled(terms), type);
  for (const simplify of group.simplifiers) result = simplify(result) ?? result;
  return result;
}

/** The terms without those that are both above and below. */
function cancelled({ above, below }: Terms): Terms {
  const left = [...below];
  const kept = above.filter((term) => {
    const at = left.findIndex((other) => isEqual(term, other));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return { above: kept, below: left };
}

function isEqual(x: TensorVariable, y: TensorVariable): boolean {
  return x === y || (x instanceof TensorConstant && x.equals(y));
}

function isSame(xs: readonly TensorVariable[], ys: readonly TensorVariable[]): boolean {
  return xs.length === ys.length && xs.every((x, i) => x === ys[i]);
}

/** The terms with their constants merged into one, in front. */
function withConstant(group: Group, terms: Terms, type: TensorType): Terms {
  const isKnown = (term: TensorVariable): boolean => scalarElement(term) !== undefined;
  const constantsAbove = terms.above.filter(isKnown);
  const constantsBelow = terms.below.filter(isKnown);
  const count = constantsAbove.length + constantsBelow.length;
  if (count === 0) return terms;
  const merged = mergedConstant(group, constantsAbove, constantsBelow, type);
  if (merged === undefined) return terms;
  const rest = terms.above.filter((term) => !isKnown(term));
  const isDropped = isNeutral(group, merged) && (group.usesReciprocal || rest.length > 0);
  if (count === 1 && terms.above[0] === constantsAbove[0] && !isDropped) return terms;
  const below = terms.below.filter((term) => !isKnown(term));
  return { above: isDropped ? rest : [merged, ...rest], below };
}

function isNeutral(group: Group, value: TensorConstant): boolean {
  return Number(scalarElement(value)) === group.neutral;
}

/** The constant that constants amount to, or undefined where merging them would lose. */
function mergedConstant(
  group: Group,
  above: readonly TensorVariable[],
  below: readonly TensorVariable[],
  { dtype }: TensorType,
): TensorConstant | undefined {
  const [ups, downs] = [above, below].map((list) => list.map((x) => scalarElement(x)!));
  const elements = [...ups!, ...downs!];
  if (isComplex(dtype) || elements.some((x) => x instanceof Complex)) return undefined;
  if (isBig(dtype)) {
    const total = group.whole(ups!.map(bigOf), downs!.map(bigOf));
    return total === undefined ? undefined : constant(arrayOf([total], [], dtype));
  }
  const value = group.real(ups!.map(Number), downs!.map(Number));
  const loses = elements.every((x) => Number.isFinite(Number(x)) && Number(x) !== 0) &&
    (!Number.isFinite(value) || (value === 0 && group !== sums));
  return loses ? undefined : constant(value, { dtype });
}

function bigOf(element: Element): bigint {
  return BigInt(element as number | bigint | boolean);
}

/** The terms as nodes, computed in the dtype of the result. */
function merged(group: Group, { above, below }: Terms, out: TensorVariable): TensorVariable {
  const neutral = constant(group.neutral, { dtype: out.dtype });
  const joined = (terms: readonly TensorVariable[]): TensorVariable =>
    terms.length === 1 ? terms[0]! : group.main(...widened(terms, out.dtype));
  if (below.length === 0) return above.length === 0 ? neutral : joined(above);
  if (above.length > 0) {
    const [up, down] = widened([joined(above), joined(below)], out.dtype);
    return group.inverse(up!, down!);
  }
  const [down] = widened([joined(below)], out.dtype);
  return group.usesReciprocal ? group.reciprocal(down!) : group.inverse(neutral, down!);
}

/**
 * Operands whose common dtype is the one given, as it was before terms cancelled: what is left may be
 * narrower, and would wrap or round.
 */
function widened(terms: readonly TensorVariable[], dtype: DType): readonly TensorVariable[] {
  const [first, ...rest] = terms;
  const common = upcast(first!.dtype, ...rest.map((term) => term.dtype));
  return common === dtype ? terms : [cast(first!, dtype), ...rest];
}

/** `x / |x|` is the sign of `x`. */
function signOf({ above, below }: Terms): Terms | undefined {
  for (const [i, term] of below.entries()) {
    const x = madeBy(term, abs.record.name)?.inputs[0];
    const at = above.findIndex((factor) => factor === x);
    if (at < 0 || isComplex(above[at]!.dtype)) continue;
    return { above: above.with(at, sgn(above[at]!)), below: below.toSpliced(i, 1) };
  }
  return undefined;
}
