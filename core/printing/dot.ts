/**
 * @file A graph as a picture: text for Graphviz.
 *
 * Ellipses are nodes, boxes variables; a variable without a name between two nodes is only an edge.
 * What the colours mean is said at {@linkcode colorCodes} and in the manual.
 */

import { FunctionGraph } from "../graph/function_graph.ts";
import type { Op } from "../graph/op.ts";
import { ancestors, inputs } from "../graph/traverse.ts";
import { type Apply, isConstant, type Variable } from "../graph/variable.ts";
import { hostOp } from "../ops/device_op.ts";
import { IfElse } from "../ops/if_else.ts";
import { Scan } from "../ops/scan_op.ts";
import { DotWriter } from "./dot_writer.ts";
import type { TreeProfile } from "./tree.ts";

/** Colours of nodes, by a part of Theano's class name of the op; `Output` that of outputs. */
export const colorCodes: Readonly<Record<string, string>> = {
  GpuFromHost: "red",
  HostFromGpu: "red",
  Scan: "yellow",
  Shape: "brown",
  IfElse: "magenta",
  Elemwise: "#FFAABB",
  Subtensor: "#FFAAFF",
  Alloc: "#FFAA22",
  Output: "blue",
};

/** How a picture is drawn. */
export interface DotOptions {
  /** Whether variables without a name between two nodes are only edges. By default true. */
  readonly compact?: boolean;
  /** Whether nodes show their position in the order of running. */
  readonly withIds?: boolean;
  /** Whether colours fill shapes rather than draw their border. By default true. */
  readonly highContrast?: boolean;
  /** An `ifelse` node, or its text, whose branches are framed. */
  readonly condHighlight?: Apply | string | undefined;
  /** Colours in place of {@linkcode colorCodes}. */
  readonly colorCodes?: Readonly<Record<string, string>>;
  /** Longest label, in characters. By default 70. */
  readonly maxLabelSize?: number;
  /** Whether a named variable is labelled with its name alone, without its type. */
  readonly varWithNameSimple?: boolean;
}

/**
 * A graph as text for Graphviz.
 *
 * @param graph The graph.
 * @param options How it is drawn.
 * @param profile Times, to be shown in the nodes.
 */
export function dotText(
  graph: FunctionGraph,
  options: DotOptions,
  profile?: TreeProfile,
): string {
  return new Drawing(graph, options, profile).text();
}

/** The graph of some variables, each root without a value an input. */
export function graphOfVariables(variables: readonly Variable[]): FunctionGraph {
  return new FunctionGraph(inputs(variables).filter((v) => !isConstant(v)), variables);
}

/** What Theano calls the class of an op. */
function className(op: Op): string {
  if (hostOp(op) instanceof Scan) return "Scan";
  if (hostOp(op) instanceof IfElse) return "IfElse";
  return op.name.split("{")[0]!;
}

/** One picture. */
class Drawing {
  readonly #graph: FunctionGraph;
  readonly #nodes: readonly Apply[];
  readonly #profile: TreeProfile | undefined;
  readonly #options: Required<Omit<DotOptions, "condHighlight">>;
  readonly #condition: DotOptions["condHighlight"];
  readonly #writer: DotWriter;
  readonly #outputs: Set<Variable>;
  readonly #updates: Map<Variable, Variable>;

