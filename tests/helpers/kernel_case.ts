/**
 * @file Programs of one kernel under test, with the arrays it runs on.
 *
 * Each output starts as a copy of an array and is read back whole, so that a store to a wrong place
 * shows. Numbers are constants of the program or 0-d arguments of the call, as the case wants.
 */

import { NDArray } from "../../core/array/ndarray.ts";
import {
  type DType,
  type Element,
  isComplex,
  makeStorage,
  setElement,
} from "../../core/dtype/dtype.ts";
import type { Kernel, Operand } from "../../core/kernel/kernel.ts";
import type { BufferSpec, Step, View } from "../../core/kernel/program.ts";
import { type Size, Sizes } from "../../core/kernel/size.ts";
import type { Lowered } from "../../core/kernel/target.ts";
import { Builder } from "../../core/scalar/expr.ts";

/** A program of one kernel, and its arguments. */
export class KernelCase {
  readonly sizes: Sizes = new Sizes();
  readonly args: NDArray[] = [];
  readonly buffers: BufferSpec[] = [];
  readonly #steps: Step[] = [];
  readonly #outputs: View[] = [];

  /** A number known while compiling. */
  constant(value: number): Size {
    return this.sizes.const(value);
  }

  /** A number known at the call. */
  dynamic(value: number): Size {
    const buffer = this.#argument(NDArray.scalar(BigInt(value), "int64"));
    return this.sizes.value(buffer);
  }

  #argument(value: NDArray): number {
    const { dtype, ndim } = value;
    const index = this.args.push(value) - 1;
    return this.buffers.push({ role: "argument", dtype, index, shape: null, ndim }) - 1;
  }

  /** A buffer the kernel reads. */
  input(dtype: DType, elements: readonly Element[]): number {
    return this.#argument(vectorOf(dtype, elements));
  }

  /** A buffer the kernel may write: it starts with these elements. */
  output(dtype: DType, elements: readonly Element[]): number {
    const from = this.input(dtype, elements);
    const shape = [this.constant(elements.length)];
    const to = this.scratch(dtype, elements.length);
    this.#steps.push({
      kind: "run",
      node: 0,
      kernel: this.#copy(dtype, elements.length, from, to),
    });
    const [offset, one] = [this.constant(0), this.constant(1)];
    this.#outputs.push({ buffer: to, dtype, offset, shape, strides: [one] });
    return to;
  }

  /** A buffer without a first value, which is not read back. */
  scratch(dtype: DType, size: number): number {
    const shape = [this.constant(size)];
    return this.buffers.push({ role: "workspace", dtype, index: 0, shape, ndim: 1 }) - 1;
  }

  #copy(dtype: DType, size: number, from: number, to: number): Kernel {
    const part = dtype === "complex64" ? "float32" : dtype === "complex128" ? "float64" : dtype;
    const dims = [this.constant(isComplex(dtype) ? 2 * size : size)];
    const strides = [this.constant(1)];
    const offset = this.constant(0);
    const walk = (buffer: number): Operand => ({ buffer, dtype: part, offset, strides });
    return {
      kind: "map",
      dims,
      inputs: [walk(from)],
      params: [],
      counters: [],
      outputs: [walk(to)],
      bodies: [new Builder().input(0, part)],
    };
  }

  /** The program that runs a kernel. */
  lowered(kernel: Kernel): Lowered {
    const failure = {
      kind: "IndexError" as const,
      text: "index {index}, size {size}, axis {axis}",
      sizes: [],
      node: 0,
    };
    return {
      program: {
        buffers: this.buffers,
        steps: [...this.#steps, { kind: "run", node: 0, kernel, failure }],
        outputs: this.#outputs,
        commits: [],
        nodes: ["the kernel"],
      },
      sizes: this.sizes,
      constants: [],
      hosts: [],
    };
  }
}

/** A vector of elements. */
export function vectorOf(dtype: DType, elements: readonly Element[]): NDArray {
  const data = makeStorage(dtype, elements.length);
  elements.forEach((x, k) => setElement(data, k, x, dtype));
  return NDArray.of(data, [elements.length], dtype);
}
