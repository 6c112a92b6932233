/**
 * @file The lines of `debugprint`: one a variable, its inputs indented below it.
 */

import { arrayRepr } from "../array/text.ts";
import { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import { type Client, FunctionGraph } from "../graph/function_graph.ts";
import type { AliasMap } from "../graph/op.ts";
import type { Apply, Variable } from "../graph/variable.ts";

/** What an id is given to: nodes, roots, and the word for an output of the graph. */
export type Identified = Apply | Variable | "output";

/** Which ids are printed: letters, numbers, numbers in the order of making, or none. */
export type IdStyle = "CHAR" | "int" | "id" | "";

/** What each line shows. */
export interface TreeOptions {
  /** Number of levels shown; -1 for all. */
  readonly depth: number;
  /** Whether each line shows the type. */
  readonly printType: boolean;
  /** Which ids are printed. */
  readonly ids: IdStyle;
  /** Whether a computed variable with a name is left unexpanded. */
  readonly stopOnName: boolean;
  /** Whether nodes that are read more than once show their readers. */
  readonly printClients: boolean;
  /** Whether each line shows which inputs are overwritten. */
  readonly printDestroyMap: boolean;
  /** Whether each line shows which outputs are views. */
  readonly printViewMap: boolean;
}

/** Times of a profiled function. */
export interface TreeProfile {
  /** Number of calls. */
  readonly fctCallcount: number;
  /** Time in all calls. Units: seconds. */
  readonly fctCallTime: number;
  /** Time in each node. Units: seconds. */
  readonly applyTime: ReadonlyMap<Apply, number>;
  /** Time in each node and what it depends on. Units: seconds. */
  computeTotalTimes(): ReadonlyMap<Apply, number>;
}

/** What is known about the variables of one compiled function. */
export interface TreeContext {
  /** The position of each node in the order of running. */
  readonly order?: ReadonlyMap<Apply, number> | undefined;
  /** Times, if it is profiled. */
  readonly profile?: TreeProfile | undefined;
  /** The cell that holds each variable's value. */
  readonly storage?: ReadonlyMap<Variable, readonly unknown[]> | undefined;
  /** For inputs of a loop's step: the variables outside that they come from. */
  readonly outer?: ReadonlyMap<Variable, Variable> | undefined;
}

interface Line {
  readonly variable: Variable;
  readonly prefix: string;
  readonly below: string;
  readonly depth: number;
}

/** Writes the trees of several variables, with ids in common. */
export class TreePrinter {
  /** The lines so far. */
  readonly lines: string[] = [];
  /** The outputs of loops met so far, each time they were met. */
  readonly loops: Variable[] = [];
  readonly #options: TreeOptions;
  readonly #done: Map<Identified, string>;
  readonly #ids = new Map<Identified, string>();

  /**
   * Makes the printer.
   *
   * @param options What each line shows.
   * @param done What is printed already, with its ids; it is added to.
   */
  constructor(options: TreeOptions, done: Map<Identified, string>) {
    this.#options = options;
    this.#done = done;
  }

  /** Writes a variable and what computes it. */
  print(variable: Variable, context: TreeContext = {}, prefix: string = ""): void {
    const waiting: Line[] = [];
    this.printLine(
      { variable, prefix, below: prefix, depth: this.#options.depth },
      context,
      waiting,
    );
    for (let line = waiting.pop(); line !== undefined; line = waiting.pop()) {
      if (isLoop(line.variable)) this.loops.push(line.variable);
      this.printLine(line, context, waiting);
    }
  }

  /** Writes one line and notes the lines below it, last first. */
  printLine(line: Line, context: TreeContext, waiting: Line[]): void {
    const { variable, prefix, below, depth } = line;
    if (depth === 0) return;
    const { owner } = variable;
    if (owner === null) {
      this.lines.push(prefix + this.#leafText(variable, context));
      return;
    }
    const isKnown = this.#done.has(owner);
    this.lines.push(prefix + this.#nodeText(variable, owner, context));
    if (isKnown || (this.#options.stopOnName && variable.name !== undefined)) return;
    const last = owner.inputs.length - 1;
    for (let i = last; i >= 0; i--) {
      waiting.push({
        variable: owner.inputs[i]!,
        prefix: `${below} |`,
        below: i === last ? `${below}  ` : `${below} |`,
        depth: depth - 1,
      });
    }
  }

  #leafText(variable: Variable, { outer, storage }: TreeContext): string {
    const id = this.#id(variable, variable);
    const source = outer?.get(variable);
    const text = `${variable} ${id}${this.#typeText(variable)}`;
    if (source) return `${text} -> ${this.#id(source.owner ?? source, source)}`;
    return text + cellText(storage, variable);
  }

  #nodeText(variable: Variable, node: Apply, context: TreeContext): string {
    const { printDestroyMap, printViewMap } = this.#options;
    const id = this.#id(node, variable);
    const part = node.outputs.length === 1 ? "" : `.${variable.index}`;
    const destroys = printDestroyMap ? mapText("d=", node.op.destroyMap) : "";
    const views = printViewMap ? mapText("v=", node.op.viewMap) : "";
    const cell = cellText(context.storage, node.outputs[0]!);
    const clients = this.#clientsText(variable, context);
    return `${node.op.name}${part} ${id}${this.#typeText(variable)} '${variable.name ?? ""}' ` +
      `${destroys} ${views} ${context.order?.get(node) ?? ""}${cell}${clients}` +
      timeText(node, context.profile);
  }

  #typeText(variable: Variable): string {
    return this.#options.printType ? ` <${variable.type}>` : "";
  }

  #clientsText(variable: Variable, { order }: TreeContext): string {
    if (!this.#options.printClients) return "";
    const clients = clientsOf(variable);
    if (clients.length < 2) return "";
    const texts = clients.map(({ node }) => {
      const position = node === "output" ? undefined : order?.get(node);
      return `('${this.#id(node, variable, false)}', ${position ?? "''"})`;
    });
    return ` clients:[${texts.join(", ")}]`;
  }

  /** The id of an item; a new one may be counted from the variable at hand. */
  #id(item: Identified, variable: Variable, isPrinted: boolean = true): string {
    const id = this.#ids.get(item) ?? (item === "output" ? item : this.#newId(variable));
    if (isPrinted) this.#done.set(item, id);
    this.#ids.set(item, id);
    return id;
  }

  #newId(variable: Variable): string {
    switch (this.#options.ids) {
      case "CHAR":
        return `[id ${charFromNumber(this.#ids.size)}]`;
      case "int":
        return `[id ${this.#ids.size}]`;
      case "id":
        return `[id ${variable.id}]`;
      case "":
        return "";
      default:
        return raise(
          "ValueError",
          `ids must be "CHAR", "int", "id" or "", not "${this.#options.ids}"`,
        );
    }
  }
}

/** Whether a variable is computed by a loop. */
export function isLoop(variable: Variable): boolean {
  const op = variable.owner?.op;
  return op !== undefined && "kind" in op && op.kind === "scan";
}

/** Whether a value holds the times of a function. */
export function isProfile(profile: unknown): profile is TreeProfile {
  return typeof profile === "object" && profile !== null && "applyTime" in profile &&
    "computeTotalTimes" in profile;
}

/** A number in base 26 with capital letters for digits: A, B, …, Z, BA, BB, … */
export function charFromNumber(number: number): string {
  let text = "";
  let rest = number;
  do {
    text = String.fromCharCode(65 + rest % 26) + text;
    rest = Math.floor(rest / 26);
  } while (rest > 0);
  return text;
}

function clientsOf(variable: Variable): readonly Client[] {
  const graph = variable.owner?.graph;
  return graph instanceof FunctionGraph ? graph.clients(variable) : [];
}

function mapText(label: string, map: AliasMap | undefined): string {
  if (map === undefined) return "";
  const text = `{${[...map].map(([output, input]) => `${output}: [${input}]`).join(", ")}}`;
  return map.size === 0 ? text : label + text;
}

function cellText(
  storage: ReadonlyMap<Variable, readonly unknown[]> | undefined,
  variable: Variable,
): string {
  if (storage === undefined) return "";
  const cell = storage.get(variable);
  return cell === undefined ? " " : ` [${cell.map(valueText).join(", ")}]`;
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  return value instanceof NDArray ? arrayRepr(value.memory()) : String(value);
}

function timeText(node: Apply, profile: TreeProfile | undefined): string {
  const time = profile?.applyTime.get(node);
  if (profile === undefined || time === undefined) return "";
  const total = profile.computeTotalTimes().get(node) ?? 0;
  const share = (part: number): string =>
    `${exponential(part)}s ${(part / profile.fctCallTime * 100).toFixed(1).padStart(4)}%`;
  return ` --> ${share(time)} ${share(total)}`;
}

/** Python's `%8.2e`. */
function exponential(x: number): string {
  return x.toExponential(2).replace(/e([+-])(\d)$/, "e$10$2").padStart(8);
}
