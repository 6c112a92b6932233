/**
 * @file Which kinds of op a device computes, and which of their inputs must lie there.
 */

import { type DType, isDiscrete, isInteger } from "../core/dtype/dtype.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { CustomOp } from "../core/ops/custom.ts";
import { shapeGraph } from "../core/ops/custom_code.ts";
import { hostOp } from "../core/ops/device_op.ts";
import { type Elementwise, isComposite } from "../core/ops/elementwise.ts";
import type { OpKind } from "../core/ops/kind.ts";
import { MrgUniform } from "../core/ops/random_mrg.ts";
import type { Reduce } from "../core/ops/reduce.ts";
import { TensorConstant, TensorVariable } from "../core/tensor/tensor_variable.ts";

/** The dtypes of numbers that a device computes with. */
const deviceDTypes: ReadonlySet<DType> = new Set(["bool", "int32", "uint32", "float32"]);

/** Whether a device computes with numbers of a dtype. */
export function isDeviceDType(dtype: DType): boolean {
  return deviceDTypes.has(dtype);
}

/** The inputs that must lie on the device, by number; undefined if the node cannot run there. */
type Placing = (node: Apply) => readonly number[] | undefined;

const never: Placing = () => undefined;
const none: Placing = () => [];
const first: Placing = () => [0];
const all: Placing = ({ inputs }) => [...inputs.keys()];
const allButFirst: Placing = (node) => all(node)!.slice(1);

/** Every input that is an array or a number of the device; index arrays may be int64. */
const arrays: Placing = ({ inputs }) =>
  [...inputs.keys()].filter((i) => {
    const x = inputs[i]!;
    return x instanceof TensorVariable && (x.ndim > 0 || isDeviceDType(x.dtype));
  });

/** Elementwise nodes whose every step is on numbers of the device; lengths are the host's. */
const elementwise: Placing = (node) => {
  const { scalar } = hostOp(node.op) as Elementwise;
  const hasBody = isComposite(scalar)
    ? scalar.steps.every((step) => step.scalar.body && isDeviceDType(step.dtype))
    : scalar.body !== undefined;
  const isLength = node.outputs.every((x) =>
    x instanceof TensorVariable && x.ndim === 0 && isDiscrete(x.dtype)
  );
  const wanted = all(node)!.filter((i) => !isParameter(node.inputs[i]!));
  return hasBody && !isLength ? wanted : undefined;
};

/**
 * Whether a variable is an integer that kernels are called with: a length or an index; or a constant
 * of 8 or 16 bits, which they have in the dtype of their other operands.
 */
function isParameter(x: Variable): boolean {
  if (!(x instanceof TensorVariable) || !isInteger(x.dtype)) return false;
  return x instanceof TensorConstant
    ? x.data.size === 1 && /8|16/.test(x.dtype)
    : x.broadcastable.every(Boolean);
}

const reduce: Placing = ({ op }) =>
  (hostOp(op) as Reduce).record.scalar.body === undefined ? undefined : [0];

/** Draws of MRG31k3p, in float32: where their states are. */
const random: Placing = ({ op }) => hostOp(op) instanceof MrgUniform ? [0] : undefined;

/** A user's op whose shader sees no more arrays than every device allows, and that tells its shapes. */
const custom: Placing = (node) => {
  const op = hostOp(node.op);
  const wgsl = op instanceof CustomOp ? op.wgsl?.(node) : undefined;
  const isSmall = wgsl !== undefined && wgsl.bindings.length <= mostArrays;
  return isSmall && shapeGraph(op!, node) !== undefined ? all(node) : undefined;
};

/** Storage buffers that a shader may see on every device. */
const mostArrays = 8;

// deno-fmt-ignore
const placings: Readonly<Record<OpKind, Placing>> = {
  elementwise, reduce,
  argmax: first, cumulative: first, sort: first,
  dimshuffle: first, reshape: first, specifyShape: first, rebroadcast: first,
  shape: never, shapeI: never,
  alloc: first, allocEmpty: none, arange: never, eye: never, makeVector: never,
  join: allButFirst, split: first,
  subtensor: first, incSubtensor: (node) => all(node)!.slice(0, 2),
  advancedSubtensor: arrays, advancedIncSubtensor: arrays, nonzero: never,
  dot: all, batchedDot: all, gemm: all, gemv: all, ger: all,
  softmax: all, crossentropy: all,
  view: first, deepCopy: first, assert: first,
  random, library: never, transfer: never,
  scan: never, scanSteps: never, ifElse: never, custom,
};

/** Kinds whose indices, given or found, may be int64. */
const indexing: ReadonlySet<OpKind> = new Set([
  "argmax",
  "sort",
  "advancedSubtensor",
  "advancedIncSubtensor",
  "crossentropy",
]);

const indexDTypes: ReadonlySet<DType> = new Set(["int32", "uint32", "int64"]);

/**
 * The inputs of a node that must lie on the device for it to run there.
 *
 * @param node A node of tensors.
 * @returns Their numbers; undefined if the node cannot run there.
 */
export function deviceInputs(node: Apply): readonly number[] | undefined {
  const op = hostOp(node.op);
  if (op === undefined) return undefined;
  const wanted = placings[op.kind](node);
  const isIndexed = indexing.has(op.kind);
  const fits = (x: unknown): boolean =>
    x instanceof TensorVariable &&
    (isDeviceDType(x.dtype) || (isIndexed && indexDTypes.has(x.dtype)));
  const isFit = wanted?.every((i) => fits(node.inputs[i])) && node.outputs.every(fits);
  return isFit ? wanted : undefined;
}
