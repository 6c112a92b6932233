/**
 * @file What tells one state of an edited checkout from another. A release is told by its version.
 */

import { files, joinPath } from "./files.ts";

/**
 * A text that changes when a source file of a checkout does: its files' sizes and times.
 *
 * @param url The URL of a module in the checkout's root.
 * @param folders The folders with sources.
 * @returns The text; empty where the module is no file or its folder no checkout of git.
 */
export function checkoutStamp(url: string, folders: readonly string[]): string {
  if (!url.startsWith("file:")) return "";
  const { pathname } = new URL(".", url);
  const root = decodeURIComponent(pathname).replace(/^\/(?=[A-Za-z]:)/, "");
  if (!files.stat(joinPath(root, ".git")).ok) return "";
  return folders.flatMap((folder) => stamps(joinPath(root, folder))).join(",");
}

function stamps(folder: string): string[] {
  const listed = files.list(folder);
  if (!listed.ok) return [];
  return listed.value.flatMap(({ name, isDirectory }) => {
    const path = joinPath(folder, name);
    if (isDirectory) return stamps(path);
    const facts = files.stat(path);
    return facts.ok ? [`${facts.value.sizeBytes}@${facts.value.modifiedMs}`] : [];
  });
}
