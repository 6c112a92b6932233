/**
 * @file Identities: ops that pass their input on, for the sake of what they say about its gradient.
 */

import type { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import { type AliasMap, call } from "../graph/op.ts";
import { Apply, type Variable } from "../graph/variable.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { elementsOf } from "./elements.ts";
import type { Shape, TensorOp } from "./kind.ts";
import { firstIsView, StructuralOp } from "./structural.ts";

/** The input itself, of any type. Theano: `ViewOp`. */
export class ViewOp implements TensorOp {
  readonly kind = "view";
  readonly viewMap: AliasMap = firstIsView;

  get name(): string {
    return "ViewOp";
  }

  /** Canonical text. */
  get key(): string {
    return this.name;
  }

  makeNode(x: Variable): Apply {
    return new Apply(this, [x], [x.type.makeVariable()]);
  }

  inferShape(_: Apply, shapes: readonly Shape[]): readonly Shape[] {
    return shapes;
  }

  perform(_: Apply, inputs: readonly NDArray[]): NDArray[] {
    return [...inputs];
  }

  /** Applies the op. */
  call(x: Variable): Variable {
    return call(this, x);
  }
}

/** The input, through which no gradient flows: the path counts as absent. */
export class DisconnectedGrad extends ViewOp {
  override get name(): string {
    return "DisconnectedGrad";
  }
}

/** The input, whose gradient is zero. */
export class ZeroGrad extends ViewOp {
  override get name(): string {
    return "ZeroGrad";
  }
}

/** The input, whose gradient is undefined: asking for it is an error. */
export class UndefinedGrad extends ViewOp {
  override get name(): string {
    return "UndefinedGrad";
  }
}

/** The input; its gradient is clipped to an interval. */
export class GradClip extends ViewOp {
  /**
   * Makes the op.
   *
   * @param lower Least gradient passed on.
   * @param upper Largest gradient passed on.
   */
  constructor(readonly lower: number, readonly upper: number) {
    super();
  }

  override get name(): string {
    return "GradClip";
  }

  override get key(): string {
    return `GradClip{${this.lower},${this.upper}}`;
  }
}

/** The input; its gradient is multiplied by a number. */
export class GradScale extends ViewOp {
  /**
   * Makes the op.
   *
   * @param multiplier What the gradient is multiplied by.
   */
  constructor(readonly multiplier: number) {
    super();
  }

  override get name(): string {
    return "GradScale";
  }

  override get key(): string {
    return `GradScale{${this.multiplier}}`;
  }
}

/** A copy of the input, of any type, with memory of its own. Theano: `DeepCopyOp`. */
export class DeepCopyOp implements TensorOp {
  readonly kind = "deepCopy";
  readonly name = "DeepCopyOp";
  readonly key = "DeepCopyOp";

  makeNode(x: Variable): Apply {
    return new Apply(this, [x], [x.type.makeVariable()]);
  }

  inferShape(_: Apply, shapes: readonly Shape[]): readonly Shape[] {
    return shapes;
  }

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    return [x!.copy()];
  }

  /** Applies the op. */
  call(x: Variable): Variable {
    return call(this, x);
  }
}

/** The input as it is. */
export const viewOp: ViewOp = new ViewOp();
/** A copy of the input. */
export const deepCopyOp: DeepCopyOp = new DeepCopyOp();

/**
 * The first input, if all the others are true. Theano: `Assert`.
 *
 * `new Assert("n must be positive").call(x, n.gt(0))` is `x`, checked at each run.
 */
export class Assert extends StructuralOp {
  readonly kind = "assert";
  readonly viewMap: AliasMap = firstIsView;

  /**
   * Makes the op.
   *
   * @param message Text of the error.
   */
  constructor(readonly message: string = "Theano Assert failed!") {
    super();
  }

  get name(): string {
    return `Assert{msg='${this.message}'}`;
  }

