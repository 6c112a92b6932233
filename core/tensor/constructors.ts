/**
 * @file Variables of every dtype and shape, and constants from plain values.
 */

import { array } from "../array/build.ts";
import { NDArray } from "../array/ndarray.ts";
import { config } from "../config/config.ts";
import { Complex, type DType, dtypes, isDType } from "../dtype/dtype.ts";
import { autocastFloat, autocastInteger } from "../dtype/promote.ts";
import { raise } from "../errors.ts";
import { creationTrace } from "../graph/trace.ts";
import { Apply, Variable } from "../graph/variable.ts";
import { type Given, optional } from "./arguments.ts";
import { knot } from "./knot.ts";
import { isOnDevice, resolveDType, TensorType } from "./tensor_type.ts";
import { TensorConstant, TensorVariable } from "./tensor_variable.ts";

/** Makes a variable of one type: `dmatrix("x")`. */
export interface TypedConstructor {
  (name?: string): TensorVariable;
  /** The type of the variables it makes. */
  readonly type: TensorType;
}

/** Makes several variables of one type: by count, or one a name. */
export type PluralConstructor = (...namesOrCount: (string | number)[]) => TensorVariable[];

/** Makes a variable of a dtype given or configured: `matrix("x", "float32")`. */
export type FloatingConstructor = (
  ...given: Given<
    { readonly name?: string; readonly dtype?: DType | "floatX" },
    [name?: string | null, dtype?: DType | "floatX"]
  >
) => TensorVariable;

/** The shapes that constructors are named after, with their broadcast patterns. */
export const shapeNames: Readonly<Record<string, readonly boolean[]>> = {
  scalar: [],
  vector: [false],
  row: [true, false],
  col: [false, true],
  matrix: [false, false],
  tensor3: [false, false, false],
  tensor4: [false, false, false, false],
  tensor5: [false, false, false, false, false],
  tensor6: [false, false, false, false, false, false],
  tensor7: [false, false, false, false, false, false, false],
};

/** Theano's plural of a shape name. */
export function plural(shapeName: string): string {
  return shapeName === "matrix" ? "matrices" : shapeName === "col" ? "cols" : `${shapeName}s`;
}

/** A constructor of one dtype and pattern. */
export function typedConstructor(dtype: DType, pattern: readonly boolean[]): TypedConstructor {
  const type = new TensorType(dtype, pattern);
  return Object.assign((name?: string) => made(type, name), { type });
}

/** A constructor of one pattern whose dtype is given or `floatX`. */
export function floatingConstructor(shapeName: string): FloatingConstructor {
  return (...given) => {
    const { name, dtype = "floatX" } = optional<{ name?: string; dtype?: DType | "floatX" }>(
      shapeName,
      ["name", "dtype"],
      given,
    );
    return made(new TensorType(resolveDType(dtype), shapeNames[shapeName]!), name ?? undefined);
  };
}

/**
 * A plural constructor: `dmatrices("x", "y")`, `dmatrices(2)`, `dmatrices("xy")`.
 *
 * @param one Makes a single variable.
 * @returns A function that makes one variable a name, or a character of a single name, or a count.
 */
export function pluralConstructor(one: (name?: string) => TensorVariable): PluralConstructor {
  return (...names) => {
    const [first] = names;
    if (names.length === 1 && typeof first === "number") {
      return Array.from({ length: first }, () => one());
    }
    const each = names.length === 1 ? [...String(first)] : names.map(String);
    return each.map((name) => one(name));
  };
}

/** A variable that knows the user's line, for errors about inputs. */
function made(type: TensorType, name: string | undefined): TensorVariable {
  const variable = type.makeVariable(name);
  const trace = creationTrace();
  if (trace) variable.tag.trace = trace;
  return variable;
}

/**
 * A variable of any dtype and broadcast pattern.
 *
 * Shapes: one axis for each boolean.
 * Dtypes: the one given.
 * Theano: `theano.tensor.tensor`.
 *
 * @param dtype A dtype or `"floatX"`.
 * @param broadcastable For each axis, whether its length is one.
 * @param given A name.
 * @returns A root variable.
 */
export function tensor(
  dtype: DType | "floatX",
  broadcastable: readonly boolean[],
  ...given: Given<{ readonly name?: string }, [name?: string]>
): TensorVariable {
  const { name } = optional<{ name?: string }>("tensor", ["name"], given);
  return made(new TensorType(dtype, broadcastable), name);
}

/** Options of {@linkcode constant} and {@linkcode asTensorVariable}. */
export interface ConstantOptions {
  readonly name?: string;
  readonly ndim?: number;
  readonly dtype?: DType | "floatX";
}

/**
 * A constant with a value.
 *
 * Shapes: the value's; axes of length one broadcast. `ndim` adds leading axes.
 * Dtypes: an array's own; a whole number takes the smallest of int8 to int64 that holds it, another
 * number `float32` if that is exact and else `float64` (or `floatX` when that is not `float64`).
 * Theano: `theano.tensor.constant`.
 *
 * @param value A number, (nested) array, typed array or `NDArray`.
 * @param given Its name, number of axes and dtype.
 * @returns The constant.
 * @throws {AsTensorError} If the value is no number or array.
 */
