/**
 * @file Faster equal forms: the rules of `specialize` and later about elementwise algebra.
 *
 * Special values, as in Theano: `x⁰˙⁵` is a square root, whose value at −0 is −0 and at −∞ is NaN;
 * `x − x` is 0 also where `x` is infinite or NaN.
 */

import { isComplex, isDiscrete } from "../core/dtype/dtype.ts";
import { add, cast, inv, mul, neg, sqr, sub, trueDiv } from "../core/ops/arithmetic.ts";
import { hardSigmoid } from "../core/ops/nnet.ts";
import { ultraFastSigmoid } from "../core/ops/softsign.ts";
import { pow, sigmoid, sqrt } from "../core/ops/transcendental.ts";
import { constant as constantOf } from "../core/tensor/constructors.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { inputsOf, like, madeBy, outputOf, sameOp } from "./forms.ts";
import { scalarValue } from "./match.ts";
import { constant, hole, on, rewrite, type Rule, rule } from "./rule.ts";

const x = hole("x");
const c = constant("c");
const casting = { cast: true } as const;

/** Zeros are no terms. */
export const addSpecialize: Rule = rewrite("local_add_specialize", [add], (node) => {
  const inputs = inputsOf(node);
  const terms = inputs.filter((term) => scalarValue(term) !== 0);
  if (terms.length === inputs.length) return undefined;
  if (terms.length === 0) return like(0, outputOf(node));
  return terms.length === 1 ? terms[0] : add(...terms);
}, casting);

/** Ones and signs are no factors: they become one `neg` at most. */
export const mulSpecialize: Rule = rewrite("local_mul_specialize", [mul], (node) => {
  const out = outputOf(node);
  const factors: TensorVariable[] = [];
  let [isNegative, signs, ones] = [false, 0, 0];
  for (const input of inputsOf(node)) {
    let factor = input;
    for (let inner = unsigned(factor, out); inner !== undefined; inner = unsigned(factor, out)) {
      factor = inner;
      [isNegative, signs] = [!isNegative, signs + 1];
    }
    const value = scalarValue(factor);
    if (value === 0) return like(0, out);
    if (value === -1) isNegative = !isNegative;
    if (value === 1 || value === -1) ones++;
    else factors.push(factor);
  }
  if (signs === 0 && ones === 0) return undefined;
  if (factors.length === 0) return like(isNegative ? -1 : 1, out);
  if (!isNegative) return factors.length === 1 ? factors[0] : mul(...factors);
  if (factors.length === 1) {
    const { dtype } = factors[0]!;
    return dtype === "bool" || dtype.startsWith("uint") ? undefined : neg(factors[0]!);
  }
  return signs === 0 && ones === 1 ? undefined : mul(like(-1, out), ...factors);
}, casting);

/** The `x` of a `−x` whose sign can go to a result: integers must not wrap before they widen. */
function unsigned(factor: TensorVariable, out: TensorVariable): TensorVariable | undefined {
  const opposed = madeBy(factor, neg.record.name);
  const keeps = factor.dtype === out.dtype || !isDiscrete(factor.dtype);
  return opposed !== undefined && keeps ? inputsOf(opposed)[0] : undefined;
}

/** `x · x` is `x²`. */
export const mulToSqr: Rule = rule("local_mul_to_sqr", on(mul, x, x), ({ x }) => sqr(x));

/** Powers with small exponents. */
export const powSpecialize: Rule = rule(
  "local_pow_specialize",
  on(pow, x, c),
  ({ x, c }, node) => specialPower(x, scalarValue(c)!, outputOf(node)),
  undefined,
  casting,
);

function specialPower(
  x: TensorVariable,
  exponent: number,
  out: TensorVariable,
): TensorVariable | undefined {
  const base = cast(x, out.dtype);
  switch (exponent) {
    case 2:
      return sqr(base);
    case 1:
      return base;
    case 0:
      return like(1, out);
  }
  if (isDiscrete(out.dtype)) return undefined;
  switch (exponent) {
    case 0.5:
      return sqrt(base);
    case -0.5:
      return inv(sqrt(base));
    case -1:
      return inv(base);
    case -2:
      return inv(sqr(base));
    default:
      return undefined;
  }
}

