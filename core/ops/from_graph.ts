/**
 * @file An op whose value is a graph: what it needs to be run, without its derivatives.
 *
 * The graph inside has roots of its own, which stand for the inputs of a node one by one. Shared
 * variables that it reads become further inputs, which a call adds by itself, so that a node says all it
 * reads.
 */

import type { NDArray } from "../array/ndarray.ts";
import { fail, raise } from "../errors.ts";
import { rebuild } from "../graph/clone.ts";
import { graphText } from "../graph/equal.ts";
import type { InnerGraph } from "../graph/op.ts";
import { inputs as rootsOf } from "../graph/traverse.ts";
import { Apply, filterVariable, isConstant, type Type, Variable } from "../graph/variable.ts";
import { isShared } from "../tensor/shared.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { numberOf } from "../tensor/identity.ts";
import { CustomOp } from "./custom.ts";
import { evaluator, missing, shapesInside } from "./inner_graph.ts";
import type { Shape, ShapeItem } from "./kind.ts";

/** What an op made of a graph is made of. */
export interface FromGraphParts {
  /** The roots inside: those of the user's first. */
  readonly inputs: readonly Variable[];
  /** What is computed of them. */
  readonly outputs: readonly Variable[];
  /** The shared variables that the last of `inputs` stand for. */
  readonly shared: readonly Variable[];
  /** Whether the optimiser puts the graph in place of its nodes. */
  readonly inline: boolean;
  /** What it is called, in place of its class. */
  readonly label: string;
}

/** An op whose value is a graph. */
export class FromGraph extends CustomOp {
  readonly #parts: FromGraphParts;
  readonly #inputTypes: readonly Type[];
  #key: string | undefined;

  /**
   * Makes the op; users make an `OpFromGraph`.
   *
   * @param parts What it is made of.
   */
  constructor(parts: FromGraphParts) {
    super();
    this.#parts = parts;
    this.#inputTypes = parts.inputs.map(({ type }) => type);
  }

  /** What it is called, and whether it is inline. */
  override get name(): string {
    const { label, inline } = this.#parts;
    return `${label}{inline=${inline ? "True" : "False"}}`;
  }

  /** What the graph computes; equal for equal graphs in every process, where all its ops are. */
  override get key(): string {
    return this.#key ??= this.#keyText();
  }

  #keyText(): string {
    const { inputs, outputs } = this.#parts;
    const text = graphText(inputs, outputs);
    return text === undefined
      ? `unique:graph ${numberOf(this)}`
      : `${this.name}(${text.replaceAll("\n", " ; ")})`;
  }

  /** Whether the optimiser puts the graph in place of its nodes. */
  get isInline(): boolean {
    return this.#parts.inline;
  }

  /** The shared variables that are inputs of every node, after those that are given. */
  get sharedInputs(): readonly Variable[] {
    return this.#parts.shared;
  }

  /** The graph inside. */
  override get innerGraph(): InnerGraph {
    const { inputs, outputs } = this.#parts;
    return { inputs, outputs, outerInputs: inputs.map((_, i) => i) };
  }

  /** An op that computes the same by another graph, such as an optimised one. */
  withGraph(inputs: readonly Variable[], outputs: readonly Variable[]): FromGraph {
    return new FromGraph({ ...this.#parts, inputs, outputs });
  }

  /** The graph inside over the inputs of a node: what the node can be replaced with. */
  expanded(node: Apply): Variable[] {
    return rebuild(this.#parts.outputs, this.#outside(node));
  }

  /** Each root inside, with what it stands for. */
  #outside(node: Apply): Map<Variable, Variable> {
    return new Map(this.#parts.inputs.map((input, i) => [input, node.inputs[i]!]));
  }

  /** Applies the op; the shared inputs may be left out. */
  override makeNode(...given: Variable[]): Apply {
    const { shared, outputs } = this.#parts;
    const types = this.#inputTypes;
    const count = types.length - shared.length;
    const all = given.length === count ? [...given, ...shared] : given;
    if (all.length !== types.length) {
      raise("ValueError", `Expected ${count} inputs, got ${given.length}`);
    }
    const inputs = all.map((x, i) => filterVariable(types[i]!, x));
    return new Apply(this, inputs, outputs.map(({ type }) => type.makeVariable()));
  }

  /** The type of an input, the shared ones included. */
  protected override inputType(index: number): Type | undefined {
    return this.#inputTypes[index];
  }

  /** The shapes that the graph inside tells; null for those that depend on its values. */
  override inferShape(node: Apply, shapes: readonly Shape[]): readonly (Shape | null)[] {
    const { inputs, outputs } = this.#parts;
    const outside = this.#outside(node);
    const moved = (item: ShapeItem): ShapeItem =>
      typeof item === "number" ? item : rebuild([item], outside)[0] as TensorVariable;
    return shapesInside(inputs, outputs, shapes).map((shape) => shape && shape.map(moved));
  }

  /** Runs the graph inside by the ops' own definitions, one node after another. */
  perform(_: Apply, values: readonly NDArray[]): NDArray[] {
    const { inputs, outputs } = this.#parts;
    return evaluator(inputs, outputs)(values);
  }
}

/**
 * The graph between some variables with roots of its own.
 *
 * @param inputs What becomes the roots, computed or not.
 * @param outputs What is computed of them.
 * @returns The roots and outputs of a copy, and the shared variables that its last roots stand for.
 * @throws {TypeError} If an input is a constant or a shared variable.
 * @throws {MissingInputError} If an output needs another root.
 */
export function closedGraph(
  inputs: readonly Variable[],
  outputs: readonly Variable[],
): Pick<FromGraphParts, "inputs" | "outputs" | "shared"> {
  for (const one of [...inputs, ...outputs]) {
    if (!(one instanceof Variable)) {
      raise("TypeError", `inputs and outputs must be Variable instances ${String(one)}`);
    }
  }
  const fixed = inputs.find((x) => isConstant(x) || isShared(x));
  if (fixed !== undefined) {
    fail("TypeError", `make ${fixed} an input of an op`, `it is ${fixed.kind}`);
  }
  const roots = rootsOf(outputs, inputs).filter((x) => !inputs.includes(x) && !isConstant(x));
  roots.filter((x) => !isShared(x)).forEach(missing);
  const all = [...inputs, ...roots];
  const fresh = all.map((x) => x.type.makeVariable(x.name));
  const memo = new Map(all.map((x, i) => [x, fresh[i]!]));
  return { inputs: fresh, outputs: rebuild(outputs, memo), shared: roots };
}
