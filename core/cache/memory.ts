/**
 * @file The entries of this process: those used last, up to a bound on their bytes.
 */

import { type CacheEntry, entrySizeBytes } from "./entry.ts";

interface Kept {
  readonly entry: CacheEntry;
  readonly sizeBytes: number;
}

/** Entries by key, of which the ones not used for longest go when there are too many bytes. */
export class MemoryLayer {
  readonly #kept = new Map<string, Kept>();
  readonly #boundBytes: number;
  #sizeBytes = 0;

  /**
   * Keeps nothing yet.
   *
   * @param boundBytes The bound.
   */
  constructor(boundBytes: number) {
    this.#boundBytes = boundBytes;
  }

  /** How much is kept. Units: bytes. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /**
   * An entry, which is then the one used last.
   *
   * @param key Its key.
   */
  get(key: string): CacheEntry | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.entry;
  }

  /**
   * Keeps an entry, unless it alone is over the bound.
   *
   * @param key Its key.
   * @param entry The entry.
   */
  put(key: string, entry: CacheEntry): void {
    this.remove(key);
    const sizeBytes = entrySizeBytes(entry);
    if (sizeBytes > this.#boundBytes) return;
    this.#kept.set(key, { entry, sizeBytes });
    this.#sizeBytes += sizeBytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#sizeBytes <= this.#boundBytes) break;
      this.remove(oldest);
    }
  }

  /**
   * Forgets an entry.
   *
   * @param key Its key.
   */
  remove(key: string): void {
    this.#sizeBytes -= this.#kept.get(key)?.sizeBytes ?? 0;
    this.#kept.delete(key);
  }

  /** Forgets all entries. */
  clear(): void {
    this.#kept.clear();
    this.#sizeBytes = 0;
  }
}
