/**
 * @file Reductions: one op for every record.
 */

import type { NDArray } from "../array/ndarray.ts";
import { config } from "../config/config.ts";
import {
  type Complex,
  type DType,
  type Element,
  isComplex,
  isDType,
  isInteger,
  toElement,
} from "../dtype/dtype.ts";
import { fail, raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { Axes, AxisOptions, ProdOptions, SumOptions, TensorLike } from "../tensor/methods.ts";
import { resolveDType, TensorType } from "../tensor/tensor_type.ts";
import { TensorConstant, type TensorVariable } from "../tensor/tensor_variable.ts";
import { different } from "./arithmetic.ts";
import { arrayOf, groupsOf, numbersOf } from "./elements.ts";
import { applyScalar } from "./elementwise.ts";
import type { Shape } from "./kind.ts";
import { makeKeepDims } from "./layout.ts";
import {
  otherReduction,
  reduceDTypes,
  type ReduceParameters,
  type ReduceRecord,
  reductions,
} from "./reduce_record.ts";
import { resultDType, type ScalarOp } from "./scalar_op.ts";
import { StructuralOp } from "./structural.ts";

/** Combines the elements along some axes. Theano: `CAReduce`, `Sum`, `Prod`, `Any`, `All`, …. */
export class Reduce extends StructuralOp implements ReduceParameters {
  readonly kind = "reduce";
  readonly axis: readonly number[] | null;
  readonly dtype: DType | undefined;
  readonly accDtype: DType | undefined;

  /**
   * Makes the op. What is left open is settled when it is applied: a node's op has both dtypes.
   *
   * @param record The reduction.
   * @param parameters Axes, all if null, and dtypes.
   */
  constructor(readonly record: ReduceRecord, parameters: ReduceParameters = { axis: null }) {
    super();
    const { axis, dtype, accDtype } = parameters;
    this.axis = axis && [...new Set(axis)].sort((a, b) => a - b);
    this.dtype = dtype;
    this.accDtype = accDtype;
  }

  get name(): string {
    return this.record.text(this);
  }

  override get key(): string {
    const { id, scalar } = this.record;
    return `${id}:${scalar.name}{${this.axis ?? "all"};${this.dtype};${this.accDtype}}`;
  }

  /** The axes of an input with so many, counted from the front, in order. */
  axesOf(ndim: number): readonly number[] {
    return this.axis ?? Array.from({ length: ndim }, (_, axis) => axis);
  }

  makeNode(x: TensorVariable): Apply {
    const { record } = this;
    const input = record.dtypes === "bool" ? asTruth(x) : x;
    checkElements(record.scalar, input.dtype);
    const axis = this.axis && reducedAxes(x, this.axis);
    const settled = { axis, ...reduceDTypes(record, input.dtype, this) };
    const op = new Reduce(record, settled);
    const gone = op.axesOf(x.ndim);
    const pattern = x.broadcastable.filter((_, i) => !gone.includes(i));
    return new Apply(op, [input], [new TensorType(settled.dtype, pattern).makeVariable()]);
  }

  inferShape(_: Apply, [shape]: readonly Shape[]): readonly Shape[] {
    const gone = this.axesOf(shape!.length);
    return [shape!.filter((_, axis) => !gone.includes(axis))];
  }

  perform(node: Apply, [x]: readonly NDArray[]): NDArray[] {
    const { scalar, identity } = this.record;
    const axes = this.axesOf(x!.ndim);
    const empty = axes.find((axis) => x!.shape[axis] === 0);
    if (empty !== undefined && identity === undefined) {
      raise(
        "ValueError",
        `Input (${node.inputs[0]}) has zero-size on axis ${empty}, but self.scalar_op ` +
          `(${scalar.name}) has no attribute 'identity'`,
      );
    }
    const accDtype = this.accDtype!;
    const combine = combiner(scalar, accDtype);
    const { shape, groups } = groupsOf(x!, axes);
    const reduced = groups.map((group) => {
      const terms = group.map((element) => toElement(element, accDtype));
      if (identity !== undefined) terms.unshift(toElement(identity, accDtype));
      return terms.reduce((sum, term) => toElement(combine(sum, term), accDtype));
    });
    return [arrayOf(reduced, shape, this.dtype!)];
  }
}

/** Whether elements differ from zero. */
function asTruth(x: TensorVariable): TensorVariable {
  return x.dtype === "bool" ? x : applyScalar(different, x, constant(0, { dtype: x.dtype }));
}

function checkElements(scalar: ScalarOp, dtype: DType): void {
  const result = resultDType(scalar, [dtype, dtype], config.floatX);
  if (!isDType(result)) fail("TypeError", `reduce ${dtype} with ${scalar.name}`, result);
}

/** The reference of a record on two elements of a dtype. */
function combiner(scalar: ScalarOp, dtype: DType): (x: Element, y: Element) => Element {
  const { ref, big, complex } = scalar;
  if (isComplex(dtype)) {
    if (!complex) raise("ComplexError", `${scalar.name} is not defined for complex numbers`);
    return (x, y) => complex(x as Complex, y as Complex);
  }
  // A product of two 32-bit integers is more than a double holds.
  if (isInteger(dtype) && big) return (x, y) => BigInt(big(bigintOf(x), bigintOf(y)));
  return (x, y) => ref(Number(x), Number(y));
}

function bigintOf(x: Element): bigint {
  return BigInt(x as bigint | number);
}

/**
 * The axes of a reduction, counted from the front, in order, each once.
 *
 * @param x The tensor.
 * @param axis The axes that were asked for.
 * @throws {ValueError} If one does not exist: Theano's text.
 */
export function reducedAxes(x: TensorVariable, axis: readonly number[]): number[] {
  const wrong = axis.find((a) => !Number.isInteger(a) || a < -x.ndim || a >= x.ndim);
  if (wrong !== undefined) {
    raise("ValueError", `Not enough dimensions on ${x} to reduce on axis ${wrong}`);
  }
  return [...new Set(axis.map((a) => a < 0 ? a + x.ndim : a))].sort((a, b) => a - b);
}

/**
 * What a user gives for axes, as a list; null for all.
 *
 * @param axis Null, an integer, a list of them, or a constant.
 * @throws {TypeError} If it is none of these.
 */
export function axisList(axis: unknown): readonly number[] | null {
  if (axis === null || axis === undefined) return null;
  if (typeof axis === "number" && Number.isInteger(axis)) return [axis];
  if (axis instanceof TensorConstant) return numbersOf(axis.data);
  if (Array.isArray(axis) && axis.every(Number.isInteger)) return axis;
  return raise(
    "TypeError",
    `Axis must be an integer, tuple, list of integers or a constant. Got ${axis}`,
  );
}

/**
 * A reduction along some axes.
 *
 * Shapes: the axes dropped, or kept with length one.
 * Dtypes: as the record says.
 *
 * @param record The reduction.
 * @param x The tensor.
 * @param options Axes, dtypes, and whether to keep the axes.
 */
export function reduceWith(
  record: ReduceRecord,
  x: TensorLike,
  options: SumOptions = {},
): TensorVariable {
  const { axis, dtype, keepdims = false, accDtype } = options;
  const variable = asTensorVariable(x);
  const axes = axisList(axis);
  const op = new Reduce(record, {
    axis: axes && reducedAxes(variable, axes),
    dtype: dtype && resolveDType(dtype),
    accDtype: accDtype && resolveDType(accDtype),
  });
  const result = call(op, variable) as TensorVariable;
  return keepdims ? makeKeepDims(variable, result, axes) : result;
}

const sumNames = ["axis", "dtype", "keepdims", "accDtype"] as const;

type GivenSum = Given<
  SumOptions,
  [axis?: Axes, dtype?: DType, keepdims?: boolean, accDtype?: DType]
>;

/**
 * The sum of the elements along some axes.
 *
 * Shapes: the axes dropped, or kept with length one; all by default.
 * Dtypes: integers give int64 or uint64, others their own; floats accumulate in float64.
 * Gradient: yes.
 * Theano: `theano.tensor.sum`.
 *
 * @param input The tensor.
 * @param given Axes, dtype of the result, whether to keep the axes, dtype to accumulate in.
 * @throws {TypeError} If a dtype asked for would lose precision.
 */
export function sum(input: TensorLike, ...given: GivenSum): TensorVariable {
  return reduceWith(reductions.sum, input, optional<SumOptions>("sum", sumNames, given));
}

/**
 * The product of the elements along some axes.
 *
 * Shapes: the axes dropped, or kept with length one; all by default.
 * Dtypes: integers give int64 or uint64, others their own; floats accumulate in float64.
 * Gradient: yes, zeros in the input included.
 * Theano: `theano.tensor.prod`.
 *
 * @param input The tensor.
 * @param given Axes, dtype of the result, whether to keep the axes, dtype to accumulate in, and
 *   whether the input is promised to have no zeros, which makes the gradient simpler.
 * @throws {TypeError} If a dtype asked for would lose precision.
 */
export function prod(
  input: TensorLike,
  ...given: Given<
    ProdOptions,
    [
      axis?: Axes,
      dtype?: DType,
      keepdims?: boolean,
      accDtype?: DType,
      noZerosInInput?: boolean,
    ]
  >
): TensorVariable {
  const { noZerosInInput = false, ...options } = optional<ProdOptions>(
    "prod",
    [...sumNames, "noZerosInInput"],
    given,
  );
  const record = noZerosInInput ? reductions.prodOfNonzeros : reductions.prod;
  return reduceWith(record, input, options);
}

type GivenAxis = Given<AxisOptions, [axis?: Axes, keepdims?: boolean]>;

function alongAxes(
  name: "max" | "min" | "any" | "all",
  x: TensorLike,
  given: GivenAxis,
): TensorVariable {
  return reduceWith(reductions[name], x, optional<AxisOptions>(name, ["axis", "keepdims"], given));
}

/**
 * The largest element along some axes; NaN if there is one.
 *
 * Shapes: the axes dropped, or kept with length one; all by default.
 * Dtypes: unchanged.
 * Gradient: goes to every element that equals the largest.
 * Theano: `theano.tensor.max`.
 *
 * @param x The tensor.
 * @param given Axes, and whether to keep them.
 */
export function max(x: TensorLike, ...given: GivenAxis): TensorVariable {
  return alongAxes("max", x, given);
}

/**
 * The smallest element along some axes; NaN if there is one.
 *
 * Shapes: the axes dropped, or kept with length one; all by default.
 * Dtypes: unchanged.
 * Gradient: goes to every element that equals the smallest.
 * Theano: `theano.tensor.min`.
 *
 * @param x The tensor.
 * @param given Axes, and whether to keep them.
 * @throws {NotImplementedError} If the tensor is complex.
 */
export function min(x: TensorLike, ...given: GivenAxis): TensorVariable {
  const variable = asTensorVariable(x);
  if (isComplex(variable.dtype)) {
    fail("NotImplementedError", `take min of ${variable} (${variable.type})`, "it is complex");
  }
  return alongAxes("min", variable, given);
}

/**
 * Whether any element along some axes differs from zero.
 *
 * Shapes: the axes dropped, or kept with length one; all by default.
 * Dtypes: any → bool.
 * Theano: `theano.tensor.any`.
 *
 * @param x The tensor.
 * @param given Axes, and whether to keep them.
 */
export function any(x: TensorLike, ...given: GivenAxis): TensorVariable {
  return alongAxes("any", x, given);
}

/**
 * Whether all elements along some axes differ from zero.
 *
 * Shapes: the axes dropped, or kept with length one; all by default.
 * Dtypes: any → bool.
 * Theano: `theano.tensor.all`.
 *
 * @param x The tensor.
 * @param given Axes, and whether to keep them.
 */
export function all(x: TensorLike, ...given: GivenAxis): TensorVariable {
  return alongAxes("all", x, given);
}

/** The reduction by any commutative, associative elementwise op. Theano: `CAReduce`. */
export function caReduce(scalar: ScalarOp, axis: Axes = null): Reduce {
  return new Reduce(otherReduction("other", scalar), { axis: axisList(axis) });
}
