/**
 * @file The compile cache: entries by key, in memory and on disk.
 *
 * What callers may rely on:
 * - `get` gives back exactly what `put` was given under that key, by this or another process, or
 *   nothing. It never throws, and never gives what is truncated, corrupted, too old, of another
 *   version, or stored under another key.
 * - `put` never throws. Where the disk cannot be written, entries live in memory only: silently
 *   where Deno does not permit it, with one warning where the system refuses.
 * - Any number of processes may read, write and clean up at once.
 *
 * What callers promise: a key stands for one content, and nobody writes to the bytes of an entry.
 */

import { flags } from "../config/config.ts";
import { type Files, files as hostFiles, type Outcome } from "../host/files.ts";
import { warn } from "../host/warn.ts";
import { CompileDirectory, entryName } from "./directory.ts";
import { type CacheEntry, decodeEntry, encodeEntry, type EntryProblem } from "./entry.ts";
import type { JsonValue } from "./entry.ts";
import { acquireLock, type LockOptions } from "./lock.ts";
import { MemoryLayer } from "./memory.ts";
import { MachineProfiles, type ProfileDescription } from "./profiles.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** How long after its age limit an unused entry is deleted. */
const graceMs = 7 * dayMs;

/** Where and how a store keeps entries. */
export interface StoreOptions {
  /** The compile directory; empty to keep entries in memory only. */
  readonly directory: string;
  /** Not used for this long, an entry is compiled again. Units: milliseconds. */
  readonly maxAgeMs: number;
  /** The most that is kept in memory. Units: bytes. */
  readonly memoryBytes?: number;
  /** The shortest pause while waiting for the directory's lock. Units: milliseconds. */
  readonly lockWaitMs?: number;
  /** After how long a lock that is not renewed is taken over. Units: milliseconds. */
  readonly lockTimeoutMs?: number;
  /** The file operations, where they are not the machine's own. */
  readonly files?: Files;
  /** The time in milliseconds since 1970. */
  readonly now?: () => number;
}

/** What is known of one entry on disk. */
export interface EntryDescription {
  /** Name of its file. */
  readonly name: string;
  /** Units: bytes. */
  readonly sizeBytes: number;
  /** When it was last used, in milliseconds since 1970, to a day. */
  readonly usedMs: number;
  /** What `put` was given as `meta`. */
  readonly meta: JsonValue;
  /** The names of its sections. */
  readonly sections: readonly string[];
}

/** What is in a compile directory, and how many of its files could not be read as such. */
export interface StoreDescription {
  /** The entries, by name. */
  readonly entries: readonly EntryDescription[];
  /** The machine profiles, by name. */
  readonly profiles: readonly ProfileDescription[];
  /** How many files are truncated, corrupted or of another version. */
  readonly unreadable: number;
}

/** Which entries {@linkcode CacheStore.cleanup} removes. */
export interface CleanupOptions {
  /** Also those that cannot be read: of another version, truncated, corrupted. */
  readonly isReadingAll: boolean;
  /** Whether to wait for the lock. */
  readonly isWaiting: boolean;
}

/** Entries by key, in memory and in a compile directory. */
export class CacheStore {
  /** The compile directory. */
  readonly directory: CompileDirectory;
  /** What was measured of graphics adapters. */
  readonly profiles: MachineProfiles;
  readonly #files: Files;
  readonly #memory: MemoryLayer;
  readonly #maxAgeMs: number;
  readonly #now: () => number;
  readonly #lock: LockOptions;
  readonly #warned = new Set<string>();
  #disk: "unopened" | "open" | "given up" = "unopened";

  /**
   * Nothing is read or written yet.
   *
   * @param options Where and how to keep entries.
   */
  constructor(options: StoreOptions) {
    const { memoryBytes = 1 << 26, lockWaitMs = 5000, lockTimeoutMs = 120_000 } = options;
    this.#files = options.files ?? hostFiles;
    this.#now = options.now ?? Date.now;
    this.#maxAgeMs = options.maxAgeMs;
    this.#memory = new MemoryLayer(memoryBytes);
    this.directory = new CompileDirectory(this.#files, options.directory);
    this.profiles = new MachineProfiles(this.#files, this.directory);
    this.#lock = {
      files: this.#files,
      now: this.#now,
      waitMs: lockWaitMs,
      timeoutMs: lockTimeoutMs,
    };
  }

  #canRead(): boolean {
    return this.directory.path !== "" && this.#files.canRead(this.directory.path);
  }

