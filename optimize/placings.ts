/**
 * @file Which kinds of op a device computes, and which of their inputs must lie there.
 */

import { type DType, isDiscrete, isInteger } from "../core/dtype/dtype.ts";
import { ioToposort } from "../core/graph/traverse.ts";
import type { Apply, Variable } from "../core/graph/variable.ts";
import { CustomOp } from "../core/ops/custom.ts";
import { shapeGraph } from "../core/ops/custom_code.ts";
import { hostOp } from "../core/ops/device_op.ts";
import { type Elementwise, isComposite } from "../core/ops/elementwise.ts";
import type { OpKind } from "../core/ops/kind.ts";
import { MrgUniform } from "../core/ops/random_mrg.ts";
import type { Reduce } from "../core/ops/reduce.ts";
import type { Scan } from "../core/ops/scan_op.ts";
import { TensorConstant, TensorVariable } from "../core/tensor/tensor_variable.ts";

/** The dtypes of numbers that a device computes with. */
export type DeviceDTypes = ReadonlySet<DType>;

/** Those of every device. */
export const commonDTypes: DeviceDTypes = new Set(["bool", "int32", "uint32", "float32"]);

/** Those of a device with float16. */
export const dtypesWithFloat16: DeviceDTypes = new Set([...commonDTypes, "float16"]);

/** The inputs that must lie on the device, by number; undefined if the node cannot run there. */
type Placing = (node: Apply, dtypes: DeviceDTypes) => readonly number[] | undefined;

const never: Placing = () => undefined;
const none: Placing = () => [];
const first: Placing = () => [0];
const all: Placing = ({ inputs }) => [...inputs.keys()];
const allButFirst: Placing = ({ inputs }) => [...inputs.keys()].slice(1);

/** Every input that is an array or a number of the device; index arrays may be int64. */
const arrays: Placing = ({ inputs }, dtypes) =>
  [...inputs.keys()].filter((i) => {
    const x = inputs[i]!;
    return x instanceof TensorVariable && (x.ndim > 0 || dtypes.has(x.dtype));
  });

/** Elementwise nodes whose every step is on numbers of the device; lengths are the host's. */
const elementwise: Placing = (node, dtypes) => {
  const { scalar } = hostOp(node.op) as Elementwise;
  const hasForm = hasBody(scalar, (dtype) => dtypes.has(dtype));
  const isLength = node.outputs.every((x) =>
    x instanceof TensorVariable && x.ndim === 0 && isDiscrete(x.dtype)
  );
  const wanted = all(node, dtypes)!.filter((i) => !isParameter(node.inputs[i]!));
  return hasForm && !isLength ? wanted : undefined;
};

/** Whether kernels can compute something elementwise in dtypes that pass a test. */
function hasBody(scalar: Elementwise["scalar"], fits: (dtype: DType) => boolean): boolean {
  return isComposite(scalar)
    ? scalar.steps.every((step) => step.scalar.body && fits(step.dtype))
    : scalar.body !== undefined;
}

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
const random: Placing = ({ op }) => {
  const inner = hostOp(op);
  return inner instanceof MrgUniform && inner.output.dtype === "float32" ? [0] : undefined;
};

/** A user's op whose shader sees no more arrays than every device allows, and that tells its shapes. */
const custom: Placing = (node, dtypes) => {
  const op = hostOp(node.op);
  const wgsl = op instanceof CustomOp ? op.wgsl?.(node) : undefined;
  const isSmall = wgsl !== undefined && wgsl.bindings.length <= mostArrays;
  return isSmall && shapeGraph(op!, node) !== undefined ? all(node, dtypes) : undefined;
};

/** Loops whose turns the device computes; what they count with may stay on the host. */
const scan: Placing = ({ op, inputs }, dtypes) => {
  const { inputs: roots, outputs, form } = hostOp(op) as Scan;
  const isFit = ioToposort(roots, outputs).every((node) => isInBody(node, dtypes));
  if (form.inner?.kind === "compiled" || !isFit) return undefined;
  return [...inputs.keys()].filter((i) => i > 0 && isForDevice(inputs[i]!, dtypes));
};

/** Arrays and floats of the device: integers without axes are the host's. */
function isForDevice(x: Variable, dtypes: DeviceDTypes): boolean {
  return x instanceof TensorVariable && dtypes.has(x.dtype) &&
    (x.ndim > 0 || !isDiscrete(x.dtype));
}

/** Whether a node of a loop's body has a form there: integers are counted with. */
function isInBody(node: Apply, dtypes: DeviceDTypes): boolean {
  if (deviceInputs(node, dtypes)) return true;
  const op = hostOp(node.op);
  if (op === undefined) return false;
  if (op.kind === "shape" || op.kind === "shapeI") return true;
  const variables = [...node.inputs.filter((x) => !isParameter(x)), ...node.outputs];
  const fits = (dtype: DType): boolean => dtypes.has(dtype) || indexDTypes.has(dtype);
  return op.kind === "elementwise" && hasBody((op as Elementwise).scalar, fits) &&
    variables.every((x) => x instanceof TensorVariable && fits(x.dtype));
}

/** Values that are chosen among; the condition is the host's. */
const ifElse: Placing = (node, dtypes) => {
  const wanted = allButFirst(node, dtypes)!;
  return wanted.every((i) => isForDevice(node.inputs[i]!, dtypes)) ? wanted : undefined;
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
  subtensor: first, incSubtensor: () => [0, 1],
  advancedSubtensor: arrays, advancedIncSubtensor: arrays, nonzero: never,
  dot: all, batchedDot: all, gemm: all, gemv: all, ger: all,
  softmax: all, crossentropy: all,
  view: first, deepCopy: first, assert: first,
  random, library: never, transfer: never,
  scan, scanSteps: never, ifElse, custom,
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
 * @param dtypes The dtypes that the device computes with.
 * @returns Their numbers; undefined if the node cannot run there.
 */
export function deviceInputs(node: Apply, dtypes: DeviceDTypes): readonly number[] | undefined {
  const op = hostOp(node.op);
  if (op === undefined) return undefined;
  const wanted = placings[op.kind](node, dtypes);
  const isIndexed = indexing.has(op.kind);
  const fits = (x: unknown): boolean =>
    x instanceof TensorVariable &&
    (dtypes.has(x.dtype) || (isIndexed && indexDTypes.has(x.dtype)));
  const isFit = wanted?.every((i) => fits(node.inputs[i])) && node.outputs.every(fits);
  return isFit ? wanted : undefined;
}
