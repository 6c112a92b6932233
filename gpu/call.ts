/**
 * @file One call of a program on a device and the host: where each buffer is, and what happens to it.
 */

import { GpuArray } from "../core/array/gpu_array.ts";
import { NDArray } from "../core/array/ndarray.ts";
import { sizeOf } from "../core/array/shape.ts";
import type { Storage } from "../core/array/storage.ts";
import { type DType, makeStorage } from "../core/dtype/dtype.ts";
import { fail, internal } from "../core/errors.ts";
import type { GatherKernel, ScatterKernel } from "../core/kernel/kernel.ts";
import { failureText } from "../core/kernel/plan.ts";
import type { BufferSpec, View } from "../core/kernel/program.ts";
import { faultText } from "../core/kernel/stepper.ts";
import { type Lowered, ProgramError } from "../core/kernel/target.ts";
import type { Binding, Planned } from "./binding.ts";
import { type Bound, type BoundPart, sixteens } from "./bound.ts";
import { faultOf, noFault, type Resource, statusWords } from "./code.ts";
import { copyOf, deviceBytes, DeviceCopy, handleOf, packed, unpacked } from "./copy.ts";
import type { Block, Wanted } from "./device.ts";
import { runPart } from "./host_part.ts";
import type { Window } from "./window.ts";
import type { Placed, Routine, Segment, Stage } from "./routine.ts";

/** What a call reads from the device at a time. */
export type Reads = readonly Wanted[];

/** Asks for reads and is answered with their bytes. */
type Steps<T> = Generator<Reads, T, Uint8Array<ArrayBuffer>[]>;

/** What a call is made of. */
export interface CallParts {
  readonly lowered: Lowered;
  readonly routine: Routine;
  readonly bound: Bound;
  /** The constants of the program. */
  readonly constants: readonly Storage[];
  readonly args: readonly NDArray[];
  readonly shared: readonly Storage[];
  /** Told how many bytes of the device the call took for values of its own. */
  readonly onEnd: (workspaceBytes: number) => void;
}

/** A kernel that checked indices, and where it says what it found. */
interface Checked {
  readonly placed: Placed;
  readonly binding: Binding;
  readonly offset: number;
}

/** One call. */
export class Call {
  readonly #parts: CallParts;
  readonly #buffers: readonly BufferSpec[];
  /** Values on the host. */
  readonly #host: (NDArray | undefined)[] = [];
  /** Values on the device. */
  readonly #blocks: (Block | undefined)[] = [];
  /** Shapes of buffers that the caller or a host step brings. */
  readonly #shapes: (readonly number[] | undefined)[] = [];
  /** The buffers whose blocks are the call's own. */
  readonly #owned = new Set<number>();
  readonly #checked: Checked[] = [];
  #status: Block | undefined;
  #binding: Binding | undefined;
  #taken = 0;

