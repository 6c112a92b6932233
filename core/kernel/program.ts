/**
 * @file A program: what one compiled function does, as steps over buffers, without tensors or
 * graph.
 *
 * Invariants:
 * - Buffers are numbered. What a buffer is at a call follows from its {@linkcode BufferRole}; its
 *   shape is given (inputs, shared values) or is a list of sizes.
 * - Steps are in order of execution and grouped in segments: sizes of a segment depend on shapes
 *   and integer scalars that are known when the segment starts. All checks of a segment are made
 *   before its first kernel runs.
 * - A `commit` makes a buffer the new value of a shared variable, after everything that can fail.
 * - A `loop` runs a program of its own, a body, turn after turn. Its checks that depend on shapes
 *   alone are made with the others of the segment, the rest at each turn. A `branch` runs one of two
 *   bodies, whose checks are made when it is taken.
 * - A program is plain data but for its `host` steps, and the references of `custom` kernels, which
 *   no target needs but the interpreter; so it can be stored when it has no host steps, see
 *   `stored_program.ts`.
 */

import type { DType } from "../dtype/dtype.ts";
import type { ErrorKind } from "../errors.ts";
import type { Kernel } from "./kernel.ts";
import type { Size, Sizes } from "./size.ts";

/**
 * Where a buffer comes from: an argument of the call, the value of a shared variable, a constant of
 * the graph, space that lasts for the call, a result that the caller may borrow or that it gets as it
 * is on the device, or the new value of a shared variable.
 */
export type BufferRole =
  | "argument"
  | "shared"
  | "constant"
  | "workspace"
  | "borrowed"
  | "handed"
  | "update";

/** One buffer. */
export interface BufferSpec {
  readonly role: BufferRole;
  readonly dtype: DType;
  /** Which argument, shared variable, constant, output or update; 0 for workspace. */
  readonly index: number;
  /** Its shape; null where the caller brings it, with `ndim` axes. */
  readonly shape: readonly Size[] | null;
  readonly ndim: number;
}

/** A strided array in a buffer. */
export interface View {
  readonly buffer: number;
  readonly dtype: DType;
  readonly offset: Size;
  readonly shape: readonly Size[];
  readonly strides: readonly Size[];
}

/** An error a step may end in: `text` with `{0}`, `{1}` … standing for the sizes. */
export interface Failure {
  readonly kind: ErrorKind;
  readonly text: string;
  readonly sizes: readonly Size[];
  /** The node at fault, by its place in the graph's order. */
  readonly node: number;
}

/** Runs a kernel. `node` is the graph node it came from, by its place in the graph's order. */
export interface RunStep {
  readonly kind: "run";
  readonly kernel: Kernel;
  readonly node: number;
  /** Whether it is meant for the device, where there is one. */
  readonly onDevice?: true;
  /** What is wrong when the kernel finds an index out of range. */
  readonly failure?: Failure;
}

/** Fails unless a condition (a size that is 0 or 1) holds. */
export interface CheckStep {
  readonly kind: "check";
  readonly condition: Size;
  readonly failure: Failure;
}

/** Runs an op's own `perform` on host arrays. Ends a segment. */
export interface HostStep {
  readonly kind: "host";
  readonly node: number;
  readonly inputs: readonly View[];
  /** Buffers for the results; their shapes are known afterwards. */
  readonly outputs: readonly number[];
}

/** Ends a segment: sizes after it may read integer scalars that were computed before it. */
export interface CutStep {
  readonly kind: "cut";
}

/**
 * What an argument or result of a body is at each turn: a row of a buffer around it. At turn `t` it
 * is row `t + phase`, taken modulo `ring` where there is one; row `r` starts `r · stride` elements
 * after `offset` and is contiguous.
 */
export interface Row {
  readonly buffer: number;
  readonly dtype: DType;
  readonly offset: Size;
  readonly shape: readonly Size[];
  /** Elements between rows; zero for what is the same at each turn. */
  readonly stride: Size;
  readonly phase: number;
  /** How many rows there are, where they are used again and again. */
  readonly ring: number | null;
  /** The value, where it is an integer scalar that is known as a size. */
  readonly value: Size | null;
}

/**
 * A program inside a program, of one segment. Its arguments and borrowed results are rows of buffers
 * around it, and it has no others; where its buffers' shapes depend on the value of an argument, that
 * argument's row has one.
 */
export interface Body {
  readonly program: Program;
  /** Where the program's sizes were made: needed to plan it, not to run it. */
  readonly sizes: Sizes;
  /** For each argument. */
  readonly inputs: readonly Row[];
  /** For each result. */
  readonly outputs: readonly Row[];
}

/** Runs a body turn after turn. */
export interface LoopStep {
  readonly kind: "loop";
  readonly node: number;
  /** Whether it is meant for the device, where there is one, with all that is in its body. */
  readonly onDevice?: true;
  /** How many turns at most: above zero. */
  readonly turns: Size;
  readonly body: Body;
  /** Which result of the body ends the loop after a turn in which it is not zero. */
  readonly condition: number | null;
  /** A 0-d int64 buffer for the number of turns done, where there is a condition. */
  readonly done: number | null;
}

/** Runs one of two bodies; the other one is not even bound. */
export interface BranchStep {
  readonly kind: "branch";
  readonly node: number;
  /** Whether it is meant for the device, where there is one, with all that is in its bodies. */
  readonly onDevice?: true;
  /** An integer or bool without axes: zero is for the second body. */
  readonly condition: View;
  readonly bodies: readonly [then: Body, otherwise: Body];
}

/** One step. */
export type Step = RunStep | CheckStep | HostStep | CutStep | LoopStep | BranchStep;

/** A step that computes. */
export type WorkStep = RunStep | LoopStep | BranchStep;

/** Whether a step computes. */
export function isWork(step: Step): step is WorkStep {
  return step.kind === "run" || step.kind === "loop" || step.kind === "branch";
}

/** The bodies of a step. */
export function bodiesOf(step: Step): readonly Body[] {
  return step.kind === "loop" ? [step.body] : step.kind === "branch" ? step.bodies : [];
}

/** The kinds of step. */
export type StepKind = Step["kind"];

/** What becomes of a shared variable: the buffer that is its new value. */
export interface Commit {
  /** Which shared variable. */
  readonly shared: number;
  /** Its new value, contiguous. */
  readonly value: View;
}

/** What one compiled function does. */
export interface Program {
  readonly buffers: readonly BufferSpec[];
  readonly steps: readonly Step[];
  /** The results, in order. */
  readonly outputs: readonly View[];
  readonly commits: readonly Commit[];
  /** For each node of the graph in order: its text, for errors and profiles. */
  readonly nodes: readonly string[];
}
