/**
 * @file Kernels that draw random numbers: one shared module a draw and dtype, and calls of them.
 */

import type { RandomDraw, RandomKernel } from "../kernel/kernel.ts";
import { Module } from "./encode.ts";
import type { KernelCode } from "./nest.ts";
import { addMrg, type RandomDType } from "./random_mrg.ts";
import { addNormal } from "./random_normal.ts";
import { addUniform } from "./random_twister.ts";
import type { Signature } from "./tree.ts";

/** What each of them takes: count, streams, and the addresses of state, next state and numbers. */
const randomSignature: Signature = {
  params: ["i32", "i32", "i32", "i32", "i32"],
  results: [],
};

/** What adds the function of a draw to a module. */
const writers: Readonly<
  Record<RandomDraw, (module: Module, name: string, dtype: RandomDType) => void>
> = {
  mrgUniform: addMrg,
  uniform: addUniform,
  normal: addNormal,
};

function nameOf(draw: RandomDraw, dtype: RandomDType): string {
  return `${draw}_${dtype}`;
}

/**
 * The module of one draw. It imports `env.memory`, and `math.log` where it takes logarithms, and
 * exports a function of its own name.
 *
 * @param name What {@linkcode randomCode} imports.
 * @param shared Whether the memory is shared; true if left out.
 * @returns The bytes of the module.
 */
export function randomModule(name: string, shared: boolean = true): Uint8Array<ArrayBuffer> {
  const [draw, dtype] = name.split("_") as [RandomDraw, RandomDType];
  const module = new Module(name).importMemory({ shared });
  writers[draw](module, name, dtype);
  return module.encode();
}

/** The code of a draw: an imported function. */
export function randomCode({ draw, dims, state, next, output }: RandomKernel): KernelCode {
  const name = nameOf(draw, output.dtype as RandomDType);
  return {
    key: name,
    make: (module) => module.importFunc("random", name, randomSignature),
    args: [
      ...dims.map((size) => ({ kind: "count", size }) as const),
      ...[state, next, output].map((walk) => ({ kind: "pointer", walk }) as const),
    ],
  };
}