  #canWrite(): boolean {
    return this.#canRead() && this.#files.canWrite(this.directory.path);
  }

  /**
   * The entry stored under a key, or `undefined`.
   *
   * @param key What `cacheKey` made of the canonical text.
   */
  get(key: string): CacheEntry | undefined {
    const known = this.#memory.get(key);
    if (known !== undefined) return known;
    const entry = this.#disk === "given up" ? undefined : this.#read(key);
    if (entry !== undefined) this.#memory.put(key, entry);
    return entry;
  }

  /**
   * Stores an entry.
   *
   * @param key What `cacheKey` made of the canonical text.
   * @param entry The entry, which must not change any more.
   */
  put(key: string, entry: CacheEntry): void {
    this.#memory.put(key, entry);
    if (this.#disk === "given up" || !this.#canWrite()) return;
    const bytes = encodeEntry(key, entry);
    let written = this.#write(key, bytes);
    if (!written.ok && written.fault === "missing") {
      // Somebody removed the whole directory: make it again.
      this.#disk = "unopened";
      written = this.#write(key, bytes);
    }
    // Missing twice means that another process is clearing the cache right now: not worth a word.
    if (!written.ok && written.fault !== "missing") this.#giveUp(written.text);
  }

  #read(key: string): CacheEntry | undefined {
    if (!this.#canRead()) return undefined;
    const path = this.directory.pathOf(entryName(key));
    const looked = this.#files.stat(path);
    if (!looked.ok) return undefined;
    const ageMs = this.#now() - looked.value.modifiedMs;
    if (ageMs > this.#maxAgeMs) return undefined;
    const read = this.#files.read(path);
    if (!read.ok) {
      if (read.fault !== "missing") {
        this.#warnOnce("unreadable", `Cannot read the compiled function "${path}": ${read.text}`);
      }
      return undefined;
    }
    const decoded = decodeEntry(read.value);
    if ("problem" in decoded) {
      this.#discard(path, decoded.problem);
      return undefined;
    }
    if (decoded.key !== key) return undefined;
    // A clock that was set back leaves times of use in the future, where they would stay for ever.
    if (ageMs > dayMs || ageMs < -dayMs) this.#files.touch(path, this.#now());
    return decoded.entry;
  }

  #discard(path: string, problem: EntryProblem): void {
    this.#warnOnce(
      problem,
      `Cannot use the compiled function "${path}": it is ${problem}; compiling again`,
    );
    if (this.directory.ownership() === "ours") this.#files.remove(path);
  }

  #write(key: string, bytes: Uint8Array): Outcome<undefined> {
    const wasOpen = this.#disk === "open";
    const opened = wasOpen ? undefined : this.directory.open();
    if (opened?.ok === false) return opened;
    this.#disk = "open";
    const written = this.directory.write(entryName(key), bytes);
    if (written.ok && !wasOpen) this.#cleanupDaily();
    return written;
  }

  #giveUp(why: string): void {
    this.#disk = "given up";
    this.#warnOnce(
      "write",
      `Cannot store compiled functions in "${this.directory.path}": ${why}\n` +
        "  They are kept in memory only; set the flag compiledir to another folder to keep them",
    );
  }

  #warnOnce(about: string, text: string): void {
    if (this.#warned.has(about)) return;
    this.#warned.add(about);
    warn("UserWarning", text);
  }

  #cleanupDaily(): void {
    const cleanedMs = this.directory.cleanedMs();
    if (cleanedMs === undefined || Math.abs(this.#now() - cleanedMs) < dayMs) return;
    this.directory.setCleaned(this.#now());
    this.cleanup({ isReadingAll: false, isWaiting: false });
  }

  /**
   * Removes entries that were not used for long, and files of writers that died.
   *
   * @param options What else to remove, and whether to wait for the lock.
   * @returns How many files were removed, or `undefined` without the lock.
   */
  cleanup(options: CleanupOptions): number | undefined {
    return this.#locked(options.isWaiting, (renew) => {
      const isOld = (name: string, limitMs: number): boolean => {
        const looked = this.#files.stat(this.directory.pathOf(name));
        return looked.ok && this.#now() - looked.value.modifiedMs > limitMs;
      };
      const isUnreadable = (name: string): boolean => this.#describe(name) === undefined;
      const parts = this.directory.partNames().filter((name) => isOld(name, dayMs));
      const entries = this.directory.entryNames().filter((name) => {
        renew();
        return isOld(name, this.#maxAgeMs + graceMs) ||
          (options.isReadingAll && isUnreadable(name));
      });
      const profiles = this.directory.profileNames().filter((name) =>
        options.isReadingAll && this.profiles.describe(name) === undefined
      );
      const names = [...parts, ...entries, ...profiles];
      return names.length - this.#removeAll(names, renew).length;
    });
  }

  /**
   * Removes all entries and machine profiles, in memory and on disk, and files of writers. Other files
   * stay.
   *
   * @returns The names of files that could not be removed, or `undefined` without the lock.
   */
  clear(): readonly string[] | undefined {
    this.#memory.clear();
    this.profiles.clear();
    return this.#locked(true, (renew) => {
      const { directory } = this;
      const names = [
        ...directory.partNames(),
        ...directory.entryNames(),
        ...directory.profileNames(),
      ];
      return this.#removeAll(names, renew);
    });
  }

  /** Runs an action under the directory's lock, if the directory is ours. */
  #locked<T>(isWaiting: boolean, action: (renew: () => void) => T): T | undefined {
    if (!this.#canWrite() || this.directory.ownership() !== "ours") return undefined;
    const lock = acquireLock(this.directory.path, this.#lock, isWaiting);
    if (lock === undefined) return undefined;
    try {
      return action(() => lock.renew());
    } finally {
      lock.release();
    }
  }

  /** Removes files, and gives the names of those that are still there. */
  #removeAll(names: readonly string[], renew: () => void): string[] {
    return names.filter((name) => {
      renew();
      const removed = this.#files.remove(this.directory.pathOf(name));
      return !removed.ok && removed.fault !== "missing";
    });
  }

  /** What is on disk, file by file. */
  describe(): StoreDescription {
    const canRead = this.#canRead();
    const entryNames = canRead ? this.directory.entryNames() : [];
    const profileNames = canRead ? this.directory.profileNames() : [];
    const entries = entryNames.map((name) => this.#describe(name)).filter((one) =>
      one !== undefined
    );
    const profiles = profileNames.map((name) => this.profiles.describe(name))
      .filter((one) => one !== undefined);
    const unreadable = entryNames.length - entries.length + profileNames.length - profiles.length;
    return { entries, profiles, unreadable };
  }

  #describe(name: string): EntryDescription | undefined {
    const path = this.directory.pathOf(name);
    const looked = this.#files.stat(path);
    const read = this.#files.read(path);
    if (!looked.ok || !read.ok) return undefined;
    const decoded = decodeEntry(read.value);
    if ("problem" in decoded) return undefined;
    const { sizeBytes, modifiedMs } = looked.value;
    const { meta, sections } = decoded.entry;
    return { name, sizeBytes, usedMs: modifiedMs, meta, sections: Object.keys(sections) };
  }
}

let store: CacheStore | undefined;

/** The store of this process, in the directory that the flag `compiledir` names. */
export function defaultStore(): CacheStore {
  return store ??= new CacheStore({
    directory: flags.compiledir,
    maxAgeMs: flags.cmodule.age_thresh_use * 1000,
    lockWaitMs: flags.compile.wait * 1000,
    lockTimeoutMs: flags.compile.timeout * 1000,
  });
}
