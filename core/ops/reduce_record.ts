/**
 * @file The records of reductions: what each combines, from where it starts, and its dtypes.
 */

import { type DType, isContinuous, isDiscrete } from "../dtype/dtype.ts";
import { accDType, sumDType, upcast } from "../dtype/promote.ts";
import { raise } from "../errors.ts";
import { add, maximum, minimum, mul } from "./arithmetic.ts";
import type { ScalarOp } from "./scalar_op.ts";

/** The reductions that have a name. */
export type ReductionName =
  | "sum"
  | "prod"
  | "prodOfNonzeros"
  | "prodWithoutZeros"
  | "max"
  | "min"
  | "any"
  | "all";

/** How the dtypes follow from the input: wide as a sum's, the input's own, or bool. */
export type ReduceDTypes = "sum" | "same" | "bool";

/** Everything about one reduction. */
export interface ReduceRecord {
  /** Which one. */
  readonly id: ReductionName | "other";
  /** What combines two elements. */
  readonly scalar: ScalarOp;
  /** Where it starts, and the result of no elements; undefined if it needs one. */
  readonly identity: number | undefined;
  /** Its dtypes. */
  readonly dtypes: ReduceDTypes;
  /** Theano's text of the op. */
  readonly text: (parameters: ReduceParameters) => string;
}

/** What an op of a reduction is told. */
export interface ReduceParameters {
  /** The axes, in order; null for all. */
  readonly axis: readonly number[] | null;
  /** The dtype of the result, if it is settled. */
  readonly dtype?: DType | undefined;
  /** The dtype it is accumulated in, if it is settled. */
  readonly accDtype?: DType | undefined;
}

/** Product that leaves zeros out: `x` if `y` is 0, `y` if `x` is. */
const mulWithoutZeros: ScalarOp = {
  name: "mul_without_zeros",
  className: "MulWithoutZeros",
  arity: 2,
  dtype: "upcast",
  ref: (x, y) => x === 0 ? y : y === 0 ? x : x * y,
  big: (x, y) => x === 0n ? y : y === 0n ? x : x * y,
  body: (s, x, y) => s.select(s.eq(x, 0), y, s.select(s.eq(y, 0), x, s.mul(x, y))),
};

/** The records of the reductions with a name. */
export const reductions: Readonly<Record<ReductionName, ReduceRecord>> = {
  sum: { id: "sum", scalar: add.record, identity: 0, dtypes: "sum", text: sumText },
  prod: {
    id: "prod",
    scalar: mul.record,
    identity: 1,
    dtypes: "sum",
    text: (p) => propertyText("Prod", p),
  },
  prodOfNonzeros: {
    id: "prodOfNonzeros",
    scalar: mul.record,
    identity: 1,
    dtypes: "sum",
    text: (p) => propertyText("Prod", p),
  },
  prodWithoutZeros: {
    id: "prodWithoutZeros",
    scalar: mulWithoutZeros,
    identity: 1,
    dtypes: "sum",
    text: (p) => propertyText("ProdWithoutZeros", p),
  },
  max: otherReduction("max", maximum.record),
  min: otherReduction("min", minimum.record),
  any: {
    id: "any",
    scalar: add.record,
    identity: 0,
    dtypes: "bool",
    text: (p) => `Any${axesText(p)}`,
  },
  all: {
    id: "all",
    scalar: mul.record,
    identity: 1,
    dtypes: "bool",
    text: (p) => `All${axesText(p)}`,
  },
};

/**
 * The record of a reduction by any commutative, associative elementwise op. Theano: `CAReduce`.
 *
 * @param id Its name, if it has one.
 * @param scalar What combines two elements; its fact `identity` is where the reduction starts.
 */
export function otherReduction(id: ReductionName | "other", scalar: ScalarOp): ReduceRecord {
  return {
    id,
    scalar,
    identity: scalar.facts?.identity,
    dtypes: "same",
    text: (p) => `Reduce{${scalar.name}}${axesText(p)}`,
  };
}

function axesText({ axis }: ReduceParameters): string {
  return axis === null ? "" : `{${axis.join(", ")}}`;
}

function sumText({ axis, accDtype }: ReduceParameters): string {
  const axes = axis === null ? "" : `axis=[${axis.join(", ")}], `;
  return `Sum{${axes}acc_dtype=${accDtype ?? "None"}}`;
}

function propertyText(name: string, { axis, dtype, accDtype }: ReduceParameters): string {
  const quoted = (t: DType | undefined): string => t === undefined ? "None" : `'${t}'`;
  const axes = axis === null ? "None" : `(${axis.join(", ")}${axis.length === 1 ? "," : ""})`;
  return `${name}{axis=${axes}, dtype=${quoted(dtype)}, acc_dtype=${quoted(accDtype)}}`;
}

/**
 * The dtypes of a reduction of a tensor.
 *
 * @param record The reduction.
 * @param input The dtype of the tensor.
 * @param asked The dtypes that were asked for.
 * @returns The dtype of the result, and the one it is accumulated in.
 * @throws {TypeError} If one asked for cannot hold what the tensor's can.
 */
export function reduceDTypes(
  record: ReduceRecord,
  input: DType,
  asked: ReduceParameters,
): { readonly dtype: DType; readonly accDtype: DType } {
  if (record.dtypes === "bool") return { dtype: "bool", accDtype: "bool" };
  if (record.dtypes === "same") return { dtype: input, accDtype: input };
  const { dtype = sumDType(input), accDtype = accDType(input) } = asked;
  const name = record.text(asked);
  if (!isSafe(input, dtype)) {
    refuseDType(name, input, dtype, `output dtype ${dtype}`, "a dtype", "dtype");
  }
  if (!isSafe(input, accDtype)) {
    refuseDType(name, input, accDtype, `acc_dtype ${accDtype}`, "an acc_dtype", "acc_dtype");
  }
  return { dtype, accDtype };
}

/** Floats may be asked for of integers; else only what holds the input. */
function isSafe(input: DType, asked: DType): boolean {
  return (isContinuous(asked) && isDiscrete(input)) || upcast(input, asked) === asked;
}

function refuseDType(
  name: string,
  input: DType,
  asked: DType,
  what: string,
  one: string,
  parameter: string,
): never {
  return raise(
    "TypeError",
    `Cannot build ${name} node with input dtype ${input} and ${what}, as precision would be ` +
      "lost. To correct this error, you can:\n" +
      `  - not specify ${parameter}, or\n` +
      `  - use ${one} at least as precise as ${upcast(input, asked)}.\n` +
      `If you are expecting the precision loss, you can use tensor.cast(..., dtype="${asked}"), ` +
      "on your input.",
  );
}
