/**
 * @file The target of an open device: what of a program is meant for the device runs there, the rest on
 * the host.
 */

import type { Artifact, Executable, Lowered, StoredBuild, Target } from "../core/kernel/target.ts";
import type { Device } from "./device.ts";
import { GpuExecutable } from "./executable.ts";
import { programShaders } from "./kernels.ts";
import { routineOf } from "./routine.ts";

/** Runs programs on a device and on the host. */
export class GpuTarget implements Target {
  readonly name = "webgpu";
  readonly productScratch: Target["productScratch"];
  readonly sortScratch: Target["sortScratch"];
  readonly customForms: Target["customForms"];
  readonly #host: Target;
  /** The device that is open now. */
  device: Device;

  /**
   * Makes the target.
   *
   * @param device The device.
   * @param host The target of the host.
   */
  constructor(device: Device, host: Target) {
    this.device = device;
    this.#host = host;
    this.productScratch = host.productScratch;
    this.sortScratch = host.sortScratch;
    this.customForms = host.customForms;
  }

  get features(): string {
    return `webgpu ${this.#host.features}`;
  }

  build(lowered: Lowered): { readonly executable: Executable; readonly stored?: StoredBuild } {
    const routine = routineOf(lowered, this.#host, this.device.facts.limits);
    if (routine === undefined) return this.#host.build(lowered);
    return { executable: new GpuExecutable(lowered, routine, () => this.device) };
  }

  restore(stored: StoredBuild): Executable {
    return this.#host.restore(stored);
  }

  describe(lowered: Lowered): readonly Artifact[] {
    return [...this.#host.describe?.(lowered) ?? [], ...programShaders(lowered)];
  }
}
