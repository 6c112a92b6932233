/**
 * @file What is known of a value while building: constant scalars, lengths of vectors, and the
 * scalars a vector is made of.
 *
 * Ops are told apart by their kind, so that this file lies below those that make such ops.
 */

import { NDArray } from "../array/ndarray.ts";
import { raise } from "../errors.ts";
import type { Apply } from "../graph/variable.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import { TensorConstant, TensorVariable } from "../tensor/tensor_variable.ts";
import { call } from "../graph/op.ts";
import { arrayOf, elementsOf, numbersOf } from "./elements.ts";
import { Elementwise, isComposite } from "./elementwise.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { isTensorOp, type OpKind, type TensorOp } from "./kind.ts";
import { axisSize, type ShapeI } from "./shape.ts";
import { itemVariable } from "./shape_item.ts";

const maxDepth = 10;

/** Ops whose scalar value is that of their first input. */
const passing: ReadonlySet<OpKind> = new Set<OpKind>([
  "alloc",
  "dimshuffle",
  "rebroadcast",
  "reshape",
  "specifyShape",
  "view",
  "deepCopy",
]);

/** Elementwise ops that are computed from constant inputs. */
const computed: ReadonlySet<string> = new Set([
  "identity",
  "neg",
  "inv",
  "add",
  "sub",
  "mul",
  "true_div",
  "int_div",
  "mod",
  "maximum",
  "minimum",
  "lt",
  "le",
  "gt",
  "ge",
  "eq",
  "neq",
  "switch",
  "and_",
  "or_",
  "invert",
]);

/** Options of {@linkcode getScalarConstantValue}. */
export interface ConstantValueOptions {
  /** Whether to look through elementwise ops. */
  readonly elemwise?: boolean;
  /** Whether to look at constants only. */
  readonly onlyProcessConstants?: boolean;
  /** How many nodes to look through. */
  readonly maxRecur?: number;
}

/**
 * The value of a variable that is a constant scalar, or one scalar repeated.
 *
 * Looks through allocations, views, casts, fills, simple arithmetic, shapes that are known, and
 * items of vectors made of scalars.
 *
 * Shapes: any → `()`.
 * Dtypes: unchanged.
 * Theano: `theano.tensor.get_scalar_constant_value`.
 *
 * @param value A variable, number or array.
 * @param options What to look through.
 * @returns A 0-d array.
 * @throws {NotScalarConstantError} If the value is not known to be one constant.
 */
export function getScalarConstantValue(
  value: unknown,
  options: ConstantValueOptions = {},
): NDArray {
  const found = constantValue(asTensorVariable(value), options);
  if (found === undefined) raise("NotScalarConstantError", `${value} is not a constant scalar`);
  return found;
}

/**
 * The value of a constant scalar, or the value itself.
 *
 * Shapes: any.
 * Dtypes: unchanged.
 * Theano: `theano.tensor.extract_constant`.
 *
 * @param value A variable, number or array.
 * @param options What to look through.
 * @returns A 0-d array if it is known, else the value as a variable.
 */
export function extractConstant(
  value: unknown,
  options: ConstantValueOptions = {},
): NDArray | TensorVariable {
  const variable = asTensorVariable(value);
  return constantValue(variable, options) ?? variable;
}

/** The number that an integer scalar is known to be, or undefined. */
export function knownNumber(x: TensorVariable): number | undefined {
  const found = constantValue(x, {});
  return found && Number(elementsOf(found)[0]);
}

/** As {@linkcode getScalarConstantValue}, undefined where that throws. */
export function constantValue(
  x: TensorVariable,
  options: ConstantValueOptions,
): NDArray | undefined {
  const { elemwise = true, onlyProcessConstants = false, maxRecur = maxDepth } = options;
  if (x instanceof TensorConstant) return uniqueValue(x.data);
  if (onlyProcessConstants || maxRecur <= 0 || !x.owner || !isTensorOp(x.owner.op)) {
    return undefined;
  }
  const below = { elemwise, maxRecur: maxRecur - 1 };
  return valueOfNode(x, x.owner, x.owner.op, below);
}

function valueOfNode(
  x: TensorVariable,
  node: Apply,
  op: TensorOp,
  below: ConstantValueOptions,
): NDArray | undefined {
  const [first] = node.inputs as TensorVariable[];
  if (passing.has(op.kind)) return constantValue(first!, below);
  switch (op.kind) {
    case "assert":
      return valueOfAssert(node, below);
    case "shapeI":
      return first instanceof TensorVariable ? knownSize(first, (op as ShapeI).axis) : undefined;
    case "elementwise":
      return below.elemwise ? valueOfElementwise(x, node, op as Elementwise, below) : undefined;
    case "makeVector":
      return node.inputs.length === 1 ? constantValue(first!, below) : undefined;
    case "subtensor":
      return x.ndim === 0 ? valueOfItem(x, below) : undefined;
    default:
      return undefined;
  }
}

/** The one element of an array that holds the same one everywhere. */
function uniqueValue(data: NDArray): NDArray | undefined {
  const [first, ...rest] = elementsOf(data);
  if (first === undefined) {
    return data.size === 0 ? raise("EmptyConstantError", "the constant has no element") : undefined;
  }
  const text = String(first);
  return rest.every((element) => String(element) === text)
    ? NDArray.scalar(first, data.dtype)
    : undefined;
}

function knownSize(x: TensorVariable, axis: number): NDArray | undefined {
  if (x instanceof TensorConstant) return arrayOf([x.data.shape[axis]!], [], "int64");
  return x.broadcastable[axis] ? arrayOf([1], [], "int64") : undefined;
}

