/**
 * @file The target of an open device: what of a program is meant for the device runs there, the rest on
 * the host.
 */

import type { Artifact, Executable, Lowered, StoredBuild, Target } from "../core/kernel/target.ts";
import { choiceOf } from "./candidates.ts";
import type { Device } from "./device.ts";
import { GpuExecutable } from "./executable.ts";
import { programShaders } from "./kernels.ts";
import { routineOf } from "./routine.ts";
import { defaultSchedules, type Schedules } from "./schedules.ts";

/** Runs programs on a device and on the host. */
export class GpuTarget implements Target {
  readonly name = "webgpu";
  readonly productScratch: Target["productScratch"];
  readonly customForms: Target["customForms"];
  readonly #host: Target;
  /** The device that is open now. */
  device: Device;
  /** How kernels are cut up for it in what is built from now on. */
  schedules: Schedules = defaultSchedules;

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
    this.customForms = host.customForms;
  }

  get features(): string {
    const [own, usual] = [this.schedules, defaultSchedules].map((s) => JSON.stringify(choiceOf(s)));
    return [this.name, this.#host.features, ...own === usual ? [] : [own]].join(" ");
  }

  build(lowered: Lowered): { readonly executable: Executable; readonly stored?: StoredBuild } {
    const routine = routineOf(lowered, this.#host, this.device.facts.limits, this.schedules);
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
