/**
 * @file Constant folding: a node whose inputs are all constants is computed once, while compiling, by
 * the op's own reference.
 */

import type { NDArray } from "../core/array/ndarray.ts";
import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { type Apply, type Constant, isConstant, type Variable } from "../core/graph/variable.ts";
import { performed } from "../core/ops/custom.ts";
import { isTensorOp, type OpKind } from "../core/ops/kind.ts";
import { TensorConstant, TensorVariable } from "../core/tensor/tensor_variable.ts";
import { type Replacement, rewrite, type Rule } from "./rule.ts";

/** Ops whose results are memory to be written to, or are made to differ from their inputs. */
const never: ReadonlySet<OpKind> = new Set<OpKind>(["allocEmpty", "deepCopy", "scan"]);

/** Ops that a client computes in place of, if that client is one of {@linkcode overwriting}. */
const overwritable: ReadonlySet<OpKind> = new Set<OpKind>(["alloc", "eye", "arange"]);

/** Ops that overwrite their first input, where it is no constant. */
const overwriting: ReadonlySet<OpKind> = new Set<OpKind>([
  "incSubtensor",
  "advancedIncSubtensor",
  "gemm",
  "gemv",
  "ger",
]);

/** More elements than this are computed when the function runs, not stored in the graph. */
const largest = 1 << 20;

/** A node of constants is a constant. Theano: `topo_constant_folding`. */
export const constantFolding: Rule = rewrite("topo_constant_folding", "*", folded, {
  tags: ["constant_folding"],
});

function folded(node: Apply, graph: FunctionGraph): Replacement {
  const { op, inputs, outputs } = node;
  if (!inputs.every(isConstant) || !isTensorOp(op)) return undefined;
  if (!isWanted(node, graph) || outputs.some((v) => !(v instanceof TensorVariable))) {
    return undefined;
  }
  if (expectedSize(node) > largest) return undefined;
  const values = valuesOf(node, inputs);
  if (values === undefined || values.some((value) => value.size > largest)) return undefined;
  return values.map((value, i) =>
    new TensorConstant((outputs[i] as TensorVariable).type, value.dense())
  );
}

/** An op may say for itself whether to fold a node, as Theano's `do_constant_folding`. */
interface Folding {
  readonly doConstantFolding?: (node: Apply, graph: FunctionGraph) => boolean;
}

function isWanted(node: Apply, graph: FunctionGraph): boolean {
  const { doConstantFolding } = node.op as Folding;
  if (doConstantFolding !== undefined) return doConstantFolding.call(node.op, node, graph);
  const kind = isTensorOp(node.op) ? node.op.kind : "custom";
  if (never.has(kind)) return false;
  if (!overwritable.has(kind)) return true;
  return graph.clients(node.outputs[0]!).every(({ node: client, index }) =>
    client !== "output" &&
    !(index === 0 && isTensorOp(client.op) && overwriting.has(client.op.kind))
  );
}

/** How many elements the result of an allocation has; 0 for ops that do not make more of less. */
function expectedSize(node: Apply): number {
  if (!isTensorOp(node.op) || node.op.kind !== "alloc") return 0;
  return node.inputs.slice(1).reduce(
    (size, n) => size * Number((n as TensorConstant).data.item()),
    1,
  );
}

/** The values, or nothing where computing fails: the error belongs to the call, not to compiling. */
function valuesOf(node: Apply, inputs: readonly (Variable & Constant)[]): NDArray[] | undefined {
  if (!isTensorOp(node.op)) return undefined;
  try {
    return performed(node.op, node, inputs.map((x) => x.data as NDArray));
  } catch {
    return undefined;
  }
}