/** The largest exponent for which products beat a power. */
const largestExponent = 512;

/** A whole power is a product of repeated squares. */
export const powSpecializeDevice: Rule = rule(
  "local_pow_specialize_device",
  on(pow, x, c),
  ({ x, c }, node) => productOfSquares(x, scalarValue(c)!, outputOf(node)),
  ({ x, c }, node) => {
    const exponent = scalarValue(c)!;
    const isWhole = Number.isInteger(exponent) && Math.abs(exponent) <= largestExponent;
    const isKept = x.broadcastable.every((one, k) => one === outputOf(node).broadcastable[k]);
    return isWhole && Math.abs(exponent) > 2 && isKept && !isComplex(x.dtype) &&
      (exponent > 0 || !isDiscrete(outputOf(node).dtype));
  },
  casting,
);

function productOfSquares(
  x: TensorVariable,
  exponent: number,
  out: TensorVariable,
): TensorVariable {
  const factors: TensorVariable[] = [];
  let square = cast(x, out.dtype);
  for (let left = Math.abs(exponent); left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) factors.unshift(square);
    if (left > 1) square = sqr(square);
  }
  const product = factors.length === 1 ? factors[0]! : mul(...factors);
  return exponent < 0 ? inv(product) : product;
}

/** `1 / x` is `inv(x)`. */
export const divToInv: Rule = rule(
  "local_div_to_inv",
  on(trueDiv, 1, x),
  ({ x }, node) => inv(cast(x, outputOf(node).dtype)),
);

/** `−−x` is `x`. */
export const negNeg: Rule = rule("local_neg_neg", on(neg, on(neg, x)), ({ x }) => x);

/** `−(−a / b)` is `a / b`, and `−(c / b)` is `(−c) / b`. */
export const negDivNeg: Rule = rewrite("local_neg_div_neg", [neg], (node, graph) => {
  const [quotient] = inputsOf(node);
  const owner = madeBy(quotient!, trueDiv.record.name);
  if (owner === undefined) return undefined;
  const [above, below] = inputsOf(owner);
  const opposed = unsigned(above!, quotient!);
  if (opposed !== undefined) return trueDiv(opposed, below!);
  const value = scalarValue(above!);
  const isOnlyUse = graph.clients(quotient!).length === 1;
  if (value === undefined || !isOnlyUse || isDiscrete(above!.dtype)) return undefined;
  if (!above!.broadcastable.every(Boolean)) return undefined;
  return trueDiv(constantOf(-value, { dtype: above!.dtype, ndim: above!.ndim }), below!);
});

/** `x − x` is 0. */
export const subZeros: Rule = rule(
  "local_elemwise_sub_zeros",
  on(sub, x, x),
  (_, node) => like(0, outputOf(node)),
);

/** Conditions that are known to hold need no check. */
export const uselessAssert: Rule = rewrite("local_remove_useless_assert", ["assert"], (node) => {
  const [value, ...conditions] = inputsOf(node);
  const open = conditions.filter((condition) => {
    const known = scalarValue(condition);
    return known === undefined || known === 0;
  });
  if (open.length === conditions.length) return undefined;
  return open.length === 0 ? value : sameOp(node, value!, ...open);
});

/** Checks that a correct program never fails. */
export const removeAllAssert: Rule = rewrite(
  "local_remove_all_assert",
  ["assert"],
  (node) => node.inputs[0],
  { tags: ["opt_in", "unsafe"] },
);

/** `sigmoid` from straight lines, right to 2 digits: only on demand. */
export const ultraFast: Rule = rule(
  "local_ultra_fast_sigmoid",
  on(sigmoid, x),
  ({ x }) => ultraFastSigmoid(x),
  undefined,
  { tags: ["opt_in", "approximate"] },
);

/** `sigmoid` as one straight line between 0 and 1: only on demand. */
export const hard: Rule = rule(
  "local_hard_sigmoid",
  on(sigmoid, x),
  ({ x }) => hardSigmoid(x),
  undefined,
  { tags: ["opt_in", "approximate"], cast: true },
);
