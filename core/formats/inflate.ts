/**
 * @file Unpacks what DEFLATE packed, so that `load` needs nothing of the runtime and waits for
 *   nothing.
 *
 * Source: RFC 1951, "DEFLATE Compressed Data Format Specification version 1.3" (1996).
 */

import { fail, internal } from "../errors.ts";

/** What a code of lengths stands for: how many bits it has and which symbol it is. */
interface Decoder {
  /** By the next bits of the stream: symbol × 16 + number of bits, 0 for no code. */
  readonly table: Uint32Array;
  /** Bits of the longest code. */
  readonly bits: number;
}

/** Extra bits of the length symbols 257 to 285. */
// deno-fmt-ignore
const lengthBits = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
/** The order in which the lengths of the code of code lengths are given. */
const codeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const endOfBlock = 256;
/** No stream unpacks to more than this many bytes a byte: 258 bytes take two bits at least. */
const largestRatio = 1032;

/**
 * Unpacks a stream.
 *
 * @param packed The stream, without a header.
 * @param size How many bytes it unpacks to.
 * @param name What to call it in messages.
 * @returns The bytes.
 * @throws {ValueError} If the stream is damaged or of another size.
 */
export function inflate(packed: Uint8Array, size: number, name: string): Uint8Array<ArrayBuffer> {
  const refuse = (why: string): never =>
    fail("ValueError", `unpack ${name}`, why, ["The file is damaged"]);
  if (size > largestRatio * (packed.length + 1)) refuse(`it cannot have ${size} bytes`);
  const stream = new Stream(packed, new Uint8Array(size), refuse);
  stream.blocks();
  return stream.out;
}

/** Refuses a stream that is damaged. */
type Refuse = (why: string) => never;

class Stream {
  readonly out: Uint8Array<ArrayBuffer>;
  /** How many bytes are unpacked. */
  #length = 0;
  readonly #refuse: Refuse;
  readonly #packed: Uint8Array;
  #at = 0;
  /** Bits that are read but not used, the next one lowest. */
  #kept = 0;
  #count = 0;

  constructor(packed: Uint8Array, out: Uint8Array<ArrayBuffer>, refuse: Refuse) {
    this.#packed = packed;
    this.out = out;
    this.#refuse = refuse;
  }

  /** Unpacks all blocks. */
  blocks(): void {
    while (this.#block());
    if (this.#length === this.out.length) return;
    this.#refuse(`it has ${this.#length} bytes instead of ${this.out.length}`);
  }

  /** Unpacks the next block; whether another follows. */
  #block(): boolean {
    const isLast = this.#take(1) === 1;
    const type = this.#take(2);
    if (type === 0) this.#stored();
    else if (type === 1) this.#coded(fixedLiterals(), fixedDistances());
    else if (type === 2) this.#coded(...this.#codes());
    else this.#refuse("it has a block of an unknown type");
    return !isLast;
  }

  /** The next bits as a number, at most 16. */
  #take(bits: number): number {
    this.#fill(bits);
    const value = this.#kept & ((1 << bits) - 1);
    this.#kept >>>= bits;
    this.#count -= bits;
    if (this.#count < 0) this.#refuse("it ends too early");
    return value;
  }

  /**
   * Reads bytes until there are so many bits; beyond the end there are zeros that may not be used.
   */
  #fill(bits: number): void {
    while (this.#count < bits && this.#at < this.#packed.length) {
      this.#kept |= this.#packed[this.#at++]! << this.#count;
      this.#count += 8;
    }
  }

  #symbol({ table, bits }: Decoder): number {
    this.#fill(bits);
    const entry = table[this.#kept & ((1 << bits) - 1)]!;
    if (entry === 0) this.#refuse("it has a code that stands for nothing");
    this.#take(entry & 15);
    return entry >>> 4;
  }

  #stored(): void {
    // What is left of the current byte is skipped, and whole bytes read ahead are given back.
    this.#at -= this.#count >>> 3;
    this.#kept = 0;
    this.#count = 0;
    const length = this.#take(16);
    if (this.#take(16) !== (length ^ 0xffff)) this.#refuse("the length of a block is damaged");
    this.#room(length);
    const bytes = this.#packed.subarray(this.#at, this.#at + length);
    if (bytes.length < length) this.#refuse("it ends too early");
    this.out.set(bytes, this.#length);
    this.#at += length;
    this.#length += length;
  }

  #room(length: number): void {
    if (this.#length + length > this.out.length) {
      this.#refuse("it unpacks to more bytes than it says");
    }
  }

