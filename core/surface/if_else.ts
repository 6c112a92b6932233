/**
 * @file The module `ifelse` of Theano, which holds the function of that name: here they are one.
 */

import { ifelse as choose } from "../ops/if_else.ts";

/** One of two values, lazily; see {@linkcode choose}. It has itself as a property, as the module. */
export const ifelse: typeof choose & { readonly ifelse: typeof choose } = Object.assign(
  choose.bind(undefined),
  { ifelse: choose },
);
