/**
 * @file Paths as users write them.
 */

import { joinPath } from "../host/files.ts";
import { currentDir, homeDir } from "../host/host.ts";

/**
 * A path with its leading `~` replaced by the home folder, where that is known.
 *
 * @param path The path, as a user writes it.
 */
export function expandHome(path: string): string {
  if (!/^~($|[/\\])/.test(path)) return path;
  const home = homeDir();
  return home === undefined ? path : home + path.slice(1);
}

/**
 * A path from the root, where the current folder is known.
 *
 * @param path The path, as a user writes it.
 */
export function absolutePath(path: string): string {
  const expanded = expandHome(path);
  if (expanded === "" || /^([/\\]|[A-Za-z]:)/.test(expanded)) return expanded;
  const folder = currentDir();
  return folder === undefined ? expanded : joinPath(folder, expanded);
}