  /** The codes that a block of its own codes begins with. */
  #codes(): [literals: Decoder, distances: Decoder] {
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const count = this.#take(4) + 4;
    const lengths = new Uint8Array(19);
    for (let i = 0; i < count; i++) lengths[codeOrder[i]!] = this.#take(3);
    const all = this.#lengths(decoderOf(lengths, this.#refuse), literals + distances);
    return [
      decoderOf(all.subarray(0, literals), this.#refuse),
      decoderOf(all.subarray(literals), this.#refuse),
    ];
  }

  #lengths(decoder: Decoder, count: number): Uint8Array {
    const lengths = new Uint8Array(count);
    for (let i = 0; i < count;) {
      const symbol = this.#symbol(decoder);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) this.#refuse("a length is repeated before there is one");
      const repeated = symbol === 16 ? lengths[i - 1]! : 0;
      const times = symbol === 16
        ? 3 + this.#take(2)
        : symbol === 17
        ? 3 + this.#take(3)
        : 11 + this.#take(7);
      if (i + times > count) this.#refuse("there are too many lengths of codes");
      lengths.fill(repeated, i, i += times);
    }
    return lengths;
  }

  /** Literal bytes, and pieces of what was unpacked before. */
  #coded(literals: Decoder, distances: Decoder): void {
    const { out } = this;
    for (;;) {
      const symbol = this.#symbol(literals);
      if (symbol === endOfBlock) return;
      if (symbol < endOfBlock) {
        this.#room(1);
        out[this.#length++] = symbol;
        continue;
      }
      const length = this.#pieceLength(symbol - 257);
      const distance = this.#distance(this.#symbol(distances));
      if (distance > this.#length) this.#refuse("it refers to what is before its beginning");
      this.#room(length);
      // Byte by byte, since a piece may reach into itself.
      for (const end = this.#length + length; this.#length < end; this.#length++) {
        out[this.#length] = out[this.#length - distance]!;
      }
    }
  }

  #pieceLength(index: number): number {
    const bits = lengthBits[index] ?? this.#refuse("it has a length of no meaning");
    if (index === 28) return 258;
    const base = index < 8 ? index : (4 + (index & 3)) << bits;
    return 3 + base + this.#take(bits);
  }

  #distance(index: number): number {
    if (index > 29) this.#refuse("it has a distance of no meaning");
    if (index < 4) return index + 1;
    const bits = (index >> 1) - 1;
    return 1 + ((2 + (index & 1)) << bits) + this.#take(bits);
  }
}

/**
 * The decoder of a code that is given by the length of each symbol's code, 0 for symbols without
 * one. Codes come highest bit first but the stream lowest, so the table is indexed with reversed
 * codes.
 */
function decoderOf(lengths: Uint8Array, refuse: Refuse): Decoder {
  const bits = lengths.reduce((a, b) => Math.max(a, b), 0);
  const table = new Uint32Array(1 << bits);
  let code = 0;
  for (let length = 1; length <= bits; length++) {
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue;
      if (code >= 1 << length) refuse("it has too many codes of one length");
      const entry = symbol << 4 | length;
      for (let i = reversed(code, length); i < table.length; i += 1 << length) table[i] = entry;
      code++;
    }
    code <<= 1;
  }
  return { table, bits };
}

function reversed(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit++) result |= (code >> bit & 1) << (length - 1 - bit);
  return result;
}

/** For the codes that the format itself defines. */
function neverRefused(why: string): never {
  return internal("make a fixed code", why, "core/formats/inflate.ts");
}

let literals: Decoder | undefined;
let distances: Decoder | undefined;

function fixedLiterals(): Decoder {
  return literals ??= decoderOf(
    Uint8Array.from({ length: 288 }, (_, i) => i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8),
    neverRefused,
  );
}

function fixedDistances(): Decoder {
  return distances ??= decoderOf(new Uint8Array(30).fill(5), neverRefused);
}
