/**
 * @file Synchronous file operations that never throw and never make Deno ask for a permission.
 *
 * Each one gives an {@linkcode Outcome}: a value, or a fault with its kind, so that a caller can
 * tell a full disk from a file that another process just removed.
 */

import { canRead, canWrite, runtime } from "./host.ts";

/** Why a file operation did not happen. */
export type Fault =
  | "missing" // no such file or folder
  | "exists" // something of that name is there already, or a folder is not empty
  | "denied" // the operating system or Deno does not permit it
  | "full" // no space, or over a quota
  | "other";

/** The result of a file operation: its value, or the fault and the system's own words for it. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault; readonly text: string };

/** One name in a folder. */
export interface FolderItem {
  /** Its name, without the folder's. */
  readonly name: string;
  /** Whether it is a folder itself, not a link to one. */
  readonly isDirectory: boolean;
}

/** What is known of a file or folder. */
export interface FileFacts {
  /** Whether it is a folder. */
  readonly isDirectory: boolean;
  /** Units: bytes. */
  readonly sizeBytes: number;
  /** Time of the last change, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** The file operations the cache needs. Tests put a faulty one in place of {@linkcode files}. */
export interface Files {
  /** Whether a path may be read without asking. */
  canRead(path: string): boolean;
  /** Whether a path may be written without asking. */
  canWrite(path: string): boolean;
  /** Reads a whole file. */
  read(path: string): Outcome<Uint8Array<ArrayBuffer>>;
  /** Writes a whole file, replacing it. */
  write(path: string, bytes: Uint8Array): Outcome<undefined>;
  /** Writes a new file; `exists` if there is one. */
  create(path: string, bytes: Uint8Array): Outcome<undefined>;
  /** Renames a file or folder, replacing a file of the new name at one stroke. */
  rename(from: string, to: string): Outcome<undefined>;
  /** Removes a file or an empty folder. */
  remove(path: string): Outcome<undefined>;
  /** Removes a folder and everything in it; a link is removed, not followed. */
  removeTree(path: string): Outcome<undefined>;
  /** Lists a folder, sorted by name. */
  list(path: string): Outcome<readonly FolderItem[]>;
  /** Makes a folder and its parents; no fault if it is there. */
  makeFolders(path: string): Outcome<undefined>;
  /** Makes one folder; `exists` if it is there, so that exactly one of several processes wins. */
  makeFolder(path: string): Outcome<undefined>;
  /** Looks at a file or folder, through links. */
  stat(path: string): Outcome<FileFacts>;
  /** Sets the time of last use and change, in milliseconds since 1970. */
  touch(path: string, timeMs: number): Outcome<undefined>;
}

const faultOfCode: Readonly<Record<string, Fault>> = {
  ENOENT: "missing",
  EEXIST: "exists",
  ENOTEMPTY: "exists",
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "full",
};

const faultOfName: Readonly<Record<string, Fault>> = {
  NotFound: "missing",
  AlreadyExists: "exists",
  PermissionDenied: "denied",
  NotCapable: "denied",
};

function faultOf(error: unknown): Fault {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return faultOfCode[String(code)] ?? faultOfName[String(name)] ?? "other";
}

const notPermitted = { ok: false, fault: "denied", text: "not permitted" } as const;

function attempt<T>(isPermitted: boolean, action: (deno: typeof Deno) => T): Outcome<T> {
  const deno = runtime();
  if (deno === undefined || !isPermitted) return notPermitted;
  try {
    return { ok: true, value: action(deno) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { ok: false, fault: faultOf(error), text };
  }
}

function change(path: string, action: (deno: typeof Deno) => void): Outcome<undefined> {
  return attempt(canWrite(path), (deno) => {
    action(deno);
    return undefined;
  });
}

/** The machine's own files, as far as Deno's permissions reach. */
export const files: Files = {
  canRead,
  canWrite,
  read: (path) => attempt(canRead(path), (deno) => deno.readFileSync(path)),
  write: (path, bytes) => change(path, (deno) => deno.writeFileSync(path, bytes)),
  create: (path, bytes) =>
    change(path, (deno) => deno.writeFileSync(path, bytes, { createNew: true })),
  rename: (from, to) =>
    attempt(canRead(from) && canWrite(from) && canWrite(to), (deno) => {
      deno.renameSync(from, to);
      return undefined;
    }),
  remove: (path) => change(path, (deno) => deno.removeSync(path)),
  removeTree: (path) => change(path, (deno) => deno.removeSync(path, { recursive: true })),
  list: (path) =>
    attempt(canRead(path), (deno) =>
      Array.from(
        deno.readDirSync(path),
        ({ name, isDirectory }): FolderItem => ({ name, isDirectory }),
      ).sort((a, b) => (a.name < b.name ? -1 : 1))),
  makeFolders: (path) => change(path, (deno) => deno.mkdirSync(path, { recursive: true })),
  makeFolder: (path) => change(path, (deno) => deno.mkdirSync(path)),
  stat: (path) =>
    attempt(canRead(path), (deno) => {
      const { isDirectory, size, mtime } = deno.statSync(path);
      return { isDirectory, sizeBytes: size, modifiedMs: mtime?.getTime() ?? 0 };
    }),
  touch: (path, timeMs) =>
    change(path, (deno) => deno.utimeSync(path, new Date(timeMs), new Date(timeMs))),
};

/**
 * Joins a folder and names inside it.
 *
 * @param folder The folder.
 * @param names Names below it.
 * @returns The path, with `/`, which Windows understands too.
 */
export function joinPath(folder: string, ...names: readonly string[]): string {
  return [folder.replace(/[/\\]+$/, ""), ...names].join("/");
}
