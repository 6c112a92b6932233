/**
 * @file A 64-bit content hash of storage, for telling constants apart.
 */

/**
 * Two independent 32-bit hashes of bytes, as 16 hexadecimal digits.
 *
 * Source: the mixing steps are those of MurmurHash3 (A. Appleby, public domain), with two seeds.
 *
 * @param data Any typed array.
 * @returns 16 hexadecimal digits.
 */
export function contentHash(data: ArrayBufferView): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [0x9747b28c, 0x5bd1e995].map((seed) => murmur(bytes, seed).toString(16).padStart(8, "0"))
    .join("");
}

function murmur(bytes: Uint8Array, seed: number): number {
  const words = bytes.length >>> 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let h = seed;
  for (let i = 0; i < words; i++) {
    h = Math.imul(rotate(h ^ scramble(view.getUint32(4 * i, true)), 13), 5) + 0xe6546b64;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= 4 * words; i--) tail = (tail << 8) | bytes[i]!;
  return finish(h ^ scramble(tail) ^ bytes.length);
}

function rotate(x: number, count: number): number {
  return (x << count) | (x >>> (32 - count));
}

function scramble(k: number): number {
  return Math.imul(rotate(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
}

function finish(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
