/**
 * @file An op that fails when it runs.
 */

import type { NDArray } from "../array/ndarray.ts";
import { NotImplementedError } from "../errors.ts";
import { Apply, type Variable } from "../graph/variable.ts";
import { CustomOp } from "./custom.ts";

/**
 * An op that throws where its value is needed. Theano: `theano.raise_op.Raise`.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const { tensor: T } = theano;
 * const x = T.dscalar("x");
 * const y = theano.ifelse(x.gt(0), x, new theano.raiseOp.Raise("x is negative").call(x));
 * const f = theano.function([x], y);
 * assert.equal(f(2).item(), 2);
 * assert.throws(() => f(-1), /x is negative/);
 * ```
 */
export class Raise extends CustomOp {
  /** What makes ops equal. */
  override readonly props = ["message", "error"];
  /** What the error says. */
  readonly message: string;
  /** The class of the error. */
  readonly error: new (message: string) => Error;

  /**
   * Makes the op.
   *
   * @param message What the error says.
   * @param error The class of the error.
   */
  constructor(message: string = "", error: new (message: string) => Error = NotImplementedError) {
    super();
    this.message = message;
    this.error = error;
  }

  /** A node whose output has the type of its input. */
  override makeNode(x: Variable): Apply {
    return new Apply(this, [x], [x.type.makeVariable()]);
  }

  /** Throws the error. */
  perform(): NDArray[] {
    throw new this.error(this.message);
  }

  /** Nothing is known without running. */
  override doConstantFolding(): boolean {
    return false;
  }
}
