/**
 * @file The compile directory: what is in it, and who may touch it.
 *
 * Invariants:
 * - A directory is ours if it holds our marker, which is made only in a directory that was empty.
 *   Nothing is ever written into, changed in or removed from any other directory: it may be real
 *   Theano's, or anything a user named by mistake.
 * - An entry is one file, named by its key's digest. It comes into being by renaming a finished
 *   file, so a reader finds all of it or nothing.
 * - So is a machine profile, named by its adapter.
 * - Files of writers that died half-way have names of their own, which cleaning up knows.
 */

import { type Files, joinPath, type Outcome } from "../host/files.ts";
import { cacheKey, digestLength } from "./key.ts";

const markerName = "theano_deno_cache.txt";

const markerText =
  `This folder is a compile cache of Theano for Deno. Everything in it can be deleted.
"theano-cache clear" empties it, "theano-cache purge" removes it.
`;

const entrySuffix = ".entry";
const partSuffix = ".part";
const profileSuffix = ".profile.json";

/** The name of an entry's file. */
export function entryName(key: string): string {
  return key.slice(0, digestLength) + entrySuffix;
}

/** The name of the file of an adapter's machine profile: legal wherever files are. */
export function profileName(adapter: string): string {
  const words = adapter.replace(/[^A-Za-z0-9.]+/g, "_").replace(/^[_.]+|_+$/g, "").slice(0, 60);
  return `${words}-${cacheKey(adapter).slice(0, 8)}${profileSuffix}`;
}

/** Whether a directory is ours, is nobody's yet, or belongs to something else. */
export type Ownership = "ours" | "missing" | "foreign";

/**
 * Whose a directory is.
 *
 * @param files The file operations.
 * @param path The directory.
 */
export function ownership(files: Files, path: string): Ownership {
  if (files.stat(joinPath(path, markerName)).ok) return "ours";
  const looked = files.stat(path);
  return !looked.ok && looked.fault === "missing" ? "missing" : "foreign";
}

/** A directory that may be a compile cache, with the operations on its files. */
export class CompileDirectory {
  /** Its path. */
  readonly path: string;
  readonly #files: Files;

  /**
   * Nothing is looked at yet.
   *
   * @param files The file operations.
   * @param path The directory, which need not be there.
   */
  constructor(files: Files, path: string) {
    this.#files = files;
    this.path = path;
  }

  /** Whose the directory is. */
  ownership(): Ownership {
    return ownership(this.#files, this.path);
  }

  /**
   * Makes the directory with its marker, if it is not there or empty.
   *
   * @returns A fault; `exists` if the directory holds something else.
   */
  open(): Outcome<undefined> {
    const marker = joinPath(this.path, markerName);
    if (this.#files.stat(marker).ok) return { ok: true, value: undefined };
    const made = this.#files.makeFolders(this.path);
    if (!made.ok) return made;
    const listed = this.#files.list(this.path);
    if (!listed.ok) return listed;
    // Another process may have made marker and entries between the two looks.
    if (listed.value.length > 0 && !this.#files.stat(marker).ok) {
      return { ok: false, fault: "exists", text: "it holds files that are no compile cache" };
    }
    const marked = this.#files.create(marker, new TextEncoder().encode(markerText));
    return !marked.ok && marked.fault === "exists" ? { ok: true, value: undefined } : marked;
  }

  /** The path of a file in the directory. */
  pathOf(name: string): string {
    return joinPath(this.path, name);
  }

  /**
   * Writes an entry or a profile: a file of its own first, then renamed.
   *
   * @param name Its name.
   * @param bytes What it holds.
   */
  write(name: string, bytes: Uint8Array): Outcome<undefined> {
    const part = this.pathOf(`${crypto.randomUUID()}${partSuffix}`);
    const written = this.#files.write(part, bytes);
    const renamed = written.ok ? this.#files.rename(part, this.pathOf(name)) : written;
    if (!renamed.ok) this.#files.remove(part);
    return renamed;
  }

  /** The names of the entries, sorted. */
  entryNames(): string[] {
    return this.#names(entrySuffix);
  }

  /** The names of the machine profiles, sorted. */
  profileNames(): string[] {
    return this.#names(profileSuffix);
  }

  /** The names of files of writers that are at it or died. */
  partNames(): string[] {
    return this.#names(partSuffix);
  }

  #names(suffix: string): string[] {
    const listed = this.#files.list(this.path);
    if (!listed.ok) return [];
    return listed.value
      .filter(({ name, isDirectory }) => !isDirectory && name.endsWith(suffix))
      .map(({ name }) => name);
  }

  /** When old files were last looked for, in milliseconds since 1970. */
  cleanedMs(): number | undefined {
    const looked = this.#files.stat(this.pathOf(markerName));
    return looked.ok ? looked.value.modifiedMs : undefined;
  }

  /**
   * Notes that old files were looked for.
   *
   * @param nowMs The time, in milliseconds since 1970.
   */
  setCleaned(nowMs: number): void {
    this.#files.touch(this.pathOf(markerName), nowMs);
  }
}
