/**
 * @file The device the suite runs on, and kernels run on it.
 */

import { fail, internal } from "../../core/errors.ts";
import type { Kernel, MapKernel, Operand } from "../../core/kernel/kernel.ts";
import { evaluateSize, type SizeInputs, Sizes } from "../../core/kernel/size.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { type Expr, inOrder, type ScalarValue } from "../../core/scalar/expr.ts";
import {
  defaultLimits,
  type DeviceLimits,
  type KernelCode,
  noFault,
  statusWords,
} from "../../gpu/code.ts";
import { kernelCode } from "../../gpu/kernels.ts";
import type { DeviceLane } from "../../gpu/spelling.ts";

/** A device, and what to call it in the names of tests. */
export interface TestDevice {
  readonly device: GPUDevice;
  readonly name: string;
}

/**
 * The device that `navigator.gpu` gives. Without one a line says how to get one, and an error where
 * `GPU_REQUIRED` is set.
 */
export async function testDevice(): Promise<TestDevice | undefined> {
  const adapter = await navigator.gpu?.requestAdapter();
  if (adapter) {
    const { description, vendor } = adapter.info;
    const requiredFeatures = [...adapter.features].filter((name) => name === "shader-f16");
    const device = await adapter.requestDevice({ requiredFeatures });
    return { device, name: description || vendor };
  }
  const advice =
    "No WebGPU adapter: Debian's mesa-vulkan-drivers and libvulkan1 have one in software";
  if (Deno.env.get("GPU_REQUIRED")) fail("RuntimeError", "test shaders", advice);
  Deno.stderr.writeSync(new TextEncoder().encode(`Tests of shaders are left out: ${advice}\n`));
  return undefined;
}

/** What a run of a kernel left. */
export interface Outcome {
  /** The words of each buffer. */
  readonly buffers: readonly Uint32Array<ArrayBuffer>[];
  /** The kernel's status. */
  readonly status: Uint32Array;
}

const storage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;

const noSizes: SizeInputs = { dim: () => 0, value: () => 0 };

/** Runs of kernels on one device. */
export class DeviceRunner {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, GPUComputePipeline>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * Runs a kernel whose sizes are numbers.
   *
   * @param kernel The kernel.
   * @param buffers The words of each buffer, by number, before the call.
   * @param groups Workgroups along an axis of the grid.
   * @returns The words of each buffer after it.
   */
  async run(
    kernel: Kernel,
    buffers: readonly Uint32Array[],
    groups: number = defaultLimits.groups,
  ): Promise<readonly Uint32Array<ArrayBuffer>[]> {
    const code = kernelCode(kernel, { ...testLimits, groups });
    if (code === undefined) return internal("run a kernel", "it has no device form", "a test");
    return (await this.runCode(code, buffers)).buffers;
  }

  /** Runs a kernel's code. */
  async runCode(
    code: KernelCode,
    buffers: readonly Uint32Array[],
    inputs: SizeInputs = noSizes,
  ): Promise<Outcome> {
    this.#device.pushErrorScope("validation");
    const outcome = await this.#dispatch(code, buffers, inputs);
    const error = await this.#device.popErrorScope();
    const texts = code.shaders.map(({ text }) => text).join("\n");
    if (error) internal("run a shader", `${error.message}\n${texts}`, "the generator");
    return outcome;
  }

