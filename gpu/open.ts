/**
 * @file Finding a graphics adapter, and looking whether what it says can be read without waiting.
 */

import { fail } from "../core/errors.ts";
import type { Target } from "../core/kernel/target.ts";
import { Device, type DeviceFacts } from "./device.ts";
import { LocalMachine, type Machine } from "./machine.ts";
import { GpuTarget } from "./target.ts";

/** Optional features that kernels and profiles may use. */
const wantedFeatures: readonly GPUFeatureName[] = ["shader-f16", "timestamp-query", "subgroups"];

const advice = [
  "Install the graphics driver with its Vulkan part; without a card, Debian's " +
  "mesa-vulkan-drivers and libvulkan1 compute in software",
  "Or set device=cpu",
];

const targets = new Map<Target, GpuTarget>();

/**
 * The target of a device, which is opened unless it is open. There is one a host, so that functions go
 * on with a device that is opened again.
 *
 * @param asked The device's name.
 * @param host The target of what stays on the host.
 * @throws {RuntimeError} If there is no such device.
 */
export async function openTarget(
  asked: string,
  host: Target,
): Promise<{ readonly name: string; readonly target: GpuTarget }> {
  const known = targets.get(host);
  checkNumber(asked);
  if (known === undefined || known.device.isLost) {
    const device = await openDevice(asked);
    const target = known ?? new GpuTarget(device, host);
    target.device = device;
    targets.set(host, target);
  }
  const target = targets.get(host)!;
  return { name: target.device.facts.name, target };
}

/**
 * Opens a device.
 *
 * @param asked Its name: `webgpu`, `gpu`, `cuda`, `opencl0:0`, …, which all mean the same adapter.
 * @throws {RuntimeError} If there is none.
 */
export async function openDevice(asked: string): Promise<Device> {
  const action = `use the device "${asked}"`;
  const gpu = navigator.gpu as GPU | undefined;
  if (gpu === undefined) fail("RuntimeError", action, "this runtime has no WebGPU", advice);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) fail("RuntimeError", action, "there is no graphics adapter", advice);
  const device = await deviceOf(adapter);
  return opened(factsOf(asked, adapter, device), device);
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

async function deviceOf(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits: Record<string, number> = {};
  for (const name of limitNames) requiredLimits[name] = adapter.limits[name];
  const requiredFeatures = wantedFeatures.filter((name) => adapter.features.has(name));
  return await adapter.requestDevice({ requiredFeatures, requiredLimits });
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

function factsOf(asked: string, { info }: GPUAdapter, { limits }: GPUDevice): DeviceFacts {
  return {
    name: info.description || [info.vendor, info.architecture].filter((x) => x !== "").join(" "),
    asked,
    limits: {
      storageBuffers: limits.maxStorageBuffersPerShaderStage,
      groups: limits.maxComputeWorkgroupsPerDimension,
    },
    largestBlock: limits.maxBufferSize,
    largestBinding: limits.maxStorageBufferBindingSize,
    alignment: Math.max(
      limits.minUniformBufferOffsetAlignment,
      limits.minStorageBufferOffsetAlignment,
    ),
  };
}

function opened(facts: DeviceFacts, gpuDevice: GPUDevice): Device {
  const device = new Device(
    facts,
    (onFault): Machine => new LocalMachine(gpuDevice, onFault),
  );
  device.sync();
  return device;
}
