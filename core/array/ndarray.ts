/**
 * @file The host array: a value on its way into or out of a graph.
 *
 * An array is storage and a way to walk it. Three forms exist, told apart by two fields:
 *
 * - *dense*: the storage holds exactly the elements, in C order. Every array without gaps is dense,
 *   views included, so their `data` is memory of the array they were taken from.
 * - *strided*: a view with gaps or another order. Elements are read through it; its `data` is a copy.
 * - *bare*: a 0-d array that holds only its number. Storage is made when it is asked for, because a
 *   typed array costs twenty times as much as the number.
 */

import { raise } from "../errors.ts";
import {
  type DType,
  type Element,
  getElement,
  isComplex,
  makeStorage,
  setElement,
  toElement,
  type TypedArray,
} from "../dtype/dtype.ts";
import { castStorage, eachPosition, gather, type Layout, positions } from "./convert.ts";
import { plain, storable } from "./element.ts";
import { elementPosition, indexItem, select } from "./index.ts";
import { typedArrayLeaf, type TypedLeaf } from "./nested.ts";
import { contiguousStrides, isContiguous, normalizeAxes, sizeOf, solveShape } from "./shape.ts";
import { Slice } from "./slice.ts";
import { meanOf, totalOf } from "./sum.ts";
import { arrayRepr, arrayText, elementText, type Printable } from "./text.ts";

/** Nested arrays, one level an axis. */
export type NestedArray = Element | NestedArray[];

/** An item of an index: see {@linkcode NDArray.get}. */
export type GetItem = number | bigint | string | null | Slice<number> | ArrayItem;

/** An array as an item of an index. */
export type ArrayItem = NDArray | TypedArray | readonly unknown[];

/** How the elements of a strided array lie in its storage. */
export interface Gaps {
  /** Distance between neighbours on each axis, in elements. */
  readonly strides: readonly number[];
  /** Position of the first element. */
  readonly offset: number;
  /** The copy that `data` gave out. */
  dense: TypedArray | undefined;
}

/** Storage, or what fetches it when it is asked for, or the element of a bare array. */
export type Held = TypedArray | (() => TypedArray) | Element;

const noAxes: readonly number[] = Object.freeze([]);

/** An n-dimensional array on the host. */
export class NDArray {
  /** The dtype. */
  readonly dtype: DType;
  /** Length of each axis. */
  readonly shape: readonly number[];
  #held: Held;
  /** Undefined for dense and bare arrays. */
  readonly #gaps: Gaps | undefined;

  /**
   * Makes an array of parts that fit; use `array`, {@linkcode NDArray.of} or
   * {@linkcode NDArray.scalar} instead.
   *
   * @param held Storage, or what fetches it, or a bare element.
   * @param dtype The dtype.
   * @param shape Length of each axis.
   * @param gaps Strides and offset, if the elements are not dense.
   */
  constructor(held: Held, dtype: DType, shape: readonly number[], gaps?: Gaps) {
    this.dtype = dtype;
    this.shape = shape;
    this.#held = held;
    this.#gaps = gaps;
  }

  /**
   * An array of storage that exists, without a copy.
   *
   * Shapes: `size` elements from `offset` on, or as `strides` say.
   *
   * @param data Storage of the dtype; complex numbers interleaved.
   * @param shape Length of each axis.
   * @param dtype The dtype.
   * @param strides Distance between neighbours on each axis, in elements; C order if left out.
   * @param offset Position of the first element.
   */
  static of(
    data: TypedArray,
    shape: readonly number[],
    dtype: DType,
    strides?: readonly number[],
    offset: number = 0,
  ): NDArray {
    if (strides !== undefined && !isContiguous(shape, strides)) {
      return new NDArray(data, dtype, shape, { strides, offset, dense: undefined });
    }
    const unit = isComplex(dtype) ? 2 : 1;
    const length = unit * sizeOf(shape);
    const exact = data.length === length
      ? data
      : data.subarray(offset * unit, offset * unit + length);
    return new NDArray(exact, dtype, shape);
  }

  /**
   * A 0-d array that holds only its number.
   *
   * @param value An element as the dtype rounds it; for 64-bit integers a number will do.
   * @param dtype The dtype.
   */
  static scalar(value: Element, dtype: DType): NDArray {
    return new NDArray(value, dtype, noAxes);
  }

  /** Number of axes. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Distance between neighbours on each axis, in elements. */
  get strides(): readonly number[] {
    return this.#gaps?.strides ?? contiguousStrides(this.shape);
  }

  /** Whether elements lie without gaps in C order, so that `data` is the array's own memory. */
  get isContiguous(): boolean {
    return this.#gaps === undefined;
  }

