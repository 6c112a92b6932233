/**
 * @file An optimised graph as a program: one row an op kind.
 */

import { DestroyHandler } from "../graph/destroy.ts";
import { FunctionGraph } from "../graph/function_graph.ts";
import type { Apply } from "../graph/variable.ts";
import { CustomOp, performed } from "../ops/custom.ts";
import { DeviceOp } from "../ops/device_op.ts";
import { FromGraph } from "../ops/from_graph.ts";
import { isTensorOp, type OpKind } from "../ops/kind.ts";
import { Scan } from "../ops/scan_op.ts";
import type { TensorConstant, TensorVariable } from "../tensor/tensor_variable.ts";
import { internal } from "../errors.ts";
import { type LazyOrder, lazyOrder } from "./lazy.ts";
import { calledBody, type LowerBody } from "./lower_bodies.ts";
import { lowerChoice } from "./lower_branch.ts";
import { lowerCumulative } from "./lower_cumulative.ts";
import { lowerCode } from "./lower_custom.ts";
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
import { lowerScan, lowerSteps } from "./lower_scan.ts";
import { lowerRandom } from "./lower_random.ts";
import { lowerCrossentropy, lowerSoftmax } from "./lower_softmax.ts";
import { lowerSort } from "./lower_sort.ts";
import { Lowering } from "./lowering.ts";
import { writtenBy } from "./plan.ts";
import { type BufferRole, isWork, type View } from "./program.ts";
import type { HostCall, Lowered, Target } from "./target.ts";

const stage = "core/kernel/lower.ts";

/** What the inputs and outputs of a graph are to the function. */
export interface LowerSpec {
  /** For each input of the graph: which argument or shared variable it is. */
  readonly inputs: readonly { readonly role: "argument" | "shared"; readonly index: number }[];
  /** The function's results, the first outputs of the graph; some stay on the device. */
  readonly outputs: readonly { readonly borrow: boolean; readonly onDevice?: true }[];
  /** For each further output of the graph: which shared variable it is the new value of. */
  readonly updates: readonly number[];
  /** What will run the program. */
  readonly target: Target;
  /** For the body of a loop or choice: see {@linkcode Lowering}. */
  readonly capture?: (constant: TensorConstant) => number;
  readonly onDevice?: boolean;
}

/** Lowers one node. */
type Lower = (l: Lowering, node: Apply, readers: Readers) => void;

const lowerings: Readonly<Record<OpKind, Lower>> = {
  elementwise: lowerElementwise,
  reduce: lowerReduce,
  argmax: lowerExtremes,
  cumulative: lowerCumulative,
  sort: lowerSort,
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
  random: lowerRandom,
  library: lowerOnHost,
  transfer: lowerView,
  scan: lowerLoop,
  scanSteps: lowerSteps,
  ifElse: lowerIfElse,
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
  const l = new Lowering(spec.target, spec.capture, spec.onDevice);
  graph.inputs.forEach((input, i) => {
    const { role, index } = spec.inputs[i]!;
    l.declare(input as TensorVariable, role, index);
  });
  const nodes = graph.toposort();
  const places = new Map(nodes.map((node, k) => [node, k]));
  lowerNodes(l, graph, (node) => l.enter(places.get(node)!));
  const count = spec.outputs.length;
  const results = graph.outputs.slice(0, count).map((output, k) => {
    const { borrow, onDevice } = spec.outputs[k]!;
    if (onDevice) l.place(true);
    else placeWith(l, l.view(output));
    const view = l.contiguous(l.view(output));
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
    hosts: l.hosts.map((host) => typeof host === "function" ? host : hostCall(host, spec.target)),
  };
}

/** What a node computes on the host: a loop by a program of its turns, what says how by itself. */
function hostCall(node: Apply, target: Target): HostCall {
  const { op } = node;
  if (op instanceof Scan && !op.compiled) {
    const turn = calledBody(() => lowerBody(bodyGraph(op), { target }), target);
    return (inputs) => op.run(inputs, turn);
  }
  if (!isTensorOp(op)) {
    return internal(`run ${op.name}`, "it is not an op on tensors", stage);
  }
  return (inputs) => performed(op, node, inputs);
}

/** A user's op: the graph it is, or the code it has, or on the host. */
function lowerCustom(l: Lowering, node: Apply): void {
  const { op } = node;
  if (op instanceof FromGraph) lowerInside(l, node, (graph) => lowerNodes(l, graph));
  else if (op instanceof CustomOp) lowerCode(l, node, op, (graph) => lowerNodes(l, graph));
  else lowerOnHost(l, node);
}

/** A lazy choice: each branch is a program of its own. */
function lowerIfElse(l: Lowering, node: Apply, { graph, branchesOf }: Readers): void {
  lowerChoice(l, node, {
    graph,
    branches: branchesOf(node),
    lower: lowerInto(l),
    call: (inside) => calledBody(() => lowerBody(inside, { target: l.target }), l.target),
  });
}

/** A loop: its graph is a program of its own. */
function lowerLoop(l: Lowering, node: Apply): void {
  lowerScan(l, node, bodyGraph(node.op as Scan), lowerInto(l));
}

/** Lowers bodies of a program, which run where the node that they are of does. */
function lowerInto({ target, isPlaced: onDevice }: Lowering): LowerBody {
  return (graph, capture) => lowerBody(graph, { target, capture, onDevice });
}

/** The graph of a turn, a copy, since another node may have the same op. */
function bodyGraph({ inputs, outputs }: Scan): FunctionGraph {
  return new FunctionGraph(inputs, outputs, { features: [new DestroyHandler()] });
}

function lowerBody(
  graph: FunctionGraph,
  spec: Pick<LowerSpec, "target" | "capture" | "onDevice">,
): Lowered {
  const lowered = lowerGraph(graph, {
    inputs: graph.inputs.map((_, index) => ({ role: "argument", index })),
    outputs: graph.outputs.map(() => ({ borrow: true })),
    updates: [],
    ...spec,
  });
  if (graph.applyNodes.size > 0) return lowered;
  // A turn that computes nothing copies what it reads, and these steps come from somewhere.
  return { ...lowered, program: { ...lowered.program, nodes: ["copy"] } };
}

/** Lowers the nodes of a graph, but those that a choice puts off. */
function lowerNodes(l: Lowering, graph: FunctionGraph, enter?: (node: Apply) => void): void {
  const order = lazyOrder(graph, graph.toposort());
  const readers = readersOf(graph, order);
  for (const node of order.always) {
    enter?.(node);
    lowerNode(l, node, readers);
  }
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
  l.place(l.steps.some((step) => isWork(step) && step.onDevice && writtenBy(step).has(buffer)));
}

/** A value in memory of its own: the buffer changes its role where it is the program's alone. */
function owned(l: Lowering, view: View, role: BufferRole, index: number): View {
  if (!l.ownsWhole(view)) return l.copied(view, role, index);
  l.rededicate(view.buffer, role, index);
  return view;
}

function readersOf(graph: FunctionGraph, { branches }: LazyOrder): Readers {
  return {
    graph,
    branchesOf: ({ outputs }) => branches.get(outputs[0]!.owner!)!,
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
