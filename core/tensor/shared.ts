/**
 * @file Shared variables: roots whose value outlives a call and that functions update.
 *
 * Theano's aliasing contract holds: a shared value and the user's arrays are disjoint memory unless
 * `borrow` is said, two shared variables never share memory, and no value changes while no function
 * runs and nobody calls `setValue`.
 */

import { array } from "../array/build.ts";
import { GpuArray } from "../array/gpu_array.ts";
import { NDArray } from "../array/ndarray.ts";
import { sameShape } from "../array/shape.ts";
import { Storage } from "../array/storage.ts";
import { type DType, makeStorage } from "../dtype/dtype.ts";
import { raise } from "../errors.ts";
import { creationTrace } from "../graph/trace.ts";
import { type FilterOptions, Variable } from "../graph/variable.ts";
import { RandomState } from "../random/random_state.ts";
import { type Given, optional } from "./arguments.ts";
import { type RandomStateSharedVariable, sharedRandomState } from "./shared_random_state.ts";
import { resolveDType, TensorType } from "./tensor_type.ts";
import { TensorVariable } from "./tensor_variable.ts";

/** Options of {@linkcode TensorSharedVariable.getValue}. */
export interface GetValueOptions {
  /** Whether the variable's own array may be returned: then nobody may write to it. */
  readonly borrow?: boolean;
  /** Whether a value on a device is returned as it is there. */
  readonly returnInternalType?: boolean;
}

/** Options of {@linkcode TensorSharedVariable.setValue}. */
export interface SetValueOptions {
  /** Whether the array given may become the variable's own: then its former owner lets go of it. */
  readonly borrow?: boolean;
}

/** A root whose value outlives a call. Theano: `SharedVariable`. */
export interface SharedVariable extends Variable {
  /** Always `"shared"`. */
  readonly kind: "shared";
  /** The value, and who holds its newest copy. Shared with clones. */
  readonly storage: Storage;
  /** What it becomes in every function that reads it and says nothing else. */
  defaultUpdate: Variable | undefined;
  /** The value now. */
  getValue(
    ...given: Given<GetValueOptions, [borrow?: boolean, returnInternalType?: boolean]>
  ): unknown;
  /** Another value, of the same type. */
  setValue(value: unknown, ...given: Given<SetValueOptions, [borrow?: boolean]>): void;
}

/** Whether a variable is a shared one. */
export function isShared(variable: unknown): variable is SharedVariable {
  return variable instanceof Variable && variable.kind === "shared";
}

/** A tensor whose value outlives a call. Made by {@linkcode shared}. */
export class TensorSharedVariable extends TensorVariable implements SharedVariable {
  readonly storage: Storage;
  defaultUpdate: Variable | undefined;
  readonly #filter: FilterOptions;

  /**
   * Makes the variable; users call {@linkcode shared}.
   *
   * @param type Its type.
   * @param storage Its value.
   * @param name Its name.
   * @param filter How strictly new values are checked.
   */
  constructor(type: TensorType, storage: Storage, name?: string, filter: FilterOptions = {}) {
    super(type, name);
    this.storage = storage;
    this.#filter = filter;
  }

  /** Always `"shared"`. */
  override get kind(): "shared" {
    return "shared";
  }

  /** Length of each axis of the value now. */
  get valueShape(): readonly number[] {
    return this.storage.shape;
  }

  /**
   * The value now.
   *
   * @param given Whether the variable's own array may be returned; by default a copy is.
   */
  getValue(
    ...given: Given<GetValueOptions, [borrow?: boolean, returnInternalType?: boolean]>
  ): NDArray {
    const { borrow } = optional<GetValueOptions>(
      "getValue",
      ["borrow", "returnInternalType"],
      given,
    );
    const value = this.storage.read();
    return borrow ? value : value.copy();
  }

