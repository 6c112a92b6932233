/**
 * @file Tensors of a pattern: ranges of numbers, diagonals of ones, triangles.
 */

import type { NDArray } from "../array/ndarray.ts";
import { config } from "../config/config.ts";
import { type DType, isDiscrete, isFloat, isInteger } from "../dtype/dtype.ts";
import { upcast } from "../dtype/promote.ts";
import { raise } from "../errors.ts";
import { call } from "../graph/op.ts";
import { Apply } from "../graph/variable.ts";
import { type Given, optional } from "../tensor/arguments.ts";
import { asTensorVariable, constant } from "../tensor/constructors.ts";
import type { TensorLike } from "../tensor/methods.ts";
import { resolveDType, TensorType } from "../tensor/tensor_type.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";
import { add, cast, intDiv, maximum, mul, neg, sub } from "./arithmetic.ts";
import { knownNumber } from "./constant_value.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { arrayOf, elementsOf } from "./elements.ts";
import type { Shape, ShapeItem } from "./kind.ts";
import { ge } from "./logic.ts";
import { shapeI } from "./shape.ts";
import { sizeItem } from "./shape_item.ts";
import { StructuralOp } from "./structural.ts";

/** `start, start + step, …` below `stop`. Theano: `ARange`. */
export class ARange extends StructuralOp {
  readonly kind = "arange";

  /**
   * Makes the op.
   *
   * @param dtype The dtype of the result.
   */
  constructor(readonly dtype: DType) {
    super();
  }

  get name(): string {
    return `ARange{dtype='${this.dtype}'}`;
  }

  makeNode(start: TensorVariable, stop: TensorVariable, step: TensorVariable): Apply {
    const wrong = [start, stop, step].find((x) => x.ndim !== 0);
    if (wrong) raise("TypeError", `arange: wants scalars, not ${wrong} (${wrong.type})`);
    const type = new TensorType(this.dtype, [false]);
    return new Apply(this, [start, stop, step], [type.makeVariable()]);
  }

  inferShape(node: Apply): readonly Shape[] {
    const [start, stop, step] = node.inputs as [TensorVariable, TensorVariable, TensorVariable];
    const [from, to, by] = [start, stop, step].map(knownNumber);
    if (from !== undefined && to !== undefined && by !== undefined) {
      return [[rangeLength(from, to, by)]];
    }
    return [[symbolicLength(wide(start), wide(stop), wide(step), from === 0 && by === 1)]];
  }

  perform(_: Apply, inputs: readonly NDArray[]): NDArray[] {
    const exact = inputs.map((x) => elementsOf(x)[0]!);
    if (exact.every((x) => typeof x !== "number" || Number.isInteger(x)) && isInteger(this.dtype)) {
      const [start, stop, step] = exact.map((x) => BigInt(x as number)) as [bigint, bigint, bigint];
      const length = rangeLength(Number(start), Number(stop), Number(step));
      const items = Array.from({ length }, (_, k) => start + BigInt(k) * step);
      return [arrayOf(items, [length], this.dtype)];
    }
    const [start, stop, step] = exact.map(Number) as [number, number, number];
    const length = rangeLength(start, stop, step);
    return [arrayOf(Array.from({ length }, (_, k) => start + k * step), [length], this.dtype)];
  }
}

function rangeLength(start: number, stop: number, step: number): number {
  if (step === 0) raise("ValueError", "Maximum allowed size exceeded");
  return Math.max(0, Math.ceil((stop - start) / step));
}

/** In a dtype whose differences neither wrap nor round. */
function wide(x: TensorVariable): TensorVariable {
  return cast(x, isDiscrete(x.dtype) ? "int64" : "float64");
}

function symbolicLength(
  start: TensorVariable,
  stop: TensorVariable,
  step: TensorVariable,
  isCount: boolean,
): ShapeItem {
  const count = isCount && stop.dtype === "int64" ? stop : neg(intDiv(sub(start, stop), step));
  return cast(maximum(cast(count, "int64"), 0), "int64");
}

/** Options of {@linkcode arange}. */
export interface ArangeOptions {
  readonly stop?: TensorLike | null;
  readonly step?: TensorLike;
  readonly dtype?: DType | "floatX";
}

/**
 * The numbers from `start` up to `stop`, in steps.
 *
 * Shapes: `(n)` with `n = max(0, ⌈(stop − start) / step⌉)`.
 * Dtypes: the one given; else int64 for integers, uint64 for unsigned ones, the upcast for floats.
 * Theano: `theano.tensor.arange`.
 *
 * @param start First number; if `stop` is left out, it is the end and 0 the first.
 * @param given The end, which is not included, the step (1), and a dtype.
 */
export function arange(
  start: TensorLike,
  ...given: Given<
    ArangeOptions,
    [stop?: TensorLike | null, step?: TensorLike, dtype?: DType | "floatX"]
  >
): TensorVariable {
  const { stop, step = 1, dtype } = optional<ArangeOptions>(
    "arange",
    ["stop", "step", "dtype"],
    given,
  );
  const ends = stop === undefined || stop === null ? [0, start] : [start, stop];
  const inputs = [...ends, step].map((x) => asTensorVariable(x));
  const wanted = dtype === undefined ? arangeDType(inputs) : resolveDType(dtype);
  return call(new ARange(wanted), ...inputs) as TensorVariable;
}

function arangeDType(inputs: readonly TensorVariable[]): DType {
  const given = inputs.map((x) => x.dtype);
  const common = upcast(given[0]!, ...given.slice(1));
  if (isInteger(common)) return common.startsWith("u") ? "uint64" : "int64";
  const lowered = config.cast_policy === "numpy+floatX" && isFloat(common) &&
    !given.includes("float64");
  return lowered ? config.floatX : common;
}

