/**
 * @file Bytes in whole words, which are all that devices copy, read and write; and the sizes of blocks.
 */

/** Bytes from some place on. */
export interface Span {
  readonly offset: number;
  readonly bytes: number;
}

/** The next multiple of four. */
export function upToWords(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

/** Bytes, with zeros up to whole words. */
export function inWholeWords(data: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length % 4 === 0) return bytes;
  const padded = new Uint8Array(upToWords(bytes.length));
  padded.set(bytes);
  return padded;
}

/** The words in which some bytes lie. */
export function wordsAround({ offset, bytes }: Span): Span {
  const start = offset - offset % 4;
  return { offset: start, bytes: bytes === 0 ? 0 : upToWords(offset + bytes) - start };
}

/** Sizes of blocks are few, so that blocks are used again: four to each doubling. */
export function sizeClass(bytes: number): number {
  if (bytes <= 64) return 64;
  const step = 2 ** Math.max(4, Math.floor(Math.log2(bytes)) - 2);
  return Math.ceil(bytes / step) * step;
}