  /**
   * Gives the variable another value. The shape may change, dtype and number of axes may not.
   *
   * @param value A number or nested array, which takes the dtype, or an array of it; one on the device
   *   stays there.
   * @param given Whether the array given may become the variable's own; by default it is copied.
   * @throws {TypeError} If the value does not fit the type.
   */
  setValue(value: unknown, ...given: Given<SetValueOptions, [borrow?: boolean]>): void {
    const { borrow } = optional<SetValueOptions>("setValue", ["borrow"], given);
    const filtered = this.type.filter(value, this.#filter);
    if (filtered instanceof GpuArray && !filtered.isHere) {
      return this.storage.write(filtered.handle());
    }
    this.storage.write(borrow || !isSameMemory(value, filtered) ? filtered : filtered.copy());
  }

  /**
   * Sets every element to zero.
   *
   * @param given Whether the variable's own array may be written to.
   */
  zero(...given: Given<SetValueOptions, [borrow?: boolean]>): void {
    optional<SetValueOptions>("zero", ["borrow"], given);
    const { shape, dtype } = this.storage;
    const size = shape.reduce((a, b) => a * b, 1);
    this.storage.write(NDArray.of(makeStorage(dtype, size), shape, dtype));
  }

  /** Another variable with the same value in the same place. */
  override clone(): TensorSharedVariable {
    const copy = new TensorSharedVariable(this.type, this.storage, this.name, this.#filter);
    copy.defaultUpdate = this.defaultUpdate;
    Object.assign(copy.tag, this.tag);
    return copy;
  }
}

/** Whether a filtered value may lie in memory that the caller still has. */
function isSameMemory(given: unknown, filtered: NDArray): boolean {
  if (given === filtered) return true;
  if (given instanceof NDArray) {
    return given.size > 0 && sameShape(given.shape, filtered.shape) &&
      given.dtype === filtered.dtype;
  }
  return ArrayBuffer.isView(given) && given.buffer === filtered.data.buffer;
}

/** Options of {@linkcode shared}. */
export interface SharedOptions {
  /** Its name. */
  readonly name?: string;
  /** Whether `setValue` takes only arrays of the dtype. */
  readonly strict?: boolean;
  /** Whether `setValue` takes what loses precision. */
  readonly allowDowncast?: boolean | null;
  /** Whether the array given becomes the variable's own. */
  readonly borrow?: boolean;
  /** For each axis, whether its length stays one so that it broadcasts; by default none. */
  readonly broadcastable?: readonly boolean[];
  /** The device to keep the value on. */
  readonly target?: string;
  /** The dtype, where the value's own is not meant. */
  readonly dtype?: DType | "floatX";
}

/** What {@linkcode shared} takes after the value. */
export type GivenShared = Given<
  SharedOptions,
  [name?: string | null, strict?: boolean, allowDowncast?: boolean | null]
>;

const optionNames = [
  "name",
  "strict",
  "allowDowncast",
  "borrow",
  "broadcastable",
  "target",
  "dtype",
] as const;

/**
 * The state of a random generator, which outlives a call: what drawing functions take.
 *
 * @param value The generator, which stays the caller's.
 * @param given Its name.
 */
export function shared(value: RandomState, ...given: GivenShared): RandomStateSharedVariable;
/**
 * A variable whose value outlives a call and can be updated by functions.
 *
 * Shapes: the value's; no axis broadcasts unless `broadcastable` says so, not even one of length one.
 * Dtypes: a typed array's or `NDArray`'s own; numbers are int64 if all are whole and else float64; or
 * `dtype`.
 * Theano: `theano.shared`.
 *
 * @param value The first value: a number, boolean, nested array, typed array or `NDArray`. Copied.
 * @param given Its name and how values are checked and kept.
 * @returns The variable.
 * @throws {TypeError} If the value is symbolic, or no number or array.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const state = theano.shared(0, "state");
 * const inc = theano.tensor.iscalar("inc");
 * const acc = theano.function([inc], state, { updates: [[state, state.add(inc)]] });
 * assert.equal(acc(300).item(), 0);
 * assert.equal(state.getValue().item(), 300);
 * ```
 */
export function shared(value: unknown, ...given: GivenShared): TensorSharedVariable;
export function shared(
  value: unknown,
  ...given: GivenShared
): TensorSharedVariable | RandomStateSharedVariable {
  if (value instanceof Variable) {
    raise(
      "TypeError",
      "Shared variable constructor needs numeric values and not symbolic variables.",
    );
  }
  const options = optional<SharedOptions>("shared", optionNames, given);
  if (value instanceof RandomState) return sharedRandomState(value, options.name);
  const { name, strict, allowDowncast, borrow, broadcastable, dtype, target } = options;
  const made = dtype === undefined ? array(value) : array(value, { dtype: resolveDType(dtype) });
  const kept = borrow ? made.dense() : made.copy();
  const type = new TensorType(kept.dtype, broadcastable ?? kept.shape.map(() => false));
  type.filter(kept);
  const variable = new TensorSharedVariable(type, new Storage(kept), name ?? undefined, {
    ...(strict !== undefined && { strict }),
    ...(allowDowncast !== undefined && { allowDowncast }),
  });
  if (target !== undefined) variable.tag.target = target;
  if (dtype === undefined && isWholeNumbers(value)) variable.tag.wholeNumbers = value;
  const trace = creationTrace();
  if (trace) variable.tag.trace = trace;
  return variable;
}

/** Whether a value is a plain number, or nested ones, that JavaScript cannot tell from integers. */
function isWholeNumbers(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isWholeNumbers) : typeof value === "number";
}

/**
 * Why a shared variable has an integer dtype that its user may not have meant, or nothing.
 *
 * @param variable The variable.
 */
export function integerHint(variable: Variable): string | undefined {
  const { wholeNumbers } = variable.tag;
  if (wholeNumbers === undefined || !(variable instanceof TensorSharedVariable)) return undefined;
  if (variable.dtype !== "int64") return undefined;
  const name = variable.name === undefined ? "" : `, name: '${variable.name}'`;
  const one = typeof wholeNumbers === "number";
  const what = one ? `${wholeNumbers} is an integer` : "whole numbers are integers";
  return `\`${variable}\` is int64 because ${what} in JavaScript; write theano.shared(` +
    `${one ? wholeNumbers : "value"}, { dtype: 'float64'${name} })`;
}
