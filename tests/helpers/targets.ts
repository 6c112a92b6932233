/**
 * @file The targets under test, graphs as programs, and arrays compared bit by bit.
 */

import { assertEquals } from "@std/assert";
import type { NDArray } from "../../core/array/ndarray.ts";
import type { Storage } from "../../core/array/storage.ts";
import { Complex, type Element, getElement } from "../../core/dtype/dtype.ts";
import { FunctionGraph } from "../../core/graph/function_graph.ts";
import type { Variable } from "../../core/graph/variable.ts";
import { lowerGraph } from "../../core/kernel/lower.ts";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import {
  type Executable,
  type Lowered,
  ProgramError,
  type Target,
} from "../../core/kernel/target.ts";
import { verifyProgram } from "../../core/kernel/verify.ts";
import { features } from "../../core/wasm/features.ts";
import { WasmTarget } from "../../core/wasm/target.ts";

/** A new WASM target with the engine's features, or with plain ones. */
export function wasmTarget(relaxed: boolean = features().relaxed): WasmTarget {
  return new WasmTarget({ features: { relaxed } });
}

/** Every target: the interpreter first. */
export function allTargets(): Target[] {
  const wasm = features().relaxed ? [wasmTarget(true), wasmTarget(false)] : [wasmTarget(false)];
  return [new InterpreterTarget(), ...wasm];
}

/** What a graph is to become. */
export interface GraphSpec {
  /** Inputs, the shared variables among them. */
  readonly inputs: readonly Variable[];
  readonly outputs: readonly Variable[];
  /** The outputs that the caller may borrow, by number. */
  readonly borrowed?: readonly number[];
  /** New values of shared inputs. */
  readonly updates?: readonly (readonly [shared: Variable, value: Variable])[];
  /** What will run it; by default the WASM target. */
  readonly target?: Target;
}

/** A graph as a verified program, as it stands: nothing is rewritten. */
export function lowered(spec: GraphSpec): Lowered {
  const { inputs, outputs, borrowed = [], updates = [], target = wasmTarget() } = spec;
  const graph = new FunctionGraph(inputs, [...outputs, ...updates.map(([, value]) => value)]);
  let [args, shared] = [0, 0];
  const roles = inputs.map((x) =>
    x.kind === "shared"
      ? { role: "shared" as const, index: shared++ }
      : { role: "argument" as const, index: args++ }
  );
  const variables = inputs.filter((x) => x.kind === "shared");
  const program = lowerGraph(graph, {
    inputs: roles,
    outputs: outputs.map((_, k) => ({ borrow: borrowed.includes(k) })),
    updates: updates.map(([variable]) => variables.indexOf(variable)),
    target,
  });
  verifyProgram(program.program);
  return program;
}

/** What a call gives: results, or the text of the check that failed. */
export function outcome(
  executable: Executable,
  args: readonly NDArray[],
  shared: readonly Storage[] = [],
): NDArray[] | string {
  try {
    return executable.run(args, shared);
  } catch (error) {
    if (error instanceof ProgramError) return `${error.failure.kind}: ${error.message}`;
    throw error;
  }
}

/** An array as text that tells −0 from 0 and holds every digit. */
export function exactText(value: NDArray): string {
  const { data } = value.dense();
  const elements = Array.from(
    { length: value.size },
    (_, k) => elementText(getElement(data, k, value.dtype)),
  );
  return `${value.dtype} (${value.shape.join(", ")}) [${elements.join(", ")}]`;
}

function elementText(x: Element): string {
  if (x instanceof Complex) return `${elementText(x.re)}+${elementText(x.im)}i`;
  return Object.is(x, -0) ? "-0" : String(x);
}

/** Checks that two outcomes are the same, bit by bit but for the bits of NaN. */
export function assertSame(
  actual: readonly NDArray[] | string,
  expected: readonly NDArray[] | string,
  message: string,
): void {
  if (typeof expected === "string" || typeof actual === "string") {
    assertEquals(typeof actual === "string" ? actual : "no error", expected, message);
    return;
  }
  assertEquals(actual.map(exactText), expected.map(exactText), message);
}
