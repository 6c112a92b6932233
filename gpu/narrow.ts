/**
 * @file Bodies in the dtypes that devices have.
 *
 * The integers that kernels hand to bodies are int64 there. Here a param or counter is a word where
 * it is converted to a lane of 32 bits at once, and a param is a float on the host already where it
 * is converted to float32. A reduction that accumulates float32 in float64 does so in float32 on devices, see `reduce.ts`.
 */

import type { DType } from "../core/dtype/dtype.ts";
import { Builder, type CallExpr, type Expr, inOrder, type InputExpr } from "../core/scalar/expr.ts";

/** The numbered inputs of bodies that are integers: params, then counters. */
export interface Integers {
  /** The number of the first. */
  readonly first: number;
  readonly params: number;
  readonly counters: number;
}

/** What becomes of float64: it stays, which has no form, or is float32. */
export type Float64 = "float64" | "float32";

/**
 * Bodies with as much as possible in dtypes that devices have.
 *
 * @param roots The bodies.
 * @param integers Their params and counters. Inputs after these are the params as float32, then the
 *   params as int64.
 * @param float64 What becomes of float64.
 * @returns The same bodies; where a dtype has no form, it stays.
 */
export function narrowed(
  roots: readonly Expr[],
  { first, params, counters }: Integers,
  float64: Float64 = "float64",
): Expr[] {
  const s = new Builder();
  const done = new Map<Expr, Expr>();
  const dtypeOf = (dtype: DType): DType => dtype === "float64" ? float64 : dtype;
  const isInteger = ({ dtype, index }: InputExpr): boolean =>
    dtype === "int64" && index >= first && index < first + params + counters;
  const asWord = ({ dtype, args }: CallExpr): Expr | undefined => {
    const [x] = args as [Expr];
    if (x.kind !== "input" || !isInteger(x)) return undefined;
    const isParam = x.index < first + params;
    const to = dtypeOf(dtype);
    const isFloat = to === "float16" || to === "float32";
    if (isFloat && isParam) return s.convert(s.input(x.index + params + counters, "float32"), to);
    const isWord = to === "uint32" || to === "int32" || isFloat;
    return isWord ? s.convert(s.input(x.index, "uint32"), to) : undefined;
  };
  const asInteger = (e: InputExpr): Expr | undefined => {
    if (!isInteger(e)) return undefined;
    const { dtype, index } = e;
    if (index < first + params) return s.input(index + 2 * params + counters, dtype);
    return s.convert(s.input(index, "uint32"), dtype);
  };
  const rebuilt = (e: Expr): Expr => {
    const dtype = dtypeOf(e.dtype);
    if (e.kind === "input") return asInteger(e) ?? s.input(e.index, dtype);
    if (e.kind === "const") return s.const(e.value, dtype);
    const args = e.args.map((a) => done.get(a)!);
    if (e.primitive === "convert") return asWord(e) ?? s.convert(args[0]!, dtype);
    return e.primitive === "bitcast" ? s.bitcast(args[0]!, dtype) : s.call(e.primitive, ...args);
  };
  for (const e of inOrder(roots)) done.set(e, rebuilt(e));
  return roots.map((e) => done.get(e)!);
}
