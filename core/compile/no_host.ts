/**
 * @file The flag `assert_no_cpu_op`: whether a function for the device goes back to the host on the way.
 */

import { config } from "../config/config.ts";
import { raise } from "../errors.ts";
import type { FunctionGraph } from "../graph/function_graph.ts";
import { type Apply, isConstant } from "../graph/variable.ts";
import { warn } from "../host/warn.ts";
import { GpuFromHost, HostFromGpu } from "../ops/transfer.ts";

/**
 * Says, as the flag wants, which node of the host stands between nodes of the device.
 *
 * @param graph The optimised graph.
 * @throws {AssertionError} If there is one and the flag is `raise`.
 */
export function checkNoHost(graph: FunctionGraph): void {
  const reaction = config.assert_no_cpu_op;
  if (reaction === "ignore") return;
  const found = graph.toposort().find((node) => isBetween(graph, node));
  if (found === undefined) return;
  const text = `CPU Op ${found} is detected in the computation graph`;
  if (reaction === "warn") warn("UserWarning", text);
  else raise("AssertionError", text);
}

/** Whether all that a node reads comes from the device, and what it computes goes there. */
function isBetween(graph: FunctionGraph, { op, inputs, outputs }: Apply): boolean {
  if (op instanceof GpuFromHost || op instanceof HostFromGpu) return false;
  const variables = inputs.filter((x) => !isConstant(x));
  return variables.length > 0 &&
    variables.every((x) => x.owner?.op instanceof HostFromGpu) &&
    outputs.some((x) =>
      graph.clients(x).some(({ node }) => node !== "output" && node.op instanceof GpuFromHost)
    );
}
