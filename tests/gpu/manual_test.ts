/** @file The programs of the chapter "Using the GPU" of Theano's manual, run as a user would. */

import { assertEquals, assertMatch } from "@std/assert";
import { denoCommand } from "../cache/deno_command.ts";
import { functionTest } from "./compiled.ts";

/** What an example prints with a device. */
function run(name: string): { out: string; err: string } {
  const { stdout, stderr } = new Deno.Command(denoCommand(), {
    args: ["run", "--quiet", "--no-check", "--allow-env", `examples/${name}.ts`],
    cwd: new URL("../../", import.meta.url),
    env: {
      NO_COLOR: "1",
      THEANO_FLAGS: "device=cuda0,floatX=float32",
      XDG_RUNTIME_DIR: "/tmp",
    },
    stdin: "null",
  }).outputSync();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { out: text(stdout), err: text(stderr) };
}

functionTest("the manual's test program uses the device, and a handle saves the copies", () => {
  const { out, err } = run("gpu");
  assertMatch(err, /^Mapped name None to device cuda0: .+\n$/);
  const node = "GpuElemwise{exp,no_inplace}(<TensorType(float32, vector)>)";
  const lines = out.split("\n");
  assertEquals([lines[0], lines[4]], [
    `[${node}, HostFromGpu(gpuarray)(GpuElemwise{exp,no_inplace}.0)]`,
    `[${node}]`,
  ]);
  for (const first of [0, 4]) {
    assertMatch(lines[first + 1]!, /^Looping 1000 times took \d+\.\d{6} seconds$/);
    assertEquals(lines.slice(first + 2, first + 4), [
      "Result is [1.2317803 1.6187934 1.5227807 ... 2.2077181 2.2996776 1.6232328]",
      "Used the gpu",
    ]);
  }
});

functionTest("the manual's logistic regression learns on the device as on the CPU", () => {
  assertEquals(
    run("gpu_logistic_regression").out,
    `Used the gpu
Step 0: cost 18.082
Step 250: cost 13.992
Step 500: cost 10.803
Step 750: cost 8.371
300 of 400 predicted; device=cuda0, floatX=float32
`,
  );
});