  constructor(graph: FunctionGraph, options: DotOptions, profile: TreeProfile | undefined) {
    this.#graph = graph;
    this.#nodes = graph.toposort();
    this.#profile = profile;
    this.#condition = options.condHighlight;
    this.#options = {
      compact: options.compact ?? true,
      withIds: options.withIds ?? false,
      highContrast: options.highContrast ?? true,
      colorCodes: options.colorCodes ?? colorCodes,
      maxLabelSize: options.maxLabelSize ?? 70,
      varWithNameSimple: options.varWithNameSimple ?? false,
    };
    this.#writer = new DotWriter(this.#options.maxLabelSize, this.#options.highContrast);
    const { updateMapping, outputs } = graph;
    this.#outputs = new Set(outputs.filter((_, i) => !updateMapping.has(i)));
    this.#updates = new Map(
      [...updateMapping].map(([o, i]) => [outputs[o]!, graph.inputs[i]!]),
    );
  }

  text(): string {
    for (const [position, node] of this.#nodes.entries()) {
      this.#drawNode(node, position);
      node.inputs.forEach((input, i) => this.#drawInput(node, input, i));
      for (const output of node.outputs) this.#drawOutput(node, output);
    }
    for (const [next, input] of this.#updates) {
      this.#drawRoot(input);
      this.#writer.edge(this.#id(next), this.#id(input), "UPDATE", this.#outputColor);
    }
    this.#frameBranches();
    return this.#writer.text();
  }

  get #outputColor(): string {
    return this.#options.colorCodes.Output ?? "blue";
  }

  #id(item: Variable | Apply): string {
    return this.#writer.id(item);
  }

  #drawNode(node: Apply, position: number): void {
    const name = className(node.op);
    const color = Object.entries(this.#options.colorCodes)
      .findLast(([part]) => name.includes(part))?.[1];
    const label = node.op.name.replaceAll(":", "_") + this.#timeText(node);
    const unique = this.#writer.uniqueLabel(label, position, this.#options.withIds);
    this.#writer.shape(this.#id(node), "ellipse", unique, color);
  }

  #timeText(node: Apply): string {
    if (!this.#profile) return "";
    const { applyTime, fctCallcount, fctCallTime } = this.#profile;
    const time = applyTime.get(node) ?? 0;
    const share = fctCallcount === 0 || fctCallTime === 0 ? 0 : time * 100 / fctCallTime;
    return `   (${time.toFixed(3)}s,${share.toFixed(3)}%)`;
  }

  #drawInput(node: Apply, input: Variable, index: number): void {
    const { viewMap, destroyMap } = node.op;
    const isIn = (map: typeof viewMap): boolean => [...map?.values() ?? []].includes(index);
    const color = isIn(viewMap) ? this.#outputColor : isIn(destroyMap) ? "red" : undefined;
    const number = node.inputs.length > 1 ? String(index) : "";
    const to = this.#id(node);
    if (input.owner === null) {
      this.#drawRoot(input);
      this.#writer.edge(this.#id(input), to, number, color);
    } else if (this.#hasBox(input)) {
      this.#writer.edge(this.#id(input), to, number, color);
    } else {
      this.#writer.edge(this.#id(input.owner), to, `${number} ${input.type}`.trim(), color);
    }
  }

  #hasBox(variable: Variable): boolean {
    return variable.name !== undefined || !this.#options.compact || this.#isResult(variable);
  }

  #isResult(variable: Variable): boolean {
    return this.#outputs.has(variable) || this.#updates.has(variable);
  }

  #drawRoot(root: Variable): void {
    const color = { constant: "lightgreen", shared: "cyan", variable: "green" }[root.kind];
    this.#box(root, color);
  }

  #drawOutput(node: Apply, output: Variable): void {
    const number = node.outputs.length > 1 ? String(output.index) : "";
    const from = this.#id(node);
    if (this.#isResult(output)) {
      this.#writer.edge(from, this.#id(output), number);
      this.#box(output, this.#outputColor);
    } else if (this.#graph.clients(output).length === 0) {
      this.#writer.edge(from, this.#id(output), number);
      this.#box(output, "grey");
    } else if (this.#hasBox(output)) {
      const type = this.#options.compact ? String(output.type) : "";
      this.#writer.edge(from, this.#id(output), `${number} ${type}`.trim());
      this.#box(output);
    }
  }

  #box(variable: Variable, color?: string): void {
    const label = this.#writer.cut(this.#variableText(variable));
    this.#writer.shape(this.#id(variable), "box", label, color);
  }

  #variableText(variable: Variable): string {
    const { varWithNameSimple: isSimple } = this.#options;
    const { name, type } = variable;
    if (name !== undefined) return isSimple ? name : `name=${name} ${type}`;
    if (isConstant(variable)) return `val=${String(variable.data).split("\n")[0]} ${type}`;
    const updated = this.#updates.get(variable)?.name;
    if (updated !== undefined) return isSimple ? updated : `${updated}${type}`;
    return String(type);
  }

  /** Frames what only the first branch of the condition needs, only the second, and both. */
  #frameBranches(): void {
    const wanted = this.#condition;
    if (wanted === undefined) return;
    const node = this.#nodes.find((n) => n === wanted || n.op.name === wanted);
    if (node === undefined) return;
    const count = node.outputs.length;
    const needs = (from: number): Set<Apply> => {
      const roots = node.inputs.slice(from, from + count);
      return new Set(ancestors(roots).flatMap((v) => v.owner ?? []));
    };
    const [left, right] = [needs(1), needs(1 + count)];
    const ids = (nodes: Iterable<Apply>): string[] => [...nodes].map((n) => this.#id(n));
    this.#writer.frame("Left", ids(left.difference(right)));
    this.#writer.frame("Right", ids(right.difference(left)));
    this.#writer.frame("Middle", ids(left.intersection(right)));
  }
}
