/**
 * @file Rules about error functions: complements are computed as such, and their logarithm far out from
 * a series.
 *
 * Each pattern stands in the spelling of users and in the canonical one, where `x − 1` is `−1 + x` and
 * `−x` is `−1 · x`.
 */

import { add, cast, mul, neg, sqr, sub, trueDiv } from "../core/ops/arithmetic.ts";
import { lt, switch_ } from "../core/ops/logic.ts";
import { erf, erfc, erfcx } from "../core/ops/special.ts";
import { exp, log, log1p } from "../core/ops/transcendental.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { joinProducts, productsOf } from "./canonizer.ts";
import { inputsOf, like, madeBy, negatedIn, opposite, outputOf, recordOf } from "./forms.ts";
import { scalarValue } from "./match.ts";
import { hole, on, rewrite, type Rule, rule } from "./rule.ts";

const x = hole("x");
const erfX = on(erf, x);
const erfcX = on(erfc, x);

/** `1 − erf(x)` is `erfc(x)`. */
export const oneMinusErf: Rule = rule(
  "local_one_minus_erf",
  [on(sub, 1, erfX), on(add, 1, on(mul, -1, erfX)), on(add, 1, on(neg, erfX))],
  ({ x }) => erfc(x),
  undefined,
  { cast: true, tags: ["local_one_minus_erf2", "local_one_plus_neg_erf"] },
);

/** `1 + erf(x)` is `erfc(−x)`. */
export const onePlusErf: Rule = rule(
  "local_one_plus_erf",
  on(add, 1, erfX),
  ({ x }, node) => erfc(opposite(x, outputOf(node))),
  undefined,
  { cast: true },
);

/** `erf(x) − 1` is `−erfc(x)`. */
export const erfMinusOne: Rule = rule(
  "local_erf_minus_one",
  [on(sub, erfX, 1), on(add, -1, erfX)],
  ({ x }) => neg(erfc(x)),
  undefined,
  { cast: true },
);

/** `1 − erfc(x)` is `erf(x)`. */
export const oneMinusErfc: Rule = rule(
  "local_one_minus_erfc",
  [on(sub, 1, erfcX), on(add, 1, on(mul, -1, erfcX)), on(add, 1, on(neg, erfcX))],
  ({ x }) => erf(x),
  undefined,
  {
    cast: true,
    tags: ["local_one_minus_erfc2", "local_one_minus_erfc3", "local_one_add_neg_erfc"],
  },
);

/** `erfc(x) − 1` is `erf(−x)`. */
export const erfNegMinusOne: Rule = rule(
  "local_erf_neg_minus_one",
  [on(sub, erfcX, 1), on(add, -1, erfcX)],
  ({ x }, node) => erf(opposite(x, outputOf(node))),
  undefined,
  { cast: true, tags: ["local_erf_neg_minus_one2"] },
);

/** From here on the complement is computed scaled, so that it does not vanish. */
const far = 1;

/** `log(erfc(x))` is `log(erfcx(x)) − x²` on the right, where `erfc` vanishes. */
export const logErfc: Rule = rule(
  "local_log_erfc",
  on(log, erfcX),
  ({ x }, node) => {
    const t = cast(x, outputOf(node).dtype);
    const beyond = sub(log(erfcx(t)), sqr(t));
    return switch_(lt(t, like(far, beyond)), log1p(neg(erf(t))), beyond);
  },
  undefined,
  { cast: true },
);

/** `exp(−x²) / erfc(x)`, part of the gradient of a logarithm, is `1 / erfcx(x)`. */
export const gradLogErfc: Rule = rewrite("local_grad_log_erfc_neg", [trueDiv], (node) => {
  const out = outputOf(node);
  const { above, below } = productsOf(out);
  for (const [i, factor] of below.entries()) {
    const complement = madeBy(factor, erfc.record.name);
    if (complement === undefined) continue;
    const [x] = inputsOf(complement);
    const at = above.findIndex((other) => isBell(other, x!));
    if (at < 0) continue;
    return joinProducts({ above: above.toSpliced(at, 1), below: below.with(i, erfcx(x!)) }, out);
  }
  return undefined;
}, { cast: true });

/** Whether a factor is `exp(−x²)`. */
function isBell(factor: TensorVariable, x: TensorVariable): boolean {
  const power = madeBy(factor, exp.record.name);
  if (power === undefined) return false;
  const square = negatedIn(inputsOf(power)[0]!)?.owner;
  if (!square) return false;
  const [base, other] = inputsOf(square);
  switch (recordOf(square)?.name) {
    case "sqr":
      return base === x;
    case "mul":
      return square.inputs.length === 2 && base === x && other === x;
    case "pow":
      return base === x && scalarValue(other!) === 2;
    default:
      return false;
  }
}
