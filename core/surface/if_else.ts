/**
 * @file The module `ifelse` of Theano, which holds the function of that name: here they are one.
 */

import { ifelse as choose, type IfElseFunction } from "../ops/if_else.ts";

/**
 * One of two values, lazily: what only the other one needs is not computed. Has itself as a property, as
 * Theano's module has it.
 *
 * Shapes: `()` for the condition; those of the branch that is chosen, which may differ.
 * Dtypes: any for the condition, where 0 is false; the two values of a pair have one type.
 * Gradient: by the branches; it is as lazy.
 * Theano: `theano.ifelse.ifelse`.
 */
export const ifelse: IfElseFunction & { readonly ifelse: IfElseFunction } = Object.assign(
  choose.bind(undefined) as IfElseFunction,
  { ifelse: choose as IfElseFunction },
);
