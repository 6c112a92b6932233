/**
 * @file What DebugMode's errors say: the node, its values, who computed what, and how the values differ.
 */

import type { NDArray } from "../array/ndarray.ts";
import { shapeText } from "../array/shape.ts";
import { arrayText } from "../array/text.ts";
import { dtypes } from "../dtype/dtype.ts";
import { traceText } from "../graph/trace.ts";
import type { Apply, Variable } from "../graph/variable.ts";
import { debugprint } from "../printing/debugprint.ts";

/** A value and who computed it. */
export interface Computed {
  readonly by: string;
  readonly value: NDArray;
}

/** The lines about a node: Theano's fields. */
export function nodeLines(node: Apply, inputs: readonly NDArray[]): string[] {
  const list = (texts: readonly unknown[]): string => `[${texts.join(", ")}]`;
  return [
    `  Apply   : ${node}`,
    `  Inputs Type: ${list(node.inputs.map(({ type }) => type))}`,
    `  Inputs Shape: ${list(inputs.map(({ shape }) => shapeText(shape)))}`,
    `  Inputs Strides: ${list(inputs.map(stridesText))}`,
    `  Outputs Type: ${list(node.outputs.map(({ type }) => type))}`,
  ];
}

function stridesText({ strides, dtype }: NDArray): string {
  return shapeText(strides.map((stride) => stride * dtypes[dtype].bytes));
}

/** The lines about two values of one variable. */
export function valueLines(why: string, first: Computed, second: Computed): string[] {
  return [
    `  Difference: ${why}`,
    `  Value of ${first.by}: ${shortText(first.value)}`,
    `  Value of ${second.by}: ${shortText(second.value)}`,
  ];
}

/** An array on one line, in brief. */
export function shortText(value: NDArray): string {
  const text = arrayText(value.memory()).replace(/\s+/g, " ");
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}

/** A variable's own graph and where it was made. */
export function variableLines(title: string, variable: Variable): string[] {
  const graph = `${debugprint(variable, { file: "str", depth: 6, printType: true })}`;
  const trace = traceText(variable.tag.trace ?? variable.owner?.tag.trace).trim();
  return [
    `  ${title}: ${variable} (${variable.type})`,
    ...graph.trimEnd().split("\n").map((line) => `    ${line}`),
    ...(trace === "" ? [] : trace.split("\n").map((line) => `    ${line}`)),
  ];
}
