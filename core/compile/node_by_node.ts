/**
 * @file Runs a graph node by node, each by a program of its own or by its op's `perform`, so that
 * something can be done between nodes: look, compare, measure.
 *
 * A node that is run alone gains nothing from its neighbours: what kernels of a whole function save by
 * being together is not saved here. Values go from node to node in the target's own memory: those on a
 * device stay there until the next call.
 */

import { GpuArray } from "../array/gpu_array.ts";
import { NDArray } from "../array/ndarray.ts";
import type { Storage } from "../array/storage.ts";
import { makeStorage } from "../dtype/dtype.ts";
import { internal, raise } from "../errors.ts";
import { FunctionGraph } from "../graph/function_graph.ts";
import { type Apply, isConstant, type Variable } from "../graph/variable.ts";
import { type Branches, type LazyOrder, lazyOrder } from "../kernel/lazy.ts";
import { lowerGraph } from "../kernel/lower.ts";
import { buffersOf } from "../kernel/plan.ts";
import type { Program } from "../kernel/program.ts";
import {
  type DeviceUse,
  type Executable,
  type Lowered,
  ProgramError,
  type Target,
} from "../kernel/target.ts";
import { performed } from "../ops/custom.ts";
import { DeviceOp, hostOp } from "../ops/device_op.ts";
import type { IfElse } from "../ops/if_else.ts";
import { isTensorOp } from "../ops/kind.ts";
import { isOnDevice } from "../tensor/tensor_type.ts";
import { NodeError, valueIn } from "./reference.ts";
import type { RunnerParts } from "./runner.ts";

/**
 * The program of a node alone. Its arguments are the node's inputs that are no constants, each once.
 *
 * @param node The node.
 * @param target What runs it.
 */
export function lowerNode(node: Apply, target: Target): Lowered {
  const inputs = argumentsOf(node);
  const fresh = new Map(inputs.map((x) => [x, x.type.makeVariable(x.name)]));
  const copy = node.cloneWithNewInputs(node.inputs.map((x) => fresh.get(x) ?? x));
  const graph = new FunctionGraph([...fresh.values()], copy.outputs);
  return lowerGraph(graph, {
    inputs: inputs.map((_, index) => ({ role: "argument", index })),
    outputs: node.outputs.map(({ type }) => ({
      borrow: true,
      ...isOnDevice(type) && { onDevice: true },
    })),
    updates: [],
    target,
  });
}

function argumentsOf(node: Apply): Variable[] {
  return [...new Set(node.inputs)].filter((x) => !isConstant(x));
}

/** Computes a node from the values of its inputs. */
export interface NodeCode {
  /** Whether kernels compute it, rather than its op's `perform`. */
  readonly isKernel: boolean;
  /** The values of the outputs; those of kernels last until the same node runs again. */
  run(inputs: readonly NDArray[]): readonly NDArray[];
  /** Measures what each run does on a device: see {@linkcode Executable.measure}. */
  measure?(told: (use: DeviceUse) => void): void;
  /** Gives back memory. */
  free(): void;
}

/** A node by its op's `perform`. */
export function performCode(node: Apply): NodeCode {
  const { op } = node;
  if (!isTensorOp(op)) {
    return internal(`run ${op.name}`, "it has no value", "core/compile/node_by_node.ts");
  }
  return { isKernel: false, run: (inputs) => performed(op, node, inputs), free: () => {} };
}

/** A node by a program of its own. */
export function kernelCode(node: Apply, target: Target): NodeCode {
  const lowered = lowerNode(node, target);
  const { executable } = target.build(lowered);
  const places = argumentsOf(node).map((x) => node.inputs.indexOf(x));
  const read = readArguments(lowered.program);
  // What is on a device and of which nobody looks at the elements need not be brought here.
  const argument = (value: NDArray, k: number): NDArray =>
    value instanceof GpuArray && !read.has(k)
      ? NDArray.of(makeStorage(value.dtype, 0), value.shape, value.dtype)
      : value.dense();
  return {
    isKernel: lowered.hosts.length === 0,
    run: (inputs) => runNode(executable, places.map((i, k) => argument(inputs[i]!, k))),
    measure: (told) => executable.measure?.(told),
    free: () => executable.free(),
  };
}

/** The arguments of which a program looks at elements, or may do so. */
function readArguments({ buffers, steps, outputs }: Program): Set<number> {
  const touched = new Set([...steps.flatMap(buffersOf), ...outputs.map((view) => view.buffer)]);
  return new Set(
    buffers.flatMap(({ role, index, ndim }, buffer) =>
      role === "argument" && (ndim === 0 || touched.has(buffer)) ? [index] : []
    ),
  );
}

/** Runs the program of a node; the errors of its checks are the user's. */
function runNode(executable: Executable, args: readonly NDArray[]): NDArray[] {
  try {
    return executable.run(args, []);
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    return raise(error.failure.kind, error.message);
  }
}

/** What is done while a graph runs. Every member is optional. */
export interface NodeHooks {
  /** Called with the values of the graph's inputs. */
  readonly start?: (values: ReadonlyMap<Variable, NDArray>) => void;
  /**
   * Computes one node.
   *
   * @param node The node.
   * @param place Its place in the graph's order.
   * @param inputs The values of its inputs.
   * @param code What the mode's linker says computes it.
   * @returns The values of its outputs.
   */
  readonly compute?: (
    node: Apply,
    place: number,
    inputs: readonly NDArray[],
    code: NodeCode,
  ) => readonly NDArray[];
  /** Called for each node whose code was made, with the time that took, in seconds. */
  readonly made?: (node: Apply, seconds: number, code: NodeCode) => void;
  /** Called at the end of a call with every value. */
  readonly end?: (values: ReadonlyMap<Variable, NDArray>) => void;
}

