/**
 * @file A program that runs on a device and on the host.
 *
 * ```text
 * for each segment
 *   numbers of the segment; its checks
 *   for each stage
 *     what it reads is brought to its side       all in one read, or one write each
 *     device: kernels, loops, choices wait in a list      host: a program of the host's target
 *   the op that ends the segment, on the host
 * one read of all results, and of what index checks say
 * new values of shared variables
 * ```
 *
 * A call that returns nothing to the host only submits. The text above stands once, as a generator
 * that asks for reads; `run` answers at once, `runLater` when the device has them.
 */

import type { NDArray } from "../core/array/ndarray.ts";
import { Storage } from "../core/array/storage.ts";
import type { DeviceUse, Executable, Lowered } from "../core/kernel/target.ts";
import { Call } from "./call.ts";
import type { Device } from "./device.ts";
import { Bound } from "./bound.ts";
import type { Routine } from "./routine.ts";
import { measured } from "./timing.ts";
import { answered, answeredLater, type Steps } from "./turns.ts";

/** A program on a device and the host. */
export class GpuExecutable implements Executable {
  readonly #lowered: Lowered;
  readonly #routine: Routine;
  readonly #device: () => Device;
  readonly #constants: readonly Storage[];
  #bound: Bound | undefined;
  #told: ((use: DeviceUse) => void) | undefined;
  /** Of the device; what waves of the host take is the host's. */
  workspaceBytes = 0;

  /**
   * Prepares calls.
   *
   * @param lowered The program.
   * @param routine The program taken apart.
   * @param device Gives the device that is open now.
   */
  constructor(lowered: Lowered, routine: Routine, device: () => Device) {
    this.#lowered = lowered;
    this.#routine = routine;
    this.#device = device;
    this.#constants = lowered.constants.map((value) => new Storage(value));
  }

  run(args: readonly NDArray[], shared: readonly Storage[]): NDArray[] {
    const device = this.#device();
    return answered(device, this.#begin(device, args, shared));
  }

  async runLater(args: readonly NDArray[], shared: readonly Storage[]): Promise<NDArray[]> {
    const device = this.#device();
    return await answeredLater(device, this.#begin(device, args, shared));
  }

  measure(told: (use: DeviceUse) => void): void {
    this.#told = told;
  }

  #begin(
    device: Device,
    args: readonly NDArray[],
    shared: readonly Storage[],
  ): Steps<NDArray[]> {
    if (this.#bound?.device !== device) this.#bound = new Bound(device);
    const call = new Call({
      lowered: this.#lowered,
      routine: this.#routine,
      bound: this.#bound,
      constants: this.#constants,
      args,
      shared,
      onEnd: (bytes) => this.workspaceBytes = bytes,
    });
    return this.#told ? measured(device, call.run(), this.#told) : call.run();
  }

  free(): void {
    this.#bound?.free();
    this.#bound = undefined;
    for (const constant of this.#constants) constant.release();
    for (const { stages } of this.#routine.segments) {
      for (const stage of stages) if (stage.kind === "host") stage.part.executable.free();
    }
  }
}
