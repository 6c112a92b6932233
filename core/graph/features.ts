/**
 * @file Small features of a {@linkcode FunctionGraph}.
 */

import { raise } from "../errors.ts";
import type { Client, Feature, FunctionGraph, Reason } from "./function_graph.ts";
import type { Op } from "./op.ts";
import type { Apply, Variable } from "./variable.ts";

/** Plays the nodes that are there already to a feature as if they were imported now. */
export function importAll(graph: FunctionGraph, feature: Feature, reason: Reason): void {
  for (const node of graph.toposort()) feature.onImport?.(graph, node, reason);
}

/** Finds the nodes of an op. */
export class NodeFinder implements Feature {
  readonly #nodes = new Map<string, Set<Apply>>();
  #graph: FunctionGraph | undefined;

  onAttach(graph: FunctionGraph): void {
    if (this.#graph) {
      raise("ValueError", "A NodeFinder instance can only serve one FunctionGraph.");
    }
    if (graph.features.some((f) => f instanceof NodeFinder)) {
      raise("AlreadyThere", "NodeFinder is already present or in conflict with another plugin.");
    }
    this.#graph = graph;
    importAll(graph, this, "on_attach");
  }

  /** Called when it is detached. */
  onDetach(): void {
    this.#graph = undefined;
    this.#nodes.clear();
  }

  /** Called for each node that comes. */
  onImport(_: FunctionGraph, node: Apply): void {
    const { key } = node.op;
    const known = this.#nodes.get(key);
    if (known) known.add(node);
    else this.#nodes.set(key, new Set([node]));
  }

  /** Called for each node that goes. */
  onPrune(_: FunctionGraph, node: Apply): void {
    this.#nodes.get(node.op.key)?.delete(node);
  }

  clone(): NodeFinder {
    return new NodeFinder();
  }

  /** The nodes whose op is equal to one, in the order of their coming. */
  nodes(op: Op): Apply[] {
    return [...this.#nodes.get(op.key) ?? []];
  }
}

/**
 * Lets what replaces a named variable have its name, so that users find their names in the compiled
 * graph, and its mark for NanGuardMode.
 */
export class PreserveVariableAttributes implements Feature {
  /** Called for each edge that moves. */
  onChangeInput(_: FunctionGraph, __: Client, old: Variable, replacement: Variable): void {
    if (old.name !== undefined && replacement.name === undefined) replacement.name = old.name;
    const { nanGuardModeCheck } = old.tag;
    if (nanGuardModeCheck) replacement.tag.nanGuardModeCheck ??= nanGuardModeCheck;
  }

  clone(): PreserveVariableAttributes {
    return new PreserveVariableAttributes();
  }
}

/** Tells every event to a function, one line each. */
export class PrintListener implements Feature {
  /** Whether it tells anything. */
  active: boolean;
  readonly #write: (line: string) => void;

  /**
   * Makes the listener.
   *
   * @param write What gets the lines.
   * @param active Whether it tells anything.
   */
  constructor(write: (line: string) => void, active: boolean = true) {
    this.#write = write;
    this.active = active;
  }

  onAttach(graph: FunctionGraph): void {
    this.#tell(`-- attaching to:  ${graph}`);
  }

  /** Called when it is detached. */
  onDetach(graph: FunctionGraph): void {
    this.#tell(`-- detaching from:  ${graph}`);
  }

  /** Called for each node that comes. */
  onImport(_: FunctionGraph, node: Apply, reason: Reason): void {
    this.#tell(`-- importing: ${node}, reason: ${reason}`);
  }

  /** Called for each node that goes. */
  onPrune(_: FunctionGraph, node: Apply, reason: Reason): void {
    this.#tell(`-- pruning: ${node}, reason: ${reason}`);
  }

  /** Called for each edge that moves. */
  onChangeInput(
    _: FunctionGraph,
    { node, index }: Client,
    old: Variable,
    replacement: Variable,
  ): void {
    this.#tell(`-- changing (${node}.inputs[${index}]) from ${old} to ${replacement}`);
  }

  #tell(line: string): void {
    if (this.active) this.#write(line);
  }
}

/**
 * Refuses graphs in which some outputs are made by overwriting something: a loop's step needs that.
 */
export class NoOutputFromInplace implements Feature {
  readonly #first: number;
  readonly #last: number;

  /**
   * Makes the feature.
   *
   * @param first The first output to watch.
   * @param last The first output after it not to watch; by default all are watched.
   */
  constructor(first: number = 0, last: number = Infinity) {
    this.#first = first;
    this.#last = last;
  }

  validate(graph: FunctionGraph): void {
    const bad = graph.outputs.slice(this.#first, this.#last)
      .find((v) => v.owner?.op.destroyMap?.has(v.index));
    if (bad) {
      raise(
        "InconsistencyError",
        "A function graph Feature has requested (probably for efficiency reasons for scan) that " +
          "outputs of the graph be prevented from being the result of inplace operations. " +
          `This has prevented output ${bad} from being computed by modifying another variable inplace.`,
      );
    }
  }

  clone(): NoOutputFromInplace {
    return new NoOutputFromInplace(this.#first, this.#last);
  }
}
