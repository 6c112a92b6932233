/**
 * @file Which values of a turn are worth keeping for the turns backwards: those that rest on more than
 * elementwise functions and views of what is known, as far as they have one shape at every turn.
 */

import { ioToposort } from "../graph/traverse.ts";
import { type Apply, isConstant, type Variable } from "../graph/variable.ts";
import type { OpKind, TensorOp } from "../ops/kind.ts";
import type { Scan } from "../ops/scan_op.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";

/** Ops that are done again rather than that their results are kept. */
const cheap: ReadonlySet<OpKind> = new Set<OpKind>([
  "elementwise",
  "dimshuffle",
  "reshape",
  "shape",
  "shapeI",
  "specifyShape",
  "rebroadcast",
  "alloc",
  "makeVector",
  "subtensor",
  "view",
  "assert",
]);

/** Ops that read no values but shapes alone. */
const ofShapes: ReadonlySet<OpKind> = new Set<OpKind>(["shape", "shapeI"]);

/** Ops whose results have shapes that follow from those of their inputs. */
const shapedByShapes: ReadonlySet<OpKind> = new Set<OpKind>([
  "elementwise",
  "dimshuffle",
  "reduce",
  "argmax",
  "cumulative",
  "rebroadcast",
  "incSubtensor",
  "dot",
  "batchedDot",
  "softmax",
  "crossentropy",
  "view",
]);

/** Ops whose results have shapes that follow from that of the first input and the values of others. */
const shapedByValues: ReadonlySet<OpKind> = new Set<OpKind>(["reshape", "alloc", "subtensor"]);

function kindOf({ op }: Apply): OpKind {
  return (op as TensorOp).kind;
}

/**
 * What a turn backwards reads and what is kept for it, though no output of the loop.
 *
 * @param op The loop.
 * @param outputs What a turn backwards computes, over the values of the turn.
 * @param known What is kept anyway.
 */
export function dearValues(
  op: Scan,
  outputs: readonly TensorVariable[],
  known: ReadonlySet<Variable>,
): TensorVariable[] {
  const turn = ioToposort(op.inputs, op.outputs);
  const dear = new Set<Variable>();
  for (const node of turn) {
    const isDear = !cheap.has(kindOf(node)) || node.inputs.some((x) => dear.has(x));
    for (const x of node.outputs) if (isDear && !known.has(x)) dear.add(x);
  }
  const ofTurn = new Set(turn);
  const readers = ioToposort([...op.inputs, ...known], outputs).filter((node) =>
    !ofTurn.has(node) && !ofShapes.has(kindOf(node))
  );
  const read = new Set([...readers.flatMap(({ inputs }) => inputs), ...outputs]);
  const steady = steadyShapes(op, turn);
  return [...dear].filter((x): x is TensorVariable =>
    x instanceof TensorVariable && read.has(x) && steady.has(x)
  );
}

/** The values of a turn that are seen to have the same shape at every turn. */
function steadyShapes(op: Scan, turn: readonly Apply[]): ReadonlySet<Variable> {
  const steady = new Set<Variable>(op.inputs);
  const same = new Set<Variable>(op.innerInputs.fixed);
  const isSame = (x: Variable): boolean => isConstant(x) || same.has(x);
  const isSteady = (x: Variable): boolean => isConstant(x) || steady.has(x);
  for (const node of turn) {
    const { inputs, outputs } = node;
    const kind = kindOf(node);
    const [first, ...rest] = inputs;
    const staysSame = inputs.every((x) => isSame(x)) ||
      (ofShapes.has(kind) && inputs.every((x) => isSteady(x)));
    const staysSteady = staysSame ||
      (shapedByShapes.has(kind) && inputs.every((x) => isSteady(x))) ||
      (shapedByValues.has(kind) && isSteady(first!) && rest.every((x) => isSame(x)));
    if (staysSame) outputs.forEach((x) => same.add(x));
    for (const x of outputs) if (staysSteady || hasOneElement(x)) steady.add(x);
  }
  return steady;
}

function hasOneElement(x: Variable): boolean {
  return x instanceof TensorVariable && x.broadcastable.every((one) => one);
}
