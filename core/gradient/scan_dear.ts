/**
 * @file Which values of a turn are worth keeping for the turns backwards: those that rest on more than
 * elementwise functions and views of what is known, as far as they have one shape at every turn.
 */

import { ioToposort } from "../graph/traverse.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import type { OpKind, TensorOp } from "../ops/kind.ts";
import type { Scan } from "../ops/scan_op.ts";
import { ofShapes, steadyShapes } from "../ops/scan_shapes.ts";
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
  const steady = steadyShapes(op);
  return [...dear].filter((x): x is TensorVariable =>
    x instanceof TensorVariable && read.has(x) && steady.has(x)
  );
}
