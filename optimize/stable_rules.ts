/**
 * @file Same value, better numbers: logarithms and exponentials that would lose digits or overflow.
 *
 * Canonicalization has run: `1 − x` stands as it is, `x − 1` is `−1 + x`, and `−x` is `−1 · x`. Patterns
 * are given in both spellings where a rule is also used elsewhere.
 */

import type { Apply } from "../core/graph/variable.ts";
import {
  add,
  cast,
  inv,
  maximum,
  minimum,
  mul,
  neg,
  sub,
  trueDiv,
} from "../core/ops/arithmetic.ts";
import { isinf, switch_ } from "../core/ops/logic.ts";
import { makeKeepDims } from "../core/ops/layout.ts";
import { max, Reduce, sum } from "../core/ops/reduce.ts";
import { exp, expm1, log, log1p, pow, sigmoid, softplus } from "../core/ops/transcendental.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { joinProducts, joinSums, productsOf, sumsOf } from "./canonizer.ts";
import { inputsOf, like, madeBy, negatedIn, opposite, outputOf, sameOp } from "./forms.ts";
import { scalarValue } from "./match.ts";
import { hole, on, rewrite, type Rule, rule, trackOf } from "./rule.ts";

const x = hole("x");
const y = hole("y");
const casting = { cast: true } as const;

/** `eˣ − 1`, exact for small `x`. */
export const expMinusOne: Rule = rule(
  "local_expm1",
  [on(sub, on(exp, x), 1), on(add, on(exp, x), -1)],
  ({ x }) => expm1(x),
  undefined,
  casting,
);

/** `log(1 + x)` and `log(1 − x)`, exact for small `x`, the 1 being the sum of all constants. */
export const logOnePlus: Rule = rewrite("local_log1p", [log], (node) => {
  const [argument] = inputsOf(node);
  const difference = madeBy(argument!, sub.record.name);
  if (difference !== undefined) {
    const [one, rest] = inputsOf(difference);
    return scalarValue(one!) === 1 ? log1p(opposite(rest!, outputOf(node))) : undefined;
  }
  const total = madeBy(argument!, add.record.name);
  const rest = total && withoutOne(total);
  return rest && log1p(rest);
}, casting);

/** The terms of a sum without its constants, if these add up to 1. */
function withoutOne(node: Apply): TensorVariable | undefined {
  const rest: TensorVariable[] = [];
  let known = 0;
  for (const input of inputsOf(node)) {
    const value = scalarValue(input);
    if (value === undefined) rest.push(input);
    else known += value;
  }
  if (known !== 1 || rest.length === 0) return undefined;
  return rest.length === 1 ? rest[0] : add(...rest);
}

/** `log(eˣ + eʸ)` from the larger of the two; infinities give themselves. */
export const logAdd: Rule = rule(
  "local_log_add",
  on(log, on(add, on(exp, x), on(exp, y))),
  ({ x, y }, node) => {
    const { dtype } = outputOf(node);
    const [a, b] = [cast(x, dtype), cast(y, dtype)];
    const high = maximum(a, b);
    return switch_(isinf(high), high, add(high, log1p(exp(sub(minimum(a, b), high)))));
  },
  undefined,
  casting,
);

/** `log Σ eˣ` from the largest element, which is added after the logarithm. */
export const logSumExp: Rule = rewrite("local_log_sum_exp", [log], (node) => {
  const [argument] = inputsOf(node);
  const shuffle = argument!.owner && trackOf(argument!.owner.op) === "dimshuffle"
    ? argument!.owner
    : undefined;
  const total = shuffle ? inputsOf(shuffle)[0]!.owner : argument!.owner;
  if (!total || trackOf(total.op) !== "reduce") return undefined;
  const { record, axis } = total.op as Reduce;
  const power = madeBy(total.inputs[0]!, exp.record.name);
  if (record.id !== "sum" || power === undefined || (axis !== null && axis.length === 0)) {
    return undefined;
  }
  const [terms] = inputsOf(power);
  if (isShifted(terms!)) return undefined;
  const result = shiftedLogSum(cast(terms!, outputOf(node).dtype), axis);
  return shuffle ? sameOp(shuffle, result) : result;
}, casting);

function shiftedLogSum(x: TensorVariable, axis: readonly number[] | null): TensorVariable {
  const highest = max(x, { axis });
  const shift = switch_(isinf(highest), like(0, highest), highest);
  const powers = exp(sub(x, makeKeepDims(x, shift, axis)));
  return add(shift, log(sum(powers, { axis })));
}

/** Whether terms are `x − max(x)` already. */
function isShifted(terms: TensorVariable): boolean {
  const difference = madeBy(terms, sub.record.name);
  if (difference === undefined) return false;
  const [x, shift] = inputsOf(difference);
  const plain = unshuffled(shift!);
  const choice = madeBy(plain, switch_.record.name);
  const highest = choice ? unshuffled(inputsOf(choice)[2]!) : plain;
  return highest.owner?.op instanceof Reduce && highest.owner.inputs[0] === x;
}

function unshuffled(x: TensorVariable): TensorVariable {
  const { owner } = x;
  return owner && trackOf(owner.op) === "dimshuffle" ? unshuffled(inputsOf(owner)[0]!) : x;
}

/** Whether a factor is `1 + eᵗ`: that `t`. */
function exponentOfOnePlus(factor: TensorVariable): TensorVariable | undefined {
  const total = madeBy(factor, add.record.name);
  const rest = total && withoutOne(total);
  return rest && exponentOf(rest);
}

