/**
 * @file Kernels of a user's own code on devices: the shader as it stands, and what a call of it needs.
 */

import type { CustomKernel, WholeOperand } from "../core/kernel/kernel.ts";
import type { Size } from "../core/kernel/size.ts";
import type { KernelCode } from "./code.ts";

/** A user's shader, and what it is called with. */
export interface CustomShader {
  /** WGSL with the entry point `main`. */
  readonly text: string;
  /** The kernel's buffers at bindings 1, 2, …, and whether each is written. */
  readonly buffers: readonly { readonly buffer: number; readonly isWritten: boolean }[];
  /** What one call of it is, from the values of the kernel's sizes. */
  readonly plan: (sizeOf: (size: Size) => number) => CustomLaunch;
}

/** One call of a user's shader. */
export interface CustomLaunch {
  /** The words of the uniform at binding 0, as many as make whole times 16 bytes. */
  readonly params: Uint32Array<ArrayBuffer>;
  /** Workgroups along x and y. */
  readonly groups: readonly [x: number, y: number];
}

/**
 * The shader of a user's code.
 *
 * Dtypes: bool, int32, uint32 and float32.
 *
 * @param kernel The kernel.
 * @returns The shader; undefined where there is none, or an input is not contiguous from its buffer's
 *   first element on.
 */
export function customShader({ code, inputs, outputs }: CustomKernel): CustomShader | undefined {
  const { wgsl } = code;
  if (wgsl === undefined || code.wasm?.strided) return undefined;
  const { text, params = [], bindings, workgroups } = wgsl;
  type Number = (typeof params)[number];
  const operand = (array: (typeof bindings)[number]): WholeOperand =>
    "input" in array ? inputs[array.input]! : outputs[array.output]!;
  const starts = bindings.map(operand).every(({ offset }) =>
    offset.kind === "const" && offset.value === 0
  );
  if (!starts) return undefined;
  return {
    text,
    buffers: bindings.map((array) => ({
      buffer: operand(array).buffer,
      isWritten: "output" in array,
    })),
    plan: (sizeOf) => {
      const valueOf = (number: Number): number => {
        if (typeof number === "number") return number;
        const lengths = operand(number).shape.map(sizeOf);
        return number.axis === undefined
          ? lengths.reduce((n, length) => n * length, 1)
          : lengths[number.axis]!;
      };
      const [x, y = 1] = workgroups.map(({ of, per }) => Math.ceil(valueOf(of) / per));
      return { params: padded(params.map(valueOf)), groups: [x!, y] };
    },
  };
}

/** The code of a user's kernel: one shader, launched once. */
export function customCode(kernel: CustomKernel): KernelCode | undefined {
  const shader = customShader(kernel);
  return shader && {
    shaders: [{
      text: shader.text,
      resources: shader.buffers.map((buffer) => ({ kind: "buffer", ...buffer })),
    }],
    plan: (sizeOf) => ({ launches: [{ shader: 0, ...shader.plan(sizeOf) }], workspaces: [] }),
  };
}

/** Words, with zeros up to whole times 16 bytes, and not none. */
function padded(words: readonly number[]): Uint32Array<ArrayBuffer> {
  const result = new Uint32Array(4 * Math.max(1, Math.ceil(words.length / 4)));
  result.set(words);
  return result;
}
