/**
 * @file Which nodes and variables a graph has, and who reads what: kept edge by edge.
 */

import { raise } from "../errors.ts";
import { NullType } from "./special_types.ts";
import { traceText } from "./trace.ts";
import { sortNodes } from "./traverse.ts";
import type { Apply, Variable } from "./variable.ts";

/** A reader of a variable: an input of a node, or an output of the graph. */
export interface Client {
  /** The node, or the graph itself. */
  readonly node: Apply | "output";
  /** Which input of the node, or output of the graph. */
  readonly index: number;
}

/** Why an edit is made: the name of a rewrite. */
export type Reason = string | undefined;

/** What is told when nodes come and go. */
export interface MembershipEvents {
  /** Called for each node that comes. */
  onImport(node: Apply, reason: Reason): void;
  /** Called for each node that goes. */
  onPrune(node: Apply, reason: Reason): void;
}

/** The nodes and variables of one graph. */
export class Membership {
  /** The nodes. */
  readonly nodes: Set<Apply> = new Set();
  /** The readers of each variable; its keys are all variables. */
  readonly clients: Map<Variable, Client[]> = new Map();
  /** The roots that get values from outside. */
  readonly inputs: Set<Variable> = new Set();
  readonly #owner: object;
  readonly #events: MembershipEvents;

  /**
   * Makes an empty one.
   *
   * @param owner What the nodes belong to.
   * @param events What is told when nodes come and go.
   */
  constructor(owner: object, events: MembershipEvents) {
    this.#owner = owner;
    this.#events = events;
  }

  /** Adds a root that gets its value from outside. */
  addInput(input: Variable): void {
    this.inputs.add(input);
    this.#enter(input);
  }

  /**
   * Adds a variable and what computes it, as far as it is not there yet.
   *
   * @param variable The variable.
   * @param reason Why.
   * @throws {MissingInputError} If it needs a root that is neither an input nor a constant.
   */
  add(variable: Variable, reason: Reason): void {
    if (this.clients.has(variable)) return;
    if (variable.owner === null) {
      this.#checkRoot(variable, () => "Undeclared input");
      this.#enter(variable);
      return;
    }
    const fresh = sortNodes([variable], (v) => this.clients.has(v));
    for (const node of fresh) this.#checkNode(node);
    for (const node of fresh) {
      node.graph = this.#owner;
      this.nodes.add(node);
      for (const output of node.outputs) this.#enter(output);
      node.inputs.forEach((input, index) => {
        this.#enter(input);
        this.clients.get(input)!.push({ node, index });
      });
      this.#events.onImport(node, reason);
    }
  }

  /**
   * Takes a reader from a variable, and from the graph whatever is not read any more.
   *
   * @param variable The variable.
   * @param node Who read it.
   * @param index As which input or output.
   * @param reason Why.
   */
  removeClient(variable: Variable, node: Client["node"], index: number, reason: Reason): void {
    const waiting: [Variable, Client["node"], number][] = [[variable, node, index]];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [read, reader, at] = next;
      const clients = this.clients.get(read)!;
      clients.splice(clients.findIndex((c) => c.node === reader && c.index === at), 1);
      if (clients.length > 0) continue;
      const { owner } = read;
      if (owner === null) {
        if (!this.inputs.has(read)) this.clients.delete(read);
      } else if (owner.outputs.every((output) => this.clients.get(output)!.length === 0)) {
        this.#remove(owner, reason);
        owner.inputs.forEach((input, i) => waiting.push([input, owner, i]));
      }
    }
  }

  /** Lets go of every node. */
  clear(): void {
    for (const node of this.nodes) node.graph = null;
    this.nodes.clear();
    this.clients.clear();
    this.inputs.clear();
  }

  #enter(variable: Variable): void {
    if (!this.clients.has(variable)) this.clients.set(variable, []);
  }

  #remove(node: Apply, reason: Reason): void {
    this.nodes.delete(node);
    node.graph = null;
    for (const output of node.outputs) this.clients.delete(output);
    this.#events.onPrune(node, reason);
  }

  #checkNode(node: Apply): void {
    if (node.graph !== null && node.graph !== this.#owner) {
      raise("ValueError", `${node} is already owned by another fgraph`);
    }
    node.inputs.forEach((input, i) => {
      if (input.owner === null && !this.clients.has(input)) {
        this.#checkRoot(
          input,
          () =>
            `Input ${i} of the graph (indices start from 0), used to compute ${node}, was not ` +
            "provided and not given a value. Use the Theano flag exception_verbosity='high', for " +
            "more information on this error.",
        );
      }
    });
  }

  #checkRoot(root: Variable, text: () => string): void {
    if (root.kind === "constant" || this.inputs.has(root)) return;
    if (root.type instanceof NullType) {
      raise("TypeError", `Computation graph contains a NaN. ${root.type.whyNull}`);
    }
    const trace = traceText(root.tag.trace);
    raise("MissingInputError", trace === "" ? text() : `${text()}\n${trace}`);
  }
}
