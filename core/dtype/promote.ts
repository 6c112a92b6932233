/**
 * @file Which dtype comes out: NumPy's lattice of array dtypes, the named rules of elementwise ops,
 * the rules of reductions, and the dtype a plain number takes when it becomes a constant.
 *
 * Everything is a function of dtypes (and of `floatX` where Theano makes it one); nothing here reads
 * a flag or a value of an array.
 */

import { fail } from "../errors.ts";
import { type DType, dtypes, isComplex, isDiscrete, isFloat, isInteger } from "./dtype.ts";

/**
 * The dtype every given dtype is promoted to: NumPy's rule for two arrays, folded from the left.
 *
 * Dtypes: `any, any, … → the smallest that holds them all` (`int8, uint8 → int16`; `int64, uint64`
 * and `int32, float32` meet in `float64`).
 *
 * Source: `numpy.promote_types`, as tabulated in NumPy's reference ("Data type promotion").
 *
 * @param first A dtype.
 * @param rest Further dtypes.
 * @returns The common dtype.
 */
export function upcast(first: DType, ...rest: readonly DType[]): DType {
  let common = first;
  for (const dtype of rest) common = upcastPair(common, dtype);
  return common;
}

function upcastPair(a: DType, b: DType): DType {
  if (a === b || b === "bool") return a;
  if (a === "bool") return b;
  if (isComplex(a) || isComplex(b)) {
    return upcastPair(realOf(a), realOf(b)) === "float64" ? "complex128" : "complex64";
  }
  if (isFloat(a) || isFloat(b)) return wider(floatHolding(a), floatHolding(b));
  if (dtypes[a].kind === dtypes[b].kind) return wider(a, b);
  const [int, uint] = dtypes[a].kind === "int" ? [a, b] : [b, a];
  return signedOfBytes(Math.max(dtypes[int].bytes, 2 * dtypes[uint].bytes));
}

function wider(a: DType, b: DType): DType {
  return dtypes[a].bytes >= dtypes[b].bytes ? a : b;
}

function signedOfBytes(bytes: number): DType {
  return bytes > 8 ? "float64" : `int${8 * bytes}` as DType;
}

/** The smallest float that NumPy takes for an integer's range; a float itself. */
function floatHolding(dtype: DType): DType {
  if (isFloat(dtype)) return dtype;
  const { bytes } = dtypes[dtype];
  return bytes === 1 ? "float16" : bytes === 2 ? "float32" : "float64";
}

/** The dtype of a complex number's parts; any other dtype itself. */
function realOf(dtype: DType): DType {
  if (!isComplex(dtype)) return dtype;
  return dtype === "complex64" ? "float32" : "float64";
}

/**
 * The float an integer becomes in a function of real numbers (`exp`, `arctan2`): float32 for bool
 * and up to 16 bits, float64 beyond; a float or complex dtype itself.
 */
function raised(dtype: DType): DType {
  if (!isDiscrete(dtype)) return dtype;
  return dtypes[dtype].bytes <= 2 ? "float32" : "float64";
}

/**
 * Why a rule has no dtype for its inputs: a clause that follows a colon. It contains a space, so it
 * is never mistaken for the name of a dtype; tell them apart with `isDType`.
 */
export type Refusal = `${string} ${string}`;

/** A rule from the dtypes of an op's inputs, and floatX, to the dtype of its output. */
export type DTypeFunction = (inputs: readonly DType[], floatX: DType) => DType | Refusal;

/** The named dtype rules of elementwise ops: a closed set. */
export type DTypeRule =
  | "same"
  | "sameNoBool"
  | "sameNoBoolNoComplex"
  | "sameNoComplex"
  | "upcast"
  | "upcastNoBool"
  | "upcastNoComplex"
  | "pow"
  | "trueDiv"
  | "floatUp"
  | "floatUpNoComplex"
  | "floatUpcast"
  | "bool"
  | "bits"
  | "bitsUnary"
  | "floatOnly"
  | "int64FromFloat"
  | "real"
  | "angle"
  | "complexPair"
  | "first"
  | "second"
  | "switch"
  | "clip"
  | "conj";

const noComplex: Refusal = "complex numbers have no order";
const noBool: Refusal = "bool has no arithmetic negation or difference";

function upcastAll(inputs: readonly DType[]): DType {
  return upcast(inputs[0]!, ...inputs.slice(1));
}

function upcastReal(inputs: readonly DType[]): DType | Refusal {
  return inputs.some(isComplex) ? noComplex : upcastAll(inputs);
}

function trueDivDType(inputs: readonly DType[], floatX: DType): DType {
  return inputs.every(isDiscrete) ? floatX : upcastAll(inputs);
}

function floatUpcast(inputs: readonly DType[]): DType | Refusal {
  return upcastReal(inputs.map(raised));
}

function bitsDType(inputs: readonly DType[]): DType | Refusal {
  if (inputs.every((dtype) => dtype === "bool")) return "bool";
  if (!inputs.every(isInteger)) return "bitwise operations want all bool or all integer inputs";
  const common = upcastAll(inputs);
  return isInteger(common) ? common : `no integer dtype holds both ${inputs.join(" and ")}`;
}

function complexPair(inputs: readonly DType[]): DType | Refusal {
  if (inputs.some(isComplex)) return "the parts of a complex number are real";
  return upcast("float32", ...inputs) === "float32" ? "complex64" : "complex128";
}

