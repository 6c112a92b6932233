/**
 * @file The checksum of ZIP files.
 *
 * Source: ISO 3309, with the polynomial 0xEDB88320 in reflected order; eight tables as in M. E.
 * Kounavis and F. L. Berry, "Novel table lookup-based algorithms for high-performance CRC
 * generation", IEEE Transactions on Computers 57 (2008).
 */

/** How many bytes one step takes. */
const width = 8;

let tables: Uint32Array | undefined;

function makeTables(): Uint32Array {
  const made = new Uint32Array(width * 256);
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
    made[byte] = rest;
  }
  for (let i = 256; i < made.length; i++) {
    const before = made[i - 256]!;
    made[i] = (before >>> 8) ^ made[before & 255]!;
  }
  return made;
}

/**
 * The checksum of bytes.
 *
 * @param bytes The bytes.
 * @param before The checksum of what came before them.
 * @returns A whole number of 32 bits.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const table = tables ??= makeTables();
  let rest = ~before;
  let at = 0;
  for (const end = bytes.length - width; at <= end; at += width) {
    const low = rest ^
      (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24);
    rest = table[1792 + (low & 255)]! ^ table[1536 + (low >>> 8 & 255)]! ^
      table[1280 + (low >>> 16 & 255)]! ^ table[1024 + (low >>> 24)]! ^
      table[768 + bytes[at + 4]!]! ^ table[512 + bytes[at + 5]!]! ^
      table[256 + bytes[at + 6]!]! ^ table[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) rest = (rest >>> 8) ^ table[(rest ^ bytes[at]!) & 255]!;
  return ~rest >>> 0;
}
