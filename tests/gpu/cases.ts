/**
 * @file Cases of kernels on a device against the interpreter.
 */

import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../core/array/ndarray.ts";
import { makeStorage, type TypedArray } from "../../core/dtype/dtype.ts";
import { interpretKernel, type KernelMemory } from "../../core/kernel/interpret.ts";
import { type Kernel, type KernelKind, operandsOf } from "../../core/kernel/kernel.ts";
import { printKernel } from "../../core/kernel/print.ts";
import { bodiesOf } from "../../core/kernel/program.ts";
import { evaluateSize, type SizeInputs } from "../../core/kernel/size.ts";
import type { Lowered } from "../../core/kernel/target.ts";
import { verifyProgram } from "../../core/kernel/verify.ts";
import { faultOf, type KernelCode, noFault } from "../../gpu/code.ts";
import { kernelCode } from "../../gpu/kernels.ts";
import type { KernelCase } from "../helpers/kernel_case.ts";
import { type DeviceRunner, testLimits } from "./device.ts";

/** How far a number may be from what the interpreter computes. */
export type Bound = (wanted: number, place: number) => number;

const exact: Bound = () => 0;

/** Stands for a buffer whose length is not known yet: sizes may depend on earlier kernels. */
const empty = new Uint32Array(0);

/** What a case may be run with. */
export interface CaseOptions {
  /** How far floats may be off; by default not at all. */
  readonly bound?: Bound;
  /** The code if it is not the one for every device; undefined where there is none. */
  readonly code?: KernelCode | undefined;
}

/**
 * Runs a case on a device, twice, and in the interpreter.
 *
 * @param runner The device.
 * @param kernelCase The buffers.
 * @param kernel The kernel.
 * @param options What is special.
 * @returns Whether the kernel has a form on devices.
 * @throws {AssertionError} If results differ.
 */
export async function checkCase(
  runner: DeviceRunner,
  kernelCase: KernelCase,
  kernel: Kernel,
  options: CaseOptions = {},
): Promise<boolean> {
  const { bound = exact } = options;
  const code = "code" in options ? options.code : kernelCode(kernel, testLimits);
  const lowered = kernelCase.lowered(kernel);
  const text = printKernel(kernel);
  verifyProgram(lowered.program, text);
  if (code === undefined) return false;
  const given = startsOf(kernelCase);
  const inputs: SizeInputs = { dim: () => 0, value: (buffer) => Number(given[buffer]![0]) };
  const memory: KernelMemory = {
    data: (buffer) => given[buffer]!,
    size: (size) => evaluateSize(size, inputs),
  };
  const before = given.map(toWords);
  const results = [];
  for (let round = 0; round < 2; round++) {
    results.push(await runner.runCode(code, before, inputs));
  }
  const [first, second] = results;
  assertEquals(first!.buffers, second!.buffers, `${text}\nother bits the second time`);
  const fault = interpretKernel(kernel, memory);
  if (kernel.kind === "gather" || kernel.kind === "scatter") {
    const found = faultOf(kernel, first!.status, memory.size);
    assertEquals(found, fault, text);
    if (found === null) assertEquals(first!.status[0], noFault);
  }
  if (fault && kernel.kind === "gather") return true;
  for (const { buffer } of operandsOf(kernel).writes) {
    assertNear(first!.buffers[buffer]!, given[buffer]!, bound, text);
  }
  return true;
}

/**
 * Runs a program's kernels, each on a device on what the interpreter has computed before it, and
 * compares what it writes.
 *
 * @param runner The device.
 * @param lowered The program; it has no host steps and no bodies.
 * @param args Its arguments.
 * @param bound How far floats may be off.
 * @returns The kinds of kernel that ran on the device, and those that have no form there.
 * @throws {AssertionError} If results differ.
 */
export async function checkProgram(
  runner: DeviceRunner,
  { program, constants }: Lowered,
  args: readonly NDArray[],
  bound: Bound,
): Promise<{ readonly ran: KernelKind[]; readonly none: KernelKind[] }> {
  const brought = new Map<number, NDArray>();
  program.buffers.forEach(({ role, index }, buffer) => {
    if (role === "argument") brought.set(buffer, args[index]!);
    if (role === "constant") brought.set(buffer, constants[index]!);
  });
  const inputs: SizeInputs = {
    dim: (buffer, axis) => brought.get(buffer)!.shape[axis]!,
    value: (buffer) => Number(data[buffer]![0]),
  };
  const data: TypedArray[] = program.buffers.map((_, k) => brought.get(k)?.data ?? empty);
  const make = (buffer: number): void => {
    const { dtype, shape } = program.buffers[buffer]!;
    const count = (shape ?? []).reduce((n, size) => n * evaluateSize(size, inputs), 1);
    if (data[buffer] === empty) data[buffer] = makeStorage(dtype, count);
  };
  const memory: KernelMemory = {
    data: (buffer) => data[buffer]!,
    size: (size) => evaluateSize(size, inputs),
  };
  const [ran, none]: KernelKind[][] = [[], []];
  for (const step of program.steps) {
    assert(step.kind !== "host" && bodiesOf(step).length === 0, step.kind);
    if (step.kind !== "run") continue;
    const { kernel } = step;
    const code = kernelCode(kernel, testLimits);
    (code ? ran! : none!).push(kernel.kind);
    operandsOf(kernel).writes.forEach(({ buffer }) => make(buffer));
    const outcome = code && await runner.runCode(code, data.map(toWords), inputs);
    assertEquals(interpretKernel(kernel, memory), null);
    for (const { buffer } of outcome ? operandsOf(kernel).writes : []) {
      assertNear(outcome!.buffers[buffer]!, data[buffer]!, bound, printKernel(kernel));
    }
  }
  return { ran: ran!, none: none! };
}

/** What every buffer holds at first: that of a result is a copy of the argument before it. */
function startsOf(kernelCase: KernelCase): TypedArray[] {
  const starts: TypedArray[] = [];
  kernelCase.buffers.forEach(({ role, index }) => {
    starts.push(role === "argument" ? kernelCase.args[index]!.data : starts.at(-1)!.slice());
  });
  return starts;
}

/** The words of an array; a bool is a word of its own, and the last float16 may have half a word. */
function toWords(data: TypedArray): Uint32Array {
  if (data instanceof Uint8Array) return Uint32Array.from(data);
  if (data instanceof Float16Array) {
    const words = new Uint32Array(Math.ceil(data.length / 2));
    new Float16Array(words.buffer).set(data);
    return words;
  }
  return new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4);
}

function assertNear(
  words: Uint32Array<ArrayBuffer>,
  wanted: TypedArray,
  bound: Bound,
  text: string,
): void {
  const isFloats = wanted instanceof Float32Array || wanted instanceof Float16Array;
  const got = wanted instanceof Float16Array
    ? new Float16Array(words.buffer, 0, wanted.length)
    : wanted instanceof Float32Array
    ? new Float32Array(words.buffer, 0, wanted.length)
    : words;
  const expected = isFloats ? wanted : toWords(wanted);
  for (let k = 0; k < got.length; k++) {
    const [x, y] = [got[k]!, Number(expected[k])];
    if (Object.is(x, y) || (isFloats && Math.abs(x - y) <= bound(y, k))) continue;
    assertEquals([k, x], [k, y], text);
  }
}
