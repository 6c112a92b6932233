/**
 * @file Runs a graph node by node with each op's own `perform`: the linker `py`, and the oracle for
 * all others.
 */

import type { NDArray } from "../array/ndarray.ts";
import type { Storage } from "../array/storage.ts";
import { internal } from "../errors.ts";
import type { FunctionGraph } from "../graph/function_graph.ts";
import { type Apply, isConstant, type Variable } from "../graph/variable.ts";
import type { LowerSpec } from "../kernel/lower.ts";
import type { Executable } from "../kernel/target.ts";
import { performed } from "../ops/custom.ts";
import { isTensorOp } from "../ops/kind.ts";
import { keptValue } from "../tensor/host_type.ts";

/** An error that a node's `perform` threw. */
export class NodeError extends Error {
  /**
   * Makes the error.
   *
   * @param node The node's place in the graph's order.
   * @param error What was thrown.
   */
  constructor(readonly node: number, readonly error: unknown) {
    super(error instanceof Error ? error.message : String(error));
  }
}

/** What the inputs and outputs of a graph are to a call. */
export type GraphSpec = Omit<LowerSpec, "target" | "capture">;

/** The values of a graph's inputs in a call. */
export function inputValues(
  graph: FunctionGraph,
  spec: GraphSpec,
  args: readonly NDArray[],
  shared: readonly Storage[],
): Map<Variable, NDArray> {
  return new Map(graph.inputs.map((input, i) => {
    const { role, index } = spec.inputs[i]!;
    return [input, role === "argument" ? args[index]! : shared[index]!.read()];
  }));
}

/** The value of a variable that was computed, or is a constant. */
export function valueIn(values: ReadonlyMap<Variable, NDArray>, variable: Variable): NDArray {
  return values.get(variable) ??
    (isConstant(variable)
      ? variable.data as NDArray
      : internal("run a graph", `"${variable}" has no value`, "core/compile/reference.ts"));
}

/** Computes one node into the values. */
export function performNode(node: Apply, values: Map<Variable, NDArray>): void {
  const { op } = node;
  if (!isTensorOp(op)) {
    return internal(`run ${op.name}`, "it has no value", "core/compile/reference.ts");
  }
  const results = performed(op, node, node.inputs.map((input) => valueIn(values, input)));
  node.outputs.forEach((output, k) => values.set(output, results[k]!));
}

/** A graph, run node by node. */
export class ReferenceExecutable implements Executable {
  readonly #graph: FunctionGraph;
  readonly #spec: GraphSpec;
  readonly workspaceBytes = 0;

  /**
   * Makes the executable.
   *
   * @param graph The graph.
   * @param spec What its inputs and outputs are.
   */
  constructor(graph: FunctionGraph, spec: GraphSpec) {
    this.#graph = graph;
    this.#spec = spec;
  }

  run(args: readonly NDArray[], shared: readonly Storage[]): NDArray[] {
    const graph = this.#graph;
    const values = inputValues(graph, this.#spec, args, shared);
    graph.toposort().forEach((node, k) => {
      try {
        performNode(node, values);
      } catch (error) {
        throw new NodeError(k, error);
      }
    });
    const outputs = graph.outputs.map((output) => valueIn(values, output));
    const count = this.#spec.outputs.length;
    const updates = outputs.slice(count).map(keptValue);
    updates.forEach((value, k) => shared[this.#spec.updates[k]!]!.write(value));
    return outputs.slice(0, count);
  }

  free(): void {}
}
