/**
 * @file Tangents of variables: how they change when some inputs move in a direction.
 */

import type { Apply, Variable } from "../graph/variable.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import type { Tangent } from "./derivative.ts";
import { rop } from "./rules.ts";
import { fitTo } from "./values.ts";

/**
 * The tangents of some variables.
 *
 * @param outputs The variables.
 * @param directions The tangent of each variable that moves by itself.
 */
export function tangentsOf(
  outputs: readonly Variable[],
  directions: ReadonlyMap<Variable, TensorVariable>,
): Tangent[] {
  const forward = new Forward(directions);
  return outputs.map((output) => forward.of(output));
}

/** Computes tangents on demand, each once. The walk keeps its own stack. */
export class Forward {
  readonly #tangents: Map<Variable, Tangent>;

  /**
   * Starts from the directions.
   *
   * @param directions The tangent of each variable that moves by itself.
   */
  constructor(directions: ReadonlyMap<Variable, TensorVariable>) {
    this.#tangents = new Map<Variable, Tangent>(directions);
  }

  /** The tangent of a variable: undefined if nothing moves it, null if it has none. */
  of(variable: Variable): Tangent {
    const stack = [variable];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const missing = this.#missing(top);
      if (missing.length > 0) {
        stack.push(...missing.reverse());
      } else {
        stack.pop();
        if (!this.#tangents.has(top)) this.#compute(top);
      }
    }
    return this.#tangents.get(variable);
  }

  #missing(variable: Variable): Variable[] {
    if (this.#tangents.has(variable) || !variable.owner) return [];
    return variable.owner.inputs.filter((x) => !this.#tangents.has(x));
  }

  #compute(variable: Variable): void {
    const node = variable.owner;
    if (!node) {
      this.#tangents.set(variable, undefined);
      return;
    }
    const tangents = this.#ofNode(node);
    node.outputs.forEach((output, k) => {
      if (!this.#tangents.has(output)) this.#tangents.set(output, tangents[k]);
    });
  }

  #ofNode(node: Apply): readonly Tangent[] {
    const points = node.inputs.map((x) => this.#tangents.get(x));
    if (!points.some((point) => point instanceof TensorVariable)) {
      const unknown = points.includes(null);
      return node.outputs.map(() => unknown ? null : undefined);
    }
    const given = points.map((point) => point ?? undefined);
    return rop(node, given, tangentsOf).map((tangent, k) => {
      const output = node.outputs[k];
      const fits = tangent instanceof TensorVariable && output instanceof TensorVariable;
      return fits ? fitTo(tangent, output) : tangent;
    });
  }
}
