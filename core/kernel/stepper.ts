/**
 * @file A program run step by step in JavaScript, on host arrays: the second driver of programs.
 *
 * It has the meaning of a target's own driver and none of its speed: all checks of a segment come
 * before its first kernel, integer scalars that sizes depend on are read when the segment starts,
 * and new values of shared variables are stored after everything that can fail. Memory that nobody
 * has written holds bits that are no zeros, so that a program that reads it is found out.
 */

import { NDArray } from "../array/ndarray.ts";
import { contiguousStrides } from "../array/shape.ts";
import type { Storage } from "../array/storage.ts";
import { type DType, isComplex, isDiscrete, makeStorage, type TypedArray } from "../dtype/dtype.ts";
import { internal } from "../errors.ts";
import { type IndexFault, interpretKernel, type KernelMemory } from "./interpret.ts";
import { failureText } from "./plan.ts";
import type { Body, BranchStep, HostStep, LoopStep, Program, Row, Step, View } from "./program.ts";
import { evaluateSize, type Size, type SizeInputs } from "./size.ts";
import { type Executable, insideError, type Lowered, ProgramError, type Target } from "./target.ts";

const stage = "core/kernel/stepper.ts";

/** Runs programs in JavaScript: slow, obvious, and the oracle of the other targets. */
export class InterpreterTarget implements Target {
  readonly name = "interpreter";
  readonly features = "interpreter";
  /** Products need no workspace. */
  readonly productScratch = { float32: 0, float64: 0 };
  /** Sorts neither. */
  readonly sortScratch = () => ({ bytes: 0, bytesPerColumn: 0 });
  /** By their reference. */
  readonly customForms = ["wasm", "wgsl"] as const;

  build(lowered: Lowered): { readonly executable: Executable } {
    return { executable: new Stepper(lowered) };
  }

  restore(): Executable {
    return internal("restore a build", "programs that are interpreted are not stored", stage);
  }
}

/** A program that is run step by step. */
class Stepper implements Executable {
  readonly #lowered: Lowered;
  workspaceBytes = 0;

  constructor(lowered: Lowered) {
    this.#lowered = lowered;
  }

  run(args: readonly NDArray[], shared: readonly Storage[]): NDArray[] {
    const call = new Call(this.#lowered, args, shared);
    const { program } = this.#lowered;
    for (const segment of segmentsOf(program.steps)) call.runSegment(segment);
    const results = program.outputs.map((view) => call.readView(view));
    const values = program.commits.map(({ value }) => call.readView(value));
    program.commits.forEach((commit, k) => shared[commit.shared]!.write(values[k]!));
    this.workspaceBytes = call.workspaceBytes;
    return results;
  }

  free(): void {
    this.workspaceBytes = 0;
  }
}

/** The steps up to each cut or host step, which is the last of its segment. */
function segmentsOf(steps: readonly Step[]): Step[][] {
  const segments: Step[][] = [[]];
  for (const step of steps) {
    segments.at(-1)!.push(step);
    if (step.kind === "cut" || step.kind === "host") segments.push([]);
  }
  return segments;
}

/** The state of one call. */
class Call implements KernelMemory {
  readonly #lowered: Lowered;
  readonly #program: Program;
  readonly #data: (TypedArray | undefined)[] = [];
  readonly #shapes: (readonly number[])[] = [];
  #scalars = new Map<number, number>();
  #sizes = new Map<Size, number>();
  #hosts = 0;
  workspaceBytes = 0;

