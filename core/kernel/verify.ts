/**
 * @file What makes programs legal. A violation is a fault of lowering or of a rewrite.
 *
 * Operands and views name buffers that exist, in their dtype or in that of the parts of a complex
 * number; nothing writes to what the caller owns; sizes are made of lengths that are known at a call
 * and of 0-d integers; every kernel is legal, and one that checks indices says how it fails.
 */

import { type DType, dtypes, isComplex, isDiscrete } from "../dtype/dtype.ts";
import { internal } from "../errors.ts";
import { type KernelKind, operandsOf } from "./kernel.ts";
import {
  bodiesOf,
  type Body,
  type BufferSpec,
  type Program,
  type RunStep,
  type Step,
  type View,
} from "./program.ts";
import { type Size, sizesInOrder } from "./size.ts";
import { stepSizes, viewSizes } from "./step_sizes.ts";
import { type Complain, verifyKernel } from "./verify_kernel.ts";

/** Whether elements of a dtype may be seen as another: themselves, or parts of complex numbers. */
function isSeenAs(buffer: DType, seen: DType): boolean {
  if (buffer === seen) return true;
  return isComplex(buffer) && dtypes[seen].kind === "float" &&
    2 * dtypes[seen].bytes === dtypes[buffer].bytes;
}

/**
 * Checks that a program is legal, its kernels included.
 *
 * @param program The program.
 * @param stage Whose fault it is if it is not.
 * @throws {InternalError} If it is not.
 */
export function verifyProgram(program: Program, stage: string = "core/kernel/lower.ts"): void {
  const no: Complain = (why) => internal("run a program", why, stage);
  const { buffers, steps, outputs, commits } = program;
  const bufferAt = (buffer: number): BufferSpec =>
    buffers[buffer] ?? no(`there is no buffer ${buffer}`);
  for (const { shape, ndim } of buffers) {
    if (shape && shape.length !== ndim) no(`a buffer of ${ndim} axes has ${shape.length} lengths`);
  }
  for (const step of steps) {
    if (step.kind === "run") verifyRun(step, bufferAt, no, stage);
    for (const body of bodiesOf(step)) verifyBody(body, bufferAt, no, stage);
    if (step.kind !== "cut" && nodeOf(step) >= program.nodes.length) {
      no(`a step comes from node ${nodeOf(step)} of ${program.nodes.length}`);
    }
  }
  const views = [
    ...outputs,
    ...commits.map((c) => c.value),
    ...steps.flatMap((s) => s.kind === "host" ? s.inputs : []),
    ...steps.flatMap((s) => s.kind === "branch" ? [s.condition] : []),
  ];
  for (const view of views) verifyView(view, bufferAt, no);
  for (const { shared, value } of commits) {
    const { role, index } = bufferAt(value.buffer);
    if (role !== "update" || index !== shared) {
      no(`shared variable ${shared} gets a ${role} buffer`);
    }
  }
  const shapes = buffers.flatMap((spec) => spec.shape ?? []);
  const sizes = [...shapes, ...views.flatMap(viewSizes), ...steps.flatMap(stepSizes)];
  for (const size of sizesInOrder(sizes)) verifySize(size, bufferAt, no);
}

function nodeOf(step: Exclude<Step, { kind: "cut" }>): number {
  return step.kind === "check" ? step.failure.node : step.node;
}

/** Checks a body, and that its arguments and results are rows of what they should be. */
function verifyBody(
  { program, inputs, outputs }: Body,
  bufferAt: (buffer: number) => BufferSpec,
  no: Complain,
  stage: string,
): void {
  verifyProgram(program, stage);
  if (program.steps.some(({ kind }) => kind === "host" || kind === "cut")) {
    no("a body has more than one segment");
  }
  program.buffers.forEach(({ role, index, dtype, ndim }) => {
    if (role === "workspace") return;
    const row = role === "argument" ? inputs[index] : role === "borrowed" ? outputs[index] : null;
    if (!row) return no(`a body has a ${role} buffer that nobody brings`);
    if (row.dtype !== dtype || bufferAt(row.buffer).dtype !== dtype) {
      no(`a row of ${row.dtype} is brought for ${dtype}`);
    }
    if (row.shape.length !== ndim) no(`a row of ${row.shape.length} axes is brought for ${ndim}`);
  });
}

/** The kinds of kernels that find out while they run that they must not go on. */
const mayFail: ReadonlySet<KernelKind> = new Set(["gather", "scatter", "custom"]);

function verifyRun(
  { kernel, failure }: RunStep,
  bufferAt: (buffer: number) => BufferSpec,
  no: Complain,
  stage: string,
): void {
  verifyKernel(kernel, stage);
  const { reads, writes } = operandsOf(kernel);
  for (const { buffer, dtype } of [...reads, ...writes]) {
    const has = bufferAt(buffer).dtype;
    if (!isSeenAs(has, dtype)) no(`an operand of ${dtype} walks a buffer of ${has}`);
  }
  for (const { buffer } of writes) {
    const { role } = bufferAt(buffer);
    const isCallers = role === "argument" || role === "shared" || role === "constant";
    if (isCallers) no(`a kernel writes to ${role} buffer ${buffer}`);
  }
  if (mayFail.has(kernel.kind) && !failure) {
    no(`a ${kernel.kind} says no failure`);
  }
}

function verifyView(
  { buffer, dtype, shape, strides }: View,
  bufferAt: (buffer: number) => BufferSpec,
  no: Complain,
): void {
  const has = bufferAt(buffer).dtype;
  if (!isSeenAs(has, dtype)) no(`a view of ${dtype} shows a buffer of ${has}`);
  if (shape.length !== strides.length) {
    no(`a view has ${shape.length} lengths, ${strides.length} strides`);
  }
}

function verifySize(
  size: Size,
  bufferAt: (buffer: number) => BufferSpec,
  no: Complain,
): void {
  if (size.kind === "dim") {
    const { shape, ndim } = bufferAt(size.buffer);
    if (shape || size.axis >= ndim) no(`axis ${size.axis} of buffer ${size.buffer} is not brought`);
  }
  if (size.kind === "value") {
    const { dtype, ndim } = bufferAt(size.buffer);
    if (ndim !== 0 || !isDiscrete(dtype)) no(`buffer ${size.buffer} is no integer`);
  }
}
