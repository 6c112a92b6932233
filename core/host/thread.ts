/**
 * @file A thread that runs a text, for what this thread cannot do without waiting.
 */

/** A thread that was started. */
export interface Thread {
  /** Gives it a message. */
  post(message: unknown): void;
  /** Says whether the process waits for it. */
  hold(isAwaited: boolean): void;
  /** Ends it. */
  end(): void;
}

/**
 * Starts a thread, which does not keep the process alive.
 *
 * @param source A program in JavaScript, with `require` of Node's modules.
 * @param data What it finds in `workerData`.
 * @param onMessage Told of its messages, when this thread has time.
 * @returns The thread; undefined where the runtime has none of this kind.
 */
export async function startThread(
  source: string,
  data: unknown,
  onMessage: (message: unknown) => void,
): Promise<Thread | undefined> {
  try {
    const { Worker } = await import("node:worker_threads");
    const worker = new Worker(source, { eval: true, workerData: data });
    worker.on("message", onMessage);
    worker.on("error", onMessage);
    worker.unref();
    return {
      post: (message) => worker.postMessage(message),
      hold: (isAwaited) => isAwaited ? worker.ref() : worker.unref(),
      end: () => void worker.terminate(),
    };
  } catch {
    return undefined;
  }
}
