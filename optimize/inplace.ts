/**
 * @file Results in the memory of inputs that nobody needs any more.
 *
 * Whether a node may overwrite an input is asked of the {@linkcode DestroyHandler} and {@linkcode
 * Supervisor} before the edit, so that the graph need not be checked as a whole after it; only a graph
 * with other features that have a say is validated edit by edit. Without a supervisor every input of
 * the graph is kept.
 */

import { DestroyHandler, Supervisor } from "../core/graph/destroy.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import type { Op } from "../core/graph/op.ts";
import { viewRoot } from "../core/graph/traverse.ts";
import { type Apply, isConstant, type Variable } from "../core/graph/variable.ts";
import { writeStdout } from "../core/host/host.ts";
import { AdvancedIncSubtensor, AdvancedIncSubtensor1 } from "../core/ops/advanced_subtensor.ts";
import { Gemm, Gemv, Ger } from "../core/ops/blas.ts";
import { Elementwise } from "../core/ops/elementwise.ts";
import { isTensorOp } from "../core/ops/kind.ts";
import { IncSubtensor } from "../core/ops/subtensor.ts";
import type { Rewriter } from "./engine.ts";
import { hasOneClient } from "./forms.ts";
import { graphPass, type Pass } from "./pass.ts";

/** Answers which inputs may be overwritten, and makes the nodes that do. */
export class Overwriting {
  readonly #graph: FunctionGraph;
  readonly #rewriter: Rewriter;
  readonly #handler: DestroyHandler;
  readonly #isProtected: (root: Variable) => boolean;
  readonly #mustAsk: boolean;

  /**
   * Attaches a {@linkcode DestroyHandler} if there is none.
   *
   * @param graph The graph.
   * @param rewriter Its rewriter.
   */
  constructor(graph: FunctionGraph, rewriter: Rewriter) {
    this.#graph = graph;
    this.#rewriter = rewriter;
    graph.attachFeature(new DestroyHandler());
    this.#handler = graph.features.find((f) => f instanceof DestroyHandler)!;
    const supervisor = graph.features.find((f) => f instanceof Supervisor);
    const inputs = new Set(graph.inputs);
    this.#isProtected = (root) => supervisor?.isProtected(root) ?? inputs.has(root);
    this.#mustAsk = graph.features.some((f) =>
      f.validate !== undefined && !(f instanceof DestroyHandler || f instanceof Supervisor)
    );
  }

  /** Whether a node may overwrite an input. */
  allows(node: Apply, index: number): boolean {
    return this.#handler.canDestroy(node, index, this.#isProtected);
  }

  /**
   * Applies another op in place of a node's, which overwrites only what {@linkcode allows} allowed.
   *
   * @param name The name of the rewrite.
   * @param node The node.
   * @param op What computes the same.
   * @param inputs Its inputs; the node's if left out.
   */
  replace(name: string, node: Apply, op: Op, inputs: readonly Variable[] = node.inputs): void {
    const made = op.makeNode(...inputs);
    Object.assign(made.tag, node.tag);
    const pairs = node.outputs.map((old, k) => {
      const output = made.outputs[k]!;
      output.name = old.name;
      Object.assign(output.tag, old.tag);
      return [old, output] as const;
    });
    if (this.#mustAsk) {
      this.#rewriter.replace(name, pairs);
      return;
    }
    const { firings, settings } = this.#rewriter;
    this.#graph.replaceAll(pairs, name);
    this.#rewriter.changes++;
    firings.set(name, (firings.get(name) ?? 0) + 1);
    if (settings.verbose) {
      for (const [old, made] of pairs) {
        writeStdout(`${name} ${old} ${made}\n`);
      }
    }
  }
}

/**
 * Lets elementwise nodes write their results over inputs. Theano: `InplaceElemwiseOptimizer`.
 *
 * What only a reduction reads is left alone, because the reduction computes it without storing it.
 *
 * @param graph The graph.
 * @param rewriter Its rewriter.
 */
export function inplaceElementwise(graph: FunctionGraph, rewriter: Rewriter): void {
  const overwriting = new Overwriting(graph, rewriter);
  for (const node of graph.toposort()) {
    const { op } = node;
    if (!(op instanceof Elementwise) || op.destroyMap.size > 0) continue;
    if (isReduced(graph, node)) continue;
    const chosen = new Map<number, number>();
    node.outputs.forEach((output, k) => {
      const taken = new Set(chosen.values());
      const index = candidates(graph, node, output)
        .find((i) => !taken.has(i) && overwriting.allows(node, i));
      if (index !== undefined) chosen.set(k, index);
    });
    if (chosen.size === 0) continue;
    overwriting.replace("inplace_elemwise_optimizer", node, new Elementwise(op.scalar, chosen));
  }
}

function isReduced(graph: FunctionGraph, { outputs }: Apply): boolean {
  if (outputs.length !== 1 || !hasOneClient(graph, outputs[0]!)) return false;
  const { node } = graph.clients(outputs[0]!)[0]!;
  return node !== "output" && isTensorOp(node.op) && node.op.kind === "reduce";
}

