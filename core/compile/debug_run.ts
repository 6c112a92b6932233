/**
 * @file One function in DebugMode: what is computed at a call, by whom, and what is compared.
 */

import type { NDArray } from "../array/ndarray.ts";
import { Storage } from "../array/storage.ts";
import type { ErrorKind } from "../errors.ts";
import { raise } from "../errors.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import { isConstant } from "../graph/variable.ts";
import { lowerGraph } from "../kernel/lower.ts";
import { InterpreterTarget } from "../kernel/stepper.ts";
import { type Executable, ProgramError } from "../kernel/target.ts";
import { verifyProgram } from "../kernel/verify.ts";
import { hostOp } from "../ops/device_op.ts";
import { IfElse } from "../ops/if_else.ts";
import { isTensorOp } from "../ops/kind.ts";
import { type Computed, nodeLines, shortText, valueLines, variableLines } from "./debug_report.ts";
import type { Rewrite, RewriteRecorder } from "./debug_rewrites.ts";
import { Rounding } from "./debug_rounding.ts";
import { kernelCode, lowerNode, type NodeCode, performCode } from "./node_by_node.ts";
import { difference, hasInfinity, hasNan } from "./numbers.ts";
import { inputValues, NodeError, valueIn } from "./reference.ts";
import type { RunnerParts } from "./runner.ts";

/** What is checked. */
export interface DebugChecks {
  /** Whether nodes are computed by kernels. */
  readonly kernels: boolean;
  /** Whether nodes are computed by `perform`. */
  readonly perform: boolean;
  /** Whether NaN and infinities are errors. */
  readonly finite: boolean;
}

type Values = Map<Variable, NDArray>;

/** A function whose every node and rewrite is checked at every call. */
export class DebugExecutable implements Executable {
  readonly #parts: RunnerParts;
  readonly #checks: DebugChecks;
  readonly #order: readonly Apply[];
  readonly #places: ReadonlyMap<Apply, number>;
  /** Whether there are choices. */
  readonly #isLazy: boolean;
  readonly #rewrites: readonly Rewrite[];
  readonly #kernels = new Map<Apply, NodeCode>();
  readonly #whole: Executable;
  workspaceBytes = 0;

  /**
   * Prepares the checks.
   *
   * @param parts The graph, and what runs it.
   * @param checks What is checked.
   * @param recorder What rewriting did to the graph.
   */
  constructor(parts: RunnerParts, checks: DebugChecks, recorder: RewriteRecorder) {
    this.#parts = parts;
    this.#checks = checks;
    const { graph, spec, target } = parts;
    this.#order = recorder.order(graph);
    this.#places = new Map(graph.toposort().map((node, k) => [node, k]));
    this.#isLazy = this.#order.some(({ op }) => hostOp(op) instanceof IfElse);
    this.#rewrites = recorder.sorted(this.#order);
    const lowered = lowerGraph(graph, { ...spec, target });
    verifyProgram(lowered.program);
    this.#whole = target.build(lowered).executable;
  }

