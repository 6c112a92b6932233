/**
 * @file Calls of the shared product kernels. Their code lies in a module of its own (`gemm.ts`),
 * compiled once for the process.
 *
 * ```text
 * products(batch, aNext, bNext, cNext, what gemm takes)
 *   for i < batch
 *     gemm(m, n, k, a, …, b, …, c, …, alpha, beta, scratch)
 *     a += aNext;  b += bNext;  c += cNext                in bytes
 * ```
 */

import { dtypes } from "../dtype/dtype.ts";
import type { GemmKernel, Operand } from "../kernel/kernel.ts";
import { isOne, type Size } from "../kernel/size.ts";
import type { Argument, KernelCode } from "./nest.ts";
import { add, call, type Callee, Func, type ValueType } from "./tree.ts";

/** What a product kernel takes: see `gemm.ts`. */
const params: readonly ValueType[] = [
  ...new Array<ValueType>(11).fill("i32"),
  "f64",
  "f64",
  "i32",
];

/** Which of them are the addresses of `a`, `b` and `c`. */
const matrices = [3, 6, 9] as const;

/** The code of a product or of a batch: an imported function, or one that calls it. */
export function gemmCode(kernel: GemmKernel): KernelCode {
  const { dtype, dims: [batch, ...dims], a, b, c, alpha, beta, scratch } = kernel;
  const name = dtype === "float32" ? "gemm_f32" : "gemm_f64";
  const count = (size: Size): Argument => ({ kind: "count", size });
  const matrix = (walk: Operand, strides: readonly Size[]): Argument[] => [
    { kind: "pointer", walk },
    ...strides.map(count),
  ];
  const product: Argument[] = [
    ...dims.map(count),
    ...matrix(a, a.strides.slice(1)),
    ...matrix(b, b.strides.slice(1)),
    ...matrix(c, c.strides.slice(1, 2)),
    { kind: "number", walk: alpha },
    { kind: "number", walk: beta },
    { kind: "pointer", walk: scratch },
  ];
  if (isOne(batch)) {
    return {
      key: name,
      make: (module) => module.importFunc("gemm", name, { params, results: [] }),
      args: product,
    };
  }
  const next = ({ strides }: Operand): Argument => ({
    kind: "bytes",
    size: strides[0]!,
    scale: dtypes[dtype].bytes,
  });
  return {
    key: `${name} of a batch`,
    make: (module) =>
      module.add(batchKernel(module.importFunc("gemm", name, { params, results: [] }))),
    args: [count(batch), ...[a, b, c].map(next), ...product],
  };
}

/** The function `products` of the head comment. */
function batchKernel(gemm: Callee): Func {
  const f = new Func(`${gemm.name} of a batch`);
  const batch = f.param("i32", "batch");
  const nexts = matrices.map((_, k) => f.param("i32", `next${k}`));
  const product = params.map((type, k) => f.param(type, `p${k}`));
  const i = f.local("i32", "i");
  return f.body(
    f.for(i, 0, batch, 1, [
      call(gemm, ...product),
      matrices.map((at, k) => product[at]!.set(add(product[at]!, nexts[k]!))),
    ]),
  );
}
