/**
 * @file One call of a program on a device and the host.
 */

import type { GpuArray } from "../core/array/gpu_array.ts";
import { NDArray } from "../core/array/ndarray.ts";
import { sizeOf } from "../core/array/shape.ts";
import { makeStorage } from "../core/dtype/dtype.ts";
import type { View } from "../core/kernel/program.ts";
import type { Lowered } from "../core/kernel/target.ts";
import type { Binding } from "./binding.ts";
import type { Bound } from "./bound.ts";
import { deviceBytes, DeviceCopy, handleOf, unpacked } from "./copy.ts";
import type { Wanted } from "./device.ts";
import { Faults } from "./faults.ts";
import { runPart } from "./host_part.ts";
import { type Given, Memory } from "./memory.ts";
import type { HostStage, Routine, Segment } from "./routine.ts";
import { type Reads, type Steps, Turns } from "./turns.ts";

/** What a call is made of. */
export interface CallParts extends Given {
  readonly lowered: Lowered;
  readonly routine: Routine;
  readonly bound: Bound;
  /** Told how many bytes of the device the call took for values of its own. */
  readonly onEnd: (workspaceBytes: number) => void;
}

/** One call. */
export class Call {
  readonly #parts: CallParts;
  readonly #memory: Memory;
  readonly #faults: Faults;
  readonly #turns: Turns;
  #binding: Binding | undefined;

  constructor(parts: CallParts) {
    const { bound, routine } = parts;
    this.#parts = parts;
    this.#memory = new Memory(bound.device, routine, parts);
    this.#faults = new Faults(bound.device, routine.failable);
    this.#turns = new Turns(bound, this.#memory, this.#faults);
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
      this.#memory.close();
      this.#faults.close();
      this.#parts.onEnd(this.#memory.takenBytes);
      device.leave(epoch);
    }
  }

  *#segment(segment: Segment): Steps<void> {
    const binding = this.#binding = yield* this.#bind(segment);
    this.#memory.bind(0, binding);
    for (const stage of segment.stages) {
      if (stage.kind === "host") yield* this.#runOnHost(stage);
      else {
        yield* this.#bring(stage.elements);
        yield* this.#turns.run(stage, binding);
      }
    }
    if (segment.host) yield* this.#perform(segment.host, binding);
  }

  *#bind({ bindings, checks }: Segment): Steps<Binding> {
    const { values } = bindings.sources;
    yield* this.#bring(values);
    const binding = bindings.of(
      (buffer) => this.#memory.shapeOf(buffer),
      (buffer) => Number(this.#memory.onHost(buffer).item<number | bigint | boolean>()),
    );
    binding.check(checks);
    return binding;
  }

  /** Copies to the host what of some buffers is on the device only, in one read. */
  *#bring(buffers: readonly number[]): Steps<void> {
    const away = buffers.filter((buffer) => this.#memory.isAway(buffer));
    if (away.length === 0) return;
    const answers = yield* this.#read(away.map((buffer) => this.#memory.whole(buffer)));
    away.forEach((buffer, k) => this.#memory.arrived(buffer, answers[k]!));
  }

  /** Reads from the device, and looks what index checks said. */
  *#read(wanted: Reads): Steps<Uint8Array<ArrayBuffer>[]> {
    const faults = this.#faults.wanted;
    const answers = yield [...faults, ...wanted];
    if (faults.length > 0) this.#faults.check(answers[0]!);
    return answers.slice(faults.length);
  }

  *#runOnHost({ part }: HostStage): Steps<void> {
    yield* this.#bring(part.args.flatMap((arg) => arg.isShapeOnly ? [] : [arg.buffer]));
    const args = part.args.map(({ buffer, isShapeOnly }) =>
      isShapeOnly ? this.#memory.shapeOnly(buffer) : this.#memory.onHost(buffer)
    );
    const results = runPart(part, args, this.#parts.shared);
    part.results.forEach((buffer, k) => this.#memory.accept(buffer, results[k]!));
  }

  *#perform(
    { step, which }: NonNullable<Segment["host"]>,
    binding: Binding,
  ): Steps<void> {
    yield* this.#bring(step.inputs.map(({ buffer }) => buffer));
    const inputs = step.inputs.map((view) => this.#viewed(view, binding));
    const outputs = this.#parts.lowered.hosts[which]!(inputs);
    step.outputs.forEach((buffer, k) => this.#memory.accept(buffer, outputs[k]!.dense()));
  }

  /** A copy of what a view shows of a buffer on the host. */
  #viewed({ buffer, dtype, offset, shape, strides }: View, binding: Binding): NDArray {
    const lengths = binding.shape(shape);
    if (lengths.includes(0)) return NDArray.of(makeStorage(dtype, 0), lengths, dtype);
    const { data } = this.#memory.onHost(buffer).dense();
    return NDArray.of(data, lengths, dtype, binding.shape(strides), binding.sizeOf(offset)).copy();
  }

  *#results(): Steps<NDArray[]> {
    const { outputs } = this.#parts.lowered.program;
    const binding = this.#binding!;
    const isHanded = ({ buffer }: View, k: number): boolean => {
      const { role, index } = this.#parts.routine.buffers[buffer]!;
      return role === "handed" && index === k;
    };
    const read = outputs.filter((view, k) =>
      !isHanded(view, k) && this.#memory.isAway(view.buffer)
    );
    const answers = read.length > 0 || this.#faults.isAsked
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
      block: this.#memory.blockOf(buffer)!,
      offset: deviceBytes(dtype, binding.sizeOf(offset)),
      bytes: deviceBytes(dtype, sizeOf(binding.shape(shape))),
    };
  }

  /** A result that stays on the device. */
  #handed(buffer: number): GpuArray {
    const memory = this.#memory;
    const block = memory.onDevice(buffer);
    memory.release(buffer);
    const { device } = this.#parts.bound;
    return handleOf(device, block, memory.dtypeOf(buffer), memory.shapeOf(buffer));
  }

  /** New values of shared variables, when nothing can fail any more. */
  #commit(): void {
    const { lowered: { program }, shared, bound: { device } } = this.#parts;
    for (const { shared: index, value: { buffer, shape } } of program.commits) {
      const block = this.#memory.blockOf(buffer);
      if (block === undefined) {
        shared[index]!.write(this.#memory.onHost(buffer));
        continue;
      }
      const lengths = this.#binding!.shape(shape);
      const known = shared[index]!.resident(device) as DeviceCopy | undefined;
      this.#memory.release(buffer);
      if (known) known.accept(block, lengths);
      else shared[index]!.markNewest(new DeviceCopy(device, shared[index]!, block), lengths);
    }
  }
}
