/**
 * @file Which machine computes which node: work on float32, int32, uint32 and bool moves to the device,
 * on float16 where the device has it, and copies go where values cross.
 *
 * A node is placed if it can run on the device and one of the inputs that must lie there does: a shared
 * variable, an argument with axes whose `tag.target` is not `"cpu"`, or a result of a placed node.
 * Numbers without axes do not move anything by themselves, and integers without axes, which lengths
 * and indices are made of, stay on the host. A node that makes an array of numbers (`alloc`, a view of
 * a number, a length as a float) is placed if its readers are.
 *
 * Placed nodes have ops whose names begin with `Gpu`. Shared variables need no copy: they live where
 * their newest value is. Theano: `GraphToGPU`, `gpuarray_local_optimizations`.
 */

import type { FunctionGraph } from "../core/graph/function_graph.ts";
import { Apply, isConstant, type Variable } from "../core/graph/variable.ts";
import { deviceVariable, hostOp, onDevice } from "../core/ops/device_op.ts";
import { isTensorOp, type TensorOp } from "../core/ops/kind.ts";
import { GpuFromHost, gpuFromHost, HostFromGpu, hostFromGpu } from "../core/ops/transfer.ts";
import { GpuVariable } from "../core/tensor/gpu_type.ts";
import { isOnDevice } from "../core/tensor/tensor_type.ts";
import { TensorVariable } from "../core/tensor/tensor_variable.ts";
import type { Rewriter } from "./engine.ts";
import { graphPass, type Pass } from "./pass.ts";
import { commonDTypes, type DeviceDTypes, deviceInputs, dtypesWithFloat16 } from "./placings.ts";
import type { Query } from "./selection.ts";

/** The tag of passes that are on where a device is open. */
export const deviceTag = "gpuarray";

/** The tag that is on where the open device has float16. */
export const float16Tag = "gpuarray_float16";

/** Tags that say where work goes. */
export const placingTags: ReadonlySet<string> = new Set([deviceTag, float16Tag]);

/** The dtypes that a device computes with, if work moves to one. */
export function dtypesOnDevice(query: Query): DeviceDTypes | undefined {
  if (!query.selects(placePass.name, placePass.tags)) return undefined;
  return query.selects(float16Tag, []) ? dtypesWithFloat16 : commonDTypes;
}

/**
 * The nodes that run on the device.
 *
 * @param graph The graph, with no node placed yet.
 * @param dtypes The dtypes that the device computes with.
 */
export function placedNodes(graph: FunctionGraph, dtypes: DeviceDTypes): ReadonlySet<Apply> {
  const nodes = graph.toposort();
  const placed = new Set<Apply>();
  const isThere = (x: Variable): boolean =>
    x.owner === null ? isMoved(x, dtypes) : placed.has(x.owner) || isTransfer(x.owner.op);
  const inputsOf = new Map(nodes.map((node) => [node, deviceInputs(node, dtypes)]));
  for (const node of nodes) {
    const inputs = inputsOf.get(node);
    if (inputs === undefined) continue;
    const [there, others] = partition(inputs.map((i) => node.inputs[i]!), isThere);
    // A branch that is not taken would still be copied there.
    const isLazy = hostOp(node.op)!.kind === "ifElse";
    const isFree = (x: Variable): boolean =>
      x.owner === null ? isConstant(x) : isSource(x.owner, inputsOf.get(x.owner));
    if (there.length > 0 && (!isLazy || others.every(isFree))) placed.add(node);
  }
  for (const node of nodes.toReversed()) {
    const inputs = inputsOf.get(node);
    if (placed.has(node) || !isSource(node, inputs)) continue;
    const clients = node.outputs.flatMap((x) => graph.clients(x));
    if (clients.every((client) => client.node !== "output" && placed.has(client.node))) {
      placed.add(node);
    }
  }
  return placed;
}

/** Whether a root moves to the device what is computed from it. */
function isMoved(root: Variable, dtypes: DeviceDTypes): boolean {
  if (!(root instanceof TensorVariable) || isConstant(root)) return false;
  return root.ndim > 0 && dtypes.has(root.dtype) && root.tag.target !== "cpu";
}

function isTransfer(op: Apply["op"]): boolean {
  return op instanceof GpuFromHost || op instanceof HostFromGpu;
}

/** What passes a test, and the rest. */
function partition<X>(all: readonly X[], test: (x: X) => boolean): [X[], X[]] {
  return [all.filter(test), all.filter((x) => !test(x))];
}

/** Whether a node makes an array of numbers. */
function isSource({ op }: Apply, inputs: readonly number[] | undefined): boolean {
  if (!isTensorOp(op) || inputs === undefined) return false;
  return op.kind === "alloc" || op.kind === "allocEmpty" || op.kind === "dimshuffle" ||
    (op.kind === "elementwise" && inputs.length === 0);
}

