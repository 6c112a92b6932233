/**
 * @file Where flags come from outside the program: THEANO_FLAGS and rc files.
 */

import { files } from "../host/files.ts";
import { homeDir, isWindows, platform, readEnv } from "../host/host.ts";
import { expandHome } from "./paths.ts";

/** What the outside says about flags. */
export interface FlagSources {
  /** The text of THEANO_FLAGS; empty where it is not set or may not be read. */
  readonly flagsText: string;
  /** The rc files there are, in the order in which they are read. */
  readonly rcFiles: readonly RcFile[];
  /** What `%(NAME)s` in rc files stands for. */
  readonly variables: Readonly<Record<string, string>>;
}

/** An rc file and what is in it. */
export interface RcFile {
  /** Its path. */
  readonly path: string;
  /** What is in it. */
  readonly text: string;
}

/** The paths of the rc files to look for: those of THEANORC, or `~/.theanorc`. */
export function rcPaths(): string[] {
  const listed = readEnv("THEANORC");
  const fallback = isWindows() ? "~/.theanorc;~/.theanorc.txt" : "~/.theanorc";
  return (listed ?? fallback)
    .split(isWindows() ? ";" : ":")
    .filter((path) => path !== "")
    .map(expandHome);
}

/**
 * Reads the environment and the rc files, as far as that is permitted. Files that are not there or
 * cannot be read are left out, as Theano does.
 */
export function readSources(): FlagSources {
  const rcFiles: RcFile[] = [];
  for (const path of rcPaths()) {
    const read = files.read(path);
    if (read.ok) rcFiles.push({ path, text: new TextDecoder().decode(read.value) });
  }
  const home = homeDir() ?? "";
  const names = ["LSCRATCH", "TMPDIR", "TEMP", "TMP"];
  return {
    flagsText: readEnv("THEANO_FLAGS") ?? "",
    rcFiles,
    variables: rcFiles.length === 0 ? {} : {
      USER: readEnv("USER") ?? home.slice(home.search(/[^/\\]*$/)),
      ...Object.fromEntries(names.map((name) => [name, readEnv(name) ?? ""])),
      PID: String(platform().pid),
    },
  };
}
