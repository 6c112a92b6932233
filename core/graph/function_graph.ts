/**
 * @file The graph of one function, and the only way to edit it.
 *
 * Invariants, between any two calls:
 * - `applyNodes` are exactly the nodes that the outputs need; nobody else owns them (`node.graph`).
 * - `clients(v)` lists every reader of `v`: each input of a node of the graph that is `v`, and each
 *   output of the graph that is `v`. A variable is in the graph if and only if it is an input, an
 *   output, or an input or output of a node of the graph.
 * - Every root is one of `inputs` or a constant. Inputs stay inputs when nothing reads them.
 * - A reader never sees another type than it was made with.
 *
 * What an edit costs: as much as it changes. Bookkeeping goes edge by edge; new nodes are found
 * from the replacement down to what the graph already has; a node whose outputs lose their last
 * reader is pruned at once, and what only it read with it. Nothing is sorted until {@linkcode
 * FunctionGraph.toposort} is called, and then once until the next change.
 *
 * What callers promise: a replacement computes the same value, and does not read what it replaces
 * unless its nodes are new (`replace(x, f(x))` is fine for a new `f(x)`: only the old readers
 * change). A cycle made otherwise is found by the next sort. Nobody writes to `node.inputs` but
 * this class.
 *
 * Validated edits are all or nothing: `replaceAllValidate` edits, asks every feature to `validate`,
 * and plays the log backwards if one throws. Undoing an edit is an edit: features see it, and nodes
 * that were pruned return, as the same objects.
 *
 * Features watch: `onImport` is called after a node and its edges are in, `onPrune` after they are
 * out, `onChangeInput` after an edge has moved (and after what that pruned). They must not edit the
 * graph from a callback.
 */

import { raise } from "../errors.ts";
import { clone, cloneGetEquiv, type Equivalents } from "./clone.ts";
import { EditLog, sameType } from "./edit.ts";
import { type Client, Membership, type Reason } from "./membership.ts";
import { asString } from "./text.ts";
import { ioToposort, type Orderings } from "./traverse.ts";
import type { Apply, Variable } from "./variable.ts";

export type { Client, Reason };

/** What watches a graph. Every member is optional. */
export interface Feature {
  /** Called before the first callback. Throws {@linkcode AlreadyThere} to be left out silently. */
  onAttach?(graph: FunctionGraph): void;
  /** Called when it is detached. */
  onDetach?(graph: FunctionGraph): void;
  /** Called for each node that comes. */
  onImport?(graph: FunctionGraph, node: Apply, reason: Reason): void;
  /** Called for each node that goes. */
  onPrune?(graph: FunctionGraph, node: Apply, reason: Reason): void;
  /** Called for each edge that moves. */
  onChangeInput?(
    graph: FunctionGraph,
    client: Client,
    old: Variable,
    replacement: Variable,
    reason: Reason,
  ): void;
  /** Nodes that must run before others though nothing flows between them. */
  orderings?(graph: FunctionGraph): Orderings;
  /** Throws {@linkcode InconsistencyError} if the graph cannot be run. */
  validate?(graph: FunctionGraph): void;
  /** A feature like this for a copy of the graph; without it, a copy goes without. */
  clone?(): Feature;
}

/** How a graph is made. */
export interface FunctionGraphOptions {
  /** Whether to work on a copy. By default true; nodes that are not copied are owned. */
  readonly clone?: boolean;
  /** What watches the graph from the start. */
  readonly features?: readonly Feature[];
  /** Which output is the new value of which input. */
  readonly updateMapping?: ReadonlyMap<number, number>;
}

