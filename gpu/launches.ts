/**
 * @file What the device is about to do: kernels with their numbers, in order, written down first and
 * launched together, so that the parameters of all of them are written at once.
 */

import { fail } from "../core/errors.ts";
import type { Binding, BufferPart, Planned } from "./binding.ts";
import { type Bound, type BoundPart, type Params, sixteens } from "./bound.ts";
import type { Resource } from "./code.ts";
import type { Block } from "./device.ts";
import type { Faults } from "./faults.ts";
import type { Memory } from "./memory.ts";
import type { Placed } from "./works.ts";

/** A kernel and what it does; then the buffers that nothing needs any more. */
export interface Launch {
  readonly placed: Placed;
  readonly plan: Planned;
  readonly binding: Binding;
  readonly last: readonly number[];
}

/** Kernels in order. */
export class Recording {
  readonly launches: Launch[] = [];
  readonly plans: Planned[] = [];
  /** The buffers that kernels touch. */
  readonly touched = new Set<number>();

  /** Adds a kernel. */
  add(placed: Placed, plan: Planned, binding: Binding): void {
    this.launches.push({ placed, plan, binding, last: placed.last });
    this.plans.push(plan);
    for (const buffer of placed.buffers) this.touched.add(buffer);
  }

  /** Says that nothing needs some buffers after what was added so far. */
  drop(buffers: readonly number[]): void {
    const before = this.launches.pop();
    if (before) this.launches.push({ ...before, last: [...before.last, ...buffers] });
  }
}

/** Launches kernels of a call. */
export class Launcher {
  readonly #bound: Bound;
  readonly #memory: Memory;
  readonly #faults: Faults;

  constructor(bound: Bound, memory: Memory, faults: Faults) {
    this.#bound = bound;
    this.#memory = memory;
    this.#faults = faults;
  }

  /**
   * Gives the device what was recorded.
   *
   * @param key What the parameters are kept under.
   * @param recording The kernels.
   */
  launch(key: object, { launches, plans, touched }: Recording): void {
    if (launches.length === 0) return;
    this.#memory.bring(touched);
    const params = this.#bound.params(key, plans);
    for (const launch of launches) this.#launch(launch, params);
  }

  #launch({ placed, plan, binding, last }: Launch, params: Params): void {
    const { device } = this.#bound;
    const memory = this.#memory;
    const workspaces = plan.workspaces.map((words) => device.take(sixteens(4 * words)));
    const partOf = (resource: Resource): BoundPart => {
      switch (resource.kind) {
        case "buffer":
          return this.#part(resource.buffer, plan.parts.get(resource.buffer)!);
        case "workspace":
          return wordsOf(workspaces[resource.workspace]!, plan.workspaces[resource.workspace]!);
        case "status":
          return this.#faults.part(placed, binding);
      }
    };
    for (const buffer of placed.written) this.#part(buffer, plan.parts.get(buffer)!);
    this.#bound.dispatch(placed, plan, params, partOf);
    for (const block of workspaces) device.give(block);
    for (const buffer of placed.written) memory.written(buffer);
    for (const buffer of last) memory.drop(buffer);
  }

  #part(buffer: number, { whole, offset, bytes }: BufferPart): BoundPart {
    const { largestBinding, name } = this.#bound.device.facts;
    if (bytes > largestBinding) {
      fail(
        "RangeError",
        `compute with ${bytes} bytes at once on the device "${name}"`,
        `its kernels see at most ${largestBinding} of an array`,
        ['Use smaller batches, or keep the array on the CPU with tag.target = "cpu"'],
      );
    }
    return { block: this.#memory.room(buffer, whole), offset, bytes: sixteens(bytes) };
  }
}

function wordsOf(block: Block, words: number): BoundPart {
  return { block, offset: 0, bytes: sixteens(4 * words) };
}
