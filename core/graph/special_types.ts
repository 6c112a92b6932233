/**
 * @file Types without values: what stands for a gradient that does not exist.
 *
 * A gradient is a variable. Where an input cannot influence the cost it is a variable of
 * {@linkcode DisconnectedType}; where the derivative is unknown or undefined it is one of
 * {@linkcode NullType}, which says why.
 */

import { raise } from "../errors.ts";
import type { Op } from "./op.ts";
import { type Type, Variable } from "./variable.ts";

/** The type of gradients along paths that do not exist. Theano: `DisconnectedType`. */
export class DisconnectedType implements Type {
  readonly key: string = "disconnected";

  equals(other: Type): boolean {
    return other instanceof DisconnectedType;
  }

  filter(): never {
    return raise(
      "AssertionError",
      "If you're assigning to a DisconnectedType you're doing something wrong. It should only be " +
        "used as a symbolic placeholder.",
    );
  }

  makeVariable(name?: string): Variable {
    return new Variable(this, name);
  }

  makeConstant(): never {
    return this.filter();
  }

  convertVariable(variable: Variable): Variable | undefined {
    return this.equals(variable.type) ? variable : undefined;
  }

  toString(): string {
    return "DisconnectedType";
  }
}

/** The type of gradients that are undefined or unknown. Theano: `NullType`. */
export class NullType implements Type {
  readonly key: string = "null";
  /** Why there is no value. */
  readonly whyNull: string;

  /**
   * Makes the type.
   *
   * @param whyNull Why there is no value.
   */
  constructor(whyNull: string = "(no explanation given)") {
    this.whyNull = whyNull;
  }

  equals(other: Type): boolean {
    return other instanceof NullType;
  }

  filter(): never {
    return raise("ValueError", "No values may be assigned to a NullType");
  }

  makeVariable(name?: string): Variable {
    return new Variable(this, name);
  }

  makeConstant(): never {
    return this.filter();
  }

  convertVariable(variable: Variable): Variable | undefined {
    return this.equals(variable.type) ? variable : undefined;
  }

  toString(): string {
    return "NullType";
  }
}

/** The one instance that is needed. Theano: `disconnected_type`. */
export const disconnectedType: DisconnectedType = new DisconnectedType();

/** Whether a variable stands for a gradient along a path that does not exist. */
export function isDisconnected(variable: Variable): boolean {
  return variable.type instanceof DisconnectedType;
}

/** Why a variable has no value, or undefined if it may have one. */
export function whyNull(variable: Variable): string | undefined {
  return variable.type instanceof NullType ? variable.type.whyNull : undefined;
}

/**
 * The gradient by an input for which an op has none yet.
 *
 * Theano: `theano.gradient.grad_not_implemented`.
 *
 * @param op The op.
 * @param position Which input.
 * @param x The input.
 * @param comment What else the user should know.
 * @returns A variable of {@linkcode NullType}.
 */
export function gradNotImplemented(
  op: Op,
  position: number,
  x: Variable,
  comment: string = "",
): Variable {
  return nullGradient(op, position, x, `not implemented. ${comment}`);
}

/**
 * The gradient by an input for which an op has none in mathematics.
 *
 * Theano: `theano.gradient.grad_undefined`.
 *
 * @param op The op.
 * @param position Which input.
 * @param x The input.
 * @param comment What else the user should know.
 * @returns A variable of {@linkcode NullType}.
 */
export function gradUndefined(
  op: Op,
  position: number,
  x: Variable,
  comment: string = "",
): Variable {
  return nullGradient(op, position, x, `mathematically undefined. ${comment}`);
}

function nullGradient(op: Op, position: number, x: Variable, why: string): Variable {
  const text =
    `This variable is Null because the grad method for input ${position} (${x}) of the ` +
    `${op.name} op is ${why}`;
  return new NullType(text).makeVariable();
}
