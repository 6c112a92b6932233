/** @file Running sums on a device: several rows in a workgroup, one, and several parts to a row. */

import { assert, assertEquals } from "@std/assert";
import type { Element } from "../../core/dtype/dtype.ts";
import { defaultLimits } from "../../gpu/code.ts";
import { kernelCode } from "../../gpu/kernels.ts";
import { cumulativeCase, type Summed } from "../helpers/cumulative_case.ts";
import { Random } from "../helpers/random.ts";
import { type Bound, checkCase } from "./cases.ts";
import { deviceTest } from "./device.ts";

type DeviceDType = "bool" | "int32" | "uint32" | "int64" | "float32";

/** Elements whose sums wrap, or whose first true one is late. */
const elements: Readonly<Record<DeviceDType, (random: Random) => Element>> = {
  bool: (random) => random.chance(0.01),
  int32: (random) => random.below(2 ** 32) - 2 ** 31,
  uint32: (random) => random.below(2 ** 32),
  int64: (random) => BigInt(random.below(2 ** 32)) << 31n,
  float32: (random) => Math.fround(random.next()),
};

function sample(dtype: DeviceDType, rows: number, columns: number, isTurned = false): Summed {
  const random = new Random(rows + columns);
  const list = random.list(rows * columns, () => elements[dtype](random));
  return { dtype, rows, columns, elements: list, isTurned };
}

/** Terms below 1, and no more roundings of a sum than of one after the other in 64 lanes. */
function boundOf(columns: number): Bound {
  return (wanted) => (40 + columns / 64) * 2 ** -24 * Math.max(wanted, 1);
}

const sizes = [[0, 5], [5, 0], [1, 1], [3, 2], [300, 7], [2, 128], [3, 256], [2, 257], [3, 5000]];

for (const dtype of Object.keys(elements) as DeviceDType[]) {
  deviceTest(`running sums of ${dtype} in rows of all lengths`, async (runner) => {
    for (const [rows, columns] of sizes as [number, number][]) {
      for (const isTurned of [false, true]) {
        const { kernelCase, kernel } = cumulativeCase(sample(dtype, rows, columns, isTurned));
        const options = dtype === "float32" ? { bound: boundOf(columns) } : {};
        assert(await checkCase(runner, kernelCase, kernel, options), `${rows} × ${columns}`);
      }
    }
  });
}

deviceTest("very long rows, and workgroups in several rows of the grid", async (runner) => {
  for (const [rows, columns, groups] of [[1, 100_000, 65535], [3, 9000, 2], [900, 5, 2]] as const) {
    for (const dtype of ["uint32", "float32"] as const) {
      const { kernelCase, kernel } = cumulativeCase(sample(dtype, rows, columns));
      const code = kernelCode(kernel, { ...defaultLimits, groups });
      const bound = dtype === "float32" ? boundOf(columns) : () => 0;
      assert(await checkCase(runner, kernelCase, kernel, { code, bound }));
    }
  }
});

Deno.test("devices do not add up doubles one by one", () => {
  const { kernel } = cumulativeCase({ dtype: "float64", rows: 1, columns: 2, elements: [1, 2] });
  assertEquals(kernelCode(kernel), undefined);
});

Deno.test("the shaders of running sums read like the kernel", async (t) => {
  const { kernel } = cumulativeCase(sample("float32", 2, 3));
  for (const { text } of kernelCode(kernel)!.shaders) await t.assertSnapshot(text);
});
