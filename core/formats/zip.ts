/**
 * @file ZIP archives, as far as `.npz` files need them: entries stored or packed with DEFLATE.
 *
 * Source: PKWARE, "APPNOTE.TXT — .ZIP File Format Specification", version 6.3.
 */

import { fail } from "../errors.ts";
import { crc32 } from "./crc32.ts";
import { inflate } from "./inflate.ts";

const localSignature = 0x04034b50;
const centralSignature = 0x02014b50;
const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;

/** Units: bytes, without names. */
const sizes = { local: 30, central: 46, end: 22, locator64: 20 } as const;
const longestComment = 65535;

/** A number of 32 bits that stands for a larger one elsewhere. */
const escaped = 0xffffffff;
const storedMethod = 0;
const deflateMethod = 8;
/** Version 2.0 of the format. */
const version = 20;
/** The name is UTF-8. */
const utf8Flag = 0x800;
/** The first of January 1980, so that the same arrays give the same bytes. */
const date = 0x21;

/** A file in an archive, in parts. */
export interface Entry {
  readonly name: string;
  readonly parts: readonly Uint8Array[];
}

interface Placed {
  readonly name: Uint8Array;
  readonly parts: readonly Uint8Array[];
  readonly checksum: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * An archive of files, none of them packed.
 *
 * @param entries The files.
 * @param name What to call the archive in messages.
 * @throws {ValueError} If the archive needs 4 GiB or more.
 */
export function zipBytes(entries: readonly Entry[], name: string): Uint8Array<ArrayBuffer> {
  const placed: Placed[] = [];
  let offset = 0;
  for (const entry of entries) {
    const made = placedAt(entry, offset);
    placed.push(made);
    offset += sizes.local + made.name.length + made.size;
  }
  const central = placed.reduce((sum, entry) => sum + sizes.central + entry.name.length, 0);
  const total = offset + central + sizes.end;
  if (total >= escaped || placed.length >= 0xffff) {
    fail("ValueError", `save ${name}`, `a ZIP archive holds less than 4 GiB, not ${total} bytes`, [
      'Save it as ".safetensors"',
    ]);
  }
  const bytes = new Uint8Array(total);
  for (const entry of placed) writeLocal(bytes, entry);
  let at = offset;
  for (const entry of placed) at = writeCentral(bytes, entry, at);
  writeEnd(bytes, at, { count: placed.length, central, offset });
  return bytes;
}

function placedAt({ name, parts }: Entry, offset: number): Placed {
  return {
    name: new TextEncoder().encode(name),
    parts,
    checksum: parts.reduce((sum, part) => crc32(part, sum), 0),
    size: parts.reduce((sum, part) => sum + part.length, 0),
    offset,
  };
}

/** Writes the fields that a local and a central header share, from the version needed on. */
function writeFields(view: DataView, at: number, { name, checksum, size }: Placed): void {
  view.setUint16(at, version, true);
  view.setUint16(at + 2, name.some((byte) => byte > 127) ? utf8Flag : 0, true);
  view.setUint16(at + 4, storedMethod, true);
  view.setUint16(at + 8, date, true);
  view.setUint32(at + 10, checksum, true);
  view.setUint32(at + 14, size, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, name.length, true);
}

function writeLocal(bytes: Uint8Array<ArrayBuffer>, entry: Placed): void {
  const view = new DataView(bytes.buffer);
  view.setUint32(entry.offset, localSignature, true);
  writeFields(view, entry.offset + 4, entry);
  let at = entry.offset + sizes.local;
  for (const part of [entry.name, ...entry.parts]) {
    bytes.set(part, at);
    at += part.length;
  }
}

function writeCentral(bytes: Uint8Array<ArrayBuffer>, entry: Placed, at: number): number {
  const view = new DataView(bytes.buffer);
  view.setUint32(at, centralSignature, true);
  view.setUint16(at + 4, version, true);
  writeFields(view, at + 6, entry);
  view.setUint32(at + 42, entry.offset, true);
  bytes.set(entry.name, at + sizes.central);
  return at + sizes.central + entry.name.length;
}

function writeEnd(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  { count, central, offset }: { count: number; central: number; offset: number },
): void {
  const view = new DataView(bytes.buffer);
  view.setUint32(at, endSignature, true);
  view.setUint16(at + 8, count, true);
  view.setUint16(at + 10, count, true);
  view.setUint32(at + 12, central, true);
  view.setUint32(at + 16, offset, true);
}

/** A file as the directory of an archive lists it. */
interface Listed {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  readonly offset: number;
  readonly next: number;
}

/**
 * The files of an archive.
 *
 * @param bytes The whole archive.
 * @param name What to call it in messages.
 * @returns The bytes of each file by its name, in the order of the directory.
 * @throws {ValueError} If it is no archive, is damaged, or packed in a way that is not known here.
 */
export function readZip(bytes: Uint8Array, name: string): Map<string, Uint8Array> {
  return new ZipReader(bytes, name).files();
}

class ZipReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
  }

  files(): Map<string, Uint8Array> {
    const { count, offset } = this.#directory();
    const files = new Map<string, Uint8Array>();
    let at = offset;
    for (let i = 0; i < count; i++) {
      const listed = this.#listed(at);
      files.set(listed.name, this.#contents(listed));
      at = listed.next;
    }
    return files;
  }

  #refuse(why: string, name = this.#name): never {
    return fail("ValueError", `read ${name}`, why, ["The file is damaged or no .npz file"]);
  }

  #has(at: number, size: number, signature: number): boolean {
    return at >= 0 && at + size <= this.#bytes.length &&
      this.#view.getUint32(at, true) === signature;
  }

  #long(at: number): number {
    return Number(this.#view.getBigUint64(at, true));
  }

  /** How many files there are, and where the first is listed. */
  #directory(): { readonly count: number; readonly offset: number } {
    const last = this.#bytes.length - sizes.end;
    let at = last;
    while (!this.#has(at, sizes.end, endSignature)) {
      if (at <= 0 || at < last - longestComment) {
        this.#refuse("it has no directory of a ZIP archive");
      }
      at--;
    }
    const locator = at - sizes.locator64;
    if (this.#has(locator, sizes.locator64, locator64Signature)) {
      const end64 = this.#long(locator + 8);
      if (!this.#has(end64, 56, end64Signature)) this.#refuse("its directory is not where it says");
      return { count: this.#long(end64 + 32), offset: this.#long(end64 + 48) };
    }
    return {
      count: this.#view.getUint16(at + 10, true),
      offset: this.#view.getUint32(at + 16, true),
    };
  }

  #listed(at: number): Listed {
    if (!this.#has(at, sizes.central, centralSignature)) this.#refuse("its directory is damaged");
    const view = this.#view;
    const short = (offset: number): number => view.getUint16(at + offset, true);
    const long = (offset: number): number => view.getUint32(at + offset, true);
    const nameEnd = at + sizes.central + short(28);
    const extraEnd = nameEnd + short(30);
    const next = extraEnd + short(32);
    if (next > this.#bytes.length) this.#refuse("its directory is damaged");
    const name = new TextDecoder().decode(this.#bytes.subarray(at + sizes.central, nameEnd));
    if (short(8) & 1) this.#refuse("it is encrypted", `${name} in ${this.#name}`);
    const [size, packedSize, offset] = this.#enlarged(
      [long(24), long(20), long(42)],
      nameEnd,
      extraEnd,
    );
    return {
      name,
      method: short(10),
      checksum: long(16),
      packedSize: packedSize!,
      size: size!,
      offset: offset!,
      next,
    };
  }

  /** Numbers of 32 bits, those that are escaped replaced by the 64 bits in the extra field. */
  #enlarged(numbers: readonly number[], from: number, to: number): number[] {
    for (let at = from; at + 4 <= to;) {
      const length = this.#view.getUint16(at + 2, true);
      if (this.#view.getUint16(at, true) === 1) {
        let next = at + 4;
        return numbers.map((number) => {
          if (number !== escaped || next + 8 > to) return number;
          next += 8;
          return this.#long(next - 8);
        });
      }
      at += 4 + length;
    }
    return [...numbers];
  }

  #contents({ name, method, checksum, packedSize, size, offset }: Listed): Uint8Array {
    const whole = `${name} in ${this.#name}`;
    if (!this.#has(offset, sizes.local, localSignature)) {
      this.#refuse("it is not where the directory says", whole);
    }
    const start = offset + sizes.local + this.#view.getUint16(offset + 26, true) +
      this.#view.getUint16(offset + 28, true);
    const packed = this.#bytes.subarray(start, start + packedSize);
    if (packed.length < packedSize) this.#refuse("it ends too early", whole);
    if (method !== storedMethod && method !== deflateMethod) {
      this.#refuse(`it is packed by method ${method}; stored and deflated ones can be read`, whole);
    }
    const contents = method === storedMethod ? packed : inflate(packed, size, whole);
    if (crc32(contents) !== checksum) this.#refuse("its checksum is wrong", whole);
    return contents;
  }
}
