/** @file Opening devices, by flags and in programs; what is said where there is none, or none any more. */

import * as theano from "@theano/theano";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { denoCommand } from "../cache/deno_command.ts";
import { setWarningListener } from "../../core/host/warn.ts";
import { functionTest, onDevice } from "./compiled.ts";

const { tensor: T } = theano;
const mod = new URL("../../mod.ts", import.meta.url);

const exponentials = `
  import * as theano from "${mod}";
  const x = theano.tensor.fvector("x");
  const f = theano.function([x], theano.tensor.exp(x));
  const ops = f.maker.fgraph.toposort().map(({ op }) => op.name);
  console.log(ops.join(" "), String(f([0, 1])));
`;

/** Runs a program in a process of its own with flags; gives what it printed. */
function run(
  flags: string,
  env: Readonly<Record<string, string>> = {},
  program: string = exponentials,
): { out: string; err: string } {
  const { stdout, stderr } = new Deno.Command(denoCommand(), {
    args: ["eval", "--no-check", program],
    env: { THEANO_FLAGS: flags, NO_COLOR: "1", XDG_RUNTIME_DIR: "/tmp", ...env },
  }).outputSync();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { out: text(stdout), err: text(stderr) };
}

// Direct3D is on no system where these tests run.
const noAdapter = { DENO_WEBGPU_BACKEND: "dx12" };

const onHost = "Elemwise{exp,no_inplace} [1.        2.7182817]\n";
const onCard = "GpuFromHost<None> GpuElemwise{exp,no_inplace} HostFromGpu(gpuarray) " +
  "[1.        2.7182817]\n";

const advice = `
  Install the graphics driver with its Vulkan part; without a card, Debian's ` +
  `mesa-vulkan-drivers and libvulkan1 compute in software
  Or set device=cpu
`;

Deno.test("a device that is not there gives one warning and the CPU", () => {
  assertEquals(run("device=webgpu", noAdapter), {
    out: onHost,
    err:
      'RuntimeWarning: Cannot use the device "webgpu": there is no graphics adapter, so the CPU ' +
      `is used${advice}`,
  });
});

Deno.test("a device that is not there is an error where it is forced", () => {
  const { out, err } = run("device=cuda0,force_device=True", noAdapter);
  assertEquals(out, "");
  assert(
    err.includes(
      `RuntimeError: Cannot use the device "cuda0": there is no graphics adapter${advice}`,
    ),
    err,
  );
});

functionTest("Theano's words for devices open the adapter, and a line says which", () => {
  for (const device of ["webgpu", "gpu", "cuda", "cuda0", "opencl0:0"]) {
    const { out, err } = run(`device=${device}`);
    assertEquals(out, onCard);
    assert(new RegExp(`^Mapped name None to device ${device}: .+\n$`).test(err), err);
  }
});

functionTest("print_active_device=False opens a device in silence", () => {
  assertEquals(run("device=webgpu,print_active_device=False"), { out: onCard, err: "" });
});

functionTest("init_gpu_device opens a device to which nothing moves by itself", () => {
  const { out, err } = run("init_gpu_device=cuda,print_active_device=False");
  assertEquals([out, err], [onHost, ""]);
  const both = run("init_gpu_device=cuda,device=cuda");
  assert(both.err.includes("ValueError: you must set device=cpu to use init_gpu_device."));
});

functionTest("contexts gives the one device names, which are targets", () => {
  const program = `
    import * as theano from "${mod}";
    const { tensor: T } = theano;
    const data = theano.ones([4, 4], "float32");
    const [a, b] = ["dev0", "dev1"].map((target) => theano.shared(data, { target }));
    const f = theano.function([], [T.dot(a, a), T.dot(b, b).transfer("dev1")]);
    console.log(f.maker.fgraph.toposort().map(({ op }) => op.name).join(" "));
    console.log(f().map((value) => value.get(0, 0).item() + value.constructor.name).join(" "));
  `;
  const { out, err } = run("contexts=dev0->cuda0;dev1->cuda1", {}, program);
  assertEquals(out, "GpuDot22 HostFromGpu(gpuarray) GpuDot22\n4NDArray 4GpuArray\n");
  assertMatch(
    err,
    new RegExp(
      '^RuntimeWarning: Cannot map "dev1" to the device "cuda1": WebGPU shows a program one ' +
        "adapter, which it is mapped to\n" +
        "Mapped name dev0 to device cuda0: .+\nMapped name dev1 to device cuda0: .+\n$",
    ),
  );
});

