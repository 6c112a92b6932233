/**
 * @file The target of an open device: what of a program is meant for the device runs there, the rest on
 * the host.
 */

import { internal } from "../core/errors.ts";
import { restoredProgram } from "../core/kernel/stored_program.ts";
import type {
  Artifact,
  Build,
  Executable,
  Lowered,
  StoredBuild,
  Target,
} from "../core/kernel/target.ts";
import { choiceOf } from "./candidates.ts";
import type { Device } from "./device.ts";
import { GpuExecutable } from "./executable.ts";
import { kernelCode, programShaders } from "./kernels.ts";
import { type Routine, routineOf } from "./routine.ts";
import { defaultSchedules, type Schedules } from "./schedules.ts";
import { type CodeOf, isOfDevice, KeptParts, NewParts } from "./stored.ts";

/** Runs programs on a device and on the host. */
export class GpuTarget implements Target {
  readonly name = "webgpu";
  readonly productScratch: Target["productScratch"];
  readonly sortScratch: Target["sortScratch"];
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
    this.sortScratch = host.sortScratch;
    this.customForms = host.customForms;
  }

  /** With all that shaders depend on, so that what is kept for one device is not used by another. */
  get features(): string {
    const { limits } = this.device.facts;
    const [own, usual] = [this.schedules, defaultSchedules].map((s) => JSON.stringify(choiceOf(s)));
    const chosen = own === usual ? [] : [own];
    return [this.name, JSON.stringify(limits), ...chosen, this.#host.features].join(" ");
  }

  get #codeOf(): CodeOf {
    const { device: { facts: { limits } }, schedules } = this;
    return (kernel) => kernelCode(kernel, limits, schedules);
  }

  build(lowered: Lowered): Build {
    const parts = new NewParts(this.#host, this.#codeOf);
    const routine = routineOf(lowered, parts, parts.codeOf);
    if (routine === undefined) return this.#host.build(lowered);
    const executable = this.#executable(lowered, routine);
    return lowered.hosts.length > 0
      ? { executable }
      : { executable, keep: () => parts.kept(lowered) };
  }

  restore(stored: StoredBuild): Executable {
    if (!isOfDevice(stored)) return this.#host.restore(stored);
    const parts = new KeptParts(stored, this.#host, this.#codeOf);
    const lowered = restoredProgram(stored.sections);
    const routine = routineOf(lowered, parts, parts.codeOf);
    if (routine === undefined) internal("restore a build", "it has no kernels", "gpu/target.ts");
    return this.#executable(lowered, routine);
  }

  #executable(lowered: Lowered, routine: Routine): Executable {
    return new GpuExecutable(lowered, routine, () => this.device);
  }

  describe(lowered: Lowered): readonly Artifact[] {
    return [...this.#host.describe?.(lowered) ?? [], ...programShaders(lowered)];
  }
}
