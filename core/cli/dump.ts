/**
 * @file The program behind `deno task dump`: runs a script and writes every stage of each function it
 * compiles into files.
 *
 * `deno task dump script.ts [--dir=folder] [--filter=name]`: one folder a function below `dump`, or
 * below the folder named, of the functions whose name contains the text named. Paths start at the
 * current folder, which a task makes that of the project.
 */

import { describeAlso } from "../compile/stages.ts";
import { flagStore } from "../config/config.ts";
import { currentDir, programArguments, setExitStatus, writeStderr } from "../host/host.ts";
import { programShaders } from "../../gpu/kernels.ts";

/** What the command line asks for. */
export interface DumpRequest {
  /** The script to run. */
  readonly script: string;
  /** Where the folders go. */
  readonly dir: string;
  /** What the names of functions must contain. */
  readonly filter: string;
}

const usage = "Usage: deno task dump script.ts [--dir=folder] [--filter=name]";

/**
 * What a command line asks for.
 *
 * @param argv Its words.
 * @returns The request, or why there is none.
 */
export function dumpRequest(argv: readonly string[]): DumpRequest | string {
  const options = { dir: "dump", filter: "" };
  const scripts: string[] = [];
  for (const word of argv) {
    const [, key, value] = /^--([a-z]+)=(.*)$/s.exec(word) ?? [];
    if (key === "dir" || key === "filter") options[key] = value!;
    else if (word.startsWith("-")) return `There is no option ${word}. ${usage}`;
    else scripts.push(word);
  }
  const [script, ...more] = scripts;
  if (script === undefined || more.length > 0) return usage;
  return { script, ...options };
}

/**
 * Runs a script with the flags of a dump set.
 *
 * @param argv The words of the command line.
 * @returns The exit status: 0, or 1 for a command line that asks for nothing.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const request = dumpRequest(argv);
  if (typeof request === "string") {
    writeStderr(`${request}\n`);
    return 1;
  }
  describeAlso(programShaders);
  flagStore.set("dump.dir", request.dir);
  flagStore.set("dump.filter", request.filter);
  const folder = new URL(`${(currentDir() ?? "").replaceAll("\\", "/")}/`, "file:///");
  await import(new URL(request.script, folder).href);
  return 0;
}

if (import.meta.main) setExitStatus(await main(programArguments()));
