/**
 * @file Asking an op for shapes, which it may refuse to tell.
 */

import type { Apply } from "../graph/variable.ts";
import type { Shape, TensorOp } from "./kind.ts";

/**
 * The shapes that an op infers.
 *
 * @param op The op of the node.
 * @param node The node.
 * @param shapes The shape of each input.
 * @returns The shape of each output; nothing where the op says by an error that it cannot tell.
 */
export function inferredShapes(
  op: TensorOp,
  node: Apply,
  shapes: readonly Shape[],
): readonly (Shape | null)[] | undefined {
  try {
    return op.inferShape(node, shapes);
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "ShapeError" || name === "NotImplementedError") return undefined;
    throw error;
  }
}
