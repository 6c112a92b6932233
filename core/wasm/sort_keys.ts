/**
 * @file Elements as keys: unsigned words in the order of a sort, and items that carry them.
 *
 * Signed integers have their sign bit turned over; of floats, positive ones too, and negative ones
 * all bits. Both zeros have one key, and so has every NaN, the largest.
 */

import { type DType, dtypes } from "../dtype/dtype.ts";
import {
  add,
  and,
  constant,
  eq,
  eqz,
  type Func,
  gtU,
  type Node,
  op,
  opAt,
  type OpName,
  or,
  select,
  shrU,
  sub,
  xor,
} from "./tree.ts";

/** What holds a key. */
type Word = "i32" | "i64";

/** The instructions that load and store so many bytes. */
const access: Readonly<Record<number, readonly [load: OpName, store: OpName]>> = {
  1: ["i32.load8_u", "i32.store8"],
  2: ["i32.load16_u", "i32.store16"],
  4: ["i32.load", "i32.store"],
  8: ["i64.load", "i64.store"],
  16: ["v128.load", "v128.store"],
};

/** Copies so many bytes, a power of two up to 16. */
export function copied(bytes: number, to: Node, from: Node): Node {
  const [load, store] = access[bytes]!;
  return op(store, to, op(load, from));
}

/** How the elements of a dtype become keys, and keys elements. */
export class Keys {
  /** What holds a key. */
  readonly word: Word;
  /** Bytes of an element. */
  readonly bytes: number;
  readonly #kind: "int" | "uint" | "float";
  /** The sign of an element, and all its bits. */
  readonly #sign: Node;
  readonly #ones: Node;

  /**
   * The keys of a dtype.
   *
   * @param dtype Any but the complex ones.
   */
  constructor(dtype: DType) {
    const { bytes, kind } = dtypes[dtype];
    this.bytes = bytes;
    this.word = bytes === 8 ? "i64" : "i32";
    this.#kind = kind === "int" || kind === "float" ? kind : "uint";
    this.#sign = this.#constant(1n << BigInt(this.bits - 1));
    this.#ones = this.#constant((1n << BigInt(this.bits)) - 1n);
  }

  /** Bits of a key that may be set. */
  get bits(): number {
    return 8 * this.bytes;
  }

  /** Whether elements that differ may have one key. */
  get joinsZeros(): boolean {
    return this.#kind === "float";
  }

  /** The key of zero, of floats. */
  get zero(): Node {
    return this.#sign;
  }

  #constant(value: bigint): Node {
    return constant(this.word, value);
  }

  /** Whether an element is a float's −0, as an i32. */
  isMinusZero(element: Node): Node {
    return eq(element, this.#sign);
  }

  /** An element as it lies in memory. */
  element(address: Node): Node {
    return op(access[this.bytes]![0], address);
  }

  /** The key of an element. What must run before it is used is appended to the code. */
  of(func: Func, code: Node[], element: Node): Node {
    if (this.#kind === "uint") return element;
    if (this.#kind === "int") return xor(element, this.#sign);
    const size = func.let(code, and(element, sub(this.#sign, this.#constant(1n))), "size");
    const plain = select(eqz(size), this.#constant(0n), element);
    const bits = func.let(code, plain, "bits");
    const negative = and(sub(this.#constant(0n), this.#signOf(bits)), this.#ones);
    const turned = xor(bits, or(negative, this.#sign));
    return select(gtU(size, this.#infinity), this.#ones, turned);
  }

  /** Stores the element of a key; of a float's zeros +0, of its NaNs one. */
  store(address: Node, key: Node): Node {
    return op(access[this.bytes]![1], address, this.#elementOf(key));
  }

  #elementOf(key: Node): Node {
    if (this.#kind === "uint") return key;
    if (this.#kind === "int") return xor(key, this.#sign);
    const negative = and(sub(this.#signOf(key), this.#constant(1n)), this.#ones);
    return xor(key, or(negative, this.#sign));
  }

  /** The highest bit, as the lowest. */
  #signOf(bits: Node): Node {
    return shrU(bits, this.#constant(BigInt(this.bits - 1)));
  }

  /** The bits of a float's infinity. */
  get #infinity(): Node {
    const fraction = { 2: 10n, 4: 23n, 8: 52n }[this.bytes]!;
    const exponents = (1n << (BigInt(this.bits - 1) - fraction)) - 1n;
    return this.#constant(exponents << fraction);
  }
}

/** What a sort moves about: a key, and the place of its element where that is wanted. */
export class Items {
  /** Bytes of one. */
  readonly bytes: number;
  readonly #word: Word;
  readonly #placeAt: number;

  /**
   * The items of keys.
   *
   * @param keys The keys.
   * @param hasPlace Whether they know where their element was.
   */
  constructor(keys: Keys, readonly hasPlace: boolean) {
    this.#word = keys.word;
    this.#placeAt = keys.word === "i64" ? 8 : 4;
    this.bytes = hasPlace ? 2 * this.#placeAt : this.#placeAt;
  }

  /** The key of the item at an address. */
  key(address: Node): Node {
    return op(`${this.#word}.load`, address);
  }

  /** The place of the item at an address, an i32. */
  place(address: Node): Node {
    return opAt("i32.load", this.#placeAt, address);
  }

  /** Copies an item. */
  move(to: Node, from: Node): Node {
    return copied(this.bytes, to, from);
  }

  /** Stores an item. */
  store(address: Node, key: Node, place: Node): Node[] {
    const stored = op(`${this.#word}.store`, address, key);
    return this.hasPlace ? [stored, opAt("i32.store", this.#placeAt, address, place)] : [stored];
  }

  /** The address of a number that a table of 32-bit numbers has for some bits of an item's key. */
  slot(table: Node, address: Node, shift: Node, mask: number): Node {
    const key = this.key(address);
    const word = this.#word === "i64" ? op("i64.extend_i32_u", shift) : shift;
    const shifted = shrU(key, word);
    const bits = this.#word === "i64" ? op("i32.wrap_i64", shifted) : shifted;
    return add(table, op("i32.shl", and(bits, mask), constant("i32", 2)));
  }
}
