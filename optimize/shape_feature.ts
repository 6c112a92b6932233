/**
 * @file The symbolic shapes of a graph's variables, made when somebody asks for them.
 *
 * Invariants:
 * - The shape of a variable is made of numbers, of lengths of roots, of lengths of variables whose
 *   shape depends on data, and of integer scalars that the graph computes anyway. Asking for it
 *   computes no other value.
 * - An axis that is known to have length one has the item 1.
 * - The items of a variable are made once, so that equal shapes are often the same variables.
 * - Nothing is done while nobody asks: attaching the feature costs nothing, an edit one map entry.
 */

import { config } from "../core/config/config.ts";
import { raise } from "../core/errors.ts";
import { equalComputations } from "../core/graph/equal.ts";
import type { Client, Feature, FunctionGraph } from "../core/graph/function_graph.ts";
import { sortNodes } from "../core/graph/traverse.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { warn } from "../core/host/warn.ts";
import { isTensorOp, type Shape, type ShapeItem } from "../core/ops/kind.ts";
import { itemsVector } from "../core/ops/make_vector.ts";
import { axisSize } from "../core/ops/shape.ts";
import { TensorVariable } from "../core/tensor/tensor_variable.ts";

/** Knows the shapes of a graph's variables. Theano: `ShapeFeature`. */
export class ShapeFeature implements Feature {
  readonly #shapes = new Map<Variable, Shape>();
  readonly #successors = new Map<Variable, Variable>();

  onAttach(graph: FunctionGraph): void {
    if (shapesOf(graph) !== undefined) raise("AlreadyThere", "ShapeFeature is already present");
  }

  onChangeInput(_: FunctionGraph, __: Client, old: Variable, replacement: Variable): void {
    if (this.#successors.get(replacement) === old) this.#successors.delete(replacement);
    else this.#successors.set(old, replacement);
  }

  clone(): ShapeFeature {
    return new ShapeFeature();
  }

  /**
   * The shape of a variable.
   *
   * @param variable The variable, in the graph or not.
   * @returns One item an axis.
   */
  shapeOf(variable: TensorVariable): Shape {
    const known = this.#shapes.get(variable);
    if (known !== undefined) return known;
    for (const node of sortNodes([variable], (v) => this.#shapes.has(v))) this.#infer(node);
    return this.#shapes.get(variable) ?? this.#ownShape(variable);
  }

  /** The length of one axis. Theano: `get_shape`. */
  getShape(variable: TensorVariable, axis: number): ShapeItem {
    return this.shapeOf(variable)[axis]!;
  }

  /** The shape of a variable as an int64 vector. Theano: `make_vector_shape`. */
  makeVectorShape(variable: TensorVariable): TensorVariable {
    return itemsVector(this.shapeOf(variable));
  }

  /**
   * Whether two variables, or an axis of each, are known to have the same length.
   *
   * @param x The first variable.
   * @param y The second variable.
   * @param axisX The axis of the first; every axis if left out.
   * @param axisY The axis of the second.
   */
  sameShape(x: TensorVariable, y: TensorVariable, axisX?: number, axisY?: number): boolean {
    const [xs, ys] = [this.shapeOf(x), this.shapeOf(y)];
    if (axisX !== undefined && axisY !== undefined) return sameSize(xs[axisX]!, ys[axisY]!);
    return xs.length === ys.length && xs.every((size, axis) => sameSize(size, ys[axis]!));
  }

  /** What the graph has in place of a variable by now, if it was replaced. */
  successor(variable: Variable): Variable | undefined {
    const seen = new Set([variable]);
    for (const current of seen) {
      const next = this.#successors.get(current);
      if (next === undefined) return current === variable ? undefined : current;
      seen.add(next);
    }
    return undefined;
  }

  /** Lengths of a variable that nothing else says: of the variable itself. */
  #ownShape(variable: TensorVariable): Shape {
    const shape = variable.broadcastable.map((_, axis) => axisSize(variable, axis));
    this.#shapes.set(variable, shape);
    return shape;
  }

  #infer(node: Apply): void {
    const shapes = node.inputs.map((x) => x instanceof TensorVariable ? this.#known(x) : []);
    const inferred = isTensorOp(node.op) ? inferredBy(node, shapes) : undefined;
    node.outputs.forEach((output, i) => {
      if (!(output instanceof TensorVariable) || this.#shapes.has(output)) return;
      const shape = inferred?.[i];
      if (shape?.length !== output.ndim) return void this.#ownShape(output);
      this.#shapes.set(output, output.broadcastable.map((one, axis) => one ? 1 : shape[axis]!));
    });
  }

  #known(variable: TensorVariable): Shape {
    return this.#shapes.get(variable) ?? this.#ownShape(variable);
  }
}

/** The shapes that the op of a node infers, or nothing where it cannot. */
function inferredBy(node: Apply, shapes: readonly Shape[]): readonly (Shape | null)[] | undefined {
  const { op } = node;
  if (!isTensorOp(op)) return undefined;
  try {
    return op.inferShape(node, shapes);
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "ShapeError" || name === "NotImplementedError") return undefined;
    if (config.on_shape_error === "raise") throw error;
    warn(
      "ERROR (theano.tensor.opt)",
      `Failed to infer_shape from Op ${op.name}.\nInput shapes: ${
        shapes.map((shape) => `(${shape.join(", ")})`).join(", ")
      }\nException encountered during infer_shape: ${error}`,
    );
    return undefined;
  }
}

/** Whether two items are known to be equal, by what they are computed from. */
export function sameSize(x: ShapeItem, y: ShapeItem): boolean {
  if (x === y) return true;
  if (typeof x === "number" || typeof y === "number") return false;
  return equalComputations([x], [y]);
}

/** The shapes of a graph, if something keeps books of them. */
export function shapesOf(graph: FunctionGraph): ShapeFeature | undefined {
  return graph.features.find((feature) => feature instanceof ShapeFeature);
}