  constructor(lowered: Lowered, args: readonly NDArray[], shared: readonly Storage[]) {
    this.#lowered = lowered;
    this.#program = lowered.program;
    this.#program.buffers.forEach(({ role, index }, buffer) => {
      if (role === "argument") this.#bring(buffer, args[index]!);
      else if (role === "shared") this.#bring(buffer, shared[index]!.read());
      else if (role === "constant") this.#bring(buffer, lowered.constants[index]!);
    });
  }

  #bring(buffer: number, value: NDArray): void {
    const dense = value.dense();
    this.#data[buffer] = dense.data;
    this.#shapes[buffer] = dense.shape;
  }

  data(buffer: number): TypedArray {
    return this.#data[buffer] ??= this.#fresh(buffer);
  }

  size(size: Size): number {
    const known = this.#sizes.get(size);
    if (known !== undefined) return known;
    const value = evaluateSize(size, this.#inputs);
    this.#sizes.set(size, value);
    return value;
  }

  readonly #inputs: SizeInputs = {
    dim: (buffer, axis) => this.#shapes[buffer]![axis]!,
    value: (buffer) =>
      this.#scalars.get(buffer) ??
        internal("read an integer", `buffer ${buffer} has no value yet`, stage),
  };

  #fresh(buffer: number): TypedArray {
    const { dtype, shape, role } = this.#program.buffers[buffer]!;
    if (!shape) {
      return internal("read a host step's result", `buffer ${buffer} has no value yet`, stage);
    }
    const data = makeStorage(dtype, shape.reduce((n, length) => n * this.size(length), 1));
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength).fill(0xa5);
    if (role === "workspace" || role === "handed") this.workspaceBytes += data.byteLength;
    return data;
  }

  runSegment(steps: readonly Step[]): void {
    this.#readScalars();
    for (const step of steps) if (step.kind === "check") this.#check(step);
    for (const step of steps) {
      if (step.kind === "run") this.#run(step);
      else if (step.kind === "host") this.#host(step);
      else if (step.kind === "loop") this.#loop(step);
      else if (step.kind === "branch") this.#branch(step);
    }
  }

  #branch({ node, condition, bodies: [then, otherwise] }: BranchStep): void {
    const isTaken = Number(this.readView(condition).item()) !== 0;
    this.#turn(isTaken ? then : otherwise, node, 0);
  }

  #loop({ node, turns, body, condition, done }: LoopStep): void {
    const most = this.size(turns);
    let turn = 0;
    for (let isLast = false; turn < most && !isLast; turn++) {
      const results = this.#turn(body, node, turn);
      isLast = condition !== null && Number(results[condition]!.item()) !== 0;
    }
    if (done !== null) this.data(done).set([BigInt(turn)] as never);
  }

  /** One call of a body, on copies of rows. */
  #turn({ program, sizes, inputs, outputs }: Body, node: number, turn: number): NDArray[] {
    const args = inputs.map((row) => this.read(this.#rowView(row, turn)));
    const results = bodyResults({ program, sizes, constants: [], hosts: [] }, args, node);
    outputs.forEach((row, k) => this.#write(this.#rowView(row, turn), results[k]!));
    return results;
  }

  #rowView({ buffer, dtype, offset, shape, stride, phase, ring }: Row, turn: number): PlainView {
    const row = ring === null ? turn + phase : (turn + phase) % ring;
    return {
      buffer,
      dtype,
      offset: this.size(offset) + row * this.size(stride),
      shape: shape.map((n) => this.size(n)),
    };
  }

  #write({ buffer, dtype, offset }: PlainView, value: NDArray): void {
    const unit = isComplex(dtype) ? 2 : 1;
    this.data(buffer).set(value.dense().data as never, offset * unit);
  }

  /** Reads every integer scalar that has a value: sizes of the segment mean these. */
  #readScalars(): void {
    this.#scalars = new Map();
    this.#sizes = new Map();
    this.#program.buffers.forEach(({ dtype, ndim }, buffer) => {
      const data = this.#data[buffer];
      if (ndim === 0 && data && isDiscrete(dtype)) this.#scalars.set(buffer, Number(data[0]));
    });
  }

  #check({ condition, failure }: Extract<Step, { kind: "check" }>): void {
    if (this.size(condition) !== 0) return;
    throw new ProgramError(failure, failureText(failure.text, failure.sizes, this.#inputs));
  }

  #run({ kernel, failure }: Extract<Step, { kind: "run" }>): void {
    const fault = interpretKernel(kernel, this);
    if (fault && failure) throw new ProgramError(failure, faultText(failure.text, fault));
    if (fault) internal(`run a ${kernel.kind}`, "its step says no failure", stage);
  }

  #host(step: HostStep): void {
    const results = this.#lowered.hosts[this.#hosts++]!(
      step.inputs.map((view) => this.readView(view)),
    );
    step.outputs.forEach((buffer, k) => this.#bring(buffer, results[k]!));
  }

  /** A copy of what a view shows. */
  readView({ shape, strides, offset, ...rest }: View): NDArray {
    const [lengths, steps] = [shape, strides].map((list) => list.map((s) => this.size(s)));
    return this.read({ ...rest, offset: this.size(offset), shape: lengths!, strides: steps! });
  }

  /** A copy of some elements, contiguous ones where no strides are said. */
  read({ buffer, dtype, offset, shape, strides }: PlainView): NDArray {
    const data = this.data(buffer);
    if (shape.includes(0)) return NDArray.of(makeStorage(dtype, 0), shape, dtype);
    const steps = strides ?? contiguousStrides(shape);
    return NDArray.of(data, shape, dtype, steps, offset).copy();
  }
}

/** A view with numbers for its sizes. */
interface PlainView {
  readonly buffer: number;
  readonly dtype: DType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
}

/** What a body gives; an error is the node's that it belongs to, and names its own. */
function bodyResults(inside: Lowered, args: readonly NDArray[], node: number): NDArray[] {
  try {
    return new Stepper(inside).run(args, []);
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    throw insideError(error, inside.program, node);
  }
}

/** Fills an index out of range into the text of its error. */
export function faultText(text: string, { index, size, axis }: IndexFault): string {
  return text
    .replace("{index}", `${index}`)
    .replace("{size}", `${size}`)
    .replace("{axis}", `${axis}`);
}
