/**
 * @file Sorts of rows under test: kernels with the arrays they run on.
 */

import type { DType, Element } from "../../core/dtype/dtype.ts";
import type { Operand, SortKernel } from "../../core/kernel/kernel.ts";
import { sortScratch } from "../../core/wasm/sort.ts";
import { KernelCase } from "./kernel_case.ts";

/** What is sorted, and how it lies. */
export interface Sorted {
  readonly dtype: DType;
  readonly rows: number;
  readonly columns: number;
  readonly elements: readonly Element[];
  /** Whether the columns of a row are as many elements apart as there are rows, not neighbours. */
  readonly isTurned?: boolean;
}

/** A sort that gives elements and places. */
export function sortCase(
  { dtype, rows, columns, elements, isTurned = false }: Sorted,
): { readonly kernelCase: KernelCase; readonly kernel: SortKernel } {
  const kernelCase = new KernelCase();
  const [zero, one] = [kernelCase.constant(0), kernelCase.constant(1)];
  const strides = isTurned ? [one, kernelCase.dynamic(rows)] : [kernelCase.dynamic(columns), one];
  const walk = (buffer: number, dtype: DType): Operand => ({
    buffer,
    dtype,
    offset: zero,
    strides,
  });
  const { bytes, bytesPerColumn } = sortScratch(dtype, true);
  const scratch = kernelCase.scratch("uint8", bytes + bytesPerColumn * columns);
  const places = new Array<bigint>(elements.length).fill(-1n);
  const kernel: SortKernel = {
    kind: "sort",
    dims: [rows, columns].map((n) => kernelCase.dynamic(n)),
    input: walk(kernelCase.input(dtype, elements), dtype),
    values: walk(kernelCase.output(dtype, elements), dtype),
    places: walk(kernelCase.output("int64", places), "int64"),
    scratch: { buffer: scratch, dtype: "uint8", offset: zero, strides: [] },
  };
  return { kernelCase, kernel };
}
