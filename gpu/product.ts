/**
 * @file Products of matrices, one or a batch, as devices compute them: what a gemm is, and a
 * reduction that adds up products of elements.
 */

import type { DType } from "../core/dtype/dtype.ts";
import type { GemmKernel, Operand, ReduceKernel } from "../core/kernel/kernel.ts";
import { isOne, isZero, type Size, Sizes } from "../core/kernel/size.ts";
import { Builder, type CallExpr, type Expr } from "../core/scalar/expr.ts";
import { inputsUsed } from "./operands.ts";
import { hasDeviceForm, isDeviceDType } from "./spelling.ts";

/** What a product does with its sums. */
export interface Ending {
  /** The inputs are the sum, then `operands`. */
  readonly body: Expr;
  /** Strides over the batch, rows and columns. */
  readonly operands: readonly Operand[];
}

/** `c = ending(a·b, …)` on matrices of float32 or float16, added up in float32. */
export interface Product {
  /** Lengths of the axes along which there are several products. */
  readonly batch: readonly Size[];
  /** Rows, columns, inner length. */
  readonly dims: readonly [m: Size, n: Size, k: Size];
  /** Strides over the batch, rows and the inner axis. */
  readonly a: Operand;
  /** Strides over the batch, the inner axis and columns. */
  readonly b: Operand;
  /** Strides over the batch, rows and columns. */
  readonly c: Operand;
  readonly ending: Ending;
}

/** A matrix product as one of these; undefined where something in it has no form on devices. */
export function productOfGemm(kernel: GemmKernel): Product | undefined {
  if (kernel.dtype === "float64") return undefined;
  const [count, ...dims] = kernel.dims;
  const batch = isOne(count) ? [] : [count];
  const walk = (o: Operand): Operand => ({ ...o, strides: o.strides.slice(1 - batch.length) });
  const [a, b, c] = [kernel.a, kernel.b, kernel.c].map(walk) as [Operand, Operand, Operand];
  const ending = endingOf(kernel, c);
  const operands = [a, b, c, ...ending.operands];
  const isNarrow = operands.every((o) => isDeviceDType(o.dtype));
  return isNarrow ? { batch, dims, a, b, c, ending } : undefined;
}

/** `alpha · sum + beta · c`, of which some may be missing. */
function endingOf({ alpha, beta }: GemmKernel, c: Operand): Ending {
  const s = new Builder();
  const operands: Operand[] = [];
  const zero = new Sizes().const(0);
  const still = c.strides.map(() => zero);
  const input = (operand: Operand): Expr => s.input(operands.push(operand), operand.dtype);
  const factor = (x: Operand | number): Expr =>
    typeof x === "number" ? s.const(x, "float32") : input({ ...x, strides: still });
  const sum = s.input(0, "float32");
  const scaled = alpha === 1 ? sum : s.mul(factor(alpha), sum);
  if (beta === 0) return { body: scaled, operands };
  const old = input(c);
  if (beta === 1) return { body: s.add(scaled, old), operands };
  const scale = factor(beta);
  const kept = s.mul(scale, old);
  const isKnown = typeof beta === "number";
  const added = isKnown ? kept : s.select(s.eq(scale, 0), 0, kept);
  return { body: s.add(scaled, added), operands };
}

/**
 * A reduction as a product; undefined where it is none. Its last two kept axes are rows and columns:
 * one factor stands still along either.
 */
export function productOfReduction(kernel: ReduceKernel): Product | undefined {
  const { dims, kept, inputs, outputs, extras, finish } = kernel;
  if (kept < 2 || dims.length !== kept + 1 || !addsProducts(kernel)) return undefined;
  const [row, column] = [kept - 2, kept - 1];
  const isStill = (o: Operand, axis: number): boolean => isZero(o.strides[axis]!);
  const a = inputs.find((o) => isStill(o, column) && !isStill(o, row));
  const b = inputs.find((o) => isStill(o, row) && !isStill(o, column));
  const used = inputsUsed(finish);
  const isRead = extras.every((_, k) => used.has(k + 1));
  const operands = [...extras, ...outputs];
  if (!a || !b || !isRead || !operands.every((o) => isDeviceDType(o.dtype))) return undefined;
  if (outputs.length !== 1 || !hasDeviceForm(finish)) return undefined;
  const along = (o: Operand, axes: readonly number[]): Operand => ({
    ...o,
    strides: [...o.strides.slice(0, row), ...axes.map((axis) => o.strides[axis]!)],
  });
  return {
    batch: dims.slice(0, row),
    dims: [dims[row]!, dims[column]!, dims[kept]!],
    a: along(a, [row, kept]),
    b: along(b, [kept, column]),
    c: outputs[0]!,
    ending: { body: finish[0]!, operands: extras },
  };
}

/** A factor of a product as a float32: input 0 or 1. */
export function factorInput(s: Builder, index: 0 | 1, { dtype }: Operand): Expr {
  return s.convert(s.input(index, dtype), "float32");
}

/** Whether a reduction starts from zero and adds up products in float32, and no more. */
function addsProducts(kernel: ReduceKernel): boolean {
  const { inputs, params, counters, values, identity, combine, reassociate } = kernel;
  const [value, sum, start] = [values[0]!, combine[0]!, identity[0]!];
  return reassociate && inputs.length === 2 && inputs.every((o) => factorDTypes.has(o.dtype)) &&
    params.length === 0 && counters.length === 0 && values.length === 1 &&
    start.kind === "const" && start.value === 0 && isOfInputs(value, "mul") &&
    isOfInputs(sum, "add");
}

const factorDTypes: ReadonlySet<DType> = new Set(["float16", "float32"]);

/** Whether an expression is a primitive of inputs 0 and 1, of float32. */
function isOfInputs(e: Expr, primitive: CallExpr["primitive"]): boolean {
  if (e.kind !== "call" || e.primitive !== primitive || e.dtype !== "float32") return false;
  const inputs = e.args.map((x) => x.kind === "call" && x.primitive === "convert" ? x.args[0]! : x);
  const indices = inputs.map((x) => x.kind === "input" ? x.index : -1);
  return indices.includes(0) && indices.includes(1);
}
