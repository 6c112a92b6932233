/**
 * @file A thread that runs a text, for what this thread cannot do without waiting.
 */

import { internal } from "../errors.ts";

/** A thread that was started. */
export interface Thread {
  /** Gives it a message. */
  post(message: unknown): void;
  /** Says whether the process waits for it. */
  hold(isAwaited: boolean): void;
  /** Ends it. */
  end(): void;
}

/** What of `node:worker_threads` is needed. */
interface WorkerThreads {
  readonly Worker: new (
    source: string,
    options: { readonly eval: true; readonly workerData: unknown },
  ) => {
    on(event: "message" | "error", listener: (message: unknown) => void): void;
    postMessage(message: unknown): void;
    ref(): void;
    unref(): void;
    terminate(): unknown;
  };
}

/** The module, without importing it, which a browser could not. */
function workerThreads(): WorkerThreads | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  return process?.getBuiltinModule?.("node:worker_threads") as WorkerThreads | undefined;
}

/** Whether there are threads that this thread can wait for. */
export function hasThreads(): boolean {
  return workerThreads() !== undefined;
}

/**
 * Starts a thread, which does not keep the process alive.
 *
 * @param source A program in JavaScript, with `require` of Node's modules.
 * @param data What it finds in `workerData`.
 * @param onMessage Told of its messages, when this thread has time.
 * @throws {InternalError} If there are none; see {@linkcode hasThreads}.
 */
export function startThread(
  source: string,
  data: unknown,
  onMessage: (message: unknown) => void,
): Thread {
  const threads = workerThreads() ??
    internal("start a thread", "the runtime has none", "core/host/thread.ts");
  const worker = new threads.Worker(source, { eval: true, workerData: data });
  worker.on("message", onMessage);
  worker.on("error", onMessage);
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    hold: (isAwaited) => isAwaited ? worker.ref() : worker.unref(),
    end: () => void worker.terminate(),
  };
}