  /** Whether its elements are in memory, rather than fetched when they are asked for. */
  get isHere(): boolean {
    return typeof this.#held !== "function";
  }

  /**
   * The elements in C order, `size` of them, complex numbers interleaved: the array's own memory, or
   * for a strided view a copy made on first use, which later changes do not reach.
   */
  get data(): TypedArray {
    const gaps = this.#gaps;
    return gaps === undefined ? this.#storage() : gaps.dense ??= this.#gathered();
  }

  #storage(): TypedArray {
    if (ArrayBuffer.isView(this.#held)) return this.#held;
    if (typeof this.#held === "function") return this.#held = this.#held();
    const data = makeStorage(this.dtype, 1);
    setElement(data, 0, toElement(this.#held, this.dtype), this.dtype);
    this.#held = data;
    return data;
  }

  #gathered(): TypedArray {
    return gather(this.#storage(), this.dtype, positions(this.memory(), this.size));
  }

  /** Where the elements lie now, and in what: for readers that can follow strides. */
  memory(): Printable {
    return {
      dtype: this.dtype,
      storage: this.#storage(),
      shape: this.shape,
      strides: this.strides,
      offset: this.#gaps?.offset ?? 0,
    };
  }

  /** This array if it is dense, else a dense copy as of now. */
  dense(): NDArray {
    return this.#gaps === undefined ? this : this.copy();
  }

  /**
   * The only element as a plain value: a boolean for bool, a Complex for complex dtypes,
   * else a number, or for 64-bit integers a bigint where a number would not be exact.
   *
   * Shapes: any with one element.
   *
   * @throws {ValueError} If there is not exactly one element.
   */
  item<E extends Element = number>(): E {
    if (typeof this.#held === "function") this.#storage();
    if (!ArrayBuffer.isView(this.#held)) return plain(this.#held as Element, this.dtype) as E;
    if (this.size !== 1) {
      raise("ValueError", "can only convert an array of size 1 to a Python scalar");
    }
    return plain(
      getElement(this.#held as TypedArray, this.#gaps?.offset ?? 0, this.dtype),
      this.dtype,
    ) as E;
  }

  /** The element of a 0-d array, so that `f(0) < best` compares it; any other array itself. */
  valueOf(): Element | this {
    return this.shape.length === 0 ? this.item<Element>() : this;
  }

  /** The elements in nested arrays, each as {@linkcode NDArray.item} gives it. */
  toArray<T = NestedArray>(): T {
    if (this.shape.length === 0) return this.item<Element>() as T;
    const { storage, shape, strides, offset } = this.memory();
    const read = (axis: number, at: number): NestedArray =>
      axis === shape.length
        ? plain(getElement(storage, at, this.dtype), this.dtype)
        : Array.from({ length: shape[axis]! }, (_, i) => read(axis + 1, at + i * strides[axis]!));
    return read(0, offset) as T;
  }

  /**
   * Part of the array, by NumPy's rules of indexing. Integers, slices, `null` and `"..."` give a view
   * of the same memory (a 0-d copy when every axis has its integer); integer and boolean arrays give
   * a copy.
   *
   * @param items Integers, slices (`"1:"` or a {@linkcode Slice}), `null` for a new axis, `"..."`,
   *   integer or boolean arrays, nested lists included.
   * @throws {IndexError} If an item is out of bounds or there are too many.
   */
  get(...items: readonly GetItem[]): NDArray {
    const position = elementPosition(items, this.shape, this.#gaps);
    if (position >= 0) {
      return NDArray.scalar(getElement(this.#storage(), position, this.dtype), this.dtype);
    }
    const memory = this.memory();
    const index = items.map((item) => indexItem(item, typedLeaf));
    const picked = select(memory, index);
    if ("at" in picked) {
      return NDArray.of(gather(memory.storage, this.dtype, picked.at), picked.shape, this.dtype);
    }
    if (index.length === this.ndim && picked.shape.length === 0) {
      return NDArray.scalar(getElement(memory.storage, picked.offset, this.dtype), this.dtype);
    }
    return this.#view(picked);
  }

  #view({ shape, strides, offset }: Layout): NDArray {
    return NDArray.of(this.#storage(), shape, this.dtype, strides, offset);
  }

  /**
   * A view of rows `start` to `stop`, like an array's own `slice`.
   *
   * @param start First row; negative counts from the end.
   * @param stop Row that is no longer taken.
   */
  slice(start: number = 0, stop: number | null = null): NDArray {
    return this.get(new Slice(start, stop));
  }

  /**
   * The same elements in another shape: a view of a dense array, else a copy.
   *
   * @param shape Length of each axis, as one array or one by one; −1 stands for what is left over.
   * @throws {ValueError} If the sizes differ.
   */
  reshape(...shape: readonly number[] | readonly [readonly number[]]): NDArray {
    const asked = (Array.isArray(shape[0]) ? shape[0] : shape) as readonly number[];
    return NDArray.of(this.dense().data, solveShape(asked, this.size), this.dtype);
  }

  /**
   * A copy in another dtype, by C casts.
   *
   * Dtypes: `any → dtype`.
   *
   * @param dtype The dtype wanted.
   */
  astype(dtype: DType): NDArray {
    const dense = this.#gaps === undefined ? this.#storage() : this.#gathered();
    return NDArray.of(castStorage(dense, this.dtype, dtype), this.shape, dtype);
  }

  /** A dense copy. */
  copy(): NDArray {
    const data = this.#gaps === undefined ? this.#storage().slice() : this.#gathered();
    return NDArray.of(data, this.shape, this.dtype);
  }

  /** A view with the axes in reverse order. */
  get T(): NDArray {
    return this.transpose();
  }

  /**
   * A view with the axes in another order.
   *
   * @param axes The axes in their new order, as one array or one by one; reversed if left out.
   * @throws {ValueError} If they are not each axis once.
   */
  transpose(...axes: readonly number[] | readonly [readonly number[]]): NDArray {
    const asked = (Array.isArray(axes[0]) ? axes[0] : axes) as readonly number[];
    const order = asked.length === 0
      ? normalizeAxes(null, this.ndim).reverse()
      : normalizeAxes(asked, this.ndim);
    if (order.length !== this.ndim) raise("ValueError", "axes don't match array");
    const { strides, offset } = this.memory();
    return this.#view({
      shape: order.map((axis) => this.shape[axis]!),
      strides: order.map((axis) => strides[axis]!),
      offset,
    });
  }

  /** The parts along axis 0, each as `get(i)`. */
  *[Symbol.iterator](): Generator<NDArray, void, void> {
    if (this.ndim === 0) raise("TypeError", "iteration over a 0-d array");
    for (let i = 0; i < this.shape[0]!; i++) yield this.get(i);
  }

  /**
   * A new array of what a function makes of each element.
   *
   * @param fn Gets an element, as {@linkcode NDArray.item} gives it, and its rank in C order.
   * @param dtype The dtype of the results; this array's if left out.
   * @throws {TypeError} If a result does not fit the dtype: a fraction in an integer array.
   */
  map<E extends Element = number>(
    fn: (value: E, rank: number) => Element,
    dtype: DType = this.dtype,
  ): NDArray {
    const { storage, ...layout } = this.memory();
    const out = makeStorage(dtype, this.size);
    eachPosition(layout, (position, rank) => {
      const made = fn(plain(getElement(storage, position, this.dtype), this.dtype) as E, rank);
      setElement(out, rank, storable(made, dtype), dtype);
    });
    return NDArray.of(out, this.shape, dtype);
  }

  /**
   * Sets every element, in place.
   *
   * @param value The new value.
   * @returns This array.
   * @throws {TypeError} If the value does not fit the dtype: a fraction in an integer array.
   */
  fill(value: Element): this {
    const element = storable(value, this.dtype);
    const { storage, ...layout } = this.memory();
    eachPosition(layout, (position) => setElement(storage, position, element, this.dtype));
    return this;
  }

  /** The sum of all elements, as a plain value; integers exactly, floats in double. */
  sum<E extends Element = number>(): E {
    const sum = totalOf(this.memory());
    return (typeof sum === "bigint" ? plain(sum, "int64") : sum) as E;
  }

  /** The mean of all elements, as a plain value; NaN if there are none. */
  mean<E extends Element = number>(): E {
    return meanOf(this.memory(), this.size) as E;
  }

  /** NumPy's `str`: `[0.5 1. ]`. */
  toString(): string {
    return this.ndim === 0 ? elementText(this.item(), this.dtype) : arrayText(this.memory());
  }

  /** NumPy's `repr`, for `console.log` in Deno: `array([0.5, 1. ])`. */
  [Symbol.for("Deno.customInspect")](): string {
    return arrayRepr(this.memory());
  }

  /** NumPy's `repr`, for `console.log` in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return arrayRepr(this.memory());
  }

  /** NumPy's `repr`, for notebooks. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": arrayRepr(this.memory()) };
  }
}

/** An NDArray or typed array as something with a dtype of its own; undefined for other values. */
export function typedLeaf(value: unknown): TypedLeaf | undefined {
  return value instanceof NDArray ? value.dense() : typedArrayLeaf(value);
}
