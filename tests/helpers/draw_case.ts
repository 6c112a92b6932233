/**
 * @file Draws of random numbers as kernels under test.
 */

import type { DType } from "../../core/dtype/dtype.ts";
import type { Operand, RandomDraw, RandomKernel } from "../../core/kernel/kernel.ts";
import { KernelCase } from "./kernel_case.ts";

/** A draw, and what it draws from. */
export interface DrawCase {
  readonly kernelCase: KernelCase;
  readonly kernel: RandomKernel;
}

/**
 * A draw from a state that is kept. The numbers are followed by some that must stay.
 *
 * @param draw What is drawn.
 * @param dtype The dtype of the numbers.
 * @param words The state.
 * @param dims How many numbers, and of how many streams.
 */
export function drawCase(
  draw: RandomDraw,
  dtype: "float32" | "float64",
  words: Int32Array | Uint32Array,
  [count, streams]: readonly [number, number],
): DrawCase {
  const on = new KernelCase();
  const stateDType: DType = words instanceof Int32Array ? "int32" : "uint32";
  const walk = (buffer: number, dtype: DType): Operand => ({
    buffer,
    dtype,
    offset: on.constant(0),
    strides: [],
  });
  const kernel: RandomKernel = {
    kind: "random",
    draw,
    dims: [on.dynamic(count), draw === "mrgUniform" ? on.dynamic(streams) : on.constant(1)],
    state: walk(on.input(stateDType, [...words]), stateDType),
    next: walk(on.output(stateDType, [...words].map(() => 7)), stateDType),
    output: walk(on.output(dtype, new Array<number>(count + 3).fill(-7)), dtype),
  };
  return { kernelCase: on, kernel };
}
