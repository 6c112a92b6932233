/**
 * @file Elementwise ops: one op for every record, and the makers that turn a record into a function.
 */

import { NDArray } from "../array/ndarray.ts";
import { broadcastStrides } from "./broadcast.ts";
import {
  Complex,
  type DType,
  type Element,
  getElement,
  isComplex,
  isDType,
  isInteger,
  makeStorage,
  setElement,
  toElement,
} from "../dtype/dtype.ts";
import { config } from "../config/config.ts";
import { fail, raise } from "../errors.ts";
import { type AliasMap, call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { asTensorVariable } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { padLeft } from "./dimshuffle.ts";
import type { Shape, TensorOp } from "./kind.ts";
import {
  type Composite,
  operandDTypes,
  resultDType,
  type ScalarOp,
  spokenName,
} from "./scalar_op.ts";
import { compositeName } from "./composite_text.ts";

const nothingInPlace: AliasMap = new Map();

/** Applies a record, or several fused ones, to each element of broadcast inputs. Theano: `Elemwise`. */
export class Elementwise implements TensorOp {
  readonly kind = "elementwise";

  /**
   * Makes the op.
   *
   * @param scalar What is done to each element.
   * @param destroyMap For each output that overwrites an input: that input.
   */
  constructor(
    readonly scalar: ScalarOp | Composite,
    readonly destroyMap: AliasMap = nothingInPlace,
  ) {}

  get name(): string {
    const { scalar } = this;
    const inplace = [...this.destroyMap].map(([o, i]) => `(${o}, ${i})`).join(", ");
    if (isComposite(scalar)) {
      return `Elemwise{${compositeName(scalar)}}${inplace && `[${inplace}]`}`;
    }
    if (inplace) return `Elemwise{${className(scalar)}}[${inplace}]`;
    return scalar.label ?? `Elemwise{${scalar.name},no_inplace}`;
  }

  get key(): string {
    const inplace = [...this.destroyMap].map(([o, i]) => `${o}<-${i}`).join();
    return `elementwise{${scalarKey(this.scalar)}}${inplace && `[${inplace}]`}`;
  }

  makeNode(...given: TensorVariable[]): Apply {
    const { scalar } = this;
    if (!isComposite(scalar)) checkArity(scalar, given.length);
    const ndim = Math.max(0, ...given.map((x) => x.ndim));
    const inputs = given.map((x) => padLeft(x, ndim));
    const pattern = [...new Array(ndim).keys()].map((axis) =>
      inputs.every((x) => x.broadcastable[axis]!)
    );
    const outputs = outputDTypes(scalar, inputs).map((dtype) =>
      new TensorType(dtype, pattern).makeVariable()
    );
    return new Apply(this, inputs, outputs);
  }

  inferShape(node: Apply, shapes: readonly Shape[]): readonly Shape[] {
    const inputs = node.inputs as TensorVariable[];
    const { broadcastable } = node.outputs[0] as TensorVariable;
    const shape = broadcastable.map((one, axis) => one ? 1 : longAxis(inputs, shapes, axis));
    return node.outputs.map(() => shape);
  }

  perform(node: Apply, inputs: readonly NDArray[]): NDArray[] {
    const shape = commonShape(node, inputs);
    const { scalar } = this;
    if (!isComposite(scalar)) {
      return [applyRecord(scalar, inputs, shape, (node.outputs[0] as TensorVariable).dtype)];
    }
    const values = [...inputs];
    for (const step of scalar.steps) {
      const args = step.args.map((i) => values[i]!);
      values.push(applyRecord(step.scalar, args, shape, step.dtype));
    }
    return scalar.outputs.map((i) => values[i]!);
  }
}

/** Whether an elementwise op is several fused ones. */
export function isComposite(scalar: ScalarOp | Composite): scalar is Composite {
  return "steps" in scalar;
}

/** Theano's name of the scalar class. */
export function className(scalar: ScalarOp): string {
  if (scalar.className) return scalar.className;
  return scalar.name.split("_").map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
}

function scalarKey(scalar: ScalarOp | Composite): string {
  if (!isComposite(scalar)) return scalar.name;
  const steps = scalar.steps.map((s) => `${s.scalar.name}:${s.dtype}(${s.args})`);
  return `${scalar.inputs};${steps.join(";")};${scalar.outputs}`;
}

function checkArity(scalar: ScalarOp, count: number): void {
  const enough = scalar.variadic ? count >= 1 : count === scalar.arity;
  if (!enough) {
    raise("TypeError", `${spokenName(scalar)} takes ${scalar.arity} input(s), not ${count}`);
  }
}

function outputDTypes(scalar: ScalarOp | Composite, inputs: readonly TensorVariable[]): DType[] {
  if (isComposite(scalar)) {
    const { inputs: dtypes, steps } = scalar;
    return scalar.outputs.map((i) =>
      i < dtypes.length ? dtypes[i]! : steps[i - dtypes.length]!.dtype
    );
  }
  const dtype = resultDType(scalar, inputs.map((x) => x.dtype), config.floatX);
  if (isDType(dtype)) return [dtype];
  const operands = inputs.map((x) => `${x} (${x.type})`).join(" and ");
  return fail("TypeError", `apply ${spokenName(scalar)} to ${operands}`, dtype);
}

function longAxis(
  inputs: readonly TensorVariable[],
  shapes: readonly Shape[],
  axis: number,
): Shape[number] {
  const long = inputs.findIndex((x) => !x.broadcastable[axis]!);
  return shapes[long]![axis]!;
}

/** The shape that the inputs broadcast to, by their static patterns. */
function commonShape(node: Apply, inputs: readonly NDArray[]): number[] {
  const { broadcastable } = node.outputs[0] as TensorVariable;
  return broadcastable.map((one, axis) => {
    if (one) return 1;
    const long = [...inputs.keys()].filter((i) =>
      !(node.inputs[i] as TensorVariable).broadcastable[axis]!
    );
    const length = inputs[long[0]!]!.shape[axis]!;
    const other = long.find((i) => inputs[i]!.shape[axis] !== length);
    if (other !== undefined) {
      raise(
        "ValueError",
        `Input dimension mis-match. (input[${long[0]}].shape[${axis}] = ${length}, ` +
          `input[${other}].shape[${axis}] = ${inputs[other]!.shape[axis]})`,
      );
    }
    return length;
  });
}

/** A record on every element: the reference. */
function applyRecord(
  scalar: ScalarOp,
  inputs: readonly NDArray[],
  shape: readonly number[],
  output: DType,
): NDArray {
  const dtypes = operandDTypes(scalar, inputs.map((x) => x.dtype), output);
  const evaluate = reference(scalar, dtypes);
  const columns = inputs.map((x, i) => elements(x, shape, dtypes[i]!));
  const size = shape.reduce((a, b) => a * b, 1);
  const data = makeStorage(output, size);
  const args = new Array<Element>(inputs.length);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < args.length; i++) args[i] = columns[i]![k]!;
    setElement(data, k, toElement(evaluate(args), output), output);
  }
  return NDArray.of(data, shape, output);
}

