/**
 * @file Instances of modules under test.
 */

import { Module } from "../../core/wasm/encode.ts";
import type { Func } from "../../core/wasm/tree.ts";

/** What a test calls: an exported function of a module. */
export type Exported = (...args: (number | bigint)[]) => number | bigint | undefined;

/** A module of the functions given, exported by name, and a memory of its own. */
export function instantiate(
  funcs: readonly Func[],
  pages: number = 1,
): { exports: Record<string, Exported>; memory: WebAssembly.Memory } {
  const module = new Module("test").importMemory({ shared: false });
  for (const func of funcs) module.add(func, func.name);
  const memory = new WebAssembly.Memory({ initial: pages });
  const compiled = new WebAssembly.Module(module.encode());
  const instance = new WebAssembly.Instance(compiled, { env: { memory } });
  return { exports: instance.exports as Record<string, Exported>, memory };
}
