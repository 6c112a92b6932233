/**
 * @file What all structural ops share: being applied to anything that stands for a tensor.
 */

import type { NDArray } from "../array/ndarray.ts";
import { type AliasMap, applyOp } from "../graph/op.ts";
import type { Apply } from "../graph/variable.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import type { OpKind, Shape, TensorOp } from "./kind.ts";

/** The alias map of an op whose first output is a view of its first input. */
export const firstIsView: AliasMap = new Map([[0, 0]]);

/** A tensor op with a structure of its own: one class each. */
export abstract class StructuralOp implements TensorOp {
  abstract readonly kind: OpKind;
  abstract readonly name: string;
  abstract makeNode(...inputs: TensorVariable[]): Apply;
  abstract inferShape(node: Apply, shapes: readonly Shape[]): readonly (Shape | null)[];
  abstract perform(node: Apply, inputs: readonly NDArray[]): NDArray[];

  /** Canonical text; the name, where that says everything. */
  get key(): string {
    return this.name;
  }

  /**
   * Applies the op: Theano's `op(x, y)`.
   *
   * @param inputs Tensors, or what can be made one.
   * @returns The output; all outputs in an array, if there are several and none is the default.
   */
  call(...inputs: readonly unknown[]): TensorVariable | TensorVariable[] {
    const node = applyOp(this, inputs.map((x) => asTensorVariable(x)));
    const several = node.outputs.length !== 1 && node.op.defaultOutput === undefined;
    return several ? node.outputs as TensorVariable[] : node.out as TensorVariable;
  }
}
