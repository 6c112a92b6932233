/**
 * @file The type of a tensor: a dtype and which axes are known to have length one.
 */

import { convertInput } from "../array/input.ts";
import type { NDArray } from "../array/ndarray.ts";
import { config } from "../config/config.ts";
import { type DType, isDType } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import type { FilterOptions, Type, Variable } from "../graph/variable.ts";
import { knot } from "./knot.ts";
import { TensorConstant, TensorVariable } from "./tensor_variable.ts";

const interned = new Map<string, TensorType>();

/**
 * A dtype and a broadcast pattern. Equal types are one object.
 *
 * Theano: `theano.tensor.TensorType`.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const row = new theano.tensor.TensorType("float64", [true, false]);
 * assert.equal(row, theano.tensor.drow.type);
 * assert.equal(String(row), "TensorType(float64, row)");
 * ```
 */
export class TensorType implements Type {
  /** The dtype. */
  readonly dtype: DType;
  /** For each axis, whether its length is known to be one, so that it broadcasts. */
  readonly broadcastable: readonly boolean[];
  /** Canonical text. */
  readonly key: string;

  /**
   * Makes, or finds, the type.
   *
   * @param dtype A dtype, or `"floatX"` for the configured one.
   * @param broadcastable One boolean an axis.
   * @param place Where such tensors lie, if not on the host.
   * @throws {TypeError} If the dtype is unknown.
   */
  constructor(dtype: DType | "floatX", broadcastable: readonly boolean[], place: "" | "gpu" = "") {
    this.dtype = resolveDType(dtype);
    this.broadcastable = Object.freeze([...broadcastable].map(Boolean));
    this.key = `${place}${this.dtype}[${this.broadcastable.map(Number).join("")}]`;
    const known = interned.get(this.key);
    if (known) return known;
    interned.set(this.key, this);
  }

  /** Number of axes. */
  get ndim(): number {
    return this.broadcastable.length;
  }

  equals(other: Type): boolean {
    return this === other;
  }

  /** A new variable of this type. */
  makeVariable(name?: string): TensorVariable {
    return new TensorVariable(this, name);
  }

  /** A constant of this type. */
  makeConstant(value: unknown, name?: string): TensorConstant {
    return new TensorConstant(this, this.filter(value, { allowDowncast: true }), name);
  }

  /**
   * Checks a value and makes an array of it.
   *
   * @param value A number, nested array, typed array or {@linkcode NDArray}.
   * @param options How strict to be.
   * @returns An array of this dtype and number of axes.
   * @throws {TypeError} If the value does not fit: Theano's texts.
   */
  filter(value: unknown, options: FilterOptions = {}): NDArray {
    if (value instanceof TensorVariable) {
      raise(
        "TypeError",
        `Expected an array-like object, but found a Variable: maybe you are trying to call a ` +
          `function on a (possibly shared) variable instead of a numeric array?`,
      );
    }
    const array = convertInput(value, this.dtype, this.ndim, {
      ...options,
      floatX: config.floatX,
    });
    if (this.broadcastable.some((one, i) => one && array.shape[i] !== 1)) {
      raise(
        "TypeError",
        `Non-unit value on shape on a broadcastable dimension. (${array.shape}) (${this.broadcastable})`,
      );
    }
    return array;
  }

  convertVariable(variable: Variable): TensorVariable | undefined {
    if (!(variable instanceof TensorVariable)) return undefined;
    const { type } = variable;
    if (type === this) return variable;
    if (isOnDevice(type)) return this.convertVariable(knot().hostFromGpu(variable));
    const pattern = this.broadcastable;
    const converts = type.dtype === this.dtype && type.ndim === this.ndim &&
      pattern.every((one, i) => !one || type.broadcastable[i]!);
    return converts ? knot().patternbroadcast(variable, pattern) : undefined;
  }

  /** The type with another dtype or pattern. */
  clone(
    changes: { readonly dtype?: DType; readonly broadcastable?: readonly boolean[] } = {},
  ): TensorType {
    return new TensorType(changes.dtype ?? this.dtype, changes.broadcastable ?? this.broadcastable);
  }

  /** Theano's text: `TensorType(float64, matrix)`. */
  toString(): string {
    return `TensorType(${this.dtype}, ${patternText(this.broadcastable)})`;
  }
}

/** Whether tensors of a type lie on a device. */
export function isOnDevice(type: Type): boolean {
  return type instanceof TensorType && type.key.startsWith("gpu");
}

/** The dtype meant by a name, `"floatX"` resolved. */
export function resolveDType(dtype: DType | "floatX"): DType {
  const resolved = dtype === "floatX" ? config.floatX : dtype;
  if (!isDType(resolved)) raise("TypeError", `Unsupported dtype for TensorType: ${String(dtype)}`);
  return resolved;
}

const patternNames: Readonly<Record<string, string>> = {
  "": "scalar",
  "0": "vector",
  "01": "col",
  "10": "row",
  "00": "matrix",
};

/** Theano's text of a broadcast pattern: `matrix`, `(True, False)`. */
export function patternText(broadcastable: readonly boolean[]): string {
  const named = patternNames[broadcastable.map(Number).join("")];
  if (named) return named;
  if (!broadcastable.includes(true)) return `${broadcastable.length}D`;
  const words = broadcastable.map((one) => one ? "True" : "False");
  return `(${words.join(", ")}${words.length === 1 ? "," : ""})`;
}
