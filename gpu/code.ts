/**
 * @file What every kernel kind becomes on a device: shaders, and what a call runs of them.
 *
 * ```text
 * code = kernelCode(kernel)                     once a kernel; texts do not depend on sizes
 * { launches, workspaces } = code.plan(sizeOf)  once a set of sizes
 * for each launch                               each time, in order, in one pass
 *   bind params at 0 and the shader's resources at 1, 2, …
 *   dispatch groups
 * ```
 */

import type { IndexFault } from "../core/kernel/interpret.ts";
import type { GatherKernel, ScatterKernel } from "../core/kernel/kernel.ts";
import type { Size } from "../core/kernel/size.ts";

/**
 * What stands at a binding of a shader: a buffer of the kernel, words that last for one run of the
 * kernel, or the kernel's status.
 *
 * Elements of buffers lie as on the host, but for a bool, which is a word of 0 or 1. What is bound
 * starts at a buffer's first element and has whole times 16 bytes, and not none.
 *
 * A device lets nobody read in one dispatch what is written in it through another binding, parts of
 * one `GPUBuffer` included; so each buffer of a program is a `GPUBuffer` of its own. Workspaces and
 * the status are always bound for writing, and may be parts of one.
 */
export type Resource =
  | { readonly kind: "buffer"; readonly buffer: number; readonly isWritten: boolean }
  | { readonly kind: "workspace"; readonly workspace: number; readonly isWritten: true }
  | { readonly kind: "status"; readonly isWritten: true };

/** A shader of a kernel. */
export interface Shader {
  /** WGSL with the entry point `main`. Equal texts are one pipeline. */
  readonly text: string;
  /** What is bound at 1, 2, …; the uniform of a launch is at 0. */
  readonly resources: readonly Resource[];
}

/** One dispatch. */
export interface Launch {
  /** Which of the kernel's shaders. */
  readonly shader: number;
  /** The words of the uniform at binding 0, which has whole times 16 bytes, too. */
  readonly params: Uint32Array<ArrayBuffer>;
  /** Workgroups along x and y; a launch of none is left out. */
  readonly groups: readonly [x: number, y: number];
}

/**
 * Words of a status. The host makes the first {@linkcode noFault}, and so it stays unless an index
 * was out of range; the host reads it after the run, and {@linkcode faultOf} tells what it says.
 */
export const statusWords = 4;

/** The first word of the status of a run without a fault. */
export const noFault = 0xffffffff;

/** What a call runs. */
export interface Plan {
  /** In order; each sees what those before it wrote. */
  readonly launches: readonly Launch[];
  /**
   * How many words each workspace has, 0 for one that is not bound. What it holds before the first
   * launch does not matter.
   */
  readonly workspaces: readonly number[];
}

/** Gives the value of a size at a call. */
export type SizeOf = (size: Size) => number;

/** A kernel on a device. */
export interface KernelCode {
  /** Its shaders, of which a call launches some. */
  readonly shaders: readonly Shader[];
  /** What a call runs, from the values of the kernel's sizes alone. */
  plan(sizeOf: SizeOf): Plan;
}

/** What a device allows. */
export interface DeviceLimits {
  /** Storage buffers that a shader may bind: `maxStorageBuffersPerShaderStage`. */
  readonly storageBuffers: number;
  /** Workgroups along an axis of a dispatch: `maxComputeWorkgroupsPerDimension`. */
  readonly groups: number;
  /** Whether shaders may see arrays of float16: the feature `shader-f16`. */
  readonly hasFloat16: boolean;
}

/** What a device is and allows. */
export interface DeviceFacts {
  /** What its maker calls it. */
  readonly name: string;
  /** What was asked for: `webgpu`, `cuda0`, …. */
  readonly asked: string;
  readonly limits: DeviceLimits;
  /** Bytes of the largest buffer. */
  readonly largestBlock: number;
  /** Bytes of a buffer that a shader may bind. */
  readonly largestBinding: number;
  /** Whether it tells when kernels begin and end: the feature `timestamp-query`. */
  readonly tellsTimes: boolean;
  /** What offsets in uniform and storage buffers are multiples of, in bytes. */
  readonly alignment: number;
}

/** What every device allows. */
export const defaultLimits: DeviceLimits = {
  storageBuffers: 8,
  groups: 65535,
  hasFloat16: false,
};

/**
 * The index out of range that a run of a kernel found: the first one in the order of its loops.
 *
 * @param kernel The kernel.
 * @param status Its status after the run: the place in the loops, which of the kernel's indices,
 *   and the lower and upper half of the index.
 * @param sizeOf The sizes of the call.
 * @returns The index, or null. A scatter with such an index has changed nothing.
 */
export function faultOf(
  kernel: GatherKernel | ScatterKernel,
  status: Uint32Array,
  sizeOf: SizeOf,
): IndexFault | null {
  const [place, which, low, high] = status as unknown as [number, number, number, number];
  if (place === noFault) return null;
  const { length, axis } = kernel.indices[which]!;
  const index = BigInt.asIntN(64, BigInt(high) << 32n | BigInt(low));
  return { index, size: sizeOf(length), axis };
}

/** Several codes as one: what the first ones run comes first. */
export function inTurn(codes: readonly KernelCode[]): KernelCode {
  return joined(codes, (sizeOf) => codes.map((code) => code.plan(sizeOf)));
}

/**
 * Several codes as one.
 *
 * @param codes The codes. Their workspaces follow each other.
 * @param plansOf What each of them runs at a call, if anything, in turn.
 */
export function joined(
  codes: readonly Pick<KernelCode, "shaders">[],
  plansOf: (sizeOf: SizeOf) => readonly (Plan | undefined)[],
): KernelCode {
  const counts = codes.map(({ shaders }) => ({ shaders: shaders.length, works: worksOf(shaders) }));
  const before = (k: number, what: "shaders" | "works"): number =>
    counts.slice(0, k).reduce((sum, count) => sum + count[what], 0);
  return {
    shaders: codes.flatMap(({ shaders }, k) => withLaterWorks(shaders, before(k, "works"))),
    plan: (sizeOf) => {
      const plans = plansOf(sizeOf);
      return {
        launches: plans.flatMap((plan, k) =>
          (plan?.launches ?? []).map((launch) => ({
            ...launch,
            shader: launch.shader + before(k, "shaders"),
          }))
        ),
        workspaces: counts.flatMap(({ works }, k) =>
          Array.from({ length: works }, (_, n) => plans[k]?.workspaces[n] ?? 0)
        ),
      };
    },
  };
}

/** How many workspaces shaders name. */
function worksOf(shaders: readonly Shader[]): number {
  const resources = shaders.flatMap((shader) => shader.resources);
  return Math.max(0, ...resources.map((r) => r.kind === "workspace" ? r.workspace + 1 : 0));
}

function withLaterWorks(shaders: readonly Shader[], first: number): Shader[] {
  return withResources(
    shaders,
    (r) => r.kind === "workspace" ? { ...r, workspace: r.workspace + first } : r,
  );
}

/** Shaders with something else bound. */
export function withResources(
  shaders: readonly Shader[],
  change: (resource: Resource) => Resource,
): Shader[] {
  return shaders.map((shader) => shaderOf(shader.resources.map(change), () => shader.text));
}

/** A shader whose text is written when somebody asks for it: many are never launched. */
export function shaderOf(resources: readonly Resource[], write: () => string): Shader {
  let text: string | undefined;
  return {
    resources,
    get text() {
      return text ??= write();
    },
  };
}
