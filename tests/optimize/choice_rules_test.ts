/** @file What the rewrites of lazy choices make of a graph, and where they have nothing to do. */

import { assertEquals } from "@std/assert";
import type { NDArray } from "../../core/array/ndarray.ts";
import type { FunctionGraph } from "../../core/graph/function_graph.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { grad } from "../../core/gradient/grad.ts";
import { add, mul, neg, sub, trueDiv } from "../../core/ops/arithmetic.ts";
import { dimshuffle } from "../../core/ops/dimshuffle.ts";
import { dotMatrices } from "../../core/ops/dot.ts";
import { arrayOf } from "../../core/ops/elements.ts";
import { zerosLike } from "../../core/ops/fill.ts";
import { IfElse, ifelse } from "../../core/ops/if_else.ts";
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
  return ifelse(isPositive, value, zerosLike(value));
}

/** The text of a choice between something and zeros of some shape. */
function chosen(value: string, ...shape: readonly string[]): string {
  return `if{}(gt(c, {0}), ${value}, Alloc(${["{0.0}", ...shape].join(", ")}))`;
}

/** What a rule makes of a graph. */
const rows: readonly (readonly [rule: Rule, output: () => Variable, text: string])[] = [
  [removeIdentical, () => ifelse(constant(1), x, y), "x"],
  [removeIdentical, () => ifelse(constant(0), x, y), "y"],
  [removeIdentical, () => ifelse(isPositive, x, x), "x"],
  [removeIdentical, () => add(...ifelse(isPositive, [x, y], [x, y])), "add(x, y)"],
  [liftChoice, () => mul(y, orZero(x)), chosen("mul(y, x)", "Shape_i{0}(y)")],
  [liftChoice, () => neg(orZero(x)), chosen("neg(x)", "Shape_i{0}(x)")],
  [liftChoice, () => trueDiv(orZero(x), exp(y)), chosen("true_div(x, exp(y))", "Shape_i{0}(x)")],
  [liftChoice, () => sum(orZero(x)), chosen("Sum{acc_dtype=float64}(x)")],
  [liftChoice, () => dotMatrices(m, orZero(x)), chosen("dot(m, x)", "Shape_i{0}(m)")],
  [liftChoice, () => dotMatrices(orZero(x), m), chosen("dot(x, m)", "Shape_i{1}(m)")],
  [liftChoice, () => dimshuffle(orZero(x), "x", 0), chosen("ds{x,0}(x)", "{1}, Shape_i{0}(x)")],
  [liftChoice, () => get(orZero(x), 1), chosen("Subtensor{int64}(x, Constant{1})")],
  [liftChoice, () => neg(mul(y, orZero(x))), chosen("neg(mul(y, x))", "Shape_i{0}(y)")],
];

/** The graph of an output with what is known of shapes, which the rules ask for. */
function graphFor(output: Variable): FunctionGraph {
  const graph = graphOf(output);
  graph.attachFeature(new ShapeFeature());
  return graph;
}

/** Values of the roots, with one for the condition. */
function valuesFor(graph: FunctionGraph, condition: number): NDArray[] {
  const values = samples(new Random(1), graph.inputs, [0.5, 2]);
  return values.map((value, k) =>
    graph.inputs[k]!.name === "c" ? arrayOf([condition], [], "float64") : value
  );
}

for (const [rule, output, text] of rows) {
  const before = textOf(graphFor(output()));
  Deno.test(`${rule.name} makes ${text} of ${before}`, () =>
    raising(() => {
      const graph = graphFor(output());
      const wanted = [1, -1].map((condition) => valuesOf(graph, valuesFor(graph, condition))[0]!);
      settle(graph, rule);
      assertEquals(textOf(graph), text);
      assertEquals(settle(graph, rule), 0, "it fires on its own result");
      [1, -1].forEach((condition, k) => {
        const [found] = valuesOf(graph, valuesFor(graph, condition));
        assertClose(found!, wanted[k]!, 1e-12, before);
      });
    }));
}

/** Graphs with nothing to do for a rule. */
const kept: readonly (readonly [rule: Rule, output: () => Variable])[] = [
  [removeIdentical, () => ifelse(isPositive, x, y)],
  [removeIdentical, () => add(...ifelse(isPositive, [x, y], [y, x]))],
  [liftChoice, () => mul(y, ifelse(isPositive, x, y))],
  [liftChoice, () => exp(orZero(x))],
  [liftChoice, () => trueDiv(y, orZero(x))],
  [liftChoice, () => add(y, orZero(x))],
  [liftChoice, () => max(orZero(x))],
  [liftChoice, () => mul(orZero(x), orZero(y))],
];

for (const [rule, output] of kept) {
  const text = textOf(graphFor(output()));
  Deno.test(`${rule.name} leaves ${text} as it is`, () =>
    raising(() => {
      assertEquals(settle(graphFor(output()), rule), 0);
    }));
}

Deno.test("the gradient of a branch is inside the choice, unless the rule is off", () => {
  const cost = sum(ifelse(isPositive, tanh(sub(x, y)), x));
  const gradient = grad(cost, y) as Variable;
  const outside = (excluding: readonly string[]): string[] => {
    const { graph } = optimized([gradient], { excluding: ["inplace", "fusion", ...excluding] });
    const [choice] = graph.toposort().filter(({ op }) => op instanceof IfElse);
    return [graph.outputs[0]!.owner === choice ? "the choice" : "something else"];
  };
  assertEquals(outside([]), ["the choice"]);
  assertEquals(outside([liftChoice.name]), ["something else"]);
});

Deno.test("a choice by a constant stays where the rule is off", () => {
  const output = ifelse(constant(1), x, y);
  const count = (excluding: readonly string[]): number =>
    optimized([output], { excluding }).graph.toposort().filter(({ op }) => op instanceof IfElse)
      .length;
  assertEquals([count([]), count([removeIdentical.name])], [0, 1]);
});
