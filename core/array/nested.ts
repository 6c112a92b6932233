/**
 * @file What a nested JavaScript array holds: its shape, its leaves in C order, and the dtype they
 * stand for.
 *
 * A leaf is a plain number, bigint, boolean or Complex, which is *untyped*, or an array with a dtype
 * of its own (a typed array, an NDArray), which stands for as many leaves as it has elements.
 */

import { fail } from "../errors.ts";
import {
  Complex,
  type DType,
  dtypes,
  type Element,
  getElement,
  isComplex,
  isDiscrete,
  type TypedArray,
} from "../dtype/dtype.ts";
import { upcast } from "../dtype/promote.ts";
import { dtypeOfTypedArray } from "./convert.ts";
import { sameShape, shapeText, sizeOf } from "./shape.ts";

/** An array that knows its dtype. `data` is dense. */
export interface TypedLeaf {
  /** The dtype. */
  readonly dtype: DType;
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** Dense storage. */
  readonly data: TypedArray;
}

/** The contents of a nested array. */
export interface Nested {
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** Elements in C order, as they were given. */
  readonly elements: readonly Element[];
  /** The common dtype of typed leaves; undefined when there are none. */
  readonly typed: DType | undefined;
}

/** A typed array seen as a leaf of one axis; undefined for anything else. */
export function typedArrayLeaf(value: unknown): TypedLeaf | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const dtype = dtypeOfTypedArray(value);
  if (dtype === undefined) return undefined;
  const data = value as TypedArray;
  return { dtype, shape: [data.length], data };
}

/** Whether a value is a scalar without a dtype. */
export function isPlainElement(value: unknown): value is Element {
  const type = typeof value;
  return type === "number" || type === "boolean" || type === "bigint" || value instanceof Complex;
}

/**
 * Reads a nested array.
 *
 * Shapes: any nesting whose rows agree.
 *
 * @param value A plain element, a typed leaf, or an array of such.
 * @param asTyped Recognises typed leaves; undefined for other values.
 * @returns Its contents.
 * @throws {TypeError} If rows differ in shape or a leaf is no number; the position is named.
 */
export function readNested(
  value: unknown,
  asTyped: (value: unknown) => TypedLeaf | undefined,
): Nested {
  const reader = new Reader(asTyped);
  const shape = reader.read(value);
  return { shape, elements: reader.elements, typed: reader.typed };
}

class Reader {
  readonly elements: Element[] = [];
  typed: DType | undefined;
  readonly #asTyped: (value: unknown) => TypedLeaf | undefined;
  /** Where the part being read stands. */
  readonly #at: number[] = [];

  constructor(asTyped: (value: unknown) => TypedLeaf | undefined) {
    this.#asTyped = asTyped;
  }

  read(part: unknown): readonly number[] {
    if (isPlainElement(part)) {
      this.elements.push(part);
      return [];
    }
    if (Array.isArray(part)) return this.#readRows(part);
    const leaf = this.#asTyped(part) ?? this.#refuse(part);
    this.typed = this.typed === undefined ? leaf.dtype : upcast(this.typed, leaf.dtype);
    const size = sizeOf(leaf.shape);
    for (let i = 0; i < size; i++) this.elements.push(getElement(leaf.data, i, leaf.dtype));
    return leaf.shape;
  }

  #readRows(rows: readonly unknown[]): readonly number[] {
    if (rows.length === 0) return [0];
    const axis = this.#at.length;
    this.#at.push(0);
    const first = this.read(rows[0]);
    for (let i = 1; i < rows.length; i++) {
      const row = rows[i];
      if (typeof row === "number" && first.length === 0) {
        this.elements.push(row);
        continue;
      }
      this.#at[axis] = i;
      const shape = this.read(row);
      if (!sameShape(shape, first)) this.#refuseRagged(shape, first);
    }
    this.#at.pop();
    return [rows.length, ...first];
  }

  #refuseRagged(shape: readonly number[], first: readonly number[]): never {
    const [here, there] = [this.#at, this.#at.with(-1, 0)].map(positionText);
    return fail(
      "TypeError",
      "make an array",
      `the rows are ragged: the element at ${here} has shape ${shapeText(shape)}, ` +
        `the one at ${there} has shape ${shapeText(first)}`,
    );
  }

  #refuse(part: unknown): never {
    const where = this.#at.length === 0 ? "" : `the element at ${positionText(this.#at)} is `;
    return fail("TypeError", "make an array", `${where}${describe(part)}, which is no number`);
  }
}

/** A value in a few words, for messages. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (typeof value !== "object") return String(value);
  const name = Object.getPrototypeOf(value)?.constructor?.name ?? "object";
  return `${/^[AEIOU]/i.test(name) ? "an" : "a"} ${name}`;
}

/** Where an element stands, `[1][0]`; nothing for a value that is not nested. */
export function positionText(at: readonly number[]): string {
  return at.map((i) => `[${i}]`).join("");
}

/**
 * The dtype a nested array stands for.
 *
 * Typed leaves give their common dtype; a fraction beside integers of a dtype makes it float64. With
 * no typed leaf: complex128 if any element is Complex, bool if all are booleans, float64 if any has a
 * fraction, is not finite or fits no integer dtype, else int64 (uint64 if a bigint needs it). No
 * elements give float64.
 *
 * @param nested The contents.
 * @returns Its dtype.
 */
export function nestedDType({ elements, typed }: Nested): DType {
  const plain = plainDType(elements);
  if (typed === undefined || typed === "bool") return plain;
  if (isComplex(plain)) return isComplex(typed) ? typed : upcast(typed, plain);
  return isDiscrete(typed) && !isDiscrete(plain) ? upcast(typed, plain) : typed;
}

function plainDType(elements: readonly Element[]): DType {
  let allBool = elements.length > 0;
  let whole = elements.length > 0;
  let low = 0n;
  let high = 0n;
  for (const element of elements) {
    if (element instanceof Complex) return "complex128";
    if (typeof element === "boolean") continue;
    allBool = false;
    if (typeof element === "bigint" || isWide(element)) {
      const big = BigInt(element);
      if (big < low) low = big;
      if (big > high) high = big;
    } else if (!Number.isInteger(element)) whole = false;
  }
  if (allBool) return "bool";
  return whole ? integerHolding(low, high) : "float64";
}

/** Whether a number is whole but may lie outside int64. */
function isWide(x: number): boolean {
  return Number.isInteger(x) && !Number.isSafeInteger(x);
}

function integerHolding(low: bigint, high: bigint): DType {
  const within = (dtype: DType): boolean => {
    const [min, max] = dtypes[dtype].limits!;
    return low >= min && high <= max;
  };
  return within("int64") ? "int64" : within("uint64") ? "uint64" : "float64";
}
