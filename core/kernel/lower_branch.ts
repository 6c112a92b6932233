/**
 * @file Lazy choices: each branch a body with the nodes that it alone needs.
 *
 * What a branch computes besides its values, and a later choice by the same condition reads, are
 * results of the body, too. Where a branch cuts, the host runs the one that is taken.
 */

import { NDArray } from "../array/ndarray.ts";
import { makeStorage } from "../dtype/dtype.ts";
import { rebuild } from "../graph/clone.ts";
import { DestroyHandler } from "../graph/destroy.ts";
import { FunctionGraph } from "../graph/function_graph.ts";
import { type Apply, isConstant, type Variable } from "../graph/variable.ts";
import type { IfElse } from "../ops/if_else.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { Branches } from "./lazy.ts";
import {
  type BodyCall,
  fixedRow,
  type Inside,
  insideOf,
  type LowerBody,
  rowOf,
} from "./lower_bodies.ts";
import type { Lowering } from "./lowering.ts";
import { outsideSize } from "./plan.ts";
import type { Body, View } from "./program.ts";
import type { Size } from "./size.ts";
import type { HostCall } from "./target.ts";

/** What is around a choice. */
export interface ChoiceContext {
  readonly graph: FunctionGraph;
  /** The nodes that the branches alone need. */
  readonly branches: Branches;
  readonly lower: LowerBody;
  /** A branch that the host runs. */
  readonly call: (graph: FunctionGraph) => BodyCall;
}

/** One branch as a graph of its own. */
interface Part {
  readonly graph: FunctionGraph;
  /** What stands outside for each root. */
  readonly reads: readonly TensorVariable[];
  /** What later choices read: results after the values. */
  readonly exports: readonly TensorVariable[];
}

/** Lowers a choice. */
export function lowerChoice(l: Lowering, node: Apply, context: ChoiceContext): void {
  const parts = context.branches.map((nodes, branch) => partOf(node, branch, nodes, context));
  const insides = parts.map((part) => insideOf(part.graph, context.lower));
  const bodies = parts.map((part, k) => {
    const inside = insides[k];
    const isLate = part.reads.some((x, i) => inside?.shaping.has(i) && l.isUncertain(x));
    return inside && !isLate ? inside : undefined;
  });
  const [then, otherwise] = bodies;
  if (then && otherwise) writeBranch(l, node, parts, [then, otherwise]);
  else chooseOnHost(l, node, parts, context);
  for (const x of parts.flatMap((part) => part.exports)) l.markUncertain(x);
}

function partOf(
  node: Apply,
  branch: number,
  nodes: readonly Apply[],
  { graph }: ChoiceContext,
): Part {
  const op = node.op as IfElse;
  const inside = new Set(nodes);
  // The node itself, of which this one may be the twin of the host.
  const choice = node.outputs[0]!.owner;
  const values = op.branchesOf(node.inputs)[branch]!;
  const isOwn = (client: Apply, index: number): boolean =>
    inside.has(client) || (client === choice && index > 0 && (index > op.count) === (branch === 1));
  const exports = nodes.flatMap(({ outputs }) => outputs).filter((output) =>
    graph.clients(output).some((c) => c.node === "output" || !isOwn(c.node, c.index))
  ) as TensorVariable[];
  const read = [...nodes.flatMap(({ inputs }) => inputs), ...values];
  const reads = [...new Set(read)].filter((x) =>
    !isConstant(x) && !(x.owner && inside.has(x.owner))
  ) as TensorVariable[];
  const roots = reads.map((x) => x.type.makeVariable(x.name));
  const memo = new Map<Variable, Variable>(reads.map((x, i) => [x, roots[i]!]));
  const results = rebuild([...values, ...exports], memo);
  const features = [new DestroyHandler()];
  return { graph: new FunctionGraph(roots, results, { features }), reads, exports };
}

/** Both branches as bodies of one step. */
function writeBranch(
  l: Lowering,
  node: Apply,
  parts: readonly Part[],
  insides: readonly Inside[],
): void {
  const condition = node.inputs[0] as TensorVariable;
  const { count } = node.op as IfElse;
  const open = insides.map(({ lowered, captured, shaping }, k): Body => ({
    program: lowered.program,
    sizes: lowered.sizes,
    inputs: [...parts[k]!.reads, ...captured].map((x, i) => fixedRow(l, x, shaping.has(i))),
    outputs: [],
  }));
  const shapes = open.map((body) =>
    body.program.outputs.map(({ shape }) =>
      shape.map((n) => l.unified(outsideSize(l.sizes, body, n)))
    )
  );
  const either = (a: Size, b: Size): Size =>
    a === b ? a : l.sizes.call("select", l.size(condition), a, b);
  const results = node.outputs.map((output, k): View => {
    const [then, otherwise] = shapes.map((list) => list[k]!);
    const shape = then!.map((n, axis) => either(n, otherwise![axis]!));
    return l.allocate((output as TensorVariable).dtype, shape);
  });
  const exports = parts.map((part, branch) =>
    part.exports.map((x, k) => l.allocate(x.dtype, shapes[branch]![count + k]!))
  );
  const [then, otherwise] = open.map((body, branch): Body => {
    const views = [...results, ...exports[branch]!];
    const outputs = views.map((view, k) =>
      rowOf({ ...view, shape: shapes[branch]![k]! }, l.sizes.const(0))
    );
    return { ...body, outputs };
  });
  l.branch({ condition: l.view(condition), bodies: [then!, otherwise!] });
  node.outputs.forEach((output, k) => l.set(output, results[k]!));
  parts.forEach((part, branch) => part.exports.forEach((x, k) => l.set(x, exports[branch]![k]!)));
}

/** The branch that is taken, run by the host as a program of its own. */
function chooseOnHost(
  l: Lowering,
  node: Apply,
  parts: readonly Part[],
  { call }: ChoiceContext,
): void {
  const given = [node.inputs[0]!, ...parts.flatMap((part) => part.reads)];
  const results = [...node.outputs, ...parts.flatMap((part) => part.exports)] as TensorVariable[];
  const outputs = results.map((x) => l.allocateUnknown(x));
  l.host(
    node,
    given.map((x) => l.view(x)),
    outputs.map((v) => v.buffer),
    callOf(node, parts, parts.map(({ graph }) => call(graph))),
  );
  results.forEach((x, k) => l.set(x, outputs[k]!));
}

function callOf(
  node: Apply,
  parts: readonly Part[],
  calls: readonly BodyCall[],
): HostCall {
  const { count } = node.op as IfElse;
  return ([condition, ...values]) => {
    const branch = Number(condition!.item()) !== 0 ? 0 : 1;
    const { reads } = parts[branch]!;
    const first = branch === 0 ? 0 : parts[0]!.reads.length;
    const own = values.slice(first, first + reads.length);
    const results = calls[branch]!(own).map((value) => value.copy());
    const exports = parts.map((part, k) =>
      k === branch ? results.slice(count) : part.exports.map(nothing)
    );
    return [...results.slice(0, count), ...exports.flat()];
  };
}

/** An array without elements, for what nobody is going to read. */
function nothing({ dtype, ndim }: TensorVariable): NDArray {
  const size = ndim === 0 ? 1 : 0;
  return NDArray.of(makeStorage(dtype, size), new Array<number>(ndim).fill(0), dtype);
}