/** Inputs of an output's type; the one that the output is the new value of comes first. */
function candidates(graph: FunctionGraph, node: Apply, output: Variable): number[] {
  const fits = [...node.inputs.keys()].filter((i) =>
    !isConstant(node.inputs[i]!) && node.inputs[i]!.type.equals(output.type)
  );
  const updated = new Set(
    graph.clients(output).filter((client) => client.node === "output")
      .map(({ index }) => graph.inputs[graph.updateMapping.get(index) ?? -1]),
  );
  const isOwn = (i: number): boolean => updated.has(viewRoot(node.inputs[i]!));
  return [...fits.filter(isOwn), ...fits.filter((i) => !isOwn(i))];
}

/** How an op is made to overwrite its first input, and what the rewrite is called. */
interface InplaceForm {
  readonly name: string;
  readonly op: Op;
}

/**
 * Lets ops that change a part of their first input overwrite it.
 *
 * Memory that several nodes start from, its contents not defined, is split first: each gets its own.
 *
 * @param graph The graph.
 * @param rewriter Its rewriter.
 * @param formOf The overwriting form of an op that has one.
 */
function inplaceFirst(
  graph: FunctionGraph,
  rewriter: Rewriter,
  formOf: (op: Op) => InplaceForm | undefined,
): void {
  let overwriting: Overwriting | undefined;
  for (const node of graph.toposort()) {
    const form = node.op.destroyMap?.size ? undefined : formOf(node.op);
    if (form === undefined) continue;
    overwriting ??= new Overwriting(graph, rewriter);
    const [first, ...rest] = node.inputs as [Variable, ...Variable[]];
    if (isShared(graph, first)) {
      const own = first.owner!.op.makeNode(...first.owner!.inputs).outputs[0]!;
      overwriting.replace(form.name, node, form.op, [own, ...rest]);
    } else if (overwriting.allows(node, 0)) overwriting.replace(form.name, node, form.op);
  }
}

/** Writing to a slice in place. */
function inplaceIncrement(op: Op): InplaceForm | undefined {
  if (!(op instanceof IncSubtensor)) return undefined;
  const { setInsteadOfInc } = op;
  const made = new IncSubtensor(op.idxList, { inplace: true, setInsteadOfInc });
  return { name: "local_inplace_setsubtensor", op: made };
}

/** Writing to rows or elements in place. */
function inplaceAdvancedIncrement(op: Op): InplaceForm | undefined {
  const name = "local_inplace_incsubtensor1";
  if (op instanceof AdvancedIncSubtensor1) {
    const { setInsteadOfInc } = op;
    return { name, op: new AdvancedIncSubtensor1({ inplace: true, setInsteadOfInc }) };
  }
  if (!(op instanceof AdvancedIncSubtensor)) return undefined;
  const { setInsteadOfInc } = op;
  const made = new AdvancedIncSubtensor(op.idxList, { inplace: true, setInsteadOfInc });
  return { name, op: made };
}

/** Adding a product in place. */
function inplaceProduct(op: Op): InplaceForm | undefined {
  if (op instanceof Gemm) return { name: "local_inplace_gemm", op: new Gemm(true) };
  if (op instanceof Gemv) return { name: "local_inplace_gemv", op: new Gemv(true) };
  if (op instanceof Ger) return { name: "local_inplace_ger", op: new Ger(true) };
  return undefined;
}

/** Whether a variable is undefined memory that somebody else reads too. */
function isShared(graph: FunctionGraph, variable: Variable): boolean {
  const { owner } = variable;
  if (owner === null || !isTensorOp(owner.op) || owner.op.kind !== "allocEmpty") return false;
  return graph.clients(variable).length > 1;
}

const inplace = ["fast_run", "inplace"] as const;

/** The passes that let nodes work in place, and the one that makes sure that the books are kept. */
export const inplacePasses: readonly Pass[] = [
  graphPass(49.5, "add_destroy_handler", inplace, (graph) => {
    graph.attachFeature(new DestroyHandler());
  }),
  graphPass(60, "local_inplace_setsubtensor", inplace, (graph, { rewriter }) => {
    inplaceFirst(graph, rewriter, inplaceIncrement);
  }),
  graphPass(60, "local_inplace_incsubtensor1", inplace, (graph, { rewriter }) => {
    inplaceFirst(graph, rewriter, inplaceAdvancedIncrement);
  }),
  graphPass(70, "InplaceBlasOpt", [...inplace, "blas_opt_inplace"], (graph, context) => {
    const { rewriter, query } = context;
    inplaceFirst(graph, rewriter, (op) => {
      const form = inplaceProduct(op);
      return form && query.selects(form.name, inplace) ? form : undefined;
    });
  }),
  graphPass(
    75,
    "inplace_elemwise_opt",
    [...inplace, "inplace_opt", "inplace_elemwise_optimizer"],
    (graph, { rewriter }) => inplaceElementwise(graph, rewriter),
  ),
];
