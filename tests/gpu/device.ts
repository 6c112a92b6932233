/**
 * @file The device the suite runs on, and map kernels run on it.
 */

import { fail, internal } from "../../core/errors.ts";
import type { MapKernel, Operand } from "../../core/kernel/kernel.ts";
import { evaluateSize, type SizeInputs, Sizes } from "../../core/kernel/size.ts";
import type { DType } from "../../core/dtype/dtype.ts";
import { type Expr, inOrder, type ScalarValue } from "../../core/scalar/expr.ts";
import { type Argument, type Grid, gridOf, mapCode, type ShaderCode } from "../../gpu/map.ts";

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
    return { device: await adapter.requestDevice(), name: description || vendor };
  }
  const advice =
    "No WebGPU adapter: Debian's mesa-vulkan-drivers and libvulkan1 have one in software";
  if (Deno.env.get("GPU_REQUIRED")) fail("RuntimeError", "test shaders", advice);
  Deno.stderr.writeSync(new TextEncoder().encode(`Tests of shaders are left out: ${advice}\n`));
  return undefined;
}

/** Runs of kernels on one device. */
export class DeviceRunner {
  readonly #device: GPUDevice;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * Runs a map kernel.
   *
   * @param kernel The kernel.
   * @param buffers The words of each buffer, by number, before the call.
   * @param most Workgroups along an axis of the grid.
   * @returns The words of each buffer after it.
   */
  async run(
    kernel: MapKernel,
    buffers: readonly Uint32Array[],
    most?: number,
  ): Promise<Uint32Array[]> {
    const code = mapCode(kernel);
    if (code === undefined) return internal("run a kernel", "it has no device form", "a test");
    const sizes: SizeInputs = { dim: () => 0, value: () => 0 };
    const count = kernel.dims.reduce((n, size) => n * evaluateSize(size, sizes), 1);
    const grid = gridOf(count, most);
    this.#device.pushErrorScope("validation");
    const stored = await this.#dispatch(code, buffers, grid, sizes);
    const error = await this.#device.popErrorScope();
    if (error) internal("run a shader", `${error.message}\n${code.text}`, "the generator");
    return stored;
  }

  async #dispatch(
    code: ShaderCode,
    buffers: readonly Uint32Array[],
    { groups, stride }: Grid,
    sizes: SizeInputs,
  ): Promise<Uint32Array[]> {
    const device = this.#device;
    const module = device.createShaderModule({ code: code.text });
    const compute = { module, entryPoint: "main" };
    const pipeline = device.createComputePipeline({ layout: "auto", compute });
    const words = code.args.map((arg) => wordOf(arg, stride, sizes));
    const params = this.#upload(new Uint32Array(words), GPUBufferUsage.UNIFORM);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
    const all = buffers.map((data) => this.#upload(data, usage));
    const bound = [params, ...code.buffers.map(({ buffer }) => all[buffer]!)];
    const entries = bound.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }),
    );
    pass.dispatchWorkgroups(...groups);
    pass.end();
    const staging = all.map((buffer) => {
      const { size } = buffer;
      const copy = device.createBuffer({
        size,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      encoder.copyBufferToBuffer(buffer, 0, copy, 0, size);
      return copy;
    });
    device.queue.submit([encoder.finish()]);
    const results: Uint32Array[] = [];
    for (const [k, copy] of staging.entries()) {
      await copy.mapAsync(GPUMapMode.READ);
      results.push(new Uint32Array(copy.getMappedRange().slice(0, buffers[k]!.byteLength)));
      copy.destroy();
    }
    [params, ...all].forEach((buffer) => buffer.destroy());
    return results;
  }

  #upload(data: Uint32Array, usage: number): GPUBuffer {
    const size = Math.max(Math.ceil(data.byteLength / 16) * 16, 16);
    const buffer = this.#device.createBuffer({ size, usage, mappedAtCreation: true });
    new Uint32Array(buffer.getMappedRange()).set(data);
    buffer.unmap();
    return buffer;
  }
}

/** A word of the parameters of a call. */
function wordOf(arg: Argument, stride: number, sizes: SizeInputs): number {
  if (arg.kind === "zero") return 0;
  return arg.kind === "stride" ? stride : evaluateSize(arg.size, sizes);
}

const found = await testDevice();
const runner = found && new DeviceRunner(found.device);

/** A test that needs a device; its name says which one it has. */
export function deviceTest(
  name: string,
  run: (runner: DeviceRunner, t: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({
    name: `${name} on ${found?.name ?? "no adapter"}`,
    ignore: runner === undefined,
    fn: (t) => run(runner!, t),
  });
}

/** The elements of one operand; bools are 0 and 1. */
export type Column = Float32Array | Int32Array | Uint32Array;

const columnTypes = {
  bool: Uint32Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
} as const;

/** Elements of a dtype. */
export function columnOf(values: readonly ScalarValue[], dtype: DeviceLane): Column {
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
    const type = columnTypes[e.dtype as DeviceLane];
    return new type(results!.buffer as ArrayBuffer, 4 * k * n, n);
  });
}
