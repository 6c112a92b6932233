/**
 * @file Gradients of every variable between a cost and what it is differentiated by.
 *
 * Invariants:
 * - The gradient by a variable is the sum of one term a use, in the order in which a depth-first
 *   walk from the cost meets the uses, so that equal graphs get equal gradients.
 * - A term is computed once a node, when the gradients of all its outputs are known.
 * - The gradient by a tensor has its number of axes and a float dtype: the tensor's own if that is
 *   one.
 */

import { isDiscrete } from "../dtype/dtype.ts";
import { disconnectedType, isDisconnected, NullType, whyNull } from "../graph/special_types.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { checkTerms } from "./checks.ts";
import type { OutputGradient } from "./derivative.ts";
import { lop } from "./rules.ts";
import { fitTo, sumOf } from "./values.ts";
import { type Paths, pathsBetween, Patterns } from "./walk.ts";

/** What gradients need besides the known ones. */
export interface BackwardOptions {
  /** Variables that count as functions of nothing. */
  readonly constants?: ReadonlySet<Variable>;
  /** Name of the cost, for the names of gradients. */
  readonly costName?: string | undefined;
}

/**
 * The gradients by some variables.
 *
 * @param known The gradients that are known: the cost's, and those given by the user.
 * @param wrt The variables.
 * @param options Constants and names.
 * @returns One a variable: a tensor, or a variable of a type that says why there is none.
 */
export function gradientsOf(
  known: ReadonlyMap<Variable, Variable>,
  wrt: readonly Variable[],
  { constants = new Set(), costName }: BackwardOptions = {},
): Variable[] {
  const patterns = new Patterns();
  const paths = pathsBetween([...known.keys()], wrt, constants, patterns);
  const backward = new Backward(paths, patterns, known, costName);
  return wrt.map((x) => backward.of(x));
}

/** Computes gradients on demand, each once. */
class Backward {
  readonly #paths: Paths;
  readonly #patterns: Patterns;
  readonly #grads: Map<Variable, Variable>;
  readonly #terms = new Map<Apply, readonly Variable[]>();
  readonly #costName: string | undefined;

  /**
   * Starts from known gradients.
   *
   * @param paths The uses of every variable that connects the cost with what it is differentiated
   *   by.
   * @param patterns Connection patterns.
   * @param known The gradients that are known: the cost's, and those given by the user.
   * @param costName Name of the cost, for the names of gradients.
   */
  constructor(
    paths: Paths,
    patterns: Patterns,
    known: ReadonlyMap<Variable, Variable>,
    costName: string | undefined,
  ) {
    this.#paths = paths;
    this.#patterns = patterns;
    this.#grads = new Map(known);
    this.#costName = costName;
  }

  /** The gradient by a variable: a tensor, or a variable of a type that says why there is none. */
  of(variable: Variable): Variable {
    const stack = [variable];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const missing = this.#grads.has(top) ? [] : this.#missing(top);
      if (missing.length > 0) {
        stack.push(...missing.reverse());
      } else {
        stack.pop();
        if (!this.#grads.has(top)) this.#grads.set(top, this.#total(top));
      }
    }
    return this.#grads.get(variable)!;
  }

  /** Outputs of the nodes that use a variable whose gradients must be computed first. */
  #missing(variable: Variable): Variable[] {
    const uses = this.#paths.get(variable);
    if (!uses) return [];
    const missing: Variable[] = [];
    for (const node of uses.keys()) {
      if (this.#terms.has(node)) continue;
      missing.push(...node.outputs.filter((output) => !this.#grads.has(output)));
    }
    return missing;
  }

  #total(variable: Variable): Variable {
    const uses = this.#paths.get(variable);
    if (!uses) return disconnectedType.makeVariable();
    const terms = [...uses].flatMap(([node, positions]) => {
      const ofNode = this.#termsOf(node);
      return positions.map((i) => ofNode[i]!);
    });
    const grad = total(variable, terms);
    const named = this.#costName !== undefined && variable.name !== undefined && grad.owner;
    if (named) grad.name = `(d${this.#costName}/d${variable.name})`;
    return grad;
  }

  #termsOf(node: Apply): readonly Variable[] {
    const known = this.#terms.get(node);
    if (known) return known;
    const terms = this.#computedTerms(node);
    this.#terms.set(node, terms);
    return terms;
  }

  #computedTerms(node: Apply): readonly Variable[] {
    const pattern = this.#patterns.of(node);
    const grads = node.outputs.map((output) => this.#grads.get(output)!);
    const reached = grads.map((g) => !isDisconnected(g));
    const connected = pattern.map((row) => row.some((joined, k) => joined && reached[k]));
    const broken = pattern.map((row) => grads.find((g, k) => row[k] && whyNull(g) !== undefined));
    const sound = pattern.map((row) =>
      row.some((joined, k) => joined && reached[k] && whyNull(grads[k]!) === undefined)
    );
    const wanted = node.inputs.map((x, i) => sound[i]! && this.#paths.has(x));
    const terms = wanted.some(Boolean)
      ? lop(node, grads.map((g, k) => outputGradient(g, node.outputs[k]!)), wanted, gradientsOf)
      : node.inputs.map(() => undefined);
    checkTerms(node, terms, { wanted, reached, pattern });
    return terms.map((term, i) => {
      if (!connected[i]) return disconnectedType.makeVariable();
      return broken[i] ?? term ?? disconnectedType.makeVariable();
    });
  }
}

/**
 * A gradient as a rule wants it: of the output's dtype if that is a float, undefined if there is
 * none.
 */
function outputGradient(grad: Variable, output: Variable): OutputGradient {
  if (isDisconnected(grad) || whyNull(grad) !== undefined) return undefined;
  const areTensors = grad instanceof TensorVariable && output instanceof TensorVariable;
  if (!areTensors) return grad as OutputGradient;
  return isDiscrete(output.dtype) ? grad : fitTo(grad, output);
}

function total(variable: Variable, terms: readonly Variable[]): Variable {
  const broken = terms.find((term) => term.type instanceof NullType);
  if (broken) return broken;
  const values = terms.filter((term) => !isDisconnected(term));
  if (values.length === 0) return disconnectedType.makeVariable();
  const sum = sumOf(values);
  const areTensors = sum instanceof TensorVariable && variable instanceof TensorVariable;
  return areTensors ? fitTo(sum, variable) : sum;
}
