/**
 * @file Formulas in Python's notation: `expr`.
 */

import { internal, raise } from "../errors.ts";
import type { Variable } from "../graph/variable.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { Builder } from "./build.ts";
import type { Namespace } from "./names.ts";
import { parse } from "./parse.ts";
import { Source } from "./source.ts";

let bound: Namespace | undefined;

/**
 * Binds the functions that formulas may call. Called by `mod.ts`, once: the namespace holds this
 * file's `expr` too, so this file cannot import it.
 *
 * @param functions The namespace `tensor`.
 */
export function bindFormula(functions: Namespace): void {
  bound = functions;
}

/**
 * The graph of a formula in Python's notation, with values in between.
 *
 * Python's operators and precedence (`+ - * / // % ** @`, comparisons, `& | ^ ~`), subscripts with
 * slices, `None` and `...`, attributes, methods and keyword arguments. A name is a function of
 * `tensor` or `tensor.nnet` (also as `nnet.relu`, `T.exp`), by Theano's spelling or ours. A value
 * in between may be a variable, number, boolean, bigint, array, `NDArray`, slice, null, or a
 * function to call.
 *
 * Parts made of numbers only are computed in double, as Python does; `1.` is a float there, `1` an
 * integer. Nothing is evaluated as code: only ops are applied.
 *
 * Shapes: those of the ops.
 * Dtypes: those of the ops.
 *
 * @param parts The texts of the formula.
 * @param values The values between them.
 * @returns The variable, or an array if commas separate several results.
 * @throws {SyntaxError} If the formula is malformed or names an unknown function.
 * @throws {TypeError} If a part is no tensor where one is needed, or an op refuses its arguments.
 *
 * @example A logistic neuron
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const { tensor: T } = theano;
 * const [x, w, b] = [T.dvector("x"), T.dvector("w"), T.dscalar("b")];
 * const p = T.expr`1 / (1 + exp(-(dot(${x}, ${w}) + ${b})))`;
 * const f = theano.function([x, w, b], p);
 * assert.equal(f([1, 2], [3, -1], -1).item(), 0.5);
 * ```
 */
export function expr<Result extends Variable | readonly Variable[] = TensorVariable>(
  parts: TemplateStringsArray,
  ...values: readonly unknown[]
): Result {
  if (!Array.isArray(parts) || parts.length !== values.length + 1) {
    raise("TypeError", "expr() is a tag: write expr`${x} + 1`, with the formula in backquotes");
  }
  const functions = bound ?? internal("read a formula", "no functions are bound", "mod.ts");
  const source = new Source(parts, values);
  return new Builder(source, functions).result(parse(source)) as Result;
}
