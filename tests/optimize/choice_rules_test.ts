/** @file What the rewrites of lazy choices make of a graph, and where they have nothing to do. */

import { assertEquals } from "@std/assert";
import type { Variable } from "../../core/graph/variable.ts";
import { grad } from "../../core/gradient/grad.ts";
import { add, mul, neg, sub, trueDiv } from "../../core/ops/arithmetic.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { dotMatrices } from "../../core/ops/dot.ts";
import { zerosLike } from "../../core/ops/fill.ts";
import { ifelse } from "../../core/ops/if_else.ts";
import { get } from "../../core/ops/indexing.ts";
import { gt } from "../../core/ops/logic.ts";
import { max, sum } from "../../core/ops/reduce.ts";
import { exp, tanh } from "../../core/ops/transcendental.ts";
import { constant, tensor } from "../../core/tensor/constructors.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { liftChoice, removeIdentical } from "../../optimize/if_else_rules.ts";
import type { Rule } from "../../optimize/rule.ts";
import { ShapeFeature } from "../../optimize/shape_feature.ts";
import { Random } from "../helpers/random.ts";
import {
  assertClose,
  graphOf,
  optimized,
  raising,
  samples,
  settle,
  textOf,
  valuesOf,
} from "./rewriting.ts";

const c = tensor("float64", [], { name: "c" });
const [x, y] = ["x", "y"].map((name) => tensor("float64", [false], { name })) as [
  TensorVariable,
  TensorVariable,
];
const m = tensor("float64", [false, false], { name: "m" });
const isPositive = gt(c, 0);

/** A choice between something and zeros, as gradients have it. */
function orZero(value: TensorVariable): TensorVariable {
  const zeros = constant(0, { dtype: "float64" });
  const shape = dimshuffle(zeros, ...new Array<"x">(value.ndim).fill("x"));
  return ifelse(isPositive, value, shape);
}

const zeros = "Alloc({0.0}, Shape_i{0}(x))";

/** What a rule makes of a graph. */
const rows: readonly (readonly [rule: Rule, output: () => Variable, text: string])[] = [
  [removeIdentical, () => ifelse(constant(1), x, y), "x"],
  [removeIdentical, () => ifelse(constant(0), x, y), "y"],
  [removeIdentical, () => ifelse(isPositive, x, x), "x"],
  [removeIdentical, () => add(...ifelse(isPositive, [x, y], [x, y])), "add(x, y)"],
  [liftChoice, () => mul(y, orZero(x)), ""],
  [liftChoice, () => neg(orZero(x)), ""],
  [liftChoice, () => trueDiv(orZero(x), exp(y)), ""],
  [liftChoice, () => sum(orZero(x)), ""],
  [liftChoice, () => dotMatrices(m, orZero(x)), ""],
  [liftChoice, () => dotMatrices(orZero(x), m), ""],
  [liftChoice, () => dimshuffle(orZero(x), "x", 0), ""],
  [liftChoice, () => get(orZero(x), 1), ""],
  [liftChoice, () => neg(mul(y, orZero(x))), ""],
];
for (const [rule, output] of rows) { const g = graphOf(output()); g.attachFeature(new ShapeFeature()); const before = textOf(g); const k = settle(g, rule); console.log(rule.name, before, k, textOf(g)); }
