/**
 * @file Running sums of rows under test: kernels with the arrays they run on.
 */

import type { DType, Element } from "../../core/dtype/dtype.ts";
import type { CumulativeKernel, Operand } from "../../core/kernel/kernel.ts";
import { Builder } from "../../core/scalar/expr.ts";
import { KernelCase } from "./kernel_case.ts";

/** What is added up, and how it lies. */
export interface Summed {
  readonly dtype: DType;
  readonly rows: number;
  readonly columns: number;
  readonly elements: readonly Element[];
  /** Whether the columns of a row are as many elements apart as there are rows, not neighbours. */
  readonly isTurned?: boolean;
}

/** Running sums; of bools, whether any so far is true. */
export function cumulativeCase(
  { dtype, rows, columns, elements, isTurned = false }: Summed,
): { readonly kernelCase: KernelCase; readonly kernel: CumulativeKernel } {
  const kernelCase = new KernelCase();
  const [zero, one] = [kernelCase.constant(0), kernelCase.constant(1)];
  const strides = isTurned ? [one, kernelCase.dynamic(rows)] : [kernelCase.dynamic(columns), one];
  const walk = (buffer: number): Operand => ({ buffer, dtype, offset: zero, strides });
  const s = new Builder();
  const [x, y] = [s.input(0, dtype), s.input(1, dtype)];
  const kernel: CumulativeKernel = {
    kind: "cumulative",
    dims: [rows, columns].map((n) => kernelCase.dynamic(n)),
    input: walk(kernelCase.input(dtype, elements)),
    output: walk(kernelCase.output(dtype, elements)),
    combine: dtype === "bool" ? s.or(x, y) : s.add(x, y),
  };
  return { kernelCase, kernel };
}
