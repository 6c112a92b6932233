/**
 * @file What tells one state of an edited checkout from another. A release is told by its version.
 */

import { files, joinPath } from "./files.ts";

/**
 * A text that changes when a source file of a checkout does: its files' sizes and times.
 *
 * @param url The URL of a module in the checkout's root, or of the one file that a build made of it.
 * @param folders The folders with sources.
 * @returns The text; empty where the module is no file.
 */
export function checkoutStamp(url: string, folders: readonly string[]): string {
  if (!url.startsWith("file:")) return "";
  const path = decodeURIComponent(url.slice("file://".length)).replace(/^\/(?=[A-Za-z]:)/, "");
  const root = path.slice(0, path.lastIndexOf("/") + 1);
  if (!files.stat(joinPath(root, ".git")).ok) return stamp(path);
  return folders.flatMap((folder) => stamps(joinPath(root, folder))).join(",");
}

function stamp(path: string): string {
  const facts = files.stat(path);
  return facts.ok ? `${facts.value.sizeBytes}@${facts.value.modifiedMs}` : "";
}

function stamps(folder: string): string[] {
  const listed = files.list(folder);
  if (!listed.ok) return [];
  return listed.value.flatMap(({ name, isDirectory }) => {
    const path = joinPath(folder, name);
    return isDirectory ? stamps(path) : [stamp(path)];
  });
}
