/**
 * @file Which values of a loop have one shape at all turns.
 */

import { ioToposort } from "../graph/traverse.ts";
import { isConstant, type Variable } from "../graph/variable.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import type { OpKind, TensorOp } from "./kind.ts";
import type { Scan } from "./scan_op.ts";

/** Ops that read no values but shapes alone. */
export const ofShapes: ReadonlySet<OpKind> = new Set<OpKind>(["shape", "shapeI"]);

/** Ops whose results have shapes that follow from those of their inputs. */
const shapedByShapes: ReadonlySet<OpKind> = new Set<OpKind>([
  "elementwise",
  "dimshuffle",
  "reduce",
  "argmax",
  "cumulative",
  "rebroadcast",
  "advancedSubtensor",
  "incSubtensor",
  "join",
  "dot",
  "batchedDot",
  "softmax",
  "crossentropy",
  "view",
]);

/** Ops whose results have shapes that follow from that of the first input and the values of others. */
const shapedByValues: ReadonlySet<OpKind> = new Set<OpKind>(["reshape", "alloc", "subtensor"]);

/**
 * The values of a turn that are seen to have the same shape at every turn, so that their rows can be
 * kept side by side.
 */
export function steadyShapes(op: Scan): ReadonlySet<Variable> {
  const steady = new Set<Variable>(op.inputs);
  const same = new Set<Variable>(op.innerInputs.fixed);
  const isSame = (x: Variable): boolean => isConstant(x) || same.has(x);
  const isSteady = (x: Variable): boolean => isConstant(x) || steady.has(x);
  for (const node of ioToposort(op.inputs, op.outputs)) {
    const { inputs, outputs } = node;
    const { kind } = node.op as TensorOp;
    const [first, ...rest] = inputs;
    const staysSame = inputs.every((x) => isSame(x)) ||
      (ofShapes.has(kind) && inputs.every((x) => isSteady(x)));
    const staysSteady = staysSame ||
      (shapedByShapes.has(kind) && inputs.every((x) => isSteady(x)) && !selects(kind, inputs)) ||
      (shapedByValues.has(kind) && isSteady(first!) && rest.every((x) => isSame(x)));
    if (staysSame) outputs.forEach((x) => same.add(x));
    for (const x of outputs) if (staysSteady || hasOneElement(x)) steady.add(x);
  }
  return steady;
}

/** Whether values of the inputs decide after all: the elements of a mask, the axis of a join. */
function selects(kind: OpKind, [first, ...rest]: readonly Variable[]): boolean {
  if (kind === "join") return !isConstant(first!);
  return kind === "advancedSubtensor" &&
    rest.some((x) => !(x instanceof TensorVariable) || x.dtype === "bool");
}

function hasOneElement(x: Variable): boolean {
  return x instanceof TensorVariable && x.broadcastable.every((one) => one);
}
