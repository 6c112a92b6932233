/**
 * @file Types of a user's own: values that graphs carry and that ops of a user's own compute with, on
 * the host.
 *
 * A function with such a value anywhere in its graph runs node by node, each by its op's `perform`.
 * Values go from op to op as they are, without copies: nobody may change one.
 */

import { NDArray } from "../array/ndarray.ts";
import { Storage } from "../array/storage.ts";
import { raise } from "../errors.ts";
import { type Constant, type FilterOptions, type Type, Variable } from "../graph/variable.ts";
import { numberOf } from "./identity.ts";
import type { SharedVariable } from "./shared.ts";

/**
 * A type of a user's own. Theano: `theano.gof.Type`.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * class Text extends theano.gof.Type {
 *   filter(value: unknown): string {
 *     if (typeof value !== "string") throw new TypeError(`${value} is no text`);
 *     return value;
 *   }
 * }
 * const text = new Text();
 * const x = text.makeVariable("x");
 * const length = theano.asOp(text, theano.tensor.lscalar, (x) => `${x}`.length);
 * const f = theano.function([x], length(x).mul(2));
 * assert.equal(f("four").item(), 8);
 * ```
 */
export abstract class HostType implements Type {
  /**
   * Checks a value, converting it as the options allow.
   *
   * @param value What was given.
   * @param options How strictly; with `strict` nothing is converted.
   * @returns The value of a variable of this type.
   * @throws {TypeError} If it cannot be one.
   */
  abstract filter(value: unknown, options?: FilterOptions): unknown;

  /** Types are equal if their keys are: by default all of one class. */
  get key(): string {
    return `unique:${this.constructor.name} ${numberOf(this.constructor)}`;
  }

  /** Whether a variable of the other type may stand where one of this type is wanted. */
  equals(other: Type): boolean {
    return other.key === this.key;
  }

  /** Whether a value is one of this type as it is. */
  isValidValue(value: unknown): boolean {
    try {
      this.filter(value, { strict: true });
      return true;
    } catch {
      return false;
    }
  }

  /** Whether two values are equal. */
  valuesEq(a: unknown, b: unknown): boolean {
    return Object.is(a, b);
  }

  /** Whether two values are equal, but for what rounding may do. */
  valuesEqApprox(a: unknown, b: unknown): boolean {
    return this.valuesEq(a, b);
  }

  /** A new root variable of this type. */
  makeVariable(name?: string): Variable {
    return new Variable(this, name);
  }

  /** A constant of this type. */
  makeConstant(value: unknown, name?: string): Variable {
    return new HostConstant(this, value, name);
  }

  /** A shared variable of this type. */
  makeShared(value: unknown, name?: string): HostSharedVariable {
    return new HostSharedVariable(this, new Box(this.filter(value)), name);
  }

  /** The variable itself if it has this type; nothing is converted unless the user's class does. */
  convertVariable(variable: Variable): Variable | undefined {
    return this.equals(variable.type) ? variable : undefined;
  }

  /** The name of the class. */
  toString(): string {
    return this.constructor.name;
  }
}

/** A constant of a user's type. */
export class HostConstant extends Variable implements Constant {
  /** Its value. */
  readonly data: unknown;

  /**
   * Makes the constant; users call `makeConstant` of a type.
   *
   * @param type Its type.
   * @param value Its value.
   * @param name Its name.
   */
  constructor(type: HostType, value: unknown, name?: string) {
    super(type, name);
    this.data = type.filter(value);
  }

  /** Always `"constant"`. */
  override get kind(): "constant" {
    return "constant";
  }

  /** Equal for the same object, and for equal numbers, texts and the like. */
  signature(): string {
    const { data } = this;
    const isObject = (typeof data === "object" && data !== null) || typeof data === "function";
    const text = isObject ? `object ${numberOf(data as object)}` : `${typeof data} ${String(data)}`;
    return `${this.type.key} ${text}`;
  }

  /** Another constant of the same value. */
  override clone(): HostConstant {
    const copy = new HostConstant(this.type as HostType, this.data, this.name);
    Object.assign(copy.tag, this.tag);
    return copy;
  }

  /** Its name or its value. */
  override toString(): string {
    return this.name ?? `${this.type}{${String(this.data)}}`;
  }
}

/** A shared variable of a user's type. Made by `makeShared` of the type. */
export class HostSharedVariable extends Variable implements SharedVariable {
  /** Holds the value. */
  readonly storage: Storage;
  /** What it becomes in every function that reads it and says nothing else. */
  defaultUpdate: Variable | undefined;

  /**
   * Makes the variable; users call `makeShared` of a type.
   *
   * @param type Its type.
   * @param storage Holds the value.
   * @param name Its name.
   */
  constructor(type: HostType, storage: Storage, name?: string) {
    super(type, name);
    this.storage = storage;
  }

  /** Always `"shared"`. */
  override get kind(): "shared" {
    return "shared";
  }

  /** The value now, itself. */
  getValue(): unknown {
    return this.storage.read();
  }

  /**
   * Gives the variable another value.
   *
   * @param value The value, which is kept as it is.
   * @throws {TypeError} If it does not fit the type.
   */
  setValue(value: unknown): void {
    this.storage.write(this.type.filter(value) as NDArray);
  }

  /** Another variable with the same value in the same place. */
  override clone(): HostSharedVariable {
    const copy = new HostSharedVariable(this.type as HostType, this.storage, this.name);
    copy.defaultUpdate = this.defaultUpdate;
    Object.assign(copy.tag, this.tag);
    return copy;
  }
}

/**
 * A storage that holds a value of a user's type. Only runs node by node read it, which take values as
 * they come, so that what is an array to its signatures is anything.
 */
class Box extends Storage {
  #value: unknown;

  constructor(value: unknown) {
    super(NDArray.scalar(0, "bool"));
    this.#value = value;
  }

  override read(): NDArray {
    return this.#value as NDArray;
  }

  override write(value: NDArray): void {
    this.#value = value;
  }
}

/** Whether a value of the variable is of a user's type. */
export function isHostVariable({ type }: Variable): boolean {
  return type instanceof HostType;
}

/** A value that nobody else may change: a copy of an array, else the value itself. */
export function keptValue(value: NDArray): NDArray {
  return value instanceof NDArray ? value.copy() : value;
}

/**
 * Refuses a way of running that knows tensors only.
 *
 * @param how What cannot be done.
 * @throws {NotImplementedError} Always.
 */
export function refuseHostValues(how: string): never {
  return raise(
    "NotImplementedError",
    `Cannot ${how}: the graph has values of a type that is not a tensor's`,
  );
}
