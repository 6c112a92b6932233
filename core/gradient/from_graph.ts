/**
 * @file `OpFromGraph`: an op made of a graph, whose derivatives are those of the graph unless the user
 * brings others.
 *
 * The derivatives are ops made of graphs themselves, made when they are first asked for.
 */

import { fail, raise } from "../errors.ts";
import { disconnectedType, isDisconnected, NullType } from "../graph/special_types.ts";
import { ioConnectionPattern } from "../graph/traverse.ts";
import { type Apply, Variable } from "../graph/variable.ts";
import { closedGraph, FromGraph } from "../ops/from_graph.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import type { ConnectionPattern } from "./derivative.ts";
import { Rop } from "./derivatives.ts";
import { grad } from "./grad.ts";
import { fitTo, gradientDType, gradientRoot, knownByOutput, zerosFor } from "./values.ts";
import { Patterns } from "./walk.ts";

/** A derivative of a user's own: a function of lists of variables, or an op of their concatenation. */
export type OverrideFunction =
  | ((
    inputs: TensorVariable[],
    second: TensorVariable[],
    third: TensorVariable[],
  ) => Variable | readonly Variable[])
  | OpFromGraph;

/** What an override of one gradient may be: `"default"`, a function, or a variable without value. */
export type OverrideItem = "default" | OverrideFunction | Variable;

/** What stands for all derivatives of an op: one thing for all, or one each in an array. */
export type Override = "default" | OverrideFunction | Variable | readonly OverrideItem[];

/** Options of {@linkcode OpFromGraph}. */
export interface OpFromGraphOptions {
  /** Whether the optimiser puts the graph in place of the op's nodes. */
  readonly inline?: boolean;
  /** Gradients, as functions of `(inputs, outputs, outputGrads)`. */
  readonly lopOverrides?: Override;
  /** Gradients, as functions of `(inputs, outputGrads)`; not with `lopOverrides`. */
  readonly gradOverrides?: Override;
  /** Tangents, as functions of `(inputs, evalPoints)`. */
  readonly ropOverrides?: Override;
  /** For each input, for each output, whether a derivative passes; else the graph tells. */
  readonly connectionPattern?: ConnectionPattern;
  /** What it is called, in place of its class. */
  readonly name?: string;
}

/** The optional arguments of {@linkcode OpFromGraph}. */
export type GivenOpFromGraphOptions = Given<
  OpFromGraphOptions,
  [
    inline?: boolean,
    lopOverrides?: Override,
    gradOverrides?: Override,
    ropOverrides?: Override,
    connectionPattern?: ConnectionPattern,
    name?: string,
  ]
>;

/** One derivative: a variable of the graph inside, or a type that says why there is none. */
type Kept = TensorVariable | NullType | undefined;

/** The derivatives of an op: an op that computes those that exist, and what the others are. */
interface DerivativeOp {
  readonly op: OpFromGraph;
  readonly kept: readonly Kept[];
}

const names = [
  "inline",
  "lopOverrides",
  "gradOverrides",
  "ropOverrides",
  "connectionPattern",
  "name",
] as const;

/**
 * An op made of a graph. Apply it with `call`.
 *
 * Shared variables that the graph reads are inputs of every node. Theano: `theano.OpFromGraph`.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const { tensor: T } = theano;
 * const [x, y, z] = [T.dscalar("x"), T.dscalar("y"), T.dscalar("z")];
 * const op = new theano.OpFromGraph([x, y, z], [x.add(y.mul(z))]);
 * const f = theano.function([x, y, z], op.call(x, y, z).sub(op.call(z, y, x)));
 * assert.equal(f(2, 3, 5).item(), 6);
 * ```
 */
export class OpFromGraph extends FromGraph {
  readonly #label: string | undefined;
  readonly #pattern: ConnectionPattern | undefined;
  #backward: Override = "default";
  #form: "lop" | "grad" = "lop";
  #forward: Override = "default";
  #lop: DerivativeOp | undefined;
  #rop: DerivativeOp | undefined;

  /**
   * Makes the op.
   *
   * @param inputs The inputs, variables; the graph need not use them.
   * @param outputs What is computed of them.
   * @param given Options, see {@linkcode OpFromGraphOptions}.
   * @throws {TypeError} If these are not lists of variables, or an input is constant or shared.
   * @throws {ValueError} If there are gradients in both forms.
   * @throws {MissingInputError} If an output depends on a variable that is no input.
   */
  constructor(
    inputs: readonly Variable[],
    outputs: readonly Variable[],
    ...given: GivenOpFromGraphOptions
  ) {
    checkList("inputs", inputs);
    checkList("outputs", outputs);
    refuseUpdates(given);
    const options = optional<OpFromGraphOptions>("OpFromGraph", names, given);
    const { inline = false, name, connectionPattern } = options;
    super({ ...closedGraph(inputs, outputs), inline, label: name ?? "OpFromGraph" });
    this.#label = name;
    this.#pattern = connectionPattern;
    const { lopOverrides = "default", gradOverrides = "default" } = options;
    if (lopOverrides !== "default" && gradOverrides !== "default") {
      raise("ValueError", "lop_overrides and grad_overrides are mutually exclusive");
    }
    if (gradOverrides !== "default") this.setGradOverrides(gradOverrides);
    else this.setLopOverrides(lopOverrides);
    this.setRopOverrides(options.ropOverrides ?? "default");
  }

