/**
 * @file The device that functions are compiled for: opened by the flags at import, or by `gpu.use`.
 */

import { config } from "../config/config.ts";
import { fail, internal, raise } from "../errors.ts";
import { warn } from "../host/warn.ts";
import { writeStderr } from "../host/host.ts";
import type { Target } from "../kernel/target.ts";
import { setContexts } from "../ops/transfer.ts";
import { type Given, optional } from "../tensor/arguments.ts";

/** A device that was opened. */
export interface OpenDevice {
  /** What its maker calls it. */
  readonly name: string;
  /** Whether it computes with float16. */
  readonly hasFloat16: boolean;
  /** Runs functions there, and on the host what it cannot. */
  readonly target: Target;
}

/** Opens a device by its name; `tune` asks to measure it, unless that was done before. */
export type DeviceOpener = (
  name: string,
  options: { readonly tune: boolean },
) => Promise<OpenDevice>;

let opener: DeviceOpener | undefined;
let open: (Omit<OpenDevice, "name"> & { readonly moves: boolean }) | undefined;

/** Binds what opens devices. Called by `mod.ts`, once. */
export function bindDeviceOpener(given: DeviceOpener): void {
  opener = given;
}

/** The target of the open device, if there is one. */
export function deviceTarget(): Target | undefined {
  return open?.target;
}

/** Whether work moves to the open device by itself. */
export function movesToDevice(): boolean {
  return open?.moves ?? false;
}

/** The rewrites that are on because of the open device. */
export function deviceTags(): readonly string[] {
  if (!movesToDevice()) return [];
  return ["gpuarray", ...open!.hasFloat16 ? ["gpuarray_float16"] : []];
}

/** Options of {@linkcode use}. */
export interface UseOptions {
  /** Whether it is an error that there is no such device; otherwise a warning says so. */
  readonly force?: boolean;
  /** Whether what is compiled from now on computes there what it can. By default true. */
  readonly defaultToMoveComputationToGpu?: boolean;
  /**
   * Whether to measure how kernels are cut up best for this adapter, unless the compile directory
   * has its machine profile. Takes seconds, once; by default false.
   */
  readonly tune?: boolean;
}

/**
 * Opens a device for the functions that are compiled from now on, or the CPU again. A device that was
 * lost is opened anew.
 *
 * Theano: `theano.gpuarray.use`.
 *
 * @param device `"webgpu"`, or Theano's words for it: `"gpu"`, `"cuda"`, `"cuda0"`, `"opencl0:0"`;
 *   `"cpu"` for none.
 * @param given Whether it must be there, whether work moves to it, and whether it is measured.
 * @throws {RuntimeError} If there is no such device and `force` is set.
 */
export async function use(
  device: string,
  ...given: Given<UseOptions, [force?: boolean, defaultToMoveComputationToGpu?: boolean]>
): Promise<void> {
  const { force = false, defaultToMoveComputationToGpu: moves = true, tune = false } = optional<
    UseOptions
  >("use", ["force", "defaultToMoveComputationToGpu", "tune"], given);
  if (device === "cpu") return close();
  await openAs([null], device, { force, moves, tune });
}

/** Opens a device under names; null is the context of what names none. */
async function openAs(
  names: readonly (string | null)[],
  device: string,
  { force, moves, tune }: {
    readonly force: boolean;
    readonly moves: boolean;
    readonly tune: boolean;
  },
): Promise<void> {
  if (!/^(webgpu|gpu|cuda|opencl)/.test(device)) {
    fail("ValueError", `use the device "${device}"`, "there is no such kind of device", [
      "Devices are cpu and webgpu; gpu, cuda0 and opencl0:0 are other words for webgpu",
    ]);
  }
  try {
    const { name, ...opened } = await (opener ?? unbound())(device, { tune });
    open = { ...opened, moves };
    setContexts(["gpu", ...names.filter((name) => name !== null)], opened.hasFloat16);
    if (!config.print_active_device) return;
    for (const context of names) {
      writeStderr(`Mapped name ${context ?? "None"} to device ${device}: ${name}\n`);
    }
  } catch (error) {
    if (force || !(error instanceof Error)) throw error;
    const [first, ...hints] = error.message.split("\n");
    warn("RuntimeWarning", [`${first}, so the CPU is used`, ...hints].join("\n"));
  }
}

function close(): void {
  open = undefined;
  setContexts([]);
}

function unbound(): never {
  return internal("open a device", "nothing is bound that does", "mod.ts");
}

/**
 * Opens the device that the flags ask for. Called by `mod.ts`, where they ask for one.
 *
 * @throws {RuntimeError} If it cannot be had and the flag `force_device` is set.
 */
export async function useFlags(): Promise<void> {
  const { device, init_gpu_device: only, force_device: force } = config;
  if (only !== "" && device !== "cpu") {
    raise("ValueError", "you must set device=cpu to use init_gpu_device.");
  }
  const named = contextsOfFlag();
  if (only !== "") await use(only, { force, defaultToMoveComputationToGpu: false });
  else if (named.length === 0) await use(device, { force });
  else {
    const first = device === "cpu" ? firstOf(named[0]!.device) : device;
    const names = named.map(({ name }) => name);
    await openAs(device === "cpu" ? names : [null, ...names], first, {
      force,
      moves: true,
      tune: false,
    });
  }
}

/** The names that the flag `contexts` gives to devices: all to the one that WebGPU shows. */
function contextsOfFlag(): { readonly name: string; readonly device: string }[] {
  const named = config.contexts.split(";").filter((pair) => pair !== "").map((pair) => {
    const [name, device] = pair.split("->") as [string, string];
    return { name, device };
  });
  for (const { name, device } of named) {
    if (device === firstOf(device)) continue;
    warn(
      "RuntimeWarning",
      `Cannot map "${name}" to the device "${device}": WebGPU shows a program one adapter, which ` +
        "it is mapped to",
    );
  }
  return named;
}

/** The word for a device, with the number of the first one. */
function firstOf(device: string): string {
  return device.replace(/[1-9]\d*/, "0");
}

/** Whether the flags ask for a device. */
export function flagsAskForDevice(): boolean {
  const { device, init_gpu_device: only, force_device: force } = config;
  return device !== "cpu" || ((only !== "" || config.contexts !== "") && !force);
}
