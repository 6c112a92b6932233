/** @file Running sums on a device: several rows in a workgroup, one, and several parts to a row. */

import { assert, assertEquals } from "@std/assert";
import type { Element } from "../../core/dtype/dtype.ts";
import type { Operand } from "../../core/kernel/kernel.ts";
import { Sizes } from "../../core/kernel/size.ts";
import { Builder } from "../../core/scalar/expr.ts";
import { defaultLimits } from "../../gpu/code.ts";
import { kernelCode } from "../../gpu/kernels.ts";
import { cumulativeCase, type Summed } from "../helpers/cumulative_case.ts";
import { Random } from "../helpers/random.ts";
import { checkCase } from "./cases.ts";
import { deviceTest } from "./device.ts";

type DeviceDType = "bool" | "int32" | "uint32" | "int64" | "float32";

/** Elements whose sums wrap, or are whole numbers; of bools, the first true one is late. */
const elements: Readonly<Record<DeviceDType, (random: Random) => Element>> = {
  bool: (random) => random.chance(0.01),
  int32: (random) => random.below(2 ** 32) - 2 ** 31,
  uint32: (random) => random.below(2 ** 32),
  int64: (random) => BigInt(random.below(2 ** 32)) << 31n,
  float32: (random) => random.below(100),
};

function sample(dtype: DeviceDType, rows: number, columns: number, isTurned = false): Summed {
  const random = new Random(rows + columns);
  const list = random.list(rows * columns, () => elements[dtype](random));
  return { dtype, rows, columns, elements: list, isTurned };
}

const sizes = [[0, 5], [5, 0], [1, 1], [3, 2], [300, 7], [2, 128], [3, 256], [2, 257], [3, 5000]];

for (const dtype of Object.keys(elements) as DeviceDType[]) {
  deviceTest(`running sums of ${dtype} in rows of all lengths`, async (runner) => {
    for (const [rows, columns] of sizes as [number, number][]) {
      for (const isTurned of [false, true]) {
        const { kernelCase, kernel } = cumulativeCase(sample(dtype, rows, columns, isTurned));
        assert(await checkCase(runner, kernelCase, kernel), `${rows} × ${columns}`);
      }
    }
  });
}

deviceTest("very long rows, and workgroups in several rows of the grid", async (runner) => {
  for (const [rows, columns, groups] of [[1, 100_000, 65535], [3, 9000, 2], [900, 5, 2]] as const) {
    for (const dtype of ["uint32", "float32"] as const) {
      const { kernelCase, kernel } = cumulativeCase(sample(dtype, rows, columns));
      const code = kernelCode(kernel, { ...defaultLimits, groups });
      assert(await checkCase(runner, kernelCase, kernel, { code }));
    }
  }
});

deviceTest("sums of float32 pass a few roundings, not one a column", async (runner) => {
  const sizes = new Sizes();
  const [n, s] = [100_000, new Builder()];
  const walk = (buffer: number): Operand => ({
    buffer,
    dtype: "float32",
    offset: sizes.const(0),
    strides: [sizes.const(1)],
  });
  const random = new Random(1);
  const x = Float32Array.from({ length: n }, () => random.next());
  const [, words] = await runner.run({
    kind: "cumulative",
    dims: [sizes.const(n)],
    input: walk(0),
    output: walk(1),
    combine: s.add(s.input(0, "float32"), s.input(1, "float32")),
  }, [new Uint32Array(x.buffer), new Uint32Array(n)]);
  const got = new Float32Array(words!.buffer);
  let sum = 0;
  x.forEach((term, k) => {
    sum += term;
    const error = Math.abs(got[k]! - sum) / sum;
    assert(error <= 40 * 2 ** -24, `the sum of ${k + 1} is off by ${error}`);
  });
});

Deno.test("devices do not add up doubles one by one", () => {
  const { kernel } = cumulativeCase({ dtype: "float64", rows: 1, columns: 2, elements: [1, 2] });
  assertEquals(kernelCode(kernel), undefined);
});

Deno.test("the shaders of running sums read like the kernel", async (t) => {
  const { kernel } = cumulativeCase(sample("float32", 2, 3));
  for (const { text } of kernelCode(kernel)!.shaders) await t.assertSnapshot(text);
});
