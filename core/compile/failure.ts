/**
 * @file What a run-time error says of the node at fault: Theano's text.
 */

import { NDArray } from "../array/ndarray.ts";
import { shapeText, sizeOf } from "../array/shape.ts";
import type { Storage } from "../array/storage.ts";
import { arrayRepr } from "../array/text.ts";
import { flags } from "../config/config.ts";
import { dtypes } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import type { FunctionGraph } from "../graph/function_graph.ts";
import { type Apply, isConstant, type Variable } from "../graph/variable.ts";
import { ProgramError } from "../kernel/target.ts";
import { debugprint } from "../printing/debugprint.ts";
import { type GraphSpec, inputValues, NodeError, performNode } from "./reference.ts";

/** A call that failed: the graph, what its ends are, and what it was given. */
export interface FailedCall {
  readonly graph: () => FunctionGraph;
  readonly spec: GraphSpec;
  readonly args: readonly NDArray[];
  readonly shared: readonly Storage[];
}

/** How many elements may be computed again to show what a node was given. */
const workLimit = 1_000_000;

/**
 * Throws the error of a failed call, of its own class, with what is known of the node.
 *
 * @param error What the target threw.
 * @param call The call.
 */
export function explain(error: unknown, call: FailedCall): never {
  if (error instanceof ProgramError) {
    const { failure: { kind, node }, message } = error;
    return raise(kind, message + nodeText(node, call));
  }
  if (!(error instanceof NodeError)) throw error;
  const cause = error.error;
  if (cause instanceof Error) cause.message += nodeText(error.node, call);
  throw cause;
}

function nodeText(place: number, call: FailedCall): string {
  const graph = call.graph();
  const node = graph.toposort()[place];
  if (node === undefined) return "";
  const values = valuesBefore(place, call);
  const inputs = node.inputs.map((input) => known(values, input));
  const list = (show: (value: NDArray) => string, none: string): string =>
    inputs.map((value) => value === undefined ? none : show(value)).join(", ");
  const lines = [
    "",
    `Apply node that caused the error: ${node}`,
    `Toposort index: ${place}`,
    `Inputs types: [${node.inputs.map(({ type }) => type).join(", ")}]`,
    `Inputs shapes: [${list(({ shape }) => shapeText(shape), "'No shapes'")}]`,
    `Inputs strides: [${list(stridesText, "'No strides'")}]`,
    `Inputs values: [${list(shortValue, "'not shown'")}]`,
    `Outputs clients: [${node.outputs.map((output) => clientsText(graph, output)).join(", ")}]`,
    "",
    traceBlock(node),
  ];
  return [...lines, ...verbose(node, graph, values)].join("\n");
}

/** The values before a node runs, as far as it is cheap to compute them again. */
function valuesBefore(
  place: number,
  { graph, spec, args, shared }: FailedCall,
): Map<Variable, NDArray> {
  const values = inputValues(graph(), spec, args, shared);
  let work = 0;
  for (const node of graph().toposort().slice(0, place)) {
    const inputs = node.inputs.map((input) => known(values, input));
    if (inputs.includes(undefined)) continue;
    work += inputs.reduce((sum, value) => sum + sizeOf(value!.shape), 0);
    if (work > workLimit) break;
    try {
      performNode(node, values);
    } catch {
      break;
    }
  }
  return values;
}

function known(values: ReadonlyMap<Variable, NDArray>, variable: Variable): NDArray | undefined {
  const value = values.get(variable) ?? (isConstant(variable) ? variable.data : undefined);
  return value instanceof NDArray ? value : undefined;
}

function stridesText({ strides, dtype }: NDArray): string {
  return shapeText(strides.map((stride) => stride * dtypes[dtype].bytes));
}

function shortValue(value: NDArray): string {
  return value.size <= 5 ? arrayRepr(value.memory()) : "'not shown'";
}

function clientsText(graph: FunctionGraph, output: Variable): string {
  const clients = graph.clients(output).map(({ node }) => node === "output" ? "'output'" : node);
  return `[${clients.join(", ")}]`;
}

function traceBlock(node: Apply): string {
  const trace = node.tag.trace ?? node.outputs[0]?.tag.trace;
  if (trace === undefined || trace.length === 0) {
    return "HINT: Re-running with most Theano optimization disabled could give you a back-trace of " +
      "when this node was created. This can be done with by setting the Theano flag " +
      "'optimizer=fast_compile'. If that does not work, Theano optimizations can be disabled with " +
      "'optimizer=None'.";
  }
  return "Backtrace when the node is created(use Theano flag traceback.limit=N to make it longer):\n" +
    trace.map((frame) => `  ${frame}\n`).join("");
}

function verbose(
  node: Apply,
  graph: FunctionGraph,
  values: ReadonlyMap<Variable, NDArray>,
): string[] {
  if (flags.exception_verbosity === "low") {
    return [
      "HINT: Use the Theano flag 'exception_verbosity=high' for a debugprint and storage map " +
      "footprint of this apply node.",
    ];
  }
  const print = debugprint(node, { file: "str", printType: true, stopOnName: true });
  return ["", "Debugprint of the apply node: ", `${print}`, ...footprint(graph, values)];
}

/** What each value takes, the largest first. */
function footprint(graph: FunctionGraph, values: ReadonlyMap<Variable, NDArray>): string[] {
  const arrays = [...values].filter(([, value]) => value instanceof NDArray);
  const rows = arrays.map(([variable, { shape, dtype }]) => {
    const { bytes } = dtypes[dtype];
    const total = sizeOf(shape) * bytes;
    const isInput = graph.inputs.includes(variable);
    const kind = variable.kind === "shared" ? " Shared Input," : isInput ? " Input," : "";
    const text = ` - ${variable},${kind} Shape: ${shapeText(shape)}, ElemSize: ${bytes} Byte(s), ` +
      `TotalSize: ${total} Byte(s)`;
    return { text, total, isInput };
  }).sort((a, b) => b.total - a.total);
  const sum = (all: typeof rows): string => {
    const bytes = all.reduce((before, { total }) => before + total, 0);
    return `${bytes} Byte(s) ${(bytes / 2 ** 30).toFixed(3)} GB`;
  };
  return [
    "Storage map footprint:",
    ...rows.map(({ text }) => text),
    ` TotalSize: ${sum(rows)}`,
    ` TotalSize inputs: ${sum(rows.filter(({ isInput }) => isInput))}`,
  ];
}
