/**
 * @file What the house tests look at: the files of the project, and who imports whom.
 */

import { internal } from "../../core/errors.ts";
import { denoCommand } from "../cache/deno_command.ts";

/** The folder of the project, with a slash at its end. */
export const root = new URL("../../", import.meta.url);

/** The folders of what a user's script loads. */
export const sourceFolders = ["core", "gpu", "optimize"] as const;

/** What the package exports: from these everything must be reached. */
export const entries = [
  "mod.ts",
  "core/cli/main.ts",
  "core/cli/dump.ts",
  "core/cli/tune.ts",
] as const;

/**
 * The files below a folder, as paths from the folder of the project, sorted; none if there is no such
 * folder, since git keeps no empty ones.
 *
 * @param folder Such as `core`.
 * @param ending Such as `.ts`.
 */
export function filesBelow(folder: string, ending: string): string[] {
  const found: string[] = [];
  if (!exists(folder)) return found;
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, root))) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...filesBelow(path, ending));
    else if (name.endsWith(ending)) found.push(path);
  }
  return found.sort();
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, root)).isDirectory;
  } catch {
    return false;
  }
}

/** The TypeScript files that a user's script may load. */
export function sourceFiles(): string[] {
  return ["mod.ts", ...sourceFolders.flatMap((folder) => filesBelow(folder, ".ts"))];
}

/** The text of a file, by its path from the folder of the project. */
export function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, root));
}

/** One import: from where to where, and whether it is there at run time. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** Whether it loads the other file at once, rather than its types or on demand. */
  readonly isValue: boolean;
}

interface Dependency {
  readonly code?: { readonly specifier?: string };
  readonly type?: { readonly specifier?: string };
  readonly isDynamic?: boolean;
}

interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly Dependency[];
  }[];
}

/**
 * Who imports whom, among all files that some files reach.
 *
 * @param files Paths from the folder of the project.
 * @returns The files reached, and their imports of each other.
 */
export function importsFrom(
  files: readonly string[],
): { readonly reached: ReadonlySet<string>; readonly imports: readonly Import[] } {
  const reached = new Set<string>();
  const imports: Import[] = [];
  for (const file of files) {
    for (const { specifier, dependencies } of infoOf(file).modules) {
      const from = pathOf(specifier);
      if (from === undefined || reached.has(from)) continue;
      reached.add(from);
      for (const { code, type, isDynamic } of dependencies ?? []) {
        const to = pathOf(code?.specifier ?? type?.specifier ?? "");
        if (to !== undefined) imports.push({ from, to, isValue: Boolean(code) && !isDynamic });
      }
    }
  }
  return { reached, imports };
}

/** The path of a module from the folder of the project; undefined outside it. */
function pathOf(specifier: string): string | undefined {
  return specifier.startsWith(root.href) && !specifier.includes("/node_modules/")
    ? decodeURIComponent(specifier.slice(root.href.length))
    : undefined;
}

function infoOf(file: string): Info {
  return JSON.parse(denoOutput(["info", "--json", file])) as Info;
}

/**
 * What Deno writes to standard output.
 *
 * @param args Its arguments; it runs in the folder of the project.
 */
export function denoOutput(args: readonly string[]): string {
  const { code, stdout, stderr } = new Deno.Command(denoCommand(), {
    args: [...args],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).outputSync();
  const text = new TextDecoder();
  if (code !== 0) internal(`run deno ${args[0]}`, text.decode(stderr), "a house test");
  return text.decode(stdout);
}
