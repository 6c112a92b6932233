/**
 * @file Lines by folder, and the longest files and functions: what may be worth a second look.
 *
 * `deno task sizes [how many]`
 */

// deno-lint-ignore-file no-console
import { filesBelow, read } from "../house/helpers.ts";

/** A file or function and its length in lines. */
export interface Sized {
  readonly name: string;
  readonly lines: number;
}

const start =
  /^( *)(?:export )?(?:(?:async |static |override |get |set )*(#?[\w$]+)|(?:async )?function\*? ([\w$]+))[(<].*(?<!=> )\{$/;
const noFunction = /^(?:if|for|while|switch|catch|else|do|try|class|interface|type|return|import)$/;

/**
 * The functions and methods of a formatted file: from the line that names one to the brace at its
 * indentation.
 *
 * @param text The file.
 */
export function functionsOf(text: string): Sized[] {
  const lines = text.split("\n");
  return lines.flatMap((line, at) => {
    const [, indent = "", method, declared] = start.exec(heading(lines, at)) ?? [];
    const name = declared ?? method;
    if (name === undefined || noFunction.test(name) || /^ *(class|interface)/.test(line)) return [];
    const end = new RegExp(`^${indent}\\}`);
    const length = lines.slice(at).findIndex((other) => end.test(other));
    return lines[at + length] === `${indent}}` ? [{ name, lines: length + 1 }] : [];
  });
}

/** The head of a function as one line: formatted parameters may stand on lines of their own. */
function heading(lines: readonly string[], at: number): string {
  const line = lines[at]!;
  if (!line.endsWith("(")) return line;
  const indent = /^ */.exec(line)![0];
  const end = lines.findIndex((other, i) => i > at && other.startsWith(`${indent})`));
  return end < 0 ? line : `${line}${lines[end]!.trim()}`;
}

function longest(items: readonly Sized[], count: number): string[] {
  return items.toSorted((a, b) => b.lines - a.lines || (a.name < b.name ? -1 : 1)).slice(0, count)
    .map(({ name, lines }) => `${String(lines).padStart(6)}  ${name}`);
}

function middle(items: readonly Sized[]): number {
  return items.map(({ lines }) => lines).sort((a, b) => a - b)[items.length >> 1] ?? 0;
}

/** What the task prints. */
function report(count: number): string {
  const folders = ["mod.ts", "core", "gpu", "optimize", "tests", "examples"].map((folder) => ({
    folder,
    files: folder === "mod.ts" ? [folder] : filesBelow(folder, ".ts"),
  }));
  const sized = folders.map(({ folder, files }) => ({
    folder,
    files: files.map((name) => ({ name, lines: read(name).split("\n").length - 1 })),
  }));
  const sources = sized.filter(({ folder }) => folder !== "tests" && folder !== "examples");
  const files = sources.flatMap((one) => one.files);
  const functions = files.flatMap(({ name }) =>
    functionsOf(read(name)).map((one) => ({ name: `${name} ${one.name}`, lines: one.lines }))
  );
  const sum = (items: readonly Sized[]): number => items.reduce((n, { lines }) => n + lines, 0);
  return [
    "Lines and files by folder:",
    ...sized.map((one) =>
      `${String(sum(one.files)).padStart(6)}  ${one.folder}, ${one.files.length} files`
    ),
    `\nSource files, median ${middle(files)} lines; the longest:`,
    ...longest(files, count),
    `\nFunctions, median ${middle(functions)} lines; the longest:`,
    ...longest(functions, count),
  ].join("\n");
}

if (import.meta.main) console.log(report(Number(Deno.args[0] ?? 15)));
