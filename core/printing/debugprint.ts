/**
 * @file `debugprint`: a graph as an indented list of its nodes.
 */

import { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import { FunctionGraph } from "../graph/function_graph.ts";
import { Apply, Variable } from "../graph/variable.ts";
import { writeStdout } from "../host/host.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import {
  type Identified,
  type IdStyle,
  isLoop,
  isProfile,
  type TreeContext,
  type TreeOptions,
  TreePrinter,
} from "./tree.ts";

/** Where text is written. */
export interface Writer {
  /** Takes a piece of text. */
  write(text: string): unknown;
}

/** A compiled function, as far as printing looks at it. */
export interface PrintableFunction {
  /** What made the function: holds its graph. */
  readonly maker: { readonly fgraph: FunctionGraph };
  /** Times, if it is profiled. */
  readonly profile?: unknown;
  /** What runs it: may hold a `storageMap`, the cell of each variable. */
  readonly fn?: unknown;
}

/** What `debugprint` takes: a part of a graph, a compiled function, a plain value, or several. */
export type Printable =
  | Variable
  | Apply
  | FunctionGraph
  | PrintableFunction
  | { readonly variable: Variable }
  | NDArray
  | number
  | bigint
  | readonly Printable[];

/** Options of {@linkcode debugprint}. */
export interface DebugPrintOptions {
  /** Number of levels shown: 2 is a node and its inputs; -1, the default, is all. */
  readonly depth?: number;
  /** Whether each line shows the type. */
  readonly printType?: boolean;
  /** Where to write: standard output, `"str"` to return the text, or an object with `write`. */
  readonly file?: "str" | null | Writer;
  /** Which ids are printed. By default `"CHAR"`: letters. */
  readonly ids?: IdStyle;
  /** Whether a computed variable with a name is left unexpanded. */
  readonly stopOnName?: boolean;
  /** What is printed already, shared between calls. */
  readonly done?: Map<Identified, string>;
  /** Whether the cells of a compiled function are shown. */
  readonly printStorage?: boolean;
  /** Whether nodes that are read more than once show their readers. */
  readonly printClients?: boolean;
  /** Accepted and without effect, as in Theano. */
  readonly usedIds?: unknown;
  /** Whether each line shows which inputs are overwritten. */
  readonly printDestroyMap?: boolean;
  /** Whether each line shows which outputs are views. */
  readonly printViewMap?: boolean;
}

const optionNames = [
  "depth",
  "printType",
  "file",
  "ids",
  "stopOnName",
  "done",
  "printStorage",
  "printClients",
  "usedIds",
  "printDestroyMap",
  "printViewMap",
] as const;

/**
 * Prints a graph as text: a line a variable, what it is computed from indented below it.
 *
 * Each line has the op or the root's name, an id, the variable's name and, for a compiled function,
 * the position in the order of running. What was printed before is not expanded again.
 *
 * Theano: `theano.printing.debugprint`.
 *
 * @param obj A variable, node, graph, compiled function, or several.
 * @param given Options.
 * @returns The text if `file` is `"str"`, else `file`.
 * @throws {TypeError} If the object is nothing that can be printed.
 */
export function debugprint(
  obj: Printable,
  ...given: Given<DebugPrintOptions, readonly unknown[]>
): string | Writer | undefined {
  const options = optional<DebugPrintOptions>("debugprint", optionNames, given);
  const { depth = -1, done = new Map(), printStorage = false, file } = options;
  if (!Number.isInteger(depth)) raise("TypeError", "depth parameter must be an int");
  const printer = new TreePrinter(treeOptions(options, depth), done);
  const items = (isList(obj) ? obj : [obj]).map((item) => subjects(item, printStorage, printer));
  const all = items.flat();
  if (all.some(({ profile }) => profile && profile.fctCallcount > 0)) {
    printer.lines.push(timingInfo);
  }
  for (const { variable, ...context } of all) {
    if (isLoop(variable)) printer.loops.push(variable);
    printer.print(variable, context);
  }
  printLoops(printer);
  const text = printer.lines.map((line) => `${line}\n`).join("");
  if (file === "str") return text;
  if (file) file.write(text);
  else writeStdout(text);
  return file ?? undefined;
}

