/**
 * @file Which memory may be overwritten: the rules of in-place computation.
 *
 * A variable is stored where the {@linkcode viewRoot} at the end of its chain of views is stored. A
 * node that overwrites an input takes that storage away from everybody. It may do so if and only if
 * - the root is no constant, and not protected: an input of the function that the caller keeps, a
 *   shared variable without an update, or storage that an output of the graph lies in;
 * - no other node overwrites the same storage;
 * - none of its other inputs lies in that storage, unless the op tolerates it;
 * - every other reader of the storage can run before: no reader needs, directly or not, what the
 *   node computes. These readers are put before it by an ordering, which must not close a cycle
 *   with other orderings either.
 *
 * {@linkcode DestroyHandler} keeps the set of overwriting nodes edge by edge. Whether one more may
 * overwrite is answered by {@linkcode DestroyHandler.refusal} looking only at what depends on that
 * node; a whole graph is checked by `validate`.
 */

import { raise } from "../errors.ts";
import type { Feature, FunctionGraph } from "./function_graph.ts";
import { type Orderings, viewRoot } from "./traverse.ts";
import { type Apply, isConstant, type Variable } from "./variable.ts";

/** The variables stored in the same place as a root: itself and its views, and views of these. */
function storedIn(graph: FunctionGraph, root: Variable): Variable[] {
  const found = [root];
  for (const variable of found) {
    for (const { node, index } of graph.clients(variable)) {
      if (node === "output") continue;
      for (const [o, i] of node.op.viewMap ?? []) if (i === index) found.push(node.outputs[o]!);
    }
  }
  return found;
}

/** The nodes that read storage, each once, without the one that overwrites it. */
function otherReaders(graph: FunctionGraph, root: Variable, destroyer: Apply): Apply[] {
  const readers = new Set<Apply>();
  for (const variable of storedIn(graph, root)) {
    for (const { node } of graph.clients(variable)) if (node !== "output") readers.add(node);
  }
  readers.delete(destroyer);
  return [...readers];
}

/** Whether a node overwrites one of its inputs. */
function overwrites(node: Apply, index: number): boolean {
  return [...node.op.destroyMap?.values() ?? []].includes(index);
}

/** Whether an output of the graph lies in the storage of a root. */
function holdsOutput(graph: FunctionGraph, root: Variable): boolean {
  return storedIn(graph, root).some((v) => graph.clients(v).some(({ node }) => node === "output"));
}

/** The number of another input that lies in the storage that input `index` is overwritten with. */
function aliasedInput(node: Apply, index: number): number | undefined {
  const { toleratesSame = [], toleratesAliased = [] } = node.op;
  const root = viewRoot(node.inputs[index]!);
  const listed = (pairs: typeof toleratesSame, i: number): boolean =>
    pairs.some(([destroyed, other]) => destroyed === index && other === i);
  const at = node.inputs.findIndex((input, i) => {
    if (i === index || listed(toleratesAliased, i) || viewRoot(input) !== root) return false;
    return !(input === node.inputs[index] && listed(toleratesSame, i));
  });
  return at < 0 ? undefined : at;
}

/**
 * Keeps books of the nodes that overwrite, orders them after other readers, and refuses bad graphs.
 */
export class DestroyHandler implements Feature {
  readonly #destroyers = new Set<Apply>();
  #graph: FunctionGraph | undefined;

  onAttach(graph: FunctionGraph): void {
    if (this.#graph) {
      raise("ValueError", "A DestroyHandler instance can only serve one FunctionGraph.");
    }
    if (graph.features.some((f) => f instanceof DestroyHandler)) {
      raise(
        "AlreadyThere",
        "DestroyHandler feature is already present or in conflict with another plugin.",
      );
    }
    this.#graph = graph;
    for (const node of graph.applyNodes) this.onImport(graph, node);
  }

  /** Called when it is detached. */
  onDetach(): void {
    this.#graph = undefined;
    this.#destroyers.clear();
  }

  /** Called for each node that comes. */
  onImport(_: FunctionGraph, node: Apply): void {
    if (node.op.destroyMap?.size) this.#destroyers.add(node);
  }

  /** Called for each node that goes. */
  onPrune(_: FunctionGraph, node: Apply): void {
    this.#destroyers.delete(node);
  }

  clone(): DestroyHandler {
    return new DestroyHandler();
  }

