/** @file Cases for checks of gradients: every elementwise function whose derivatives are known. */

import type { DType } from "../../core/dtype/dtype.ts";
import * as arithmetic from "../../core/ops/arithmetic.ts";
import type { ElementwiseFacts } from "../../core/ops/elementwise.ts";
import * as complexOps from "../../core/ops/complex.ts";
import * as fillOps from "../../core/ops/fill.ts";
import * as logic from "../../core/ops/logic.ts";
import * as rounding from "../../core/ops/rounding.ts";
import { resultDType, type ScalarOp } from "../../core/ops/scalar_op.ts";
import * as softsign from "../../core/ops/softsign.ts";
import * as transcendental from "../../core/ops/transcendental.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import type { Case } from "./helpers.ts";

type Apply = ElementwiseFacts & ((...xs: TensorVariable[]) => TensorVariable);

const modules: readonly object[] = [
  arithmetic,
  complexOps,
  fillOps,
  logic,
  rounding,
  softsign,
  transcendental,
];

/** The functions, by the names of their records. */
export const functions = new Map<string, Apply>(
  modules.flatMap((module) => Object.values(module))
    .filter((f): f is Apply => typeof f === "function" && "record" in f)
    .map((f) => [f.record.name, f]),
);

/** Whether a record takes floats and gives one whose derivatives are known. */
function isSmooth(record: ScalarOp): boolean {
  const result = resultDType(record, new Array<DType>(record.arity).fill("float64"), "float64");
  return record.partials !== undefined && result === "float64";
}

/** Points in the domain of an input, none of them a round number. */
function points(record: ScalarOp, k: number): number[] {
  const { domain = [-2, 2] } = record;
  const [from, to] = (Array.isArray(domain[0]) ? domain[k % domain.length] : domain) as [
    number,
    number,
  ];
  const [low, high] = [Math.max(from, -3), Math.min(to, 3)];
  const [a, b] = low < high ? [low, high] : [from, Math.min(to, from + 5)];
  return [0.137, 0.411, 0.683, 0.871].map((t) => a + (b - a) * ((t + 0.29 * k) % 1));
}

/** Each function at points of its domain. */
export const elementwiseCases: readonly Case[] = [...functions].flatMap(([name, f]) => {
  const { record } = f;
  if (!isSmooth(record)) return [];
  const arity = record.variadic ? 3 : record.arity;
  const at = Array.from({ length: arity }, (_, k) => points(record, k));
  return [{ name, of: f, at, rtol: 1e-5 }];
});
