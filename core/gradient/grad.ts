/**
 * @file `grad`: gradients of a scalar, as graphs.
 */

import { isDiscrete, isFloat } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { disconnectedType, isDisconnected, NullType, whyNull } from "../graph/special_types.ts";
import { traceText, withOneTrace } from "../graph/trace.ts";
import { Variable } from "../graph/variable.ts";
import { warn } from "../host/warn.ts";
import { add } from "../ops/arithmetic.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { gradientsOf } from "./backward.ts";
import { onesFor, zeroGradient } from "./values.ts";
import { constantsOf } from "./walk.ts";

/** What to do about a variable that the cost does not depend on. */
export type DisconnectedInputs = "raise" | "warn" | "ignore";

/** Gradients by variable: a map, or pairs. */
export type KnownGrads =
  | ReadonlyMap<Variable, Variable>
  | readonly (readonly [Variable, Variable])[];

/** Options of {@linkcode grad}. */
export interface GradOptions {
  /** Variables that count as functions of nothing. */
  readonly considerConstant?: Iterable<Variable>;
  /** What to do about variables that the cost does not depend on: by default an error. */
  readonly disconnectedInputs?: DisconnectedInputs;
  /** Whether gradients get names: `(dcost/dx)`. By default they do. */
  readonly addNames?: boolean;
  /** Gradients that are not to be computed but are given. */
  readonly knownGrads?: KnownGrads;
  /** What to return where there is no connection; zeros by default. */
  readonly returnDisconnected?: "zero" | "None" | "Disconnected";
  /** What to do where there is no derivative: by default an error. */
  readonly nullGradients?: "raise" | "return";
}

/** The optional arguments of {@linkcode grad}. */
export type GivenGradOptions = Given<
  GradOptions,
  [
    considerConstant?: Iterable<Variable>,
    disconnectedInputs?: DisconnectedInputs,
    addNames?: boolean,
    knownGrads?: KnownGrads,
    returnDisconnected?: "zero" | "None" | "Disconnected",
    nullGradients?: "raise" | "return",
  ]
>;

/**
 * The gradient of a scalar by one or several variables.
 *
 * Shapes: each gradient has the shape of its variable.
 * Dtypes: that of the variable if it is a float, else floatX.
 * Theano: `theano.grad`, `theano.tensor.grad`.
 *
 * @param cost A scalar; null if `knownGrads` says where to start.
 * @param wrt What to differentiate by: any variable of the graph, or several in an array.
 * @param given Options, see {@linkcode GradOptions}.
 * @returns The gradient; an array of them if `wrt` is one.
 * @throws {TypeError} If the cost is not a scalar, or `wrt` not a variable.
 * @throws {DisconnectedInputError} If the cost does not depend on a variable.
 * @throws {NullTypeGradError} If an op on the way has no derivative.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const x = theano.tensor.dscalar("x");
 * const slope = theano.function([x], theano.grad(x.pow(2), x));
 * assert.equal(slope(4).item(), 8);
 * ```
 */
export function grad(
  cost: Variable | null,
  wrt: TensorVariable,
  ...given: GivenGradOptions
): TensorVariable;
/** The gradients of a scalar by several variables. */
export function grad(
  cost: Variable | null,
  wrt: readonly TensorVariable[],
  ...given: GivenGradOptions
): TensorVariable[];
/** The gradient or gradients of a scalar. */
export function grad(
  cost: Variable | null,
  wrt: TensorVariable | readonly TensorVariable[],
  ...given: GivenGradOptions
): TensorVariable | TensorVariable[];
export function grad(
  cost: Variable | null,
  wrt: unknown,
  ...given: GivenGradOptions
): unknown {
  const options = optional<GradOptions>("grad", optionNames, given);
  checkCost(cost, options.knownGrads);
  const elements = listOf(wrt);
  const grads = withOneTrace(() =>
    gradients(cost, elements, options).map((g, i) => finished(g, elements[i]!, options))
  );
  return Array.isArray(wrt) ? grads : grads[0];
}

const optionNames = [
  "considerConstant",
  "disconnectedInputs",
  "addNames",
  "knownGrads",
  "returnDisconnected",
  "nullGradients",
] as const;

function checkCost(cost: unknown, knownGrads: KnownGrads | undefined): void {
  if (cost === null || cost === undefined) {
    if (knownGrads === undefined) {
      raise("AssertionError", "cost and known_grads can't both be None.");
    }
    return;
  }
  if (!(cost instanceof Variable)) {
    raise("TypeError", `Expected Variable, got ${cost} of type ${typeof cost}`);
  }
  const why = whyNull(cost);
  if (why !== undefined) {
    raise("ValueError", `Can't differentiate a NaN cost. cost is NaN because ${why}`);
  }
  if (cost instanceof TensorVariable && cost.ndim !== 0) {
    raise("TypeError", "cost must be a scalar.");
  }
}

/** The variables to differentiate by, checked. */
export function listOf(wrt: unknown): Variable[] {
  if (wrt instanceof Set) {
    raise("TypeError", "wrt must not be a set. sets have no defined iteration order");
  }
  return (Array.isArray(wrt) ? wrt : [wrt]).map((x: unknown) => {
    if (x instanceof Variable) return x;
    return raise("TypeError", `Expected Variable, got ${x} of type ${typeof x}`);
  });
}

function gradients(
  cost: Variable | null,
  wrt: readonly Variable[],
  options: GradOptions,
): Variable[] {
  const known = new Map(options.knownGrads ?? []);
  for (const [variable, g] of known) checkKnown(variable, g);
  if (cost) known.set(cost, known.get(cost) ?? initialGradient(cost));
  const constants = constantsOf(options.considerConstant);
  const costName = (options.addNames ?? true) ? cost?.name : undefined;
  return gradientsOf(known, wrt, { constants, costName });
}

