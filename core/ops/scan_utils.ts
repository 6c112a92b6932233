/**
 * @file What Theano keeps beside its loops for those who build graphs of their own.
 */

import { raise } from "../errors.ts";
import { clone } from "../graph/clone.ts";
import { equalComputations as equalGraphs } from "../graph/equal.ts";
import { isConstant, Variable } from "../graph/variable.ts";
import type { DType } from "../dtype/dtype.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { Size, TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import { AllocEmpty } from "./alloc.ts";
import { add } from "./arithmetic.ts";
import { get, setSubtensor } from "./indexing.ts";
import { shapesInside } from "./inner_graph.ts";
import { shapeItems } from "./shape.ts";
import { itemVariable, sizeItem } from "./shape_item.ts";
import { slice } from "./subtensor_index.ts";

/** Options of {@linkcode safeNew}. */
export interface SafeNewOptions {
  /** What is added to the name. */
  readonly tag?: string;
  /** Another dtype. */
  readonly dtype?: DType | "floatX" | null;
}

/**
 * A root like a variable: of its type, with its name; a constant like a constant.
 *
 * Shapes: that of the variable.
 * Dtypes: that of the variable, or the one given.
 * Theano: `theano.scan_module.scan_utils.safe_new`.
 *
 * @param x The variable, or what can be made one.
 * @param given What is added to the name, and another dtype.
 */
export function safeNew(
  x: TensorLike | Variable,
  ...given: Given<SafeNewOptions, [tag?: string, dtype?: DType | "floatX" | null]>
): Variable {
  const { tag = "", dtype } = optional<SafeNewOptions>("safeNew", ["tag", "dtype"], given);
  const model = x instanceof Variable ? x : asTensorVariable(x);
  const name = model.name === undefined ? undefined : model.name + tag;
  if (isConstant(model)) {
    const copy = model.clone();
    copy.name = name;
    return copy;
  }
  if (dtype === undefined || dtype === null || !(model instanceof TensorVariable)) {
    return model.type.makeVariable(name);
  }
  return new TensorType(dtype, model.broadcastable).makeVariable(name);
}

/**
 * A tensor with room for more rows after its own. What they hold is not known.
 *
 * Shapes: `(n, …) → (n + size, …)`.
 * Dtypes: unchanged.
 * Theano: `theano.scan_module.scan_utils.expand_empty`.
 *
 * @param x The tensor.
 * @param size How many rows are added.
 */
export function expandEmpty(x: TensorLike, size: Size): TensorVariable {
  const rows = asTensorVariable(x);
  const [length, ...rest] = shapeItems(rows).map(itemVariable);
  const room = new AllocEmpty(rows.dtype).call(add(length!, size), ...rest) as TensorVariable;
  return setSubtensor(get(room, slice(0, length)), rows);
}

/** Options of {@linkcode equalComputations}. */
export interface EqualComputationsOptions {
  /** Variables of the first graphs … */
  readonly inXs?: readonly Variable[] | null;
  /** … and those of the second ones that they stand for. */
  readonly inYs?: readonly Variable[] | null;
}

/**
 * Whether two lists of variables are computed in the same way.
 *
 * Theano: `theano.scan_module.scan_utils.equal_computations`.
 *
 * @param xs The first list.
 * @param ys The second list.
 * @param given Which variables of the first graphs stand for which of the second.
 * @throws {ValueError} If the lists, or those that stand for each other, are not equally long.
 */
export function equalComputations(
  xs: readonly Variable[],
  ys: readonly Variable[],
  ...given: Given<
    EqualComputationsOptions,
    [inXs?: readonly Variable[] | null, inYs?: readonly Variable[] | null]
  >
): boolean {
  const { inXs, inYs } = optional<EqualComputationsOptions>(
    "equalComputations",
    ["inXs", "inYs"],
    given,
  );
  const [first, second] = [inXs ?? [], inYs ?? []];
  if (xs.length !== ys.length || first.length !== second.length) {
    raise("ValueError", "The number of graphs/inputs in each argument must match.");
  }
  return equalGraphs(xs, ys, first.map((x, i) => [x, second[i]!] as const));
}

/**
 * A copy of the graph between inputs and outputs, with inputs of its own.
 *
 * Theano: `theano.scan_module.scan_utils.reconstruct_graph`.
 *
 * @param inputs Inputs of the graph.
 * @param outputs Outputs of the graph.
 * @returns The inputs and the outputs of the copy.
 */
export function reconstructGraph(
  inputs: readonly Variable[],
  outputs: readonly Variable[],
): [inputs: Variable[], outputs: Variable[]] {
  return clone(inputs, outputs, { copyOrphans: false });
}

/**
 * The shapes of what a graph computes, from those of its inputs.
 *
 * Shapes: one scalar an axis.
 * Dtypes: int64.
 * Theano: `theano.scan_module.scan_utils.infer_shape`.
 *
 * @param outputs What is computed.
 * @param inputs The inputs.
 * @param inputShapes For each input, the length of each axis.
 * @returns For each output, the length of each axis; that of the output itself where values decide.
 */
export function inferShape(
  outputs: readonly TensorVariable[],
  inputs: readonly TensorVariable[],
  inputShapes: readonly (readonly Size[])[],
): TensorVariable[][] {
  const given = inputShapes.map((shape) => shape.map((size) => sizeItem(asTensorVariable(size))));
  return shapesInside(inputs, outputs, given).map((shape, k) =>
    (shape ?? shapeItems(outputs[k]!)).map(itemVariable)
  );
}
