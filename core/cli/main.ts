/**
 * @file The program `theano-cache`: looks after the compile cache, and prints the flags.
 *
 * `deno task cache <command>`, or `deno run -A core/cli/main.ts <command>`.
 */

import { defaultStore } from "../cache/store.ts";
import { flagStore } from "../config/config.ts";
import { files } from "../host/files.ts";
import { programArguments, setExitStatus, writeStdout } from "../host/host.ts";
import { type CliWorld, commandLine, commands, usage } from "./commands.ts";

/**
 * Runs a command.
 *
 * @param argv Its words.
 * @param out Prints a line.
 * @param world What commands work on, where that is not this process's own.
 * @returns The exit status: 0, or 1 for what could not be done or is no command.
 */
export function main(
  argv: readonly string[],
  out: (line: string) => void = (line) => writeStdout(`${line}\n`),
  world: Partial<CliWorld> = {},
): number {
  const words = argv.join(" ");
  const command = commands.find((candidate) => candidate.words === words);
  const full: CliWorld = { files, flags: flagStore, store: defaultStore, ...world, out };
  if (command !== undefined) return areFlagsGood(full) ? command.run(full) : 1;
  out(`command "${commandLine(words)}" not recognized`);
  for (const line of usage()) out(line);
  return 1;
}

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

if (import.meta.main) setExitStatus(main(programArguments()));