export function constant(
  value: unknown,
  ...given: Given<ConstantOptions, [name?: string, ndim?: number, dtype?: DType | "floatX"]>
): TensorConstant {
  const { name, ndim, dtype } = optional<ConstantOptions>(
    "constant",
    ["name", "ndim", "dtype"],
    given,
  );
  const natural = constantArray(value, dtype);
  const data = dtype === undefined ? natural : natural.astype(resolveDType(dtype));
  const padded = ndim === undefined ? data : withRank(data, ndim);
  return new TensorConstant(
    new TensorType(padded.dtype, padded.shape.map((n) => n === 1)),
    padded,
    name,
  );
}

function withRank(data: NDArray, ndim: number): NDArray {
  if (data.ndim > ndim) {
    raise("ValueError", `Cannot make a constant with ${ndim} axes of a value with ${data.ndim}`);
  }
  return data.reshape([...new Array<number>(ndim - data.ndim).fill(1), ...data.shape]);
}

/** The array of a value: a number of which a dtype is asked is exact, so as to be rounded once. */
function constantArray(value: unknown, asked: DType | "floatX" | undefined): NDArray {
  if (value instanceof NDArray) return value.copy();
  if (typeof value === "number" && !Number.isInteger(value)) {
    const { floatX, cast_policy } = config;
    const own = asked === undefined ? autocastFloat(value, floatX, cast_policy) : "float64";
    return NDArray.scalar(value, own);
  }
  if (typeof value === "number" || typeof value === "bigint") {
    return NDArray.scalar(value, autocastInteger(value));
  }
  if (typeof value === "boolean") return NDArray.scalar(value, "bool");
  if (value instanceof Complex) return NDArray.scalar(value, "complex128");
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return nestedConstant(value);
  return raise("AsTensorError", `Cannot convert ${describe(value)} to TensorType`);
}

function nestedConstant(value: readonly unknown[] | ArrayBufferView): NDArray {
  if (Array.isArray(value) && value.flat(Infinity).length === 0) {
    return array(value, { dtype: config.floatX });
  }
  return array(value).copy();
}

function describe(value: unknown): string {
  return value === null || typeof value !== "object"
    ? String(value)
    : `a value of class ${value.constructor?.name ?? "Object"}`;
}

/**
 * The tensor variable meant by a value: itself, a node's output, a stack of a list with variables in
 * it, or a constant.
 *
 * Shapes: the value's; `ndim` pads with leading axes that broadcast, or drops such axes.
 * Dtypes: as {@linkcode constant}.
 * Theano: `theano.tensor.as_tensor_variable`.
 *
 * @param x A variable, number, boolean, bigint, (nested) array, typed array or `NDArray`.
 * @param given Its name and number of axes.
 * @returns The variable.
 * @throws {AsTensorError} If the value cannot be a tensor.
 */
export function asTensorVariable(
  x: unknown,
  ...given: Given<Omit<ConstantOptions, "dtype">, [name?: string, ndim?: number]>
): TensorVariable {
  if (given.length === 0 && x instanceof TensorVariable) return onHost(x);
  const options = optional<ConstantOptions>("asTensorVariable", ["name", "ndim"], given);
  const variable = converted(x, options);
  return options.ndim === undefined ? variable : ranked(variable, options.ndim);
}

function converted(x: unknown, options: ConstantOptions): TensorVariable {
  if (x instanceof TensorVariable) return onHost(x);
  if (x instanceof Apply) return converted(x.defaultOutput(), options);
  if (x instanceof Variable) {
    return raise("AsTensorError", `Variable type field must be a TensorType. ${x} ${x.type}`);
  }
  if (Array.isArray(x) && holdsVariable(x)) {
    return knot().stack(x.map((item) => asTensorVariable(item)));
  }
  return options.name === undefined ? constant(x) : constant(x, { name: options.name });
}

function onHost(x: TensorVariable): TensorVariable {
  return isOnDevice(x.type) ? knot().hostFromGpu(x) : x;
}

function holdsVariable(items: readonly unknown[]): boolean {
  return items.some((x) => x instanceof Variable || (Array.isArray(x) && holdsVariable(x)));
}

function ranked(x: TensorVariable, ndim: number): TensorVariable {
  if (x.ndim === ndim) return x;
  if (x.ndim < ndim) {
    const ones = new Array<"x">(ndim - x.ndim).fill("x");
    return x.dimshuffle(...ones, ...x.broadcastable.keys());
  }
  const dropped = x.ndim - ndim;
  if (!x.broadcastable.slice(0, dropped).every(Boolean)) {
    raise(
      "ValueError",
      `TensorType could not be cast to have ${ndim} dimensions: the leading dimensions of ${x} ` +
        `(${x.type}) are not broadcastable`,
    );
  }
  return x.dimshuffle(...[...x.broadcastable.keys()].slice(dropped));
}

/** A 0-d array of a stated dtype, NumPy's `numpy.float64(0)`. */
export type ScalarMaker = (value: number | bigint | boolean | Complex) => NDArray;

/** The makers of 0-d arrays, one a dtype: `float64(2)` is a float with a whole value. */
export const scalarMakers: Readonly<Record<DType, ScalarMaker>> = Object.fromEntries(
  Object.keys(dtypes).filter(isDType).map((
    dtype,
  ) => [dtype, (value: Parameters<ScalarMaker>[0]) => array(value, { dtype })]),
) as Record<DType, ScalarMaker>;
