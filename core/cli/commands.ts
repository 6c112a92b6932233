/**
 * @file The commands: one record each, from which the usage list and the dispatch follow.
 */

import { forceUnlock } from "../cache/lock.ts";
import type { CacheStore } from "../cache/store.ts";
import type { FlagStore } from "../config/flag_store.ts";
import { rcPaths } from "../config/sources.ts";
import type { Files } from "../host/files.ts";
import { isEnvPermitted, readEnv } from "../host/host.ts";
import { warn } from "../host/warn.ts";
import { baseReport, purgeBase } from "./base.ts";
import { cacheReport } from "./report.ts";

/** What commands work on. */
export interface CliWorld {
  /** The file operations. */
  readonly files: Files;
  /** The flags. */
  readonly flags: FlagStore;
  /** The compile cache, looked for when a command needs it. */
  readonly store: () => CacheStore;
  /** Prints a line. */
  readonly out: (line: string) => void;
}

/** A command: the words that call it, what it is good for, and what it does. */
export interface Command {
  /** The words after the program's name. */
  readonly words: string;
  /** How the usage list ends: `Type "theano-cache …" to …`. */
  readonly purpose: string;
  /** What it does; gives the exit status. */
  readonly run: (world: CliWorld) => number;
}

const programName = "theano-cache";

function directoryOf(world: CliWorld): string {
  return String(world.flags.state("compiledir").value);
}

function baseOf(world: CliWorld): string {
  return String(world.flags.state("base_compiledir").value);
}

function printDirectory(world: CliWorld, path: string): number {
  world.out(path === "" ? "(none: the home folder is not known, so the cache is in memory)" : path);
  return 0;
}

/** Says why a directory cannot be looked at or changed, and nothing if it can or is not there. */
function obstacle(
  world: CliWorld,
  action: string,
  path: string,
  isChange: boolean,
): string | undefined {
  if (path === "") {
    return `Cannot ${action}: the home folder is not known\n` +
      "  Run with --allow-env, or set the flag base_compiledir";
  }
  if (!world.files.canRead(path)) {
    return `Cannot ${action} "${path}": reading it is not permitted\n` +
      `  Run with --allow-read${isChange ? " --allow-write" : ""}`;
  }
  if (isChange && !world.files.canWrite(path)) {
    return `Cannot ${action} "${path}": changing it is not permitted\n  Run with --allow-write`;
  }
  return undefined;
}

/** Runs an action on the compile directory if it is ours; if it is missing, nothing is to do. */
function onDirectory(world: CliWorld, action: string, run: (path: string) => number): number {
  const path = directoryOf(world);
  const blocked = obstacle(world, action, path, true);
  if (blocked !== undefined) {
    world.out(blocked);
    return 1;
  }
  const ownership = world.store().directory.ownership();
  if (ownership === "missing") return 0;
  if (ownership === "ours") return run(path);
  world.out(
    `Cannot ${action} "${path}": it was not made by this library\n` +
      "  Set the flag compiledir to the right folder, or remove it yourself",
  );
  return 1;
}

function failLocked(world: CliWorld, action: string, path: string): number {
  world.out(
    `Cannot ${action} "${path}": its lock cannot be had\n` +
      `  Type "${programName} unlock" to remove the lock, if no other program uses the cache`,
  );
  return 1;
}

function clear(world: CliWorld): number {
  return onDirectory(world, "clear", (path) => {
    const remaining = world.store().clear();
    if (remaining === undefined) return failLocked(world, "clear", path);
    if (remaining.length > 0) {
      warn(
        "UserWarning",
        "There remain elements in the cache dir that you may need to erase manually. " +
          `The cache dir is:\n  ${path}\nYou can also call "${programName} purge" to remove ` +
          "everything from that directory.",
      );
    }
    return 0;
  });
}

function listEntries(world: CliWorld): number {
  const path = directoryOf(world);
  const blocked = obstacle(world, "list", path, false);
  for (const line of blocked ? [blocked] : cacheReport(path, world.store().describe())) {
    world.out(line);
  }
  return blocked ? 1 : 0;
}

function cleanup(world: CliWorld): number {
  return onDirectory(world, "clean up", (path) => {
    const removed = world.store().cleanup({ isReadingAll: true, isWaiting: true });
    return removed === undefined ? failLocked(world, "clean up", path) : 0;
  });
}

