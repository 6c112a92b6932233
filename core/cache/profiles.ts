/**
 * @file Machine profiles: what was measured of graphics adapters, a file each in the compile directory.
 *
 * A profile is JSON that people can read. It never matters to results, only to speed, so one that is
 * damaged, of another version or of another adapter is as good as none.
 */

import { version } from "../config/version.ts";
import type { Files } from "../host/files.ts";
import { warn } from "../host/warn.ts";
import { type CompileDirectory, profileName } from "./directory.ts";

/** What a file of a profile holds. */
export interface MachineProfile {
  /** What the adapter's maker calls it. */
  readonly adapter: string;
  /** The version of this library that measured it. */
  readonly version: string;
  /** What was the fastest; only what measures knows its form. */
  readonly schedules: unknown;
}

/** A profile, and the name of its file. */
export interface ProfileDescription extends MachineProfile {
  readonly name: string;
}

/** The profiles of a compile directory, and those of this process where it cannot be written. */
export class MachineProfiles {
  readonly #files: Files;
  readonly #directory: CompileDirectory;
  readonly #measured = new Map<string, unknown>();
  readonly #warned = new Set<string>();

  /**
   * Nothing is read yet.
   *
   * @param files The file operations.
   * @param directory The compile directory.
   */
  constructor(files: Files, directory: CompileDirectory) {
    this.#files = files;
    this.#directory = directory;
  }

  /**
   * What was measured of an adapter; undefined if nothing was, or if it cannot be used.
   *
   * @param adapter What its maker calls it.
   */
  read(adapter: string): unknown {
    if (this.#measured.has(adapter)) return this.#measured.get(adapter);
    const name = profileName(adapter);
    const path = this.#directory.pathOf(name);
    if (this.#directory.path === "" || !this.#files.stat(path).ok) return undefined;
    const profile = this.describe(name);
    if (profile?.adapter === adapter) return profile.schedules;
    this.#warnOnce(
      `Cannot use the machine profile "${path}": it is damaged, of another version or of another ` +
        "adapter\n  Measure again by gpu.use(…, { tune: true }), or remove it",
    );
    return undefined;
  }

  /**
   * Keeps what was measured of an adapter: for this process, and where possible for later ones.
   *
   * @param adapter What its maker calls it.
   * @param schedules What was the fastest: a value JSON can hold.
   */
  write(adapter: string, schedules: unknown): void {
    this.#measured.set(adapter, schedules);
    const why = this.#store({ adapter, version, schedules });
    if (why === undefined) return;
    this.#warnOnce(
      `Cannot store the machine profile in "${this.#directory.path}": ${why}\n` +
        "  It is used by this process only; set the flag compiledir to another folder to keep it",
    );
  }

  /** Writes a file; says why not. */
  #store(profile: MachineProfile): string | undefined {
    const { path } = this.#directory;
    if (path === "") return "the home folder is not known";
    if (!this.#files.canRead(path) || !this.#files.canWrite(path)) return "not permitted";
    const opened = this.#directory.open();
    if (!opened.ok) return opened.text;
    const bytes = new TextEncoder().encode(`${JSON.stringify(profile, null, 2)}\n`);
    const written = this.#directory.write(profileName(profile.adapter), bytes);
    return written.ok ? undefined : written.text;
  }

  #warnOnce(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    warn("UserWarning", text);
  }

  /**
   * What a file holds; undefined if it is no profile of this version.
   *
   * @param name Its name.
   */
  describe(name: string): ProfileDescription | undefined {
    const read = this.#files.read(this.#directory.pathOf(name));
    const profile = read.ok ? parsed(read.value) : undefined;
    return profile?.version === version ? { name, ...profile } : undefined;
  }

  /** Forgets what this process measured. */
  clear(): void {
    this.#measured.clear();
  }
}

/** The bytes of a file as a profile, if they are one. */
function parsed(bytes: Uint8Array): MachineProfile | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as Partial<MachineProfile> | null;
    const { adapter, version, schedules } = value ?? {};
    return typeof adapter === "string" && typeof version === "string"
      ? { adapter, version, schedules }
      : undefined;
  } catch {
    return undefined;
  }
}
