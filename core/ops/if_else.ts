/**
 * @file The lazy choice: of two branches, only the one that the condition names is computed.
 */

import type { NDArray } from "../array/ndarray.ts";
import { isDiscrete } from "../dtype/dtype.ts";
import { upcast } from "../dtype/promote.ts";
import { raise } from "../errors.ts";
import { applyOp } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { cast } from "./arithmetic.ts";
import { asCondition, switch_ } from "./logic.ts";
import type { Shape, ShapeItem } from "./kind.ts";
import { itemVariable } from "./shape_item.ts";
import { StructuralOp } from "./structural.ts";
import { patternbroadcast } from "./view.ts";

/**
 * Its inputs are the condition, what is given where it is not zero, and what is given where it is.
 * Theano: `IfElse`.
 */
export class IfElse extends StructuralOp {
  readonly kind = "ifElse";

  /**
   * Makes the op.
   *
   * @param count How many values a branch has.
   * @param label What it is called.
   */
  constructor(readonly count: number, readonly label: string = "") {
    super();
  }

  get name(): string {
    return `if{${this.label}}`;
  }

  override get key(): string {
    return `ifElse{${this.count},${this.label}}`;
  }

  makeNode(condition: TensorVariable, ...branches: TensorVariable[]): Apply {
    if (condition.ndim !== 0 || !isDiscrete(condition.dtype)) raise("TypeError", conditionText);
    if (branches.length !== 2 * this.count) {
      raise(
        "ValueError",
        `Wrong number of arguments to make_node: expected ${
          2 * this.count
        }, got ${branches.length}`,
      );
    }
    const outputs = branches.slice(0, this.count).map((then, k) => {
      const other = branches[this.count + k]!;
      if (then.type !== other.type) raise("TypeError", typesText(then, other));
      return then.type.makeVariable();
    });
    return new Apply(this, [condition, ...branches], outputs);
  }

  /** The values of the branches: those for a condition that is not zero first. */
  branchesOf<X>(inputs: readonly X[]): readonly [then: X[], otherwise: X[]] {
    return [inputs.slice(1, 1 + this.count), inputs.slice(1 + this.count)];
  }

  inferShape(node: Apply, shapes: readonly Shape[]): readonly Shape[] {
    const condition = node.inputs[0] as TensorVariable;
    const [then, otherwise] = this.branchesOf(shapes);
    const item = (x: ShapeItem, y: ShapeItem): ShapeItem =>
      x === y ? x : switch_(condition, itemVariable(x), itemVariable(y));
    return then.map((shape, k) => shape.map((x, axis) => item(x, otherwise[k]![axis]!)));
  }

  perform(_: Apply, [condition, ...branches]: readonly NDArray[]): NDArray[] {
    const [then, otherwise] = this.branchesOf([condition!, ...branches]);
    return (Number(condition!.item()) !== 0 ? then : otherwise).map((value) => value.copy());
  }
}

const conditionText =
  "Condition given to the op has to be a scalar with 0 standing for False, anything else for True";

function typesText(then: TensorVariable, otherwise: TensorVariable): string {
  return `The two branches should have identical types, but they are ${then.type} and ` +
    `${otherwise.type} respectively. This error could be raised if for example you provided a one ` +
    "element list on the `then` branch but a tensor on the `else` branch.";
}

/** Options of {@linkcode ifelse}. */
export interface IfElseOptions {
  /** What the op is called in printed graphs. */
  readonly name?: string;
}

/** The optional arguments of {@linkcode ifelse}. */
export type GivenIfElseOptions = Given<IfElseOptions, [name?: string]>;

/** What {@linkcode ifelse} is to its callers. */
export interface IfElseFunction {
  /**
   * Several values, of one branch or the other.
   *
   * @param condition A scalar.
   * @param then What is given where the condition is not zero.
   * @param otherwise What is given where it is zero: as many.
   * @param given A name.
   */
  (
    condition: TensorLike,
    then: readonly TensorVariable[],
    otherwise: readonly TensorVariable[],
    ...given: GivenIfElseOptions
  ): TensorVariable[];
  /**
   * One of two values.
   *
   * @param condition A scalar.
   * @param then What is given where the condition is not zero.
   * @param otherwise What is given where it is zero.
   * @param given A name.
   */
  (
    condition: TensorLike,
    then: TensorLike,
    otherwise: TensorLike,
    ...given: GivenIfElseOptions
  ): TensorVariable;
  /** The same function: Theano has it in a module of this name. */
  readonly ifelse: IfElseFunction;
}

