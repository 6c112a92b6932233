/**
 * @file A mode that counts what it optimises: a function from the compile cache is not optimised.
 */

import * as theano from "@theano/theano";
import { backend } from "../../core/compile/backend.ts";

/**
 * The default mode, which counts the graphs that it optimises.
 *
 * @param name Functions of modes of another name are other functions.
 */
export function counting(
  name: string,
): { readonly mode: theano.Mode; readonly count: () => number } {
  let graphs = 0;
  const { optimizer } = backend();
  const mode = new theano.Mode({
    optimizer: {
      optimize: (...args) => {
        graphs++;
        return optimizer.optimize(...args);
      },
      text: (selection) => `${name} ${optimizer.text(selection)}`,
    },
  });
  return { mode, count: () => graphs };
}