function exponentOf(factor: TensorVariable): TensorVariable | undefined {
  const power = madeBy(factor, exp.record.name);
  return power && inputsOf(power)[0];
}

/** `eˣ / (1 + eˣ)` is `sigmoid(x)`, and `c / (1 + eˣ)` is `c · sigmoid(−x)`. */
export const expOverOnePlusExp: Rule = rewrite("local_exp_over_1_plus_exp", [trueDiv], (node) => {
  const out = outputOf(node);
  const { above, below } = productsOf(out);
  const left = [...above];
  const sigmoids: TensorVariable[] = [];
  const rest = below.filter((factor) => {
    const t = exponentOfOnePlus(factor);
    if (t === undefined) return true;
    const at = left.findIndex((other) => exponentOf(other) === t);
    if (at >= 0) left.splice(at, 1);
    sigmoids.push(at >= 0 ? sigmoid(t) : sigmoid(opposite(t, out)));
    return false;
  });
  if (sigmoids.length === 0) return undefined;
  const factors = left.filter((factor) => scalarValue(factor) !== 1);
  return joinProducts({ above: [...sigmoids, ...factors], below: rest }, out);
}, casting);

/** `1 / (1 + eˣ)`, also as a power, is `sigmoid(−x)`. */
export const invOnePlusExp: Rule = rewrite("local_inv_1_plus_exp", [inv, pow], (node) => {
  const [base, exponent] = inputsOf(node);
  if (exponent !== undefined && scalarValue(exponent) !== -1) return undefined;
  const t = exponentOfOnePlus(base!);
  return t && sigmoid(opposite(t, outputOf(node)));
}, casting);

/**
 * `eˣ · sigmoid(−x)` is `sigmoid(x)`, also where `eˣ` is a factor inside a sum: the product would be
 * zero times infinity for large `x`.
 */
export const sigmTimesExp: Rule = rewrite("local_sigm_times_exp", [mul, trueDiv], (node) => {
  const out = outputOf(node);
  const { above, below } = productsOf(out);
  const merged = mergedOnce(above) ?? distributedOnce(above);
  return merged && joinProducts({ above: merged, below }, out);
}, casting);

type Factors = readonly TensorVariable[];

/** The factors with a power and a sigmoid made one, if there are such. */
function mergedOnce(factors: Factors): Factors | undefined {
  for (const [i, power] of factors.entries()) {
    const t = exponentOf(power);
    const at = t === undefined ? -1 : factors.findIndex((factor) => isSigmoidOf(factor, t));
    if (at >= 0) return [sigmoid(t!), ...factors.filter((_, k) => k !== i && k !== at)];
  }
  return undefined;
}

/** Whether a factor is the sigmoid of `−t`. */
function isSigmoidOf(factor: TensorVariable, t: TensorVariable): boolean {
  const owner = madeBy(factor, sigmoid.record.name);
  return owner !== undefined && areOpposite(owner.inputs[0] as TensorVariable, t);
}

/** The factors with a sigmoid taken into a sum in which it meets its power, if there are such. */
function distributedOnce(factors: Factors): Factors | undefined {
  for (const [i, factor] of factors.entries()) {
    const terms = sumsOf(factor);
    const pairs = [...terms.above, ...terms.below].map(productsOf);
    if (pairs.length < 2) continue;
    const exponents = pairs.flatMap(({ above }) => above.map(exponentOf));
    const at = factors.findIndex((other) =>
      exponents.some((t) => t !== undefined && isSigmoidOf(other, t))
    );
    if (at < 0) continue;
    const times = (term: TensorVariable): TensorVariable => {
      const { above, below } = productsOf(term);
      const all = [factors[at]!, ...above];
      return joinProducts({ above: mergedOnce(all) ?? all, below }, factor);
    };
    const sum = joinSums({ above: terms.above.map(times), below: terms.below.map(times) }, factor);
    return [sum, ...factors.filter((_, k) => k !== i && k !== at)];
  }
  return undefined;
}

function areOpposite(x: TensorVariable, y: TensorVariable): boolean {
  return negatedIn(x) === y || negatedIn(y) === x;
}

/** `log(1 + eˣ)` is `softplus(x)`. */
export const logOnePlusExp: Rule = rule(
  "log1pexp_to_softplus",
  on(log1p, on(exp, x)),
  ({ x }) => softplus(x),
);

/** `log(sigmoid(x))` is `−softplus(−x)`. */
export const logSigmoid: Rule = rule(
  "logsigm_to_softplus",
  on(log, on(sigmoid, x)),
  ({ x }, node) => neg(softplus(opposite(x, outputOf(node)))),
);

/** `log(1 − sigmoid(x))` is `−softplus(x)`. */
export const logOneMinusSigmoid: Rule = rule(
  "log1msigm_to_softplus",
  on(log, on(sub, 1, on(sigmoid, x))),
  ({ x }) => neg(softplus(x)),
);

/** `log1p(−sigmoid(x))` is `−softplus(x)`. */
export const logOnePlusNegSigmoid: Rule = rule(
  "log1p_neg_sigmoid",
  [on(log1p, on(neg, on(sigmoid, x))), on(log1p, on(mul, -1, on(sigmoid, x)))],
  ({ x }) => neg(softplus(x)),
);