function initialGradient(cost: Variable): Variable {
  if (!(cost instanceof TensorVariable)) {
    return raise("TypeError", "cost must be a scalar.");
  }
  if (!isFloat(cost.dtype) && !isDiscrete(cost.dtype)) {
    raise(
      "AssertionError",
      `The gradient of a cost of dtype ${cost.dtype} is not supported: take its real part, ` +
        "its imaginary part or its absolute value",
    );
  }
  return onesFor(cost);
}

function checkKnown(variable: unknown, g: unknown): void {
  if (!(variable instanceof Variable)) {
    raise("TypeError", `Expected Variable, got ${variable} of type ${typeof variable}`);
  }
  if (!(g instanceof Variable)) {
    raise(
      "TypeError",
      "output grads must be theano variables.Ambiguous whether " + typeof g +
        " should be made into tensor or sparse theano variable",
    );
  }
  if (g instanceof TensorVariable && !isFloat(g.dtype)) {
    raise(
      "TypeError",
      "Gradients must always be NullType, DisconnectedType, or continuous, but grad was given a " +
        `known_grad of type ${g.type}`,
    );
  }
}

/** What the user gets for a gradient that may not exist. */
function finished(g: Variable, x: Variable, options: GradOptions): Variable | null {
  const { nullGradients = "raise", returnDisconnected = "zero" } = options;
  if (g.type instanceof NullType) {
    if (nullGradients === "return") return g;
    raise("NullTypeGradError", `tensor.grad encountered a NaN. ${g.type.whyNull}`);
  }
  if (!isDisconnected(g)) return g;
  reportDisconnected(x, options.disconnectedInputs ?? "raise");
  if (returnDisconnected === "None") return null;
  if (returnDisconnected === "Disconnected") return disconnectedType.makeVariable();
  return zeroGradient(x);
}

/**
 * Tells the user about a variable without influence.
 *
 * @param x The variable.
 * @param how What the user asked for.
 * @throws {DisconnectedInputError} If asked to.
 * @throws {ValueError} If asked for something unknown.
 */
function reportDisconnected(x: Variable, how: DisconnectedInputs): void {
  const message = "grad method was asked to compute the gradient with respect to a variable that " +
    "is not part of the computational graph of the cost, or is used only by a " +
    `non-differentiable operator: ${x}`;
  reportMissing(message, x, how);
}

/**
 * Ignores, warns or throws.
 *
 * @param message What is missing.
 * @param x Where it is missing.
 * @param how What the user asked for.
 */
export function reportMissing(message: string, x: Variable, how: DisconnectedInputs): void {
  switch (how) {
    case "ignore":
      return;
    case "warn":
      return warn("UserWarning", message);
    case "raise":
      return raise("DisconnectedInputError", message + traceText(x.tag.trace));
    default:
      return raise(
        "ValueError",
        "Invalid value for keyword 'disconnected_inputs', valid values are 'ignore', 'warn' " +
          "and 'raise'.",
      );
  }
}

/** Options of {@linkcode subgraphGrad}. */
export interface SubgraphGradOptions {
  /** Gradients that are known. */
  readonly start?: KnownGrads;
  /** A scalar whose gradients are added. */
  readonly cost?: TensorVariable;
  /** Whether to return the two parts, too. */
  readonly details?: boolean;
}

/** What {@linkcode subgraphGrad} returns; the last two if asked for `details`. */
export type SubgraphGrads = [
  wrtGrads: TensorVariable[],
  endGrads: TensorVariable[],
  startGrads?: TensorVariable[] | null,
  costGrads?: TensorVariable[] | null,
];

/**
 * Gradients of a part of a graph: from a cost, or from gradients that are known, down to where the
 * part ends.
 *
 * Shapes: each gradient has the shape of its variable.
 * Dtypes: those of the variables.
 * Theano: `theano.gradient.subgraph_grad`.
 *
 * @param wrt The variables of the part to differentiate by.
 * @param end Where the part ends: these count as constants, and their gradients are returned, too.
 * @param given Gradients to start from, a cost, or both.
 * @returns The gradients by `wrt` and by `end`; with `details` also all gradients that come from
 *   `start`, and all that come from `cost`: of `wrt`, then of `end`.
 * @throws {ValueError} If there is neither `start` nor `cost`.
 */
export function subgraphGrad(
  wrt: readonly TensorVariable[],
  end: readonly TensorVariable[],
  ...given: Given<
    SubgraphGradOptions,
    [start?: KnownGrads, cost?: TensorVariable, details?: boolean]
  >
): SubgraphGrads {
  const { start, cost, details = false } = optional<SubgraphGradOptions>(
    "subgraphGrad",
    ["start", "cost", "details"],
    given,
  );
  if (start === undefined && cost === undefined) {
    raise("ValueError", "`cost` or `start` must be specified.");
  }
  const parameters = [...new Set([...wrt, ...end])];
  const shared = { considerConstant: end, disconnectedInputs: "ignore" } as const;
  const startGrads = start ? grad(null, parameters, { ...shared, knownGrads: start }) : null;
  const costGrads = cost ? grad(cost, parameters, shared) : null;
  const total = new Map(parameters.map((x, i) => {
    const terms = [startGrads?.[i], costGrads?.[i]].filter((g) => g !== undefined);
    return [x, terms.length === 2 ? add(...terms) : terms[0]!];
  }));
  const result = [wrt.map((x) => total.get(x)!), end.map((x) => total.get(x)!)] as const;
  return details ? [...result, startGrads, costGrads] : [...result];
}