  async #dispatch(
    { shaders, plan }: KernelCode,
    buffers: readonly Uint32Array[],
    inputs: SizeInputs,
  ): Promise<Outcome> {
    const device = this.#device;
    const { launches, workspaces } = plan((size) => evaluateSize(size, inputs));
    const all = buffers.map((data) => this.#upload(data, storage));
    const status = this.#upload(new Uint32Array(statusWords).fill(noFault), storage);
    const works = workspaces.map((n) => this.#upload(new Uint32Array(n).fill(0xa5a5a5a5), storage));
    const made: GPUBuffer[] = [];
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { shader, params, groups } of launches) {
      if (groups[0] * groups[1] === 0) continue;
      const { text, resources } = shaders[shader]!;
      const pipeline = this.#pipelineOf(text);
      const uniform = this.#upload(params, GPUBufferUsage.UNIFORM);
      made.push(uniform);
      const bound = resources.map((r) =>
        r.kind === "buffer" ? all[r.buffer]! : r.kind === "status" ? status : works[r.workspace]!
      );
      const entries = [uniform, ...bound].map((buffer, binding) => ({
        binding,
        resource: { buffer },
      }));
      pass.setPipeline(pipeline);
      const layout = pipeline.getBindGroupLayout(0);
      pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
      pass.dispatchWorkgroups(...groups);
    }
    pass.end();
    const read = [...all, status].map((from) => this.#copy(encoder, from));
    device.queue.submit([encoder.finish()]);
    const words = await Promise.all(read.map((copy) => this.#read(copy)));
    [...made, ...all, ...works, status].forEach((buffer) => buffer.destroy());
    return {
      buffers: buffers.map((given, k) => words[k]!.slice(0, given.length)),
      status: words.at(-1)!,
    };
  }

  #pipelineOf(text: string): GPUComputePipeline {
    const known = this.#pipelines.get(text);
    if (known) return known;
    const module = this.#device.createShaderModule({ code: text });
    const compute = { module, entryPoint: "main" };
    const made = this.#device.createComputePipeline({ layout: "auto", compute });
    this.#pipelines.set(text, made);
    return made;
  }

  #upload(data: Uint32Array, usage: number): GPUBuffer {
    const size = Math.max(Math.ceil(data.byteLength / 16) * 16, 16);
    const buffer = this.#device.createBuffer({ size, usage, mappedAtCreation: true });
    new Uint32Array(buffer.getMappedRange()).set(data);
    buffer.unmap();
    return buffer;
  }

  #copy(encoder: GPUCommandEncoder, from: GPUBuffer): GPUBuffer {
    const { size } = from;
    const copy = this.#device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    encoder.copyBufferToBuffer(from, 0, copy, 0, size);
    return copy;
  }

  async #read(copy: GPUBuffer): Promise<Uint32Array<ArrayBuffer>> {
    await copy.mapAsync(GPUMapMode.READ);
    const words = new Uint32Array(copy.getMappedRange().slice(0));
    copy.destroy();
    return words;
  }
}

const found = await testDevice();
const runner = found && new DeviceRunner(found.device);

/** What the suite's device allows, no more than every device does but for its features. */
export const testLimits: DeviceLimits = {
  ...defaultLimits,
  hasFloat16: found?.device.features.has("shader-f16") ?? false,
};

/** A test that needs a device; its name says which one it has. */
export function deviceTest(
  name: string,
  run: (runner: DeviceRunner, t: Deno.TestContext) => Promise<void>,
  canRun: boolean = true,
): void {
  Deno.test({
    name: `${name} on ${found?.name ?? "no adapter"}`,
    ignore: runner === undefined || !canRun,
    fn: (t) => run(runner!, t),
  });
}

/** A test that needs a device with float16. */
export function float16Test(
  name: string,
  run: (runner: DeviceRunner, t: Deno.TestContext) => Promise<void>,
): void {
  deviceTest(name, run, testLimits.hasFloat16);
}

/** A lane whose elements are words. */
export type WordLane = Exclude<DeviceLane, "int64" | "float16">;

/** The elements of one operand; bools are 0 and 1. */
export type Column = Float32Array | Int32Array | Uint32Array;

const columnTypes = {
  bool: Uint32Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
} as const;

/** Elements of a dtype. */
export function columnOf(values: readonly ScalarValue[], dtype: WordLane): Column {
  return columnTypes[dtype].from(values.map(Number));
}

/** The words of an array. */
export function wordsOf(column: Column): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.length);
}

/** Whether a number is a subnormal float32. */
export function isSubnormal(x: number): boolean {
  return x !== 0 && Math.abs(x) < 2 ** -126;
}

/**
 * Expressions of columns, one kernel for all: shorter columns are continued with zeros. All columns
 * stand in one buffer, all results in another, so that few are bound.
 *
 * @param runner Where it runs.
 * @param columns What the numbered inputs read.
 * @param exprs The expressions.
 * @returns The values of each.
 */
export async function columnsOf(
  runner: DeviceRunner,
  columns: readonly Column[],
  exprs: readonly Expr[],
): Promise<Column[]> {
  const sizes = new Sizes();
  const n = Math.max(...columns.map((column) => column.length));
  const dtypes = new Map(
    inOrder(exprs).flatMap((e) => e.kind === "input" ? [[e.index, e.dtype] as const] : []),
  );
  const walk = (buffer: number, k: number, dtype: DType): Operand => ({
    buffer,
    dtype,
    offset: sizes.const(k * n),
    strides: [sizes.const(1)],
  });
  const given = new Uint32Array(columns.length * n);
  columns.forEach((column, k) => given.set(wordsOf(column), k * n));
  const kernel: MapKernel = {
    kind: "map",
    dims: [sizes.const(n)],
    inputs: columns.map((_, k) => walk(0, k, dtypes.get(k) ?? "uint32")),
    params: [],
    counters: [],
    outputs: exprs.map((e, k) => walk(1, k, e.dtype)),
    bodies: exprs,
  };
  const [, results] = await runner.run(kernel, [given, new Uint32Array(exprs.length * n)]);
  return exprs.map((e, k) => {
    const type = columnTypes[e.dtype as WordLane];
    return new type(results!.buffer as ArrayBuffer, 4 * k * n, n);
  });
}
