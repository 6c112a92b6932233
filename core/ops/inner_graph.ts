/**
 * @file What ops whose value is a graph have in common: the value and the shapes of the graph inside.
 */

import type { NDArray } from "../array/ndarray.ts";
import { fail, raise } from "../errors.ts";
import { ioToposort } from "../graph/traverse.ts";
import { type Apply, isConstant, type Variable } from "../graph/variable.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { performed } from "./custom.ts";
import { inferredShapes } from "./inferred_shapes.ts";
import { isTensorOp, type Shape } from "./kind.ts";

/**
 * Runs a graph by its ops' own definitions, one node after another.
 *
 * @param inputs The roots of the graph.
 * @param outputs What is wanted.
 * @returns What computes the outputs from the values of the roots, in memory of their own.
 * @throws {MissingInputError} From what is returned, if an output needs another root.
 */
export function evaluator(
  inputs: readonly Variable[],
  outputs: readonly Variable[],
): (values: readonly NDArray[]) => NDArray[] {
  const nodes = ioToposort(inputs, outputs);
  return (values) => {
    const known = new Map<Variable, NDArray>(inputs.map((x, i) => [x, values[i]!]));
    const valueOf = (x: Variable): NDArray =>
      known.get(x) ?? (isConstant(x) ? x.data as NDArray : missing(x));
    for (const node of nodes) {
      const { op } = node;
      if (!isTensorOp(op)) return fail("TypeError", `run ${op.name}`, "it is no op on tensors");
      const results = performed(op, node, node.inputs.map(valueOf));
      node.outputs.forEach((output, k) => known.set(output, results[k]!));
    }
    return outputs.map((output) => valueOf(output).copy());
  };
}

/** Fails because a graph inside an op has a root that nobody gives. */
export function missing(x: Variable): never {
  return raise("MissingInputError", `Undeclared input ${x} (${x.type})`);
}

/**
 * The shapes that a graph tells without its values, over its own roots and what is given.
 *
 * @param inputs The roots of the graph.
 * @param outputs What is wanted.
 * @param shapes The shape of each root.
 * @returns The shape of each output; null for those that depend on values of tensors.
 */
export function shapesInside(
  inputs: readonly Variable[],
  outputs: readonly Variable[],
  shapes: readonly (Shape | null)[],
): (Shape | null)[] {
  const known = new Map<Variable, Shape | null>(inputs.map((x, i) => [x, shapes[i]!]));
  for (const node of ioToposort(inputs, outputs)) {
    const inferred = shapesOfNode(node, known);
    node.outputs.forEach((output, k) => known.set(output, inferred?.[k] ?? null));
  }
  return outputs.map((output) => shapeIn(known, output));
}

function shapeIn(known: ReadonlyMap<Variable, Shape | null>, x: Variable): Shape | null {
  const shape = known.get(x);
  if (shape !== undefined) return shape;
  return isConstant(x) ? (x.data as NDArray).shape : null;
}

/** The shapes of a node inside; nothing where they depend on values, or a shape before them does. */
function shapesOfNode(
  node: Apply,
  known: ReadonlyMap<Variable, Shape | null>,
): readonly (Shape | null)[] | undefined {
  const shapes = node.inputs.map((x) => x instanceof TensorVariable ? shapeIn(known, x) : []);
  if (!isTensorOp(node.op) || shapes.includes(null)) return undefined;
  return inferredShapes(node.op, node, shapes as Shape[]);
}