/** What each dtype rule does. `inputs` has as many entries as the op has inputs. */
export const dtypeRules: Readonly<Record<DTypeRule, DTypeFunction>> = {
  /** The input's: `sqr`, identity. */
  same: ([x]) => x!,
  /** `neg`. */
  sameNoBool: ([x]) => x === "bool" ? noBool : x!,
  /** `sgn`. */
  sameNoBoolNoComplex: ([x]) => x === "bool" ? noBool : isComplex(x!) ? noComplex : x!,
  /** An op on ordered numbers. */
  sameNoComplex: ([x]) => isComplex(x!) ? noComplex : x!,
  /** `add`, `mul`. */
  upcast: upcastAll,
  /** `sub`: two bools have no difference. */
  upcastNoBool: (inputs) => {
    const common = upcastAll(inputs);
    return common === "bool" ? noBool : common;
  },
  /** `maximum`, `minimum`, `mod`, `intDiv`. */
  upcastNoComplex: upcastReal,
  /** `pow`: two bools give int8. */
  pow: (inputs) => upcast("int8", ...inputs) === "int8" ? "int8" : upcastAll(inputs),
  /** `trueDiv`: two integers give floatX. */
  trueDiv: trueDivDType,
  /** `exp`, `sqrt`, …: integers become floats by their width. */
  floatUp: ([x]) => raised(x!),
  /** `ceil`, `erfc`, …. */
  floatUpNoComplex: ([x]) => isComplex(x!) ? "it is not defined for complex numbers" : raised(x!),
  /** `arctan2`, `gammainc`, …: integers become floats first, then promotion. */
  floatUpcast,
  /** Comparisons and tests. */
  bool: () => "bool",
  /** `and`, `or`, `xor`. */
  bits: bitsDType,
  /** `invert`. */
  bitsUnary: ([x]) => isDiscrete(x!) ? x! : "bitwise operations want a bool or integer input",
  /** `round…`. */
  floatOnly: ([x]) => isFloat(x!) ? x! : "it wants a float input",
  /** `iround`. */
  int64FromFloat: ([x]) => isFloat(x!) ? "int64" : "it wants a float input",
  /** `abs`, `real`, `imag`. */
  real: ([x]) => realOf(x!),
  /** `angle`. */
  angle: () => "float64",
  /** `complex`, `complexFromPolar`. */
  complexPair,
  /** The first input's. */
  first: ([x]) => x!,
  /** `second` (`fill`). */
  second: ([, y]) => y!,
  /** `switch`: the two branches decide. */
  switch: ([, yes, no]) => upcast(yes!, no!),
  /** `clip`. */
  clip: upcastReal,
  /** `conj`: of a bool an int8. */
  conj: ([x]) => x === "bool" ? "int8" : x!,
};

/**
 * The dtype of a sum or product: 64 bits for integers, else the input's.
 *
 * Dtypes: `bool, int* → int64`; `uint* → uint64`; others kept.
 */
export function sumDType(dtype: DType): DType {
  if (!isDiscrete(dtype)) return dtype;
  return dtypes[dtype].kind === "uint" ? "uint64" : "int64";
}

/**
 * The dtype in which a sum or product is accumulated: the widest of its family.
 *
 * Dtypes: `bool, int* → int64`; `uint* → uint64`; `float* → float64`; `complex* → complex128`.
 */
export function accDType(dtype: DType): DType {
  if (isDiscrete(dtype)) return sumDType(dtype);
  return isFloat(dtype) ? "float64" : "complex128";
}

/**
 * The dtype of a mean, variance or standard deviation.
 *
 * Dtypes: `bool, int*, uint* → float64`; others kept.
 */
export function meanDType(dtype: DType): DType {
  return isDiscrete(dtype) ? "float64" : dtype;
}

const constantIntegers = ["int8", "int16", "int32", "int64", "uint64"] as const;

/**
 * The dtype of a whole number that becomes a constant: the smallest signed integer that holds it,
 * uint64 beyond int64.
 *
 * @param value The number.
 * @returns Its dtype.
 * @throws {RangeError} If it fits no integer dtype.
 */
export function autocastInteger(value: number | bigint): DType {
  for (const dtype of constantIntegers) {
    if (inRange(value, dtype)) return dtype;
  }
  return fail("RangeError", `make a constant of ${value}`, "it is outside int64 and uint64", [
    "For a float of that value give a dtype: constant(value, { dtype: 'float64' })",
  ]);
}

/** Whether a whole number lies within an integer dtype. Bigints and doubles compare exactly. */
function inRange(value: number | bigint, dtype: DType): boolean {
  const [min, max] = dtypes[dtype].limits!;
  return value >= min && value <= max;
}

/** The values of the flag `cast_policy` that are implemented. */
export type CastPolicy = "custom" | "numpy+floatX";

/**
 * The dtype of a number with a fraction that becomes a constant.
 *
 * With `custom`, a floatX below float64 is taken as it is, and otherwise the first of float32 and
 * float64 that holds the value exactly (1.5 is float32, 1.1 is float64; NaN equals nothing, so it is
 * float64). With `numpy+floatX` it is floatX.
 *
 * @param value The number.
 * @param floatX The flag.
 * @param policy The flag `cast_policy`.
 * @returns Its dtype.
 */
export function autocastFloat(value: number, floatX: DType, policy: CastPolicy): DType {
  if (policy === "numpy+floatX" || floatX !== "float64") return floatX;
  return Math.fround(value) === value ? "float32" : "float64";
}
