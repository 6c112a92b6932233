/**
 * @file `pydotprint`: writes the picture of a graph to a file.
 */

import { config } from "../config/config.ts";
import { fail, raise } from "../errors.ts";
import { FunctionGraph } from "../graph/function_graph.ts";
import { Apply, Variable } from "../graph/variable.ts";
import { files, joinPath } from "../host/files.ts";
import { writeStdout } from "../host/host.ts";
import { Scan } from "../ops/scan_op.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { isFunction, type PrintableFunction } from "./debugprint.ts";
import { type DotOptions, dotText, graphOfVariables } from "./dot.ts";
import { isProfile } from "./tree.ts";

/** What can be drawn. */
export type Drawable = Variable | Apply | FunctionGraph | PrintableFunction | readonly Variable[];

/** Options of {@linkcode pydotprint}. */
export interface PydotprintOptions extends DotOptions {
  /** Where to write; by default `theano.pydotprint.<device>.dot` in the compile directory. */
  readonly outfile?: string;
  /**
   * The format, and the ending of the file. Only Graphviz' own text is written: `"dot"` or `"gv"`.
   */
  readonly format?: string;
  /** Whether the graphs inside loops are written to files of their own. */
  readonly scanGraphs?: boolean;
  /** Whether the name of the file is printed. By default true. */
  readonly printOutputFile?: boolean;
  /** Whether nothing is written and the text only returned. */
  readonly returnImage?: boolean;
}

const optionNames = [
  "outfile",
  "compact",
  "format",
  "withIds",
  "highContrast",
  "condHighlight",
  "colorCodes",
  "maxLabelSize",
  "scanGraphs",
  "varWithNameSimple",
  "printOutputFile",
  "returnImage",
] as const;

/**
 * Draws a graph: text for Graphviz, which `dot -Tsvg` turns into a picture.
 *
 * Green boxes are inputs, light green ones constants, cyan ones shared variables, blue ones
 * outputs, grey ones results that nobody reads; nodes are coloured by their kind. A blue edge leads
 * to a view, a red one to an input that is overwritten.
 *
 * Theano: `theano.printing.pydotprint`.
 *
 * @param fct A compiled function, graph, node, variable or several variables.
 * @param given Options.
 * @returns The text.
 * @throws {RuntimeError} If the file cannot be written, or the format is not text.
 */
export function pydotprint(
  fct: Drawable,
  ...given: Given<PydotprintOptions, readonly unknown[]>
): string {
  const options = optional<PydotprintOptions>("pydotprint", optionNames, given);
  const { format = "dot", printOutputFile = true, returnImage = false } = options;
  if (format !== "dot" && format !== "gv") {
    fail("RuntimeError", `draw a graph as "${format}"`, "only Graphviz' own text can be written", [
      `Use the format "dot" and run dot -T${format} on the file`,
    ]);
  }
  const graph = graphOf(fct);
  const profile = isFunction(fct) && isProfile(fct.profile) ? fct.profile : undefined;
  const text = dotText(graph, options, profile);
  if (returnImage) return text;
  const path = withEnding(options.outfile ?? defaultPath(), format);
  write(path, text);
  if (printOutputFile) writeStdout(`The output file is available at ${path}\n`);
  if (options.scanGraphs) writeLoops(graph, path, options);
  return text;
}

function graphOf(fct: Drawable): FunctionGraph {
  if (fct instanceof FunctionGraph) return fct;
  if (fct instanceof Variable) return graphOfVariables([fct]);
  if (fct instanceof Apply) return graphOfVariables(fct.outputs);
  if (isFunction(fct)) return fct.maker.fgraph;
  if (Array.isArray(fct) && fct.every((v) => v instanceof Variable)) return graphOfVariables(fct);
  return raise("TypeError", `pydotprint cannot draw an object of this type: ${String(fct)}`);
}

function defaultPath(): string {
  return joinPath(config.compiledir, `theano.pydotprint.${config.device}`);
}

function withEnding(path: string, format: string): string {
  return path.endsWith(`.${format}`) ? path : `${path}.${format}`;
}

function write(path: string, text: string): void {
  const folder = path.replace(/[/\\]?[^/\\]*$/, "");
  if (folder !== "") files.makeFolders(folder);
  const outcome = files.write(path, new TextEncoder().encode(text));
  if (!outcome.ok) {
    fail("RuntimeError", `write the picture of a graph to "${path}"`, outcome.text, [
      "Give the permission to write there, another outfile, or returnImage: true for the text",
    ]);
  }
}

/** The graph inside each loop, to a file named after the loop and its position. */
function writeLoops(graph: FunctionGraph, path: string, options: PydotprintOptions): void {
  const [, stem, ending] = /^(.*)(\.[^.]*)$/.exec(path)!;
  for (const [position, { op }] of graph.toposort().entries()) {
    if (!(op instanceof Scan)) continue;
    const outfile = `${stem}_${op.form.label.replace(/[^\w.-]/g, "_")}_${position}${ending}`;
    pydotprint(op.outputs, { ...options, outfile });
  }
}
