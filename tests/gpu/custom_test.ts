/**
 * @file The manual's "Theano + PyCUDA" example: an op with a kernel of its own, as a shader.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import * as theano from "@theano/theano";
import type { CustomKernel } from "../../core/kernel/kernel.ts";
import { lowerGraph } from "../../core/kernel/lower.ts";
import { evaluateSize } from "../../core/kernel/size.ts";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import type { Lowered } from "../../core/kernel/target.ts";
import { type CustomLaunch, type CustomShader, customShader } from "../../gpu/custom.ts";
import { programShaders } from "../../gpu/kernels.ts";
import { functionTest, onDevice, opsOf } from "./compiled.ts";
import { deviceTest, testDevice } from "./device.ts";

const { tensor: T, NDArray } = theano;

/** Doubles a matrix of float32. */
class DoubleOp extends theano.Op {
  override readonly itypes = [T.fmatrix];
  override readonly otypes = [T.fmatrix];
  override readonly props = [];

  perform(_: theano.Apply, [x]: readonly theano.NDArray[]): theano.NDArray[] {
    const doubled = Float32Array.from(x!.dense().data as Float32Array, (v) => v * 2);
    return [NDArray.of(doubled, x!.shape, "float32")];
  }

  override inferShape(_: theano.Apply, shapes: readonly theano.Shape[]): readonly theano.Shape[] {
    return shapes;
  }

  override wgsl(): theano.WgslCode {
    return {
      text: `
        @group(0) @binding(0) var<uniform> count: u32;
        @group(0) @binding(1) var<storage, read> x: array<f32>;
        @group(0) @binding(2) var<storage, read_write> y: array<f32>;

        @compute @workgroup_size(64)
        fn main(@builtin(global_invocation_id) id: vec3<u32>) {
          if (id.x < count) {
            y[id.x] = x[id.x] * 2.0;
          }
        }`,
      params: [{ output: 0 }],
      bindings: [{ input: 0 }, { output: 0 }],
      workgroups: [{ of: { output: 0 }, per: 64 }],
    };
  }
}

/** What an op becomes where a shader can be run. */
function lowering(op: theano.Op): Lowered {
  const x = T.fmatrix("x");
  return lowerGraph(new theano.FunctionGraph([x], [op.call(x)]), {
    inputs: [{ role: "argument", index: 0 }],
    outputs: [{ borrow: false }],
    updates: [],
    target: new InterpreterTarget(),
  });
}

/** The only kernel of a program. */
function kernelOf({ program }: Lowered): CustomKernel {
  const kernels = program.steps.flatMap((step) => step.kind === "run" ? [step.kernel] : []);
  assertEquals(kernels.length, 1);
  return kernels.find((kernel) => kernel.kind === "custom")!;
}

Deno.test("without a device the op of a shader runs by perform", () => {
  const x = T.fmatrix("x");
  const f = theano.function([x], new DoubleOp().call(x));
  const y = f(theano.ones([4, 5], "float32"));
  assertEquals([y.shape, y.dtype], [[4, 5], "float32"]);
  assertEquals([...y.data as Float32Array], new Array(20).fill(2));
});

deviceTest("DoubleOp gives 2 on ones", async () => {
  const { device } = (await testDevice())!;
  const shader = customShader(kernelOf(lowering(new DoubleOp())))!;
  const lengths: Readonly<Record<number, number>> = { 0: 4, 1: 5 };
  const launch = shader.plan((size) =>
    evaluateSize(size, { dim: (_, axis) => lengths[axis]!, value: () => NaN })
  );
  assertEquals([[...launch.params], launch.groups], [[20, 0, 0, 0], [1, 1]]);
  const y = await doubled(device, shader, launch, new Float32Array(20).fill(1));
  assertEquals([...y], new Array(20).fill(2));
  assertEquals(programShaders(lowering(new DoubleOp())).map(({ name }) => name), ["custom_0.wgsl"]);
});

