/**
 * @file Rows chosen by an index array: copied, set and added to whole.
 */

import type { DType } from "../../core/dtype/dtype.ts";
import type { IndexedAxis, Kernel, Operand } from "../../core/kernel/kernel.ts";
import { InterpreterTarget } from "../../core/kernel/stepper.ts";
import { KernelCase } from "../helpers/kernel_case.ts";
import { Random } from "../helpers/random.ts";
import { laneDTypes, randomElement } from "../helpers/random_expr.ts";
import { assertSame, outcome, wasmTarget } from "../helpers/targets.ts";

const interpreter = new InterpreterTarget();
const wasm = wasmTarget();
const rows = [2, 0, -1, 2, 2, 1, -4, 3];
const tall = 4;

/** A kernel on rows of a table of four, with one neighbour of each row's end left alone. */
function onRows(
  kind: "gather" | "set" | "add",
  dtype: DType,
  columns: number,
  chosen: readonly number[] = rows,
): { readonly kernelCase: KernelCase; readonly kernel: Kernel } {
  const kernelCase = new KernelCase();
  const random = new Random(columns);
  const [zero, one] = [kernelCase.constant(0), kernelCase.constant(1)];
  const pitch = kernelCase.dynamic(columns + 1);
  const elements = (count: number) => random.list(count, () => randomElement(random, dtype));
  const walk = (buffer: number, isTable: boolean): Operand => ({
    buffer,
    dtype,
    offset: zero,
    strides: [isTable ? zero : pitch, one],
  });
  const table = elements(tall * (columns + 1));
  const list = elements(chosen.length * (columns + 1));
  const index = kernelCase.input("int64", chosen.map(BigInt));
  const axis: IndexedAxis = {
    index: { buffer: index, dtype: "int64", offset: zero, strides: [one, zero] },
    length: kernelCase.dynamic(tall),
    stride: pitch,
    axis: 0,
    wraps: true,
  };
  const dims = [chosen.length, columns].map((n) => kernelCase.dynamic(n));
  const indices = [axis];
  const kernel: Kernel = kind === "gather"
    ? {
      kind,
      dims,
      indices,
      source: walk(kernelCase.input(dtype, table), true),
      output: walk(kernelCase.output(dtype, list), false),
    }
    : {
      kind: "scatter",
      dims,
      indices,
      target: walk(kernelCase.output(dtype, table), true),
      value: walk(kernelCase.input(dtype, list), false),
      accumulate: kind === "add",
    };
  return { kernelCase, kernel };
}

function check(
  { kernelCase, kernel }: { readonly kernelCase: KernelCase; readonly kernel: Kernel },
  name: string,
): void {
  const lowered = kernelCase.lowered(kernel);
  const { executable } = wasm.build(lowered);
  const expected = outcome(interpreter.build(lowered).executable, kernelCase.args);
  assertSame(outcome(executable, kernelCase.args), expected, name);
  executable.free();
}

const withComplex: readonly DType[] = [...laneDTypes, "complex64", "complex128"];

for (const kind of ["gather", "set", "add"] as const) {
  Deno.test(`rows of every dtype and length: ${kind}`, () => {
    for (const dtype of kind === "add" ? laneDTypes : withComplex) {
      for (const columns of [1, 2, 3, 4, 5, 8, 9, 31]) {
        check(onRows(kind, dtype, columns), `${dtype}, ${columns} columns`);
      }
    }
  });

  Deno.test(`rows out of range are refused, empty ones too: ${kind}`, () => {
    for (const columns of [0, 1, 6]) {
      check(onRows(kind, "float32", columns, [0, 4, 1]), `above, ${columns} columns`);
      check(onRows(kind, "float32", columns, [0, 1, -5]), `below, ${columns} columns`);
      check(onRows(kind, "float32", columns, []), `none, ${columns} columns`);
    }
  });
}
