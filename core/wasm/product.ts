/**
 * @file Calls of the shared product kernels. Their code lies in a module of its own (`gemm.ts`),
 * compiled
 * once for the process.
 */

import type { GemmKernel } from "../kernel/kernel.ts";
import type { Size } from "../kernel/size.ts";
import type { Argument, KernelCode } from "./nest.ts";
import type { ValueType } from "./tree.ts";

/** What a product kernel takes: see `gemm.ts`. */
const params: readonly ValueType[] = [
  ...new Array<ValueType>(11).fill("i32"),
  "f64",
  "f64",
  "i32",
];

/** The code of a matrix product: an imported function. */
export function gemmCode({ dtype, dims, a, b, c, alpha, beta, scratch }: GemmKernel): KernelCode {
  const name = dtype === "float32" ? "gemm_f32" : "gemm_f64";
  const count = (size: Size): Argument => ({ kind: "count", size });
  return {
    key: name,
    make: (module) => module.importFunc("gemm", name, { params, results: [] }),
    args: [
      ...dims.map(count),
      { kind: "pointer", walk: a },
      ...a.strides.map(count),
      { kind: "pointer", walk: b },
      ...b.strides.map(count),
      { kind: "pointer", walk: c },
      count(c.strides[0]!),
      { kind: "number", walk: alpha },
      { kind: "number", walk: beta },
      { kind: "pointer", walk: scratch },
    ],
  };
}
