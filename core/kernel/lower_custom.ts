/**
 * @file A user's op that has code: a kernel of its own, with outputs of the shapes that the op infers.
 */

import { FunctionGraph } from "../graph/function_graph.ts";
import type { Apply } from "../graph/variable.ts";
import { type CustomOp, performed } from "../ops/custom.ts";
import {
  checkWgsl,
  type CustomCode,
  type ShapeGraph,
  shapeGraph,
  shapeResults,
  shapeRoots,
} from "../ops/custom_code.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { operand } from "./index_map.ts";
import { lowerOnHost } from "./lower_host.ts";
import type { Lowering } from "./lowering.ts";
import type { View } from "./program.ts";
import { isOne, isZero, type Size } from "./size.ts";

/**
 * Lowers a user's op: as a kernel where it has code that the target runs and tells its shapes, else
 * to a host step.
 *
 * @param l The state of lowering.
 * @param node The node.
 * @param op Its op.
 * @param lowerNodes Lowers the nodes of a graph whose inputs have their places.
 */
export function lowerCode(
  l: Lowering,
  node: Apply,
  op: CustomOp,
  lowerNodes: (graph: FunctionGraph) => void,
): void {
  const code = codeOf(l, node, op);
  const graph = code && shapeGraph(op, node);
  if (code === undefined || graph === undefined) return lowerOnHost(l, node);
  const { isPlaced } = l;
  const views = node.inputs.map((x) => l.view(x));
  const shapes = lowerShapes(l, node, graph, lowerNodes);
  l.place(isPlaced);
  const inputs = views.map((view) => brought(l, view, code));
  const outputs = (node.outputs as TensorVariable[]).map(({ dtype }, k) =>
    l.allocate(dtype, shapes[k]!)
  );
  l.run({
    kind: "custom",
    name: op.name,
    dims: [],
    inputs,
    outputs,
    code,
    scratch: operand(l.allocate("uint8", [l.sizes.const(blockBytes([...inputs, ...outputs]))]), []),
    perform: (values) => performed(op, node, values),
  }, l.failure("RuntimeError", `The code of ${op.name} failed: it returned {index}`));
  // Where a turn leaves its results, rows begin anywhere.
  if (l.isTurn) { for (const { buffer } of outputs) l.keepApart(buffer); }
  node.outputs.forEach((output, k) => l.set(output, outputs[k]!));
}

/** The code of a node, if it can be run where the node is placed. */
function codeOf(l: Lowering, node: Apply, op: CustomOp): CustomCode | undefined {
  const [wasm, wgsl] = [op.wasm?.(node), op.wgsl?.(node)];
  if (wgsl) checkWgsl(op, node, wgsl);
  const code = { ...(wasm && { wasm }), ...(wgsl && { wgsl }) };
  const isRun = l.isPlaced || l.target.customForms.some((form) => code[form] !== undefined);
  return isRun ? code : undefined;
}

/** An input as code takes it: on devices from the start of a buffer on, which rows are not at. */
function brought(l: Lowering, view: View, { wasm }: CustomCode): View {
  const isRow = l.isTurn && l.buffers[view.buffer]!.role === "argument";
  if (l.isPlaced) return isZero(view.offset) && !isRow ? l.contiguous(view) : l.copied(view);
  return wasm?.strided ? view : l.contiguous(view);
}

/** Four bytes for an address, and for each length and stride. */
function blockBytes(views: readonly View[]): number {
  return 4 * views.reduce((count, { shape }) => count + 1 + 2 * shape.length, 0);
}

/** The lengths of the outputs: those of axes that broadcast are one, and none is below zero. */
function lowerShapes(
  l: Lowering,
  node: Apply,
  shapes: ShapeGraph,
  lowerNodes: (graph: FunctionGraph) => void,
): Size[][] {
  const results = lowerResults(l, node, shapes, lowerNodes);
  return (node.outputs as TensorVariable[]).map(({ broadcastable }, k) =>
    shapes.shapes[k]!.map((item, axis) => {
      const size = typeof item === "number" ? l.sizes.const(item) : results.shift()!;
      return checkedLength(l, node, size, broadcastable[axis]!);
    })
  );
}

function checkedLength(l: Lowering, { op }: Apply, size: Size, isUnit: boolean): Size {
  const { sizes } = l;
  const what = `the length {0} that ${op.name}.inferShape gives`;
  if (!isUnit) {
    const isLength = sizes.call("le", sizes.const(0), size);
    l.check(isLength, "ValueError", `Cannot use ${what}: it is below zero`, [size]);
    return size;
  }
  const one = sizes.const(1);
  if (!isOne(size)) {
    l.checkEqual(size, one, "ValueError", `Cannot use ${what}: the axis broadcasts`, [size]);
  }
  return one;
}

/** The lengths that are computed, one after another. */
function lowerResults(
  l: Lowering,
  node: Apply,
  shapes: ShapeGraph,
  lowerNodes: (graph: FunctionGraph) => void,
): Size[] {
  const results = shapeResults(shapes);
  if (results.length === 0) return [];
  const roots = shapeRoots(shapes);
  const graph = new FunctionGraph(roots, results);
  const inside = new Map(roots.map((root, i) => [root, graph.inputs[i]!]));
  node.inputs.forEach((x, i) => {
    const value = inside.get(shapes.values[i]!);
    if (value !== undefined) l.set(value, l.view(x));
    l.view(x).shape.forEach((length, axis) => {
      const root = shapes.lengths[i]![axis]!;
      if (typeof root !== "number") l.setSize(inside.get(root)!, length);
    });
  });
  lowerNodes(graph);
  return graph.outputs.map((result) => l.size(result));
}
