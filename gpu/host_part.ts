/**
 * @file What of a program the host runs between two waves of the device: a program of its own for the
 * target of the host, with the same numbers of buffers.
 */

import type { NDArray } from "../core/array/ndarray.ts";
import type { Storage } from "../core/array/storage.ts";
import { contiguousStrides } from "../core/kernel/index_map.ts";
import { buffersOf, writtenBy } from "../core/kernel/plan.ts";
import type { BufferSpec, View, WorkStep } from "../core/kernel/program.ts";
import type { Executable, Lowered, Target } from "../core/kernel/target.ts";
import { stepSizes } from "../core/kernel/step_sizes.ts";
import { sourcesOf } from "./binding.ts";

/** What makes a part runnable: the target of the host, or what keeps or restores its builds. */
export type HostBuilder = Pick<Target, "build">;

/** Steps that run on the host, and what they need and give. */
export interface HostPart {
  readonly executable: Executable;
  /** The buffers given as arguments, in order. */
  readonly args: readonly { readonly buffer: number; readonly isShapeOnly: boolean }[];
  /** Which shared variables are read. */
  readonly shared: readonly number[];
  /** The buffers whose new values come back, in order. */
  readonly results: readonly number[];
}

/** What is known of the program around the part. */
export interface Surroundings {
  /** Whether a buffer has a value when the part begins. */
  readonly hasValue: (buffer: number) => boolean;
  /** Whether a buffer is read after the part. */
  readonly isNeeded: (buffer: number) => boolean;
}

/**
 * Makes steps a program for the host.
 *
 * @param host The target that runs it.
 * @param lowered The whole program.
 * @param steps The steps.
 * @param around What is known of the program around them.
 */
export function hostPart(
  host: HostBuilder,
  { program, sizes, constants }: Lowered,
  steps: readonly WorkStep[],
  around: Surroundings,
): HostPart {
  const touched = new Set(steps.flatMap(buffersOf));
  const written = new Set(steps.flatMap((step) => [...writtenBy(step)]));
  const own = [...touched].filter((b) => isOwn(program.buffers[b]!) && !around.hasValue(b));
  const { dims, values } = sourcesOf([
    ...steps.flatMap(stepSizes),
    ...own.flatMap((b) => program.buffers[b]!.shape!),
    ...[...written].flatMap((b) => program.buffers[b]!.shape ?? []),
  ]);
  const args: { buffer: number; isShapeOnly: boolean }[] = [];
  const shared: number[] = [];
  const read: NDArray[] = [];
  const buffers = program.buffers.map((spec, buffer): BufferSpec => {
    if (own.includes(buffer)) return { ...spec, role: "workspace", index: 0 };
    const isRead = touched.has(buffer) || values.includes(buffer);
    if (!isRead && !dims.includes(buffer)) return unused;
    if (isRead && spec.role === "constant") {
      return { ...spec, index: read.push(constants[spec.index]!) - 1 };
    }
    if (isRead && spec.role === "shared") return { ...spec, index: shared.push(spec.index) - 1 };
    const index = args.push({ buffer, isShapeOnly: !isRead }) - 1;
    return { ...spec, role: "argument", index, shape: null };
  });
  const results = [...written].filter(around.isNeeded);
  const outputs = results.map((buffer): View => {
    const { dtype, shape, ndim } = program.buffers[buffer]!;
    const lengths = shape ?? Array.from({ length: ndim }, (_, axis) => sizes.dim(buffer, axis));
    const strides = contiguousStrides(sizes, lengths);
    return { buffer, dtype, offset: sizes.const(0), shape: lengths, strides };
  });
  const part = { ...program, buffers, steps, outputs, commits: [] };
  const { executable } = host.build({ program: part, sizes, constants: read, hosts: [] });
  return { executable, args, shared, results };
}

/** A buffer that a part does not touch. */
const unused: BufferSpec = { role: "workspace", dtype: "bool", index: 0, shape: [], ndim: 0 };

function isOwn({ role, shape }: BufferSpec): boolean {
  return shape !== null && role !== "constant";
}

/** Runs a part: arguments by `args`, results by `results`. */
export function runPart(
  { executable, shared }: HostPart,
  args: readonly NDArray[],
  storages: readonly Storage[],
): NDArray[] {
  return executable.run(args, shared.map((index) => storages[index]!));
}