  run(args: readonly NDArray[], shared: readonly Storage[]): NDArray[] {
    const { graph, spec } = this.#parts;
    const values = inputValues(graph, spec, args, shared);
    if (this.#checks.finite) {
      for (const [input, value] of values) checkFinite(input, value);
    }
    for (const node of this.#order) this.#compute(node, values);
    for (const rewrite of this.#rewrites) checkRewrite(rewrite, values);
    const outputs = graph.outputs.map((output) => valueIn(values, output).copy());
    if (this.#checks.kernels) this.#checkWhole(args, shared, outputs);
    const count = spec.outputs.length;
    outputs.slice(count).forEach((value, k) => shared[spec.updates[k]!]!.write(value));
    return outputs.slice(0, count);
  }

  free(): void {
    for (const code of this.#kernels.values()) code.free();
    this.#whole.free();
  }

  /**
   * Computes a node. One that rewriting took away fails as it would have without; unless there are
   * choices, of which it may belong to a branch that is not taken.
   */
  #compute(node: Apply, values: Values): void {
    const place = this.#places.get(node);
    const inputs = node.inputs.map((input) => known(values, input));
    if (inputs.includes(undefined)) return;
    try {
      const results = place === undefined
        ? performChecked(node, inputs as NDArray[])
        : this.#computeLive(node, inputs as NDArray[]);
      node.outputs.forEach((output, k) => values.set(output, results[k]!));
    } catch (error) {
      if (error instanceof Error && isDebugError(error)) throw error;
      if (place !== undefined) throw new NodeError(place, error);
      if (!this.#isLazy) throw error;
    }
  }

  #computeLive(node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const { kernels, perform, finite } = this.#checks;
    const results = perform ? performChecked(node, inputs) : this.#code(node).run(inputs);
    if (perform && kernels && hasValues(node)) this.#compareKernel(node, inputs, results);
    if (finite && hasValues(node)) {
      node.outputs.forEach((output, k) => checkFinite(output, results[k]!));
    }
    return results;
  }

  #code(node: Apply): NodeCode {
    const code = this.#kernels.get(node) ?? kernelCode(node, this.#parts.target);
    this.#kernels.set(node, code);
    return code;
  }

  #compareKernel(node: Apply, inputs: readonly NDArray[], expected: readonly NDArray[]): void {
    const code = this.#code(node);
    if (!code.isKernel) return;
    code.run(inputs).forEach((value, k) => {
      const why = difference(expected[k]!, value);
      if (why === undefined) return;
      complain("BadThunkOutput", [
        ...nodeLines(node, inputs),
        `  Bad Variable: output ${k}`,
        ...valueLines(why, { by: "perform", value: expected[k]! }, { by: "the kernel", value }),
        `  ${blame(node, inputs, k, expected[k]!)}`,
      ]);
    });
  }

  /** Runs the whole function by its kernels, on copies of the shared values. */
  #checkWhole(
    args: readonly NDArray[],
    shared: readonly Storage[],
    expected: readonly NDArray[],
  ): void {
    const { graph, spec } = this.#parts;
    const copies = shared.map((storage) => new Storage(storage.read().copy()));
    let results: NDArray[];
    try {
      results = this.#whole.run(args, copies);
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      return raise(error.failure.kind, error.message);
    }
    const updates = spec.updates.map((at) => copies[at]!.read());
    [...results, ...updates].forEach((value, k) => {
      const why = difference(expected[k]!, value);
      if (why === undefined) return;
      complain("BadThunkOutput", [
        "  Every node alone gives the right value, the kernels of the whole function do not:",
        ...variableLines("Bad Variable", graph.outputs[k]!),
        ...valueLines(
          why,
          { by: "the nodes", value: expected[k]! },
          { by: "the function", value },
        ),
      ]);
    });
  }
}

/** Whether the values of a node's outputs are said by its inputs. */
function hasValues({ op }: Apply): boolean {
  return isTensorOp(op) && op.kind !== "allocEmpty";
}

function known(values: Values, variable: Variable): NDArray | undefined {
  return values.get(variable) ?? (isConstant(variable) ? variable.data as NDArray : undefined);
}

const kinds: readonly string[] = [
  "BadThunkOutput",
  "BadOptimization",
  "BadDestroyMap",
  "BadViewMap",
  "InvalidValueError",
];

function isDebugError({ name }: Error): boolean {
  return kinds.includes(name);
}

function complain(kind: ErrorKind, lines: readonly string[]): never {
  return raise(kind, [kind, ...lines].join("\n"));
}