  makeNode(x: TensorVariable, ...conditions: TensorVariable[]): Apply {
    const wrong = conditions.find((c) => c.ndim !== 0);
    if (wrong) {
      raise("TypeError", `Assert: conditions must be scalars, not ${wrong} (${wrong.type})`);
    }
    return new Apply(this, [x, ...conditions], [x.type.makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    return [shape!];
  }

  perform(_: Apply, [x, ...conditions]: readonly NDArray[]): NDArray[] {
    const holds = conditions.every((c) => Number(elementsOf(c)[0]) !== 0);
    if (!holds) raise("AssertionError", this.message);
    return [x!];
  }
}

/** {@linkcode Assert} with the message `Theano Assert failed!`. */
export const assertOp: Assert = new Assert();

/**
 * The input with some axes declared to have length one, or not to. Theano: `Rebroadcast`.
 */
export class Rebroadcast extends StructuralOp {
  readonly kind = "rebroadcast";
  readonly viewMap: AliasMap = firstIsView;
  /** For each changed axis, in order: whether its length is one. */
  readonly axes: readonly (readonly [axis: number, broadcastable: boolean])[];

  /**
   * Makes the op.
   *
   * @param axes Pairs of an axis and whether its length is one.
   */
  constructor(...axes: readonly (readonly [axis: number, broadcastable: boolean])[]) {
    super();
    this.axes = [...new Map(axes)].sort(([a], [b]) => a - b);
  }

  /** Theano's text: a question mark for axes left alone, then 0 or 1. */
  get name(): string {
    const last = this.axes.at(-1)?.[0] ?? -1;
    const known = new Map(this.axes);
    const flags = Array.from({ length: last + 1 }, (_, axis) => {
      const one = known.get(axis);
      return one === undefined ? "?" : String(Number(one));
    });
    return `Rebroadcast{${flags.join(",")}}`;
  }

  makeNode(x: TensorVariable): Apply {
    const last = this.axes.at(-1)?.[0] ?? -1;
    if (last >= x.ndim) raise("ValueError", "Trying to rebroadcast non-existent dimension");
    const changed = new Map(this.axes);
    const pattern = x.broadcastable.map((one, axis) => changed.get(axis) ?? one);
    return new Apply(this, [x], [x.type.clone({ broadcastable: pattern }).makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    const ones = new Map(this.axes);
    return [shape!.map((size, axis) => ones.get(axis) ? 1 : size)];
  }

  perform(_: Apply, [x]: readonly NDArray[]): NDArray[] {
    for (const [axis, one] of this.axes) {
      const length = x!.shape[axis]!;
      if (one && length !== 1) {
        raise(
          "ValueError",
          `Dimension ${axis} in Rebroadcast's input was supposed to be 1 (got ${length} instead)`,
        );
      }
    }
    return [x!];
  }
}

/**
 * The tensor with axes declared to have length one, so that they broadcast. Checked at run time.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged.
 * Theano: `theano.tensor.addbroadcast`.
 *
 * @param x The tensor.
 * @param axes The axes; negative ones count from the end.
 * @returns A view, or `x` itself if nothing changes.
 * @throws {ValueError} If there is no such axis.
 */
export function addbroadcast(x: unknown, ...axes: readonly number[]): TensorVariable {
  return rebroadcast(x, axes, true);
}

/**
 * The tensor with axes declared to have any length, so that they do not broadcast.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged.
 * Theano: `theano.tensor.unbroadcast`.
 *
 * @param x The tensor.
 * @param axes The axes; negative ones count from the end.
 * @returns A view, or `x` itself if nothing changes.
 * @throws {ValueError} If there is no such axis.
 */
export function unbroadcast(x: unknown, ...axes: readonly number[]): TensorVariable {
  return rebroadcast(x, axes, false);
}

function rebroadcast(x: unknown, axes: readonly number[], one: boolean): TensorVariable {
  const variable = asTensorVariable(x);
  const pattern = [...variable.broadcastable];
  for (const axis of axes) {
    const position = axis < 0 ? axis + variable.ndim : axis;
    if (!(position in pattern)) {
      raise("ValueError", "Trying to rebroadcast non-existent dimension");
    }
    pattern[position] = one;
  }
  return patternbroadcast(variable, pattern);
}

/**
 * The tensor with another broadcast pattern. Axes that are declared to have length one are checked
 * at run time.
 *
 * Shapes: unchanged.
 * Dtypes: unchanged.
 * Theano: `theano.tensor.patternbroadcast`.
 *
 * @param x The tensor.
 * @param broadcastable For each axis, whether its length is one.
 * @returns A view, or `x` itself if the pattern is its own.
 * @throws {ValueError} If there are not as many flags as axes.
 */
export function patternbroadcast(
  x: unknown,
  broadcastable: readonly boolean[],
): TensorVariable {
  const variable = asTensorVariable(x);
  if (broadcastable.length !== variable.ndim) {
    raise(
      "ValueError",
      `patternbroadcast: ${broadcastable.length} flags for ${variable} with ${variable.ndim} axes`,
    );
  }
  const changes = [...broadcastable.entries()].filter(([axis, one]) =>
    one !== variable.broadcastable[axis]
  );
  return changes.length === 0
    ? variable
    : call(new Rebroadcast(...changes), variable) as TensorVariable;
}