  /** Changes the gradients to functions of `(inputs, outputGrads)`. */
  setGradOverrides(overrides: Override): void {
    [this.#backward, this.#form, this.#lop] = [overrides, "grad", undefined];
  }

  /** Changes the gradients to functions of `(inputs, outputs, outputGrads)`. */
  setLopOverrides(overrides: Override): void {
    [this.#backward, this.#form, this.#lop] = [overrides, "lop", undefined];
  }

  /** Changes the tangents to functions of `(inputs, evalPoints)`. */
  setRopOverrides(overrides: Override): void {
    [this.#forward, this.#rop] = [overrides, undefined];
  }

  /** The op of inputs, outputs and gradients by outputs whose results are the gradients by inputs. */
  getLopOp(): OpFromGraph {
    return this.#lopParts().op;
  }

  /** The op of inputs and directions whose results are the tangents of the outputs. */
  getRopOp(): OpFromGraph {
    return this.#ropParts().op;
  }

  /** The derivatives of the inputs: the overrides, and the rest by the graph inside. */
  override lop(
    inputs: TensorVariable[],
    outputs: TensorVariable[],
    outputGrads: TensorVariable[],
  ): Variable[] {
    const { op, kept } = this.#lopParts();
    const isReached = this.#patternInside().map((row) =>
      row.some((joined, k) => joined && !isDisconnected(outputGrads[k]!))
    );
    const grads = outputGrads.map((g, k) =>
      isDisconnected(g) ? zerosFor(outputs[k]!) : fitTo(g, outputs[k]!)
    );
    const found = spread(kept, applied(op, kept, [...inputs, ...outputs, ...grads]));
    return found.map((g, i) => isReached[i] ? g : disconnectedType.makeVariable());
  }

  /** The tangents of the outputs: the override, or the graph inside. */
  override rOp(inputs: TensorVariable[], evalPoints: TensorVariable[]): (Variable | null)[] {
    const { op, kept } = this.#ropParts();
    const points = evalPoints.map((point, i) => fitTo(point, inputs[i]!));
    const tangents = applied(op, kept, [...inputs, ...points]);
    return spread(kept, tangents).map((tangent) => isDisconnected(tangent) ? null : tangent);
  }

  /** Which inputs reach which outputs: what was given, or what the graph and the overrides tell. */
  override connectionPattern(_: Apply): ConnectionPattern {
    return this.#patternInside();
  }

  #patternInside(): ConnectionPattern {
    if (this.#pattern !== undefined) return this.#pattern;
    const { inputs, outputs } = this.innerGraph;
    const patterns = new Patterns();
    const inside = ioConnectionPattern(inputs, outputs, (node) => patterns.of(node));
    if (this.#backward === "default") return inside;
    const { kept } = this.#lopParts();
    return inside.map((row, i) => {
      if (kept[i] === undefined) return row.map(() => false);
      return row.includes(true) ? row : row.map(() => true);
    });
  }

  #lopParts(): DerivativeOp {
    if (this.#lop !== undefined) return this.#lop;
    const [inputs, outputs] = this.#inside();
    const grads = outputs.map(gradientRoot);
    const lists = this.#form === "lop" ? [inputs, outputs, grads] : [inputs, grads];
    const kept = overridden(this.#backward, inputs, lists, (wanted) => {
      return grad(null, wanted, {
        knownGrads: knownByOutput(outputs, grads),
        disconnectedInputs: "ignore",
        returnDisconnected: "Disconnected",
        nullGradients: "return",
      });
    });
    return this.#lop = this.#derivative(this.#form, [...inputs, ...outputs, ...grads], kept);
  }

  #ropParts(): DerivativeOp {
    if (this.#rop !== undefined) return this.#rop;
    const [inputs, outputs] = this.#inside();
    const points = inputs.map(gradientRoot);
    const kept = overridden(this.#forward, outputs, [inputs, points], (wanted) => {
      const moving = inputs.filter((x) => x.dtype === gradientDType(x));
      const directions = moving.map((x) => points[inputs.indexOf(x)]!);
      return Rop(wanted, moving, directions, {
        disconnectedOutputs: "ignore",
        returnDisconnected: "Disconnected",
      });
    });
    return this.#rop = this.#derivative("rop", [...inputs, ...points], kept);
  }

  #inside(): [inputs: TensorVariable[], outputs: TensorVariable[]] {
    const { inputs, outputs } = this.innerGraph;
    return [inputs, outputs] as [TensorVariable[], TensorVariable[]];
  }