function valueOfAssert(node: Apply, below: ConstantValueOptions): NDArray | undefined {
  const [x, ...conditions] = (node.inputs as TensorVariable[]).map((v) => constantValue(v, below));
  const hold = conditions.every((c) => c !== undefined && Number(elementsOf(c)[0]) !== 0);
  return hold ? x : undefined;
}

function valueOfElementwise(
  x: TensorVariable,
  node: Apply,
  op: Elementwise,
  below: ConstantValueOptions,
): NDArray | undefined {
  const { scalar } = op;
  if (isComposite(scalar)) return undefined;
  if (scalar.name === "second") return constantValue(node.inputs[1] as TensorVariable, below);
  if (!computed.has(scalar.name) && !scalar.name.startsWith("Cast{")) return undefined;
  const values = (node.inputs as TensorVariable[]).map((v) => constantValue(v, below));
  if (!values.every((v) => v !== undefined)) return undefined;
  const single = op.makeNode(...values.map((v) => constant(v)));
  return op.perform(single, values)[0]!.astype(x.dtype);
}

/** An item of a vector: the scalar there, looked into. */
function valueOfItem(x: TensorVariable, below: ConstantValueOptions): NDArray | undefined {
  const item = takenItems(x);
  return item && constantValue(item[0]!, below);
}

/**
 * The scalars taken from a vector of known scalars by an index of constants: one for an integer, in
 * a list for a slice; undefined if the vector or the index is not known.
 */
function takenItems(x: TensorVariable): TensorVariable[] | undefined {
  const node = x.owner!;
  const [vector, ...index] = node.inputs as TensorVariable[];
  if (vector!.ndim !== 1 || !index.every((i) => i instanceof TensorConstant)) return undefined;
  const items = knownItems(vector!);
  if (!items) return undefined;
  const positions = arrayOf([...items.keys()], [items.length], "int64");
  const taken = (node.op as TensorOp).perform(node, [positions, ...index.map((i) => i.data)]);
  return numbersOf(taken[0]!).map((k) => items[k]!);
}

/** The scalars that a vector is made of, where that is known. */
function knownItems(vector: TensorVariable): TensorVariable[] | undefined {
  if (vector instanceof TensorConstant) {
    const { data } = vector;
    return elementsOf(data).map((element) => constant(NDArray.scalar(element, data.dtype)));
  }
  const { owner } = vector;
  if (owner && isTensorOp(owner.op)) {
    const known = itemsOfNode(owner, owner.op);
    if (known) return known;
  }
  return vector.broadcastable[0] ? [dimshuffle(vector)] : undefined;
}

function itemsOfNode(node: Apply, op: TensorOp): TensorVariable[] | undefined {
  const inputs = node.inputs as TensorVariable[];
  switch (op.kind) {
    case "makeVector":
      return inputs;
    case "shape":
      return inputs[0]! instanceof TensorVariable
        ? inputs[0]!.broadcastable.map((_, axis) => itemVariable(axisSize(inputs[0]!, axis)))
        : undefined;
    case "join": {
      const parts = inputs.slice(1).map(knownItems);
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
    }
    case "subtensor":
      return takenItems(node.outputs[0] as TensorVariable);
    case "view":
    case "rebroadcast":
    case "specifyShape":
      return knownItems(inputs[0]!);
    case "elementwise":
      return itemsOfElementwise(inputs, op as Elementwise);
    default:
      return undefined;
  }
}

function itemsOfElementwise(
  inputs: readonly TensorVariable[],
  op: Elementwise,
): TensorVariable[] | undefined {
  if (isComposite(op.scalar)) return undefined;
  const columns = inputs.map(knownItems);
  if (!columns.every((column) => column !== undefined)) return undefined;
  const length = Math.max(...columns.map((column) => column.length));
  if (columns.some((column) => column.length !== 1 && column.length !== length)) return undefined;
  const at = (column: TensorVariable[], k: number): TensorVariable =>
    column.length === 1 ? column[0]! : column[k]!;
  return Array.from(
    { length },
    (_, k) => call(new Elementwise(op.scalar), ...columns.map((c) => at(c, k))) as TensorVariable,
  );
}

/**
 * The scalars that a vector is made of: those of a constant, a list, a shape, a part of one.
 *
 * Shapes: `(n) → n scalars`.
 * Dtypes: each scalar its own.
 *
 * @param vector The vector.
 * @throws {ValueError} If its length is not known while building.
 */
export function vectorItems(vector: TensorVariable): TensorVariable[] {
  return tryVectorItems(vector) ?? raise("ValueError", `length not known: ${vector}`);
}

/** As {@linkcode vectorItems}, undefined where that throws. */
export function tryVectorItems(vector: TensorVariable): TensorVariable[] | undefined {
  if (vector.ndim !== 1) {
    raise("TypeError", `argument must be symbolic vector, got '${vector}' (${vector.type})`);
  }
  return knownItems(vector);
}

/**
 * The length of a vector, where it is known while building: of constants, lists, shapes and parts
 * of them, and of vectors that broadcast.
 *
 * Shapes: `(n) → n`.
 * Dtypes: any.
 * Theano: `theano.tensor.get_vector_length`.
 *
 * @param vector The vector.
 * @returns The length.
 * @throws {ValueError} If it is not known, or the variable is not a vector.
 */
export function getVectorLength(vector: unknown): number {
  const variable = asTensorVariable(vector);
  if (variable.ndim !== 1) {
    raise("TypeError", `argument must be symbolic vector, got '${variable}' (${variable.type})`);
  }
  return variable instanceof TensorConstant
    ? variable.data.shape[0]!
    : vectorItems(variable).length;
}