/** Computes a node by `perform`, and looks at what that did to memory. */
function performChecked(node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
  const { destroyMap, viewMap } = node.op;
  const destroyed = new Set(destroyMap?.values());
  // What may be overwritten is a copy, since others may still want the value.
  const given = inputs.map((value, i) => destroyed.has(i) ? value.copy() : value);
  const before = inputs.map((value, i) => destroyed.has(i) ? undefined : value.copy());
  const results = performCode(node).run(given);
  before.forEach((value, i) => {
    if (value === undefined || bitsEqual(value, given[i]!)) return;
    complain("BadDestroyMap", [
      ...nodeLines(node, inputs),
      `  Input ${i} was changed, and the op's destroyMap does not list it`,
      `  Value before: ${shortText(value)}`,
      `  Value after: ${shortText(given[i]!)}`,
    ]);
  });
  results.forEach((result, k) => {
    const isSaid = (i: number): boolean => viewMap?.get(k) === i || destroyMap?.get(k) === i;
    const i = given.findIndex((value, at) => !isSaid(at) && sharesMemory(result, value));
    const j = results.findIndex((other, at) => at < k && sharesMemory(result, other));
    if (i < 0 && (j < 0 || viewMap?.has(k))) return;
    complain("BadViewMap", [
      ...nodeLines(node, inputs),
      `  Output ${k} shares memory with ${i < 0 ? `output ${j}` : `input ${i}`}, and the op's ` +
      "viewMap does not say so",
    ]);
  });
  return results;
}

function bitsEqual(a: NDArray, b: NDArray): boolean {
  const [x, y] = [a.data, b.data];
  return x.length === y.length && x.every((element, k) => Object.is(element, y[k]));
}

/** Whether two arrays of elements lie in the same part of one buffer. */
function sharesMemory(a: NDArray, b: NDArray): boolean {
  if (a.size === 0 || b.size === 0) return false;
  const [x, y] = [a.memory().storage, b.memory().storage];
  return x.buffer === y.buffer && x.byteOffset < y.byteOffset + y.byteLength &&
    y.byteOffset < x.byteOffset + x.byteLength;
}

/** Whose fault it is that a kernel gives another value, by what its steps mean when interpreted. */
function blame(node: Apply, inputs: readonly NDArray[], k: number, expected: NDArray): string {
  const interpreter = new InterpreterTarget();
  const code = kernelCode(node, interpreter);
  const right = difference(expected, code.run(inputs)[k]!) === undefined;
  const { program } = lowerNode(node, interpreter);
  const count = program.steps.filter((step) => step.kind === "run").length;
  return right
    ? `The ${count} kernels mean the right value: the target builds them wrongly`
    : `The ${count} kernels mean another value: the lowering of ${node.op.name} is wrong`;
}

function checkFinite(variable: Variable, value: NDArray): void {
  const found = hasNan(value) ? "NaN" : hasInfinity(value) ? "infinity" : undefined;
  if (found === undefined) return;
  const { owner } = variable;
  complain("InvalidValueError", [
    `  type(variable) = ${variable.type}`,
    `  value = ${shortText(value)}`,
    `  It contains ${found}; checkIsfinite or the flag DebugMode.check_finite permits that`,
    ...(owner === null
      ? [`  hint: it is the input ${variable} of the graph`]
      : variableLines("variable", variable)),
  ]);
}

function checkRewrite({ old, replacement, reason }: Rewrite, values: Values): void {
  const [first, second] = [known(values, old), known(values, replacement)];
  if (first === undefined || second === undefined) return;
  if ([old, replacement].some(({ owner }) => owner && !hasValues(owner))) return;
  if (difference(first, second, { mayRecover: true }) === undefined) return;
  const slack = new Rounding((variable) => known(values, variable)).slack(old);
  const why = difference(first, second, { mayRecover: true, slack });
  if (why === undefined) return;
  const [before, after]: Computed[] = [
    { by: "the old variable", value: first },
    { by: "the new variable", value: second },
  ];
  complain("BadOptimization", [
    `  Reason: ${reason}`,
    ...valueLines(why, before!, after!),
    ...variableLines("Old Variable", old),
    ...variableLines("New Variable", replacement),
  ]);
}