function treeOptions(options: DebugPrintOptions, depth: number): TreeOptions {
  return {
    depth,
    printType: options.printType ?? false,
    ids: options.ids ?? "CHAR",
    stopOnName: options.stopOnName ?? false,
    printClients: options.printClients ?? false,
    printDestroyMap: options.printDestroyMap ?? false,
    printViewMap: options.printViewMap ?? false,
  };
}

/** A variable to print, and what is known of the function it belongs to. */
interface Subject extends TreeContext {
  readonly variable: Variable;
}

function isList(obj: Printable): obj is readonly Printable[] {
  return Array.isArray(obj);
}

/** The variables meant by an object; a plain value is printed at once, as Theano does. */
function subjects(obj: Printable, printStorage: boolean, printer: TreePrinter): Subject[] {
  if (obj instanceof Variable) return [{ variable: obj }];
  if (obj instanceof Apply) return obj.outputs.map((variable) => ({ variable }));
  if (obj instanceof FunctionGraph) return compiled(obj, {});
  if (typeof obj === "number" || typeof obj === "bigint" || obj instanceof NDArray) {
    printer.lines.push(String(obj));
    return [];
  }
  if (isFunction(obj)) {
    const profile = isProfile(obj.profile) ? obj.profile : undefined;
    const storage = printStorage ? storageOf(obj) : undefined;
    return compiled(obj.maker.fgraph, { profile, storage });
  }
  if (isWrapper(obj)) return [{ variable: obj.variable }];
  return raise("TypeError", `debugprint cannot print an object of this type: ${String(obj)}`);
}

function compiled(graph: FunctionGraph, context: TreeContext): Subject[] {
  const order = new Map(graph.toposort().map((node, position) => [node, position]));
  return graph.outputs.map((variable) => ({ variable, order, ...context }));
}

/** Whether an object is a compiled function: it has a maker with a graph. */
export function isFunction(obj: unknown): obj is PrintableFunction {
  if ((typeof obj !== "object" && typeof obj !== "function") || obj === null) return false;
  const { maker } = obj as { readonly maker?: { readonly fgraph?: unknown } };
  return maker?.fgraph instanceof FunctionGraph;
}

/** Whether an object stands for a variable: an input or output declaration. */
export function isWrapper(obj: unknown): obj is { readonly variable: Variable } {
  return typeof obj === "object" && obj !== null && "variable" in obj &&
    obj.variable instanceof Variable;
}

function storageOf({ fn }: PrintableFunction): TreeContext["storage"] {
  if (typeof fn !== "object" || fn === null || !("storageMap" in fn)) return undefined;
  return fn.storageMap instanceof Map ? fn.storageMap : undefined;
}

/** The graphs inside the loops met, and inside the loops met there. */
function printLoops(printer: TreePrinter): void {
  if (printer.loops.length === 0) return;
  printer.lines.push("", "Inner graphs of the scan ops:");
  for (const loop of printer.loops) {
    const { op, inputs } = loop.owner!;
    const inner = op.innerGraph;
    if (inner === undefined) continue;
    const outer = new Map<Variable, Variable>();
    inner.inputs.forEach((input, i) => {
      const from = inner.outerInputs[i];
      if (from !== undefined) outer.set(input, inputs[from]!);
    });
    printer.lines.push("");
    printer.print(loop, { outer });
    for (const output of inner.outputs) {
      if (isLoop(output)) printer.loops.push(output);
      printer.print(output, { outer }, " >");
    }
  }
}

const timingInfo = `
Timing Info
-----------
--> <time> <% time> - <total time> <% total time>'

<time>         computation time for this node
<% time>       fraction of total computation time for this node
<total time>   time for this node + total times for this node's ancestors
<% total time> total time for this node over total computation time

N.B.:
* Times include the node time and the function overhead.
* <total time> and <% total time> may over-count computation times
  if inputs to a node share a common ancestor and should be viewed as a
  loose upper bound. Their intended use is to help rule out potential nodes
  to remove when optimizing a graph because their <total time> is very low.
`;
