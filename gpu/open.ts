/**
 * @file Finding a graphics adapter, and looking whether what it says can be read without waiting.
 */

import { fail } from "../core/errors.ts";
import type { Target } from "../core/kernel/target.ts";
import { choiceOf, schedulesOf } from "./candidates.ts";
import type { DeviceFacts } from "./code.ts";
import { Device } from "./device.ts";
import { LocalMachine } from "./machine.ts";
import { defaultSchedules, type Schedules } from "./schedules.ts";
import { GpuTarget } from "./target.ts";
import { tune as measured, type Tuned, type TuneOptions } from "./tune.ts";
import { threadOf, WorkerMachine } from "./worker.ts";

/** Optional features that kernels and profiles may use. */
const wantedFeatures: readonly GPUFeatureName[] = ["shader-f16", "timestamp-query", "subgroups"];

const advice = [
  "Install the graphics driver with its Vulkan part; without a card, Debian's " +
  "mesa-vulkan-drivers and libvulkan1 compute in software",
  "Or set device=cpu",
];

const targets = new Map<Target, GpuTarget>();

/** Where what was measured of devices is kept: the machine profiles. */
export interface ProfileStore {
  /** What was kept for an adapter of this name, of whatever form; undefined if nothing was. */
  read(adapter: string): unknown;
  /** Keeps it. */
  write(adapter: string, schedules: unknown): void;
}

/** What a target is made with. */
export interface TargetOptions {
  /** The target of what stays on the host. */
  readonly host: Target;
  readonly profiles: ProfileStore;
  /** Whether to measure which schedules are the fastest where no profile says so, and on what. */
  readonly tune: boolean | TuneOptions;
}

/**
 * The target of a device, which is opened unless it is open. There is one a host, so that functions go
 * on with a device that is opened again.
 *
 * @param asked The device's name.
 * @param options The host's target, and where schedules come from.
 * @throws {RuntimeError} If there is no such device.
 */
export async function openTarget(
  asked: string,
  { host, profiles, tune }: TargetOptions,
): Promise<{ readonly name: string; readonly hasFloat16: boolean; readonly target: GpuTarget }> {
  const known = targets.get(host);
  checkNumber(asked);
  if (known === undefined || known.device.isLost) {
    const device = await openDevice(asked);
    const target = known ?? new GpuTarget(device, host);
    target.device = device;
    targets.set(host, target);
  }
  const target = targets.get(host)!;
  const { name, limits: { hasFloat16 } } = target.device.facts;
  target.schedules = schedulesOf(profiles.read(name)) ??
    (tune === false ? defaultSchedules : await tuned(asked, profiles, tune === true ? {} : tune));
  return { name, hasFloat16, target };
}

/** The fastest schedules of a device, measured now. */
async function tuned(
  asked: string,
  profiles: ProfileStore,
  options: TuneOptions,
): Promise<Schedules> {
  const { name, schedules } = await tuneDevice(asked, options);
  profiles.write(name, choiceOf(schedules));
  return schedules;
}

/**
 * Measures a device, which is opened for that alone.
 *
 * @param asked The device's name.
 * @param options What to measure, and for how long.
 * @returns What came out, and what the adapter's maker calls it.
 */
export async function tuneDevice(
  asked: string,
  options: TuneOptions = {},
): Promise<Tuned & { readonly name: string }> {
  const device = await openDevice(asked);
  try {
    return { name: device.facts.name, ...await measured(device, options) };
  } finally {
    device.close();
  }
}

/** How a device is opened. */
export interface OpenOptions {
  /** Whether it is kept in a thread of its own; by default where it cannot be read from at once. */
  readonly inThread?: boolean;
}

/**
 * Opens a device.
 *
 * @param asked Its name: `webgpu`, `gpu`, `cuda`, `opencl0:0`, …, which all mean the same adapter.
 * @param options How to.
 * @throws {RuntimeError} If there is none.
 */
export async function openDevice(asked: string, options: OpenOptions = {}): Promise<Device> {
  const action = `use the device "${asked}"`;
  const gpu = navigator.gpu as GPU | undefined;
  if (gpu === undefined) fail("RuntimeError", action, "this runtime has no WebGPU", advice);
  const chosen: GPURequestAdapterOptions = { powerPreference: "high-performance" };
  const adapter = await gpu.requestAdapter(chosen);
  if (adapter === null) fail("RuntimeError", action, "there is no graphics adapter", advice);
  const request = { adapter: chosen, device: descriptorOf(adapter) };
  const facts = factsOf(asked, adapter);
  const inThread = (): Device | undefined => {
    const thread = threadOf(request);
    return thread && new Device(facts, (onFault) => new WorkerMachine(thread, onFault));
  };
  if (options.inThread) {
    return inThread() ?? fail("RuntimeError", action, "this runtime has no threads that can wait");
  }
  const local = await adapter.requestDevice(request.device);
  const device = new Device(facts, (onFault) => new LocalMachine(local, onFault));
  if (device.answersNow()) return device;
  const other = inThread();
  // Without threads, as in a browser, functions are called by callAsync.
  if (other === undefined) return device;
  device.close();
  return other;
}

function checkNumber(asked: string): void {
  const number = /\d+/.exec(asked)?.[0] ?? "0";
  if (Number(number) === 0) return;
  fail(
    "RuntimeError",
    `use the device "${asked}"`,
    "WebGPU shows a program one adapter, number 0",
    [
      `Ask for ${asked.replace(/\d+/, "0")}; the system's settings choose among several cards`,
    ],
  );
}

/** The limits that are taken to the adapter's own. */
const limitNames = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxUniformBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
] as const satisfies readonly (keyof GPUSupportedLimits)[];

function descriptorOf(adapter: GPUAdapter): GPUDeviceDescriptor {
  const requiredLimits: Record<string, number> = {};
  for (const name of limitNames) requiredLimits[name] = adapter.limits[name];
  const requiredFeatures = wantedFeatures.filter((name) => adapter.features.has(name));
  return { requiredFeatures, requiredLimits };
}

/** The alignment of a device that asks for no smaller one, in bytes. */
const alignment = 256;

function factsOf(asked: string, { features, limits, info }: GPUAdapter): DeviceFacts {
  return {
    name: info.description || [info.vendor, info.architecture].filter((x) => x !== "").join(" "),
    asked,
    limits: {
      storageBuffers: limits.maxStorageBuffersPerShaderStage,
      groups: limits.maxComputeWorkgroupsPerDimension,
      hasFloat16: features.has("shader-f16"),
    },
    largestBlock: limits.maxBufferSize,
    largestBinding: limits.maxStorageBufferBindingSize,
    tellsTimes: features.has("timestamp-query"),
    alignment,
  };
}
