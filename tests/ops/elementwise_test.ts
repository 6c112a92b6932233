/** @file What follows from the records of elementwise ops, checked for every record. */

import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../core/array/ndarray.ts";
import {
  allDtypes,
  type DType,
  type Element,
  getElement,
  isComplex,
  isDiscrete,
  isDType,
  isFloat,
  toElement,
} from "../../core/dtype/dtype.ts";
import type { Variable } from "../../core/graph/variable.ts";
import * as arithmetic from "../../core/ops/arithmetic.ts";
import * as complexOps from "../../core/ops/complex.ts";
import type { ElementwiseFacts } from "../../core/ops/elementwise.ts";
import * as fillOps from "../../core/ops/fill.ts";
import * as logic from "../../core/ops/logic.ts";
import * as rounding from "../../core/ops/rounding.ts";
import { resultDType, type ScalarOp } from "../../core/ops/scalar_op.ts";
import * as softsign from "../../core/ops/softsign.ts";
import * as special from "../../core/ops/special.ts";
import * as transcendental from "../../core/ops/transcendental.ts";
import type { Target } from "../../core/kernel/target.ts";
import { TensorType } from "../../core/tensor/tensor_type.ts";
import type { TensorVariable } from "../../core/tensor/tensor_variable.ts";
import { evaluate } from "../helpers/evaluate.ts";
import { vectorOf } from "../helpers/kernel_case.ts";
import { Random } from "../helpers/random.ts";
import { allTargets, lowered } from "../helpers/targets.ts";
import { ulpError, unitOf } from "../helpers/ulp.ts";
import { type PointDType, readPoints } from "../scalar/points.ts";

type Apply = ElementwiseFacts & ((...xs: TensorVariable[]) => TensorVariable);

const modules: readonly object[] = [
  arithmetic,
  complexOps,
  fillOps,
  logic,
  rounding,
  softsign,
  special,
  transcendental,
];

const functions = new Map<string, Apply>(
  modules.flatMap((module) => Object.values(module))
    .filter((f): f is Apply => typeof f === "function" && "record" in f)
    .map((f) => [f.record.name, f]),
);

/**
 * The number of inputs a record is tested with. Of a variadic one two, because the reference rounds a
 * longer sum once and a kernel each time.
 */
function arityOf(record: ScalarOp): number {
  return record.arity;
}

/** The real dtypes that all inputs of a record may have. */
function dtypesOf(record: ScalarOp): DType[] {
  return allDtypes.filter((dtype) => {
    if (isComplex(dtype)) return false;
    const result = resultDType(record, new Array<DType>(arityOf(record)).fill(dtype), "float64");
    return isDType(result) && !isComplex(result);
  });
}

function vector(dtype: DType): TensorVariable {
  return new TensorType(dtype, [false]).makeVariable();
}

const specialNumbers: readonly number[] = [0, -0, 1, -1, Infinity, -Infinity, NaN];

/** The interval where an input is drawn from. */
function domainOf(record: ScalarOp, k: number): readonly [number, number] {
  const { domain = [-2, 2] } = record;
  const own = typeof domain[0] === "number" ? domain : domain[k % domain.length];
  return own as readonly [number, number];
}

/** Elements of the domain of an input; integers of it for integers; no bool is divided by False. */
function samples(record: ScalarOp, k: number, dtype: DType, count: number): Element[] {
  const random = new Random(97 * k + record.name.length);
  const isDivisor = /^(int_div|mod)$/.test(record.name);
  const [low, high] = domainOf(record, k);
  const [first, last] = [Math.ceil(low), Math.floor(high)];
  return random.list(count, () => {
    if (dtype === "bool") return random.chance(0.5) || (isDivisor && k === 1);
    if (isFloat(dtype)) return toElement(low + (high - low) * random.next(), dtype);
    const whole = last < first ? 0 : first + random.below(last - first + 1);
    const isNegative = dtype.startsWith("u") && whole < 0;
    return toElement(isNegative ? -whole : Math.max(Math.min(whole, 127), -128), dtype);
  });
}

/** Special values of a dtype, every combination for two inputs. */
function specialColumns(arity: number, dtype: DType): Element[][] {
  const values = isFloat(dtype) ? specialNumbers : [0, 1, 2];
  const rows = Array.from({ length: values.length ** Math.min(arity, 2) }, (_, i) => i);
  return Array.from(
    { length: arity },
    (_, k) =>
      rows.map((i) =>
        toElement(values[Math.floor(i / values.length ** k) % values.length]!, dtype)
      ),
  );
}

interface Case {
  readonly inputs: readonly TensorVariable[];
  readonly args: readonly NDArray[];
  readonly output: TensorVariable;
}

