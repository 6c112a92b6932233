/** @file Sorts of rows on a device: one workgroup, several rows in one, several to a row. */

import { assert, assertEquals } from "@std/assert";
import type { Element } from "../../core/dtype/dtype.ts";
import { defaultLimits } from "../../gpu/code.ts";
import { kernelCode } from "../../gpu/kernels.ts";
import { Random } from "../helpers/random.ts";
import { sortCase, type Sorted } from "../helpers/sort_case.ts";
import { checkCase } from "./cases.ts";
import { deviceTest } from "./device.ts";

type DeviceDType = "bool" | "int32" | "uint32" | "int64" | "float32";

/** Few different elements, those at the ends of their dtype among them. */
const elements: Readonly<Record<DeviceDType, readonly Element[]>> = {
  bool: [false, true],
  int32: [0, 1, -1, 7, -(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 1, 7, 2 ** 31, 2 ** 32 - 1],
  int64: [0n, 1n, -1n, 2n ** 32n, -(2n ** 32n), 2n ** 63n - 1n, -(2n ** 63n)],
  float32: [NaN, -NaN, 0, -0, 1, -1, Infinity, -Infinity, 1e-40, -1e-40, 3.5],
};

function sample(
  dtype: DeviceDType,
  rows: number,
  columns: number,
  isTurned: boolean = false,
): Sorted {
  const random = new Random(rows + columns);
  const picked = random.list(rows * columns, () => random.pick(elements[dtype]));
  return { dtype, rows, columns, elements: picked, isTurned };
}

for (const dtype of Object.keys(elements) as DeviceDType[]) {
  deviceTest(`rows of ${dtype} of all lengths are in order`, async (runner) => {
    const sizes = [[0, 5], [5, 0], [1, 1], [3, 2], [300, 7], [2, 128], [3, 256], [2, 257]];
    for (const [rows, columns] of [...sizes, [1, 513], [3, 1000]] as [number, number][]) {
      for (const isTurned of [false, true]) {
        const { kernelCase, kernel } = sortCase(sample(dtype, rows, columns, isTurned));
        assert(await checkCase(runner, kernelCase, kernel), `${rows} × ${columns}`);
      }
    }
  });
}

deviceTest("very long rows, and workgroups in several rows of the grid", async (runner) => {
  for (const [rows, columns, groups] of [[1, 100_000, 65535], [40, 700, 3], [900, 5, 2]] as const) {
    const { kernelCase, kernel } = sortCase(sample("float32", rows, columns));
    const code = kernelCode(kernel, { ...defaultLimits, groups });
    assert(await checkCase(runner, kernelCase, kernel, { code }));
  }
});

Deno.test("devices do not sort doubles", () => {
  const { kernel } = sortCase({ dtype: "float64", rows: 1, columns: 2, elements: [1, 2] });
  assertEquals(kernelCode(kernel), undefined);
});

Deno.test("the shaders of a sort read like the kernel", async (t) => {
  const { kernel } = sortCase(sample("float32", 2, 3));
  for (const text of new Set(kernelCode(kernel)!.shaders.map((shader) => shader.text))) {
    await t.assertSnapshot(text);
  }
});
