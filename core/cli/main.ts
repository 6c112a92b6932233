/**
 * @file The program `theano-cache`: looks after the compile cache, and prints the flags.
 *
 * `deno task cache <command>`, or `deno run -A core/cli/main.ts <command>`.
 */

import { defaultStore } from "../cache/store.ts";
import { flagStore } from "../config/config.ts";
import { files } from "../host/files.ts";
import { programArguments, setExitStatus, writeStdout } from "../host/host.ts";
import { runCommand } from "./commands.ts";

/**
 * Runs a command.
 *
 * @param argv Its words.
 * @param out Prints a line.
 * @returns The exit status: 0, or 1 for what could not be done or is no command.
 */
export function main(
  argv: readonly string[],
  out: (line: string) => void = (line) => writeStdout(`${line}\n`),
): number {
  return runCommand(argv, { files, flags: flagStore, store: defaultStore, out });
}

if (import.meta.main) setExitStatus(main(programArguments()));