/** The function applied to vectors of one dtype. */
function caseOf(f: Apply, dtype: DType, columns: readonly (readonly Element[])[]): Case {
  const inputs = columns.map(() => vector(dtype));
  return { inputs, args: columns.map((c) => vectorOf(dtype, c)), output: f(...inputs) };
}

/** Results of several cases on one target, by one program. */
function runAll(target: Target, cases: readonly Case[]): NDArray[] {
  const inputs = cases.flatMap((c) => c.inputs);
  const program = lowered({ inputs, outputs: cases.map((c) => c.output) });
  return target.build(program).executable.run(cases.flatMap((c) => c.args), []);
}

function referenceOf({ inputs, args, output }: Case): NDArray {
  return evaluate([output], new Map<Variable, NDArray>(inputs.map((x, i) => [x, args[i]!])))[0]!;
}

/**
 * How far a target may be from the reference, in units in the last place. The reference computes in
 * double: of a float64 it is itself off by a little, and a float16 is rounded once more.
 */
function tolerance(record: ScalarOp, dtype: DType): number {
  const promised = record.ulp?.wasm ?? 0;
  if (dtype === "float16") return 1;
  return dtype === "float64" && promised > 0.5 ? promised + referenceError(record.name) : promised;
}

/** The error of a reference in double, in units in the last place. */
function referenceError(name: string): number {
  const isSpecial = Object.values(special as object).some((f) => f.record?.name === name);
  return isSpecial ? 1e3 : 4;
}

/** Values near zeros of waves and logarithms count by the size of their surroundings. */
function floorOf(record: ScalarOp): number {
  return /^(j0|j1|gammaln|psi)$/.test(record.name) ? 0.1 : 0;
}

function checkClose(record: ScalarOp, wanted: NDArray, got: NDArray, text: string): void {
  const { dtype } = wanted;
  assertEquals([got.dtype, got.shape], [dtype, wanted.shape]);
  const [w, g] = [wanted.dense().data, got.dense().data];
  for (let i = 0; i < wanted.size; i++) {
    const [x, y] = [getElement(w, i, dtype), getElement(g, i, dtype)];
    if (!isFloat(dtype)) {
      assertEquals(y, x, `${text}, element ${i}`);
      continue;
    }
    const scale = unitOf(x as number, dtype) /
      unitOf(Math.max(Math.abs(x as number), floorOf(record)), dtype);
    const error = ulpError(y as number, x as number, dtype) * (scale || 1);
    assert(error <= tolerance(record, dtype), `${text}, element ${i}: ${y} for ${x}, ${error} ulp`);
  }
}

for (const [name, f] of functions) {
  const { record } = f;
  const dtypes = dtypesOf(record);
  const arity = arityOf(record);
  if (dtypes.length === 0) continue;
  Deno.test(`${name} agrees with its reference, for every dtype on every target`, () => {
    const cases = dtypes.map((dtype) => {
      const columns = Array.from({ length: arity }, (_, k) => samples(record, k, dtype, 37));
      return caseOf(f, dtype, columns);
    });
    const wanted = cases.map(referenceOf);
    for (const target of allTargets()) {
      runAll(target, cases).forEach((got, i) =>
        checkClose(record, wanted[i]!, got, `${name} of ${dtypes[i]} on ${target.name}`)
      );
    }
  });
  Deno.test(`${name} keeps its promises at 0, -0, 1, -1, infinities and NaN`, () => {
    const floats = dtypes.filter((dtype) => isFloat(dtype) || !record.ulp?.wasm);
    const cases = floats.map((dtype) => caseOf(f, dtype, specialColumns(arity, dtype)));
    const wanted = cases.map(referenceOf);
    for (const target of allTargets()) {
      runAll(target, cases).forEach((got, i) =>
        checkClose(record, wanted[i]!, got, `${name} of ${floats[i]} on ${target.name}`)
      );
    }
  });
}

const accurate = [
  ..."exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan".split(" "),
]
  .concat("sinh cosh tanh arcsinh arccosh arctanh sigmoid softplus pow arctan2".split(" "))
  .concat("erf erfc erfcx erfinv erfcinv gamma gammaln psi tri_gamma j0 j1 i0 i1".split(" "));
const pointsOf = readPoints();

/** The number whose last place counts: for waves the amplitude, if that is larger than the value. */
function measure(name: string, x: number, value: number): number {
  if (!/^j[01]$/.test(name) || (name === "j1" && Math.abs(x) < 1)) return value;
  return Math.max(Math.abs(value), Math.min(1, Math.sqrt(2 / (Math.PI * Math.abs(x)))));
}

