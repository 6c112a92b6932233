/**
 * @file What a user gives for an input of a known dtype and number of dimensions, made into an array:
 * Theano's `TensorType.filter`.
 *
 * JavaScript numbers and nested arrays are untyped and take the dtype asked for, as long as it holds
 * them; typed arrays and NDArrays are typed, and are widened freely but narrowed only if allowed.
 * Messages are Theano's, with this library's spelling of options.
 */

import { raise } from "../errors.ts";
import {
  Complex,
  type DType,
  type Element,
  isComplex,
  isFloat,
  toElement,
} from "../dtype/dtype.ts";
import { upcast } from "../dtype/promote.ts";
import { arrayOfLeaf, arrayOfNested, atRank } from "./build.ts";
import { castStorage } from "./convert.ts";
import { NDArray, typedLeaf } from "./ndarray.ts";
import { describe, isPlainElement, type Nested, nestedDType, readNested } from "./nested.ts";
import { shapeText } from "./shape.ts";
import { arrayRepr } from "./text.ts";

/** How strict {@linkcode convertInput} is. */
export interface InputOptions {
  /** Accept only arrays that already have the dtype. */
  readonly strict?: boolean;
  /**
   * True: convert whatever is given. False: only if no value changes. Null, the default: as false, but
   * numbers may be rounded to a float dtype.
   */
  readonly allowDowncast?: boolean | null;
  /** The flag floatX. */
  readonly floatX: DType;
  /** The type as messages name it; `TensorType(float64, matrix)` if left out. */
  readonly typeName?: string;
}

/**
 * Makes an array of a value given for an input.
 *
 * Shapes: any with `ndim` axes.
 * Dtypes: `dtype`; see the options.
 *
 * @param value A number, nested arrays, a typed array or an NDArray.
 * @param dtype The dtype of the input.
 * @param ndim Its number of dimensions.
 * @param options How strict to be.
 * @returns A dense array; the value itself if it is one of the right dtype.
 * @throws {TypeError} If the value cannot be stored in such an input.
 */
export function convertInput(
  value: unknown,
  dtype: DType,
  ndim: number,
  options: InputOptions,
): NDArray {
  if (typeof value === "number") {
    if (ndim === 0 && options.strict !== true && options.allowDowncast !== false) {
      if (dtype === "float64") return NDArray.scalar(value, "float64");
      if (dtype === "float32") return NDArray.scalar(Math.fround(value), "float32");
      if (dtype === "int64" && Number.isSafeInteger(value)) return NDArray.scalar(value, "int64");
    }
  } else if (value instanceof NDArray && value.dtype === dtype) {
    return value.shape.length === ndim ? value.dense() : refuseNDim(ndim, value.shape);
  }
  return new Conversion(dtype, ndim, options).convert(value);
}

function refuseNDim(ndim: number, shape: readonly number[]): never {
  return raise(
    "TypeError",
    `Wrong number of dimensions: expected ${ndim}, got ${shape.length} with shape ` +
      `${shapeText(shape)}.`,
  );
}

/** One conversion, off the fast path. */
class Conversion {
  readonly #dtype: DType;
  readonly #ndim: number;
  readonly #options: InputOptions;

  constructor(dtype: DType, ndim: number, options: InputOptions) {
    this.#dtype = dtype;
    this.#ndim = ndim;
    this.#options = options;
  }

  convert(value: unknown): NDArray {
    const leaf = typedLeaf(value);
    const typed = leaf === undefined ? undefined : arrayOfLeaf(leaf);
    const made = this.#options.strict === true
      ? this.#strict(value, typed)
      : typed === undefined
      ? this.#ofPlain(value)
      : this.#ofTyped(typed);
    return made.ndim === this.#ndim ? made : refuseNDim(this.#ndim, made.shape);
  }

  get #typeName(): string {
    return this.#options.typeName ?? `TensorType(${this.#dtype}, ${shapeName(this.#ndim)})`;
  }

  #strict(value: unknown, typed: NDArray | undefined): NDArray {
    if (typed === undefined) {
      return raise(
        "TypeError",
        `${this.#typeName} expected an array with a dtype (got ${describe(value)}).`,
      );
    }
    if (typed.dtype === this.#dtype) return typed;
    return raise(
      "TypeError",
      `${this.#typeName} expected an array with dtype = ${this.#dtype} (got ${typed.dtype}).`,
    );
  }

  #ofTyped(typed: NDArray): NDArray {
    const to = this.#dtype;
    if (typed.dtype === to) return typed;
    if (this.#options.allowDowncast !== true && upcast(to, typed.dtype) !== to) {
      raise(
        "TypeError",
        `${this.#typeName} cannot store a value of dtype ${typed.dtype} without risking loss of ` +
          `precision. If you do not mind this loss, you can: 1) explicitly cast your data to ${to}, ` +
          `or 2) set "allowInputDowncast: true" when calling "function". Value: "${
            arrayRepr(typed.memory())
          }"`,
      );
    }
    return NDArray.of(castStorage(typed.data, typed.dtype, to), typed.shape, to);
  }

  #ofPlain(value: unknown): NDArray {
    if (!isPlainElement(value) && !Array.isArray(value)) {
      raise(
        "TypeError",
        `${this.#typeName} expected a number or an array-like object, but found ${
          describe(value)
        }.`,
      );
    }
    const nested = readNested(value, typedLeaf);
    if (nested.typed !== undefined) return this.#ofTyped(this.#stack(nested, nestedDType(nested)));
    return this.#stack(nested, this.#dtype);
  }

  /** Elements side by side in one array of a dtype, unless that changes them and may not. */
  #stack(nested: Nested, dtype: DType): NDArray {
    const exact = this.#options.allowDowncast === false && isContinuous(dtype);
    if (exact) {
      const rank = nested.elements.findIndex((element) => !isExact(element, dtype));
      if (rank >= 0) this.#refuseElement(nested, rank);
    }
    return arrayOfNested(nested, dtype, (rank) => {
      if (this.#options.allowDowncast !== true) this.#refuseElement(nested, rank);
    });
  }

  #refuseElement({ elements, shape }: Nested, rank: number): never {
    const value = elements[rank]!;
    return raise(
      "TypeError",
      `${this.#typeName} cannot store accurately value ${value}${
        atRank(shape, rank)
      }, it would be ` +
        `represented as ${
          toElement(value, this.#dtype)
        }. If you do not mind this precision loss, ` +
        `you can: 1) explicitly convert your data to an array of dtype ${this.#dtype}, or 2) set ` +
        `"allowInputDowncast: true" when calling "function".`,
    );
  }
}

function isContinuous(dtype: DType): boolean {
  return isFloat(dtype) || isComplex(dtype);
}

/** Whether a number is the same in a float or complex dtype. */
function isExact(value: Element, dtype: DType): boolean {
  if (value instanceof Complex) {
    const part = partOf(dtype);
    return isComplex(dtype) && isExact(value.re, part) && isExact(value.im, part);
  }
  const stored = Number(toElement(value, isComplex(dtype) ? partOf(dtype) : dtype));
  if (typeof value === "bigint") return Number.isFinite(stored) && BigInt(stored) === value;
  return Object.is(Number(value), stored);
}

function partOf(dtype: DType): DType {
  return dtype === "complex64" ? "float32" : "float64";
}

/** Theano's word for a number of dimensions without broadcastable ones. */
function shapeName(ndim: number): string {
  return ["scalar", "vector", "matrix"][ndim] ?? `${ndim}D`;
}
