/**
 * @file Tensor variables, and tensor constants. Fluent methods arrive through {@linkcode bindMethods}.
 */

import { contentHash } from "../array/hash.ts";
import type { NDArray } from "../array/ndarray.ts";
import type { DType } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { type Constant, Variable } from "../graph/variable.ts";
import type { TensorMethods } from "./methods.ts";
import type { TensorType } from "./tensor_type.ts";

/** The methods of {@linkcode TensorMethods}, merged into the class of the same name. */
export interface TensorVariable extends TensorMethods {
  /** The axes reversed. */
  readonly T: TensorVariable;
  /** The length of each axis: an int64 vector. */
  readonly shape: TensorVariable;
  /** The number of elements. */
  readonly size: TensorVariable;
  /** The value of this variable, given those it depends on; see `eval` of the manual. */
  readonly eval: (inputs?: EvalInputs) => NDArray;
  /** The variables along the first axis, where its length is known while building. */
  readonly [Symbol.iterator]: () => IterableIterator<TensorVariable>;
}

/** Values for `eval`: pairs, a map, or by name. */
export type EvalInputs =
  | readonly (readonly [Variable, unknown])[]
  | ReadonlyMap<Variable, unknown>
  | Readonly<Record<string, unknown>>;

/** A variable that holds a tensor. */
export class TensorVariable extends Variable {
  /** Its type. */
  declare readonly type: TensorType;

  /** The dtype. */
  get dtype(): DType {
    return this.type.dtype;
  }

  /** Number of axes. */
  get ndim(): number {
    return this.type.ndim;
  }

  /** For each axis, whether its length is known to be one. */
  get broadcastable(): readonly boolean[] {
    return this.type.broadcastable;
  }

  /** Refuses to be a truth value or a number, as Theano does. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    return raise(
      "TypeError",
      "Variables do not support boolean operations. This can happen if you do a logical " +
        "operation or arithmetic with JavaScript operators; use methods such as x.lt(y), x.add(y).",
    );
  }
}

/** A tensor whose value is part of the graph. */
export class TensorConstant extends TensorVariable implements Constant {
  /** The value. */
  readonly data: NDArray;
  #signature?: string;

  /**
   * Makes a constant; users call `constant`.
   *
   * @param type Its type.
   * @param data Its value, of that type; it must not be changed afterwards.
   * @param name Its name.
   */
  constructor(type: TensorType, data: NDArray, name?: string) {
    super(type, name);
    this.data = data;
  }

  override get kind(): "constant" {
    return "constant";
  }

  /** The value. */
  get value(): NDArray {
    return this.data;
  }

  /** A constant of the same value. */
  override clone(): TensorConstant {
    const copy = new TensorConstant(this.type, this.data, this.name);
    Object.assign(copy.tag, this.tag);
    return copy;
  }

  /** Whether another constant has the same type and value (NaN equal to NaN). */
  equals(other: unknown): boolean {
    return other instanceof TensorConstant && other.signature() === this.signature();
  }

  signature(): string {
    return this.#signature ??= `${this.type.key}(${this.data.shape})${contentHash(this.data.data)}`;
  }

  /** Theano's text: `TensorConstant{2}`, `TensorConstant{(3, 3) of 1.0}`. */
  override toString(): string {
    return this.name ?? `TensorConstant{${shortened(valueText(this.data))}}`;
  }
}

function valueText(data: NDArray): string {
  if (data.ndim === 0 || data.size === 0) return data.toString();
  const { shape } = data;
  const flat = data.data;
  if (!flat.every((x) => x === flat[0])) return data.toString();
  const first = data.get(...shape.map(() => 0));
  return `(${shape.join(", ")}${shape.length === 1 ? "," : ""}) of ${first}`;
}

function shortened(text: string): string {
  return text.length > 20 ? `${text.slice(0, 10)}..${text.slice(-10)}` : text;
}

/** Binds the fluent methods. Called by `mod.ts`, once. */
export function bindMethods(methods: PropertyDescriptorMap): void {
  Object.defineProperties(TensorVariable.prototype, methods);
}
