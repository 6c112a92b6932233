/**
 * @file An optimised graph as a program: one row an op kind.
 */

import type { FunctionGraph } from "../graph/function_graph.ts";
import type { Apply } from "../graph/variable.ts";
import { performed } from "../ops/custom.ts";
import { DeviceOp } from "../ops/device_op.ts";
import { FromGraph } from "../ops/from_graph.ts";
import { isTensorOp, type OpKind } from "../ops/kind.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { internal } from "../errors.ts";
import { operandsOf } from "./kernel.ts";
import { lowerElementwise, lowerReduce, type Readers } from "./lower_elementwise.ts";
import { lowerExtremes } from "./lower_extremes.ts";
import { lowerOnHost } from "./lower_host.ts";
import { lowerInside } from "./lower_inside.ts";
import {
  lowerAdvancedIncSubtensor,
  lowerAdvancedSubtensor,
  lowerIncSubtensor,
  lowerJoin,
  lowerSplit,
  lowerSubtensor,
} from "./lower_index.ts";
import {
  lowerAlloc,
  lowerAllocEmpty,
  lowerArange,
  lowerAssert,
  lowerDimshuffle,
  lowerEye,
  lowerMakeVector,
  lowerRebroadcast,
  lowerReshape,
  lowerShape,
  lowerShapeI,
  lowerSpecifyShape,
  lowerView,
} from "./lower_layout.ts";
import { lowerBatchedDot, lowerDot, lowerGemm, lowerGer } from "./lower_product.ts";
import { lowerCrossentropy, lowerSoftmax } from "./lower_softmax.ts";
import { Lowering } from "./lowering.ts";
import type { BufferRole, View } from "./program.ts";
import type { HostCall, Lowered } from "./target.ts";

const stage = "core/kernel/lower.ts";

/** What the inputs and outputs of a graph are to the function. */
export interface LowerSpec {
  /** For each input of the graph: which argument or shared variable it is. */
  readonly inputs: readonly { readonly role: "argument" | "shared"; readonly index: number }[];
  /** The function's results, the first outputs of the graph; some stay on the device. */
  readonly outputs: readonly { readonly borrow: boolean; readonly onDevice?: true }[];
  /** For each further output of the graph: which shared variable it is the new value of. */
  readonly updates: readonly number[];
  /** Bytes of workspace that the target's matrix products are content with. */
  readonly productScratch: Readonly<Record<"float32" | "float64", number>>;
}

/** Lowers one node. */
type Lower = (l: Lowering, node: Apply, readers: Readers) => void;

const lowerings: Readonly<Record<OpKind, Lower>> = {
  elementwise: lowerElementwise,
  reduce: lowerReduce,
  argmax: lowerExtremes,
  cumulative: lowerOnHost,
  dimshuffle: lowerDimshuffle,
  reshape: lowerReshape,
  shape: lowerShape,
  shapeI: lowerShapeI,
  specifyShape: lowerSpecifyShape,
  rebroadcast: lowerRebroadcast,
  alloc: lowerAlloc,
  allocEmpty: lowerAllocEmpty,
  arange: lowerArange,
  eye: lowerEye,
  makeVector: lowerMakeVector,
  join: lowerJoin,
  split: lowerSplit,
  subtensor: lowerSubtensor,
  incSubtensor: lowerIncSubtensor,
  advancedSubtensor: lowerAdvancedSubtensor,
  advancedIncSubtensor: lowerAdvancedIncSubtensor,
  nonzero: lowerOnHost,
  dot: lowerDot,
  gemm: lowerGemm,
  gemv: lowerGemm,
  ger: lowerGer,
  batchedDot: lowerBatchedDot,
  softmax: lowerSoftmax,
  crossentropy: lowerCrossentropy,
  view: lowerView,
  deepCopy: lowerView,
  assert: lowerAssert,
  library: lowerOnHost,
  transfer: lowerView,
  custom: lowerCustom,
};

/**
 * The program of a graph.
 *
 * @param graph The graph, optimised.
 * @param spec What its inputs and outputs are.
 * @returns The program, with what it cannot hold as plain data.
 */
export function lowerGraph(graph: FunctionGraph, spec: LowerSpec): Lowered {
  const l = new Lowering(spec.productScratch);
  graph.inputs.forEach((input, i) => {
    const { role, index } = spec.inputs[i]!;
    l.declare(input as TensorVariable, role, index);
  });
  const nodes = graph.toposort();
  const readers = readersOf(graph);
  nodes.forEach((node, k) => {
    l.enter(k);
    lowerNode(l, node, readers);
  });
  const count = spec.outputs.length;
  const results = graph.outputs.slice(0, count).map((output, k) => {
    placeWith(l, l.view(output));
    const view = l.contiguous(l.view(output));
    const { borrow, onDevice } = spec.outputs[k]!;
    return onDevice ? owned(l, view, "handed", k) : borrow ? owned(l, view, "borrowed", k) : view;
  });
  const commits = graph.outputs.slice(count).map((output, k) => {
    const shared = spec.updates[k]!;
    placeWith(l, l.view(output));
    return { shared, value: owned(l, l.view(output), "update", shared) };
  });
  return {
    program: {
      buffers: l.buffers,
      steps: l.steps,
      outputs: results,
      commits,
      nodes: nodes.map(String),
    },
    sizes: l.sizes,
    constants: l.constants,
    hosts: l.hosts.map(hostCall),
  };
}

function hostCall(node: Apply): HostCall {
  const { op } = node;
  if (!isTensorOp(op)) {
    return internal(`run ${op.name}`, "it is not an op on tensors", stage);
  }
  return (inputs) => performed(op, node, inputs);
}

/** A user's op: on the host, unless it is a graph. */
function lowerCustom(l: Lowering, node: Apply): void {
  if (!(node.op instanceof FromGraph)) return lowerOnHost(l, node);
  lowerInside(l, node, (graph) => {
    const readers = readersOf(graph);
    for (const inner of graph.toposort()) lowerNode(l, inner, readers);
  });
}

function lowerNode(l: Lowering, node: Apply, readers: Readers): void {
  const { op } = node;
  if (!isTensorOp(op)) {
    return internal(`lower ${op.name}`, "it is not an op on tensors", stage);
  }
  const isPlaced = op instanceof DeviceOp;
  l.place(isPlaced);
  lowerings[op.kind](l, isPlaced ? op.hostNode(node) : node, readers);
  l.protect(node);
}

/** Puts the kernels that follow where a value was computed. */
function placeWith(l: Lowering, { buffer }: View): void {
  const makers = l.steps.filter((step) =>
    step.kind === "run" && operandsOf(step.kernel).writes.some((walk) => walk.buffer === buffer)
  );
  l.place(makers.some((step) => step.kind === "run" && step.onDevice === true));
}

/** A value in memory of its own: the buffer changes its role where it is the program's alone. */
function owned(l: Lowering, view: View, role: BufferRole, index: number): View {
  if (!l.ownsWhole(view)) return l.copied(view, role, index);
  l.rededicate(view.buffer, role, index);
  return view;
}

function readersOf(graph: FunctionGraph): Readers {
  return {
    onlyReaderIs(variable, kind): boolean {
      const clients = graph.clients(variable);
      const [only] = clients;
      if (clients.length !== 1 || !only || only.node === "output") return false;
      return isTensorOp(only.node.op) && only.node.op.kind === kind;
    },
    isRead(variable): boolean {
      return graph.clients(variable).length > 0;
    },
  };
}
