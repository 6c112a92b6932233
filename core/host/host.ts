/**
 * @file What the runtime grants: environment, identity of machine and process, standard streams.
 *
 * This folder is the only place that names `Deno`, and everything here degrades where there is none
 * (a browser): the environment is empty, no path is readable, facts are unknown.
 *
 * No permission is ever asked for. Each call first looks whether the permission is already granted
 * and gives up silently otherwise, so nothing here can make Deno prompt. A look costs about 2 µs:
 * callers keep what they read and never ask once per function call.
 */

/** The `Deno` namespace, or `undefined` in a browser. */
export function runtime(): typeof Deno | undefined {
  return globalThis.Deno;
}

/** What is known about the machine, the runtime and the process. */
export interface Platform {
  /** `"linux"`, `"darwin"`, `"windows"`, … or `"browser"`. */
  readonly os: string;
  /** `"x86_64"`, `"aarch64"`, … or `"unknown"`. */
  readonly arch: string;
  /** Version of Deno, or `"none"`. */
  readonly denoVersion: string;
  /** Version of V8, or `"none"`. */
  readonly v8Version: string;
  /** Process id, 0 in a browser. */
  readonly pid: number;
  /** Name of the machine, where it may be read. */
  readonly hostname: string | undefined;
}

/** Whether a permission is granted without asking for it. */
function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  try {
    return runtime()?.permissions.querySync(descriptor).state === "granted";
  } catch {
    return false;
  }
}

/**
 * Whether an environment variable may be read.
 *
 * @param name The variable, or nothing for the whole environment.
 */
export function isEnvPermitted(name?: string): boolean {
  return isGranted(name === undefined ? { name: "env" } : { name: "env", variable: name });
}

/**
 * An environment variable, or `undefined` where it is not set or may not be read.
 *
 * @param name The variable.
 */
export function readEnv(name: string): string | undefined {
  return isEnvPermitted(name) ? runtime()?.env.get(name) : undefined;
}

/**
 * Whether a file or folder may be read.
 *
 * @param path Its path.
 */
export function canRead(path: string): boolean {
  return isGranted({ name: "read", path });
}

/**
 * Whether a file or folder may be written.
 *
 * @param path Its path.
 */
export function canWrite(path: string): boolean {
  return isGranted({ name: "write", path });
}

/** The user's home folder, or `undefined` where it is not known. */
export function homeDir(): string | undefined {
  const home = readEnv("HOME");
  if (home !== undefined && home !== "") return home;
  return isWindows() ? readEnv("USERPROFILE") : undefined;
}

/** The current folder, or `undefined` where it may not be read. */
export function currentDir(): string | undefined {
  return canRead(".") ? runtime()?.cwd() : undefined;
}

/** Whether paths and lists of paths follow the rules of Windows. */
export function isWindows(): boolean {
  return runtime()?.build.os === "windows";
}

/** Whether this is Deno's main thread, rather than a browser or a web worker. */
export function isMainRuntime(): boolean {
  return runtime() !== undefined && !("WorkerGlobalScope" in globalThis);
}

/** What is known about the machine, the runtime and the process. */
export function platform(): Platform {
  const deno = runtime();
  return {
    os: deno?.build.os ?? "browser",
    arch: deno?.build.arch ?? "unknown",
    denoVersion: deno?.version.deno ?? "none",
    v8Version: deno?.version.v8 ?? "none",
    pid: deno?.pid ?? 0,
    hostname: isGranted({ name: "sys", kind: "hostname" }) ? deno?.hostname() : undefined,
  };
}

/**
 * Whether a process of this machine is running, or `undefined` where that cannot be known.
 *
 * @param pid Its process id.
 */
export function isProcessAlive(pid: number): boolean | undefined {
  const deno = runtime();
  if (deno === undefined || isWindows()) return undefined;
  if (pid === deno.pid) return true;
  if (!isGranted({ name: "run" })) return undefined;
  try {
    // Signal 0 is not delivered; only whether it could be is looked at.
    deno.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof deno.errors.NotFound ? false : true;
  }
}

/** The program's command line arguments. */
export function programArguments(): readonly string[] {
  return runtime()?.args ?? [];
}

/**
 * Sets the exit status of the program, which goes on running.
 *
 * @param status 0 for success.
 */
export function setExitStatus(status: number): void {
  const deno = runtime();
  if (deno !== undefined) deno.exitCode = status;
}

/**
 * Writes text to standard output, or to the console of a browser.
 *
 * @param text What to write, with its own line ends.
 */
export function writeStdout(text: string): void {
  const deno = runtime();
  if (deno !== undefined) writeAll(deno.stdout, text);
  else globalThis["console"].log(text.replace(/\n$/, ""));
}

/**
 * Writes text to standard error, or to the console of a browser.
 *
 * @param text What to write, with its own line ends.
 */
export function writeStderr(text: string): void {
  const deno = runtime();
  if (deno !== undefined) writeAll(deno.stderr, text);
  else globalThis["console"].error(text.replace(/\n$/, ""));
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch {
    // A closed pipe is the reader's choice, and there is nowhere left to say so.
  }
}

/**
 * Stops this thread.
 *
 * @param timeMs How long, in milliseconds.
 */
export function sleepSync(timeMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, timeMs);
}
