/**
 * @file The record an elementwise op is declared in, and fused records.
 */

import type { Complex, DType } from "../dtype/dtype.ts";
import {
  type DTypeFunction,
  type DTypeRule,
  dtypeRules,
  type Refusal,
  upcast,
} from "../dtype/promote.ts";
import type { Builder, Expr } from "../scalar/expr.ts";
import type { TensorVariable } from "../tensor/tensor_variable.ts";

/**
 * What the lanes of the body are: all `output` dtype, all the inputs' `common` dtype, each input's
 * `own`, or as a function says.
 */
export type OperandRule =
  | "output"
  | "common"
  | "own"
  | ((inputs: readonly DType[], output: DType) => readonly DType[]);

/**
 * The derivative of the output by one input, as a graph, from the output `y` and the inputs; `"zero"`
 * where it vanishes almost everywhere, `"unknown"` where there is one that nobody has in closed form.
 */
export type Partial =
  | "zero"
  | "unknown"
  | ((y: TensorVariable, ...xs: TensorVariable[]) => TensorVariable);

/** What rewrites and tests may rely on. Each is checked on samples by the op tests. */
export interface Facts {
  /** Operands may be exchanged. */
  readonly commutative?: boolean;
  /** Operands may be grouped anyhow. */
  readonly associative?: boolean;
  /** The operand that changes nothing. */
  readonly identity?: number;
  /** The operand that decides the result alone. */
  readonly absorbing?: number;
  /** The op that undoes this one where both are defined, by name. */
  readonly inverse?: string;
  /** `f(−x) = −f(x)`. */
  readonly odd?: boolean;
  /** `f(−x) = f(x)`. */
  readonly even?: boolean;
  /** Larger operands give no smaller results. */
  readonly increasing?: boolean;
  /** `f(f(x)) = f(x)`. */
  readonly idempotent?: boolean;
  /** Bounds of the result over all finite inputs. */
  readonly range?: readonly [low: number, high: number];
}

/** Everything about one elementwise op. */
export interface ScalarOp {
  /** Theano's name of the tensor op: `add`. */
  readonly name: string;
  /** Theano's name of the scalar class, as in-place ops print it; by default the capitalised name. */
  readonly className?: string;
  /** What `debugprint` shows, where it is not `Elemwise{name,no_inplace}`. */
  readonly label?: string;
  /** How many inputs; the least, if variadic. */
  readonly arity: number;
  /** Whether more inputs than `arity` are folded in from the left. */
  readonly variadic?: boolean;
  /** The dtype of the result. */
  readonly dtype: DTypeRule | DTypeFunction;
  /** The dtypes that the reference and the body are given. By default `output`. */
  readonly operands?: OperandRule;
  /** The oracle, on numbers in double. */
  readonly ref: (...xs: number[]) => number | boolean;
  /** The oracle on 64-bit integers, where numbers are not enough. */
  readonly big?: (...xs: bigint[]) => bigint | boolean;
  /** The oracle on bools, where numbers 0 and 1 would give something else. */
  readonly truth?: (...xs: boolean[]) => boolean;
  /** The oracle on complex numbers, where the op takes them. */
  readonly complex?: (...xs: Complex[]) => Complex | number | boolean;
  /** One lane, in the scalar language; absent where only the reference exists. */
  readonly body?: (s: Builder, ...xs: Expr[]) => Expr;
  /** Derivatives by each input; for a variadic op one that is given the input's number last. */
  readonly partials?: "zero" | readonly Partial[] | VariadicPartial;
  /** Where tests draw each input from. */
  readonly domain?:
    | readonly [low: number, high: number]
    | readonly (readonly [low: number, high: number])[];
  /** Promised accuracy, in units in the last place, by target. */
  readonly ulp?: Readonly<Record<"wasm" | "wgsl", number>>;
  /** What rewrites may rely on. */
  readonly facts?: Facts;
}

/** The derivative of a variadic op by input `k`. */
export type VariadicPartial = (
  y: TensorVariable,
  xs: readonly TensorVariable[],
  k: number,
) => TensorVariable;

/** One step of a fused op: a record applied to inputs and earlier steps. */
export interface CompositeStep {
  readonly scalar: ScalarOp;
  /** Which values: inputs come first, then steps. */
  readonly args: readonly number[];
  readonly dtype: DType;
}

/** Several records in one, computed together lane by lane. Theano: `Composite`. */
export interface Composite {
  readonly inputs: readonly DType[];
  readonly steps: readonly CompositeStep[];
  /** Which values are results. */
  readonly outputs: readonly number[];
}

/** What a record is called in texts: its name, for a user's without what tells it from all others. */
export function spokenName({ name }: ScalarOp): string {
  return name.replace(/^unique:\d+:/, "");
}

/** The result dtype of a record, or the reason why there is none. */
export function resultDType(
  scalar: ScalarOp,
  inputs: readonly DType[],
  floatX: DType,
): DType | Refusal {
  const rule = typeof scalar.dtype === "function" ? scalar.dtype : dtypeRules[scalar.dtype];
  return rule(inputs, floatX);
}

/** The dtypes in which a record computes, one an input. */
export function operandDTypes(
  scalar: ScalarOp,
  inputs: readonly DType[],
  output: DType,
): readonly DType[] {
  const rule = scalar.operands ?? "output";
  if (rule === "own") return inputs;
  if (typeof rule === "function") return rule(inputs, output);
  const common = rule === "output" ? output : upcast(inputs[0]!, ...inputs.slice(1));
  return inputs.map(() => common);
}

/**
 * The body of a record on inputs of any dtype: converted, folded if variadic, computed, converted.
 * float16 computes in float32 and rounds once.
 *
 * @param s Where the expression is made.
 * @param scalar The record; it must have a body.
 * @param xs The inputs.
 * @param output The dtype of the result.
 * @returns The result.
 */
export function lane(s: Builder, scalar: ScalarOp, xs: readonly Expr[], output: DType): Expr {
  const dtypes = operandDTypes(scalar, xs.map((x) => x.dtype), output);
  const operands = xs.map((x, i) => s.convert(x, working(dtypes[i]!)));
  const body = scalar.body!;
  const result = scalar.variadic
    ? operands.slice(1).reduce((sum, x) => body(s, sum, x), operands[0]!)
    : body(s, ...operands);
  return s.convert(result, output);
}

function working(dtype: DType): DType {
  return dtype === "float16" ? "float32" : dtype;
}

/** The results of a fused op. */
export function compositeLanes(s: Builder, composite: Composite, xs: readonly Expr[]): Expr[] {
  const values = [...xs];
  for (const { scalar, args, dtype } of composite.steps) {
    values.push(lane(s, scalar, args.map((i) => values[i]!), dtype));
  }
  return composite.outputs.map((i) => values[i]!);
}
