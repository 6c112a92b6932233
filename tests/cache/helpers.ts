/** @file What tests of the cache share: folders, warnings, entries, files with faults, a clock. */

import { CacheStore, type StoreOptions } from "../../core/cache/store.ts";
import type { CacheEntry, JsonValue } from "../../core/cache/entry.ts";
import { type Files, files, type Outcome } from "../../core/host/files.ts";
import { setWarningListener } from "../../core/host/warn.ts";

/** One day in milliseconds. */
export const dayMs = 24 * 60 * 60 * 1000;

/** Runs an action in an empty folder, which is removed afterwards. */
export function inFolder(action: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    action(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The warnings an action gives. */
export function warningsOf(action: () => void): string[] {
  const warnings: string[] = [];
  const before = setWarningListener((category, text) => warnings.push(`${category}: ${text}`));
  try {
    action();
  } finally {
    setWarningListener(before);
  }
  return warnings;
}

/** An entry with some sections, of a content that the seed decides. */
export function entryOf(seed: number, meta: JsonValue = { seed }): CacheEntry {
  return {
    meta,
    sections: {
      wasm: Uint8Array.from({ length: 100 + seed % 50 }, (_, i) => (i * 7 + seed) % 256),
      empty: new Uint8Array(0),
      text: new TextEncoder().encode(`seed ${seed} é`),
    },
  };
}

/** A store in a directory, with a limit of 24 days. */
export function storeIn(directory: string, options: Partial<StoreOptions> = {}): CacheStore {
  return new CacheStore({ directory, maxAgeMs: 24 * dayMs, lockWaitMs: 1, ...options });
}

/** The machine's files with some operations replaced. */
export function faulty(replaced: Partial<Files>): Files {
  return { ...files, ...replaced };
}

/** An outcome that is a fault, in the system's words. */
export function fault(kind: "missing" | "exists" | "denied" | "full" | "other", text: string): {
  readonly ok: false;
} & Outcome<never> {
  return { ok: false, fault: kind, text };
}

/** All files below a folder, with what is in them. */
export function treeOf(folder: string): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (!isDirectory) tree[name] = Deno.readTextFileSync(path);
    else for (const [below, text] of Object.entries(treeOf(path))) tree[`${name}/${below}`] = text;
  }
  return tree;
}

/** The names in a folder, sorted. */
export function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}
