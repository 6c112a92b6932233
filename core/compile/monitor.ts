/**
 * @file `MonitorMode`: functions of the user's that are called before and after each node.
 */

import type { NDArray } from "../array/ndarray.ts";
import { arrayText } from "../array/text.ts";
import type { Apply } from "../graph/variable.ts";
import { writeStdout } from "../host/host.ts";
import { debugprint } from "../printing/debugprint.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { type LinkerName, Mode, type Optimizer } from "./mode.ts";
import { NodeByNode, type NodeHooks } from "./node_by_node.ts";
import { hasNan } from "./numbers.ts";
import type { Runner } from "./runner.ts";

/** A value that a monitor sees, in a cell: what it puts there takes the value's place. */
export type MonitoredCell = [value: NDArray];

/** What a monitor sees of a node that is about to run or has run. */
export interface MonitoredNode {
  /** The values of the node's inputs. */
  readonly inputs: readonly MonitoredCell[];
  /** The values of its outputs; empty before it has run. */
  readonly outputs: readonly MonitoredCell[];
}

/**
 * Looks at a node.
 *
 * @param i The node's place in the order of running.
 * @param node The node.
 * @param fn Its values.
 */
export type Monitor = (i: number, node: Apply, fn: MonitoredNode) => void;

/** Options of {@linkcode MonitorMode}. */
export interface MonitorOptions {
  /** Called before each node. */
  readonly preFunc?: Monitor | null;
  /** Called after each node. */
  readonly postFunc?: Monitor | null;
  /** A level, such as `fast_run`, or an optimiser; by default the flag `optimizer`. */
  readonly optimizer?: string | Optimizer | null;
  /** `py` to run each op's `perform`, else kernels; by default the flag `linker`. */
  readonly linker?: LinkerName | null;
}

/** The positions of {@linkcode MonitorOptions}. */
export type MonitorPositions = [
  preFunc?: Monitor | null,
  postFunc?: Monitor | null,
  optimizer?: string | Optimizer | null,
  linker?: LinkerName | null,
];

const optionNames = ["preFunc", "postFunc", "optimizer", "linker"] as const;

/**
 * A mode that runs functions node by node and calls functions of the user's around each.
 *
 * Theano: `theano.compile.MonitorMode`.
 *
 * @example Which node makes the first NaN
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const seen: string[] = [];
 * const mode = new theano.compile.MonitorMode({
 *   postFunc: (i, node, fn) => seen.push(`${i} ${node.op.name} ${fn.outputs[0]![0]}`),
 *   optimizer: null,
 * });
 * const x = theano.tensor.dscalar("x");
 * theano.function([x], x.log().mul(2), { mode })(-1);
 * assert.deepEqual(seen[0], "0 Elemwise{log,no_inplace} nan");
 * ```
 */
export class MonitorMode extends Mode {
  /**
   * Makes the mode.
   *
   * @param given What to call, and how to optimise and run.
   */
  constructor(...given: Given<MonitorOptions, MonitorPositions>) {
    const options = optional<MonitorOptions>("MonitorMode", optionNames, given);
    const { preFunc, postFunc, optimizer = "default", linker = null } = options;
    super({
      linker,
      optimizer,
      runner: monitorRunner(preFunc ?? noMonitor, postFunc ?? noMonitor),
    });
  }
}

function noMonitor(): void {}

function monitorRunner(before: Monitor, after: Monitor): Runner {
  const compute: NodeHooks["compute"] = (node, place, given, code) => {
    const inputs = given.map((value): MonitoredCell => [value]);
    before(place, node, { inputs, outputs: [] });
    const results = code.run(inputs.map(([value]) => value));
    const outputs = results.map((value): MonitoredCell => [value]);
    after(place, node, { inputs, outputs });
    return outputs.map(([value]) => value);
  };
  return {
    begin: () => ({ features: [], executable: (parts) => new NodeByNode(parts, { compute }) }),
  };
}

/**
 * A monitor that prints a node whose outputs have a NaN: the node, its inputs and its outputs.
 *
 * Theano: `theano.compile.monitormode.detect_nan`.
 *
 * @param _ The node's place.
 * @param node The node.
 * @param fn Its values.
 */
export function detectNan(_: number, node: Apply, fn: MonitoredNode): void {
  if (!fn.outputs.some(([value]) => hasNan(value))) return;
  const list = (cells: readonly MonitoredCell[]): string =>
    cells.map(([value]) => arrayText(value.memory())).join(", ");
  writeStdout("*** NaN detected ***\n");
  debugprint(node);
  writeStdout(`Inputs : [${list(fn.inputs)}]\nOutputs: [${list(fn.outputs)}]\n`);
}