  #derivative(suffix: string, inputs: TensorVariable[], kept: readonly Kept[]): DerivativeOp {
    const results = kept.filter((one) => one instanceof TensorVariable);
    const name = this.#label === undefined ? undefined : `${this.#label}_${suffix}`;
    const op = new OpFromGraph(inputs, results, { inline: this.isInline, ...(name && { name }) });
    return { op, kept };
  }
}

function checkList(what: string, given: unknown): void {
  if (!Array.isArray(given)) raise("TypeError", `${what} must be list, got ${typeof given}`);
}

function refuseUpdates(given: readonly unknown[]): void {
  const last = given.at(-1);
  if (typeof last === "object" && last !== null && ("updates" in last || "givens" in last)) {
    raise("TypeError", "updates and givens are not allowed here");
  }
}

/**
 * One derivative for each of some variables: the default one, or what an override says.
 *
 * @param override What the user wants.
 * @param of The variables.
 * @param lists What a function of the user's is given.
 * @param defaults Computes the default ones.
 */
function overridden(
  override: Override,
  of: readonly TensorVariable[],
  lists: readonly (readonly TensorVariable[])[],
  defaults: (of: TensorVariable[]) => readonly Variable[],
): Kept[] {
  if (override instanceof Variable) return of.map(() => withoutValue(override));
  if (typeof override === "function" || override instanceof OpFromGraph) {
    const made = resultsOf(override, lists);
    checkCount(of, made);
    return made.map((one, i) => keptFor(one, of[i]!));
  }
  const items = override === "default" ? of.map(() => "default" as const) : override;
  if (!Array.isArray(items)) {
    return fail("TypeError", `override derivatives with ${String(override)}`, "it is no function");
  }
  checkCount(of, items);
  const open = of.filter((_, i) => items[i] === "default");
  const found = open.length === 0 ? [] : [...defaults(open)];
  return (items as readonly OverrideItem[]).map((item, i) => {
    if (item === "default") return keptFor(found.shift()!, of[i]!);
    if (item instanceof Variable) return withoutValue(item);
    const [only] = resultsOf(item, lists);
    return keptFor(only!, of[i]!);
  });
}

function checkCount(of: readonly unknown[], given: readonly unknown[]): void {
  if (of.length !== given.length) {
    raise("ValueError", `Need to override ${of.length} gradients, got ${given.length}`);
  }
}

/** What an override gives for the variables of the graph inside. */
function resultsOf(
  override: unknown,
  lists: readonly (readonly TensorVariable[])[],
): readonly Variable[] {
  if (typeof override !== "function" && !(override instanceof OpFromGraph)) {
    return fail("TypeError", `override a derivative with ${String(override)}`, "it is no function");
  }
  const made: unknown = override instanceof OpFromGraph
    ? override.call(...lists.flat())
    : (override as (...lists: unknown[]) => unknown)(...lists.map((list) => [...list]));
  return (Array.isArray(made) ? made : [made]) as Variable[];
}

/** A derivative of the type it must have. */
function keptFor(one: Variable, of: TensorVariable): Kept {
  if (!(one instanceof Variable)) {
    return fail("TypeError", `take ${String(one)} for a derivative by ${of}`, "it is no variable");
  }
  return one instanceof TensorVariable ? fitTo(one, of) : withoutValue(one);
}

/** What a variable without value says: that there is no path, or why there is no derivative. */
function withoutValue({ type }: Variable): NullType | undefined {
  if (type instanceof NullType) return type;
  if (disconnectedType.equals(type)) return undefined;
  return raise(
    "ValueError",
    `Overriding a derivative with a variable takes one of NullType or DisconnectedType, not ${type}`,
  );
}

/** The results of an op that computes the derivatives that exist. */
function applied(
  op: OpFromGraph,
  kept: readonly Kept[],
  inputs: readonly TensorVariable[],
): TensorVariable[] {
  if (!kept.some((one) => one instanceof TensorVariable)) return [];
  const made: TensorVariable | TensorVariable[] = op.call(...inputs);
  return Array.isArray(made) ? made : [made];
}

/** One variable each: the results in turn, and what stands for those that do not exist. */
function spread(kept: readonly Kept[], results: readonly TensorVariable[]): Variable[] {
  const rest = [...results];
  return kept.map((one) => {
    if (one instanceof TensorVariable) return rest.shift()!;
    return (one ?? disconnectedType).makeVariable();
  });
}
