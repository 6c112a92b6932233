/**
 * @file Factors distributed over sums where that saves divisions.
 */

import type { Apply } from "../core/graph/variable.ts";
import { mul, trueDiv } from "../core/ops/arithmetic.ts";
import type { TensorType } from "../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../core/tensor/tensor_variable.ts";
import {
  joinProducts,
  joinSums,
  productsOf,
  simplifiedProducts,
  sumsOf,
  type Terms,
} from "./canonizer.ts";
import { outputOf } from "./forms.ts";
import { rewrite, type Rule } from "./rule.ts";

/** How many products a quotient is worth. */
const quotientCost = 1.5;

/**
 * `(a / x + b / y) · x · y` is `a · y + b · x`, and `(a / x + b) · x` is `a + b · x`; `(a + b) · x` stays.
 * Theano: `local_greedy_distributor`.
 */
export const greedyDistributor: Rule = rewrite(
  "local_greedy_distributor",
  [mul, trueDiv],
  (node) => distributed(node),
);

/** Factors that are looked at: `mine` are tried as sums that the others are distributed over. */
interface Sides {
  readonly done: readonly TensorVariable[];
  readonly mine: readonly TensorVariable[];
  readonly others: readonly TensorVariable[];
}

function distributed(node: Apply): TensorVariable | undefined {
  const out = outputOf(node);
  const { above, below } = productsOf(out);
  if (above.length === 1 && below.length === 0) return undefined;
  const up = overSums({ done: [], mine: above, others: below }, out.type);
  const down = overSums({ done: [], mine: up.others, others: [] }, out.type);
  if (isSame(up.done, above) && isSame(down.done, below)) return undefined;
  const result = joinProducts({ above: up.done, below: down.done }, out);
  return result.type.equals(out.type) ? result : undefined;
}

function isSame(xs: readonly TensorVariable[], ys: readonly TensorVariable[]): boolean {
  return xs.length === ys.length && xs.every((x, i) => x === ys[i]);
}

/** Takes each factor in turn, and distributes as many of the rest over it as pays. */
function overSums(sides: Sides, type: TensorType): Sides {
  let { done, mine, others } = sides;
  while (mine.length > 0) {
    const [factor, ...rest] = mine;
    const result = overSum(factor!, rest, others, type);
    done = [...done, result.factor];
    [mine, others] = [result.mine, result.others];
  }
  return { done, mine, others };
}

interface Distribution {
  readonly factor: TensorVariable;
  readonly mine: readonly TensorVariable[];
  readonly others: readonly TensorVariable[];
}

function overSum(
  factor: TensorVariable,
  mine: readonly TensorVariable[],
  others: readonly TensorVariable[],
  type: TensorType,
): Distribution {
  const unchanged = { factor, mine, others };
  const terms = sumsOf(factor);
  if (terms.above.length === 1 && terms.below.length === 0) return unchanged;
  // The terms become products in the dtype of the sum, which must hold them.
  if (factor.dtype !== type.dtype) return unchanged;
  let pairs = { plus: terms.above.map(productsOf), minus: terms.below.map(productsOf) };
  const pays = (more: Terms): boolean => {
    const next = multiplied(pairs, more, type);
    if (savings(pairs, next, more) <= 0) return false;
    pairs = next;
    return true;
  };
  const mineLeft = mine.filter((x) => !pays({ above: [x], below: [] }));
  const othersLeft = others.filter((x) => !pays({ above: [], below: [x] }));
  if (mineLeft.length === mine.length && othersLeft.length === others.length) return unchanged;
  const sum = joinSums({
    above: pairs.plus.map((pair) => joinProducts(pair, factor)),
    below: pairs.minus.map((pair) => joinProducts(pair, factor)),
  }, factor);
  return { factor: sum, mine: mineLeft, others: othersLeft };
}

interface Pairs {
  readonly plus: readonly Terms[];
  readonly minus: readonly Terms[];
}

function multiplied(
  { plus, minus }: Pairs,
  more: Terms,
  type: TensorType,
): { plus: Terms[]; minus: Terms[] } {
  const times = ({ above, below }: Terms): Terms =>
    simplifiedProducts(
      { above: [...above, ...more.above], below: [...below, ...more.below] },
      type,
    );
  return { plus: plus.map(times), minus: minus.map(times) };
}

/** How many operations are saved. */
function savings(before: Pairs, after: Pairs, moved: Terms): number {
  const cost = ({ above, below }: Terms): number => above.length + quotientCost * below.length;
  const total = ({ plus, minus }: Pairs): number =>
    [...plus, ...minus].reduce((sum, pair) => sum + cost(pair), 0);
  return cost(moved) + total(before) - total(after);
}
