/**
 * @file What loops and branches share: graphs lowered to bodies, when they may be, and what the host does
 * where they may not.
 */

import type { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import type { FunctionGraph } from "../graph/function_graph.ts";
import type { TensorConstant, TensorVariable } from "../tensor/tensor_variable.ts";
import type { Lowering } from "./lowering.ts";
import type { Program, Row, View } from "./program.ts";
import { type Size, sizesInOrder } from "./size.ts";
import { type Executable, insideText, type Lowered, ProgramError, type Target } from "./target.ts";

/** Lowers the graph of a body: each root an argument, each result borrowed. */
export type LowerBody = (
  graph: FunctionGraph,
  capture: (constant: TensorConstant) => number,
) => Lowered;

/** A body that was lowered, and the constants it takes as arguments after its roots. */
export interface Inside {
  readonly lowered: Lowered;
  readonly captured: readonly TensorConstant[];
  /** The arguments whose values decide how much space it needs, or the shapes of its results. */
  readonly shaping: ReadonlySet<number>;
}

/**
 * Lowers a body.
 *
 * @param graph Its graph.
 * @param lower Lowers it.
 * @returns The body; undefined where it has more than one segment, so that only the host can run it.
 */
export function insideOf(graph: FunctionGraph, lower: LowerBody): Inside | undefined {
  const captured: TensorConstant[] = [];
  const lowered = lower(graph, (constant) => graph.inputs.length + captured.push(constant) - 1);
  const { program } = lowered;
  if (program.steps.some(({ kind }) => kind === "host" || kind === "cut")) return undefined;
  const shapes = program.buffers.flatMap(({ shape }) => shape ?? []);
  const sizes = sizesInOrder([...shapes, ...program.outputs.flatMap((view) => view.shape)]);
  const read = sizes.flatMap((s) => s.kind === "value" ? [program.buffers[s.buffer]!.index] : []);
  return { lowered, captured, shaping: new Set(read) };
}

/** Computes the results of a body from its arguments; the next call may overwrite them. */
export type BodyCall = (values: readonly NDArray[]) => readonly NDArray[];

/**
 * A body that the host runs as a program of its own, built at the first call: an attempt to lower what is
 * around it may be given up, and a branch may never be taken.
 *
 * @param lower Lowers it.
 * @param target What runs it.
 * @returns What runs it; its checks fail with the user's errors, which name the node inside.
 */
export function calledBody(lower: () => Lowered, target: Target): BodyCall {
  let built: { readonly program: Program; readonly executable: Executable } | undefined;
  const build = (): NonNullable<typeof built> => {
    const lowered = lower();
    return { program: lowered.program, executable: target.build(lowered).executable };
  };
  return (values) => {
    const { program, executable } = built ??= build();
    try {
      return executable.run(values.map((value) => value.dense()), []);
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      return raise(error.failure.kind, insideText(error, program));
    }
  };
}

/** A view of a whole row. */
export function rowOf(view: View, stride: Size, phase = 0, ring: number | null = null): Row {
  const { buffer, dtype, offset, shape } = view;
  return { buffer, dtype, offset, shape, stride, phase, ring, value: null };
}

/** A value as an argument that stays where it is. */
export function fixedRow(l: Lowering, x: TensorVariable, isShaping: boolean): Row {
  const value = isShaping ? l.size(x) : null;
  return { ...rowOf(l.contiguous(l.view(x)), l.sizes.const(0)), value };
}
