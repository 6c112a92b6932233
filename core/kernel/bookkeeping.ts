/**
 * @file Elementwise ops on integer scalars as sizes: what indices, bounds and shapes are computed
 * with.
 */

import { type DType, isDiscrete } from "../dtype/dtype.ts";
import type { Apply } from "../graph/variable.ts";
import { Elementwise, isComposite } from "../ops/elementwise.ts";
import { TensorVariable } from "../tensor/tensor_variable.ts";
import type { Size, SizeOp, Sizes } from "./size.ts";

type Meaning = (sizes: Sizes, args: readonly Size[]) => Size;

/** An operation on any number of sizes, from the left. */
function chain(pair: (sizes: Sizes, x: Size, y: Size) => Size): Meaning {
  return (sizes, args) => args.reduce((x, y) => pair(sizes, x, y));
}

function operation(op: SizeOp): Meaning {
  return (sizes, args) => sizes.call(op, ...args);
}

function turned(op: SizeOp): Meaning {
  return (sizes, [x, y]) => sizes.call(op, y!, x!);
}

/** Theano's name to what it does to sizes. */
const meanings: Readonly<Record<string, Meaning>> = {
  add: chain((sizes, x, y) => sizes.add(x, y)),
  sub: chain((sizes, x, y) => sizes.sub(x, y)),
  mul: chain((sizes, x, y) => sizes.mul(x, y)),
  neg: (sizes, [x]) => sizes.sub(sizes.const(0), x!),
  "int_div": operation("floorDiv"),
  mod: operation("floorMod"),
  minimum: chain((sizes, x, y) => sizes.call("min", x, y)),
  maximum: chain((sizes, x, y) => sizes.call("max", x, y)),
  lt: operation("lt"),
  le: operation("le"),
  gt: turned("lt"),
  ge: turned("le"),
  eq: operation("eq"),
  switch: operation("select"),
};

const wideIntegers: readonly DType[] = ["int32", "int64", "uint32", "uint64"];

function meaningOf(node: Apply): Meaning | undefined {
  if (!(node.op instanceof Elementwise) || isComposite(node.op.scalar)) return undefined;
  const { name } = node.op.scalar;
  const isCast = wideIntegers.some((dtype) => name === `Cast{${dtype}}`);
  return isCast ? (_, [x]): Size => x! : meanings[name];
}

/** Whether a node computes an integer scalar from integer scalars in a way that sizes can. */
export function isSizeNode(node: Apply): boolean {
  const [output] = node.outputs;
  const scalars = [output, ...node.inputs];
  return meaningOf(node) !== undefined &&
    scalars.every((x) => x instanceof TensorVariable && x.ndim === 0 && isDiscrete(x.dtype));
}

/**
 * What such a node computes.
 *
 * @param sizes Where sizes are made.
 * @param node The node.
 * @param args Its inputs.
 * @returns Its output; undefined if it cannot be a size.
 */
export function sizeOfNode(sizes: Sizes, node: Apply, args: readonly Size[]): Size | undefined {
  return meaningOf(node)?.(sizes, args);
}
