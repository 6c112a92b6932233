/**
 * @file A device that lives in a thread of its own, for runtimes where nothing can be read before the
 * event loop turns: this thread sleeps until the other one has read. A read takes as long as an
 * `await` there (11 ms in Deno), but it is one.
 *
 * ```text
 * this thread                        the other thread
 * commands of a call, in a list ──▶  a LocalMachine carries them out
 * a read, and shared memory     ──▶  awaits, copies, wakes this thread
 *                               ◀──  faults, when this thread's event loop turns
 * ```
 */

import { raise } from "../core/errors.ts";
import { hasThreads, startThread, type Thread } from "../core/host/thread.ts";
import {
  type Access,
  type BufferUse,
  type Command,
  LocalMachine,
  type Machine,
} from "./machine.ts";
import type { Part } from "./machine.ts";

/** Where the words of an answer lie: 0 as long as there is none, then 1 or 2; the length of a text. */
const [done, failed] = [1, 2] as const;
const headBytes = 8;
/** Room for the text of a failure. */
const textBytes = 1024;

/** What the other thread runs. */
const program = `
const { parentPort, workerData } = require("node:worker_threads");
${LocalMachine}
const fault = (text, isLost) => parentPort.postMessage({ text, isLost });
const ready = (async () => {
  const adapter = await navigator.gpu.requestAdapter(workerData.adapter);
  return new LocalMachine(await adapter.requestDevice(workerData.device), fault);
})();
async function answer(machine, { id, bytes, memory }) {
  const head = new Int32Array(memory, 0, 2);
  const room = new Uint8Array(memory, ${headBytes});
  try {
    room.set(await machine.readLater(id, bytes));
    Atomics.store(head, 0, ${done});
  } catch (error) {
    head[1] = new TextEncoder().encodeInto(String(error.message), new Uint8Array(${textBytes})).written;
    room.set(new TextEncoder().encode(String(error.message)).subarray(0, ${textBytes}));
    Atomics.store(head, 0, ${failed});
  }
  Atomics.notify(head, 0);
}
let last = ready;
parentPort.on("message", ({ commands, read }) => {
  last = last.then(async (machine) => {
    for (const [name, args] of commands) {
      try {
        machine[name](...args);
      } catch (error) {
        fault(String(error.message), false);
      }
    }
    if (read) await answer(machine, read);
    return machine;
  });
});
`;

/** How a device is asked for. */
export interface Request {
  readonly adapter: GPURequestAdapterOptions;
  readonly device: GPUDeviceDescriptor;
}

type Message = readonly [name: keyof Machine, args: readonly unknown[]];

/** Starts the other thread, given whom to tell of its messages. */
export type StartThread = (onMessage: (message: unknown) => void) => Thread;

/** What starts a thread with a device; undefined where the runtime has none that can be waited for. */
export function threadOf(request: Request): StartThread | undefined {
  return hasThreads() ? (onMessage): Thread => startThread(program, request, onMessage) : undefined;
}

/** Commands given to a device of another thread. */
export class WorkerMachine implements Machine {
  readonly #thread: Thread;
  #commands: Message[] = [];
  /** Reads that somebody awaits: the process goes on until they are answered. */
  #awaited = 0;

  /**
   * Takes over a thread.
   *
   * @param start Starts the thread, given whom to tell of its messages.
   * @param onFault Told of what went wrong there.
   */
  constructor(start: StartThread, onFault: (text: string, isLost: boolean) => void) {
    this.#thread = start((message) => {
      if (message instanceof Error) onFault(message.message, true);
      else {
        const { text, isLost } = message as { text: string; isLost: boolean };
        onFault(text, isLost);
      }
    });
  }

  #add(name: keyof Machine, ...args: readonly unknown[]): void {
    this.#commands.push([name, args]);
  }

  #post(read?: { id: number; bytes: number; memory: SharedArrayBuffer }): void {
    this.#thread.post({ commands: this.#commands, read });
    this.#commands = [];
  }

  createBuffer(id: number, bytes: number, use: BufferUse): void {
    this.#add("createBuffer", id, bytes, use);
  }

  destroyBuffer(id: number): void {
    this.#add("destroyBuffer", id);
  }

  write(id: number, offset: number, data: Uint8Array<ArrayBuffer>): void {
    // The caller may change its array before the commands are posted.
    this.#add("write", id, offset, data.slice());
  }

  createPipeline(id: number, text: string, access: readonly Access[]): void {
    this.#add("createPipeline", id, text, access);
  }

  createGroup(id: number, pipeline: number, parts: readonly Part[]): void {
    this.#add("createGroup", id, pipeline, parts);
  }

  destroyGroup(id: number): void {
    this.#add("destroyGroup", id);
  }

  submit(commands: readonly Command[], times?: number): void {
    this.#add("submit", commands, times);
    this.#post();
  }

  #ask(id: number, bytes: number): Int32Array<SharedArrayBuffer> {
    const memory = new SharedArrayBuffer(headBytes + Math.max(Math.ceil(bytes / 4) * 4, textBytes));
    this.#post({ id, bytes, memory });
    return new Int32Array(memory, 0, 2);
  }

  readNow(id: number, bytes: number): Uint8Array<ArrayBuffer> {
    const head = this.#ask(id, bytes);
    Atomics.wait(head, 0, 0);
    return answered(head, bytes);
  }

  async readLater(id: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const head = this.#ask(id, bytes);
    if (this.#awaited++ === 0) this.#thread.hold(true);
    await Atomics.waitAsync(head, 0, 0).value;
    if (--this.#awaited === 0) this.#thread.hold(false);
    return answered(head, bytes);
  }

  destroy(): void {
    this.#add("destroy");
    this.#post();
    this.#thread.end();
  }
}

function answered(head: Int32Array<SharedArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
  const length = head[0] === failed ? head[1]! : bytes;
  const data = Uint8Array.from(new Uint8Array(head.buffer, headBytes, length));
  if (head[0] === failed) raise("RuntimeError", new TextDecoder().decode(data));
  return data;
}
