/**
 * @file A wave of the device at a call: kernels, loops turn by turn, choices.
 *
 * ```text
 * for each work
 *   kernel: its numbers are written down           launched together, in one submission
 *   loop:   for each turn: the works of its body, where the rows of the turn are
 *   loop with a condition:
 *     for each 64 turns
 *       save what turns overwrite; the turns; read who said to be the last one
 *       if one did: bring back what was saved; its turns up to that one
 *   choice: its condition is read where only the device has it; the works of one body
 * ```
 */

import { NDArray } from "../core/array/ndarray.ts";
import type { Binding, Ground } from "./binding.ts";
import type { Bound } from "./bound.ts";
import { deviceBytes, unpacked } from "./copy.ts";
import type { Block, Device, Wanted } from "./device.ts";
import type { Faults } from "./faults.ts";
import { Launcher, Recording } from "./launches.ts";
import type { Memory } from "./memory.ts";
import type { DeviceStage } from "./routine.ts";
import {
  type ChoiceWork,
  type DeviceBody,
  type LoopWork,
  turnsAhead,
  type Until,
  type Work,
} from "./works.ts";

/** What a call reads from the device at a time. */
export type Reads = readonly Wanted[];

/** Asks for reads and is answered with their bytes. */
export type Steps<T> = Generator<Reads, T, Uint8Array<ArrayBuffer>[]>;

/** Carries out steps, with the answers of a device. Blocks the thread. */
export function answered<T>(device: Device, steps: Steps<T>): T {
  try {
    let step = steps.next();
    while (!step.done) step = steps.next(device.read(step.value));
    return step.value;
  } finally {
    steps.return(undefined as T);
  }
}

/** The same, without blocking. */
export async function answeredLater<T>(device: Device, steps: Steps<T>): Promise<T> {
  try {
    let step = steps.next();
    while (!step.done) step = steps.next(await device.readLater(step.value));
    return step.value;
  } finally {
    steps.return(undefined as T);
  }
}

/** The numbers of the program, or of a turn of a body, and where its buffers begin. */
interface Scope {
  readonly binding: Binding;
  readonly ground: Ground;
}

/** Kernels that are written down before they are launched. */
const mostRecorded = 2 ** 14;

/** Runs the waves of the device of one call. */
export class Turns {
  readonly #bound: Bound;
  readonly #memory: Memory;
  readonly #faults: Faults;
  readonly #launcher: Launcher;
  #stage: DeviceStage | undefined;
  #recording = new Recording();
  #launched = 0;

  constructor(bound: Bound, memory: Memory, faults: Faults) {
    this.#bound = bound;
    this.#memory = memory;
    this.#faults = faults;
    this.#launcher = new Launcher(bound, memory, faults);
  }

  /**
   * Runs a wave.
   *
   * @param stage The wave.
   * @param binding The numbers of its segment.
   */
  *run(stage: DeviceStage, binding: Binding): Steps<void> {
    const known = stage.recordings.get(binding);
    if (known) return this.#launcher.launch(stage.keys[0]!, known);
    this.#stage = stage;
    this.#launched = 0;
    // Before anything waits in the device's list, which a copy to it would submit.
    this.#memory.bring(stage.reads);
    const ground = this.#groundOf((own) => own, () => 0);
    yield* this.#works(stage.works, { binding, ground });
    const isWhole = this.#launched === 0;
    const recording = this.#launch();
    if (stage.isSteady && isWhole) stage.recordings.set(binding, recording);
  }

