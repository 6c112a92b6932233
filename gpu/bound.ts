/**
 * @file What a program has on a device between calls: its pipelines, the parameters of its kernels, and
 * what its dispatches bind.
 */

import type { Plan, Resource, Shader } from "./code.ts";
import type { Block, Device } from "./device.ts";
import type { Access, Dispatch, Part } from "./machine.ts";
import type { Placed } from "./routine.ts";

/** Bound memory that is remembered before all is forgotten. */
const mostGroups = 1024;

/** The parameters of the kernels of a stage. */
interface Params {
  readonly block: Block;
  /** What is written there: the plans of the kernels. */
  plans: readonly Plan[];
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
    const known = this.#pipelines.get(shader) ??
      this.device.pipeline(shader.text, accessOf(shader.text));
    this.#pipelines.set(shader, known);
    return known;
  }

  /**
   * Writes the parameters of a stage's kernels, unless they are there.
   *
   * @param stage The stage.
   * @param plans What its kernels do, in order.
   * @returns Where they are; launches one after the other, each at a multiple of the alignment.
   */
  params(stage: object, plans: readonly Plan[]): Block {
    const known = this.#params.get(stage);
    const isWritten = known?.plans.length === plans.length &&
      known.plans.every((plan, k) => plan === plans[k]);
    if (isWritten) return known.block;
    const launches = plans.flatMap((plan) => plan.launches);
    const total = launches.reduce((sum, { params }) => sum + this.spaceOf(params), 0);
    const data = new Uint8Array(total);
    let offset = 0;
    for (const { params } of launches) {
      data.set(new Uint8Array(params.buffer, params.byteOffset, params.byteLength), offset);
      offset += this.spaceOf(params);
    }
    const block = this.#room(known, total);
    this.device.write(block, data);
    this.#params.set(stage, { block, plans });
    return block;
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
  spaceOf(params: Uint32Array): number {
    const { alignment } = this.device.facts;
    return Math.ceil(params.byteLength / alignment) * alignment;
  }

  /**
   * The dispatches of a kernel.
   *
   * @param placed The kernel.
   * @param plan What it does.
   * @param params Where the stage's parameters are.
   * @param offset Where its own begin there.
   * @param partOf The memory of a resource.
   */
  dispatches(
    placed: Pick<Placed, "code">,
    plan: Plan,
    params: Block,
    offset: number,
    partOf: (resource: Resource) => BoundPart,
  ): Dispatch[] {
    let at = offset;
    return plan.launches.flatMap((launch) => {
      const shader = placed.code.shaders[launch.shader]!;
      const uniform = { block: params, offset: at, bytes: sixteens(launch.params.byteLength) };
      at += this.spaceOf(launch.params);
      if (launch.groups[0] * launch.groups[1] === 0) return [];
      const pipeline = this.#pipelineOf(shader);
      const group = this.#group(pipeline, [uniform, ...shader.resources.map(partOf)]);
      return [{ pipeline, group, groups: launch.groups }];
    });
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

/** What a shader does with each of its bindings: a layout must say the same. */
function accessOf(text: string): Access[] {
  const declared = text.matchAll(/var<storage, (read|read_write)>/g);
  return [...declared].map(([, access]) => access === "read" ? "read" : "write");
}

/** The next multiple of 16, and not none. */
export function sixteens(bytes: number): number {
  return Math.max(16, Math.ceil(bytes / 16) * 16);
}
