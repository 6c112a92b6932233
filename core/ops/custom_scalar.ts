/**
 * @file Elementwise ops of a user's own: a record in the scalar language, which fuses with what is
 * around it as the library's records do.
 *
 * A record may have any name: what it is known by inside is its name with a number, so that no rule
 * takes it for one of the library's, and no function with it is stored.
 */

import { raise } from "../errors.ts";
import {
  type Binary,
  binary as binaryOf,
  className,
  type Ternary,
  ternary as ternaryOf,
  type Unary,
  unary as unaryOf,
  type UnaryRecord,
} from "./elementwise.ts";

/**
 * An elementwise function of one tensor.
 *
 * Shapes: the result has the shape of the input.
 * Dtypes: what the record's `dtype` says.
 * Theano: `theano.scalar.UnaryScalarOp` in an `Elemwise`.
 *
 * @param record Name, dtype, reference, body and derivatives.
 * @throws {TypeError} If the record has no name or no reference.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const { tensor: T, scalar } = theano;
 * const cube = scalar.unary({
 *   name: "cube",
 *   dtype: "same",
 *   ref: (x) => x ** 3,
 *   body: (s, x) => s.mul(x, s.mul(x, x)),
 *   partials: [(_, x) => T.mul(3, T.sqr(x))],
 * });
 * const x = T.dscalar("x");
 * const f = theano.function([x], [cube(x), theano.grad(cube(x), x)]);
 * assert.deepEqual(f(2).map((y) => y.item()), [8, 12]);
 * ```
 */
export function unary(record: UnaryRecord): Unary {
  return unaryOf(owned(record));
}

/**
 * An elementwise function of two tensors.
 *
 * Shapes: the inputs broadcast.
 * Dtypes: what the record's `dtype` says.
 * Theano: `theano.scalar.BinaryScalarOp` in an `Elemwise`.
 *
 * @param record Name, dtype, reference, body and derivatives.
 * @throws {TypeError} If the record has no name or no reference.
 */
export function binary(record: UnaryRecord): Binary {
  return binaryOf(owned(record));
}

/**
 * An elementwise function of three tensors.
 *
 * Shapes: the inputs broadcast.
 * Dtypes: what the record's `dtype` says.
 * Theano: a `theano.scalar.ScalarOp` with `nin = 3` in an `Elemwise`.
 *
 * @param record Name, dtype, reference, body and derivatives.
 * @throws {TypeError} If the record has no name or no reference.
 */
export function ternary(record: UnaryRecord): Ternary {
  return ternaryOf(owned(record));
}

let made = 0;

function owned(record: UnaryRecord): UnaryRecord {
  const { name, ref } = record;
  if (typeof name !== "string" || !/^\w+$/.test(name)) {
    raise("TypeError", `the name of an elementwise op must be a word, not ${String(name)}`);
  }
  if (typeof ref !== "function") {
    raise("TypeError", `the elementwise op ${name} needs a reference: ref(x, …) on numbers`);
  }
  return {
    label: `Elemwise{${name},no_inplace}`,
    className: className({ ...record, arity: 1 }),
    ...record,
    name: `unique:${made++}:${name}`,
  };
}
