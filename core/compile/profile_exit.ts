/**
 * @file Profiles are printed when the program ends, all of them and their sum.
 */

import { flags } from "../config/config.ts";
import { files } from "../host/files.ts";
import { writeStderr, writeStdout } from "../host/host.ts";
import { warn } from "../host/warn.ts";
import { sumText } from "./profile_text.ts";
import type { ProfileStats } from "./profile.ts";

const profiles: ProfileStats[] = [];

/**
 * Has a profile printed when the program ends.
 *
 * @param profile The profile.
 */
export function printAtExit(profile: ProfileStats): void {
  if (profiles.length === 0) globalThis.addEventListener("unload", printAll);
  profiles.push(profile);
}

function printAll(): void {
  const used = profiles.filter(({ fctCallcount }) => fctCallcount > 0);
  for (const profile of used) profile.summary();
  const functions = used.filter(({ loop }) => loop === undefined);
  if (functions.length > 1) write(sumText(functions));
}

let started = false;

/**
 * Writes where the flag `profiling.destination` says: standard streams, or a file that is begun anew by
 * each program.
 *
 * @param text What to write.
 */
export function write(text: string): void {
  const { destination } = flags.profiling;
  if (destination === "stderr") return writeStderr(text);
  if (destination === "stdout") return writeStdout(text);
  const before = started ? files.read(destination) : undefined;
  started = true;
  const kept = before?.ok ? new TextDecoder().decode(before.value) : "";
  const written = files.write(destination, new TextEncoder().encode(kept + text));
  if (!written.ok) {
    warn("UserWarning", `Cannot write a profile to "${destination}": ${written.text}`);
  }
}