/** Gives each placed node its device's op, and copies what crosses. */
class Placement {
  readonly #graph: FunctionGraph;
  readonly #placed: ReadonlySet<Apply>;
  readonly #dtypes: DeviceDTypes;
  /** What stands on the device for a variable of the host. */
  readonly #there = new Map<Variable, Variable>();
  /** What stands on the host for a variable that a placed node reads there. */
  readonly #here = new Map<Variable, Variable>();
  readonly #pairs: (readonly [old: Variable, replacement: Variable])[] = [];

  constructor(graph: FunctionGraph, placed: ReadonlySet<Apply>, dtypes: DeviceDTypes) {
    this.#graph = graph;
    this.#placed = placed;
    this.#dtypes = dtypes;
  }

  run(): readonly (readonly [old: Variable, replacement: Variable])[] {
    for (const node of this.#graph.toposort()) {
      if (this.#placed.has(node)) this.#place(node);
      else if (isShape(node)) this.#askThere(node);
      else if (node.op instanceof GpuFromHost) this.#cut(node);
    }
    return this.#pairs;
  }

  #place(node: Apply): void {
    const wanted = deviceInputs(node, this.#dtypes)!;
    const inputs = node.inputs.map((x, i) =>
      wanted.includes(i) ? this.#deviceInput(x) : this.#hostInput(x)
    );
    const outputs = node.outputs.map((x) =>
      this.#staysWhereItIs(x) ? x.clone() : deviceVariable(x as TensorVariable)
    );
    const made = new Apply(onDevice(node.op as TensorOp), inputs, outputs);
    Object.assign(made.tag, node.tag);
    node.outputs.forEach((x, k) => {
      const there = outputs[k]!;
      this.#there.set(x, there);
      const clients = this.#graph.clients(x);
      if (!isOnDevice(there.type)) this.#pairs.push([x, there]);
      else if (clients.some((client) => this.#isOfHost(client.node))) {
        this.#pairs.push([x, hostFromGpu(there)]);
      }
    });
  }

  /** A new value of a shared variable that only the device reads besides needs no copy. */
  #staysWhereItIs(x: Variable): boolean {
    const clients = this.#graph.clients(x);
    const isUpdate = clients.some(({ node, index }) =>
      node === "output" && this.#graph.updateMapping.has(index)
    );
    return isUpdate &&
      clients.every(({ node, index }) =>
        node === "output" ? this.#graph.updateMapping.has(index) : this.#placed.has(node)
      );
  }

  #isOfHost(node: Apply | "output"): boolean {
    if (node === "output") return true;
    return !this.#placed.has(node) && !isShape(node) && !(node.op instanceof GpuFromHost);
  }

  #deviceInput(x: Variable): Variable {
    const known = this.#there.get(x);
    if (known) return known;
    const isThere = isConstant(x) || x.kind === "shared" || x instanceof GpuVariable;
    const there = isThere ? x : gpuFromHost(x);
    this.#there.set(x, there);
    return there;
  }

  /** A value that the host must know, although the device computes it. */
  #hostInput(x: Variable): Variable {
    const known = this.#here.get(x);
    if (known) return known;
    const there = this.#there.get(x);
    const isAway = there instanceof GpuVariable && x.owner && this.#placed.has(x.owner);
    const here = isAway ? hostFromGpu(there) : x;
    this.#here.set(x, here);
    return here;
  }

  /** Lengths are known without a copy. */
  #askThere(node: Apply): void {
    const there = this.#there.get(node.inputs[0]!);
    if (!there) return;
    const made = new Apply(node.op, [there], node.outputs.map((x) => x.clone()));
    Object.assign(made.tag, node.tag);
    node.outputs.forEach((x, k) => {
      this.#pairs.push([x, made.outputs[k]!]);
      this.#here.set(x, made.outputs[k]!);
    });
  }

  /** A copy to the device of what is there already. */
  #cut(node: Apply): void {
    const there = this.#there.get(node.inputs[0]!);
    if (there instanceof GpuVariable) this.#pairs.push([node.outputs[0]!, there]);
  }
}

function isShape({ op }: Apply): boolean {
  return isTensorOp(op) && (op.kind === "shape" || op.kind === "shapeI");
}

/**
 * Moves work to the device.
 *
 * @param graph The graph.
 * @param rewriter Its rewriter.
 * @param dtypes The dtypes that the device computes with.
 */
export function place(graph: FunctionGraph, rewriter: Rewriter, dtypes: DeviceDTypes): void {
  const placed = placedNodes(graph, dtypes);
  if (placed.size === 0) return;
  const pairs = new Placement(graph, placed, dtypes).run();
  rewriter.replace("gpuarray_graph_optimization", pairs);
}

/** The pass. It comes after those that fuse and overwrite, which keep to one machine. */
export const placePass: Pass = graphPass(
  80,
  "gpuarray_opt",
  [deviceTag],
  (graph, { rewriter, query }) => {
    const dtypes = dtypesOnDevice(query);
    if (dtypes) place(graph, rewriter, dtypes);
  },
);
