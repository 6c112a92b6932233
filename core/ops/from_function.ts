/**
 * @file Ops made of a function on arrays.
 */

import type { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import type { Apply, Type } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { numberOf } from "../tensor/identity.ts";
import { CustomOp, type TypeLike, typeMeant } from "./custom.ts";
import type { Shape } from "./kind.ts";

/** A function on values: one argument an input; several outputs come in an array. */
export type HostFunction = (...inputs: NDArray[]) => unknown;

/** The shapes of the outputs, from the node and the shapes of the inputs. */
export type ShapeFunction = (node: Apply, shapes: readonly Shape[]) => readonly (Shape | null)[];

/** An op that calls a function while running. Theano: `FromFunctionOp`. */
export class FromFunctionOp extends CustomOp {
  /** The type of each input. */
  override readonly itypes: readonly Type[];
  /** The type of each output. */
  override readonly otypes: readonly Type[];
  readonly #fn: HostFunction;
  readonly #shape: ShapeFunction | undefined;

  /**
   * Makes the op; users call {@linkcode asOp}.
   *
   * @param fn What is called.
   * @param itypes The type of each input.
   * @param otypes The type of each output.
   * @param shape The shapes of the outputs, where they can be told without running.
   */
  constructor(
    fn: HostFunction,
    itypes: readonly Type[],
    otypes: readonly Type[],
    shape?: ShapeFunction,
  ) {
    super();
    this.#fn = fn;
    this.itypes = itypes;
    this.otypes = otypes;
    this.#shape = shape;
  }

  /** The function's name among the class's. */
  override get name(): string {
    return `FromFunctionOp{${this.#fn.name}}`;
  }

  /** Equal for ops of the same function and types. */
  override get key(): string {
    const types = [this.itypes, this.otypes].map((list) => list.map(({ key }) => key).join());
    return `unique:FromFunctionOp ${numberOf(this.#fn)} ${types.join("->")}`;
  }

  /** The shapes that the user's function tells, or none. */
  override inferShape(node: Apply, shapes: readonly Shape[]): readonly (Shape | null)[] {
    return this.#shape?.(node, shapes) ?? super.inferShape(node, shapes);
  }

  /** Calls the function; one array is one output, a list of the right length all of them. */
  perform(node: Apply, inputs: readonly NDArray[]): NDArray[] {
    const given = this.#fn(...inputs);
    const isList = Array.isArray(given) && given.length === node.outputs.length;
    return (isList ? given : [given]) as NDArray[];
  }
}

/** Options of {@linkcode asOp}. */
export interface AsOpOptions {
  /** The shapes of the outputs from those of the inputs, where they can be told without running. */
  readonly inferShape?: ShapeFunction;
}

/** A function on variables, made of one on values. */
export interface HostOp {
  /** Applies the op. */
  (...inputs: readonly unknown[]): TensorVariable;
  /** Applies an op of several outputs: returns all in an array. */
  <Outputs extends TensorVariable[]>(...inputs: readonly unknown[]): Outputs;
  /** The op. */
  readonly op: FromFunctionOp;
}

/**
 * Makes a function on variables of a function on arrays, which is called while running.
 *
 * Shapes: unknown until it runs, unless `inferShape` tells.
 * Dtypes: those of `itypes` and `otypes`; what the function returns is checked.
 * Theano: `theano.compile.ops.as_op`.
 *
 * @param itypes The type of each input, or the type of the only one.
 * @param otypes The type of each output, or the type of the only one.
 * @param fn What is called: it gets an array an input; several outputs it returns in an array.
 * @param given The shapes of the outputs.
 * @throws {TypeError} If something given for a type is none.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const { tensor: T } = theano;
 * const largest = theano.asOp(T.dvector, T.dscalar, (x) => Math.max(...x.data as Float64Array));
 * const x = T.dvector("x");
 * assert.equal(theano.function([x], largest(x).mul(2))([1, 5, 3]).item(), 10);
 * ```
 */
export function asOp(
  itypes: TypeLike | readonly TypeLike[],
  otypes: TypeLike | readonly TypeLike[],
  fn: HostFunction,
  ...given: Given<AsOpOptions, [inferShape?: ShapeFunction]>
): HostOp;
/** As above, in the form of a decorator: returns what takes the function. */
export function asOp(
  itypes: TypeLike | readonly TypeLike[],
  otypes: TypeLike | readonly TypeLike[],
  options?: AsOpOptions,
): (fn: HostFunction) => HostOp;
export function asOp(
  itypes: unknown,
  otypes: unknown,
  ...rest: readonly unknown[]
): HostOp | ((fn: HostFunction) => HostOp) {
  const inputs = typesOf("itypes", itypes);
  const outputs = typesOf("otypes", otypes);
  const [fn, ...given] = rest;
  const options = typeof fn === "function" ? given : rest;
  const { inferShape } = optional<AsOpOptions>(
    "asOp",
    ["inferShape"],
    options as Given<AsOpOptions, [inferShape?: ShapeFunction]>,
  );
  const make = (host: HostFunction): HostOp => {
    const op = new FromFunctionOp(host, inputs, outputs, inferShape);
    const apply = (...xs: readonly unknown[]): unknown => op.call(...xs);
    return Object.assign(apply, { op }) as HostOp;
  };
  return typeof fn === "function" ? make(fn as HostFunction) : make;
}

function typesOf(name: string, given: unknown): Type[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  return list.map((one) => {
    const type = isTypeLike(one) ? typeMeant(one) : undefined;
    return type ?? raise("TypeError", `${name} has to be a list of Theano types`);
  });
}

function isTypeLike(one: unknown): one is TypeLike {
  if (typeof one === "function") return "type" in one;
  return typeof one === "object" && one !== null && "makeVariable" in one && "filter" in one;
}