for (const name of accurate) {
  Deno.test(`${name} of floats is within its promise of the true value, on every target`, () => {
    const f = functions.get(name)!;
    const bound = f.record.ulp!.wasm;
    for (const target of allTargets()) {
      for (const dtype of ["float32", "float64"] as PointDType[]) {
        const { xs, values, rests } = pointsOf(name === "tri_gamma" ? "triGamma" : name, dtype);
        const some = (all: ArrayLike<number>): number[] =>
          Array.from(all).filter((_, i) => target.name !== "interpreter" || i % 20 === 0);
        const columns = xs.map(some);
        const { data } = runAll(target, [caseOf(f, dtype, columns)])[0]!.dense();
        const [wanted, rest] = [some(values), some(rests)];
        wanted.forEach((value, i) => {
          const scale = unitOf(value, dtype) / unitOf(measure(name, columns[0]![i]!, value), dtype);
          const error = ulpError(data[i] as number, value, dtype, rest[i]! / 100) * scale;
          const at = columns.map((c) => c[i]).join();
          assert(error <= bound, `${dtype} on ${target.name}: ${error} ulp at ${at}`);
        });
      }
    }
  });
}

/** A unary record's reference as numbers, and samples of its domain. */
function curve(record: ScalarOp): { readonly at: number[]; readonly of: (x: number) => number } {
  const [low, high] = domainOf(record, 0);
  const whole = record.dtype === "bitsUnary";
  const at = Array.from({ length: 41 }, (_, i) => {
    const x = low + (high - low) * (i + 0.37) / 41.5;
    return whole ? Math.floor(x) : x;
  });
  return { at, of: (x) => Number(record.ref(x)) };
}

function near(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-10 * Math.max(1, Math.abs(a), Math.abs(b));
}

for (const [name, { record }] of functions) {
  const { facts } = record;
  if (!facts || record.arity !== 1) continue;
  Deno.test(`${name} has the properties that its record states`, () => {
    const { at, of } = curve(record);
    for (const [i, x] of at.entries()) {
      if (facts.odd) assert(near(of(-x), -of(x)), `not odd at ${x}`);
      if (facts.even) assert(near(of(-x), of(x)), `not even at ${x}`);
      if (facts.idempotent) assert(near(of(of(x)), of(x)), `not idempotent at ${x}`);
      if (facts.increasing && i > 0) assert(of(at[i - 1]!) <= of(x), `not increasing at ${x}`);
      const [low, high] = facts.range ?? [-Infinity, Infinity];
      assert(of(x) >= low && of(x) <= high, `outside its range at ${x}`);
      const inverse = facts.inverse && functions.get(facts.inverse)!.record;
      if (inverse && Math.abs(x) < 3) {
        assert(near(Number(inverse.ref(of(x))), x), `not undone at ${x}`);
      }
    }
  });
}

for (const [name, { record }] of functions) {
  const { facts } = record;
  if (!facts || record.arity !== 2) continue;
  Deno.test(`${name} has the algebraic properties that its record states`, () => {
    const whole = record.dtype === "bits";
    const draw = (k: number): number[] => {
      const [low, high] = domainOf(record, k);
      return new Random(k).list(20, (): number => {
        const x = low + (high - low) * new Random(k + low).next();
        return whole ? Math.floor(x) : x;
      });
    };
    const of = (x: number, y: number): number => Number(record.ref(x, y));
    const [xs, ys, zs] = [draw(0), draw(1), draw(2)];
    xs.forEach((x, i) => {
      const [y, z] = [ys[i]!, zs[i]!];
      if (facts.commutative) assert(near(of(x, y), of(y, x)), "not commutative");
      if (facts.associative) assert(near(of(of(x, y), z), of(x, of(y, z))), "not associative");
      if (facts.identity !== undefined) assert(near(of(x, facts.identity), x), "no identity");
      const { absorbing } = facts;
      if (absorbing !== undefined) assert(near(of(x, absorbing), absorbing), "not absorbing");
    });
  });
}

Deno.test("every elementwise op has the dtype that its rule promises and broadcasts", () => {
  for (const [name, f] of functions) {
    const [dtype] = dtypesOf(f.record).filter((d) => !isDiscrete(d));
    if (!dtype) continue;
    const arity = arityOf(f.record);
    const patterns = Array.from({ length: arity }, (_, k) => k % 2 === 0 ? [true, false] : [false]);
    const inputs = patterns.map((p) => new TensorType(dtype, p).makeVariable());
    const output = f(...inputs);
    const promised = resultDType(f.record, inputs.map((x) => x.dtype), "float64");
    assertEquals([name, output.dtype, output.broadcastable], [name, promised, [true, false]]);
  }
});