functionTest("optimizer=fast_compile keeps the device, mode=FAST_COMPILE does not", () => {
  const silent = "device=webgpu,print_active_device=False";
  assertEquals(run(`${silent},optimizer=fast_compile`).out, onCard);
  assertEquals(run(`${silent},mode=FAST_COMPILE`).out, onHost);
  assertEquals(run(`${silent},optimizer_excluding=gpuarray`).out, onHost);
});

functionTest("a device without shader-f16 leaves float16 to the CPU", () => {
  const program = `
    const { features } = Object.getOwnPropertyDescriptors(GPUAdapter.prototype);
    const get = function () {
      return new Set([...features.get.call(this)].filter((name) => name !== "shader-f16"));
    };
    Object.defineProperty(GPUAdapter.prototype, "features", { get });
    const theano = await import("${mod}");
    const { tensor: T } = theano;
    const [x, y] = [T.tensor("float16", [false]), T.fvector()];
    const z = T.cast(T.exp(x), "float32").add(T.exp(y));
    const f = theano.function([x, y], z);
    console.log(f.maker.fgraph.toposort().map(({ op }) => op.name).join(" "), String(f([0], [0])));
  `;
  const silent = "device=webgpu,print_active_device=False";
  assertEquals(run(silent, {}, program), {
    out: "GpuFromHost<None> Elemwise{Composite{Cast{float32}(exp(i0))}} GpuFromHost<None> " +
      "GpuElemwise{Composite{(i0 + exp(i1))}}[(0, 0)] HostFromGpu(gpuarray) [2.]\n",
    err: "",
  });
});

functionTest("assert_no_cpu_op tells of work between two waves of the device", async () => {
  const graph = (): theano.tensor.TensorVariable => {
    const x = theano.shared(theano.ones([3, 2], "float32"));
    return T.permuteRowElements(T.exp(x), [1, 0]).add(x);
  };
  const text =
    /^CPU Op PermuteRowElements\(HostFromGpu\(gpuarray\)\.0, .*\) is detected in the computation/;
  const warnings: string[] = [];
  const before = setWarningListener((_, text) => void warnings.push(text));
  try {
    await onDevice(() => {
      theano.changeFlags({ assert_no_cpu_op: "warn" }, () => theano.function([], graph()));
      assertEquals(warnings.length, 1);
      assertMatch(warnings[0]!, text);
      const error = assertThrows(() =>
        theano.changeFlags({ assert_no_cpu_op: "raise" }, () => theano.function([], graph()))
      ) as Error;
      assertMatch(error.message, text);
    });
  } finally {
    setWarningListener(before);
  }
});

Deno.test("gpu.use() refuses what is no device", async () => {
  const error = await assertRejects(() => theano.gpu.use("tpu"), theano.errors.ValueError);
  assertEquals(
    error.message,
    'Cannot use the device "tpu": there is no such kind of device\n' +
      "  Devices are cpu and webgpu; gpu, cuda0 and opencl0:0 are other words for webgpu",
  );
});

functionTest("gpu.use() says that WebGPU shows one adapter", async () => {
  const error = await assertRejects(
    () => theano.gpu.use("cuda1", { force: true }),
    theano.errors.RuntimeError,
  );
  assertEquals(
    error.message,
    'Cannot use the device "cuda1": WebGPU shows a program one adapter, number 0\n' +
      "  Ask for cuda0; the system's settings choose among several cards",
  );
});

functionTest("a lost device is an error at the next call, and can be opened again", async () => {
  const opened: GPUDevice[] = [];
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...given): Promise<GPUDevice> {
    const device = await requestDevice.apply(this, given);
    opened.push(device);
    return device;
  };
  try {
    const x = T.fvector("x");
    const f = await onDevice(() => theano.function([x], T.exp(x)));
    assertEquals(f([0]).toArray(), [1]);
    // A device of an earlier test may be open still.
    const lost = opened.at(-1);
    if (lost === undefined) return;
    lost.destroy();
    const first = assertThrows(() => f([0]), theano.errors.RuntimeError);
    assert(first.message.startsWith('Cannot use the device "webgpu": '), first.message);
    await lost.lost;
    await new Promise((done) => setTimeout(done, 20));
    const second = assertThrows(() => f([0]), theano.errors.RuntimeError);
    assert(
      second.message.endsWith('Open it again with await theano.gpu.use("webgpu")'),
      second.message,
    );
    await theano.gpu.use("webgpu");
    assertEquals(f([0]).toArray(), [1]);
  } finally {
    GPUAdapter.prototype.requestDevice = requestDevice;
    await theano.gpu.use("cpu");
  }
});
