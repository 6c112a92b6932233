/**
 * @file Copies of graphs, and graphs with some variables replaced.
 */

import { raise } from "../errors.ts";
import { ioToposort, sortNodes } from "./traverse.ts";
import type { Apply, Variable } from "./variable.ts";

/** What becomes new in a copy. */
export interface CloneOptions {
  /** Whether inputs are copied; if not, the copy starts at the original ones. By default true. */
  readonly copyInputs?: boolean;
  /** Whether constants and shared variables are copied. By default as `copyInputs`. */
  readonly copyOrphans?: boolean;
}

/** Old variables and nodes with what stands for them in a copy. */
export interface Equivalents {
  /** What became of each variable. */
  readonly variables: Map<Variable, Variable>;
  /** What became of each node. */
  readonly nodes: Map<Apply, Apply>;
}

/**
 * A copy of the graph between inputs and outputs.
 *
 * @param inputs Inputs of the graph; they become roots of the copy.
 * @param outputs Outputs of the graph.
 * @param options What becomes new.
 * @returns The inputs and the outputs of the copy.
 */
export function clone(
  inputs: readonly Variable[],
  outputs: readonly Variable[],
  options: CloneOptions = {},
): [inputs: Variable[], outputs: Variable[]] {
  const { variables } = cloneGetEquiv(inputs, outputs, {
    ...options,
    copyOrphans: options.copyOrphans ?? options.copyInputs ?? true,
  });
  return [inputs.map((v) => variables.get(v)!), outputs.map((v) => variables.get(v)!)];
}

/**
 * A copy of the graph between inputs and outputs, as what each variable and node became.
 *
 * @param inputs Inputs of the graph.
 * @param outputs Outputs of the graph.
 * @param options What becomes new; orphans do by default. `memo` holds what is copied already and
 * is added to.
 */
export function cloneGetEquiv(
  inputs: readonly Variable[],
  outputs: readonly Variable[],
  options: CloneOptions & { readonly memo?: Equivalents } = {},
): Equivalents {
  const { copyInputs = true, copyOrphans = true } = options;
  const memo = options.memo ?? { variables: new Map(), nodes: new Map() };
  const { variables, nodes } = memo;
  const copy = (variable: Variable, fresh: boolean): Variable => {
    const known = variables.get(variable);
    if (known !== undefined) return known;
    const made = fresh ? variable.clone() : variable;
    variables.set(variable, made);
    return made;
  };
  for (const input of inputs) copy(input, copyInputs);
  for (const node of ioToposort(inputs, outputs)) {
    const made = node.cloneWithNewInputs(node.inputs.map((x) => copy(x, copyOrphans)));
    if (!nodes.has(node)) nodes.set(node, made);
    node.outputs.forEach((output, i) => {
      if (!variables.has(output)) variables.set(output, made.outputs[i]!);
    });
  }
  for (const output of outputs) copy(output, true);
  return memo;
}

/** How a graph is rebuilt. */
export interface RebuildOptions {
  /** Whether what replaces a variable must have its type, or convert to it. By default true. */
  readonly strict?: boolean;
  /** Whether roots are kept rather than copied. By default true. */
  readonly shareInputs?: boolean;
}

/**
 * Variables rebuilt over what stands in a memo. Nodes that do not change are kept, not copied.
 *
 * @param outputs What to rebuild.
 * @param memo Old variables with their replacements, which are used as they are. Every variable met
 * is added, those that stay with themselves.
 * @param options How to.
 * @returns What the outputs became.
 * @throws {TypeError} If `strict` and a replacement has a type that a reader cannot take.
 */
export function rebuild(
  outputs: readonly Variable[],
  memo: Map<Variable, Variable>,
  { strict = true, shareInputs = true }: RebuildOptions = {},
): Variable[] {
  const resolved = (variable: Variable): Variable => {
    const known = memo.get(variable);
    if (known !== undefined) return known;
    const made = shareInputs ? variable : variable.clone();
    memo.set(variable, made);
    return made;
  };
  for (const node of sortNodes(outputs, (v) => memo.has(v))) {
    const inputs = node.inputs.map(resolved);
    const same = inputs.every((x, i) => x === node.inputs[i]);
    const made = same ? node : node.cloneWithNewInputs(inputs, strict);
    node.outputs.forEach((output, i) => {
      if (!memo.has(output)) memo.set(output, made.outputs[i]!);
    });
  }
  return outputs.map(resolved);
}

/** Pairs of a variable and what replaces it. */
export type Replacements =
  | ReadonlyMap<Variable, Variable>
  | readonly (readonly [Variable, Variable])[];

/**
 * A variable with others replaced, all at once: what replaces is not itself searched. Theano's
 * `clone`.
 *
 * @param output A variable.
 * @param replace What to replace by what.
 * @param options How to.
 * @returns What the variable became.
 * @throws {TypeError} If `strict` and a replacement has another type.
 */
export function cloneReplace(
  output: Variable,
  replace?: Replacements,
  options?: RebuildOptions,
): Variable;
/**
 * Variables with others replaced, all at once.
 *
 * @param outputs Several variables.
 * @param replace What to replace by what.
 * @param options How to.
 * @returns What the variables became.
 * @throws {TypeError} If `strict` and a replacement has another type.
 */
export function cloneReplace(
  outputs: readonly Variable[],
  replace?: Replacements,
  options?: RebuildOptions,
): Variable[];
export function cloneReplace(
  outputs: Variable | readonly Variable[],
  replace: Replacements = [],
  options: RebuildOptions = {},
): Variable | Variable[] {
  const memo = new Map<Variable, Variable>(replace);
  if (!isList(outputs)) return rebuild([outputs], memo, options)[0]!;
  return rebuild(outputs, memo, options);
}

function isList(outputs: Variable | readonly Variable[]): outputs is readonly Variable[] {
  return Array.isArray(outputs);
}

/**
 * Enters the `givens` of a function into the memo of {@linkcode rebuild}, one after the other, so
 * that a later replacement may use a variable that an earlier one replaces.
 *
 * @param pairs What to replace by what.
 * @param memo Where to enter them.
 * @param options How replacements are rebuilt.
 * @throws {AssertionError} If an earlier replacement was computed from a variable replaced later.
 */
export function enterGivens(
  pairs: Replacements,
  memo: Map<Variable, Variable>,
  options: RebuildOptions = {},
): void {
  for (const [old, replacement] of pairs) {
    if (memo.has(old)) {
      raise(
        "AssertionError",
        "When using 'givens' or 'replace' with several (old_v, new_v) replacement pairs, you can " +
          "not have a new_v variable depend on an old_v one. For instance, givens = {a:b, " +
          `b:(a+1)} is not allowed. Here, the old_v ${old} is used to compute other new_v's, but it is ` +
          `scheduled to be replaced by ${replacement}.`,
      );
    }
    memo.set(old, rebuild([replacement], memo, options)[0]!);
  }
}