functionTest("an op with a shader runs on the device, among the device's own", async () => {
  const make = () => {
    const x = T.fmatrix("x");
    const whole = new DoubleOp().call(T.exp(x));
    return { inputs: [x], outputs: [whole.sum(), new DoubleOp().call(x.get("1:"))] };
  };
  const f = await onDevice(() => {
    const { inputs, outputs } = make();
    return theano.function(inputs, outputs);
  });
  assert(opsOf(f).includes("GpuDoubleOp"), opsOf(f).join());
  const [sum, rest] = f([[0, 1], [2, 3]]);
  const expected = 2 * (1 + Math.E + Math.E ** 2 + Math.E ** 3);
  assert(Math.abs(sum!.item() / expected - 1) < 1e-5);
  assertEquals(rest!.toArray(), [[4, 6]]);
});

/** Runs a shader of one input and one output of the same size. */
async function doubled(
  device: GPUDevice,
  shader: CustomShader,
  { params, groups }: CustomLaunch,
  x: Float32Array<ArrayBuffer>,
): Promise<Float32Array> {
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const filled = (data: Float32Array | Uint32Array, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ size: data.byteLength, usage, mappedAtCreation: true });
    new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(data.buffer));
    buffer.unmap();
    return buffer;
  };
  const y = filled(new Float32Array(x.length), STORAGE | COPY_SRC);
  const buffers = [filled(params, UNIFORM), filled(x, STORAGE), y];
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code: shader.text });
  const types = shader.buffers.map(({ isWritten }) => isWritten ? "storage" : "read-only-storage");
  const layout = device.createBindGroupLayout({
    entries: (["uniform", ...types] as const).map((type, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type },
    })),
  });
  const pipeline = device.createComputePipeline({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: "main" },
  });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
  pass.dispatchWorkgroups(...groups);
  pass.end();
  const copy = device.createBuffer({ size: x.byteLength, usage: MAP_READ | COPY_DST });
  encoder.copyBufferToBuffer(y, 0, copy, 0, x.byteLength);
  device.queue.submit([encoder.finish()]);
  assertEquals(await device.popErrorScope(), null);
  await copy.mapAsync(GPUMapMode.READ);
  const result = new Float32Array(copy.getMappedRange().slice(0));
  [...buffers, copy].forEach((buffer) => buffer.destroy());
  return result;
}

Deno.test("code of a shader that does not fit its node is refused", () => {
  const x = T.fmatrix("x");
  const good = new DoubleOp().wgsl();
  const refusal = (changes: Partial<theano.WgslCode>): string => {
    const op = new (class extends DoubleOp {
      override wgsl(): theano.WgslCode {
        return { ...good, ...changes };
      }
    })();
    const { message } = assertThrows(() => theano.function([x], op.call(x)), TypeError);
    assert(message.startsWith(`Cannot use the WGSL code of ${op.name}: `), message);
    return message.slice(message.indexOf(": ") + 2);
  };
  assertEquals(refusal({ text: "fn other() {}" }), "it has no entry point main");
  assertEquals(refusal({ bindings: [{ input: 1 }] }), 'there is no array {"input":1}');
  assertEquals(
    refusal({ params: [{ output: 0, axis: 2 }] }),
    'there is no axis {"output":0,"axis":2}',
  );
  assertEquals(
    refusal({ workgroups: [] }),
    "there must be workgroups along x, or along x and y",
  );
  assertEquals(
    refusal({ workgroups: [{ of: 1, per: 0 }] }),
    "a workgroup is for a whole number above zero",
  );
  const wide = new (class extends DoubleOp {
    override readonly itypes = [T.dmatrix];
    override readonly otypes = [T.dmatrix];
  })();
  const y = T.dmatrix("y");
  const { message } = assertThrows(() => theano.function([y], wide.call(y)), TypeError);
  assertEquals(message.split(": ")[1], "shaders see no float64");
});