  constructor(parts: CallParts) {
    this.#parts = parts;
    this.#buffers = parts.lowered.program.buffers;
    this.#buffers.forEach(({ role, index }, buffer) => {
      if (role === "argument") {
        this.#host[buffer] = parts.args[index]!;
        this.#shapes[buffer] = parts.args[index]!.shape;
      } else if (role === "shared") this.#shapes[buffer] = parts.shared[index]!.shape;
    });
  }

  /** Runs the program; asks for what it must read on the way. */
  *run(): Steps<NDArray[]> {
    const { device } = this.#parts.bound;
    const epoch = device.enter();
    try {
      for (const segment of this.#parts.routine.segments) yield* this.#segment(segment);
      const results = yield* this.#results();
      this.#commit();
      device.submit();
      return results;
    } finally {
      this.#giveBack();
      device.leave(epoch);
    }
  }

  *#segment(segment: Segment): Steps<void> {
    const binding = this.#binding = yield* this.#bind(segment);
    for (const stage of segment.stages) {
      if (stage.kind === "device") this.#dispatch(stage, binding);
      else yield* this.#runOnHost(stage, binding);
    }
    if (segment.host) yield* this.#perform(segment.host, binding);
  }

  *#bind({ bindings, checks }: Segment): Steps<Binding> {
    const { values } = bindings.sources;
    yield* this.#bring(values);
    const binding = bindings.of(
      (buffer) => this.#shapes[buffer]!,
      (buffer) => Number(this.#onHost(buffer).item<number | bigint | boolean>()),
    );
    if (binding.isChecked) return binding;
    for (const { condition, failure } of checks) {
      if (binding.sizeOf(condition) !== 0) continue;
      throw new ProgramError(failure, failureText(failure.text, failure.sizes, binding.inputs));
    }
    binding.isChecked = true;
    return binding;
  }

  /** A value on the host that was brought there. */
  #onHost(buffer: number): NDArray {
    const { role, index } = this.#buffers[buffer]!;
    if (role === "shared") return this.#parts.shared[index]!.read();
    if (role === "constant") return this.#parts.constants[index]!.read();
    return this.#host[buffer] ?? internal("read a buffer", `${buffer} has no value`, "gpu/call.ts");
  }

  /** Copies to the host what of some buffers is on the device only, in one read. */
  *#bring(buffers: readonly number[]): Steps<void> {
    const away = buffers.filter((b) => this.#host[b] === undefined && this.#owned.has(b));
    if (away.length === 0) return;
    const answers = yield* this.#read(away.map((b) => this.#whole(b)));
    away.forEach((b, k) => {
      this.#host[b] = unpacked(answers[k]!, this.#buffers[b]!.dtype, this.#shapeOf(b));
    });
  }

  #whole(buffer: number): Wanted {
    return { block: this.#blocks[buffer]!, offset: 0, bytes: this.#bytesOf(buffer) };
  }

  #shapeOf(buffer: number): readonly number[] {
    const { shape } = this.#buffers[buffer]!;
    return shape ? this.#binding!.shape(shape) : this.#shapes[buffer]!;
  }

  /** Reads from the device, and looks what index checks said. */
  *#read(wanted: Reads): Steps<Uint8Array<ArrayBuffer>[]> {
    if (this.#status === undefined) return yield wanted;
    const status = { block: this.#status, offset: 0, bytes: this.#statusBytes() };
    const [found, ...answers] = yield [status, ...wanted];
    this.#checkStatus(found!);
    return answers;
  }

  #checkStatus(bytes: Uint8Array<ArrayBuffer>): void {
    for (const { placed: { step }, binding, offset } of this.#checked) {
      const words = new Uint32Array(bytes.slice(offset, offset + 4 * statusWords).buffer);
      const kernel = step.kernel as GatherKernel | ScatterKernel;
      const fault = faultOf(kernel, words, binding.sizeOf);
      if (fault) throw new ProgramError(step.failure!, faultText(step.failure!.text, fault));
    }
  }

  #statusBytes(): number {
    return this.#parts.routine.failable * this.#parts.bound.device.facts.alignment;
  }

  /** The value of a buffer on the device, brought there if it is on the host. */
  #onDevice(buffer: number): Block {
    const known = this.#blocks[buffer];
    if (known) return known;
    const { bound: { device }, shared, constants } = this.#parts;
    const { role, index } = this.#buffers[buffer]!;
    const kept = role === "shared"
      ? shared[index]!
      : role === "constant"
      ? constants[index]!
      : this.#handleOf(buffer);
    if (kept) return this.#blocks[buffer] = copyOf(device, kept).block;
    const value = this.#onHost(buffer);
    const block = this.#take(buffer, deviceBytes(value.dtype, value.size));
    device.write(block, packed(value));
    return block;
  }

  /** The value of an argument that is on the device already. */
  #handleOf(buffer: number): Storage | undefined {
    const value = this.#host[buffer];
    return value instanceof GpuArray && !value.isHere ? value.storage : undefined;
  }

  #take(buffer: number, bytes: number): Block {
    const block = this.#parts.bound.device.take(bytes);
    this.#taken += block.bytes;
    this.#blocks[buffer] = block;
    this.#owned.add(buffer);
    return block;
  }

  #dispatch(stage: Extract<Stage, { kind: "device" }>, binding: Binding): void {
    const { bound } = this.#parts;
    for (const { buffers } of stage.kernels) {
      for (const buffer of buffers) {
        if (this.#hasValue(buffer)) this.#onDevice(buffer);
      }
    }
    const { alignment, largestBinding } = bound.device.facts;
    const isLarge = (buffer: number): boolean => this.#bytesOf(buffer) > largestBinding;
    const plans = stage.kernels.map((placed) => binding.plan(placed, isLarge, alignment));
    const params = bound.params(stage, plans);
    let offset = 0;
    stage.kernels.forEach((placed, k) => {
      this.#launch(placed, plans[k]!, params, offset);
      for (const launch of plans[k]!.launches) offset += bound.spaceOf(launch.params);
    });
  }

  #hasValue(buffer: number): boolean {
    const { role } = this.#buffers[buffer]!;
    return role === "shared" || role === "constant" || this.#host[buffer] !== undefined ||
      this.#blocks[buffer] !== undefined;
  }

  #launch(placed: Placed, plan: Planned, params: Block, offset: number): void {
    const { bound } = this.#parts;
    const { device } = bound;
    const workspaces = plan.workspaces.map((words) => device.take(sixteens(4 * words)));
    const partOf = (resource: Resource): BoundPart => {
      switch (resource.kind) {
        case "buffer":
          return this.#bufferPart(resource.buffer, plan.parts.get(resource.buffer));
        case "workspace": {
          const block = workspaces[resource.workspace]!;
          return { block, offset: 0, bytes: sixteens(4 * plan.workspaces[resource.workspace]!) };
        }
        case "status":
          return this.#statusPart(placed);
      }
    };
    for (const buffer of placed.written) this.#bufferPart(buffer, plan.parts.get(buffer));
    const dispatches = bound.dispatches(placed, plan, params, offset, partOf);
    for (const dispatch of dispatches) device.dispatch(dispatch);
    for (const block of workspaces) device.give(block);
    for (const buffer of placed.written) this.#host[buffer] = undefined;
    for (const buffer of placed.last) this.#drop(buffer);
  }

  #bytesOf(buffer: number): number {
    return deviceBytes(this.#buffers[buffer]!.dtype, sizeOf(this.#shapeOf(buffer)));
  }

  #bufferPart(buffer: number, part?: Window): BoundPart {
    const whole = this.#bytesOf(buffer);
    const block = this.#blocks[buffer] ?? this.#take(buffer, whole);
    const { offset, bytes } = part ?? { offset: 0, bytes: whole };
    const { largestBinding, name } = this.#parts.bound.device.facts;
    if (bytes > largestBinding) {
      fail(
        "RangeError",
        `compute with ${bytes} bytes at once on the device "${name}"`,
        `its kernels see at most ${largestBinding} of an array`,
        ['Use smaller batches, or keep the array on the CPU with tag.target = "cpu"'],
      );
    }
    return { block, offset, bytes: sixteens(bytes) };
  }

  /** The words in which a kernel says what it found, made to say that it found nothing. */
  #statusPart(placed: Placed): BoundPart {
    const { device } = this.#parts.bound;
    const { alignment } = device.facts;
    if (this.#status === undefined) {
      this.#status = device.take(this.#statusBytes());
      device.write(this.#status, new Uint32Array(this.#statusBytes() / 4).fill(noFault));
    }
    let checked = this.#checked.find((one) => one.placed === placed);
    if (checked === undefined) {
      checked = { placed, binding: this.#binding!, offset: this.#checked.length * alignment };
      this.#checked.push(checked);
    }
    return { block: this.#status, offset: checked.offset, bytes: 4 * statusWords };
  }

  #drop(buffer: number): void {
    const block = this.#owned.delete(buffer) ? this.#blocks[buffer] : undefined;
    if (block) this.#parts.bound.device.give(block);
    this.#blocks[buffer] = undefined;
  }

  *#runOnHost({ part }: Extract<Stage, { kind: "host" }>, binding: Binding): Steps<void> {
    this.#binding = binding;
    yield* this.#bring(part.args.flatMap((arg) => arg.isShapeOnly ? [] : [arg.buffer]));
    const args = part.args.map(({ buffer, isShapeOnly }) =>
      isShapeOnly
        ? shapeOnly(this.#buffers[buffer]!.dtype, this.#shapes[buffer]!)
        : this.#onHost(buffer)
    );
    const results = runPart(part, args, this.#parts.shared);
    part.results.forEach((buffer, k) => this.#accept(buffer, results[k]!));
  }

  /** Takes a new value from the host. */
  #accept(buffer: number, value: NDArray): void {
    this.#drop(buffer);
    this.#host[buffer] = value;
  }

  *#perform(
    { step, which }: NonNullable<Segment["host"]>,
    binding: Binding,
  ): Steps<void> {
    yield* this.#bring(step.inputs.map(({ buffer }) => buffer));
    const inputs = step.inputs.map((view) => this.#viewed(view, binding));
    const outputs = this.#parts.lowered.hosts[which]!(inputs);
    step.outputs.forEach((buffer, k) => {
      const value = outputs[k]!.dense();
      this.#accept(buffer, value);
      this.#shapes[buffer] = value.shape;
    });
  }

  /** A copy of what a view shows of a buffer on the host. */
  #viewed({ buffer, dtype, offset, shape, strides }: View, binding: Binding): NDArray {
    const lengths = binding.shape(shape);
    if (lengths.includes(0)) return NDArray.of(makeStorage(dtype, 0), lengths, dtype);
    const { data } = this.#onHost(buffer).dense();
    return NDArray.of(data, lengths, dtype, binding.shape(strides), binding.sizeOf(offset)).copy();
  }

  *#results(): Steps<NDArray[]> {
    const { outputs } = this.#parts.lowered.program;
    const binding = this.#binding!;
    const isHanded = ({ buffer }: View, k: number): boolean => {
      const { role, index } = this.#buffers[buffer]!;
      return role === "handed" && index === k;
    };
    const read = outputs.filter((view, k) =>
      !isHanded(view, k) && this.#host[view.buffer] === undefined && this.#owned.has(view.buffer)
    );
    const mustLook = this.#checked.length > 0;
    const answers = read.length > 0 || mustLook
      ? yield* this.#read(read.map((view) => this.#wantedOf(view, binding)))
      : [];
    return outputs.map((view, k) => {
      if (isHanded(view, k)) return this.#handed(view.buffer);
      const at = read.indexOf(view);
      return at < 0
        ? this.#viewed(view, binding)
        : unpacked(answers[at]!, view.dtype, binding.shape(view.shape));
    });
  }

  #wantedOf({ buffer, dtype, offset, shape }: View, binding: Binding): Wanted {
    return {
      block: this.#blocks[buffer]!,
      offset: deviceBytes(dtype, binding.sizeOf(offset)),
      bytes: deviceBytes(dtype, sizeOf(binding.shape(shape))),
    };
  }

  /** A result that stays on the device. */
  #handed(buffer: number): GpuArray {
    const shape = this.#shapeOf(buffer);
    const block = this.#onDevice(buffer);
    this.#owned.delete(buffer);
    return handleOf(this.#parts.bound.device, block, this.#buffers[buffer]!.dtype, shape);
  }

  /** New values of shared variables, when nothing can fail any more. */
  #commit(): void {
    const { lowered: { program }, shared, bound: { device } } = this.#parts;
    for (const { shared: index, value: { buffer, shape } } of program.commits) {
      const block = this.#blocks[buffer];
      if (block === undefined) {
        shared[index]!.write(this.#host[buffer]!);
        continue;
      }
      const lengths = this.#binding!.shape(shape);
      const known = shared[index]!.resident(device) as DeviceCopy | undefined;
      this.#owned.delete(buffer);
      if (known) known.accept(block, lengths);
      else shared[index]!.markNewest(new DeviceCopy(device, shared[index]!, block), lengths);
    }
  }

  #giveBack(): void {
    const { device } = this.#parts.bound;
    for (const buffer of [...this.#owned]) this.#drop(buffer);
    if (this.#status) device.give(this.#status);
    this.#parts.onEnd(this.#taken);
  }
}

/** An array of which nobody looks at the elements. */
function shapeOnly(dtype: DType, shape: readonly number[]): NDArray {
  return NDArray.of(makeStorage(dtype, 0), shape, dtype);
}