/** The elements of an array broadcast to a shape, in C order, each converted to a dtype. */
function elements(x: NDArray, shape: readonly number[], dtype: DType): Element[] {
  const strides = broadcastStrides(x.shape, shape);
  const result: Element[] = [];
  const walk = (axis: number, offset: number): void => {
    if (axis === shape.length) {
      result.push(toElement(getElement(x.data, offset, x.dtype), dtype));
      return;
    }
    for (let i = 0; i < shape[axis]!; i++) walk(axis + 1, offset + i * strides[axis]!);
  };
  walk(0, 0);
  return result;
}

/** The oracle for operands of these dtypes: complex, big or plain. */
function reference(
  scalar: ScalarOp,
  dtypes: readonly DType[],
): (xs: readonly Element[]) => Element {
  if (dtypes.some(isComplex)) {
    const { complex } = scalar;
    if (!complex) raise("ComplexError", `${scalar.name} is not defined for complex numbers`);
    return (xs) => fold(scalar, complex, xs.map(toComplex)) as Element;
  }
  const { big, ref, truth } = scalar;
  if (truth && dtypes.every((dtype) => dtype === "bool")) {
    return (xs) => fold(scalar, truth, xs.map(Boolean)) as Element;
  }
  // A product of two 32-bit integers is more than a double holds.
  if (big && dtypes.some(isInteger)) {
    return (xs) => fold(scalar, big, xs.map((x) => BigInt(x as bigint))) as Element;
  }
  return (xs) => fold(scalar, ref, xs.map(Number)) as Element;
}

function toComplex(x: Element): Complex {
  return x instanceof Complex ? x : new Complex(Number(x));
}

/** Folds a variadic record in from the left; applies any other to all its arguments. */
function fold<T>(scalar: ScalarOp, f: (...xs: T[]) => unknown, xs: readonly T[]): unknown {
  if (!scalar.variadic) return f(...xs);
  return xs.slice(1).reduce<T>((sum, x) => f(sum, x) as T, xs[0]!);
}

/** What an elementwise function carries besides being called. */
export interface ElementwiseFacts {
  /** The op, for patterns and graphs. */
  readonly op: Elementwise;
  /** The record. */
  readonly record: ScalarOp;
}

/** A function of one tensor. */
export type Unary = ElementwiseFacts & ((x: TensorLike) => TensorVariable);
/** A function of two tensors. */
export type Binary = ElementwiseFacts & ((x: TensorLike, y: TensorLike) => TensorVariable);
/** A function of three tensors. */
export type Ternary =
  & ElementwiseFacts
  & ((x: TensorLike, y: TensorLike, z: TensorLike) => TensorVariable);
/** A function of one or more tensors. */
export type Variadic = ElementwiseFacts & ((...xs: TensorLike[]) => TensorVariable);

/** A record with one input, its arity left out. */
export type UnaryRecord = Omit<ScalarOp, "arity" | "variadic">;

/** The elementwise function of a record with one input. */
export function unary(record: UnaryRecord): Unary {
  return elementwise({ ...record, arity: 1 }) as Unary;
}

/** The elementwise function of a record with two inputs. */
export function binary(record: UnaryRecord): Binary {
  return elementwise({ ...record, arity: 2 }) as Binary;
}

/** The elementwise function of a record with three inputs. */
export function ternary(record: UnaryRecord): Ternary {
  return elementwise({ ...record, arity: 3 }) as Ternary;
}

/** The elementwise function of a record with any number of inputs, folded from the left. */
export function variadic(record: UnaryRecord): Variadic {
  return elementwise({ ...record, arity: 2, variadic: true }) as Variadic;
}

function elementwise(record: ScalarOp): Variadic {
  const op = new Elementwise(record);
  const apply = (...xs: TensorLike[]): TensorVariable => {
    checkArity(record, xs.length);
    return call(op, ...xs.map((x) => asTensorVariable(x))) as TensorVariable;
  };
  return Object.assign(apply, { op, record });
}

/** Applies a record that was made for one use, such as a cast. */
export function applyScalar(record: ScalarOp, ...xs: TensorVariable[]): TensorVariable {
  return call(new Elementwise(record), ...xs) as TensorVariable;
}
