/**
 * @file What a program has on a device between calls: its pipelines, the parameters of its kernels, and
 * what its dispatches bind.
 */

import type { Plan, Resource, Shader } from "./code.ts";
import type { Block, Device } from "./device.ts";
import type { Access, Part } from "./machine.ts";
import type { Placed } from "./works.ts";

/** Bound memory that is remembered before all is forgotten. */
const mostGroups = 1024;

/** The parameters of some kernels on the device. */
export interface Params {
  readonly block: Block;
  /** What is written there: the plans of the kernels. */
  readonly plans: readonly Plan[];
  /** Where the parameters of each plan begin, launch after launch. */
  readonly offsets: ReadonlyMap<Plan, number>;
}

/** A resource of a kernel that is a block, and how much of it is bound. */
export interface BoundPart {
  readonly block: Block;
  readonly offset: number;
  readonly bytes: number;
}

/** A program's things on one device. */
export class Bound {
  readonly device: Device;
  readonly #params = new Map<object, Params>();
  readonly #groups = new Map<string, number>();
  readonly #pipelines = new Map<Shader, number>();

  constructor(device: Device) {
    this.device = device;
  }

  #pipelineOf(shader: Shader): number {
    const known = this.#pipelines.get(shader);
    if (known !== undefined) return known;
    const { text } = shader;
    const made = this.device.pipeline(text, accessOf(text));
    this.#pipelines.set(shader, made);
    return made;
  }

  /**
   * Writes the parameters of kernels, unless they are there. Launches have them one after the other,
   * each at a multiple of the alignment; equal plans have the same.
   *
   * @param key What they are kept under: others under it are overwritten.
   * @param plans What the kernels do.
   */
  params(key: object, plans: readonly Plan[]): Params {
    const known = this.#params.get(key);
    if (known && isSame(known.plans, plans)) return known;
    const offsets = new Map<Plan, number>();
    let total = 0;
    for (const plan of plans) {
      if (offsets.has(plan)) continue;
      offsets.set(plan, total);
      for (const { params } of plan.launches) total += this.#spaceOf(params);
    }
    const data = new Uint8Array(total);
    for (const [plan, start] of offsets) {
      let offset = start;
      for (const { params } of plan.launches) {
        data.set(new Uint8Array(params.buffer, params.byteOffset, params.byteLength), offset);
        offset += this.#spaceOf(params);
      }
    }
    const block = this.#room(known, total);
    this.device.write(block, data);
    const made = { block, plans, offsets };
    this.#params.set(key, made);
    return made;
  }

  #room(known: Params | undefined, bytes: number): Block {
    if (known && known.block.bytes >= bytes) return known.block;
    if (known) {
      this.#forget();
      this.device.destroy(known.block);
    }
    return this.device.takeKept(bytes, "uniform");
  }

  /** Bytes that the parameters of a launch take. */
  #spaceOf(params: Uint32Array): number {
    const { alignment } = this.device.facts;
    return Math.ceil(params.byteLength / alignment) * alignment;
  }

  /**
   * Gives the device what a kernel launches.
   *
   * @param placed The kernel.
   * @param plan What it does.
   * @param params Where its parameters are, among others'.
   * @param partOf The memory of a resource.
   */
  dispatch(
    placed: Pick<Placed, "code">,
    plan: Plan,
    params: Params,
    partOf: (resource: Resource) => BoundPart,
  ): void {
    let offset = params.offsets.get(plan)!;
    for (const { shader: which, params: words, groups } of plan.launches) {
      if (groups[0] * groups[1] > 0) {
        const shader = placed.code.shaders[which]!;
        const pipeline = this.#pipelineOf(shader);
        const uniform = { block: params.block, offset: 0, bytes: sixteens(words.byteLength) };
        const group = this.#group(pipeline, [uniform, ...shader.resources.map(partOf)]);
        this.device.dispatch({ pipeline, group, offset, groups });
      }
      offset += this.#spaceOf(words);
    }
  }

  #group(pipeline: number, parts: readonly BoundPart[]): number {
    const text = parts.map(({ block, offset, bytes }) => `${block.id}:${offset}:${bytes}`).join();
    const key = `${pipeline} ${text}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    if (this.#groups.size >= mostGroups) this.#forget();
    const made = this.device.group(
      pipeline,
      parts.map(({ block, offset, bytes }): Part => ({ buffer: block.id, offset, bytes })),
    );
    this.#groups.set(key, made);
    return made;
  }

  /** Lets go of what was bound; dispatches that wait for it are submitted first. */
  #forget(): void {
    this.device.submit();
    for (const group of this.#groups.values()) this.device.dropGroup(group);
    this.#groups.clear();
  }

  /** Gives everything back. */
  free(): void {
    this.#forget();
    for (const { block } of this.#params.values()) this.device.destroy(block);
    this.#params.clear();
  }
}

/** Whether two lists have the same plans. */
function isSame(x: readonly Plan[], y: readonly Plan[]): boolean {
  return x === y || (x.length === y.length && x.every((plan, k) => plan === y[k]));
}

/** What a shader does with each of its bindings: a layout must say the same. */
function accessOf(text: string): Access[] {
  const declared = text.matchAll(/var<storage, (read|read_write)>/g);
  return [...declared].map(([, access]) => access === "read" ? "read" : "write");
}

/** The next multiple of 16, and not none. */
export function sixteens(bytes: number): number {
  return Math.max(16, Math.ceil(bytes / 16) * 16);
}