function unlock(world: CliWorld): number {
  const status = onDirectory(world, "unlock", (path) => {
    forceUnlock(world.files, path);
    return 0;
  });
  if (status === 0) world.out("Lock successfully removed!");
  return status;
}

function purge(world: CliWorld): number {
  return onDirectory(world, "purge", (path) => {
    const removed = world.files.removeTree(path);
    if (!removed.ok) world.out(`Cannot purge "${path}": ${removed.text}`);
    return removed.ok ? 0 : 1;
  });
}

function listBase(world: CliWorld): number {
  const base = baseOf(world);
  const blocked = obstacle(world, "list", base, false);
  for (const line of blocked ? [blocked] : baseReport(world.files, base)) world.out(line);
  return blocked ? 1 : 0;
}

function purgeAll(world: CliWorld): number {
  const base = baseOf(world);
  const blocked = obstacle(world, "purge", base, true);
  if (blocked !== undefined) {
    world.out(blocked);
    return 1;
  }
  const { left, failed } = purgeBase(world.files, base);
  if (left.length > 0) {
    world.out(`Left in ${base}, since this library did not make them:`);
    for (const name of left) world.out(`    ${name}`);
  }
  for (const text of failed) world.out(`Cannot purge ${text}`);
  return failed.length > 0 ? 1 : 0;
}

function printConfig(world: CliWorld): number {
  const table = world.flags.table(true);
  if (!isEnvPermitted("THEANO_FLAGS")) world.out("environment: not permitted");
  else world.out(`environment: THEANO_FLAGS=${readEnv("THEANO_FLAGS") ?? ""}`);
  for (const path of rcPaths()) {
    const looked = world.files.stat(path);
    const state = looked.ok ? "found" : looked.fault === "denied" ? "not permitted" : "missing";
    world.out(`rc file: ${path} (${state})`);
  }
  for (const name of world.flags.unknownNames()) world.out(`unknown flag: ${name}`);
  world.out("");
  world.out(table.trimEnd());
  return 0;
}

/** The usage list, a line a command. */
export function usage(): string[] {
  return commands.map(({ words, purpose }) => `Type "${commandLine(words)}" to ${purpose}`);
}

/**
 * A command line, as a user types it.
 *
 * @param words The words after the program's name.
 */
export function commandLine(words: string): string {
  return words === "" ? programName : `${programName} ${words}`;
}

function printUsage(world: CliWorld): number {
  for (const line of usage()) world.out(line);
  return 0;
}

/** All commands, in the order of the usage list. */
export const commands: readonly Command[] = [
  {
    words: "",
    purpose: "print the cache location",
    run: (world) => printDirectory(world, directoryOf(world)),
  },
  { words: "help", purpose: "print this help", run: printUsage },
  { words: "clear", purpose: "erase the cache", run: clear },
  { words: "list", purpose: "print the cache content", run: listEntries },
  { words: "unlock", purpose: "unlock the cache directory", run: unlock },
  {
    words: "cleanup",
    purpose: "delete entries that are old, of another version or cannot be read",
    run: cleanup,
  },
  { words: "purge", purpose: "force deletion of the cache directory", run: purge },
  {
    words: "basecompiledir",
    purpose: "print the parent of the cache directory",
    run: (world) => printDirectory(world, baseOf(world)),
  },
  {
    words: "basecompiledir list",
    purpose: "print the content of the base compile dir",
    run: listBase,
  },
  {
    words: "basecompiledir purge",
    purpose: "remove everything this library made in the base compile dir, " +
      "that is, erase ALL cache directories",
    run: purgeAll,
  },
  {
    words: "config",
    purpose: "print all flags, their values and where these come from",
    run: printConfig,
  },
];

/** Whether THEANO_FLAGS and rc files can be used; says what is wrong with them if not. */
function areFlagsGood({ flags, out }: CliWorld): boolean {
  try {
    flags.load();
    return true;
  } catch (error) {
    out(String(error));
    return false;
  }
}

/**
 * Runs a command, or prints the usage list for what is none.
 *
 * @param argv The words after the program's name.
 * @param world What commands work on.
 * @returns The exit status: 0, or 1 for what could not be done or is no command.
 */
export function runCommand(argv: readonly string[], world: CliWorld): number {
  const words = argv.join(" ");
  const command = commands.find((candidate) => candidate.words === words);
  if (command !== undefined) return areFlagsGood(world) ? command.run(world) : 1;
  world.out(`command "${commandLine(words)}" not recognized`);
  printUsage(world);
  return 1;
}
