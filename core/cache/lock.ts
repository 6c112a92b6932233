/**
 * @file The lock of a compile directory, for what changes many of its files at once.
 *
 * The lock is a folder, since of several processes exactly one can make it. The file in it says
 * whose it is: `<process id>_<ten digits>_<machine>`. An owner renews the file every half timeout. A lock
 * is taken from an owner that is known to be dead, or that did not renew it for a whole timeout.
 * Time is counted while waiting, not read from the clock, which may be set meanwhile.
 *
 * Reading and writing single entries needs no lock: each is one file, replaced at one stroke.
 */

import { type Files, joinPath } from "../host/files.ts";
import { isProcessAlive, platform, sleepSync } from "../host/host.ts";
import { warn } from "../host/warn.ts";

/** How a lock is waited for; tests put their own clock in. */
export interface LockOptions {
  /** The file operations. */
  readonly files: Files;
  /** The shortest pause between two attempts, in milliseconds; the longest is twice that. */
  readonly waitMs: number;
  /** After how long without renewal a lock is taken over, in milliseconds. */
  readonly timeoutMs: number;
  /** The time in milliseconds. */
  readonly now?: () => number;
  /** Stops this thread for some milliseconds. */
  readonly sleep?: (timeMs: number) => void;
  /** Whether a process of this machine is running, where that is known. */
  readonly isAlive?: (pid: number) => boolean | undefined;
}

const lockName = "lock_dir";

/** A lock that is held. */
export class DirectoryLock {
  readonly #folder: string;
  readonly #options: LockOptions;
  #owner: string;
  #renewedMs: number;

  /**
   * Writes the owner's name into the lock.
   *
   * @param folder The lock's folder, made by this process.
   * @param options How it was waited for.
   */
  constructor(folder: string, options: LockOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#owner = newOwner();
    this.#renewedMs = timeNow(options);
    this.#write();
  }

  #write(): void {
    const bytes = new TextEncoder().encode(`${this.#owner}\n`);
    this.#options.files.write(joinPath(this.#folder, "lock"), bytes);
  }

  /** Whether the lock is still this one's: nobody took it over. */
  isHeld(): boolean {
    return ownerOf(this.#options.files, this.#folder) === this.#owner;
  }

  /** Tells others, from time to time, that the owner lives. Call it within long work. */
  renew(): void {
    const now = timeNow(this.#options);
    if (Math.abs(now - this.#renewedMs) < this.#options.timeoutMs / 2 || !this.isHeld()) return;
    this.#owner = newOwner();
    this.#renewedMs = now;
    this.#write();
  }

  /** Gives the lock back, unless somebody took it over. */
  release(): void {
    if (this.isHeld()) removeLock(this.#options.files, this.#folder);
  }
}

function timeNow(options: LockOptions): number {
  return (options.now ?? Date.now)();
}

function newOwner(): string {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  const { pid, hostname = "localhost" } = platform();
  return `${pid}_${String(random).padStart(10, "0")}_${hostname}`;
}

function ownerOf(files: Files, folder: string): string | undefined {
  const read = files.read(joinPath(folder, "lock"));
  if (!read.ok) return undefined;
  return new TextDecoder().decode(read.value).split("\n")[0]!.trim();
}

function removeLock(files: Files, folder: string): void {
  files.remove(joinPath(folder, "lock"));
  files.remove(folder);
}

/** Whether the owner named in a lock is a process of this machine that has ended. */
function isDead(owner: string | undefined, options: LockOptions): boolean {
  const [pid, , ...host] = owner?.split("_") ?? [];
  const { hostname = "localhost" } = platform();
  if (pid === undefined || host.join("_") !== hostname) return false;
  return (options.isAlive ?? isProcessAlive)(Number(pid)) === false;
}

/**
 * Takes a lock away from the owner that was seen. Another process may have done so already and hold
 * a lock of its own by now: what is not the owner's that was seen is put back.
 *
 * @returns Whether it was taken away.
 */
function takeOver(files: Files, folder: string, seen: string | undefined): boolean {
  const aside = `${folder}.${crypto.randomUUID()}`;
  if (!files.rename(folder, aside).ok) return false;
  const isSeen = ownerOf(files, aside) === seen;
  if (isSeen) removeLock(files, aside);
  else files.rename(aside, folder);
  return isSeen;
}

/** Who holds the lock, as Theano's messages say it. */
function ownerText(owner: string | undefined): string {
  return owner === undefined ? "unknown process" : `process '${owner.split("_")[0]}'`;
}

/** How long the owner of a lock has been the same. */
class Patience {
  #owner: string | undefined;
  #waitedMs: number | undefined;

  /** Whether this owner is another one than the last time. */
  isNew(owner: string | undefined): boolean {
    if (this.#waitedMs !== undefined && owner === this.#owner) return false;
    this.#owner = owner;
    this.#waitedMs = 0;
    return true;
  }

  /** Whether the owner had a whole timeout to renew the lock. */
  isOver(timeoutMs: number): boolean {
    return this.#waitedMs! >= timeoutMs;
  }

  /** Waits for a while. */
  pause(options: LockOptions, pauseMs: number): void {
    (options.sleep ?? sleepSync)(pauseMs);
    this.#waitedMs! += pauseMs;
  }
}

/** The lock if it can be had at once, or why not. */
function tryLock(folder: string, options: LockOptions): DirectoryLock | "taken" | undefined {
  const made = options.files.makeFolder(folder);
  if (!made.ok) return made.fault === "exists" ? "taken" : undefined;
  const lock = new DirectoryLock(folder, options);
  if (lock.isHeld()) return lock;
  if (ownerOf(options.files, folder) !== undefined) return "taken";
  removeLock(options.files, folder);
  return undefined;
}

/**
 * Gets the lock of a compile directory, waiting for it.
 *
 * @param directory The compile directory.
 * @param options How to wait.
 * @param isWaiting Whether to wait at all.
 * @returns The lock, or `undefined` where it cannot be made or was not waited for.
 */
export function acquireLock(
  directory: string,
  options: LockOptions,
  isWaiting: boolean = true,
): DirectoryLock | undefined {
  const { files, waitMs, timeoutMs } = options;
  const folder = joinPath(directory, lockName);
  const me = platform().pid;
  const patience = new Patience();
  for (let attempt = 0;; attempt++) {
    const lock = tryLock(folder, options);
    if (lock !== "taken") return lock;
    const owner = ownerOf(files, folder);
    const who = ownerText(owner);
    const isOwnerDead = isDead(owner, options);
    if (!isOwnerDead && !isWaiting) return undefined;
    const isNew = patience.isNew(owner);
    if (isOwnerDead || (!isNew && patience.isOver(timeoutMs))) {
      const dead = isOwnerDead ? "dead " : "";
      warn("UserWarning", `Overriding existing lock by ${dead}${who} (I am process '${me}')`);
      if (takeOver(files, folder, owner)) continue;
      if (!isWaiting) return undefined;
    } else if (isNew && attempt > 0) {
      warn(
        "UserWarning",
        `Waiting for existing lock by ${who} (I am process '${me}')\n` +
          `  To manually release the lock, delete ${folder}`,
      );
    }
    // Processes that wait for the same lock must not wake together for ever.
    patience.pause(options, waitMs * (1 + (((me + attempt) * 0.618) % 1)));
  }
}

/**
 * Removes the lock of a compile directory, whoever holds it.
 *
 * @param files The file operations.
 * @param directory The compile directory.
 */
export function forceUnlock(files: Files, directory: string): void {
  removeLock(files, joinPath(directory, lockName));
}
