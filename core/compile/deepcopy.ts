/**
 * @file Copies that keep results apart from arguments, shared values, constants and each other.
 */

import type { FunctionGraph } from "../graph/function_graph.ts";
import { call } from "../graph/op.ts";
import { withoutTraces } from "../graph/trace.ts";
import { inputs as rootsOf, viewRoot } from "../graph/traverse.ts";
import type { Variable } from "../graph/variable.ts";
import { isHostVariable } from "../tensor/host_type.ts";
import { deepCopyOp, viewOp } from "../ops/view.ts";

/** What may share memory with what. */
export interface Borrowing {
  /** For each output of the graph, whether it may share memory. */
  readonly outputs: readonly boolean[];
  /** For each input of the graph, whether it may share memory. */
  readonly inputs: readonly boolean[];
  /** For each input of the graph, whether it gets a new value. */
  readonly updated: readonly boolean[];
}

/**
 * Puts a copy before each output that would be stored where an input, a constant or another output
 * is; a view, which `debugprint` shows, where both sides borrow. Theano: `insert_deepcopy`.
 *
 * @param graph The graph; its outputs are changed.
 * @param borrowing What may share memory with what.
 */
export function insertDeepcopy(graph: FunctionGraph, borrowing: Borrowing): void {
  const { inputs } = graph;
  const updated = new Set(inputs.filter((_, i) => borrowing.updated[i]));
  const roots = rootsOf(graph.outputs).filter((root) => !updated.has(root));
  const mayShare = (root: Variable): boolean => {
    const at = inputs.indexOf(root);
    return at < 0 || borrowing.inputs[at]!;
  };
  withoutTraces(() => {
    for (let i = 0; i < graph.outputs.length; i++) {
      const output = graph.outputs[i]!;
      if (isHostVariable(output)) continue;
      const root = viewRoot(output);
      const twin = graph.outputs.findIndex((other, j) => j > i && viewRoot(other) === root);
      if (twin < 0 && !roots.includes(root)) continue;
      const isShared = borrowing.outputs[i]! &&
        (twin < 0 ? mayShare(root) : borrowing.outputs[twin]!);
      graph.changeInput(
        "output",
        i,
        call(isShared ? viewOp : deepCopyOp, output),
        "insert_deepcopy",
      );
    }
  });
}
