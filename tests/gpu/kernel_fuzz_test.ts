/**
 * @file Random kernels of words on a device, against the interpreter; on wide grids and on narrow
 * ones, where workgroups go on in further rows.
 */

import { assertEquals } from "@std/assert";
import { kernelCode } from "../../gpu/kernels.ts";
import { Random } from "../helpers/random.ts";
import { KernelMaker, kernelMakers } from "../wasm/random_kernel.ts";
import { checkCase } from "./cases.ts";
import { deviceTest, testLimits } from "./device.ts";

/** Dtypes in which every device computes exactly. */
const wordDTypes = ["bool", "int32", "uint32", "int64"] as const;

/** Random bodies often compute in dtypes that devices do not have. */
const [wanted, most] = [20, 1000];

/** Floats, where they are exact too; a device without float16 runs fewer kernels. */
const floatDTypes = ["float32", "float16"] as const;

/** Kinds of kernel that only compare and move elements, so that floats are exact too. */
const moving = /^(search in any order|gather|sort)$/;

for (const [kind, make] of Object.entries(kernelMakers)) {
  deviceTest(`${kind} kernels of words do what the interpreter does`, async (runner) => {
    let ran = 0;
    for (let seed = 0; seed < most && ran < wanted; seed++) {
      const dtypes = moving.test(kind) ? [...wordDTypes, ...floatDTypes] : wordDTypes;
      const maker = new KernelMaker(new Random(seed), true, dtypes);
      const kernel = make(maker);
      const groups = seed % 2 === 0 ? testLimits.groups : 3;
      const code = kernelCode(kernel, { ...testLimits, groups });
      if (await checkCase(runner, maker.case, kernel, { code })) ran++;
    }
    assertEquals(ran, wanted);
  });
}
