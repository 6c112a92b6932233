/** @file Draws of random numbers on a device: bit by bit those of the host. */

import { assert, assertEquals } from "@std/assert";
import type { Operand } from "../../core/kernel/kernel.ts";
import { evaluateSize, type Size } from "../../core/kernel/size.ts";
import { modulus1, modulus2, mrgState, streamStates } from "../../core/random/mrg.ts";
import { RandomState } from "../../core/random/random_state.ts";
import { wordsOf } from "../../core/random/words.ts";
import { defaultLimits } from "../../gpu/code.ts";
import { kernelCode } from "../../gpu/kernels.ts";
import { windowed, windowOf } from "../../gpu/window.ts";
import { drawCase } from "../helpers/draw_case.ts";
import { KernelCase } from "../helpers/kernel_case.ts";
import { checkCase } from "./cases.ts";
import { deviceTest } from "./device.ts";

/** Streams of a seed, the first of which is at the ends of the moduli. */
function streamsOf(count: number): Int32Array {
  const words = streamStates(mrgState(12345), count);
  words.set([modulus1 - 1, 1, modulus1 - 1, modulus2 - 1, 0, modulus2 - 1]);
  return words;
}

deviceTest("uniform numbers of MRG31k3p have the host's bits", async (runner) => {
  for (const streams of [1, 2, 7, 64, 65, 130]) {
    for (const count of [0, 1, 2, 5, 64, 129, 130, 131, 500]) {
      const dims = [count, streams] as const;
      const { kernelCase, kernel } = drawCase("mrgUniform", "float32", streamsOf(streams), dims);
      assert(await checkCase(runner, kernelCase, kernel));
    }
  }
  const none = drawCase("mrgUniform", "float32", new Int32Array(0), [0, 0]);
  assert(await checkCase(runner, none.kernelCase, none.kernel));
});

deviceTest("long streams of MRG31k3p, and many, have the host's bits", async (runner) => {
  for (const [streams, groups] of [[1, 1], [3, 65535], [700, 3]] as const) {
    const dims = [30000, streams] as const;
    const { kernelCase, kernel } = drawCase("mrgUniform", "float32", streamsOf(streams), dims);
    const code = kernelCode(kernel, { ...defaultLimits, groups });
    assert(await checkCase(runner, kernelCase, kernel, { code }));
  }
});

deviceTest("states and numbers of MRG31k3p may lie anywhere", async (runner) => {
  const on = new KernelCase();
  const [count, streams] = [50, 9];
  const words = [7, 7, 7, ...streamsOf(streams), 7];
  const walk = (buffer: number, dtype: "int32" | "float32", offset: number): Operand => ({
    buffer,
    dtype,
    offset: on.dynamic(offset),
    strides: [],
  });
  const checked = await checkCase(runner, on, {
    kind: "random",
    draw: "mrgUniform",
    dims: [on.dynamic(count), on.constant(streams)],
    state: walk(on.input("int32", words), "int32", 3),
    next: walk(on.output("int32", words), "int32", 4),
    output: walk(on.output("float32", new Array<number>(count + 7).fill(-7)), "float32", 5),
  });
  assert(checked);
});

Deno.test("devices draw no doubles and none of the twister's numbers", () => {
  const twister = wordsOf(new RandomState(5).twister);
  const inDouble = drawCase("mrgUniform", "float64", streamsOf(2), [4, 2]);
  assertEquals(kernelCode(inDouble.kernel), undefined);
  for (const draw of ["uniform", "normal"] as const) {
    const { kernel } = drawCase(draw, "float32", twister, [4, 1]);
    assertEquals(kernelCode(kernel), undefined);
  }
});

Deno.test("a draw sees the parts of large buffers that its states and numbers are in", () => {
  const { kernelCase, kernel } = drawCase("mrgUniform", "float32", streamsOf(20), [50, 20]);
  const [at, from] = [kernelCase.constant(1000), kernelCase.constant(70)];
  const { windows } = windowed({
    ...kernel,
    state: { ...kernel.state, offset: from },
    output: { ...kernel.output, offset: at },
  });
  const { args, buffers } = kernelCase;
  const value = (buffer: number) => Number(args[buffers[buffer]!.index]!.item());
  const sizeOf = (size: Size) => evaluateSize(size, { dim: () => 0, value });
  const partOf = ({ buffer }: Operand) => windowOf(windows.get(buffer)!, sizeOf, 256);
  assertEquals(partOf(kernel.state), { offset: 256, bytes: 4 * (70 + 6 * 20) - 256 });
  assertEquals(partOf(kernel.next), { offset: 0, bytes: 4 * 6 * 20 });
  assertEquals(partOf(kernel.output), { offset: 3840, bytes: 4 * (1000 + 50) - 3840 });
});

Deno.test("the shader of a draw reads like the generator", async (t) => {
  const { kernel } = drawCase("mrgUniform", "float32", streamsOf(2), [4, 2]);
  await t.assertSnapshot(kernelCode(kernel)!.shaders[0]!.text);
});
