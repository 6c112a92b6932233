/**
 * @file A buffer of bytes that grows, with WebAssembly's encodings of numbers and names.
 */

const encoder = new TextEncoder();

/** Bytes under construction. */
export class Bytes {
  #data = new Uint8Array(4096);
  #view: DataView<ArrayBuffer> = new DataView(this.#data.buffer);
  #length = 0;

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  #room(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#data.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#data.length));
    grown.set(this.#data.subarray(0, this.#length));
    this.#data = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** Appends one byte. */
  byte(value: number): void {
    if (this.#length === this.#data.length) this.#room(1);
    this.#data[this.#length++] = value;
  }

  /** Appends bytes as they are. */
  raw(bytes: ArrayLike<number>): void {
    this.#room(bytes.length);
    this.#data.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Appends an unsigned number below 2³² in LEB128. */
  u32(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.byte(rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** Appends a 32-bit number in signed LEB128. */
  s32(value: number): void {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.byte(rest & 0x7f | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  /** Appends a 64-bit number in signed LEB128. */
  s64(value: bigint): void {
    let rest = value;
    while (rest < -64n || rest > 63n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  /** Appends a single-precision number. */
  f32(value: number): void {
    this.#room(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  /** Appends a double-precision number. */
  f64(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Appends the low bytes of an integer. */
  integer(value: number | bigint, bytes: number): void {
    let rest = BigInt(value);
    for (let i = 0; i < bytes; i++, rest >>= 8n) this.byte(Number(rest & 0xffn));
  }

  /** Appends a name: its length in bytes, then UTF-8. */
  name(text: string): void {
    const bytes = encoder.encode(text);
    this.u32(bytes.length);
    this.raw(bytes);
  }

  /** Appends what `write` appends, its length in LEB128 before it. */
  sized(write: () => void): void {
    const start = this.#length;
    this.#room(5);
    this.#length += 5;
    write();
    const [from, to] = [start + 5, this.#length];
    this.#length = start;
    this.u32(to - from);
    this.#data.copyWithin(this.#length, from, to);
    this.#length += to - from;
  }

  /** The bytes, copied. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#data.slice(0, this.#length);
  }
}
