/**
 * @file Kernels of a user's own code on devices: the shader as it stands, and what a call of it needs.
 */

import type { CustomKernel, WholeOperand } from "../core/kernel/kernel.ts";
import type { KernelCode, SizeOf } from "./code.ts";

/**
 * The code of a user's kernel.
 *
 * Dtypes: bool, int32, uint32 and float32; float16 where the device has it.
 *
 * @param kernel The kernel. Its arrays are contiguous and start where their buffers do.
 * @returns The user's shader; undefined where there is none.
 */
export function customCode(kernel: CustomKernel): KernelCode | undefined {
  const { wgsl } = kernel.code;
  if (wgsl === undefined) return undefined;
  const { text, params = [], bindings, workgroups } = wgsl;
  const resources = bindings.map((array) => ({
    kind: "buffer" as const,
    buffer: operandOf(kernel, array).buffer,
    isWritten: "output" in array,
  }));
  return {
    shaders: [{ text, resources }],
    plan: (sizeOf) => {
      const [x, y = 1] = workgroups.map(({ of, per }) =>
        Math.ceil(valueOf(kernel, of, sizeOf) / per)
      );
      const words = params.map((number) => valueOf(kernel, number, sizeOf));
      return {
        launches: [{ shader: 0, params: padded(words), groups: [x!, y] }],
        workspaces: [],
      };
    },
  };
}

type Wgsl = NonNullable<CustomKernel["code"]["wgsl"]>;

function operandOf(
  { inputs, outputs }: CustomKernel,
  array: Wgsl["bindings"][number],
): WholeOperand {
  return "input" in array ? inputs[array.input]! : outputs[array.output]!;
}

function valueOf(
  kernel: CustomKernel,
  number: NonNullable<Wgsl["params"]>[number],
  sizeOf: SizeOf,
): number {
  if (typeof number === "number") return number;
  const lengths = operandOf(kernel, number).shape.map(sizeOf);
  return number.axis === undefined
    ? lengths.reduce((n, length) => n * length, 1)
    : lengths[number.axis]!;
}

/** Words, with zeros up to whole times 16 bytes, and not none. */
function padded(words: readonly number[]): Uint32Array<ArrayBuffer> {
  const result = new Uint32Array(4 * Math.max(1, Math.ceil(words.length / 4)));
  result.set(words);
  return result;
}
