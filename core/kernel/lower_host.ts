/**
 * @file The way out: a node computed by its op's own `perform`, between two segments.
 */

import type { Apply } from "../graph/variable.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { Lowering } from "./lowering.ts";

/** Lowers any node to a host step. */
export function lowerOnHost(l: Lowering, node: Apply): void {
  const inputs = node.inputs.map((x) => l.view(x));
  const outputs = node.outputs.map((output) => l.allocateUnknown(output as TensorVariable));
  l.host(node, inputs, outputs.map((v) => v.buffer));
  node.outputs.forEach((output, k) => l.set(output, outputs[k]!));
}
