/**
 * @file What tests of rewriting share: graphs of outputs, one rule at a time, values before and after.
 */

import { assert } from "@std/assert";
import { arrayOf, elementsOf } from "../../core/ops/elements.ts";
import { type DType, isDiscrete } from "../../core/dtype/dtype.ts";
import type { NDArray } from "../../core/array/ndarray.ts";
import { config } from "../../core/config/config.ts";
import { FunctionGraph } from "../../core/graph/function_graph.ts";
import { asString } from "../../core/graph/text.ts";
import { withoutTraces } from "../../core/graph/trace.ts";
import { inputs } from "../../core/graph/traverse.ts";
import type { Variable } from "../../core/graph/variable.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { equilibrium, Rewriter, RuleIndex } from "../../optimize/engine.ts";
import { optimize, type OptimizeReport } from "../../optimize/pipeline.ts";
import type { Rule } from "../../optimize/rule.ts";
import { type Selection, selectionOf } from "../../optimize/selection.ts";
import { evaluate } from "../helpers/evaluate.ts";
import type { Random } from "../helpers/random.ts";

/** The graph of some outputs over their roots; the roots of the copy stand in the same order. */
export function graphOf(...outputs: readonly Variable[]): FunctionGraph {
  return new FunctionGraph(rootsOf(outputs), outputs);
}

/** The roots of some outputs, constants left out. */
export function rootsOf(outputs: readonly Variable[]): Variable[] {
  return inputs(outputs).filter((root) => root.kind !== "constant");
}

/** A graph after the passes of a level. */
export function optimized(
  outputs: readonly Variable[],
  changes: Partial<Selection> = {},
): { graph: FunctionGraph; report: OptimizeReport } {
  const graph = graphOf(...outputs);
  const report = optimize(graph, { ...selectionOf("fast_run"), ...changes });
  return { graph, report };
}

/** A graph on one line per output, elementwise ops without their wrapping. */
export function textOf(graph: FunctionGraph): string {
  const node = (op: string, args: readonly string[]): string =>
    `${op.replace(/^Elemwise\{(.*?)(,no_inplace)?\}/, "$1").replace("InplaceDimShuffle", "ds")}(${
      args.join(", ")
    })`;
  return asString(graph.inputs, graph.outputs, { node: ({ op }, args) => node(op.name, args) })
    .join("; ").replaceAll("TensorConstant", "");
}

/** The text of the graph of outputs after the passes of a level. */
export function optimizedText(
  outputs: readonly Variable[],
  changes: Partial<Selection> = {},
): string {
  return textOf(optimized(outputs, changes).graph);
}

/** Applies one rule until nothing changes; how often it fired. */
export function settle(graph: FunctionGraph, rule: Rule): number {
  const rewriter = new Rewriter(graph, { verbose: false, maxUseRatio: 8 });
  withoutTraces(() => equilibrium(rewriter, new RuleIndex([rule]), "test"));
  return rewriter.firings.get(rule.name) ?? 0;
}

/** An array of numbers drawn from a range; whole ones for discrete dtypes. */
export function drawn(
  random: Random,
  shape: readonly number[],
  dtype: DType,
  [low, high]: readonly [number, number],
): NDArray {
  const size = shape.reduce((product, n) => product * n, 1);
  const numbers = random.list(size, () => {
    const x = low + (high - low) * random.next();
    return isDiscrete(dtype) ? Math.round(x) : x;
  });
  return arrayOf(numbers, shape, dtype);
}

/** The values of the outputs of a graph. */
export function valuesOf(graph: FunctionGraph, values: readonly NDArray[]): NDArray[] {
  const givens = new Map(graph.inputs.map((input, i) => [input, values[i]!]));
  return evaluate(graph.outputs, givens);
}

/** Values for variables, axes of length one where they broadcast and else of length 3. */
export function samples(
  random: Random,
  roots: readonly Variable[],
  range: readonly [number, number],
): NDArray[] {
  return roots.map((root) => {
    const { dtype, broadcastable } = root as TensorVariable;
    return drawn(random, broadcastable.map((one) => one ? 1 : 3), dtype, range);
  });
}

/** Asserts that two arrays agree: dtype, shape, and each element up to a relative difference. */
export function assertClose(
  found: NDArray,
  wanted: NDArray,
  tolerance: number,
  what: string,
): void {
  assert(found.dtype === wanted.dtype, `${what}: ${found.dtype}, not ${wanted.dtype}`);
  assert(String(found.shape) === String(wanted.shape), `${what}: ${found.shape}`);
  const theirs = elementsOf(wanted).map(Number);
  elementsOf(found).map(Number).forEach((x, i) => {
    const y = theirs[i]!;
    const isClose = Object.is(x, y) || x === y ||
      Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y));
    assert(isClose, `${what}: ${x}, not ${y}`);
  });
}

/** Runs with `on_opt_error=raise`: a rule that throws is an error, not a warning. */
export function raising(run: () => void): void {
  const before = config.on_opt_error;
  config.on_opt_error = "raise";
  try {
    run();
  } finally {
    config.on_opt_error = before;
  }
}