/** Ones on one diagonal, zeros elsewhere. Theano: `Eye`. */
export class Eye extends StructuralOp {
  readonly kind = "eye";

  /**
   * Makes the op.
   *
   * @param dtype The dtype of the result.
   */
  constructor(readonly dtype: DType) {
    super();
  }

  get name(): string {
    return `Eye{dtype='${this.dtype}'}`;
  }

  makeNode(n: TensorVariable, m: TensorVariable, k: TensorVariable): Apply {
    const wrong = [n, m, k].find((x) => x.ndim !== 0 || !isDiscrete(x.dtype));
    if (wrong) raise("TypeError", `eye: wants integer scalars, not ${wrong} (${wrong.type})`);
    return new Apply(this, [n, m, k], [new TensorType(this.dtype, [false, false]).makeVariable()]);
  }

  inferShape(node: Apply): readonly Shape[] {
    const [n, m] = node.inputs as TensorVariable[];
    return [[n!, m!].map((x) => knownNumber(x) ?? sizeItem(x))];
  }

  perform(_: Apply, inputs: readonly NDArray[]): NDArray[] {
    const [n, m, k] = inputs.map((x) => Number(elementsOf(x)[0])) as [number, number, number];
    const items = Array.from(
      { length: n * m },
      (_, at) => Number(at % m - Math.floor(at / m) === k),
    );
    return [arrayOf(items, [n, m], this.dtype)];
  }
}

/** Options of {@linkcode eye}. */
export interface EyeOptions {
  readonly m?: TensorLike | null;
  readonly k?: TensorLike;
  readonly dtype?: DType | "floatX";
}

/**
 * Ones on one diagonal, zeros elsewhere.
 *
 * Shapes: `(n, m)`.
 * Dtypes: the one given, floatX if left out.
 * Theano: `theano.tensor.eye`.
 *
 * @param n Number of rows.
 * @param given Number of columns (`n`), the diagonal (0; positive above), and a dtype.
 */
export function eye(
  n: TensorLike,
  ...given: Given<
    EyeOptions,
    [m?: TensorLike | null, k?: TensorLike, dtype?: DType | "floatX"]
  >
): TensorVariable {
  const { m, k = 0, dtype = "floatX" } = optional<EyeOptions>("eye", ["m", "k", "dtype"], given);
  const inputs = [n, m ?? n, k].map((x) => asTensorVariable(x));
  return call(new Eye(resolveDType(dtype)), ...inputs) as TensorVariable;
}

/**
 * The identity matrix in the shape and dtype of a matrix.
 *
 * Shapes: `(n, m) → (n, m)`.
 * Dtypes: the same.
 * Theano: `theano.tensor.identity_like`.
 *
 * @param x The matrix.
 */
export function identityLike(x: TensorLike): TensorVariable {
  const matrix = asTensorVariable(x);
  return eye(shapeI(matrix, 0), { m: shapeI(matrix, 1), k: 0, dtype: matrix.dtype });
}

/** Options of {@linkcode tri}. */
export interface TriOptions {
  readonly M?: TensorLike | null;
  readonly k?: TensorLike;
  readonly dtype?: DType | "floatX";
}

/**
 * Ones on and below one diagonal, zeros above: 1 where `column ≤ row + k`.
 *
 * Shapes: `(N, M)`.
 * Dtypes: the one given, floatX if left out.
 * Theano: `theano.tensor.tri`.
 *
 * @param N Number of rows.
 * @param given Number of columns (`N`), the diagonal (0; positive above), and a dtype.
 */
export function tri(
  N: TensorLike,
  ...given: Given<
    TriOptions,
    [M?: TensorLike | null, k?: TensorLike, dtype?: DType | "floatX"]
  >
): TensorVariable {
  const { M, k = 0, dtype = "floatX" } = optional<TriOptions>("tri", ["M", "k", "dtype"], given);
  const rows = dimshuffle(arange(N), 0, "x");
  const columns = dimshuffle(arange(M ?? N), "x", 0);
  return cast(ge(k === 0 ? rows : add(rows, k), columns), dtype);
}

type Diagonal = { readonly k?: TensorLike };

/**
 * The lower triangle of a matrix, zeros above it.
 *
 * Shapes: `(n, m) → (n, m)`.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.tril`.
 *
 * @param m The matrix.
 * @param given The last diagonal that is kept (0; positive above).
 */
export function tril(m: TensorLike, ...given: Given<Diagonal, [k?: TensorLike]>): TensorVariable {
  const { k = 0 } = optional<Diagonal>("tril", ["k"], given);
  const x = asTensorVariable(m);
  return mul(x, triangle(x, k));
}

/**
 * The upper triangle of a matrix, zeros below it.
 *
 * Shapes: `(n, m) → (n, m)`.
 * Dtypes: unchanged.
 * Gradient: yes.
 * Theano: `theano.tensor.triu`.
 *
 * @param m The matrix.
 * @param given The first diagonal that is kept (0; positive above).
 */
export function triu(m: TensorLike, ...given: Given<Diagonal, [k?: TensorLike]>): TensorVariable {
  const { k = 0 } = optional<Diagonal>("triu", ["k"], given);
  const x = asTensorVariable(m);
  return mul(
    x,
    sub(constant(1, { dtype: x.dtype }), triangle(x, typeof k === "number" ? k - 1 : sub(k, 1))),
  );
}

function triangle(x: TensorVariable, k: TensorLike): TensorVariable {
  return tri(shapeI(x, 0), { M: shapeI(x, 1), k, dtype: x.dtype });
}
