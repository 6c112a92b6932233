/**
 * @file Every kernel kind on devices.
 */

import { type Kernel, type KernelKind, operandsOf } from "../core/kernel/kernel.ts";
import { bodiesOf, type Program } from "../core/kernel/program.ts";
import type { Artifact, Lowered } from "../core/kernel/target.ts";
import { defaultLimits, type DeviceLimits, type KernelCode } from "./code.ts";
import { cumulativeCode } from "./cumulative.ts";
import { customCode } from "./custom.ts";
import { gatherCode } from "./gather.ts";
import { gemmCode, reduceOrProductCode } from "./gemm.ts";
import { mapKernelCode } from "./map.ts";
import { randomCode } from "./random.ts";
import { rowsCode } from "./rows.ts";
import { scatterCode } from "./scatter.ts";
import { sortCode } from "./sort.ts";
import { defaultSchedules, type Schedules } from "./schedules.ts";

/** Makes the code of a kind of kernel; undefined where something has no form on devices. */
type Generator<SomeKernel extends Kernel> = (
  kernel: SomeKernel,
  limits: DeviceLimits,
  schedules: Schedules,
) => KernelCode | undefined;

const generators: {
  readonly [Kind in KernelKind]: Generator<Extract<Kernel, { readonly kind: Kind }>>;
} = {
  map: mapKernelCode,
  reduce: reduceOrProductCode,
  rows: rowsCode,
  gemm: gemmCode,
  gather: gatherCode,
  scatter: scatterCode,
  random: randomCode,
  cumulative: cumulativeCode,
  sort: sortCode,
  custom: customCode,
};

/**
 * The code of a kernel.
 *
 * Dtypes: bool, int32, uint32, int64 and float32; float16 where the device has it. A bool is a word,
 * 0 or 1.
 *
 * @param kernel The kernel.
 * @param limits What the device allows.
 * @param schedules How kernels are cut up for it.
 * @returns Its shaders and plans; undefined where something in it has no form on the device, or needs
 *   more buffers than it allows.
 */
export function kernelCode(
  kernel: Kernel,
  limits: DeviceLimits = defaultLimits,
  schedules: Schedules = defaultSchedules,
): KernelCode | undefined {
  if (!seesFloat16(kernel, limits)) return undefined;
  const generator = generators[kernel.kind] as Generator<Kernel>;
  const code = generator(kernel, limits, schedules);
  const isSmall = code?.shaders.every(({ resources }) => resources.length <= limits.storageBuffers);
  return isSmall ? code : undefined;
}

/**
 * Whether a device can bind a kernel's arrays of float16, if there are any: it has them, and nothing
 * sees their buffers as words.
 */
function seesFloat16(kernel: Kernel, { hasFloat16 }: DeviceLimits): boolean {
  const { reads, writes } = operandsOf(kernel);
  const operands = [...reads, ...writes];
  const halves = operands.filter(({ dtype }) => dtype === "float16").map(({ buffer }) => buffer);
  const isWhole = operands.every(({ buffer, dtype }) =>
    dtype === "float16" || !halves.includes(buffer)
  );
  return halves.length === 0 || (hasFloat16 && isWhole);
}

/** What a device with all features allows. */
const allFeatures: DeviceLimits = { ...defaultLimits, hasFloat16: true };

/**
 * The shaders of a program's kernels, for those who look at it.
 *
 * @param lowered The program.
 * @returns Each text of a kernel that has a form on a device with all features, named after the
 *   kernel's number.
 */
export function programShaders({ program }: Lowered): Artifact[] {
  return kernelsOf(program).flatMap((kernel, k) => {
    const texts = new Set(kernelCode(kernel, allFeatures)?.shaders.map(({ text }) => text));
    const names = shaderNames(kernel.kind, k, texts.size);
    return [...texts].map((content, part) => ({ name: names[part]!, content }));
  });
}

/** What so many texts of a kernel are called: `map_0.wgsl`, or `gemm_1_0.wgsl`, `gemm_1_1.wgsl`, …. */
export function shaderNames(kind: KernelKind, kernel: number, count: number): string[] {
  return Array.from(
    { length: count },
    (_, part) => `${[kind, kernel, ...count > 1 ? [part] : []].join("_")}.wgsl`,
  );
}

/** The kernels of a program and of the bodies in it, in order. */
function kernelsOf({ steps }: Program): Kernel[] {
  return steps.flatMap((step) =>
    step.kind === "run"
      ? [step.kernel]
      : bodiesOf(step).flatMap(({ program }) => kernelsOf(program))
  );
}
