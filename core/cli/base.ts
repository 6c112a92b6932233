/**
 * @file The base compile directory, which other programs (Theano itself among them) may share.
 */

import { CompileDirectory } from "../cache/directory.ts";
import { type Files, joinPath } from "../host/files.ts";

/**
 * The lines of the command `basecompiledir list`.
 *
 * @param files The file operations.
 * @param base The base compile directory.
 */
export function baseReport(files: Files, base: string): string[] {
  const listed = files.list(base);
  const items = listed.ok ? listed.value : [];
  const folders = items.filter((item) => item.isDirectory).map(({ name }) => `    ${name}`);
  const others = items.filter((item) => !item.isDirectory).map(({ name }) => `    ${name}`);
  return [
    `Base compile dir is ${base}`,
    "Sub-directories (possible compile caches):",
    ...(folders.length === 0 ? ["    (None)"] : folders),
    ...(others.length === 0 ? [] : ["", "Other files in base_compiledir:", ...others]),
  ];
}

/** What {@linkcode purgeBase} did. */
export interface Purged {
  /** Names that were left, since they are not ours. */
  readonly left: readonly string[];
  /** Names that could not be removed, and why. */
  readonly failed: readonly string[];
}

/**
 * Removes every compile directory of ours below the base directory, and the base directory if
 * nothing else is in it.
 *
 * @param files The file operations.
 * @param base The base compile directory.
 */
export function purgeBase(files: Files, base: string): Purged {
  const left: string[] = [];
  const failed: string[] = [];
  const listed = files.list(base);
  for (const { name } of listed.ok ? listed.value : []) {
    const directory = new CompileDirectory(files, joinPath(base, name));
    if (directory.ownership() !== "ours") left.push(name);
    else {
      const removed = files.removeTree(directory.path);
      if (!removed.ok) failed.push(`${name}: ${removed.text}`);
    }
  }
  if (left.length === 0 && failed.length === 0) files.remove(base);
  return { left, failed };
}