/** The values of a branch: several in an array, or one. */
type Branch = TensorLike | readonly TensorVariable[];

/**
 * One of two values, lazily: what only the other one needs is not computed. It has itself as a property,
 * as Theano's module of this name has it.
 *
 * Shapes: `()` for the condition; those of the branch that is chosen, which may differ.
 * Dtypes: any for the condition, where 0 is false; the two values of a pair have one type.
 * Gradient: by the branches; it is as lazy.
 * Theano: `theano.ifelse.ifelse`.
 *
 * @param condition A scalar.
 * @param then What is given where the condition is not zero: a value, or several in an array.
 * @param otherwise What is given where it is zero: as many.
 * @param given A name.
 * @returns A variable, or an array where `then` is one.
 * @throws {TypeError} If the condition is no scalar, or the types of a pair differ.
 * @throws {ValueError} If the branches have not the same number of values.
 *
 * @example
 * ```ts
 * import * as theano from "@theano/theano";
 * import assert from "node:assert/strict";
 * const { tensor: T } = theano;
 * const [a, b] = T.dscalars("a", "b");
 * const [x, y] = T.dmatrices("x", "y");
 * const f = theano.function([a!, b!, x!, y!], theano.ifelse(T.lt(a!, b!), T.mean(x!), T.mean(y!)));
 * assert.equal(f(0, 1, [[1, 3]], [[5]]).item(), 2);
 * ```
 */
export const ifelse: IfElseFunction = choose as IfElseFunction;
choose.ifelse = ifelse;

function choose(
  condition: TensorLike,
  then: Branch,
  otherwise: Branch,
  ...given: GivenIfElseOptions
): TensorVariable | TensorVariable[] {
  const { name = "" } = optional<IfElseOptions>("ifelse", ["name"], given);
  const [first, second] = [valuesOf(then), valuesOf(otherwise)];
  if (first.length !== second.length) {
    raise(
      "ValueError",
      "The number of values on the `then` branch should have the same number of variables as the " +
        `\`else\` branch : (variables on \`then\` ${first.length}, variables on \`else\` ` +
        `${second.length})`,
    );
  }
  const pairs = first.map((x, k) => paired(x, second[k]!));
  const branches = [...pairs.map(([x]) => x), ...pairs.map(([, y]) => y)];
  const op = new IfElse(pairs.length, name);
  const node = applyOp(op, [asCondition(asTensorVariable(condition)), ...branches]);
  return isList(then) ? [...node.outputs] as TensorVariable[] : node.out as TensorVariable;
}

/** Whether a branch is a list of variables rather than the elements of one. */
function isList(branch: Branch): branch is readonly TensorVariable[] {
  return Array.isArray(branch) && branch.some((x) => typeof x === "object");
}

function valuesOf(branch: Branch): TensorVariable[] {
  return isList(branch) ? branch.map((x) => asTensorVariable(x)) : [asTensorVariable(branch)];
}

/** Two values of one type: a constant takes the other's dtype, axes of length one are forgotten. */
function paired(x: TensorVariable, y: TensorVariable): [TensorVariable, TensorVariable] {
  const [a, b] = [convertedTo(x, y), convertedTo(y, x)];
  if (a.dtype !== b.dtype || a.ndim !== b.ndim) raise("TypeError", typesText(a, b));
  const pattern = a.broadcastable.map((one, axis) => one && b.broadcastable[axis]!);
  return [patternbroadcast(a, pattern), patternbroadcast(b, pattern)];
}

/** A constant in the dtype of what it is paired with, where that can hold it. */
function convertedTo(x: TensorVariable, other: TensorVariable): TensorVariable {
  const isFree = x.kind === "constant" && other.kind !== "constant";
  return isFree && upcast(x.dtype, other.dtype) === other.dtype ? cast(x, other.dtype) : x;
}