/** The graph of one function. Theano: `theano.gof.FunctionGraph`. */
export class FunctionGraph {
  /** The roots that get values from outside. */
  readonly inputs: readonly Variable[];
  /** For outputs that are new values of inputs: which of which. */
  readonly updateMapping: ReadonlyMap<number, number>;
  /** The nodes that the outputs need. */
  readonly applyNodes: ReadonlySet<Apply>;
  readonly #inputs: Variable[];
  readonly #outputs: Variable[];
  readonly #members: Membership;
  readonly #features: Feature[] = [];
  readonly #removed = new Set<Apply>();
  readonly #log = new EditLog(({ client, old }) =>
    this.changeInput(client.node, client.index, old, "revert")
  );
  #reintroduced = false;
  #order: readonly Apply[] | undefined;

  /**
   * Makes a graph.
   *
   * @param inputs Roots.
   * @param outputs What is computed from them and from constants.
   * @param options How to.
   * @throws {ValueError} If an input is computed, or a node belongs to another graph.
   * @throws {MissingInputError} If a root is neither an input nor a constant.
   */
  constructor(
    inputs: readonly Variable[],
    outputs: readonly Variable[],
    options: FunctionGraphOptions = {},
  ) {
    const computed = inputs.find((v) => v.owner !== null);
    if (computed) {
      raise(
        "ValueError",
        `One of the provided inputs (${computed}) is the output of an already existing node. If ` +
          "that is okay, either discard that input's owner or use graph.clone.",
      );
    }
    const [ins, outs] = options.clone === false
      ? [[...inputs], [...outputs]]
      : clone(inputs, outputs);
    this.inputs = this.#inputs = ins;
    this.#outputs = outs;
    this.updateMapping = options.updateMapping ?? new Map();
    this.#members = new Membership(this, {
      onImport: (node, reason) => this.#imported(node, reason),
      onPrune: (node, reason) => this.#pruned(node, reason),
    });
    this.applyNodes = this.#members.nodes;
    for (const input of ins) this.#members.addInput(input);
    for (const feature of options.features ?? []) this.attachFeature(feature);
    outs.forEach((output, index) => {
      this.#members.add(output, "init");
      this.#members.clients.get(output)!.push({ node: "output", index });
    });
  }

  /** What is computed. */
  get outputs(): readonly Variable[] {
    return this.#outputs;
  }

  /** Every variable of the graph. */
  get variables(): IterableIterator<Variable> {
    return this.#members.clients.keys();
  }

  /** The features, in the order of attaching. */
  get features(): readonly Feature[] {
    return this.#features;
  }

  /** Whether a variable is in the graph. */
  has(variable: Variable): boolean {
    return this.#members.clients.has(variable);
  }

  /** Who reads a variable; empty for a variable that is not in the graph. */
  clients(variable: Variable): readonly Client[] {
    return this.#members.clients.get(variable) ?? none;
  }

  /** Makes a root an input, if it is none. */
  addInput(input: Variable): void {
    if (this.#members.inputs.has(input)) return;
    this.#inputs.push(input);
    this.#members.addInput(input);
  }

  /**
   * Makes one reader read another variable.
   *
   * @param node The node, or `"output"` for an output of the graph.
   * @param index Which input or output.
   * @param replacement What to read, of the same type.
   * @param reason Why.
   * @throws {TypeError} If the type differs.
   */
  changeInput(
    node: Apply | "output",
    index: number,
    replacement: Variable,
    reason?: Reason,
  ): void {
    if (node !== "output" && !this.applyNodes.has(node)) {
      raise(
        "ValueError",
        `Cannot operate on ${node} because it does not belong to this FunctionGraph`,
      );
    }
    const slots = node === "output" ? this.#outputs : node.inputs;
    const old = slots[index]!;
    if (old === replacement) return;
    if (!old.type.equals(replacement.type)) {
      raise(
        "TypeError",
        "The type of the replacement must be the same as the type of the original Variable. " +
          `(${old}: ${old.type}, ${replacement}: ${replacement.type})`,
      );
    }
    this.#members.add(replacement, reason);
    this.#order = undefined;
    slots[index] = replacement;
    const client = { node, index };
    this.#log.record({ client, old });
    this.#members.clients.get(replacement)!.push(client);
    this.#members.removeClient(old, node, index, reason);
    for (const feature of this.#features) {
      feature.onChangeInput?.(this, client, old, replacement, reason);
    }
  }

  /**
   * Makes every reader of a variable read another; nothing happens if the graph does not have it.
   *
   * @param old The variable.
   * @param replacement What computes the same, of the same type or convertible to it.
   * @param reason Why.
   * @throws {BadOptimization} If the types differ.
   */
  replace(old: Variable, replacement: Variable, reason?: Reason): void {
    const typed = sameType(old, replacement, reason);
    const clients = this.#members.clients.get(old);
    if (clients === undefined || typed === old) return;
    for (const { node, index } of [...clients]) this.changeInput(node, index, typed, reason);
  }

  /** Replaces several variables, one after the other. */
  replaceAll(pairs: Iterable<readonly [Variable, Variable]>, reason?: Reason): void {
    for (const [old, replacement] of pairs) this.replace(old, replacement, reason);
  }

  /** Replaces one variable, or nothing if the graph would not be valid. */
  replaceValidate(old: Variable, replacement: Variable, reason?: Reason): void {
    this.replaceAllValidate([[old, replacement]], reason);
  }

  /**
   * Replaces several variables, or nothing if the graph would not be valid.
   *
   * @param pairs What to replace by what.
   * @param reason Why.
   * @throws {InconsistencyError} If a feature refuses; the graph is then as it was.
   */
  replaceAllValidate(pairs: Iterable<readonly [Variable, Variable]>, reason?: Reason): void {
    this.replaceAllValidateRemove(pairs, [], reason);
  }

  /**
   * As {@linkcode replaceAllValidate}, for an edit that must make some nodes vanish; they may not
   * come back later.
   *
   * @param pairs What to replace by what.
   * @param remove What must be gone afterwards.
   * @param reason Why.
   * @throws {ReplacementDidntRemovedError} If any is still there; the graph is then as it was.
   */
  replaceAllValidateRemove(
    pairs: Iterable<readonly [Variable, Variable]>,
    remove: Iterable<Apply>,
    reason?: Reason,
  ): void {
    const gone = [...remove];
    this.#log.transaction(() => {
      this.#reintroduced = false;
      this.replaceAll(pairs, reason);
      this.validate();
      const left = gone.find((node) => this.applyNodes.has(node));
      if (left) {
        raise("ReplacementDidntRemovedError", `"${reason}" promised to remove ${left} and did not`);
      }
    });
    for (const node of gone) this.#removed.add(node);
  }

  /** A point for {@linkcode revert} to return to. Costs memory until the first one is. */
  checkpoint(): number {
    return this.#log.checkpoint();
  }

  /** Undoes every edit since a checkpoint. */
  revert(checkpoint: number): void {
    this.#log.revert(checkpoint);
    this.#reintroduced = false;
  }

  /** Throws {@linkcode InconsistencyError} if any feature finds that the graph cannot be run. */
  validate(): void {
    const reintroduced = this.#reintroduced;
    this.#reintroduced = false;
    if (reintroduced) raise("InconsistencyError", "Trying to reintroduce a removed node");
    for (const feature of this.#features) feature.validate?.(this);
  }

  /** Whether {@linkcode validate} finds nothing. */
  consistent(): boolean {
    try {
      this.validate();
      return true;
    } catch {
      return false;
    }
  }

  /** Attaches a feature, unless it is there or refuses by throwing {@linkcode AlreadyThere}. */
  attachFeature(feature: Feature): void {
    if (this.#features.includes(feature)) return;
    try {
      feature.onAttach?.(this);
    } catch (error) {
      if (error instanceof Error && error.name === "AlreadyThere") return;
      throw error;
    }
    this.#features.push(feature);
    this.#order = undefined;
  }

  /** Detaches a feature. */
  removeFeature(feature: Feature): void {
    const at = this.#features.indexOf(feature);
    if (at < 0) return;
    this.#features.splice(at, 1);
    this.#order = undefined;
    feature.onDetach?.(this);
  }

  /**
   * The nodes, each after those it reads and those that an ordering puts before it.
   *
   * @returns The order; a new array after every change of the graph.
   * @throws {ValueError} If there is none.
   */
  toposort(): readonly Apply[] {
    return this.#order ??= this.applyNodes.size < 2
      ? [...this.applyNodes]
      : ioToposort(this.#inputs, this.#outputs, this.orderings());
  }

  /** What the features demand of the order of running. */
  orderings(): Orderings {
    const given = this.#features.map((f) => f.orderings?.(this)).filter((o) => o?.size);
    if (given.length < 2) return given[0] ?? new Map();
    const all = new Map<Apply, Apply[]>();
    for (const [node, before] of given.flatMap((o) => [...o!])) {
      all.set(node, [...(all.get(node) ?? []), ...before]);
    }
    return all;
  }

  /** A copy; features come along if they can be cloned. */
  clone(): FunctionGraph {
    return this.cloneGetEquiv()[0];
  }

  /**
   * A copy, and what became of each variable and node.
   *
   * @param attachFeatures Whether features come along if they can be cloned.
   */
  cloneGetEquiv(attachFeatures: boolean = true): [FunctionGraph, Equivalents] {
    const equivalents = cloneGetEquiv(this.#inputs, this.#outputs);
    const { variables } = equivalents;
    const copy = new FunctionGraph(
      this.#inputs.map((v) => variables.get(v)!),
      this.#outputs.map((v) => variables.get(v)!),
      { clone: false, updateMapping: this.updateMapping },
    );
    for (const feature of attachFeatures ? this.#features : []) {
      const cloned = feature.clone?.();
      if (cloned) copy.attachFeature(cloned);
    }
    return [copy, equivalents];
  }

  /** Lets go of every node, so that another graph may own them; the graph is empty afterwards. */
  disown(): void {
    for (const feature of [...this.#features]) this.removeFeature(feature);
    this.#members.clear();
    this.#inputs.length = 0;
    this.#outputs.length = 0;
    this.#log.clear();
    this.#order = undefined;
  }

  /** Theano's text: `[add(x, y), x]`. */
  toString(): string {
    return `[${asString(this.#inputs, this.#outputs).join(", ")}]`;
  }

  #imported(node: Apply, reason: Reason): void {
    this.#order = undefined;
    if (this.#removed.has(node)) this.#reintroduced = true;
    for (const feature of this.#features) feature.onImport?.(this, node, reason);
  }

  #pruned(node: Apply, reason: Reason): void {
    for (const feature of this.#features) feature.onPrune?.(this, node, reason);
  }
}

const none: readonly Client[] = [];