  #groundOf(boundOf: Ground["boundOf"], startOf: Ground["startOf"]): Ground {
    const { alignment, largestBinding } = this.#bound.device.facts;
    const bytesOf = (bound: number): number => this.#memory.bytesOf(bound);
    return { boundOf, startOf, bytesOf, alignment, largestBinding };
  }

  /** Launches what is written down. */
  #launch(): Recording {
    const recording = this.#recording;
    this.#launcher.launch(this.#stage!.keys[this.#launched++] ?? this.#stage!, recording);
    this.#recording = new Recording();
    return recording;
  }

  *#works(works: readonly Work[], scope: Scope): Steps<void> {
    for (const work of works) {
      if (work.kind === "kernel") {
        this.#recording.add(work, scope.binding.plan(work, scope.ground), scope.binding);
        if (this.#recording.launches.length >= mostRecorded) this.#launch();
        continue;
      }
      if (work.kind === "loop") yield* this.#loop(work, scope);
      else yield* this.#choice(work, scope);
      this.#recording.drop(work.last);
    }
  }

  *#loop(loop: LoopWork, scope: Scope): Steps<void> {
    const { step, body, until } = loop;
    const turns = scope.binding.sizeOf(step.turns);
    if (until) yield* this.#until(loop, until, scope, turns);
    else yield* this.#turns(body, scope, 0, turns);
  }

  *#turns(body: DeviceBody, scope: Scope, first: number, end: number): Steps<void> {
    const turns = new Rows(body, scope, this.#memory);
    const ground = this.#groundOf((own) => body.bound[own]!, turns.startOf);
    for (let turn = first; turn < end; turn++) {
      const binding = turns.enter(turn);
      yield* this.#works(body.works, { binding, ground });
    }
  }

  *#until({ body }: LoopWork, until: Until, scope: Scope, most: number): Steps<void> {
    const { flags, dtype, rings, done } = until;
    const room = this.#memory.room(flags, deviceBytes(dtype, turnsAhead));
    const wanted = { block: room, offset: 0, bytes: deviceBytes(dtype, turnsAhead) };
    this.#launch();
    let count = 0;
    let isDone = false;
    while (!isDone) {
      const first = count;
      const end = Math.min(first + turnsAhead, most);
      const saved = this.#save(rings);
      yield* this.#turns(body, scope, first, end);
      this.#launch();
      const [said, ...faults] = yield [wanted, ...this.#faults.wanted];
      const marks = unpacked(said!, dtype, [turnsAhead]);
      const last = turnsFrom(first, end).find((turn) => isSet(marks, turn % turnsAhead));
      count = last === undefined ? end : last + 1;
      isDone = last !== undefined || end === most;
      if (count < end && saved.length > 0) {
        for (const { block, copy } of saved) this.#bound.device.copy(copy, block, block.bytes);
        yield* this.#turns(body, scope, first, count);
        this.#launch();
      } else if (faults[0]) this.#faults.check(faults[0]);
      for (const { copy } of saved) this.#bound.device.give(copy);
    }
    this.#memory.drop(flags);
    this.#memory.accept(done, NDArray.of(BigInt64Array.of(BigInt(count)), [], "int64"));
  }

  /** Copies of what turns overwrite, and of what kernels say about indices. */
  #save(rings: readonly number[]): { block: Block; copy: Block }[] {
    const { device } = this.#bound;
    const memory = this.#memory;
    const blocks = rings.map((buffer) =>
      memory.hasValue(buffer)
        ? memory.onDevice(buffer)
        : memory.room(buffer, memory.bytesOf(buffer))
    );
    const words = this.#faults.open();
    return [...new Set([...blocks, ...words ? [words] : []])].map((block) => {
      const copy = device.take(block.bytes);
      device.copy(block, copy, block.bytes);
      return { block, copy };
    });
  }

  *#choice({ step, condition, bodies }: ChoiceWork, scope: Scope): Steps<void> {
    const { dtype, offset, buffer } = step.condition;
    const at = scope.binding.sizeOf(offset) + scope.ground.startOf(buffer);
    if (this.#recording.touched.has(condition)) this.#launch();
    let isTrue: boolean;
    if (this.#memory.isAway(condition)) {
      const block = this.#memory.blockOf(condition)!;
      const bytes = deviceBytes(dtype, 1);
      const [read] = yield [{ block, offset: deviceBytes(dtype, at), bytes }];
      isTrue = isSet(unpacked(read!, dtype, [1]), 0);
    } else isTrue = isSet(this.#memory.onHost(condition).dense(), at);
    yield* this.#turns(bodies[isTrue ? 0 : 1], scope, 0, 1);
  }
}

/** Where the rows of a body's turns are, and the numbers of each turn. */
class Rows {
  readonly #body: DeviceBody;
  readonly #around: Scope;
  readonly #memory: Memory;
  readonly #starts: number[] = [];
  readonly #walks: readonly Walked[];
  #binding: Binding | undefined;

  constructor(body: DeviceBody, around: Scope, memory: Memory) {
    this.#body = body;
    this.#around = around;
    this.#memory = memory;
    const { binding, ground } = around;
    this.#walks = body.rows.flatMap((row, buffer) =>
      row === undefined ? [] : [{
        buffer,
        first: binding.sizeOf(row.offset) + (row.around === null ? 0 : ground.startOf(row.around)),
        stride: binding.sizeOf(row.stride),
        phase: row.phase,
        ring: row.ring ?? Infinity,
      }]
    );
  }

  readonly startOf = (own: number): number => this.#starts[own] ?? 0;

  /** Goes to a turn. */
  enter(turn: number): Binding {
    for (const { buffer, first, stride, phase, ring } of this.#walks) {
      this.#starts[buffer] = first + ((turn + phase) % ring) * stride;
    }
    if (this.#binding && this.#body.elements.length === 0) return this.#binding;
    this.#binding = this.#bind();
    this.#memory.bind(this.#body.home, this.#binding);
    return this.#binding;
  }

  #bind(): Binding {
    const { body: { program, inputs, outputs }, checks, sources, rows, inside } = this.#body;
    const { binding: around } = this.#around;
    const rowOf = (buffer: number): typeof inputs[number] => {
      const { role, index } = program.buffers[buffer]!;
      return (role === "argument" ? inputs : outputs)[index]!;
    };
    const binding = around.inside(this.#body, sources).of(
      (buffer) => around.shape(rowOf(buffer).shape),
      (buffer) => {
        const { value } = rowOf(buffer);
        if (value) return around.sizeOf(value);
        const { data } = this.#memory.onHost(rows[buffer]!.bound).dense();
        return Number(data[this.startOf(buffer)]);
      },
    );
    binding.check(checks, inside);
    return binding;
  }
}

/** Where the rows of a buffer are, in elements: at turn `t` as {@linkcode Row} says. */
interface Walked {
  readonly buffer: number;
  readonly first: number;
  readonly stride: number;
  readonly phase: number;
  readonly ring: number;
}

function isSet({ data }: NDArray, at: number): boolean {
  return Number(data[at]) !== 0;
}

function turnsFrom(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, k) => first + k);
}