/** What computes a node, and its place in the graph's order. */
interface PlacedCode {
  readonly code: NodeCode;
  readonly place: number;
}

/** A graph, run node by node. A call that fails changes no shared variable. */
export class NodeByNode implements Executable {
  readonly #parts: RunnerParts;
  readonly #hooks: NodeHooks;
  readonly #codes: ReadonlyMap<Apply, PlacedCode>;
  readonly #nodes: readonly Apply[];
  readonly #orders = new Map<readonly Apply[], LazyOrder>();
  /** Values of the last call that are on a device. */
  #onDevice = new Set<Storage | undefined>();
  workspaceBytes = 0;

  /**
   * Makes the code of each node.
   *
   * @param parts The graph, and what runs it.
   * @param hooks What is done meanwhile.
   */
  constructor(parts: RunnerParts, hooks: NodeHooks) {
    this.#parts = parts;
    this.#hooks = hooks;
    this.#nodes = parts.graph.toposort();
    this.#codes = new Map(
      this.#nodes.map((node, place) => {
        const start = performance.now();
        const code = parts.linker === "py" ? performCode(node) : kernelCode(node, parts.target);
        hooks.made?.(node, (performance.now() - start) / 1000, code);
        return [node, { code, place }];
      }),
    );
  }

  run(args: readonly NDArray[], shared: readonly Storage[]): NDArray[] {
    const { graph, spec } = this.#parts;
    const { start, end } = this.#hooks;
    this.#giveBack();
    const values = new Map(graph.inputs.map((input, i): [Variable, NDArray] => {
      const { role, index } = spec.inputs[i]!;
      return [input, role === "argument" ? args[index]! : this.#valueOf(input, shared[index]!)];
    }));
    const given = new Set([...values.values()].map(storageOf));
    start?.(values);
    this.#runNodes(this.#nodes, values);
    end?.(values);
    const results = this.#finish(values, shared);
    const kept = given.union(new Set(results.map(storageOf)));
    this.#onDevice = new Set([...values.values()].map(storageOf)).difference(kept);
    return results;
  }

  /** A shared variable's value, where it is needed: a device that reads it keeps its copy. */
  #valueOf(input: Variable, storage: Storage): NDArray {
    const clients = this.#parts.graph.clients(input);
    const isRead = clients.some(({ node }) => node !== "output" && node.op instanceof DeviceOp);
    return isRead ? new GpuArray(storage) : storage.read();
  }

  /** Lets go of what the last call left on a device: nobody else does so in time. */
  #giveBack(): void {
    for (const storage of this.#onDevice) storage?.discardAll();
    this.#onDevice = new Set();
  }

  /** What some nodes put off: found at the first call, since the graph stays as it is. */
  #orderOf(nodes: readonly Apply[]): LazyOrder {
    const known = this.#orders.get(nodes);
    if (known) return known;
    const order = lazyOrder(this.#parts.graph, nodes);
    this.#orders.set(nodes, order);
    return order;
  }

  /** Runs some nodes in order; of what a lazy choice puts off, the branch that it takes. */
  #runNodes(nodes: readonly Apply[], values: Map<Variable, NDArray>): void {
    const { always, branches } = this.#orderOf(nodes);
    for (const node of always) {
      const choice = branches.get(node);
      if (choice) this.#choose(node, choice, values);
      else this.#runNode(node, values);
    }
  }

  /** Runs one branch. The other one's values are not there: the one that is taken stands for them. */
  #choose(node: Apply, branches: Branches, values: Map<Variable, NDArray>): void {
    const isTaken = Number(valueIn(values, node.inputs[0]!).item()) !== 0;
    this.#runNodes(branches[isTaken ? 0 : 1], values);
    const op = hostOp(node.op) as IfElse;
    const [then, otherwise] = op.branchesOf(node.inputs);
    const taken = (isTaken ? then : otherwise).map((x) => valueIn(values, x));
    this.#runNode(node, values, [valueIn(values, node.inputs[0]!), ...taken, ...taken]);
  }

  #runNode(
    node: Apply,
    values: Map<Variable, NDArray>,
    inputs: readonly NDArray[] = node.inputs.map((input) => valueIn(values, input)),
  ): void {
    const { code, place } = this.#codes.get(node)!;
    const { compute } = this.#hooks;
    const run = (): readonly NDArray[] =>
      compute ? compute(node, place, inputs, code) : code.run(inputs);
    const results = atNode(place, run);
    node.outputs.forEach((output, k) => values.set(output, results[k]!));
  }

  #finish(values: ReadonlyMap<Variable, NDArray>, shared: readonly Storage[]): NDArray[] {
    const { graph, spec } = this.#parts;
    // What kernels gave is overwritten by the next call, so nobody may keep it.
    const count = spec.outputs.length;
    const results = graph.outputs.map((output, k) => {
      const value = valueIn(values, output);
      const staysThere = spec.outputs[k]?.onDevice && value instanceof GpuArray;
      return staysThere ? value.handle() : value.copy();
    });
    results.slice(count).forEach((value, k) => shared[spec.updates[k]!]!.write(value));
    return results.slice(0, count);
  }

  free(): void {
    this.#giveBack();
    for (const { code } of this.#codes.values()) code.free();
  }
}

/** Where the value of an array is that lies on a device; undefined for one of the host. */
function storageOf(value: NDArray): Storage | undefined {
  return value instanceof GpuArray ? value.storage : undefined;
}

/** Does something, with an error that says at which node it was. */
function atNode<T>(place: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new NodeError(place, error);
  }
}
