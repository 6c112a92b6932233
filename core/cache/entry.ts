/**
 * @file One stored entry as bytes.
 *
 * Layout, numbers little-endian: magic (8 bytes), version (4), bytes of the header (4), bytes of
 * the file (4), digest (16), header as JSON, sections. Each section starts at a multiple of 16. The
 * digest is of the whole file with zeros in the digest's own place, so no changed byte goes unseen.
 */

import { digestBytes, murmur128 } from "./key.ts";

/** A value JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** What is stored under a key: facts, and named sections of bytes. */
export interface CacheEntry {
  /** Facts about the entry; {@linkcode CompileSummary} says what `list` looks for. */
  readonly meta: JsonValue;
  /** Bytes by name. Nobody may write to them. */
  readonly sections: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
}

/** What the command `list` shows of an entry, all optional, in `meta`. */
export interface CompileSummary {
  /** Time the compilation took. Units: seconds. */
  readonly compileSeconds?: number;
  /** Texts of the ops. */
  readonly ops?: readonly string[];
  /** Names of the ops' classes, each once. */
  readonly opClasses?: readonly string[];
  /** Texts of the types of inputs and outputs. */
  readonly types?: readonly string[];
}

/** The version of the layout; files of another version are compiled again. */
export const formatVersion = 1;

/** A byte above 127 and line ends of both kinds, so that a transfer as text is noticed. */
const magic = Uint8Array.of(0x89, 0x54, 0x44, 0x43, 0x0d, 0x0a, 0x1a, 0x0a);

const versionAt = 8;
const headerLengthAt = 12;
const fileLengthAt = 16;
const digestAt = 20;
const headerAt = 36;
const alignment = 16;

interface Header {
  readonly key: string;
  readonly meta: JsonValue;
  readonly sections: readonly (readonly [name: string, start: number, length: number])[];
}

function aligned(offset: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

/**
 * An entry as the bytes of a file.
 *
 * @param key Its key.
 * @param entry The entry.
 */
export function encodeEntry(key: string, entry: CacheEntry): Uint8Array<ArrayBuffer> {
  const names = Object.keys(entry.sections);
  const headerOf = (start: number): Uint8Array => {
    const sections = names.map((name) => {
      const length = entry.sections[name]!.length;
      const row = [name, start, length] as const;
      start = aligned(start + length);
      return row;
    });
    return new TextEncoder().encode(JSON.stringify({ key, meta: entry.meta, sections }));
  };
  // The header holds the offsets that its own length decides: start far enough behind it.
  const start = aligned(headerAt + headerOf(Number.MAX_SAFE_INTEGER).length);
  const header = headerOf(start);
  const total = names.reduce((at, name) => aligned(at + entry.sections[name]!.length), start);

  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  view.setUint32(versionAt, formatVersion, true);
  view.setUint32(headerLengthAt, header.length, true);
  view.setUint32(fileLengthAt, total, true);
  bytes.set(header, headerAt);
  let at = start;
  for (const name of names) {
    bytes.set(entry.sections[name]!, at);
    at = aligned(at + entry.sections[name]!.length);
  }
  bytes.set(new Uint8Array(murmur128(bytes).buffer), digestAt);
  return bytes;
}

/** Why bytes are no entry that can be used. */
export type EntryProblem = "truncated" | "corrupted" | "of another version";

/** An entry read back with its key, or what is wrong with it. */
export type Decoded =
  | { readonly key: string; readonly entry: CacheEntry }
  | { readonly problem: EntryProblem };

/**
 * Reads the bytes of a file back. The sections are parts of `bytes`.
 *
 * @param bytes What the file holds; its digest is overwritten.
 */
export function decodeEntry(bytes: Uint8Array<ArrayBuffer>): Decoded {
  const isOurs = magic.every((byte, at) => at >= bytes.length || bytes[at] === byte);
  if (!isOurs) return { problem: "corrupted" };
  if (bytes.length < headerAt) return { problem: "truncated" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(versionAt, true) !== formatVersion) return { problem: "of another version" };
  const fileLength = view.getUint32(fileLengthAt, true);
  if (bytes.length < fileLength) return { problem: "truncated" };
  const digest = bytes.slice(digestAt, headerAt);
  bytes.fill(0, digestAt, headerAt);
  const isIntact = bytes.length === fileLength &&
    digestBytes(bytes) === wordsAsHex(digest);
  if (!isIntact) return { problem: "corrupted" };
  const headerEnd = headerAt + view.getUint32(headerLengthAt, true);
  const text = new TextDecoder().decode(bytes.subarray(headerAt, headerEnd));
  const { key, meta, sections } = JSON.parse(text) as Header;
  return {
    key,
    entry: {
      meta,
      sections: Object.fromEntries(
        sections.map(([name, start, length]) => [name, bytes.subarray(start, start + length)]),
      ),
    },
  };
}

function wordsAsHex(bytes: Uint8Array<ArrayBuffer>): string {
  const view = new DataView(bytes.buffer);
  const words = [0, 4, 8, 12].map((at) => view.getUint32(at, true));
  return words.map((word) => word.toString(16).padStart(8, "0")).join("");
}

/**
 * About how much memory an entry takes.
 *
 * @param entry The entry.
 * @returns Units: bytes.
 */
export function entrySizeBytes(entry: CacheEntry): number {
  let sizeBytes = JSON.stringify(entry.meta).length;
  for (const bytes of Object.values(entry.sections)) sizeBytes += bytes.length;
  return sizeBytes;
}
