/**
 * @file Kernels of a user's own code: calls of functions that their modules export.
 *
 * ```text
 * call(block, numbers…)
 *   block[k] = number k, for each                      32 bits each
 *   status = run(block)
 *   if status   fault.index = status
 *   return status
 * ```
 */

import { contentHash } from "../array/hash.ts";
import { fail } from "../errors.ts";
import type { CustomKernel, WholeOperand } from "../kernel/kernel.ts";
import { bodiesOf, type Program } from "../kernel/program.ts";
import { Module } from "./encode.ts";
import { fault } from "./layout.ts";
import type { Argument, KernelCode } from "./nest.ts";
import { call, type Callee, Func, i32, ifElse, op, opAt, type Signature } from "./tree.ts";

const signature: Signature = { params: ["i32"], results: ["i32"] };

/** What a module of users' code is imported by. */
function nameOf(bytes: Uint8Array): string {
  return `code ${bytes.length} ${contentHash(bytes)}`;
}

/** The code of a kernel: a function that writes the block and calls the imported one. */
export function customCode(
  { name: op, code: { wasm }, inputs, outputs, scratch }: CustomKernel,
): KernelCode {
  if (wasm === undefined) {
    return fail("RuntimeError", `run ${op} on the host`, "it has code for devices alone", [
      "Give it code for WebAssembly, too",
      "Or see that all of its loop can run on the device: no float64, no conditions computed there",
    ]);
  }
  const name = nameOf(wasm.bytes);
  const numbers = [...inputs, ...outputs].flatMap(numbersOf);
  return {
    key: `${name} of ${numbers.length} numbers`,
    make: (module) =>
      module.add(callWithBlock(module.importFunc("custom", name, signature), numbers.length)),
    args: [{ kind: "pointer", walk: scratch }, ...numbers],
  };
}

/** What the block says of an operand. */
function numbersOf(walk: WholeOperand): Argument[] {
  const counts = [...walk.shape, ...walk.strides].map((size) => ({ kind: "count", size }) as const);
  return [{ kind: "pointer", walk }, ...counts];
}

/** The function `call` of the head comment. */
function callWithBlock(run: Callee, count: number): Func {
  const f = new Func(`call ${run.name}`, ["i32"]);
  const block = f.param("i32", "block");
  const numbers = Array.from({ length: count }, (_, k) => f.param("i32", `n${k}`));
  const status = f.local("i32", "status");
  return f.body([
    numbers.map((number, k) => opAt("i32.store", 4 * k, block, number)),
    status.set(call(run, block)),
    ifElse(status, [op("i64.store", i32(fault.index), op("i64.extend_i32_s", status))]),
  ], status.get);
}

/** The modules of a program's users' code, those of its bodies included, by their names. */
export function customModules(program: Program): Record<string, Uint8Array<ArrayBuffer>> {
  const own = program.steps.flatMap((step) => {
    const wasm = step.kind === "run" && step.kernel.kind === "custom" && step.kernel.code.wasm;
    return wasm ? [[nameOf(wasm.bytes), wasm.bytes] as const] : [];
  });
  const inner = program.steps.flatMap(bodiesOf).map((body) => customModules(body.program));
  return Object.assign(Object.fromEntries(own), ...inner);
}

/**
 * The function of a module of users' code.
 *
 * @param bytes The module.
 * @param memory What it imports as `env.memory`.
 * @throws {TypeError} If it is no such module.
 */
export function customFunction(
  bytes: Uint8Array<ArrayBuffer>,
  memory: WebAssembly.Memory,
): WebAssembly.ExportValue {
  const action = "use the WebAssembly code of an op";
  if (hasData(bytes)) {
    fail(
      "TypeError",
      action,
      "it puts data at fixed addresses of the memory, which is not its own",
    );
  }
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory },
    });
    new WebAssembly.Instance(new WebAssembly.Module(proof()), { custom: exports });
    return exports["run"]!;
  } catch (error) {
    return fail("TypeError", action, (error as Error).message, [
      "It imports env.memory, (memory 0 65536 shared), and nothing else",
      "It exports run: [i32] -> [i32]",
    ]);
  }
}

/** A module that can be linked with what has the right `run`. */
function proof(): Uint8Array<ArrayBuffer> {
  const module = new Module("proof");
  module.importFunc("custom", "run", signature);
  return module.encode({ names: false });
}

const dataSection = 11;

/** Whether a module has a section of data. */
function hasData(bytes: Uint8Array): boolean {
  let at = 8;
  while (at < bytes.length) {
    const section = bytes[at++];
    if (section === dataSection) return true;
    let [size, shift, byte] = [0, 0, 0];
    do {
      byte = bytes[at++]!;
      size += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte >= 0x80);
    at += size;
  }
  return false;
}
