/**
 * @file Where a node was made: the user's lines, taken from the stack while a graph is built.
 *
 * Taking a stack costs about 4 µs, so it happens once a node the user makes, never inside the
 * optimiser. Writing it out costs twenty times that: it waits until somebody reads the trace, which
 * is only when there is an error to explain. Only the frames outside this library are kept.
 */

let inner: readonly string[] | undefined;

/** What the places of this library's frames begin with: its folders, or the file of a bundle. */
function innerPlaces(): readonly string[] {
  const [root, rest] = import.meta.url.split("core/graph/trace.ts");
  if (rest === undefined) return [import.meta.url];
  return ["core/", "optimize/", "gpu/", "mod.ts"].map((part) => root + part);
}

let limit = 8;
let pausedDepth = 0;
let common: { readonly trace: readonly string[] | undefined } | undefined;

/** How many frames are kept: Theano's `traceback.limit`; 0 keeps none. */
export function setTraceLimit(frames: number): void {
  limit = frames;
}

/** Runs a function whose nodes get no trace of their own, such as a rewrite. */
export function withoutTraces<T>(run: () => T): T {
  pausedDepth++;
  try {
    return run();
  } finally {
    pausedDepth--;
  }
}

/**
 * Runs a function whose nodes are all made by one line of the user's, such as `grad`: their trace
 * is taken once, which makes building them ten times faster.
 */
export function withOneTrace<T>(run: () => T): T {
  if (common) return run();
  common = { trace: creationTrace() };
  try {
    return run();
  } finally {
    common = undefined;
  }
}

/**
 * `file:line:column in function` of each user frame, innermost first, or undefined when not wanted.
 */
export function creationTrace(): readonly string[] | undefined {
  if (limit === 0 || pausedDepth > 0) return undefined;
  if (common) return common.trace;
  const error = Error as ErrorConstructor & { stackTraceLimit?: number };
  const before = error.stackTraceLimit;
  error.stackTraceLimit = 40;
  const holder = { stack: "" };
  error.captureStackTrace?.(holder, creationTrace);
  error.stackTraceLimit = before ?? 10;
  return new Proxy<string[]>([], new Frames(holder, limit));
}

/** An array of frames that is filled when it is first looked at. */
class Frames implements ProxyHandler<string[]> {
  #holder: { readonly stack: string } | undefined;
  readonly #limit: number;

  constructor(holder: { readonly stack: string }, limit: number) {
    this.#holder = holder;
    this.#limit = limit;
  }

  get(frames: string[], key: string | symbol): unknown {
    return Reflect.get(this.#filled(frames), key);
  }

  has(frames: string[], key: string | symbol): boolean {
    return Reflect.has(this.#filled(frames), key);
  }

  ownKeys(frames: string[]): (string | symbol)[] {
    return Reflect.ownKeys(this.#filled(frames));
  }

  getOwnPropertyDescriptor(
    frames: string[],
    key: string | symbol,
  ): PropertyDescriptor | undefined {
    return Reflect.getOwnPropertyDescriptor(this.#filled(frames), key);
  }

  #filled(frames: string[]): string[] {
    if (this.#holder) {
      const lines = this.#holder.stack.split("\n").slice(1).filter(isUsers);
      frames.push(...lines.slice(0, this.#limit < 0 ? undefined : this.#limit).map(frameText));
      this.#holder = undefined;
    }
    return frames;
  }
}

function isUsers(line: string): boolean {
  inner ??= innerPlaces();
  return !inner.some((prefix) => line.includes(prefix)) &&
    !/\((ext:|node:|<anonymous>)|at (ext|node):/.test(line);
}

function frameText(line: string): string {
  const [, fn, where] = /^\s*at (?:(.*?) \()?(.*?)\)?$/.exec(line) ?? [];
  return fn ? `${where} in ${fn}` : `${where}`;
}

/**
 * What an error says of where a variable was made: a headline and a line a frame, or nothing.
 *
 * @param trace The trace in the variable's tag.
 */
export function traceText(trace: readonly string[] | undefined): string {
  if (trace === undefined || trace.length === 0) return "";
  const lines = trace.map((frame) => `  ${frame}\n`);
  return ` \nBacktrace when that variable is created:\n\n${lines.join("")}`;
}