  /** The nodes that overwrite the storage of a variable. */
  destroyers(variable: Variable): readonly Apply[] {
    if (this.#destroyers.size === 0) return [];
    const found = new Set<Apply>();
    for (const stored of storedIn(this.#graph!, viewRoot(variable))) {
      for (const { node, index } of this.#graph!.clients(stored)) {
        if (node !== "output" && overwrites(node, index)) found.add(node);
      }
    }
    return [...found];
  }

  /** Whether the storage of any of some variables is overwritten. */
  hasDestroyers(variables: Iterable<Variable>): boolean {
    return [...variables].some((v) => this.destroyers(v).length > 0);
  }

  /** Every overwriting node after the other readers of what it overwrites. */
  orderings(graph: FunctionGraph): Orderings {
    const result = new Map<Apply, Apply[]>();
    for (const [root, destroyers] of this.#roots()) {
      for (const node of destroyers) {
        const before = otherReaders(graph, root, node);
        if (before.length > 0) result.set(node, [...(result.get(node) ?? []), ...before]);
      }
    }
    return result;
  }

  /** Throws {@linkcode InconsistencyError} if any node overwrites what it may not. */
  validate(graph: FunctionGraph): void {
    if (this.#destroyers.size === 0) return;
    for (const [root, destroyers] of this.#roots()) {
      if (isConstant(root)) {
        raise("InconsistencyError", `Attempting to destroy indestructible variables: ${root}`);
      }
      if (destroyers.length > 1) {
        raise("InconsistencyError", `Multiple destroyers of ${root}`);
      }
    }
    for (const node of this.#destroyers) {
      for (const index of node.op.destroyMap!.values()) {
        const other = aliasedInput(node, index);
        if (other !== undefined) {
          raise("InconsistencyError", `Input aliasing: ${node} (${index}, ${other})`);
        }
      }
    }
    try {
      graph.toposort();
    } catch {
      raise("InconsistencyError", "Dependency graph contains cycles");
    }
  }

  /**
   * Why a node of the graph may not overwrite one of its inputs, or nothing if it may. An edit that
   * only makes the node do what was found to be legal needs no validation.
   *
   * @param node The node, which may not overwrite anything yet.
   * @param index Which input.
   * @param isProtected Whether a root must be kept; see {@linkcode Supervisor.isProtected}.
   */
  refusal(
    node: Apply,
    index: number,
    isProtected: (root: Variable) => boolean = () => false,
  ): string | undefined {
    const graph = this.#graph!;
    const root = viewRoot(node.inputs[index]!);
    if (isConstant(root)) return `${root} is a constant`;
    if (isProtected(root)) return `${root} is protected`;
    const others = this.destroyers(root).filter((other) => other !== node);
    if (others.length > 0) return `${others[0]} overwrites it already`;
    if (holdsOutput(graph, root)) return "an output of the graph is stored in it";
    const aliased = aliasedInput(node, index);
    if (aliased !== undefined) return `input ${aliased} is stored in it too`;
    const readers = new Set(otherReaders(graph, root, node));
    const late = readers.size > 0 ? this.#runsAfter(node, readers) : undefined;
    return late && `${late} reads it later`;
  }

  /** Whether a node of the graph may overwrite one of its inputs, see {@linkcode refusal}. */
  canDestroy(
    node: Apply,
    index: number,
    isProtected?: (root: Variable) => boolean,
  ): boolean {
    return this.refusal(node, index, isProtected) === undefined;
  }

  /** One of some nodes that must run after a node, through edges and orderings. */
  #runsAfter(node: Apply, wanted: ReadonlySet<Apply>): Apply | undefined {
    const seen = new Set([node]);
    for (const current of seen) {
      if (wanted.has(current)) return current;
      for (const output of current.outputs) {
        for (const client of this.#graph!.clients(output)) {
          if (client.node !== "output") seen.add(client.node);
        }
      }
      for (const input of this.#destroyers.size > 0 ? current.inputs : []) {
        for (const destroyer of this.destroyers(input)) seen.add(destroyer);
      }
    }
    return undefined;
  }

  /** What is overwritten, by whom. */
  #roots(): ReadonlyMap<Variable, readonly Apply[]> {
    const byRoot = new Map<Variable, Apply[]>();
    for (const node of this.#destroyers) {
      for (const index of new Set(node.op.destroyMap!.values())) {
        const root = viewRoot(node.inputs[index]!);
        const known = byRoot.get(root);
        if (known) known.push(node);
        else byRoot.set(root, [node]);
      }
    }
    return byRoot;
  }
}

/** Refuses graphs that overwrite what must be kept: some roots, and whatever is an output. */
export class Supervisor implements Feature {
  readonly #protected: Set<Variable>;

  /**
   * Makes the feature.
   *
   * @param kept The roots that must be kept.
   */
  constructor(kept: Iterable<Variable>) {
    this.#protected = new Set(kept);
  }

  /** Whether a root must be kept. */
  isProtected(root: Variable): boolean {
    return this.#protected.has(root);
  }

  validate(graph: FunctionGraph): void {
    const handler = graph.features.find((f) => f instanceof DestroyHandler);
    if (handler === undefined) return;
    for (const variable of [...this.#protected, ...graph.outputs]) {
      if (handler.hasDestroyers([variable])) {
        raise("InconsistencyError", `Trying to destroy a protected Variable. ${variable}`);
      }
    }
  }
}
